/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1: both sides of a connection, in segments.
 */
#include "tests/fuzz/stream.h"

extern const struct dissector http_dissector;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	fuzz_stream(&http_dissector, NULL, data, n);
	return 0;
}
