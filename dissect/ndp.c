/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbour discovery of IPv6 (RFC 4861, section 4): which station has which
 * address.
 *
 * Router advertisements and neighbour solicitations say it of their sender
 * (option 1), neighbour advertisements of their target (option 2).
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/neighbour.h"

enum {
	ROUTER_ADVERTISEMENT = 134,
	NEIGHBOUR_SOLICITATION = 135,
	NEIGHBOUR_ADVERTISEMENT = 136,
	OPTIONS_MAX = 64,
	OPTION_SOURCE = 1,
	OPTION_TARGET = 2
};

static void
emit(struct pkt *pkt, const uint8_t *addr, const uint8_t *mac)
{
	static const uint8_t none[16];
	char text[TEXT_MAC];
	struct message *m;

	/* Nobody is "::", and no station a group. */
	if (memcmp(addr, none, 16) == 0 || (mac[0] & 1) != 0)
		return;
	text_mac(text, mac);
	m = message_text(&pkt->messages, MESSAGE_ADDR_MAC, text);
	m->addr_is_v6 = true;
	memcpy(m->addr, addr, 16);
}

/* The cursor is behind the four bytes of all ICMPv6. */
static enum verdict
ndp(struct layer *layer, struct pkt *pkt)
{
	uint8_t type = (uint8_t)layer->next.key, addr[16];
	const uint8_t *h;
	uint8_t wanted = OPTION_SOURCE;

	h = layer_take(layer, type == ROUTER_ADVERTISEMENT ? 12 : 20);
	if (h == NULL)
		return DISSECT_SHORT;
	memcpy(addr, pkt->tuple.src, 16);
	if (type == NEIGHBOUR_ADVERTISEMENT) {
		memcpy(addr, h + 4, 16);
		wanted = OPTION_TARGET;
	}
	for (unsigned i = 0; i < OPTIONS_MAX && layer->wire_left > 0; i++) {
		/* Type, length in units of eight bytes, value. */
		const uint8_t *option = layer_take(layer, 8);

		if (option == NULL)
			return DISSECT_SHORT;
		if (option[1] == 0)
			return DISSECT_BAD;
		if (option[0] == wanted && option[1] == 1)
			emit(pkt, addr, option + 2);
		if (layer_take(layer, (option[1] - 1u) * 8) == NULL)
			return DISSECT_SHORT;
	}
	return DISSECT_OK;
}

const struct dissector ndp_dissector = {
	.name = "ndp",
	.by = BY_ICMP6,
	KEYS(ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION,
	    NEIGHBOUR_ADVERTISEMENT),
	.dissect = ndp,
};
