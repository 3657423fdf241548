/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address to country, city and autonomous system: libmaxminddb's home.
 *
 * Several databases are asked in the order given; each fills what those
 * before it left empty.  A database is copied into sealed memory when it is
 * opened, so that a file truncated later can't kill the process.
 */
#ifndef DAEMON_ENRICH_GEOIP_H
#define DAEMON_ENRICH_GEOIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GEOIP_CITY = 64, GEOIP_ORG = 96 };

/* Clean text, empty where unknown; asn 0 where unknown. */
struct geoip_info {
	char country[3];
	char city[GEOIP_CITY];
	uint32_t asn;
	char as_org[GEOIP_ORG];
};

struct geoip;

/*
 * Opens n databases.  A file that can't be used is left out with a line in
 * the log that names it and the reason; *n_failed counts them.  Returns NULL
 * if none is left.
 */
struct geoip *geoip_open(char *const *paths, unsigned n, unsigned *n_failed);
void geoip_close(struct geoip *g);

/*
 * Looks an address (four bytes, or 16 if is_v6) up and fills *info.  Private,
 * loopback, link-local, multicast and other special-purpose addresses
 * (RFC 6890) are unknown without a look-up.
 */
void geoip_lookup(const struct geoip *g, const uint8_t *addr, bool is_v6,
    struct geoip_info *info);

#endif
