/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What scenarios go through: dissection, tracker and meter as the program puts
 * them together; nobody else here knows how.  Nothing in it is random, so that
 * every run is the same.
 */
#ifndef TESTS_COMPLEXITY_DRIVE_H
#define TESTS_COMPLEXITY_DRIVE_H

#include "daemon/meter/hash.h"
#include "dissect/dissect.h"

struct halves;

extern const struct hash_key drive_keys[8];

const struct dissect *drive_dissect(void);

/* memory: of all tables.  Never returns NULL. */
struct halves *drive_new(size_t memory);
void drive_free(struct halves *h);

/* A packet of link type dlt, at ts_ns. */
void drive_packet(struct halves *h, int64_t ts_ns, int dlt,
    const uint8_t *bytes, size_t len);
/* One that has been dissected, with so many bytes on the wire. */
void drive_dissected(struct halves *h, int64_t ts_ns, const struct pkt *pkt,
    size_t len);
/* Is done with all packets so far. */
void drive_settle(struct halves *h);
/* The clock says so: bins close, what waits is given up. */
void drive_advance(struct halves *h, int64_t now_ns);

#endif
