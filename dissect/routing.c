/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* BGP (RFC 4271, section 4.1), recognised by its marker, length and type. */
#include "dissect/recognise.h"

enum { MARKER = 16, HEADER = 19 };

static enum probe
bgp(const struct cur *data)
{
	const uint8_t *p = data->p;
	size_t n = cur_len(data);

	for (size_t i = 0; i < MARKER && i < n; i++)
		if (p[i] != 0xff)
			return PROBE_NO;
	if (n < HEADER)
		return PROBE_MORE;
	return be16(p + MARKER) >= HEADER && p[18] >= 1 && p[18] <= 5
	    ? PROBE_EITHER
	    : PROBE_NO;
}

const struct dissector bgp_dissector = {
	.name = "bgp",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "\xff",
	.n_first = 1,
	.probe = bgp,
	.stream = recognise_stream,
};
