/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that the filter denies: they come here as SIGSYS, are counted,
 * and fail with EPERM, as whoever makes them would see it without.
 *
 * A call that is denied while its thread blocks SIGSYS is the end of the
 * process: no thread of ours does, and what the C library calls with all
 * signals blocked, the filter lets fail by itself.
 */
#ifndef DAEMON_SANDBOX_DENIED_H
#define DAEMON_SANDBOX_DENIED_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Waits for SIGSYS in all threads, which it unblocks in the calling one.  False
 * where it isn't known which register has the result of a call: the filter has
 * to deny by itself there, and nothing is counted.
 */
bool denied_catch(void);

/* Since the start.  One thread may ask. */
uint64_t denied_count(void);

/*
 * The number of a call that has been denied, each once; -1 if there is none
 * that was not told.  Numbers that no kernel has are told as DENIED_NUMBERS,
 * together.  One thread may ask.
 */
enum { DENIED_NUMBERS = 1023 };
int denied_next(void);

#endif
