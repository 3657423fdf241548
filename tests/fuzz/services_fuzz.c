/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is recognised by content and has no fuzzer of its own: the
 * input is a datagram, and a connection for each dissector of streams that
 * knows its first byte.
 */
#include "dissect/registry.h"
#include "tests/fuzz/stream.h"

static bool
has_own(const char *name)
{
	static const char *const names[] = { "dns", "dtls", "http", "http2",
		"llmnr", "quic", "tls" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static unsigned
list_streams(const struct dissector *list[DISSECTORS_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < registry_n; i++)
		if (registry[i]->stream != NULL && !has_own(registry[i]->name))
			list[n++] = registry[i];
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct dissector *list[DISSECTORS_MAX];
	static unsigned n_list;
	size_t at = n > 3 && (data[0] & 0xf0) == 0xf0 ? 3 : 0;

	if (n == 0)
		return 0;
	if (n_list == 0)
		n_list = list_streams(list);
	for (unsigned i = 0; i < n_list; i++) {
		const struct dissector *d = list[i];

		if (d->n_first == 0 ||
		    memchr(d->first, data[at], d->n_first) != NULL)
			fuzz_stream(d, NULL, data, n);
	}
	fuzz_payload(17, 9, data + at, n - at);
	return 0;
}
