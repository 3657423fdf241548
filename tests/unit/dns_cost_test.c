/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a message costs that was made to cost much: twice the bytes never take
 * more than 2.5 times as long.  With DNS_COST in the environment the times are
 * printed.
 */
#include "tests/lib/datagram.h"

#include <stdlib.h>
#include <time.h>

extern const struct dissector dns_dissector, mdns_dissector, nbns_dissector;

enum { MESSAGE_MAX = 65535, ROUNDS = 30 };

static uint8_t message[MESSAGE_MAX];

static size_t
put(size_t at, const void *bytes, size_t n)
{
	memcpy(message + at, bytes, n);
	return at + n;
}

#define PUT(at, bytes) put(at, bytes, sizeof(bytes) - 1)

static size_t
head(unsigned flags, const unsigned counts[4])
{
	message[2] = (uint8_t)(flags >> 8);
	message[3] = (uint8_t)flags;
	for (unsigned i = 0; i < 4; i++) {
		message[4 + 2 * i] = (uint8_t)(counts[i] >> 8);
		message[5 + 2 * i] = (uint8_t)counts[i];
	}
	return 12;
}

/* A name of 254 bytes, and 16 that are a pointer to the one before. */
static size_t
chain(size_t at, const char *type)
{
	size_t before = at;

	for (unsigned i = 0; i < 126; i++)
		at = PUT(at, "\x01x");
	at = put(PUT(at, "\x00"), type, 4);
	for (unsigned i = 0; i < 15; i++) {
		uint8_t pointer[2] = { (uint8_t)(0xc0 | before >> 8),
			(uint8_t)before };

		before = at;
		at = put(put(at, pointer, 2), type, 4);
	}
	return at;
}

static size_t
questions(size_t n)
{
	const unsigned counts[4] = { (unsigned)(n / 6 - 60), 0, 0, 0 };
	size_t at = chain(head(0x0100, counts), "\x00\x01\x00\x01");
	uint8_t last[2] = { (uint8_t)(0xc0 | (at - 6) >> 8),
		(uint8_t)(at - 6) };

	while (at + 6 <= n)
		at = PUT(put(at, last, 2), "\x00\x01\x00\x01");
	return at;
}

/* Records of one kind, whose owner is the end of the chain. */
static size_t
records(size_t n, const char *body, size_t len)
{
	const unsigned counts[4] = { 16, (unsigned)((n - 400) / (len + 2)), 0,
		0 };
	size_t at = chain(head(0x8180, counts), "\x00\x0c\x00\x01");
	uint8_t last[2] = { (uint8_t)(0xc0 | (at - 6) >> 8),
		(uint8_t)(at - 6) };

	while (at + len + 2 <= n)
		at = put(put(at, last, 2), body, len);
	return at;
}

static size_t
addresses(size_t n)
{
	static const char a[] = "\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\xc0"
				"\x00\x02\x01";

	return records(n, a, sizeof(a) - 1);
}

static size_t
pointers(size_t n)
{
	static const char ptr[] =
	    "\x00\x0c\x00\x01\x00\x00\x00\x00\x00\x02\xc0\x0c";

	return records(n, ptr, sizeof(ptr) - 1);
}

static size_t
netbios(size_t n)
{
	const unsigned counts[4] = { 0, (unsigned)(n / 50), 0, 0 };
	size_t at = head(0x8500, counts);

	while (at + 50 <= n)
		at = PUT(at,
		    "\x20"
		    "EGFCEFEECACACACACACACACACACACACA"
		    "\x00\x00\x20\x00\x01\x00\x00\x00\x00\x00\x06"
		    "\x00\x00\xc0\x00\x02\x01");
	return at;
}

/* Owners that have nothing but labels of one byte. */
static size_t
long_owners(size_t n)
{
	const unsigned counts[4] = { 0, (unsigned)(n / 263), 0, 0 };
	size_t at = head(0x8180, counts);

	while (at + 263 <= n) {
		for (unsigned i = 0; i < 126; i++)
			at = PUT(at, "\x01x");
		at = PUT(at, "\x00\x00\x0c\x00\x01\x00\x00\x00\x00\x00\x00");
	}
	return at;
}

static size_t
options(size_t n)
{
	const unsigned counts[4] = { 0, 0, 0, 1 };
	size_t at =
	    PUT(head(0x0100, counts), "\x00\x00\x29\x10\x00\x00\x00\x00\x00");
	size_t len = (n - at - 2) / 4 * 4;

	message[at++] = (uint8_t)(len >> 8);
	message[at++] = (uint8_t)len;
	memset(message + at, 0, len);
	return at + len;
}

/* The least time of many, in nanoseconds of this process. */
static double
cost(const struct dissector *dissector, size_t n)
{
	double least = 1e18;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct layer layer = { .cur = { message, message + n },
			.wire_left = (uint32_t)n };
		struct timespec a, b;
		double ns;

		datagram_pkt.messages.n = 0;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		datagram_verdict = dissector->dissect(&layer, &datagram_pkt);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		ns = (double)(b.tv_sec - a.tv_sec) * 1e9 +
		    (double)(b.tv_nsec - a.tv_nsec);
		if (ns < least)
			least = ns;
	}
	return least;
}

static void
test_cost(void **state)
{
	static const struct {
		const char *name;
		const struct dissector *dissector;
		size_t (*make)(size_t n);
	} cases[] = {
		{ "questions", &dns_dissector, questions },
		{ "addresses", &dns_dissector, addresses },
		{ "pointers", &dns_dissector, pointers },
		{ "addresses, multicast", &mdns_dissector, addresses },
		{ "pointers, multicast", &mdns_dissector, pointers },
		{ "long owners", &dns_dissector, long_owners },
		{ "long owners, multicast", &mdns_dissector, long_owners },
		{ "options", &dns_dissector, options },
		{ "NetBIOS", &nbns_dissector, netbios },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct dissector *d = cases[i].dissector;
		double frame = cost(d, cases[i].make(1472));
		double half = cost(d, cases[i].make(MESSAGE_MAX / 2));
		double whole = cost(d, cases[i].make(MESSAGE_MAX));

		if (getenv("DNS_COST") != NULL)
			printf("%-24s %8.1f us a frame, %8.1f us for 32 KiB, "
			       "%8.1f us for 64 KiB: %.2f\n",
			    cases[i].name, frame / 1e3, half / 1e3, whole / 1e3,
			    whole / half);
		if (whole > 2.5 * half && whole > 20e3)
			fail_msg("%s: %.0f ns, and %.0f ns for twice as much",
			    cases[i].name, half, whole);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cost) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
