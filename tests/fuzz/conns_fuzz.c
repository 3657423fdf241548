/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tracker: the input is a list of packets of a few connections, with any
 * numbers, for the real dissectors.  One connection's bytes count up, and its
 * dissector, who leaves and skips some, must see them do so.  In the end all
 * memory is given back, and the tracker is used for the next input.
 */
#include "daemon/track/conn.h"
#include "dissect/registry.h"
#include "tests/fuzz/fuzz.h"

enum { CONNECTIONS = 6, COUNTING = 5, PORT_COUNTING = 7777, MEMORY = 1 << 18 };

/* What the fuzzer remembers of each direction: behind its last segment. */
struct end {
	uint32_t next;
};

struct count {
	uint32_t next; /* byte that must follow */
	bool is_known;
};

static enum probe
count_probe(const struct cur *data)
{
	switch (data->p[0] & 7) {
	case 0:
		return cur_len(data) < 5 ? PROBE_MORE : PROBE_SERVER;
	case 1:
		return PROBE_NO;
	case 2:
		return PROBE_CLIENT;
	default:
		return PROBE_EITHER;
	}
}

static enum stream_verdict
count(struct stream *s)
{
	struct count *c = s->own;
	uint8_t order = cur_len(&s->data) > 0 ? s->data.end[-1] : 0;
	size_t eaten;

	MUST(!s->is_fresh || !c->is_known);
	MUST(cur_len(&s->data) > 0 || s->is_end);
	if (cur_len(&s->data) == 0)
		return STREAM_MORE;
	if (!c->is_known)
		c->next = s->data.p[0];
	c->is_known = true;
	for (size_t i = 0; i < cur_len(&s->data); i++)
		MUST(s->data.p[i] == (uint8_t)(c->next + i));
	eaten = order & 1 ? cur_len(&s->data) : cur_len(&s->data) / 2;
	s->data.p += eaten;
	c->next += (uint32_t)eaten;
	if ((order & 0x1f) == 0x13 && cur_len(&s->data) == 0) {
		s->skip = (uint64_t)order * 16;
		c->next += (uint32_t)s->skip;
	}
	switch (order) {
	case 0x20:
		return STREAM_BAD;
	case 0x21:
		return STREAM_LEAVE;
	case 0x22:
		return STREAM_AGAIN;
	case 0x41:
		return s->is_server ? STREAM_DONE : STREAM_MORE;
	default:
		return STREAM_MORE;
	}
}

static const struct dissector count_dissector = { .name = "count",
	.probe = count_probe,
	.stream = count };

static struct dissect tables;
static uint8_t udp[DISSECTORS_MAX];
static unsigned n_udp;

static void
begin(void)
{
	static const struct dissector *list[DISSECTORS_MAX];

	MUST(registry_n < DISSECTORS_MAX);
	memcpy(list, registry, registry_n * sizeof(list[0]));
	list[registry_n] = &count_dissector;
	dissect_init_list(&tables, list, registry_n + 1, NULL);
	tables.tcp_port[PORT_COUNTING] = (uint8_t)(registry_n + 1);
	for (unsigned i = 0; i < registry_n; i++)
		if (list[i]->by == BY_UDP_DATA && list[i]->stream != NULL)
			udp[n_udp++] = (uint8_t)(i + 1);
}

static void
on_emit(void *arg, const struct track_packet *p, struct message_list *list)
{
	(void)arg;
	MUST(p->tuple != NULL && list->n <= MESSAGES_MAX);
	for (unsigned i = 0; i < list->n; i++) {
		const struct message *m = &list->m[i];

		MUST(m->kind < MESSAGE_N);
		fuzz_text(m->name, m->len, m->cut);
	}
}

static struct tuple
tuple_of(unsigned i, unsigned from)
{
	static const uint16_t ports[] = { 80, 443, 53, 22, 9999,
		PORT_COUNTING };
	struct tuple t = { .proto = 6, .flags = TUPLE_PORTS };

	t.flags = (uint8_t)(t.flags | (i & 1 ? TUPLE_V6 : 0));
	t.src[3] = (uint8_t)(from == 0 ? 1 : 2);
	t.dst[3] = (uint8_t)(from == 0 ? 2 : 1);
	t.sport = from == 0 ? 40000 : ports[i];
	t.dport = from == 0 ? ports[i] : 40000;
	return t;
}

static int64_t
later(uint8_t how)
{
	static const int64_t us[] = { 0, 1, 100, 4000, 100000, 1000000,
		20000000, -3000000 };

	return us[how & 7] * 1000;
}

static void
datagram(struct conns *c, struct track_packet *p, struct tuple *t,
    const struct cur *data, uint8_t which)
{
	t->proto = 17;
	p->hash = conns_hash(c, t);
	if (n_udp > 0)
		conns_datagram(c, p, udp[which % n_udp], data);
}

/*
 * A packet is a head of eight bytes and its data: connection, direction and
 * flags; time; where its number is, compared with the last; acknowledgment;
 * bytes cut off; window; length.
 */
static void
packet(struct conns *c, const uint8_t *head, struct cur data,
    struct end ends[CONNECTIONS][2], int64_t *now_ns)
{
	unsigned i = (head[0] & 7) % CONNECTIONS, from = head[0] >> 3 & 1;
	struct end *me = &ends[i][from];
	struct tuple t = tuple_of(i, from);
	struct track_packet p = { .tuple = &t,
		.is_copy = head[0] == 0xff,
		.hash = conns_hash(c, &t) };
	uint8_t bytes[256], *exact;
	uint32_t n = (uint32_t)cur_len(&data), cut = head[5] & 15;
	struct segment s = { .seq = me->next + (uint32_t)(int8_t)head[2],
		.ack = ends[i][!from].next + (uint32_t)(int8_t)head[3],
		.len = n,
		.caplen = head[4] & 1 && cut < n ? n - cut : n,
		.window = (uint16_t)(head[6] << 8),
		.scale = head[4] & 2 ? head[6] & 15 : 255,
		.flags = head[1] & 31,
		.has_ts = head[4] & 4,
		.ts_val = head[5],
		.ts_ecr = head[5] };

	if (head[4] & 8)
		s.seq += (uint32_t)head[2] << 24;
	memcpy(bytes, data.p, n);
	for (uint32_t k = 0; i == COUNTING && k < n; k++)
		bytes[k] = (uint8_t)(s.seq + ((s.flags & TCP_SYN) != 0) + k);
	exact = malloc(s.caplen + (s.caplen == 0));
	MUST(exact != NULL);
	memcpy(exact, bytes, s.caplen);
	s.data = exact;
	*now_ns += later(head[0] >> 4);
	p.ts_ns = *now_ns;
	if (head[1] >> 5 == 7) {
		datagram(c, &p, &t, &(struct cur){ exact, exact + s.caplen },
		    head[2]);
	} else {
		conns_prefetch_slot(c, p.hash);
		conns_prefetch_record(c, p.hash);
		conns_segment(c, &p, &s);
		me->next = s.seq + s.len + ((s.flags & TCP_SYN) != 0);
	}
	if (head[1] >> 5 == 6)
		conns_advance(c, *now_ns, NULL);
	free(exact);
}

/* When all is over and done, nothing must be in use. */
static void
end(struct conns *c, int64_t now_ns)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < 8; i++) {
		now_ns += INT64_C(7200000000000);
		conns_advance(c, now_ns, NULL);
	}
	MUST(c->table.n == 0);
	for (uint32_t id = c->pool.free[POOL_ORDERS - 1].head; id != 0;
	     id = list_links(&c->pool.free[POOL_ORDERS - 1], id)->next)
		n += 1u << (POOL_ORDERS - 1);
	MUST(n == c->pool.touched);
	MUST(c->streams.head == 0 && c->waiting.head == 0);
	MUST(!conns_is_behind(c));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct hash_key keys[2] = { { 1, 2 }, { 3, 4 } };
	struct conns_config config = { .memory = MEMORY,
		.keys = keys,
		.dissect = &tables,
		.emit = on_emit };
	struct end ends[CONNECTIONS][2] = { 0 };
	int64_t now_ns = INT64_C(1700000000000000000);
	struct cur c = { data, data + n };
	static struct conns *conns;

	if (conns == NULL) {
		begin();
		conns = conns_new(&config);
	}
	for (;;) {
		const uint8_t *head = cur_take(&c, 8);
		struct cur bytes;

		if (head == NULL)
			break;
		bytes = (struct cur){ c.p, c.end };
		cur_shrink(&bytes, head[7]);
		c.p = bytes.end;
		packet(conns, head, bytes, ends, &now_ns);
	}
	end(conns, now_ns);
	return 0;
}
