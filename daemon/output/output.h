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
 */
#ifndef DAEMON_OUTPUT_OUTPUT_H
#define DAEMON_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/output/tls.h"
#include "daemon/report/point.h"

struct loop;

/* records = stored + spooled + lost_full + lost_error, at any time. */
struct output_stats {
	uint64_t records; /* points given to the output */
	uint64_t stored; /* written out, or acknowledged by the server */
	uint64_t spooled; /* queued or awaiting an acknowledgement */
	uint64_t lost_full; /* the queue was full: the oldest went */
	uint64_t lost_error; /* refused, or gone without an answer */
};

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
	struct tls_config tls;
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

struct output;

struct output_ops {
	const char *scheme; /* "redis": what a URL begins with */
	const char *schemes; /* for messages, if there are several, or NULL */
	/*
	 * Whether the rest of the URL is well formed; opens nothing.  Else
	 * writes the reason to err.
	 */
	bool (*check)(const char *rest, char *err, size_t err_size);
	/* NULL after a reason in err. */
	struct output *(*open)(const char *rest, const struct output_env *env,
	    char *err, size_t err_size);
	void (*write)(struct output *o, const struct point *p);
	/* The points since the last call belong together: send them. */
	void (*commit)(struct output *o);
	/* Not ready yet, or half full: a replay should wait. */
	bool (*congested)(const struct output *o);
	/* Everything is stored or given up. */
	bool (*drained)(const struct output *o);
	void (*stats)(const struct output *o, struct output_stats *s);
	/* SIGHUP: reopen a file, read a password again.  May be NULL. */
	void (*reload)(struct output *o);
	void (*close)(struct output *o);
};

/* Every output's own struct begins with this. */
struct output {
	const struct output_ops *ops;
};

struct outputs;

/* Whether url names an output and is well formed; else the reason in err. */
bool output_check(const char *url, char *err, size_t err_size);

/* Opens all n; NULL after a reason in err.  env is borrowed. */
struct outputs *outputs_open(char *const *urls, unsigned n,
    const struct output_env *env, char *err, size_t err_size);
void outputs_write(struct outputs *os, const struct point *p);
void outputs_commit(struct outputs *os);
bool outputs_congested(const struct outputs *os);
bool outputs_drained(const struct outputs *os);
/* The sum over all outputs. */
void outputs_stats(const struct outputs *os, struct output_stats *sum);
void outputs_reload(struct outputs *os);
/* Closes and frees; what is still queued is lost.  NULL is fine. */
void outputs_close(struct outputs *os);

#endif
