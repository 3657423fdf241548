/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours on a link say their name and port; LLDP and CDP alike become one
 * message.
 */
#ifndef DISSECT_NEIGHBOUR_H
#define DISSECT_NEIGHBOUR_H

#include <string.h>

#include "dissect/pkt.h"
#include "dissect/text.h"

/* "00:00:5e:00:53:01"; out holds TEXT_MAC bytes. */
enum { TEXT_MAC = 18 };

static inline void
text_mac(char *out, const uint8_t *mac)
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned i = 0; i < 6; i++) {
		out[3 * i] = hex[mac[i] >> 4];
		out[3 * i + 1] = hex[mac[i] & 15];
		out[3 * i + 2] = i < 5 ? ':' : '\0';
	}
}

/* One of the two may be empty. */
static inline void
message_neighbour(struct pkt *pkt, const struct cur *system,
    const struct cur *port)
{
	char text[2 * TEXT_MAX + 3];
	size_t n = cur_len(system), k = cur_len(port);

	if (n + k == 0)
		return;
	n = n > TEXT_MAX ? TEXT_MAX : n;
	k = k > TEXT_MAX ? TEXT_MAX : k;
	if (n > 0)
		memcpy(text, system->p, n);
	if (n > 0 && k > 0)
		text[n++] = ' ';
	if (k > 0)
		memcpy(text + n, port->p, k);
	message_add(&pkt->messages, MESSAGE_NEIGHBOUR, text, n + k, false);
}

#endif
