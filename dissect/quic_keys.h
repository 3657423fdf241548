/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How QUIC protects Initial packets: with keys that everybody can derive from
 * the client's first destination connection ID (RFC 9001, section 5; RFC 9369,
 * section 3.3).
 */
#ifndef DISSECT_QUIC_KEYS_H
#define DISSECT_QUIC_KEYS_H

#include "dissect/cur.h"
#include "dissect/codecs.h"

enum {
	QUIC_PACKET_MAX = 2048, /* longer ones are not opened */
	QUIC_TAG = 16
};

struct quic_keys {
	uint8_t key[16];
	uint8_t iv[12];
	uint8_t hp[16]; /* header protection */
};

/* What differs between versions. */
struct quic_version;

/* NULL if it is not known. */
const struct quic_version *quic_version_find(uint32_t number);

/* Types of long packets: 0 Initial, 1 0-RTT, 2 Handshake, 3 Retry. */
enum quic_type { QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY };
enum quic_type quic_packet_type(const struct quic_version *version,
    uint8_t first);

/* Whether the codecs have what is needed. */
bool quic_is_able(const struct codecs *codecs);

void quic_keys_derive(struct quic_keys *keys,
    const struct quic_version *version, const uint8_t *dcid, size_t n_dcid,
    bool is_server, const struct codecs *codecs);

/*
 * Opens a packet whose number begins at offset pn: writes its payload and the
 * payload's length.  False if it is forged, or too short or long.
 */
MUST_CHECK
bool quic_open(uint8_t out[QUIC_PACKET_MAX], size_t *n,
    const struct quic_keys *keys, const struct cur *packet, size_t pn,
    const struct codecs *codecs);

#endif
