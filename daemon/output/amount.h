/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records tell that no other record does: bins their packets and bytes,
 * all else nothing, since windows overlap and totals go on.  So what lost
 * records have told can be summed up.  Pure.
 */
#ifndef DAEMON_OUTPUT_AMOUNT_H
#define DAEMON_OUTPUT_AMOUNT_H

#include <stddef.h>

#include "daemon/report/point.h"
#include "daemon/spool/spool.h"

void amount_add(struct spool_sum *sum, const struct spool_sum *amount);
struct spool_sum amount_of_point(const struct point *p);

/* Adds that of each of our own lines in n bytes, whole ones. */
void amount_add_lines(struct spool_sum *sum, const char *p, size_t n);
void amount_add_point(struct spool_sum *sum, const struct point *p);

#endif
