/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTLS: both sides of a connection, in datagrams.
 */
#include "tests/fuzz/stream.h"

extern const struct dissector dtls_dissector;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	fuzz_stream(&dtls_dissector, NULL, data, n);
	return 0;
}
