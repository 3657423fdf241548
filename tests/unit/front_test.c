/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in, batches out: in order, whole, cut where time enters a new bin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/pipe/front.h"

#define S INT64_C(1000000000)

enum { SEEN_MAX = 4096 };

static const struct hash_key keys[TRACK_KEYS] = { { 1, 2 }, { 3, 4 },
	{ 5, 6 } };
static struct dissect dissect;
static struct front *front;
static struct batch *batch;

/* Everything that was passed. */
static struct {
	unsigned n_batches, n_items, n_notes, n_rolls;
	int64_t rolls[64];
	struct item items[SEEN_MAX];
	char names[SEEN_MAX][16]; /* of the notes */
	unsigned most; /* items of a batch */
} seen;

static struct batch *
pass(void *arg, struct batch *b)
{
	assert_ptr_equal(arg, &seen);
	for (uint32_t i = 0; i < b->n; i++) {
		const struct item *item = &b->items[i];
		const struct note *note = batch_notes(b, item);

		seen.items[seen.n_items++] = *item;
		for (unsigned k = 0; k < item->n_messages; k++) {
			assert_int_equal(strlen(note->name), note->len);
			snprintf(seen.names[seen.n_notes++], 16, "%.15s",
			    note->name);
			note = batch_next_note(note);
		}
	}
	if (b->n > seen.most)
		seen.most = b->n;
	if (b->time_ns != INT64_MIN)
		seen.rolls[seen.n_rolls++] = b->time_ns;
	seen.n_batches++;
	batch_clear(b);
	return b;
}

static int
begin(void **state)
{
	struct front_config c = { .memory = 8 << 20,
		.keys = keys,
		.dissect = &dissect,
		.bin_ns = 2 * S,
		.pass = pass,
		.arg = &seen };

	(void)state;
	memset(&seen, 0, sizeof(seen));
	dissect_init(&dissect, NULL);
	batch = memory_reserve(sizeof(*batch));
	batch_clear(batch);
	front = front_new(&c, batch);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	front_free(front);
	memory_release(batch, sizeof(*batch));
	return 0;
}

/* A UDP packet, with its number as length and n messages. */
static void
send(unsigned number, int64_t ts_ns, unsigned n)
{
	struct pkt *p = front_pkt(front);

	memset(p, 0, sizeof(*p));
	p->net = NET_IP4;
	p->ip_len = 100;
	p->digest = number;
	p->tuple.proto = 17;
	p->tuple.flags = TUPLE_PORTS;
	p->tuple.sport = (uint16_t)(1000 + number);
	for (unsigned i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%u.%u", number, i);
		message_text(&p->messages, MESSAGE_SSH, name);
	}
	front_packet(front, 3, ts_ns, false, number);
}

static void
test_items_keep_the_order_of_packets(void **state)
{
	enum { N = 1500 };
	unsigned note = 0;

	(void)state;
	for (unsigned i = 0; i < N; i++)
		send(i, S + i, i % 7 == 0 ? 2 : 0);
	front_finish(front);
	assert_int_equal(seen.n_items, N);
	assert_int_equal(seen.most, BATCH_ITEMS);
	for (unsigned i = 0; i < N; i++) {
		const struct item *item = &seen.items[i];
		char name[16];

		assert_int_equal(item->kind, ITEM_PACKET);
		assert_int_equal(item->len, i);
		assert_int_equal(item->ts_ns, S + i);
		assert_int_equal(item->tuple.source, 3);
		assert_int_equal(item->tuple.sport, 1000 + i);
		assert_int_equal(item->n_messages, i % 7 == 0 ? 2 : 0);
		for (unsigned k = 0; k < item->n_messages; k++) {
			snprintf(name, sizeof(name), "%u.%u", i, k);
			assert_string_equal(seen.names[note++], name);
		}
	}
	assert_int_equal(note, seen.n_notes);
}

static void
test_time_ends_a_batch(void **state)
{
	(void)state;
	send(0, 5 * S, 0);
	assert_int_equal(seen.n_rolls, 1); /* the first bin opens */
	assert_int_equal(seen.rolls[0], 4 * S);
	assert_int_equal(seen.n_items, 0);
	send(1, 5 * S + 1, 0);
	send(2, 6 * S, 0);
	/* All that came before is passed, the packet that came is not. */
	assert_int_equal(seen.n_rolls, 2);
	assert_int_equal(seen.rolls[1], 6 * S);
	assert_int_equal(seen.n_items, 2);
	send(3, 3 * S, 0); /* late: the meter's affair */
	send(4, 101 * S, 0);
	assert_int_equal(seen.rolls[2], 100 * S);
	assert_int_equal(seen.n_items, 4);
	front_finish(front);
	assert_int_equal(seen.n_rolls, 3);
	assert_int_equal(seen.n_items, 5);
}

static void
test_the_clock_ends_batches_too(void **state)
{
	(void)state;
	front_advance(front, 4 * S);
	assert_int_equal(seen.rolls[0], 4 * S);
	send(0, 5 * S, 0);
	front_advance(front, 5 * S);
	assert_int_equal(seen.n_items, 0);
	front_advance(front, 8 * S + 1);
	assert_int_equal(seen.n_items, 1);
	assert_int_equal(seen.rolls[1], 8 * S);
	front_finish(front);
}

static void
test_full_lists_have_room(void **state)
{
	char name[NAME_MAX_BYTES + 1];

	(void)state;
	memset(name, 'n', NAME_MAX_BYTES);
	name[NAME_MAX_BYTES] = '\0';
	for (unsigned i = 0; i < 20; i++) {
		struct pkt *p = front_pkt(front);

		memset(p, 0, sizeof(*p));
		p->ip_len = 100;
		p->digest = i;
		for (unsigned k = 0; k < MESSAGES_MAX + 5; k++)
			message_text(&p->messages, MESSAGE_SSH, name);
		front_packet(front, 0, S, false, 100);
	}
	front_finish(front);
	assert_int_equal(seen.n_items, 20);
	assert_int_equal(seen.n_notes, 20 * MESSAGES_MAX);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(seen.items[i].flags, ITEM_MESSAGES_EXCEEDED);
}

static void
test_copies_and_tunnels_are_told(void **state)
{
	(void)state;
	send(1, S, 0);
	send(1, S + 1000, 0);
	send(2, S + 2000, 0);
	for (unsigned i = 0; i < 1; i++) {
		struct pkt *p = front_pkt(front);

		memset(p, 0, sizeof(*p));
		p->ip_len = 80;
		p->n_ip = 2;
		p->tunnel = 9;
		p->outer_len = 120;
		p->outer.src[0] = 10;
		front_packet(front, 0, S + 3000, true, 134);
	}
	front_flush(front);
	assert_int_equal(seen.n_items, 5);
	assert_int_equal(seen.items[0].flags, 0);
	assert_int_equal(seen.items[1].flags, ITEM_COPY);
	assert_int_equal(seen.items[2].flags, 0);
	assert_int_equal(seen.items[3].flags, ITEM_TIME_CLAMPED);
	assert_int_equal(seen.items[4].kind, ITEM_TUNNEL);
	assert_int_equal(seen.items[4].tunnel, 9);
	assert_int_equal(seen.items[4].ip_len, 120);
	assert_int_equal(seen.items[4].tuple.src[0], 10);
	front_finish(front);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_items_keep_the_order_of_packets),
		TEST(test_time_ends_a_batch),
		TEST(test_the_clock_ends_batches_too),
		TEST(test_full_lists_have_room),
		TEST(test_copies_and_tunnels_are_told),
	};

	return cmocka_run_group_tests_name("front", tests, NULL, NULL);
}
