/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash floods: keys that were chosen to crowd a table whose hash is known.
 * What finding all of them costs is counted in slots looked at.  Against the
 * key that they were chosen for they must do harm, or the test shows nothing;
 * under a key that nobody could know they must cost what others do, within
 * a fifth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/meter/flows.h"
#include "daemon/meter/hash.h"
#include "daemon/meter/host_hash.h"
#include "daemon/meter/table.h"
#include "daemon/meter/tuple_hash.h"

enum {
	KEYS = 100000,
	KEYS_BITS = 18, /* a table that holds them has 2^18 slots */
	FEW = 4096, /* for what is quadratic */
	FEW_BITS = 13
};

static const struct hash_key known = { 0, 0 };
static const struct hash_key secret[] = {
	{ 0x243f6a8885a308d3u, 0x13198a2e03707344u },
	{ 0xa4093822299f31d0u, 0x082efa98ec4e6c89u },
	{ 0x452821e638d01377u, 0xbe5466cf34e90c6cu },
	{ 0xc0ac29b7c97c50ddu, 0x3f84d5b5b5470917u },
};

/* How keys are made, from numbers that differ, and hashed. */
struct kind {
	size_t size;
	void (*make)(void *key, uint64_t number);
	uint64_t (*hash)(const struct hash_key *key, const void *of);
};

static void
make_address(void *key, uint64_t number)
{
	uint64_t k[2] = { number, 0 };

	memcpy(key, k, sizeof(k));
}

static uint64_t
hash_address(const struct hash_key *key, const void *of)
{
	return host_hash(key, of, true);
}

/* All pairs of some hosts: few hashes, of which many sums are made. */
static void
make_pair(void *key, uint64_t number)
{
	uint64_t k[4] = { number & 511, 0, number >> 9, 0 };

	memcpy(key, k, sizeof(k));
}

static uint64_t
hash_pair(const struct hash_key *key, const void *of)
{
	const uint8_t *hosts = of;

	return host_pair_hash(host_hash(key, hosts, true),
	    host_hash(key, hosts + 16, true));
}

static void
make_tuple(void *key, uint64_t number)
{
	struct tuple t = { .proto = 17, .dst = { 10 }, .dport = 53 };
	uint32_t src = (uint32_t)(number >> 16);

	memcpy(t.src, &src, sizeof(src));
	t.sport = (uint16_t)number;
	memcpy(key, &t, sizeof(t));
}

/* Nothing differs but what the tuple's own hash doesn't see. */
static void
make_vlans(void *key, uint64_t number)
{
	struct tuple t = { .proto = 17, .dst = { 10 }, .dport = 53 };

	t.vlan[0] = number & 4095;
	t.vlan[1] = number >> 12 & 4095;
	memcpy(key, &t, sizeof(t));
}

/* As the table of flows does it. */
static uint64_t
hash_flow(const struct hash_key *key, const void *of)
{
	struct flows f = { .table = { .key = *key } };

	return flows_hash_of(&f, of, tuple_hash(key, of));
}

static const struct kind addresses = { 16, make_address, hash_address };
static const struct kind pairs = { 32, make_pair, hash_pair };
static const struct kind tuples = { sizeof(struct tuple), make_tuple,
	hash_flow };
static const struct kind vlans = { sizeof(struct tuple), make_vlans,
	hash_flow };

/*
 * The low bits of its place say where a key's home is: here in the first 64th
 * of 2^n_bits slots.
 */
static bool
crowds(const struct kind *k, const void *key, unsigned n_bits)
{
	uint32_t place = table_place(k->hash(&known, key));

	return (place & ((1u << n_bits) - 1)) >> (n_bits - 6) == 0;
}

/* The first n that crowd a table of 2^n_bits slots; 0: just the first n. */
static uint8_t *
make_keys(const struct kind *k, size_t n, unsigned n_bits)
{
	uint8_t *keys = calloc(n, k->size);
	size_t i = 0;

	assert_non_null(keys);
	for (uint64_t number = 0; i < n; number++) {
		k->make(keys + i * k->size, number);
		i += n_bits == 0 || crowds(k, keys + i * k->size, n_bits);
	}
	return keys;
}

/* Slots that are looked at when each key is looked for. */
static uint64_t
work(const struct kind *k, const struct hash_key *key, const uint8_t *keys,
    size_t n)
{
	struct table t;
	uint64_t sum = 0;

	table_init(&t, key, k->size, k->size, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *one = keys + i * k->size;

		assert_true(table_add(&t, one, k->hash(key, one)) == i);
	}
	for (uint32_t at = 0; at <= t.mask; at++)
		if (t.slots[at] != 0)
			sum += 1 + ((at - table_place(t.slots[at])) & t.mask);
	table_fini(&t);
	return sum;
}

static void
expect_like(uint64_t have, uint64_t want)
{
	assert_in_range(have, want - want / 5, want + want / 5);
}

static void
flood(const struct kind *k)
{
	uint8_t *few = make_keys(k, FEW, FEW_BITS);
	uint8_t *chosen = make_keys(k, KEYS, KEYS_BITS);
	uint8_t *others = make_keys(k, KEYS, 0);

	/* Those in the way of a key are half of all: the attack works. */
	assert_true(work(k, &known, few, FEW) > (uint64_t)FEW * FEW / 3);
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		expect_like(work(k, &secret[i], few, FEW),
		    work(k, &secret[i], others, FEW));
		expect_like(work(k, &secret[i], chosen, KEYS),
		    work(k, &secret[i], others, KEYS));
	}
	free(few);
	free(chosen);
	free(others);
}

static void
chosen_addresses(void **state)
{
	(void)state;
	flood(&addresses);
}

static void
chosen_pairs(void **state)
{
	(void)state;
	flood(&pairs);
}

static void
chosen_flows(void **state)
{
	(void)state;
	flood(&tuples);
}

/* Keys that need not be chosen, against those that SipHash alone keeps apart. */
static void
just_many(const struct kind *k)
{
	uint8_t *many = make_keys(k, KEYS, 0);
	uint8_t *others = make_keys(&addresses, KEYS, 0);

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		expect_like(work(k, &secret[i], many, KEYS),
		    work(&addresses, &secret[i], others, KEYS));
	free(many);
	free(others);
}

static void
pairs_of_few_hosts(void **state)
{
	(void)state;
	just_many(&pairs);
}

static void
flows_of_many_vlans(void **state)
{
	(void)state;
	just_many(&vlans);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_addresses),
		cmocka_unit_test(chosen_pairs),
		cmocka_unit_test(chosen_flows),
		cmocka_unit_test(pairs_of_few_hosts),
		cmocka_unit_test(flows_of_many_vlans),
	};

	return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
