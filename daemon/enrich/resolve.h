/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address to name by asking a DNS server: evdns's home.
 *
 * Nothing here blocks: questions wait in a queue, a few of them are asked at a
 * time, evenly paced, each once; answers of either kind are kept.  While the
 * server is silent it is asked ever more rarely, one question at a time.  What
 * it says is hostile: only host names pass (letters, digits, hyphens,
 * underscores; the last label is no number, so that no name reads as an
 * address), in lower case.  evdns refuses those of more than 63 bytes.
 */
#ifndef DAEMON_ENRICH_RESOLVE_H
#define DAEMON_ENRICH_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/hash.h"

enum {
	RESOLVE_TTL_MIN = 60, /* seconds that an answer is kept */
	RESOLVE_TTL_MAX = 86400,
	RESOLVE_TTL_NONE = 600, /* that there is no name, or none that passes */
	RESOLVE_TTL_FAILED = 60 /* that there was no answer, or SERVFAIL */
};

struct event_base;

struct resolve_config {
	const char *server; /* "192.0.2.53:53"; NULL: resolv.conf's */
	unsigned in_flight; /* questions at a time, up to 64; 0: 16 */
	unsigned per_second; /* 0: 20 */
	uint32_t cache; /* addresses that are kept, or wait; 0: 4096 */
	unsigned timeout_ms; /* 0: 5000 */
	struct hash_key key; /* random */
	int64_t (*mono_ns)(void); /* the clock; NULL: loop_mono_ns */
	/*
	 * An address (see struct tuple) is called so.  Called from the loop,
	 * or from resolve_ask, which it must not call.
	 */
	void (*answer)(void *arg, const uint8_t *addr, bool is_v6,
	    const char *name, size_t len);
	void *arg;
};

/* Everything since the start. */
struct resolve_stats {
	uint64_t asked; /* resolve_ask, and what became of it: */
	uint64_t known; /* an answer was kept, or is under way */
	uint64_t ignored; /* no host has such an address */
	uint64_t full; /* too many were waiting */
	uint64_t sent; /* questions, and what became of them: */
	uint64_t names;
	uint64_t none; /* no name */
	uint64_t refused; /* a name that does not pass */
	uint64_t failed; /* an error, nonsense, or no answer in time */
	uint64_t waiting, in_flight; /* now */
};

struct resolve;

/*
 * Reads resolv.conf now and never again; opens sockets when there is something
 * to ask.  Returns NULL if no server is given there, or server is no address.
 */
struct resolve *resolve_new(struct event_base *base,
    const struct resolve_config *config);
/* Asks no more and answers no more. */
void resolve_free(struct resolve *r);

/*
 * Wants to know the name of an address.  One that is known is told at once,
 * another when there is an answer; if there is none, never.
 */
void resolve_ask(struct resolve *r, const uint8_t *addr, bool is_v6);

struct resolve_stats resolve_stats(const struct resolve *r);

#endif
