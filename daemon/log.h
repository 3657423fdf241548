/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages on standard error: one line each, "tapline: …", under systemd
 * with their priority ("<4>…", sd-daemon(3)).  Text from outside is escaped.
 * More than 10 lines a second are suppressed and counted in a line of their
 * own; no packet may cause a line.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

void log_init(bool quiet, bool verbose);
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Not under --quiet. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Only under --verbose. */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
