/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzzers share: the entry's prototype and what must hold for every
 * packet, however hostile.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "dissect/dissect.h"
#include "dissect/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Like assert, also under NDEBUG. */
#define MUST(what)               \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

/*
 * Clean text is its own cleaning, but for the ellipsis where it was cut.  What
 * a dissector has remembered of a longer name may be cut without one.
 */
static inline void
fuzz_text(const char *text, size_t len, bool cut)
{
	char again[TEXT_MAX + 4];
	bool cut_again;

	MUST(len <= TEXT_MAX + 3 && strlen(text) == len);
	MUST(cut || len <= TEXT_MAX);
	if (cut && len >= 3 && memcmp(text + len - 3, "\xe2\x80\xa6", 3) == 0)
		len -= 3;
	MUST(text_clean(again, (const uint8_t *)text, len, &cut_again) == len);
	MUST(!cut_again && memcmp(again, text, len) == 0);
	for (size_t i = 0; i < len; i++)
		MUST((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

static inline void
fuzz_packet(int dlt, const uint8_t *data, size_t n, uint32_t len)
{
	static struct dissect d;
	static struct pkt pkt;

	if (d.n == 0)
		dissect_init(&d, NULL);
	memset(&pkt, 0xa5, sizeof(pkt));
	dissect_packet(&d, &pkt, dlt, data, (uint32_t)n, len);
	MUST(pkt.n_layers <= PKT_LAYERS && pkt.messages.n <= MESSAGES_MAX);
	MUST(pkt.tuple.n_vlans <= 2 && pkt.net < NET_N && pkt.failed < d.n);
	MUST(pkt.verdict < DISSECT_OTHER);
	MUST(pkt.verdict != DISSECT_SHORT || n < len);
	MUST(pkt.ip_len == 0 || pkt.ip_len >= 20);
	MUST(pkt.ip_len > 0 || (pkt.tuple.flags == 0 && pkt.tuple.proto == 0));
	for (unsigned i = 0; i < pkt.messages.n; i++) {
		const struct message *m = &pkt.messages.m[i];

		MUST(m->kind < MESSAGE_N);
		MUST(m->kind != MESSAGE_ADDR_NAME || m->value < NAME_SOURCES);
		fuzz_text(m->name, m->len, m->cut);
	}
}

/* Runs data as the payload of an IPv4 packet to port. */
static inline void
fuzz_payload(uint8_t proto, uint16_t port, const uint8_t *data, size_t n)
{
	static uint8_t packet[65535];
	size_t head = proto == 17 ? 28 : 40;

	if (n > sizeof(packet) - head)
		return;
	memset(packet, 0, head);
	packet[0] = 0x45;
	packet[2] = (uint8_t)((head + n) >> 8);
	packet[3] = (uint8_t)(head + n);
	packet[9] = proto;
	packet[22] = (uint8_t)(port >> 8);
	packet[23] = (uint8_t)port;
	if (proto == 17) {
		packet[24] = (uint8_t)((8 + n) >> 8);
		packet[25] = (uint8_t)(8 + n);
	} else {
		packet[32] = 0x50;
	}
	if (n > 0)
		memcpy(packet + head, data, n);
	/* A copy of its own, so that a read past it is seen. */
	uint8_t *exact = malloc(head + n);

	MUST(exact != NULL);
	memcpy(exact, packet, head + n);
	fuzz_packet(101, exact, head + n, (uint32_t)(head + n));
	fuzz_packet(101, exact, head + n, (uint32_t)(head + n) + 100);
	free(exact);
}

#endif
