/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a DNS message says, whichever way it came: what was asked, what became
 * of it, and which addresses have names (RFC 1035, section 4.1; RFC 6891;
 * RFC 7871; RFC 6762; RFC 4795).
 */
#ifndef DISSECT_DNS_MESSAGE_H
#define DISSECT_DNS_MESSAGE_H

#include "dissect/cur.h"
#include "dissect/pkt.h"

/* Transactions and response codes are told of the first two only. */
enum dns_way { DNS_OVER_UDP, DNS_OVER_TCP, DNS_MULTICAST, DNS_LLMNR };

/*
 * Reads the message that data is and appends what it says to out.  The first
 * message of the list tells the way, unless it is UDP: what follows it is said
 * by multicast DNS, say.  A message whose first question can't be read says
 * nothing: it may be something else.
 */
enum verdict dns_message_read(const struct cur *data, enum dns_way way,
    const struct tuple *tuple, struct message_list *out);

/*
 * Whether data is a whole message that is DNS beyond doubt, on whatever port:
 * one question of a known type for a printable name, flags that fit, and as
 * many records as it has bytes for.
 */
bool dns_message_probe(const struct cur *data);

#endif
