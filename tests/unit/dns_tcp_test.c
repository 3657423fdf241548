/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS and LLMNR over TCP: messages in pieces, cut and damaged; and what is
 * taken for DNS by its content, over TCP and in datagrams.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/lib/dns_message.h"
#include "tests/lib/feed.h"
#include "tests/lib/guard.h"

extern const struct dissector dns_tcp_dissector, dns_any_dissector,
    dns_tcpany_dissector, llmnr_tcp_dissector;

/* clang-format off */
#define TCP_QUERY "\x00\x21" QUERY(ONE) WWW A
#define TCP_RESPONSE                                                    \
	"\x00\x31" HEAD4("\x81\x80", "\x01", "\x01", "\x00", "\x00") WWW A \
	Q A TTL "\x00\x04" "\xc0\x00\x02\x01"
#define TCP_ASKED                                                       \
	"DNS_TCP\nDNS_QUERY www.example.com 4295037492\nDNS_QTYPE A\n"
#define TCP_ANSWERED                                                    \
	"DNS_TCP\nADDR_NAME www.example.com\n"                          \
	"DNS_RESPONSE www.example.com 4295037492\nDNS_RCODE NOERROR\n"  \
	"DNS_NOERROR www.example.com\n"
/* clang-format on */

/* Two messages of each side, in pieces of every size. */
static void
test_tcp(void **state)
{
	static const char client[] = TCP_QUERY TCP_QUERY;
	static const char server[] = TCP_RESPONSE TCP_RESPONSE;
	static struct feed f;

	(void)state;
	for (size_t piece = 0; piece < sizeof(server); piece++) {
		feed_init(&f, &dns_tcp_dissector, NULL);
		feed(&f, false, client, sizeof(client) - 1, piece, true);
		assert_int_equal(f.sides[0].verdict, STREAM_MORE);
		assert_string_equal(f.log, TCP_ASKED TCP_ASKED);
		f.n_log = 0;
		feed(&f, true, server, sizeof(server) - 1, piece, true);
		assert_string_equal(f.log, TCP_ANSWERED TCP_ANSWERED);
		feed_fini(&f);
	}
}

/* A direction that ends within a message: its first part is read. */
static void
test_tcp_cut(void **state)
{
	static const char client[] = TCP_QUERY TCP_QUERY;
	static struct feed f;

	(void)state;
	for (size_t n = 0; n < sizeof(client); n++) {
		feed_init(&f, &dns_tcp_dissector, NULL);
		feed(&f, false, client, n, 0, true);
		assert_string_equal(f.log,
		    n < 35	     ? ""
			: n < 2 * 35 ? TCP_ASKED
				     : TCP_ASKED TCP_ASKED);
		feed_fini(&f);
	}
	feed_init(&f, &dns_tcp_dissector, NULL);
	feed(&f, true, TCP_RESPONSE, 50, 1, true);
	assert_string_equal(f.log,
	    "DNS_TCP\nDNS_RESPONSE www.example.com 4295037492\n"
	    "DNS_RCODE NOERROR\nDNS_NOERROR www.example.com\n");
	feed_fini(&f);
}

/* A damaged message between two others, and a length that can't be. */
static void
test_tcp_damage(void **state)
{
	static const char client[] =
	    TCP_QUERY "\x00\x0e" QUERY(ONE) "\xc0\xff" TCP_QUERY "\x00\x0b";
	static struct feed f;

	(void)state;
	feed_init(&f, &dns_tcp_dissector, NULL);
	feed(&f, false, client, sizeof(client) - 1, 0, false);
	assert_string_equal(f.log, TCP_ASKED TCP_ASKED);
	assert_int_equal(f.sides[0].verdict, STREAM_BAD);
	feed_fini(&f);
}

/* The longest message is waited for with no more than a side's buffer. */
static void
test_tcp_longest(void **state)
{
	static char bytes[2 + 65535] = "\xff\xff" HEAD("\x01\x00", ONE) WWW A;
	static struct feed f;

	(void)state;
	feed_init(&f, &dns_tcp_dissector, NULL);
	feed(&f, false, bytes, sizeof(bytes), 1460, false);
	assert_string_equal(f.log, TCP_ASKED);
	feed_fini(&f);
}

static enum probe
probe(const char *bytes, size_t n)
{
	const uint8_t *p = guard_put(bytes, n);

	return dns_tcp_dissector.probe(&(struct cur){ p, p + n });
}

#define PROBE(bytes) probe(bytes, sizeof(bytes) - 1)

static void
test_probe(void **state)
{
	(void)state;
	for (size_t n = 1; n < 14; n++)
		assert_int_equal(probe(TCP_QUERY, n), PROBE_MORE);
	assert_int_equal(probe(TCP_QUERY, 14), PROBE_CLIENT);
	assert_int_equal(PROBE(TCP_RESPONSE), PROBE_SERVER);
	assert_int_equal(PROBE("GET / HTTP/1.1\r\n"), PROBE_NO);
	assert_int_equal(PROBE("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
			       "abcdef"),
	    PROBE_NO);
	assert_int_equal(PROBE("\x00\x0b"), PROBE_NO);
	/* Three is an operation of nobody; two questions need ten bytes. */
	assert_int_equal(PROBE("\x00\x11" HEAD("\x18\x00", ONE)), PROBE_NO);
	assert_int_equal(PROBE("\x00\x15" QUERY("\x00\x02")), PROBE_NO);
	assert_int_equal(PROBE("\x00\x16" QUERY("\x00\x02")), PROBE_CLIENT);
}

static void
test_llmnr_tcp(void **state)
{
	static struct feed f;

	(void)state;
	feed_init(&f, &llmnr_tcp_dissector, NULL);
	feed(&f, false, TCP_QUERY, sizeof(TCP_QUERY) - 1, 1, true);
	assert_string_equal(f.log,
	    "DNS_LLMNR\nDNS_QUERY www.example.com 70196\nDNS_QTYPE A\n");
	feed_fini(&f);
}

static enum probe
probe_by(const struct dissector *dissector, const char *bytes, size_t n)
{
	const uint8_t *p = guard_put(bytes, n);

	return dissector->probe(&(struct cur){ p, p + n });
}

#define PROBE_ANY(bytes) probe_by(&dns_any_dissector, bytes, sizeof(bytes) - 1)

/* clang-format off */
#define ANY_QUERY QUERY(ONE) WWW A
#define ANY_RESPONSE                                                    \
	HEAD4("\x85\x80", "\x01", "\x01", "\x00", "\x00") WWW A        \
	Q A TTL "\x00\x04" "\xc0\x00\x02\x01"
/* clang-format on */

/* On ports of others it must be DNS to the last byte. */
static void
test_by_content(void **state)
{
	(void)state;
	for (size_t n = 1; n < sizeof(ANY_QUERY) - 1; n++)
		assert_int_equal(probe_by(&dns_any_dissector, ANY_QUERY, n),
		    PROBE_NO);
	for (size_t n = 1; n < sizeof(ANY_RESPONSE) - 1; n++)
		assert_int_equal(probe_by(&dns_any_dissector, ANY_RESPONSE, n),
		    PROBE_NO);
	assert_int_equal(PROBE_ANY(ANY_QUERY), PROBE_CLIENT);
	assert_int_equal(PROBE_ANY(ANY_RESPONSE), PROBE_SERVER);
	assert_int_equal(PROBE_ANY(ANY_QUERY "x"), PROBE_NO);
	/* clang-format off */
	assert_int_equal(PROBE_ANY(QUERY("\x00\x00")), PROBE_NO);
	assert_int_equal(PROBE_ANY(HEAD("\x03\x00", ONE) WWW A), PROBE_NO);
	assert_int_equal(PROBE_ANY(HEAD("\x01\x03", ONE) WWW A), PROBE_NO);
	assert_int_equal(PROBE_ANY(HEAD("\x81\x8b", ONE) WWW A), PROBE_NO);
	assert_int_equal(PROBE_ANY(QUERY(ONE) WWW "\x00\x00" IN), PROBE_NO);
	assert_int_equal(PROBE_ANY(QUERY(ONE) WWW "\x00\x01\x00\x02"),
	    PROBE_NO);
	assert_int_equal(PROBE_ANY(QUERY(ONE) "\x01\x01\x00" A), PROBE_NO);
	/* clang-format on */
}

static void
test_tcp_by_content(void **state)
{
	static struct feed f;

	(void)state;
	assert_int_equal(probe_by(&dns_tcpany_dissector, TCP_QUERY, 1),
	    PROBE_NO);
	assert_int_equal(probe_by(&dns_tcpany_dissector, TCP_QUERY, 2),
	    PROBE_MORE);
	assert_int_equal(probe_by(&dns_tcpany_dissector, "\0\x0c", 2),
	    PROBE_NO);
	assert_int_equal(probe_by(&dns_tcpany_dissector, TCP_QUERY, 34),
	    PROBE_NO);
	feed_init(&f, &dns_tcpany_dissector, NULL);
	feed(&f, false, TCP_QUERY TCP_QUERY, 2 * sizeof(TCP_QUERY) - 2, 0,
	    true);
	assert_string_equal(f.log, TCP_ASKED TCP_ASKED);
	feed_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_tcp_cut),
		cmocka_unit_test(test_tcp_damage),
		cmocka_unit_test(test_tcp_longest),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_llmnr_tcp),
		cmocka_unit_test(test_by_content),
		cmocka_unit_test(test_tcp_by_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
