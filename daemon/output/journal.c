/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A payload: each tag, then a bit set of the fields that are there, then
 * those.  A text carries its NUL; a tag without a value is no bytes at all.
 */
#include "daemon/output/journal.h"

#include <string.h>

#include "daemon/output/amount.h"
#include "daemon/report/schema.h"
#include "daemon/spool/frame.h"

/* FNV-1a. */
static uint64_t
mix(uint64_t hash, const char *s, unsigned char kind)
{
	for (; *s != '\0'; s++)
		hash = (hash ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return (hash ^ kind) * UINT64_C(0x100000001b3);
}

static uint64_t
fingerprint(const struct measurement *m)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < m->n_tags; i++)
		hash = mix(hash, m->tags[i], 0xff);
	for (unsigned i = 0; i < m->n_fields; i++)
		hash = mix(hash, m->fields[i].name,
		    (unsigned char)m->fields[i].type);
	return hash;
}

unsigned
journal_streams(struct spool_stream streams[SPOOL_STREAMS])
{
	unsigned n = 0;

	for (; schema_all[n] != NULL && n < SPOOL_STREAMS; n++) {
		streams[n].name = schema_all[n]->name;
		streams[n].fingerprint = fingerprint(schema_all[n]);
		streams[n].is_counted = schema_all[n] == &schema_bin;
	}
	return n;
}

/* How many words a measurement's bit set takes. */
static unsigned
words(const struct measurement *m)
{
	return (m->n_fields + 63) / 64;
}

static void
pack_text(struct pack *o, const char *s)
{
	pack_bytes(o, s, s != NULL ? strlen(s) + 1 : 0);
}

static size_t
pack_point(uint8_t *out, size_t cap, const struct point *p)
{
	struct pack o = { out, out + cap, false };

	for (unsigned i = 0; i < p->m->n_tags; i++)
		pack_text(&o, p->tags[i]);
	for (unsigned i = 0; i < words(p->m); i++)
		pack_u64(&o, p->present[i]);
	for (unsigned i = 0; i < p->m->n_fields; i++) {
		if (!point_has(p, i))
			continue;
		if (p->m->fields[i].type == FIELD_STRING)
			pack_text(&o, p->v[i].s);
		else
			pack_u64(&o, p->v[i].u);
	}
	return o.full ? 0 : (size_t)(o.p - out);
}

bool
journal_append(struct spool *sp, const struct point *p)
{
	const struct spool_sum amount = amount_of_point(p);
	uint8_t payload[SPOOL_PAYLOAD];
	unsigned stream = 0;

	if (point_is_empty(p))
		return true;
	while (schema_all[stream] != NULL && schema_all[stream] != p->m)
		stream++;
	size_t len = pack_point(payload, sizeof(payload), p);
	return len > 0 && schema_all[stream] != NULL &&
	    spool_append(sp, stream, p->ts_ns, &amount, payload, len);
}

/* NULL if it isn't one; "" is one. */
static const char *
unpack_text(struct unpack *in, size_t *n)
{
	const uint8_t *bytes = unpack_bytes(in, n);

	if (bytes == NULL || *n == 0 ||
	    memchr(bytes, '\0', *n) != bytes + *n - 1)
		return NULL;
	return (const char *)bytes;
}

static bool
unpack_field(struct point *p, unsigned i, struct unpack *in)
{
	size_t n;

	if (p->m->fields[i].type != FIELD_STRING) {
		p->v[i].u = unpack_u64(in);
		return !in->bad;
	}
	p->v[i].s = unpack_text(in, &n);
	return p->v[i].s != NULL;
}

bool
journal_point(struct point *p, const struct spool_record *rec)
{
	struct unpack in = { rec->payload, rec->payload + rec->len, false };
	unsigned n_measurements = 0;
	size_t n;

	while (schema_all[n_measurements] != NULL)
		n_measurements++;
	if (rec->stream >= n_measurements)
		return false;
	point_init(p, schema_all[rec->stream], rec->ts_ns);
	for (unsigned i = 0; i < p->m->n_tags; i++) {
		p->tags[i] = unpack_text(&in, &n);
		if (in.bad || (p->tags[i] == NULL && n > 0))
			return false;
	}
	for (unsigned i = 0; i < words(p->m); i++)
		p->present[i] = unpack_u64(&in);
	for (unsigned i = 0; i < 64 * words(p->m); i++)
		if (point_has(p, i) &&
		    (i >= p->m->n_fields || !unpack_field(p, i, &in)))
			return false;
	return !in.bad && in.p == in.end;
}
