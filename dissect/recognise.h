/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For dissectors that only recognise: they name a flow and read nothing else.
 */
#ifndef DISSECT_RECOGNISE_H
#define DISSECT_RECOGNISE_H

#include <string.h>

#include "dissect/dissect.h"

/*
 * The stream function of such a dissector.  Others may take over in the same
 * connection (STARTTLS), so it leaves; the flow keeps its name.
 */
enum stream_verdict recognise_stream(struct stream *s);

/* The dissect function of those over UDP, whose probe has said enough. */
enum verdict recognise_datagram(struct layer *layer, struct pkt *pkt);

/*
 * Whether data begin with a word: PROBE_MORE if they end within it.  yes is
 * what to say then.
 */
static inline enum probe
recognise_word(const struct cur *data, const char *word, enum probe yes)
{
	size_t n = strnlen(word, 64), have = cur_len(data);

	if (have >= n)
		return memcmp(data->p, word, n) == 0 ? yes : PROBE_NO;
	return memcmp(data->p, word, have) == 0 ? PROBE_MORE : PROBE_NO;
}

/* The same in either case of ASCII letters; word is in upper case. */
static inline enum probe
recognise_nocase(const struct cur *data, const char *word, enum probe yes)
{
	size_t i = 0, have = cur_len(data);

	for (; word[i] != '\0' && i < have; i++) {
		uint8_t b = data->p[i];

		if (b >= 'a' && b <= 'z')
			b &= 0xdf;
		if (b != (uint8_t)word[i])
			return PROBE_NO;
	}
	return word[i] == '\0' ? yes : PROBE_MORE;
}

/* Whether the first line, or what there is of it, has a word. */
static inline bool
recognise_in_line(const struct cur *data, const char *word)
{
	size_t n = strnlen(word, 64), max = cur_len(data);

	if (max > 512)
		max = 512;
	for (size_t i = 0; i + n <= max && data->p[i] != '\n'; i++)
		if (memcmp(data->p + i, word, n) == 0)
			return true;
	return false;
}

#endif
