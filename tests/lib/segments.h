/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hand-made segments for the tests of the tracker: a tracker with dissectors
 * of the test's own, a connection from 192.0.2.1:40000 (CLIENT) to
 * 198.51.100.1:80 (SERVER), and a log of what was emitted.
 */
#ifndef TESTS_LIB_SEGMENTS_H
#define TESTS_LIB_SEGMENTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/track/conns.h"

enum { CLIENT, SERVER };
enum { SYN = TCP_SYN, ACK = TCP_ACK, FIN = TCP_FIN, RST = TCP_RST };
enum { MS = 1000000 }; /* in nanoseconds */
enum { SEGMENT_WINDOW = 1000, LOG_MAX = 65536 };

static struct conns *conns;
static struct dissect tables;
static int64_t now_ns;
static char messages[LOG_MAX];
static size_t n_messages;
static struct tuple tuples[2];

static inline void
on_emit(void *arg, const struct track_packet *p, struct message_list *list)
{
	static const char *const kinds[] = {
#define X_NAME(kind) #kind,
		MESSAGE_KINDS(X_NAME)
#undef X_NAME
	};

	(void)arg;
	assert_non_null(p->tuple);
	for (unsigned i = 0; i < list->n; i++) {
		const struct message *m = &list->m[i];
		size_t room = LOG_MAX - n_messages;
		int n;

		if (room < 1000)
			return;
		n = snprintf(messages + n_messages, room, "%s%s%s",
		    kinds[m->kind], m->len > 0 ? " " : "", m->name);
		n_messages += (size_t)n;
		if (m->value != 0)
			n_messages += (size_t)snprintf(messages + n_messages,
			    100, " %llu", (unsigned long long)m->value);
		messages[n_messages++] = '\n';
		messages[n_messages] = '\0';
	}
}

static inline void
segments_begin(const struct dissector *const *list, unsigned n, size_t memory)
{
	static const struct hash_key keys[2] = { { 1, 2 }, { 3, 4 } };
	static const struct codecs codecs;
	struct conns_config config = { .memory = memory,
		.keys = keys,
		.dissect = &tables,
		.emit = on_emit };
	struct tuple *t = tuples;

	tables.list = list;
	tables.n = n;
	tables.codecs = &codecs;
	tables.tcp_data.n = n;
	for (unsigned i = 0; i < n; i++) {
		tables.tcp_data.index[i] = (uint8_t)(i + 1);
		for (unsigned byte = 0; byte < 256; byte++)
			tables.tcp_data.first[byte] |= 1u << i;
	}
	memset(t, 0, sizeof(tuples));
	memcpy(t[0].src, (const uint8_t[]){ 192, 0, 2, 1 }, 4);
	memcpy(t[0].dst, (const uint8_t[]){ 198, 51, 100, 1 }, 4);
	t[0].sport = 40000;
	t[0].dport = 80;
	t[0].proto = 6;
	t[0].flags = TUPLE_PORTS;
	t[1] = t[0];
	memcpy(t[1].src, t[0].dst, 16);
	memcpy(t[1].dst, t[0].src, 16);
	t[1].sport = 80;
	t[1].dport = 40000;
	now_ns = 1700000000 * INT64_C(1000000000);
	n_messages = 0;
	messages[0] = '\0';
	conns = conns_new(&config);
}

static inline void
segments_end(void)
{
	conns_free(conns);
}

/* Takes any segment; its data are before an end of memory of their own. */
static inline uint8_t
take(unsigned from, struct segment s)
{
	struct track_packet p = { .tuple = &tuples[from], .ts_ns = now_ns };
	uint8_t *copy = malloc(s.caplen + (s.caplen == 0)), app;

	p.hash = conns_hash(conns, p.tuple);
	if (s.caplen > 0)
		memcpy(copy, s.data, s.caplen);
	s.data = copy;
	app = conns_segment(conns, &p, &s);
	free(copy);
	return app;
}

/* A segment whose window is open. */
static inline struct segment
segment(unsigned flags, uint32_t seq, uint32_t ack, const char *data)
{
	uint32_t n = (uint32_t)strlen(data);

	return (struct segment){ .data = (const uint8_t *)data,
		.caplen = n,
		.len = n,
		.seq = seq,
		.ack = ack,
		.window = SEGMENT_WINDOW,
		.flags = (uint16_t)flags,
		.scale = 255 };
}

static inline uint8_t
send(unsigned from, unsigned flags, uint32_t seq, uint32_t ack,
    const char *data)
{
	return take(from, segment(flags, seq, ack, data));
}

/* The client's data begin at seq, the server's at ack; one ms each way. */
static inline void
handshake(uint32_t seq, uint32_t ack)
{
	send(CLIENT, SYN, seq - 1, 0, "");
	now_ns += MS;
	send(SERVER, SYN | ACK, ack - 1, seq, "");
	now_ns += MS;
	send(CLIENT, ACK, seq, ack, "");
}

/* Reads all that waits for its turn. */
static inline void
catch_up(void)
{
	while (conns_is_behind(conns))
		conns_advance(conns, now_ns, NULL);
}

/* What was emitted since the last call must be this. */
static inline void
said(const char *expected)
{
	assert_string_equal(messages, expected);
	n_messages = 0;
	messages[0] = '\0';
}

#endif
