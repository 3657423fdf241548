/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One dissector and one payload, without a packet around it: what it says as
 * text, at every shorter length too.
 */
#ifndef TESTS_LIB_DATAGRAM_H
#define TESTS_LIB_DATAGRAM_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "dissect/dissect.h"
#include "dissect/text.h"
#include "tests/lib/guard.h"

static struct pkt datagram_pkt;
static enum verdict datagram_verdict;
/* For the client's address as IPv6: a test may set it. */
static bool datagram_is_v6;

/* Puts every message into one line: "KIND name value", "ADDR_NAME n = a". */
static inline const char *
datagram_text(const struct message_list *list)
{
	static const char *const kinds[] = {
#define X_NAME(kind) #kind,
		MESSAGE_KINDS(X_NAME)
#undef X_NAME
	};
	static const char *const sources[NAME_SOURCES] = { "dns", "sni", "http",
		"dhcp", "nbns", "mdns", "resolved" };
	static char text[MESSAGES_MAX * (NAME_MAX_BYTES + 100)];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < list->n; i++) {
		const struct message *m = &list->m[i];
		char addr[TEXT_ADDR];

		assert_int_equal(strlen(m->name), m->len);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s%s",
		    i > 0 ? "\n" : "", kinds[m->kind], m->len > 0 ? " " : "",
		    m->name);
		if (m->kind == MESSAGE_ADDR_NAME) {
			text_addr(addr, m->addr, m->addr_is_v6);
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    " = %s %s", addr, sources[m->value]);
		} else if (m->value != 0) {
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    " %#llx", (unsigned long long)m->value);
		}
	}
	return text;
}

/*
 * Runs n bytes that were sent from 192.0.2.53 to 198.51.100.7, or from
 * 2001:db8::53 to 2001:db8::7; cut: so many more
 * followed them on the wire.
 */
static inline const char *
datagram_once(const struct dissector *dissector, const void *bytes, size_t n,
    size_t cut)
{
	static const struct codecs none;
	const uint8_t *p = guard_put(bytes, n);
	struct layer layer = { .cur = { p, p + n },
		.wire_left = (uint32_t)(n + cut),
		.cut = cut > 0,
		.codecs = &none };
	struct tuple *t = &datagram_pkt.tuple;

	memset(&datagram_pkt, 0xa5, sizeof(datagram_pkt));
	memset(t, 0, sizeof(*t));
	datagram_pkt.messages.n = 0;
	datagram_pkt.messages.exceeded = false;
	t->proto = 17;
	t->flags = TUPLE_PORTS | (datagram_is_v6 ? TUPLE_V6 : 0);
	if (datagram_is_v6) {
		memcpy(t->src, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x53",
		    16);
		memcpy(t->dst, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07",
		    16);
	} else {
		memcpy(t->src, "\xc0\x00\x02\x35", 4);
		memcpy(t->dst, "\xc6\x33\x64\x07", 4);
	}
	datagram_verdict = dissector->dissect(&layer, &datagram_pkt);
	assert_true(layer.cur.p >= p && layer.cur.p <= layer.cur.end);
	return datagram_text(&datagram_pkt.messages);
}

/*
 * Runs them at every shorter length, then whole.  With fewer than need bytes
 * the verdict may not be DISSECT_OK.
 */
static inline const char *
datagram_run(const struct dissector *dissector, const void *bytes, size_t n,
    size_t need)
{
	for (size_t k = 0; k < n; k++) {
		datagram_once(dissector, bytes, k, n - k);
		if (k < need && datagram_verdict == DISSECT_OK)
			fail_msg("%s: OK at %zu bytes", dissector->name, k);
		datagram_once(dissector, bytes, k, 0);
		if (k < need && datagram_verdict == DISSECT_OK)
			fail_msg("%s: OK, whole at %zu", dissector->name, k);
	}
	return datagram_once(dissector, bytes, n, 0);
}

struct datagram_case {
	const char *name;
	enum verdict verdict;
	const char *text;
	size_t need; /* fewer bytes may not be DISSECT_OK, if all are */
	const char *bytes;
	size_t n;
};

#define DATAGRAM_NEED(name, verdict, text, need, ...)   \
	{                                               \
		name, verdict, text, need, __VA_ARGS__, \
		    sizeof(__VA_ARGS__) - 1             \
	}

/* One of which every byte is needed. */
#define DATAGRAM(name, verdict, text, ...) \
	DATAGRAM_NEED(name, verdict, text, sizeof(__VA_ARGS__) - 1, __VA_ARGS__)

static inline void
datagram_cases(const struct dissector *dissector,
    const struct datagram_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct datagram_case *c = &cases[i];
		const char *text = datagram_run(dissector, c->bytes, c->n,
		    c->verdict == DISSECT_OK ? c->need : 0);

		if (datagram_verdict != c->verdict ||
		    strcmp(text, c->text) != 0)
			fail_msg("%s: verdict %d, not %d\n%s\nnot\n%s", c->name,
			    datagram_verdict, c->verdict, text, c->text);
	}
}

#define DATAGRAM_CASES(dissector, cases)      \
	datagram_cases(&(dissector), (cases), \
	    sizeof(cases) / sizeof((cases)[0]))

#endif
