/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC datagrams fed to its dissector, and what a server's hello says, for the
 * tests of QUIC.
 */
#ifndef TESTS_LIB_QUIC_FEED_H
#define TESTS_LIB_QUIC_FEED_H

#include "tests/lib/feed.h"

extern const struct dissector quic_dissector;

#define SAID_SERVER                           \
	"TLS_SERVER_HELLO\nTLS_VERSION 1.3\n" \
	"TLS_CIPHER TLS_AES_128_GCM_SHA256\n"

static struct feed f;

static inline void
begin(const struct codecs *codecs)
{
	feed_init(&f, &quic_dissector, codecs);
	f.is_datagram = true;
	f.tuple.proto = 17;
}

#endif
