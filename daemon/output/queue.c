/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubly linked, so that any record can leave: the oldest that waits when
 * there is no room, one in the middle when the server says that it has it.
 */
#include "daemon/output/queue.h"

#include <stdlib.h>
#include <string.h>

struct record *
record_new(const uint8_t *payload, size_t len)
{
	struct record *r;

	if (len > UINT32_MAX || (r = malloc(sizeof(*r) + len)) == NULL)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->len = (uint32_t)len;
	memcpy(r->payload, payload, len);
	return r;
}

void
record_free(struct record *r)
{
	free(r);
}

size_t
record_bytes(const struct record *r)
{
	return sizeof(*r) + r->len + 16; /* what malloc keeps for itself */
}

void
list_append(struct record_list *l, struct record *r)
{
	r->prev = l->last;
	r->next = NULL;
	if (l->last != NULL)
		l->last->next = r;
	else
		l->first = r;
	l->last = r;
	l->n++;
	l->bytes += record_bytes(r);
}

void
list_remove(struct record_list *l, struct record *r)
{
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		l->first = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	else
		l->last = r->prev;
	l->n--;
	l->bytes -= record_bytes(r);
}

void
list_prepend_all(struct record_list *l, struct record_list *front)
{
	if (front->first == NULL)
		return;
	front->last->next = l->first;
	if (l->first != NULL)
		l->first->prev = front->last;
	else
		l->last = front->last;
	l->first = front->first;
	l->n += front->n;
	l->bytes += front->bytes;
	*front = (struct record_list){ 0 };
}

void
list_free_all(struct record_list *l)
{
	while (l->first != NULL) {
		struct record *r = l->first;

		list_remove(l, r);
		record_free(r);
	}
}

int
stream_id_cmp(struct stream_id a, struct stream_id b)
{
	if (a.ms != b.ms)
		return a.ms < b.ms ? -1 : 1;
	if (a.seq != b.seq)
		return a.seq < b.seq ? -1 : 1;
	return 0;
}

static bool
digits(const char *s, size_t n, uint64_t *out)
{
	uint64_t value = 0;

	if (n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s[i] - '0'),
			&value))
			return false;
	}
	*out = value;
	return true;
}

bool
stream_id_parse(struct stream_id *id, const char *s, size_t n)
{
	const char *dash = n > 0 ? memchr(s, '-', n) : NULL;

	if (dash == NULL)
		return false;
	return digits(s, (size_t)(dash - s), &id->ms) &&
	    digits(dash + 1, n - (size_t)(dash - s) - 1, &id->seq);
}

bool
stream_id_next(struct stream_id *id, struct stream_id last, uint64_t ms)
{
	if (ms > last.ms) {
		*id = (struct stream_id){ ms, 0 };
		return true;
	}
	if (last.seq < UINT64_MAX) {
		*id = (struct stream_id){ last.ms, last.seq + 1 };
		return true;
	}
	if (last.ms == UINT64_MAX)
		return false;
	*id = (struct stream_id){ last.ms + 1, 0 };
	return true;
}
