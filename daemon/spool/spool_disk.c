/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between memory and the disk: what fails there, what heals, and when what was
 * written is on the disk itself.
 */
#include "daemon/spool/spool.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/spool/state.h"
#include "daemon/spool/sync.h"

static const int64_t retry_ns = 1000000000;

struct segment *
spool_newest(const struct spool *sp)
{
	return sp->n_segments > 0 ? sp->segments[sp->n_segments - 1] : NULL;
}

void
spool_fail(struct spool *sp, int error)
{
	sp->disk_errors++;
	sp->retry_ns = sp->mono_ns + retry_ns;
	if (!sp->is_failing)
		log_warn("spool %s: %s: records are kept in memory", sp->dir,
		    strerror(error));
	sp->is_failing = true;
}

/*
 * Against a loss of power: a segment goes to the disk itself once a second and
 * when it is closed, all in their order.  The thread begins here, when the
 * process has given up its rights.
 */
void
spool_sync_segment(struct spool *sp, const struct segment *s)
{
	int error;

	if (s == NULL || s->fd < 0)
		return;
	if (!sp->is_sync_tried)
		sp->sync = spool_sync_new(sp->dirfd);
	sp->is_sync_tried = true;
	if (sp->sync == NULL)
		return;
	if (spool_sync_failed(sp->sync, &error))
		spool_fail(sp, error);
	spool_sync_ask(sp->sync, s->number, s->fd);
}

void
spool_close_segment(struct spool *sp, struct segment *s)
{
	spool_sync_segment(sp, s);
	segment_close(s);
}

bool
spool_to_disk(struct spool *sp, struct segment *s, bool is_listed)
{
	if (!segment_to_disk(s, sp->dirfd)) {
		spool_fail(sp, errno);
		return false;
	}
	if (is_listed) {
		sp->memory_bytes -= s->len;
		sp->disk_bytes += s->len;
	}
	return true;
}

/* Memory's segments go to the disk, in their order. */
void
spool_heal(struct spool *sp)
{
	char err[256];

	if (!sp->is_failing || sp->mono_ns < sp->retry_ns)
		return;
	sp->retry_ns = sp->mono_ns + retry_ns;
	if (sp->dirfd < 0 &&
	    (!spool_open_dir(sp, err, sizeof(err)) || sp->dirfd < 0))
		return;
	/* Before memory comes to its end, what is settled gives way. */
	while (sp->memory_bytes > sp->config.memory / 2 &&
	    sp->segments[0]->is_on_disk && spool_remove_settled(sp))
		;
	for (unsigned i = 0; i < sp->n_segments; i++) {
		struct segment *s = sp->segments[i];

		if (s->is_on_disk)
			continue;
		if (!spool_to_disk(sp, s, true))
			return;
		if (i + 1 < sp->n_segments)
			spool_close_segment(sp, s);
	}
	/* What is appended to is a segment whose file is open. */
	if (spool_newest(sp) != NULL && spool_newest(sp)->fd < 0)
		return;
	sp->is_failing = false;
	log_info("spool %s: records are kept on disk again", sp->dir);
}

/* What is committed can be read, if it may be already. */
void
spool_show(struct spool *sp)
{
	const struct segment *s = spool_newest(sp);

	if (s == NULL)
		return;
	sp->is_behind = sp->is_held && s->fd >= 0 && !sp->is_failing;
	if (sp->is_behind)
		return;
	sp->end_segment = s->number;
	sp->end_offset = s->len;
}

void
spool_hold(struct spool *sp, bool is_held)
{
	sp->is_held = is_held;
	if (!is_held)
		spool_sync(sp);
}

bool
spool_sync(struct spool *sp)
{
	bool was_held = sp->is_held;

	/* Of a batch that is open a part may have been written. */
	if (!sp->is_behind || sp->has_open_batch)
		return false;
	if (sp->sync != NULL)
		spool_sync_wait(sp->sync);
	spool_sync_segment(sp, spool_newest(sp));
	if (sp->sync != NULL)
		spool_sync_wait(sp->sync);
	sp->is_held = false;
	spool_show(sp);
	sp->is_held = was_held;
	return true;
}
