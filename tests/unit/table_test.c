/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The hash table against a naive list, through growth, removal and reuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/meter/hash.h"
#include "daemon/meter/chunks.h"
#include "daemon/meter/table.h"

enum { KEYS = 3000 };

struct record {
	uint64_t key;
	uint64_t value;
};

static const struct hash_key hash_key = { 0x0706050403020100u,
	0x0f0e0d0c0b0a0908u };

/* SipHash-1-3's published vectors: key 00 01 … 0f, input 00 01 … of length n. */
static void
test_hash_agrees_with_its_vectors(void **state)
{
	static const uint64_t expected[] = { 0xabac0158050fc4dcu,
		0xc9f49bf37d57ca93u, 0x82cb9b024dc7d44du };
	static const uint8_t input[] = { 0, 1 };

	(void)state;
	for (size_t n = 0; n < 3; n++)
		assert_int_equal(hash_bytes(&hash_key, input, n), expected[n]);
}

static void
test_hash_depends_on_every_bit(void **state)
{
	uint8_t bytes[48] = { 0 };
	uint64_t zero = hash_bytes(&hash_key, bytes, sizeof(bytes));

	(void)state;
	for (unsigned bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(
		    hash_bytes(&hash_key, bytes, sizeof(bytes)) != zero);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(hash_bytes(&hash_key, bytes, sizeof(bytes)), zero);
	for (size_t n = 0; n < sizeof(bytes); n++)
		assert_true(hash_bytes(&hash_key, bytes, n) != zero);
}

static void
test_hash_depends_on_the_key(void **state)
{
	struct hash_key other = { hash_key.k0, hash_key.k1 ^ 1 };

	(void)state;
	assert_true(hash_bytes(&hash_key, "tapline", 7) !=
	    hash_bytes(&other, "tapline", 7));
}

static void
test_table_agrees_with_a_list(void **state)
{
	static uint32_t where[KEYS];
	struct table t;
	uint64_t random = 1;

	(void)state;
	for (uint32_t k = 0; k < KEYS; k++)
		where[k] = TABLE_NONE;
	table_init(&t, &hash_key, 8, sizeof(struct record), 1000);
	for (unsigned step = 0; step < 200000; step++) {
		uint64_t key, hash;

		random = random * 6364136223846793005u + 1;
		key = (random >> 33) % KEYS;
		hash = table_hash(&t, &key);
		assert_int_equal(table_find(&t, &key, sizeof(key), hash),
		    where[key]);
		if (where[key] != TABLE_NONE) {
			struct record *r = table_record(&t, where[key]);

			assert_int_equal(r->key, key);
			assert_int_equal(r->value, key * 3);
			table_remove(&t, where[key], hash);
			where[key] = TABLE_NONE;
			continue;
		}
		where[key] = table_add(&t, &key, hash);
		if (t.n == 1000 && where[key] == TABLE_NONE)
			continue;
		assert_true(where[key] < 1000);
		((struct record *)table_record(&t, where[key]))->value =
		    key * 3;
	}
	table_clear(&t);
	for (uint64_t key = 0; key < KEYS; key++)
		assert_int_equal(table_find(&t, &key, sizeof(key),
				     table_hash(&t, &key)),
		    TABLE_NONE);
	table_fini(&t);
}

static void
test_full_table_says_so(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, &hash_key, 8, sizeof(struct record), 100);
	for (uint64_t key = 0; key < 100; key++)
		assert_int_equal(table_add(&t, &key, table_hash(&t, &key)),
		    key);
	for (uint64_t key = 100; key < 110; key++)
		assert_int_equal(table_add(&t, &key, table_hash(&t, &key)),
		    TABLE_NONE);
	table_fini(&t);
}

static void
test_names_come_back_and_make_room(void **state)
{
	char text[300], back[300];
	uint32_t handles[64];
	struct chunks p;

	(void)state;
	memset(text, 'a', sizeof(text));
	chunks_init(&p, 64, CHUNKS_NAME);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 16; i++) {
			text[i] = (char)('A' + i);
			handles[i] = chunks_add(&p, text, 28 * 4);
			assert_true(handles[i] != CHUNKS_NONE);
		}
		assert_int_equal(chunks_add(&p, text, 1), CHUNKS_NONE);
		chunks_get(&p, handles[7], back, 28 * 4);
		assert_memory_equal(back, "ABCDEFGHaaa", 11);
		for (unsigned i = 0; i < 16; i++)
			chunks_remove(&p, handles[i]);
		memset(text, 'a', sizeof(text));
		/* A text that does not fit takes nothing. */
		assert_int_equal(chunks_add(&p, text, 28 * 4 + 1) !=
			CHUNKS_NONE,
		    true);
		chunks_remove(&p, 1);
		chunks_fini(&p);
		chunks_init(&p, 64, CHUNKS_NAME);
	}
	chunks_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_agrees_with_its_vectors),
		cmocka_unit_test(test_hash_depends_on_every_bit),
		cmocka_unit_test(test_hash_depends_on_the_key),
		cmocka_unit_test(test_table_agrees_with_a_list),
		cmocka_unit_test(test_full_table_says_so),
		cmocka_unit_test(test_names_come_back_and_make_room),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
