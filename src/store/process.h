/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - the name of a process, by which another can ask whether it still runs.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include "base/str.h"

/* "host/pid namespace:boot:pid:start time" of this process. */
struct str process_name(struct arena *a);

/* Whether it was a process of this machine, its boot and its pid namespace, and has ended. */
bool process_is_dead(struct arena *a, struct str name);

/* Whether it ran before this machine was started (or on another machine). */
bool process_of_other_boot(struct str name);

#endif
