/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 with its header compression: both sides of a connection, in segments.
 * Nothing of a connection stays.
 */
#include "daemon/codec/hpack.h"
#include "tests/fuzz/stream.h"

extern const struct dissector http2_dissector;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct codecs codecs = { .hpack_new = hpack_new,
		.hpack_free = hpack_free,
		.hpack_read = hpack_read };

	fuzz_stream(&http2_dissector, &codecs, data, n);
	MUST(hpack_stats()->n == 0 && hpack_stats()->bytes == 0);
	return 0;
}
