/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS: both sides of a connection, in segments.
 */
#include "tests/fuzz/stream.h"

extern const struct dissector tls_dissector;

static void
sha256(uint8_t out[32], const uint8_t *p, size_t n)
{
	memset(out, 0, 32);
	for (size_t i = 0; i < n; i++)
		out[i % 32] ^= p[i];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct codecs codecs = { .sha256 = sha256 };

	fuzz_stream(&tls_dissector, &codecs, data, n);
	return 0;
}
