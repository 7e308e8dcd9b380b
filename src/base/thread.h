/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.h - pthreads, wrapped once: what cannot fail in a correct program asserts.
 *
 * Condition variables wait on steady (monotonic) time.
 */
#ifndef THREAD_H
#define THREAD_H

#include "base/base.h"

#include <pthread.h>

struct mutex {
	pthread_mutex_t m;
};

struct condition {
	pthread_cond_t c;
};

void mutex_init(struct mutex *m);
void mutex_done(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);

void condition_init(struct condition *c);
void condition_done(struct condition *c);
void condition_wait(struct condition *c, struct mutex *m);
/* False when `wait_ms` passed without a signal. */
bool condition_wait_for(struct condition *c, struct mutex *m, int64_t wait_ms);
void condition_signal(struct condition *c);
void condition_broadcast(struct condition *c);

/* Starts `run(arg)` with all signals blocked, so that they reach the main thread. */
pthread_t thread_start(void *(*run)(void *arg), void *arg);
void thread_join(pthread_t t);

#endif
