/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs: where points go.  Each is a file that ends in a struct output_ops
 * and a line in output.c's list.
 *
 * Giving a point to an output never blocks and never fails: what an output
 * can't take is lost and counted there, by reason.  Live, a bounded queue
 * decides; a replay asks outputs_congested and waits, and lines wait for their
 * reader themselves.
 *
 * Outputs to servers share one spool (daemon/spool/): a point becomes a record
 * there, once, and each such output reads it from there.
 */
#ifndef DAEMON_OUTPUT_OUTPUT_H
#define DAEMON_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/output/tls.h"
#include "daemon/report/point.h"
#include "daemon/spool/spool.h"
#include "dissect/text.h"

struct loop;

/* records = stored + spooled + output_lost, at any time. */
struct output_stats {
	uint64_t records; /* points given to the output */
	uint64_t stored; /* written out, or acknowledged by the server */
	uint64_t spooled; /* queued or awaiting an acknowledgement */
	uint64_t lost_full; /* the queue was full: the oldest went */
	uint64_t lost_error; /* refused, or gone without an answer */
	uint64_t lost_rollback; /* the server forgot what it acknowledged */
	uint64_t lost_spool; /* the spool's disk failed or was damaged */
	struct spool_sum lost_sum; /* what the bins among the lost have told */
	/* Of outputs with a spool. */
	bool is_spooled;
	uint64_t spool_bytes, spool_memory_bytes, spool_errors;
	uint64_t connects; /* connections made */
	/* These two count outputs. */
	uint64_t waiting; /* the server is away, or takes nothing for now */
	uint64_t config_error; /* it refuses what somebody has to change */
};

static inline uint64_t
output_lost(const struct output_stats *s)
{
	return s->lost_full + s->lost_error + s->lost_rollback + s->lost_spool;
}

/* Why a record is lost; what the reason of a struct spool_loss says. */
enum output_loss { LOST_FULL, LOST_ERROR, LOST_ROLLBACK, LOST_SPOOL, LOST_N };

/* What outputs need of the process; borrowed for their whole life. */
struct output_env {
	struct loop *loop;
	const char *sensor;
	bool is_live; /* else a replay: waiting is allowed */
	int64_t window_ns; /* of the first window; 0: all */
	int64_t report_ns; /* 0: only at the end */
	const char *redis_user;
	const char *redis_password_file;
	uint64_t redis_maxlen;
	const char *influx_user;
	const char *influx_password_file;
	const char *influx_token_file;
	struct tls_config tls;
	const char *spool_dir; /* "" or NULL: in memory */
	uint64_t spool_size;
	int64_t spool_time_ns;
	struct spool *spool; /* outputs_open's */
	/* Called once when standard output has been closed by its reader. */
	void (*on_closed)(void *arg);
	/*
	 * To be called for each socket of the Internet once its connect has
	 * been called, before its answer: its packets are then not counted.
	 * Calling it again is fine; closing needs no word.  May be NULL.
	 */
	void (*on_socket)(void *arg, int fd);
	void *arg;
};

/* What an output does to the world once it is open. */
struct output_needs {
	const char *file; /* written to, and opened again; NULL: none */
	bool names; /* names of hosts are looked up */
	bool internet;
	uint16_t tcp[16]; /* ports that are connected to */
	unsigned n_tcp;
	bool any_tcp; /* and others, which servers name */
	bool tls;
};

struct output;

struct output_ops {
	const char *scheme; /* "redis": what a URL begins with */
	const char *schemes; /* for messages, if there are several, or NULL */
	/*
	 * Whether the rest of the URL is well formed; opens nothing.  Else
	 * writes the reason to err.
	 */
	bool (*check)(const char *rest, char *err, size_t err_size);
	/*
	 * Fills *n, which is all zeros, from what check has let pass.  NULL:
	 * nothing.
	 */
	void (*needs)(const char *rest, struct output_needs *n);
	/* NULL after a reason in err. */
	struct output *(*open)(const char *rest, const struct output_env *env,
	    char *err, size_t err_size);
	void (*write)(struct output *o, const struct point *p);
	/* The points since the last call belong together: send them. */
	void (*commit)(struct output *o);
	/* No more points come: give back what is held.  May be NULL. */
	void (*finish)(struct output *o);
	/* Not ready yet, or half full: a replay should wait. */
	bool (*congested)(const struct output *o);
	/* Everything is stored or given up. */
	bool (*drained)(const struct output *o);
	void (*stats)(const struct output *o, struct output_stats *s);
	/* SIGHUP, whatever the configuration: reopen a file.  May be NULL. */
	void (*reopen)(struct output *o);
	/* SIGHUP, with a good one: read a password again.  May be NULL. */
	void (*reload)(struct output *o);
	void (*close)(struct output *o);
};

struct outputs;

enum { OUTPUT_NAME = TEXT_MAX + 16 };

/*
 * Every output's own struct begins with this.  One with a reader has its
 * records from the spool: its write takes none, and its stats says only what
 * the spool doesn't know.
 */
struct output {
	const struct output_ops *ops;
	struct outputs *owner; /* set when it is open */
	struct spool_reader *reader; /* NULL: no spool */
	const char *label; /* with a reader: how it is called in public */
	uint64_t *begun; /* settled when the process began, by stream */
	uint64_t lost[LOST_N];
	struct spool_sum lost_sum;
	struct output_stats stats; /* at the last sum */
	char name[OUTPUT_NAME];
};

/*
 * For outputs with a reader: gives up the records behind after up to to of a
 * stream, as far as that hasn't been done yet; they are counted and told.
 */
void output_lose(struct output *o, unsigned stream,
    const struct spool_mark *after, const struct spool_mark *to,
    enum output_loss reason, int64_t before_ns);
/*
 * A hole: what isn't settled up to this mark couldn't be read again, and is
 * given up.  What made room before it could be read is, too.
 */
void output_lose_hole(struct output *o, unsigned stream,
    const struct spool_mark *to, int64_t before_ns);
void output_lose_front(struct output *o, unsigned stream);
/* Whether a record has been given up. */
bool output_is_lost(const struct output *o, unsigned stream, uint64_t k);
/* The last of those behind k that have been given up without a gap, or k. */
uint64_t output_past_losses(const struct output *o, unsigned stream,
    uint64_t k);
/* The server has forgotten everything behind k: its records are ours again. */
void output_rolled_back(struct output *o, unsigned stream, uint64_t k);

/* Whether url names an output and is well formed; else the reason in err. */
bool output_check(const char *url, char *err, size_t err_size);

/* What it will need, of an URL that output_check lets pass. */
void output_needs(const char *url, struct output_needs *n);

/*
 * Opens all n; NULL after a reason in err.  env is borrowed, and gets the
 * spool.
 */
struct outputs *outputs_open(char *const *urls, unsigned n,
    struct output_env *env, char *err, size_t err_size);
/*
 * Opens the spool, with the rights that the process keeps; before anything is
 * written, and before the loop runs.  False after a reason in err.
 */
bool outputs_start(struct outputs *os, char *err, size_t err_size);
/*
 * State that is saved together with what is committed next, and what an
 * earlier process has saved so, once started; without a folder for the spool
 * nothing is.
 */
bool outputs_save(struct outputs *os, const void *state, size_t len);
/* Whether an output has its records from a spool that is in a folder. */
bool outputs_can_save(const struct outputs *os);
const uint8_t *outputs_saved(const struct outputs *os, size_t *len);
void outputs_write(struct outputs *os, const struct point *p);
/*
 * The points since the last one belong together.  Outputs without a spool get
 * theirs before the spool's are committed, and state with them.
 */
void outputs_commit(struct outputs *os);
/*
 * From now on, or no more: servers get what is committed only once outputs_sync
 * has brought it to the spool's disk.  That waits for the disk; false if there
 * was nothing to do.
 */
void outputs_hold(struct outputs *os, bool is_held);
bool outputs_sync(struct outputs *os);
bool outputs_congested(const struct outputs *os);
bool outputs_drained(const struct outputs *os);
/* The same, or it is committed in a spool that outlives the process. */
bool outputs_kept(const struct outputs *os);
struct spool *outputs_spool(const struct outputs *os);
/* There are losses to be told: soon, not at the next commit. */
void outputs_hurry(struct outputs *os);
/* No more points come. */
void outputs_finish(struct outputs *os);
/* The sum over all outputs. */
void outputs_stats(struct outputs *os, struct output_stats *sum);
unsigned outputs_n(const struct outputs *os);
/*
 * Those of the one with this number, from 0, as they went into the last sum;
 * returns its name: its URL as clean text without a query, different from
 * those of the others.
 */
const char *outputs_one(const struct outputs *os, unsigned i,
    const struct output_stats **stats);
/* Files may have been renamed, which has nothing to do with a reload. */
void outputs_reopen(struct outputs *os);
void outputs_reload(struct outputs *os);
/* Closes and frees; what is still queued is lost.  NULL is fine. */
void outputs_close(struct outputs *os);

#endif
