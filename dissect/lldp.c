/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LLDP (IEEE 802.1AB, section 8): who is at the other end of the cable.
 *
 * TLVs of 7 bits type, 9 bits length; the first three are the chassis, the
 * port and a time to live.  The system is called by its name, or else by its
 * chassis.
 */
#include "dissect/dissect.h"

#include "dissect/neighbour.h"

enum {
	TLVS_MAX = 128,
	TLV_END = 0,
	TLV_CHASSIS = 1,
	TLV_PORT = 2,
	TLV_NAME = 5,
	/* Subtypes of identifiers: table 8-2 and, of ports, 8-3. */
	CHASSIS_MAC = 4,
	CHASSIS_ADDRESS = 5,
	PORT_MAC = 3,
	PORT_ADDRESS = 4
};

/*
 * Cuts the subtype off; a MAC becomes text at mac.  Other addresses are no
 * names.
 */
static void
identifier(struct cur *value, uint8_t mac_type, uint8_t address_type, char *mac)
{
	uint8_t type;

	if (!cur_u8(value, &type) || type == address_type) {
		value->p = value->end;
	} else if (type == mac_type && cur_len(value) == 6) {
		text_mac(mac, value->p);
		value->p = (const uint8_t *)mac;
		value->end = value->p + TEXT_MAC - 1;
	}
}

static enum verdict
lldp(struct layer *layer, struct pkt *pkt)
{
	struct cur *c = &layer->cur, value;
	struct cur system = { c->p, c->p }, port = system, chassis = system;
	char chassis_mac[TEXT_MAC], port_mac[TEXT_MAC];
	enum verdict verdict = DISSECT_OK;
	uint16_t head = 0;

	pkt_note_net(pkt, NET_OTHER);
	for (unsigned i = 0; i < TLVS_MAX; i++) {
		if (!cur_u16(c, &head) || !cur_sub(c, head & 0x1ff, &value)) {
			verdict = DISSECT_SHORT;
			break;
		}
		if (head >> 9 == TLV_END)
			break;
		if (head >> 9 == TLV_CHASSIS) {
			identifier(&value, CHASSIS_MAC, CHASSIS_ADDRESS,
			    chassis_mac);
			chassis = value;
		} else if (head >> 9 == TLV_PORT) {
			identifier(&value, PORT_MAC, PORT_ADDRESS, port_mac);
			port = value;
		} else if (head >> 9 == TLV_NAME) {
			system = value;
		}
	}
	message_neighbour(pkt, cur_len(&system) > 0 ? &system : &chassis,
	    &port);
	return verdict;
}

const struct dissector lldp_dissector = {
	.name = "lldp",
	.by = BY_ETHERTYPE,
	KEYS(0x88cc),
	.dissect = lldp,
};
