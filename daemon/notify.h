/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service manager's notify socket: sd_notify(3) without libsystemd.
 *
 * Each call sends one datagram to $NOTIFY_SOCKET, at once or not at all: it
 * never blocks and never fails.  Without that variable nothing happens.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes the socket that the others then use, so that they need no descriptor.
 * False with errno if it can't be had.
 */
bool notify_open(void);

/* Start-up, or a reload, is over. */
void notify_ready(void);

/* One line for `systemctl status`, cut at 255 bytes. */
void notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* To be followed by notify_ready. */
void notify_reloading(void);

void notify_stopping(void);

/* To be called every notify_watchdog_ns, from the loop that must be alive. */
void notify_watchdog(void);

/*
 * Returns a quarter of the time that the service manager waits for a sign of life
 * ($WATCHDOG_USEC), or 0 if it does not wait for this process.
 */
int64_t notify_watchdog_ns(void);

#endif
