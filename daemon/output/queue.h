/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records on their way to a server: a list of those that wait, oldest first,
 * and one of those that are in flight.  What the two may hold together is
 * bounded by the caller, who asks for their sums.  A record knows nothing of
 * the protocol: its payload is values, so that it could rest on a disk.
 */
#ifndef DAEMON_OUTPUT_QUEUE_H
#define DAEMON_OUTPUT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_id {
	uint64_t ms, seq;
};

struct record {
	struct record *prev, *next;
	uint64_t n; /* contiguous in its stream */
	uint64_t ms; /* the point's time */
	struct stream_id id; /* valid if has_id */
	uint32_t len;
	uint16_t stream;
	uint8_t tries; /* refusals that asked for another id */
	bool has_id;
	/* A connection ended before the answer came: stored or not. */
	bool unknown;
	bool refused; /* by an answer that no repetition changes */
	uint8_t payload[];
};

struct record_list {
	struct record *first, *last;
	size_t n, bytes;
};

/* Returns a record that has a copy of the payload, or NULL. */
struct record *record_new(const uint8_t *payload, size_t len);
void record_free(struct record *r);

/* What a record counts against a bound. */
size_t record_bytes(const struct record *r);

/* The lists own their records until they are removed. */
void list_append(struct record_list *l, struct record *r);
void list_remove(struct record_list *l, struct record *r);
/* Puts all of front before the records of l; front is empty then. */
void list_prepend_all(struct record_list *l, struct record_list *front);
void list_free_all(struct record_list *l);

/* Negative, 0 or positive, as memcmp. */
int stream_id_cmp(struct stream_id a, struct stream_id b);
/*
 * Reads "ms-seq", strictly: decimal, no sign, no overflow.
 */
bool stream_id_parse(struct stream_id *id, const char *s, size_t n);
/*
 * The id for a record of time ms in a stream whose last is last: at that time
 * if it is later, else just behind last.  False if there is none.
 */
bool stream_id_next(struct stream_id *id, struct stream_id last, uint64_t ms);

#endif
