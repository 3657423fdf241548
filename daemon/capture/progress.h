/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress of a long replay: one line on a terminal, rewritten in place.
 * Nothing is shown in the first second, nor where standard error is none.
 */
#ifndef DAEMON_CAPTURE_PROGRESS_H
#define DAEMON_CAPTURE_PROGRESS_H

#include <stdint.h>

#include "daemon/capture/replay.h"

struct progress {
	int64_t start_ns;
	bool is_on;
	bool is_shown;
};

/* is_quiet keeps it off. */
void progress_init(struct progress *p, int64_t mono_ns, bool is_quiet);

/* Shows how far the replay is. */
void progress_show(struct progress *p, const struct replay_progress *at,
    int64_t mono_ns);

/* Clears the line. */
void progress_end(struct progress *p);

#endif
