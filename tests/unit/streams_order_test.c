/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dissectors see the same bytes of a connection in whatever order and pieces
 * they come: random text, cut and shuffled at random.
 */
#include "tests/lib/toy_streams.h"

/* A generator of its own: the same in every run, on every machine. */
static uint32_t
pick(uint32_t n)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % n;
}

enum { TEXT = 6000, PIECES = 400 };
static char text[TEXT + 1];

struct cut {
	uint32_t at, n;
};

/* Lines of random length, some of which let others be skipped. */
static void
write_text(char *expected)
{
	uint32_t n = (uint32_t)sprintf(text, "ONE\n"), line;
	int more;

	expected += sprintf(expected, ">fresh\n>ONE\n");
	while (n < TEXT - 200) {
		line = n;
		if (pick(8) == 0) {
			more = sprintf(text + n, "skip %u\n", pick(100));
			expected += sprintf(expected, ">%s", text + n);
			n += (uint32_t)more;
			memset(text + n, '#', (size_t)atoi(text + line + 5));
			n += (uint32_t)atoi(text + line + 5);
			continue;
		}
		for (uint32_t i = 1 + pick(90); i > 0; i--)
			text[n++] = (char)('a' + pick(26));
		text[n++] = '\n';
		text[n] = '\0';
		expected += sprintf(expected, ">%s", text + line);
	}
	text[n] = '\0';
	sprintf(expected, ">end\n");
}

/*
 * Cuts the text into pieces, some twice, some overlapping, and shuffles those
 * that are near each other.
 */
static unsigned
cut_text(struct cut *cuts)
{
	uint32_t len = (uint32_t)strlen(text), at = 0;
	unsigned n = 0;

	while (at < len && n < PIECES - 2) {
		uint32_t k = 1 + pick(pick(2) != 0 ? 200 : 20);
		uint32_t before = pick(4) == 0 ? pick(50) : 0;

		if (k > len - at || n == PIECES - 3)
			k = len - at;
		if (before > at)
			before = at;
		cuts[n++] = (struct cut){ at - before, k + before };
		if (pick(5) == 0) {
			cuts[n] = cuts[pick(n)];
			n++;
		}
		at += k;
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned other = i + pick(n - i < 30 ? n - i : 30);
		struct cut c = cuts[i];

		cuts[i] = cuts[other];
		cuts[other] = c;
	}
	return n;
}

static void
test_any_order_gives_the_same_bytes(void **state)
{
	static char expected[3 * TEXT], piece[TEXT];
	static struct cut cuts[PIECES];
	uint32_t fin, acked = A;

	for (unsigned round = 0; round < 300; round++) {
		begin(state);
		write_text(expected);
		fin = (uint32_t)strlen(text);
		handshake(A, B);
		for (unsigned i = 0, n = cut_text(cuts); i < n; i++) {
			memcpy(piece, text + cuts[i].at, cuts[i].n);
			piece[cuts[i].n] = '\0';
			if (i == n / 2)
				send(CLIENT, FIN | ACK, A + fin, B, "");
			send(CLIENT, ACK, A + cuts[i].at, B, piece);
			if (pick(3) == 0)
				send(SERVER, ACK, B, acked, "");
		}
		catch_up();
		logged(expected);
		assert_int_equal(stats()->gaps, 0);
		assert_int_equal(stats()->overlaps, 0);
		end(state);
	}
	begin(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_any_order_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
