/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS transactions, or the address book where the first byte is odd: any
 * operations, at any time, agree with plain models.
 *
 * The rest of the input is a list of operations of four bytes: which one, what
 * it is about (two), and the milliseconds since the one before, squared.
 * Operation 255: eight more bytes are the time.  No two come at the same time:
 * which is the older then is not promised.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/book_model.h"
#include "tests/lib/transactions_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { STEP = 4, STEPS_MAX = 1024 };

static const struct hash_key key = { 1, 2 };

struct operation {
	uint8_t what, about, detail;
	uint64_t n;
	int64_t ts_ns;
};

/* Reads one; false if there is none. */
static bool
operation(struct operation *o, const uint8_t **data, size_t *n)
{
	uint64_t ms;

	if (*n < STEP)
		return false;
	o->what = (*data)[0];
	o->about = (*data)[1];
	o->detail = (*data)[2];
	ms = (uint64_t)(*data)[3] * (*data)[3];
	o->ts_ns = (int64_t)((uint64_t)o->ts_ns + ms * 1000000);
	*data += STEP;
	*n -= STEP;
	if (o->what == 255 && *n >= 8) {
		memcpy(&o->ts_ns, *data, 8);
		*data += 8;
		*n -= 8;
	}
	o->ts_ns = (int64_t)(((uint64_t)o->ts_ns & ~UINT64_C(1023)) | o->n++);
	return true;
}

static uint32_t want[TX_MAX];
static unsigned n_want, n_got;

/* Question 3 is asked by a name that is too long. */
static size_t
name_of(char name[512], uint32_t question)
{
	memset(name, 'n', 512);
	name[0] = (char)('a' + question);
	return question == 3 ? 512 : 1 + question;
}

static void
unanswered(void *arg, const char *name, size_t len)
{
	(void)arg;
	assert(n_got < n_want && strlen(name) == len);
	assert(name[0] == (char)('a' + want[n_got++]));
}

/* 64 conversations of 7 questions each, and one without any. */
static void
transact(struct transactions *t, struct tx_model *m, const struct operation *o)
{
	uint32_t conversation = o->about & 63, question = o->detail & 7;
	uint64_t value = message_dns(o->about & 3, 1, o->about & 4);
	struct tuple tuple = { .src = { 1 }, .dst = { 2 } };
	uint64_t got_us = 0, want_us = 0;
	enum transaction expected;
	char name[512];
	size_t len = question == 0 ? 0 : name_of(name, question);

	if (o->what % 4 == 3) {
		n_got = 0;
		n_want = tx_advance(m, want, o->ts_ns);
		(void)transactions_advance(t, o->ts_ns, unanswered, NULL);
		assert(n_got == n_want);
	} else if (o->what % 4 == 2) {
		tuple.sport = 53;
		tuple.dport = (uint16_t)(o->about >> 3 & 7);
		memcpy(tuple.src, "\2", 2);
		memcpy(tuple.dst, "\1", 2);
		expected =
		    tx_response(m, &want_us, conversation, question, o->ts_ns);
		assert(transactions_response(t, &got_us, &tuple, value, name,
			   len, o->ts_ns) == expected);
		assert(got_us == want_us);
	} else if (question != 0) {
		tuple.dport = 53;
		tuple.sport = (uint16_t)(o->about >> 3 & 7);
		tx_query(m, conversation, question, o->ts_ns);
		transactions_query(t, &tuple, value, name, len, o->ts_ns);
	}
	assert(memcmp(transactions_stats(t), &m->stats, sizeof(m->stats)) == 0);
}

static void
fuzz_transactions(const uint8_t *data, size_t n)
{
	static struct tx_model m;
	struct transactions *t = transactions_new(1 << 20, &key);
	struct operation o = { 0 };

	m.n = 0;
	m.allowance = 0;
	m.stats = (struct transactions_stats){ 0 };
	for (unsigned i = 0; i < STEPS_MAX && operation(&o, &data, &n); i++)
		transact(t, &m, &o);
	transactions_free(t);
}

static void
note(struct book *b, struct book_model *m, const struct operation *o)
{
	uint8_t addr[16] = { 10, o->about };
	struct book_entry e;
	char name[512];
	size_t len = o->detail * 2;

	memset(name, 'a' + (o->what & 1), sizeof(name));
	if (o->what % 16 == 14) {
		book_model_add_mac(m, o->about, name, len, o->ts_ns);
		book_add_mac(b, addr, false, name, len, o->ts_ns);
	} else {
		enum name_source source =
		    (enum name_source)(o->what / 16 % NAME_SOURCES);

		book_model_add(m, o->about, source, name, len, o->ts_ns);
		book_add(b, addr, false, source, name, len, o->ts_ns);
	}
	assert(book_find(b, &e, addr, false) == m->is_there[o->about]);
	if (m->is_there[o->about])
		assert(book_model_same(&e, &m->entries[o->about]));
	assert(memcmp(book_stats(b), &m->stats, sizeof(m->stats)) == 0);
}

static void
fuzz_book(const uint8_t *data, size_t n)
{
	static struct book_model m;
	struct book *b = book_new(1 << 20, &key);
	struct operation o = { 0 };

	memset(m.is_there, 0, sizeof(m.is_there));
	m.stats = (struct book_stats){ 0 };
	for (unsigned i = 0; i < STEPS_MAX && operation(&o, &data, &n); i++)
		note(b, &m, &o);
	book_free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 0 && (data[0] & 1))
		fuzz_book(data + 1, n - 1);
	else if (n > 0)
		fuzz_transactions(data + 1, n - 1);
	return 0;
}
