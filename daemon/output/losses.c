/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/losses.h"

#include <stdio.h>
#include <string.h>

#include "daemon/loop.h"
#include "daemon/output/amount.h"
#include "daemon/report/schema.h"
#include "daemon/spool/spool.h"

static const char *const reasons[LOST_N] = {
	[LOST_FULL] = "full",
	[LOST_ERROR] = "error",
	[LOST_ROLLBACK] = "rollback",
	[LOST_SPOOL] = "spool",
};

/* The loss that has record k, or the first one behind it; NULL if none is. */
static const struct spool_loss *
find(const struct output *o, unsigned stream, uint64_t k)
{
	const struct spool_loss *found = NULL;
	unsigned n;
	const struct spool_loss *l = spool_losses(o->reader, &n);

	for (unsigned i = 0; i < n; i++) {
		if (l[i].stream != stream || l[i].to < k)
			continue;
		if (found == NULL || l[i].from < found->from)
			found = &l[i];
	}
	return found;
}

bool
output_is_lost(const struct output *o, unsigned stream, uint64_t k)
{
	const struct spool_loss *l = find(o, stream, k);

	return l != NULL && l->from <= k;
}

uint64_t
output_past_losses(const struct output *o, unsigned stream, uint64_t k)
{
	while (output_is_lost(o, stream, k + 1))
		k = find(o, stream, k + 1)->to;
	return k;
}

/* A loss is of one run, so that one point can tell it. */
static uint64_t
end_of(const struct output *o, unsigned stream, uint64_t from, uint64_t to)
{
	uint64_t run, n, end;

	if (spool_name(outputs_spool(o->owner), stream, from, &run, &n, &end) &&
	    end < to)
		return end;
	return to;
}

static struct spool_sum
amount_of(const struct spool_loss *l)
{
	return spool_between(&l->before, &l->through, l->to - l->from + 1);
}

static void
lose(struct output *o, const struct spool_loss *loss)
{
	const struct spool_sum amount = amount_of(loss);

	o->lost[loss->reason] += loss->to - loss->from + 1;
	if (spool_is_counted(outputs_spool(o->owner), loss->stream))
		amount_add(&o->lost_sum, &amount);
	spool_lose(o->reader, loss);
	outputs_hurry(o->owner);
}

void
output_lose(struct output *o, unsigned stream, const struct spool_mark *after,
    const struct spool_mark *to, enum output_loss reason, int64_t before_ns)
{
	struct spool_loss loss = { .stream = (uint8_t)stream,
		.reason = (uint8_t)reason,
		.from = after->k + 1,
		.before = after->sum,
		.after_ns = spool_settled_mark(o->reader, stream).ts_ns,
		.before_ns = before_ns };

	while (loss.from <= to->k) {
		const struct spool_loss *l = find(o, stream, loss.from);

		if (l != NULL && l->from <= loss.from) {
			loss.from = l->to + 1;
			loss.before = l->through;
			continue;
		}
		bool is_cut = l != NULL && l->from <= to->k;
		loss.to = is_cut ? l->from - 1 : to->k;
		loss.through = is_cut ? l->before : to->sum;
		uint64_t end = end_of(o, stream, loss.from, loss.to);
		if (end < loss.to) {
			loss.to = end;
			loss.through = spool_sum_at(o->reader, stream, end);
		}
		lose(o, &loss);
		loss.from = loss.to + 1;
		loss.before = loss.through;
	}
}

void
output_lose_hole(struct output *o, unsigned stream, const struct spool_mark *to,
    int64_t before_ns)
{
	const struct spool_mark done = spool_settled_mark(o->reader, stream);

	if (to->k > done.k)
		output_lose(o, stream, &done, to, LOST_SPOOL, before_ns);
}

void
output_lose_front(struct output *o, unsigned stream)
{
	const struct spool *sp = outputs_spool(o->owner);
	struct spool_mark first = spool_before_first(sp, stream);
	const struct spool_mark done = spool_settled_mark(o->reader, stream);
	uint64_t last = spool_last(sp, stream);

	/* What isn't committed yet is nobody's. */
	if (first.k > last) {
		first.k = last;
		first.sum = spool_sum_at(o->reader, stream, last);
	}
	if (first.k <= done.k)
		return;
	output_lose(o, stream, &done, &first, LOST_FULL,
	    spool_first_ns(sp, stream));
	spool_settle(o->reader, stream, &first);
}

void
output_rolled_back(struct output *o, unsigned stream, uint64_t k)
{
	if (k < o->begun[stream])
		o->begun[stream] = k;
}

static void
tell_amount(struct point *p, struct spool_sum amount)
{
	point_int(p, LOSS_PACKETS, amount.packets);
	point_int(p, LOSS_BYTES, amount.bytes);
	if (amount.unknown > 0)
		point_int(p, LOSS_UNCOUNTED, amount.unknown);
}

static void
tell(struct outputs *os, const struct output *o, const struct output_env *env,
    const struct spool_loss *l)
{
	uint64_t run, n, end;
	char text[17] = "";
	struct point p;

	point_init(&p, &schema_loss, loop_real_ns());
	if (spool_name(env->spool, l->stream, l->from, &run, &n, &end)) {
		snprintf(text, sizeof(text), "%016llx",
		    (unsigned long long)run);
		point_int(&p, LOSS_FIRST_N, n);
		point_int(&p, LOSS_LAST_N, n + (l->to - l->from));
	}
	point_tag(&p, LOSS_TAG_OUTPUT, o->label);
	point_tag(&p, LOSS_TAG_REASON, reasons[l->reason]);
	point_tag(&p, LOSS_TAG_SENSOR, env->sensor);
	point_tag(&p, LOSS_TAG_STREAM, schema_all[l->stream]->name);
	point_int(&p, LOSS_RECORDS, l->to - l->from + 1);
	if (spool_is_counted(env->spool, l->stream))
		tell_amount(&p, amount_of(l));
	point_string(&p, LOSS_OF_RUN, text);
	if (l->after_ns > 0)
		point_int(&p, LOSS_AFTER_MS, (uint64_t)l->after_ns / 1000000);
	if (l->before_ns > 0)
		point_int(&p, LOSS_BEFORE_MS, (uint64_t)l->before_ns / 1000000);
	outputs_write(os, &p);
}

static unsigned
loss_stream(void)
{
	unsigned i = 0;

	while (schema_all[i] != &schema_loss)
		i++;
	return i;
}

void
losses_tell(struct outputs *os, struct output *o, const struct output_env *env)
{
	unsigned n;

	spool_losses(o->reader, &n);
	for (unsigned i = 0; i < n && spool_has_untold(o->reader); i++) {
		const struct spool_loss *l = spool_losses(o->reader, &n) + i;

		if (!spool_is_untold(o->reader, i))
			continue;
		/* Else it is from a journal that was tampered with. */
		if (l->reason < LOST_N)
			tell(os, o, env, l);
		spool_told(o->reader, i, loss_stream());
	}
}

static void
count_gone(const struct output *o, const struct spool *spool, unsigned stream,
    uint64_t n, struct spool_sum *sum)
{
	const struct spool_mark done = spool_settled_mark(o->reader, stream);
	const struct spool_mark first = spool_before_first(spool, stream);
	struct spool_sum amount = spool_between(&done.sum, &first.sum, n);

	if (spool_is_counted(spool, stream))
		amount_add(sum, &amount);
}

void
losses_count(const struct output *o, const struct spool *spool,
    uint64_t unspooled, const struct spool_sum *unspooled_sum,
    struct output_stats *s)
{
	uint64_t made = 0, settled = 0, gone = 0, lost = 0;

	s->lost_sum = o->lost_sum;
	amount_add(&s->lost_sum, unspooled_sum);
	for (unsigned i = 0; schema_all[i] != NULL; i++) {
		uint64_t last = spool_last(spool, i);
		uint64_t done = spool_settled(o->reader, i);
		uint64_t first = spool_first(spool, i);

		made += last - o->begun[i];
		settled += done - o->begun[i];
		/* What made room without having been read is lost, untold. */
		if (first > done + 1) {
			uint64_t n = (first <= last ? first - 1 : last) - done;

			gone += n;
			count_gone(o, spool, i, n, &s->lost_sum);
		}
	}
	for (unsigned i = 0; i < LOST_N; i++)
		lost += o->lost[i];
	s->records = made + unspooled;
	/* After a rollback, what was refused may be ahead again. */
	s->stored = settled > lost ? settled - lost : 0;
	s->spooled = s->records - unspooled - s->stored - lost - gone;
	s->lost_full = o->lost[LOST_FULL] + gone;
	s->lost_error = o->lost[LOST_ERROR] + unspooled;
	s->lost_rollback = o->lost[LOST_ROLLBACK];
	s->lost_spool = o->lost[LOST_SPOOL];
}
