/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ranking's points come together, rank 1 to n and then "other", which says
 * that it is complete.  Its rows are packed (length, member, length, score)
 * while they come and wait so, one slot a ranking, until they can be sent.
 */
#include "daemon/output/redis_snap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/output/output.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/values.h"
#include "daemon/report/number.h"
#include "daemon/report/schema.h"

enum {
	SLOTS = 64, /* rankings times windows */
	NAME = 64,
	KEY = 512,
	ROWS = 1000,
	ROWS_BYTES = 512 << 10,
	WAITING_BYTES = 4 << 20, /* of all slots */
	BACKLOG = 1 << 20,
};

struct rows {
	uint8_t *p;
	size_t len, cap;
	unsigned n;
};

struct slot {
	char name[NAME]; /* "src", "src:300s" */
	int64_t ttl_ms;
	bool waits;
	struct rows rows;
};

struct state {
	const struct measurement *m;
	bool waits;
	int64_t ts_ms;
	size_t len;
	uint8_t packed[VALUES_SIZE];
};

struct redis_snap {
	const struct output_env *env;
	const char *prefix, *run;
	char by[NAME], window[NAME]; /* of the ranking that is coming in */
	struct rows rows;
	unsigned n_slots;
	struct slot slots[SLOTS];
	size_t waiting_bytes;
	struct state bin, self;
	/* A command's arguments; too much for a stack. */
	const char *argv[2 + 2 * ROWS + VALUES_ARGS];
	size_t lens[2 + 2 * ROWS + VALUES_ARGS];
};

struct redis_snap *
redis_snap_new(const struct output_env *env, const char *prefix,
    const char *run)
{
	struct redis_snap *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->env = env;
	s->prefix = prefix;
	s->run = run;
	s->bin.m = &schema_bin;
	s->self.m = &schema_self;
	return s;
}

void
redis_snap_free(struct redis_snap *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->n_slots; i++)
		free(s->slots[i].rows.p);
	free(s->rows.p);
	free(s);
}

bool
redis_snap_is_idle(const struct redis_snap *s)
{
	for (unsigned i = 0; i < s->n_slots; i++) {
		if (s->slots[i].waits)
			return false;
	}
	return !s->bin.waits && !s->self.waits;
}

/* A window's tag as ns: 0 for "all", -1 if it isn't one. */
static int64_t
window_ns(const char *tag)
{
	int64_t value = 0, unit;

	if (strcmp(tag, "all") == 0)
		return 0;
	size_t n = strspn(tag, "0123456789");
	if (n == 0 || n > 12)
		return -1;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (tag[i] - '0');
	if (strcmp(tag + n, "ms") == 0)
		unit = 1000000;
	else if (strcmp(tag + n, "s") == 0)
		unit = 1000000000;
	else
		return -1;
	return __builtin_mul_overflow(value, unit, &value) ? -1 : value;
}

/* Three windows, and never so short that it ends before the next report. */
static int64_t
ttl_ms(const struct redis_snap *s, int64_t window)
{
	int64_t ns = window > 0 ? window : 0;

	if (s->env->report_ns > ns)
		ns = s->env->report_ns;
	return ns > 0 ? ns / 1000000 * 3 : 180000;
}

static struct slot *
find_slot(struct redis_snap *s, const char *name)
{
	for (unsigned i = 0; i < s->n_slots; i++) {
		if (strcmp(s->slots[i].name, name) == 0)
			return &s->slots[i];
	}
	if (s->n_slots == SLOTS)
		return NULL;
	struct slot *slot = &s->slots[s->n_slots++];
	snprintf(slot->name, sizeof(slot->name), "%s", name);
	return slot;
}

static void
rows_put(struct rows *r, const char *s, size_t n)
{
	r->p[r->len] = (uint8_t)(n >> 8);
	r->p[r->len + 1] = (uint8_t)n;
	memcpy(r->p + r->len + 2, s, n);
	r->len += n + 2;
}

static bool
rows_room(struct rows *r, size_t n)
{
	size_t cap = r->cap == 0 ? 4096 : r->cap;

	while (cap < r->len + n)
		cap *= 2;
	if (cap > ROWS_BYTES)
		return false;
	if (cap == r->cap)
		return true;
	uint8_t *p = realloc(r->p, cap);
	if (p == NULL)
		return false;
	r->p = p;
	r->cap = cap;
	return true;
}

/* The score of a row is what its ranking goes by. */
static uint64_t
score_of(const struct point *p)
{
	static const uint8_t fields[] = { TOP_US, TOP_DATA_BYTES, TOP_COUNT,
		TOP_BYTES };

	for (unsigned i = 0; i < sizeof(fields); i++)
		if (point_has(p, fields[i]))
			return p->v[fields[i]].u;
	return 0;
}

static void
add_row(struct redis_snap *s, const struct point *p)
{
	const char *key =
	    point_has(p, TOP_KEY) ? p->v[TOP_KEY].s : p->tags[TOP_TAG_KEY];
	char score[NUMBER_SIZE];

	if (key == NULL || s->rows.n == ROWS)
		return;
	size_t n = strlen(key);
	if (n > UINT16_MAX || !rows_room(&s->rows, n + NUMBER_SIZE + 4))
		return;
	rows_put(&s->rows, key, n);
	n = number_u64(score, score_of(p));
	rows_put(&s->rows, score, n);
	s->rows.n++;
}

/* The ranking is complete: it takes the place of the last one. */
static void
complete(struct redis_snap *s)
{
	int64_t window = window_ns(s->window);
	bool is_first = window == s->env->window_ns;
	char name[2 * NAME + 1];
	struct slot *slot;

	snprintf(name, sizeof(name), "%s%s%s", s->by, is_first ? "" : ":",
	    is_first ? "" : s->window);
	if (strlen(name) >= NAME || (slot = find_slot(s, name)) == NULL)
		return;
	if (s->waiting_bytes - slot->rows.cap + s->rows.cap > WAITING_BYTES)
		return;
	s->waiting_bytes += s->rows.cap - slot->rows.cap;
	free(slot->rows.p);
	slot->rows = s->rows;
	s->rows = (struct rows){ 0 };
	slot->ttl_ms = ttl_ms(s, window);
	slot->waits = true;
}

static void
top_point(struct redis_snap *s, const struct point *p)
{
	const char *by = p->tags[TOP_TAG_BY], *rank = p->tags[TOP_TAG_RANK];
	const char *window = p->tags[TOP_TAG_WINDOW];

	if (by == NULL || rank == NULL || window == NULL ||
	    strlen(by) >= NAME || strlen(window) >= NAME)
		return;
	if (strcmp(by, s->by) != 0 || strcmp(window, s->window) != 0 ||
	    strcmp(rank, "1") == 0) {
		s->rows.len = s->rows.n = 0;
		snprintf(s->by, sizeof(s->by), "%s", by);
		snprintf(s->window, sizeof(s->window), "%s", window);
	}
	if (strcmp(rank, "other") != 0) {
		add_row(s, p);
		return;
	}
	complete(s);
	s->rows.len = s->rows.n = 0;
	s->by[0] = '\0';
}

static void
state_point(struct state *state, const struct point *p)
{
	state->len = values_pack(state->packed, sizeof(state->packed), p);
	state->ts_ms = p->ts_ns / 1000000;
	state->waits = state->len > 0;
}

void
redis_snap_point(struct redis_snap *s, const struct point *p)
{
	if (p->m == &schema_top)
		top_point(s, p);
	else if (p->m == &schema_bin)
		state_point(&s->bin, p);
	else if (p->m == &schema_self)
		state_point(&s->self, p);
}

static void
arg(struct redis_snap *s, unsigned *n, const char *text)
{
	s->argv[*n] = text;
	s->lens[(*n)++] = strlen(text);
}

static bool
send_args(struct redis_snap *s, struct redis_conn *c, uint32_t tag, unsigned n)
{
	return redis_conn_send(c, tag, (int)n, s->argv, s->lens) > 0;
}

static bool
send_words(struct redis_snap *s, struct redis_conn *c, uint32_t tag,
    const char *a, const char *b, const char *d)
{
	unsigned n = 0;

	arg(s, &n, a);
	if (b != NULL)
		arg(s, &n, b);
	if (d != NULL)
		arg(s, &n, d);
	return send_args(s, c, tag, n);
}

static bool
send_zadd(struct redis_snap *s, struct redis_conn *c, uint32_t tag,
    const char *key, const struct rows *rows)
{
	unsigned n = 0;

	arg(s, &n, "ZADD");
	arg(s, &n, key);
	for (size_t at = 0; at < rows->len; n += 2) {
		/* Packed as member, score; ZADD wants the score first. */
		for (unsigned i = 2; i-- > 0;) {
			size_t len = (size_t)rows->p[at] << 8 | rows->p[at + 1];

			s->argv[n + i] = (const char *)rows->p + at + 2;
			s->lens[n + i] = len;
			at += len + 2;
		}
	}
	return send_args(s, c, tag, n);
}

static bool
send_slot(struct redis_snap *s, struct redis_conn *c, uint32_t tag,
    const struct slot *slot)
{
	char key[KEY], tmp[KEY + 8], ttl[24];

	snprintf(key, sizeof(key), "%stop:%s", s->prefix, slot->name);
	snprintf(tmp, sizeof(tmp), "%s:tmp", key);
	snprintf(ttl, sizeof(ttl), "%lld", (long long)slot->ttl_ms);
	if (slot->rows.n == 0)
		return send_words(s, c, tag, "DEL", key, NULL);
	return send_words(s, c, tag, "MULTI", NULL, NULL) &&
	    send_words(s, c, tag, "DEL", tmp, NULL) &&
	    send_zadd(s, c, tag, tmp, &slot->rows) &&
	    send_words(s, c, tag, "RENAME", tmp, key) &&
	    send_words(s, c, tag, "PEXPIRE", key, ttl) &&
	    send_words(s, c, tag, "EXEC", NULL, NULL);
}

static bool
send_state(struct redis_snap *s, struct redis_conn *c, uint32_t tag,
    const struct state *state)
{
	char key[KEY], ttl[24], time[24];
	unsigned n = 0;

	snprintf(key, sizeof(key), "%sstate", s->prefix);
	snprintf(ttl, sizeof(ttl), "%lld",
	    (long long)ttl_ms(s, s->env->window_ns));
	snprintf(time, sizeof(time), "%lld", (long long)state->ts_ms);
	if (!send_words(s, c, tag, "MULTI", NULL, NULL))
		return false;
	arg(s, &n, "HSET");
	arg(s, &n, key);
	n += values_unpack(state->m, state->packed, state->len, false,
	    s->argv + n, s->lens + n);
	arg(s, &n, "run");
	arg(s, &n, s->run);
	arg(s, &n, "version");
	arg(s, &n, TAPLINE_VERSION);
	arg(s, &n, "time");
	arg(s, &n, time);
	return send_args(s, c, tag, n) &&
	    send_words(s, c, tag, "PEXPIRE", key, ttl) &&
	    send_words(s, c, tag, "EXEC", NULL, NULL);
}

static bool
has_room(const struct redis_conn *c)
{
	return redis_conn_is_up(c) && redis_conn_room(c) > 64 &&
	    redis_conn_backlog(c) < BACKLOG;
}

void
redis_snap_send(struct redis_snap *s, struct redis_conn *c, uint32_t tag)
{
	struct state *states[] = { &s->bin, &s->self };

	for (unsigned i = 0; i < 2; i++) {
		if (!states[i]->waits)
			continue;
		if (!has_room(c) || !send_state(s, c, tag, states[i]))
			return;
		states[i]->waits = false;
	}
	for (unsigned i = 0; i < s->n_slots; i++) {
		struct slot *slot = &s->slots[i];

		if (!slot->waits)
			continue;
		if (!has_room(c) || !send_slot(s, c, tag, slot))
			return;
		s->waiting_bytes -= slot->rows.cap;
		free(slot->rows.p);
		slot->rows = (struct rows){ 0 };
		slot->waits = false;
	}
}
