/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The hello behind the header of remote desktop's UDP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dissect/dissect.h"
#include "tests/lib/guard.h"

extern const struct dissector rdpudp_dissector;

/* Header, record, handshake, then a hello of TLS 1.1 for a.example. */
static const uint8_t datagram[] = {
	/* the header */
	0x00, 0x14, 0xc1, 0x01, 0xf4, 0x01, 0x64, 0xe0, 0x64, 0x00, 0x01, 0x00,
	/* record, message, version */
	0x16, 0x03, 0x02, 0x00, 0x45, 0x01, 0x00, 0x00, 0x41, 0x03, 0x02,
	/* random */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 16 */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 32 */
	/* session, suites, compression, extensions */
	0x00, 0x00, 0x02, 0x00, 0x2f, 0x01, 0x00, 0x00, 0x16,
	/* server name, extended master secret */
	0x00, 0x00, 0x00, 0x0e, 0x00, 0x0c, 0x00, 0x00, 0x09, 'a', '.', 'e',
	'x', 'a', 'm', 'p', 'l', 'e', 0x00, 0x17, 0x00, 0x00
};

/* The messages of n bytes of a datagram. */
static const struct message_list *
messages_of(const uint8_t *bytes, size_t n)
{
	static struct message_list list;
	static const struct codecs none;
	static uint64_t own[STREAM_OWN / 8], shared[STREAM_SHARED / 8];
	static const struct tuple tuple;
	const uint8_t *p = guard_put(bytes, n);
	struct stream s = { .data = { p, p + n },
		.is_datagram = true,
		.tuple = &tuple,
		.own = own,
		.shared = shared,
		.messages = &list,
		.codecs = &none };

	memset(own, 0, sizeof(own));
	memset(shared, 0, sizeof(shared));
	list.n = 0;
	assert_int_not_equal(rdpudp_dissector.stream(&s), STREAM_AGAIN);
	return &list;
}

static void
hello_gives_its_name(void **state)
{
	const struct message_list *list =
	    messages_of(datagram, sizeof(datagram));

	(void)state;
	assert_true(list->n > 0);
	assert_int_equal(list->m[0].kind, MESSAGE_TLS_CLIENT_HELLO);
	assert_string_equal(list->m[0].name, "a.example");
}

static void
shorter_ones_give_none(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(datagram); n++)
		assert_int_equal(messages_of(datagram, n)->n, 0);
}

static void
flow_is_waited_for_but_not_for_ever(void **state)
{
	uint64_t own[STREAM_OWN / 8] = { 0 }, shared[STREAM_SHARED / 8] = { 0 };
	struct message_list list = { .n = 0 };
	struct stream s = { .own = own, .shared = shared, .messages = &list };

	(void)state;
	s.data = (struct cur){ datagram, datagram + 12 };
	for (unsigned i = 0; i < 15; i++)
		assert_int_equal(rdpudp_dissector.stream(&s), STREAM_MORE);
	assert_int_equal(rdpudp_dissector.stream(&s), STREAM_DONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_gives_its_name),
		cmocka_unit_test(shorter_ones_give_none),
		cmocka_unit_test(flow_is_waited_for_but_not_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
