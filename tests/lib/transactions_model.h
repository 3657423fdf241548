/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What transactions.h promises, in the plainest way: one list, looked through
 * from its start.  For its unit test and its fuzzer, whose transactions all fit
 * into the memory.
 *
 * A conversation is the two hosts, ports, the transport and the identification,
 * as one number; a question is a number, too; 0 is none.
 */
#ifndef TESTS_LIB_TRANSACTIONS_MODEL_H
#define TESTS_LIB_TRANSACTIONS_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/meter/transactions.h"
#include "tests/lib/wide.h"

/* What is done with stays: so many conversations, each of four. */
enum { TX_CONVERSATIONS = 1024, TX_MAX = TX_CONVERSATIONS * 4 };
enum tx_state { TX_WAITING, TX_ANSWERED, TX_UNANSWERED };

struct tx {
	uint32_t conversation;
	uint32_t question;
	int64_t ts_ns;
	enum tx_state state;
};

struct tx_model {
	struct tx list[TX_MAX]; /* in the order of the queries */
	unsigned n;
	uint64_t allowance;
	struct transactions_stats stats;
};

static inline bool
tx_within(int64_t a, int64_t b, int64_t most)
{
	wide d = (wide)a - b;

	return d <= most && d >= -(wide)most;
}

static inline bool
tx_in_time(const struct tx *x, int64_t ts_ns)
{
	return tx_within(x->ts_ns, ts_ns, INT64_C(5000000000));
}

static inline void
tx_remove(struct tx_model *m, struct tx *x)
{
	if (x->state == TX_WAITING) {
		m->stats.evicted++;
		m->stats.waiting--;
	}
	memmove(x, x + 1, (size_t)(m->list + --m->n - x) * sizeof(*x));
}

static inline int
tx_rank(const struct tx *x, int64_t ts_ns)
{
	if (x->state == TX_WAITING)
		return tx_in_time(x, ts_ns) ? 4 : 1;
	return x->state == TX_ANSWERED ? 3 : 2;
}

static inline struct tx *
tx_find(struct tx_model *m, uint32_t conversation, uint32_t question,
    int64_t ts_ns)
{
	struct tx *best = NULL;

	for (struct tx *x = m->list; x < m->list + m->n; x++) {
		int more;

		if (x->conversation != conversation ||
		    (question != 0 && x->question != question))
			continue;
		more =
		    best == NULL ? 1 : tx_rank(x, ts_ns) - tx_rank(best, ts_ns);
		if (more > 0 || (more == 0 && x->ts_ns < best->ts_ns))
			best = x;
	}
	return best;
}

/* A fifth of a conversation: one that is done with goes, or the oldest. */
static inline void
tx_make_room(struct tx_model *m, uint32_t conversation)
{
	struct tx *worst = NULL;
	unsigned n = 0;

	for (struct tx *x = m->list; x < m->list + m->n; x++) {
		if (x->conversation != conversation)
			continue;
		n++;
		if (worst == NULL ||
		    (worst->state == TX_WAITING && x->state != TX_WAITING) ||
		    ((worst->state == TX_WAITING) == (x->state == TX_WAITING) &&
			x->ts_ns < worst->ts_ns))
			worst = x;
	}
	if (n == TRANSACTIONS_ALIKE)
		tx_remove(m, worst);
}

static inline void
tx_query(struct tx_model *m, uint32_t conversation, uint32_t question,
    int64_t ts_ns)
{
	struct tx *x = tx_find(m, conversation, question, ts_ns);

	if (x != NULL &&
	    (x->state == TX_ANSWERED
		    ? tx_within(x->ts_ns, ts_ns, 1000000000)
		    : x->state == TX_WAITING && tx_in_time(x, ts_ns))) {
		m->stats.repeated++;
		return;
	}
	if (x != NULL && x->state != TX_WAITING)
		tx_remove(m, x);
	else
		tx_make_room(m, conversation);
	if (m->n == TX_MAX)
		abort();
	m->list[m->n++] =
	    (struct tx){ conversation, question, ts_ns, TX_WAITING };
	m->stats.begun++;
	m->stats.waiting++;
	m->allowance += 2;
}

static inline enum transaction
tx_response(struct tx_model *m, uint64_t *elapsed_us, uint32_t conversation,
    uint32_t question, int64_t ts_ns)
{
	struct tx *x = tx_find(m, conversation, question, ts_ns);

	if (x == NULL) {
		m->stats.orphans++;
		return TRANSACTION_ORPHAN;
	}
	if (x->state == TX_ANSWERED) {
		m->stats.copies++;
		return TRANSACTION_COPY;
	}
	if (x->state == TX_UNANSWERED || !tx_in_time(x, ts_ns)) {
		m->stats.late++;
		return TRANSACTION_LATE;
	}
	*elapsed_us =
	    ts_ns < x->ts_ns ? 0 : (uint64_t)(ts_ns - x->ts_ns) / 1000;
	x->state = TX_ANSWERED;
	x->ts_ns = ts_ns;
	m->stats.answered++;
	m->stats.waiting--;
	return TRANSACTION_ANSWER;
}

/* Writes the questions that become unanswered, and how many in all. */
static inline unsigned
tx_advance(struct tx_model *m, uint32_t questions[TX_MAX], int64_t now_ns)
{
	uint64_t most = m->allowance + 8;
	unsigned n = 0;

	m->allowance = 0;
	for (struct tx *x = m->list; x < m->list + m->n && n < most; x++) {
		if (x->state != TX_WAITING)
			continue;
		if (tx_in_time(x, now_ns))
			break;
		x->state = TX_UNANSWERED;
		m->stats.waiting--;
		m->stats.unanswered++;
		questions[n++] = x->question;
	}
	return n;
}

#endif
