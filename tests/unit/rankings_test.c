/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The table of rankings, and the keys that each makes of a flow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/meter/ranking.h"
#include "dissect/registry.h"

static struct tuple tuple;
static struct place src, dst;
static struct flow_view view = { .tuple = &tuple, .src = &src, .dst = &dst };

static const struct ranking *
find(const char *name)
{
	for (unsigned i = 0; rankings[i] != NULL; i++)
		if (strcmp(rankings[i]->name, name) == 0)
			return rankings[i];
	fail_msg("no ranking %s", name);
	return NULL;
}

/* The keys of the flow, as text with blanks between. */
static const char *
keys_of(const char *name)
{
	const struct ranking *r = find(name);
	uint8_t keys[2][RANKING_KEY] = { 0 };
	static char text[2 * RANKING_TEXT];
	uint8_t *const room[2] = { keys[0], keys[1] };
	unsigned n = r->keys(&view, room);
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			text[len++] = ' ';
		len += r->text(text + len, keys[i]);
		assert_int_equal(strlen(text), len);
		/* What the dictionary keeps is all of the key. */
		for (size_t k = r->key_size; k < RANKING_KEY; k++)
			assert_int_equal(keys[i][k], 0);
	}
	return text;
}

static void
test_each_is_of_flows_or_of_messages(void **state)
{
	(void)state;
	for (unsigned i = 0; rankings[i] != NULL; i++) {
		const struct ranking *r = rankings[i];

		assert_true(r->weight > 0);
		assert_int_equal(r->keys == NULL, ranking_is_named(r));
		assert_int_equal(r->text == NULL, ranking_is_named(r));
		for (unsigned k = 0; k < i; k++) {
			assert_string_not_equal(r->name, rankings[k]->name);
			if (ranking_is_named(r) &&
			    ranking_is_named(rankings[k]))
				assert_int_not_equal(r->kind,
				    rankings[k]->kind);
		}
	}
}

static void
test_keys_of_a_flow(void **state)
{
	(void)state;
	memset(&tuple, 0, sizeof(tuple));
	memcpy(tuple.src, "\xc0\0\2\1", 4);
	memcpy(tuple.dst, "\xc6\x33\x64\2", 4);
	tuple.proto = 6;
	tuple.flags = TUPLE_PORTS;
	tuple.sport = 1024;
	tuple.dport = 80;
	tuple.vlan[0] = 7;
	tuple.vlan[1] = 4095;
	tuple.n_vlans = 2;
	memcpy(src.country, "DE", 2);
	dst.asn = 64496;
	assert_string_equal(keys_of("src"), "192.0.2.1");
	assert_string_equal(keys_of("dst"), "198.51.100.2");
	assert_string_equal(keys_of("pair"), "192.0.2.1>198.51.100.2");
	assert_string_equal(keys_of("tunnel"), "192.0.2.1>198.51.100.2");
	assert_string_equal(keys_of("sport"), "1024");
	assert_string_equal(keys_of("dport"), "80");
	assert_string_equal(keys_of("port"), "1024 80");
	assert_string_equal(keys_of("proto"), "tcp");
	assert_string_equal(keys_of("vlan"), "7.4095");
	assert_string_equal(keys_of("country"), "DE");
	assert_string_equal(keys_of("asn"), "64496");
	tuple.dport = 1024;
	assert_string_equal(keys_of("port"), "1024");
	tuple.flags = TUPLE_V6;
	assert_string_equal(keys_of("port"), "");
	assert_string_equal(keys_of("src"), "c000:201::");
	assert_string_equal(keys_of("pair"), "c000:201::>c633:6402::");
}

/* By the dissector, not by the port. */
static void
test_application(void **state)
{
	(void)state;
	view.app = 0;
	assert_string_equal(keys_of("app"), "");
	for (unsigned i = 0; i < registry_n; i++) {
		view.app = (uint8_t)(i + 1);
		assert_string_equal(keys_of("app"), registry[i]->name);
	}
	view.app = 0;
}

static void
test_only_tunnel_is_of_outer_addresses(void **state)
{
	(void)state;
	for (unsigned i = 0; rankings[i] != NULL; i++)
		assert_int_equal(rankings[i]->is_tunnel,
		    strcmp(rankings[i]->name, "tunnel") == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_of_flows_or_of_messages),
		cmocka_unit_test(test_keys_of_a_flow),
		cmocka_unit_test(test_application),
		cmocka_unit_test(test_only_tunnel_is_of_outer_addresses),
	};

	return cmocka_run_group_tests_name("rankings", tests, NULL, NULL);
}
