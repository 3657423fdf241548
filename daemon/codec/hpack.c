/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/codec/hpack.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

struct hpack {
	nghttp2_hd_inflater *inflater;
	unsigned n_fields; /* of the block so far */
	bool is_broken;
};

static unsigned n_max = HPACK_CONTEXTS;
static size_t bytes_max = HPACK_BYTES;
static struct hpack_stats stats;

/* Before each allocation: its size, with the alignment that malloc gives. */
union prefix {
	size_t size;
	max_align_t align;
};

static void *
account_realloc(void *old, size_t size, void *arg)
{
	union prefix *p = old != NULL ? (union prefix *)old - 1 : NULL;
	size_t before = p != NULL ? p->size : 0;
	size_t rest = stats.bytes - before;

	(void)arg;
	if (size > SIZE_MAX - sizeof(*p))
		return NULL;
	size += sizeof(*p);
	if (rest > bytes_max || size > bytes_max - rest)
		return NULL;
	p = realloc(p, size);
	if (p == NULL)
		return NULL;
	p->size = size;
	stats.bytes = rest + size;
	return p + 1;
}

static void *
account_malloc(size_t size, void *arg)
{
	return account_realloc(NULL, size, arg);
}

static void *
account_calloc(size_t n, size_t size, void *arg)
{
	void *p;

	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	p = account_realloc(NULL, n * size, arg);
	if (p != NULL)
		memset(p, 0, n * size);
	return p;
}

static void
account_free(void *old, void *arg)
{
	union prefix *p = old != NULL ? (union prefix *)old - 1 : NULL;

	(void)arg;
	if (p == NULL)
		return;
	stats.bytes -= p->size;
	free(p);
}

static nghttp2_mem memory = { .malloc = account_malloc,
	.free = account_free,
	.calloc = account_calloc,
	.realloc = account_realloc };

void
hpack_limit(unsigned n_contexts, size_t bytes)
{
	n_max = n_contexts;
	bytes_max = bytes;
}

struct hpack *
hpack_new(void)
{
	struct hpack *h = NULL;

	if (stats.n < n_max)
		h = account_calloc(1, sizeof(*h), NULL);
	if (h != NULL && nghttp2_hd_inflate_new2(&h->inflater, &memory) != 0) {
		account_free(h, NULL);
		h = NULL;
	}
	if (h == NULL) {
		stats.refused++;
		return NULL;
	}
	nghttp2_hd_inflate_change_table_size(h->inflater, HPACK_TABLE);
	stats.n++;
	return h;
}

void
hpack_free(struct hpack *h)
{
	if (h == NULL)
		return;
	nghttp2_hd_inflate_del(h->inflater);
	account_free(h, NULL);
	stats.n--;
}

static bool
fail(struct hpack *h, ssize_t error)
{
	h->is_broken = true;
	if (error == NGHTTP2_ERR_NOMEM)
		stats.full++;
	else
		stats.bad++;
	return false;
}

static void
give(const nghttp2_nv *nv,
    void (*field)(void *arg, const struct cur *name, const struct cur *value),
    void *arg)
{
	struct cur name = { nv->name, nv->name + nv->namelen };
	struct cur value = { nv->value, nv->value + nv->valuelen };

	field(arg, &name, &value);
}

bool
hpack_read(struct hpack *h, const struct cur *bytes, bool is_last,
    void (*field)(void *arg, const struct cur *name, const struct cur *value),
    void *arg)
{
	struct cur c = *bytes;
	int flags = 0;

	if (h->is_broken)
		return false;
	while (
	    is_last ? !(flags & NGHTTP2_HD_INFLATE_FINAL) : cur_len(&c) > 0) {
		nghttp2_nv nv;
		ssize_t n = nghttp2_hd_inflate_hd2(h->inflater, &nv, &flags,
		    c.p, cur_len(&c), is_last);

		if (n < 0)
			return fail(h, n);
		c.p += n;
		if (flags & NGHTTP2_HD_INFLATE_EMIT) {
			if (h->n_fields++ < HPACK_FIELDS)
				give(&nv, field, arg);
		} else if (n == 0 && !(flags & NGHTTP2_HD_INFLATE_FINAL)) {
			return fail(h, NGHTTP2_ERR_HEADER_COMP);
		}
	}
	if (!is_last)
		return true;
	h->n_fields = 0;
	nghttp2_hd_inflate_end_headers(h->inflater);
	return true;
}

const struct hpack_stats *
hpack_stats(void)
{
	return &stats;
}
