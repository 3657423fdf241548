/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What windows count of messages, and the points that it becomes: every kind
 * by its own field, in its own window, from the bin that it came in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/pipe/batch.h"
#include "daemon/report/report_messages.h"
#include "daemon/report/schema.h"

static struct messages messages;
static struct point points[8];
static unsigned n_points;

static void
emit(void *arg, const struct point *p)
{
	(void)arg;
	assert_true(n_points < 8);
	points[n_points++] = *p;
}

static const struct report_config config = { .sensor = "s", .emit = emit };

static void
begin(void)
{
	/* Two bins; since the start. */
	static const struct window_set windows = { { 2, WINDOW_ALL }, 2 };

	messages_init(&messages, &windows);
}

static void
add(unsigned slot, enum message_kind kind, const char *name, uint64_t value)
{
	static struct batch batch;
	struct message_list list = { 0 };

	message_text(&list, kind, name)->value = value;
	batch_clear(&batch);
	batch_add(&batch, ITEM_MESSAGES);
	batch_add_messages(&batch, &list);
	messages_add(&messages, slot, batch_notes(&batch, &batch.items[0]));
}

static void
report(unsigned window)
{
	n_points = 0;
	report_messages(&config, &messages, window, 42,
	    window == 0 ? "4s" : "all");
	assert_int_equal(n_points, 5);
	for (unsigned i = 0; i < n_points; i++) {
		assert_int_equal(points[i].ts_ns, 42);
		assert_string_equal(points[i].tags[WINDOW_TAG_SENSOR], "s");
		assert_string_equal(points[i].tags[WINDOW_TAG_WINDOW],
		    window == 0 ? "4s" : "all");
	}
}

/* The field of this name in the point of this thing. */
static uint64_t
field(const char *thing, const char *name)
{
	for (unsigned i = 0; i < n_points; i++) {
		const struct measurement *m = points[i].m;

		if (strcmp(m->name, thing) != 0)
			continue;
		for (unsigned f = 0; f < m->n_fields; f++) {
			if (strcmp(m->fields[f].name, name) != 0)
				continue;
			if (!point_has(&points[i], f))
				return UINT64_MAX;
			return points[i].v[f].u;
		}
	}
	fail_msg("no field %s.%s", thing, name);
	return 0;
}

/* X_NONE: another test's. */
#define X_NONE(index, name, type, help)
#define K_NAME(index, name, kind, help) { name, MESSAGE_##kind },

static const struct kind_name {
	const char *name;
	enum message_kind kind;
} dns[] = { SCHEMA_DNS(X_NONE, K_NAME) },
  http[] = { SCHEMA_HTTP(X_NONE, K_NAME) },
  tls[] = { SCHEMA_TLS(X_NONE, K_NAME) },
  tcp[] = { SCHEMA_TCP(X_NONE, K_NAME) };

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *thing;
	const struct kind_name *kinds;
	size_t n;
} things[] = { { "dns", dns, N(dns) }, { "http", http, N(http) },
	{ "tls", tls, N(tls) }, { "tcp", tcp, N(tcp) } };

static void
test_each_kind_has_its_field(void **state)
{
	(void)state;
	for (size_t t = 0; t < N(things); t++) {
		for (size_t k = 0; k < things[t].n; k++) {
			unsigned others = 0;

			begin();
			add(0, things[t].kinds[k].kind, "n", 0);
			messages_close(&messages, 0);
			report(0);
			assert_int_equal(field(things[t].thing,
					     things[t].kinds[k].name),
			    1);
			for (size_t o = 0; o < things[t].n; o++)
				others += o != k &&
				    field(things[t].thing,
					things[t].kinds[o].name) != 0;
			assert_int_equal(others, 0);
			messages_fini(&messages);
		}
	}
}

static void
test_values_are_summed(void **state)
{
	(void)state;
	begin();
	add(0, MESSAGE_DNS_EDNS, "", 1232);
	add(0, MESSAGE_DNS_EDNS, "", 4096);
	add(0, MESSAGE_TCP_RETRANSMIT, "192.0.2.1", 1000);
	add(0, MESSAGE_TCP_LOST, "192.0.2.1", 300);
	messages_close(&messages, 0);
	report(0);
	assert_int_equal(field("dns", "edns_bytes"), 5328);
	assert_int_equal(field("tcp", "retransmit_bytes"), 1000);
	assert_int_equal(field("tcp", "lost_bytes"), 300);
	messages_fini(&messages);
}

/* Nothing was measured: the fields are left out, not zero. */
static void
test_times_are_quantiles(void **state)
{
	static const struct {
		const char *thing, *median, *max;
		enum message_kind kind;
	} times[] = { { "dns", "p50_us", "max_us", MESSAGE_DNS_TIME },
		{ "http", "p50_us", "max_us", MESSAGE_HTTP_TIME },
		{ "tls", "p50_us", "max_us", MESSAGE_TLS_TIME },
		{ "tcp", "handshake_p50_us", "handshake_max_us",
		    MESSAGE_TCP_HANDSHAKE },
		{ "tcp", "rtt_p50_us", "rtt_max_us", MESSAGE_TCP_RTT } };

	(void)state;
	for (size_t i = 0; i < N(times); i++) {
		begin();
		for (unsigned us = 1; us <= 1000; us++)
			add(0, times[i].kind, "n", us * 100);
		messages_close(&messages, 0);
		report(0);
		assert_in_range(field(times[i].thing, times[i].median), 49600,
		    50400);
		assert_in_range(field(times[i].thing, times[i].max), 99200,
		    100800);
		for (size_t o = 0; o < N(times); o++)
			if (o != i)
				assert_true(field(times[o].thing,
						times[o].max) == UINT64_MAX);
		messages_fini(&messages);
	}
}

static void
test_names_are_counted_once(void **state)
{
	static const struct {
		const char *thing, *field;
		enum message_kind kind;
	} names[] = { { "dns", "names", MESSAGE_DNS_QUERY },
		{ "http", "hosts", MESSAGE_HTTP_HOST },
		{ "http", "user_agents", MESSAGE_HTTP_USER_AGENT },
		{ "tls", "names", MESSAGE_TLS_CLIENT_HELLO },
		{ "tls", "fingerprints", MESSAGE_TLS_JA4 } };

	(void)state;
	for (size_t i = 0; i < N(names); i++) {
		begin();
		add(0, names[i].kind, "one", 0);
		add(0, names[i].kind, "one", 0);
		add(0, names[i].kind, "two", 0);
		add(0, names[i].kind, "", 0); /* none */
		messages_close(&messages, 0);
		report(0);
		for (size_t o = 0; o < N(names); o++)
			assert_int_equal(field(names[o].thing, names[o].field),
			    o == i ? 2 : 0);
		messages_fini(&messages);
	}
}

/* In window 0 and in window 1. */
static void
expect(uint64_t sliding, uint64_t all, const char *thing, const char *name)
{
	report(0);
	assert_int_equal(field(thing, name), sliding);
	report(1);
	assert_int_equal(field(thing, name), all);
}

static void
test_windows_slide(void **state)
{
	(void)state;
	begin();
	add(0, MESSAGE_DNS_QUERY, "a", 0);
	add(1, MESSAGE_DNS_QUERY, "b", 0);
	messages_close(&messages, 0);
	expect(1, 1, "dns", "queries");
	messages_close(&messages, 1);
	expect(2, 2, "dns", "queries");
	expect(2, 2, "dns", "names");
	messages_close(&messages, SLOT_EMPTY);
	expect(1, 2, "dns", "queries");
	messages_close(&messages, 1);
	expect(0, 2, "dns", "queries");
	expect(0, 2, "dns", "names");
	messages_fini(&messages);
}

/* What is late is no bin: nothing leaves, and only one window has it. */
static void
test_late_ones_are_no_bin(void **state)
{
	(void)state;
	begin();
	add(0, MESSAGE_DNS_TIME, "a", 1000);
	add(0, MESSAGE_DNS_QUERY, "a", 0);
	add(0, MESSAGE_DNS_QUERY, "c", 0);
	messages_close(&messages, 0);
	for (unsigned i = 0; i < 10; i++) {
		add(SLOT_LATE, MESSAGE_DNS_TIME, "b", 500000);
		add(SLOT_LATE, MESSAGE_DNS_QUERY, "b", 0);
		messages_close(&messages, SLOT_LATE);
	}
	expect(2, 12, "dns", "queries");
	expect(2, 3, "dns", "names");
	report(0);
	assert_in_range(field("dns", "max_us"), 990, 1010);
	report(1);
	assert_in_range(field("dns", "max_us"), 495000, 505000);
	messages_close(&messages, 1);
	expect(2, 12, "dns", "queries");
	messages_close(&messages, 0);
	expect(0, 12, "dns", "queries");
	report(0);
	assert_true(field("dns", "max_us") == UINT64_MAX);
	messages_fini(&messages);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_has_its_field),
		cmocka_unit_test(test_values_are_summed),
		cmocka_unit_test(test_times_are_quantiles),
		cmocka_unit_test(test_names_are_counted_once),
		cmocka_unit_test(test_windows_slide),
		cmocka_unit_test(test_late_ones_are_no_bin),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
