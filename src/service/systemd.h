/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd.h - what a service manager is told (sd_notify(3)), and its watchdog.
 *
 * Without $NOTIFY_SOCKET everything here does nothing.  A message that cannot be delivered is
 * dropped: the work does not wait for whoever watches it.
 */
#ifndef SYSTEMD_H
#define SYSTEMD_H

#include "base/str.h"

void systemd_ready(struct str says);
void systemd_status(struct str says);
/* RELOADING=1 with the steady time that Type=notify-reload asks for; systemd_ready() ends it. */
void systemd_reloading(void);
void systemd_stopping(struct str says);
/* The end takes `more_ms` from now, at most. */
void systemd_extend(int64_t more_ms);
void systemd_alive(void); /* WATCHDOG=1 */

/* How often to say systemd_alive(): half of $WATCHDOG_USEC; 0 when nobody asks this process. */
int64_t systemd_watchdog_ms(void);

#endif
