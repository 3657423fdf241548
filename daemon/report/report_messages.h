/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of report: what the windows counted of messages.
 */
#ifndef DAEMON_REPORT_REPORT_MESSAGES_H
#define DAEMON_REPORT_REPORT_MESSAGES_H

#include "daemon/meter/messages.h"
#include "daemon/report/report.h"

/* Emits the points of one window, which ends at end_ns and is called label. */
void report_messages(const struct report_config *c, const struct messages *m,
    unsigned window, int64_t end_ns, const char *label);

#endif
