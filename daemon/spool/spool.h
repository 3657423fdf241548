/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool: a journal of records on their way to servers, one for all outputs
 * of the process.  On disk in files that are only appended to, or in memory,
 * behind the same functions.
 *
 * Records come in batches.  A batch counts from its commit, which carries what
 * its maker wants to find again (where it has read to, say), so that both are
 * there after any death of the process, or neither is.  In its stream each
 * record has a number k: 1, 2, 3 …, as long as the journal lives, so whoever
 * reads knows exactly what is missing.
 *
 * The oldest goes when there is no room, whoever has not read it yet; what all
 * readers have settled goes after a while, since a server may forget and ask
 * for it again.  A disk that is full or broken is counted, and memory takes its
 * place until it is well.
 *
 * No libevent, no server, no clock: times are arguments.  Nothing that is read
 * back from a disk is trusted.
 */
#ifndef DAEMON_SPOOL_SPOOL_H
#define DAEMON_SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/spool/stream_id.h"

enum {
	SPOOL_STREAMS = 32,
	SPOOL_READERS = 8,
	SPOOL_NAME = 64, /* a stream's name, with its NUL */
	SPOOL_READER_NAME = 512,
	SPOOL_PAYLOAD = 32 << 10,
	SPOOL_BLOB = 60 << 10,
	SPOOL_LOSSES = 512, /* that a reader remembers */
	SPOOL_TOLD = 64 /* of them, when they have been told */
};

struct spool;
struct spool_reader;

/*
 * A kind of record.  The fingerprint says how its payload is to be read: what
 * was written under another one is not given back.
 */
struct spool_stream {
	const char *name;
	uint64_t fingerprint;
	bool is_counted; /* its records have amounts */
};

/*
 * What a stream's records have told from the first one up to some k, as long
 * as the journal lives.  The difference of two says what lies between them, if
 * the records themselves are gone as well.  unknown counts records whose
 * amounts nobody knows any more.
 */
struct spool_sum {
	uint64_t packets, bytes, unknown;
};

/* A place in a stream: a record, its time (0: unknown), the sum up to it. */
struct spool_mark {
	uint64_t k;
	int64_t ts_ns;
	struct spool_sum sum;
};

/* What n records between two sums have told, whatever a disk made of them. */
struct spool_sum spool_between(const struct spool_sum *from,
    const struct spool_sum *to, uint64_t n);

struct spool_config {
	const char *dir; /* NULL or "": in memory */
	uint64_t size; /* bytes on disk */
	uint64_t memory; /* bytes in memory, when there is no disk */
	int64_t keep_ns; /* what is settled stays so long */
	const struct spool_stream *streams;
	unsigned n_streams; /* at most SPOOL_STREAMS */
};

/* Copies c, but for the names of streams, which are borrowed.  Not open yet. */
struct spool *spool_new(const struct spool_config *c);
/* Saves how far readers are.  NULL is fine. */
void spool_free(struct spool *sp);

/*
 * Makes or opens the folder and reads what is there; to be called once, after
 * spool_reader for every reader, with the rights that the process keeps.
 * False after a reason in err if the folder can't be used or another process
 * has it; a disk that is full or read-only is no reason.  In memory it can't
 * fail.
 */
bool spool_open(struct spool *sp, int64_t mono_ns, char *err, size_t err_size);

/* --- writing ------------------------------------------------------------- */

/*
 * Adds a record to the open batch, in a counted stream with what it tells.
 * False if it is too long or there is no memory: it has no number then, and is
 * the caller's to count.
 */
bool spool_append(struct spool *sp, unsigned stream, int64_t ts_ns,
    const struct spool_sum *amount, const uint8_t *payload, size_t len);
/* Whether the open batch has records. */
bool spool_is_open_batch(const struct spool *sp);

/* The blob of the next commit and later ones, copied; at most SPOOL_BLOB. */
bool spool_set_blob(struct spool *sp, const void *blob, size_t len);
/*
 * That of the last commit, also of an earlier process; "" and 0 if none.
 */
const uint8_t *spool_blob(const struct spool *sp, size_t *len);

/* Ends the batch: what is in it can be read from now on. */
void spool_commit(struct spool *sp, int64_t mono_ns);

/*
 * From now on, or no more: what is committed to a disk is not read before
 * spool_sync.  For who makes records again, after a loss of power, that the
 * blob doesn't know of: no server may have seen those.
 */
void spool_hold(struct spool *sp, bool is_held);
/*
 * Brings what is held to the disk itself, which is waited for.  False if there
 * is nothing to do.
 */
bool spool_sync(struct spool *sp);

/* --- what is there ------------------------------------------------------- */

struct spool_stats {
	uint64_t disk_bytes, memory_bytes;
	uint64_t disk_errors; /* writes that failed */
	uint64_t cut_bytes; /* at the opening: a torn or damaged end */
	uint64_t bad_bytes; /* damaged elsewhere, when opened or read */
	bool is_failing; /* memory stands in for the disk */
};

void spool_stats(const struct spool *sp, struct spool_stats *s);

/* This process's run: random, in each of its records. */
uint64_t spool_run(const struct spool *sp);
/* Whether the journal knows this run as its own. */
bool spool_has_run(const struct spool *sp, uint64_t run);

/* Whether no process before this one has written to it. */
bool spool_is_new(const struct spool *sp);
bool spool_is_counted(const struct spool *sp, unsigned stream);

/* The k of a stream's oldest record that is kept; last + 1 if none is. */
uint64_t spool_first(const struct spool *sp, unsigned stream);
/* That record's time; 0: there is none. */
int64_t spool_first_ns(const struct spool *sp, unsigned stream);
/* The record before it, with the sum up to there. */
struct spool_mark spool_before_first(const struct spool *sp, unsigned stream);
/* The k of its newest record that is committed; 0: none ever was. */
uint64_t spool_last(const struct spool *sp, unsigned stream);

/*
 * The k of record n of a run, or, where the journal's end of that run was lost
 * with the disk's cache, of the run's last record.  False if the run is
 * unknown.
 */
bool spool_find(const struct spool *sp, unsigned stream, uint64_t run,
    uint64_t n, uint64_t *k);
/* Where a run begins: the record before its first.  False if it is unknown. */
bool spool_base(const struct spool *sp, unsigned stream, uint64_t run,
    struct spool_mark *base);
/*
 * The run and number of record k, and the k of its run's last record.  False
 * if the run is forgotten.
 */
bool spool_name(const struct spool *sp, unsigned stream, uint64_t k,
    uint64_t *run, uint64_t *n, uint64_t *end);

/* --- reading ------------------------------------------------------------- */

struct spool_record {
	unsigned stream;
	uint64_t k; /* 1, 2 … in the stream */
	uint64_t run, n; /* n: 0, 1 … in the stream of that run */
	struct stream_id id; /* ascending in the stream */
	int64_t ts_ns;
	/* Of a counted stream: up to before its run, before it, and with it. */
	struct spool_sum base, before, through;
	const uint8_t *payload; /* borrowed until the next call */
	size_t len;
};

/*
 * A reader, known by its name; before spool_open.  NULL if there are too many.
 * One that the journal doesn't know begins at the oldest record that is kept.
 */
struct spool_reader *spool_reader(struct spool *sp, const char *name);

enum spool_next {
	SPOOL_RECORD,
	SPOOL_END, /* no more until the next commit */
	SPOOL_LATER, /* enough was skipped for one turn: call again */
	SPOOL_STUCK /* no memory or descriptor to read with: some time later */
};

/*
 * The next record that is committed, not settled, not read since the last
 * seek of its stream and not of a stream that is paused, in the order in which
 * they were made.
 */
enum spool_next spool_next(struct spool_reader *r, struct spool_record *rec);

/* Reads a stream again, from k on. */
void spool_seek(struct spool_reader *r, unsigned stream, uint64_t k);
/* Leaves a stream out until the next seek. */
void spool_pause(struct spool_reader *r, unsigned stream);

/*
 * The sum up to record k.  Where the journal no longer knows it, it is such
 * that what lies between k and the oldest record that is kept counts as
 * unknown.  It may read a segment: not for each record.
 */
struct spool_sum spool_sum_at(const struct spool_reader *r, unsigned stream,
    uint64_t k);

/*
 * What is settled will not be read again: every record up to this one is
 * stored, or its loss has been given to spool_lose.  May go back, as a server
 * may.
 */
void spool_settle(struct spool_reader *r, unsigned stream,
    const struct spool_mark *mark);
uint64_t spool_settled(const struct spool_reader *r, unsigned stream);
/* The record before the first one that was ever meant for this reader. */
uint64_t spool_begun(const struct spool_reader *r, unsigned stream);
struct spool_mark spool_settled_mark(const struct spool_reader *r,
    unsigned stream);
/* Bytes from the oldest record that is not settled on. */
uint64_t spool_backlog(const struct spool_reader *r);
/* What this process may hold before it loses the oldest. */
uint64_t spool_room(const struct spool *sp);

/*
 * Records of one run that a reader has given up.  They are part of what is
 * saved, so that each is told exactly once, however often the process dies
 * meanwhile.  Who tells it does so in a record; if that is given up in turn,
 * the loss is to be told again.
 */
struct spool_loss {
	uint8_t stream, reason;
	uint64_t from, to; /* k */
	struct spool_sum before, through; /* up to from - 1, and up to to */
	int64_t after_ns, before_ns; /* times of the neighbours; 0: unknown */
	bool is_told;
	uint8_t told_stream;
	uint64_t told_k; /* of the record that tells it */
};

void spool_lose(struct spool_reader *r, const struct spool_loss *loss);
/* All that are remembered, told or not; until the next spool_lose. */
const struct spool_loss *spool_losses(const struct spool_reader *r,
    unsigned *n);
/* Loss i is told by the record that was appended last to stream. */
void spool_told(struct spool_reader *r, unsigned i, unsigned stream);
bool spool_is_untold(const struct spool_reader *r, unsigned i);
bool spool_has_untold(const struct spool_reader *r);

#endif
