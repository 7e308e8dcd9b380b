/* SPDX-License-Identifier: Apache-2.0 */
/* thread.c - pthreads with asserts for what only a bug can make fail. */
#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static void must(int result)
{
	assert(result == 0);
	(void)result;
}

void mutex_init(struct mutex *m)
{
	must(pthread_mutex_init(&m->m, NULL));
}

void mutex_done(struct mutex *m)
{
	must(pthread_mutex_destroy(&m->m));
}

void mutex_lock(struct mutex *m)
{
	must(pthread_mutex_lock(&m->m));
}

void mutex_unlock(struct mutex *m)
{
	must(pthread_mutex_unlock(&m->m));
}

void condition_init(struct condition *c)
{
	pthread_condattr_t attr;

	must(pthread_condattr_init(&attr));
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	must(pthread_cond_init(&c->c, &attr));
	must(pthread_condattr_destroy(&attr));
}

void condition_done(struct condition *c)
{
	must(pthread_cond_destroy(&c->c));
}

void condition_wait(struct condition *c, struct mutex *m)
{
	must(pthread_cond_wait(&c->c, &m->m));
}

bool condition_wait_for(struct condition *c, struct mutex *m, int64_t wait_ms)
{
	struct timespec t;
	int result;

	must(clock_gettime(CLOCK_MONOTONIC, &t));
	t.tv_sec += wait_ms / 1000;
	t.tv_nsec += wait_ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	result = pthread_cond_timedwait(&c->c, &m->m, &t);
	assert(result == 0 || result == ETIMEDOUT);
	return result == 0;
}

void condition_signal(struct condition *c)
{
	must(pthread_cond_signal(&c->c));
}

void condition_broadcast(struct condition *c)
{
	must(pthread_cond_broadcast(&c->c));
}

pthread_t thread_start(void *(*run)(void *arg), void *arg)
{
	sigset_t all, before;
	pthread_t t;

	sigfillset(&all);
	must(pthread_sigmask(SIG_SETMASK, &all, &before));
	must(pthread_create(&t, NULL, run, arg));
	must(pthread_sigmask(SIG_SETMASK, &before, NULL));
	return t;
}

void thread_join(pthread_t t)
{
	must(pthread_join(t, NULL));
}
