/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/http_pending.h"

#include <string.h>

enum { NO_HOST = 15 };

static bool
is_used(const struct http_pending *p, unsigned slot)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->flags[i] >> 4 == slot)
			return true;
	return false;
}

/* Where the host is kept from now on; NO_HOST if both places are others'. */
static unsigned
keep_host(struct http_pending *p, const struct cur *host)
{
	size_t n = cur_len(host);
	unsigned slot;

	/* One that fills its place counts as cut: see emit_time. */
	if (n > HTTP_PENDING_HOST)
		n = HTTP_PENDING_HOST;
	for (slot = 0; slot < HTTP_PENDING_HOSTS; slot++)
		if (p->host_len[slot] == n &&
		    memcmp(p->host[slot], host->p, n) == 0)
			return slot;
	for (slot = 0; slot < HTTP_PENDING_HOSTS; slot++)
		if (!is_used(p, slot))
			break;
	if (slot == HTTP_PENDING_HOSTS)
		return NO_HOST;
	p->host_len[slot] = (uint8_t)n;
	memcpy(p->host[slot], host->p, n);
	return slot;
}

bool
http_pending_add(struct http_pending *p, uint32_t id, int64_t ts_ns,
    unsigned flags, const struct cur *host)
{
	unsigned slot;

	if (p->n == HTTP_PENDING || p->n_more > 0) {
		p->n_more++;
		return false;
	}
	slot = keep_host(p, host);
	p->sent_ns[p->n] = ts_ns;
	p->id[p->n] = id;
	p->flags[p->n] = (uint8_t)(flags | slot << 4);
	p->n++;
	return true;
}

int
http_pending_find(const struct http_pending *p, uint32_t id)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->id[i] == id)
			return (int)i;
	return -1;
}

/* A cut name ends as those that text_clean cuts. */
static void
emit_time(struct message_list *messages, const struct http_pending *p,
    unsigned slot, int64_t elapsed_ns)
{
	static const uint8_t ellipsis[] = { 0xe2, 0x80, 0xa6 };
	uint8_t name[HTTP_PENDING_HOST + sizeof(ellipsis)];
	struct message *m;
	size_t n;

	/* A clock that went backwards says nothing. */
	if (slot == NO_HOST || elapsed_ns < 0)
		return;
	n = p->host_len[slot];
	memcpy(name, p->host[slot], n);
	if (n == HTTP_PENDING_HOST) {
		memcpy(name + n, ellipsis, sizeof(ellipsis));
		n += sizeof(ellipsis);
	}
	m = message_add(messages, MESSAGE_HTTP_TIME, name, n, true);
	m->cut = m->cut || n > HTTP_PENDING_HOST;
	m->value = elapsed_ns < 1000 ? 1 : (uint64_t)elapsed_ns / 1000;
}

unsigned
http_pending_take(struct http_pending *p, unsigned index, int64_t ts_ns,
    struct message_list *messages)
{
	unsigned flags, behind;
	int64_t elapsed_ns;

	if (index >= p->n) {
		if (p->n_more > 0)
			p->n_more--;
		return 0;
	}
	flags = p->flags[index];
	if (messages != NULL &&
	    !__builtin_sub_overflow(ts_ns, p->sent_ns[index], &elapsed_ns))
		emit_time(messages, p, flags >> 4, elapsed_ns);
	behind = --p->n - index;
	memmove(p->sent_ns + index, p->sent_ns + index + 1,
	    behind * sizeof(p->sent_ns[0]));
	memmove(p->id + index, p->id + index + 1, behind * sizeof(p->id[0]));
	memmove(p->flags + index, p->flags + index + 1, behind);
	return flags & 0xf;
}

void
http_pending_make_room(struct http_pending *p)
{
	if (p->n == HTTP_PENDING)
		http_pending_take(p, 0, 0, NULL);
}
