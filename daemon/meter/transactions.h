/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS transactions: which response answers which query, and after how long.
 *
 * A response answers the query that went the other way between the same two
 * hosts and ports, over the same transport, with the same identification and
 * question (RFC 5452, section 9.1); one without a question section, that of
 * the oldest such query.  What the network or a span port copies is counted
 * apart: a query sent again keeps its first time, and a transaction that is
 * done with stays known until its room is needed.
 *
 * There are none where a query is for whoever knows: multicast DNS and LLMNR
 * (their ports, and multicast addresses) and the NetBIOS name service.
 *
 * Time is the packets' time; it may jump either way.
 */
#ifndef DAEMON_METER_TRANSACTIONS_H
#define DAEMON_METER_TRANSACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/hash.h"
#include "dissect/pkt.h"

enum {
	TRANSACTIONS_SECONDS = 5, /* that a query waits; dig waits as long */
	TRANSACTIONS_ALIKE = 4 /* questions with one identification at a time */
};

/* What a response was. */
enum transaction {
	TRANSACTION_NONE, /* not counted: see above */
	TRANSACTION_ANSWER, /* to a query that waited */
	TRANSACTION_COPY, /* to one that had been answered */
	TRANSACTION_LATE, /* to one that had waited too long */
	TRANSACTION_ORPHAN /* to none */
};

/*
 * Everything since the start.  begun = answered + unanswered + evicted +
 * waiting.
 */
struct transactions_stats {
	uint64_t begun;
	uint64_t repeated; /* queries that had been seen */
	uint64_t answered;
	uint64_t unanswered;
	uint64_t evicted; /* made room: what became of them is not known */
	uint64_t copies, late, orphans; /* responses */
	uint64_t waiting; /* now */
};

struct transactions;

/* Uses at most about memory bytes. */
struct transactions *transactions_new(size_t memory,
    const struct hash_key *key);
void transactions_free(struct transactions *t);

/*
 * A query: tuple is its packet's, value is message_dns, name is what it asks
 * for, in upper or lower case.
 */
void transactions_query(struct transactions *t, const struct tuple *tuple,
    uint64_t value, const char *name, size_t len, int64_t ts_ns);

/*
 * A response: tuple is its packet's; len is 0 if it has no question.  Writes
 * *elapsed_us, the time since the query, for TRANSACTION_ANSWER only.
 */
enum transaction transactions_response(struct transactions *t,
    uint64_t *elapsed_us, const struct tuple *tuple, uint64_t value,
    const char *name, size_t len, int64_t ts_ns);

/*
 * Time has come to now_ns: calls unanswered with the names of some queries that
 * waited too long, oldest first, a few more than came since the last call, so
 * that called for every packet it never lags.  Returns true if more are left.
 */
bool transactions_advance(struct transactions *t, int64_t now_ns,
    void (*unanswered)(void *arg, const char *name, size_t len), void *arg);

const struct transactions_stats *transactions_stats(
    const struct transactions *t);

#endif
