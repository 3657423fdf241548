/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes that the tests' DNS messages are put together from, and what is
 * said of a question.
 */
#ifndef TESTS_LIB_DNS_MESSAGE_H
#define TESTS_LIB_DNS_MESSAGE_H

/* clang-format off */
#define HEAD4(flags, qd, an, ns, ar)                                    \
	"\x12\x34" flags "\x00" qd "\x00" an "\x00" ns "\x00" ar
#define HEAD(flags, n) "\x12\x34" flags n "\x00\x00\x00\x00\x00\x00"
#define QUERY(n) HEAD("\x01\x00", n)
#define ONE "\x00\x01"
#define IN "\x00\x01"
#define A "\x00\x01" IN
#define AAAA "\x00\x1c" IN
#define PTR "\x00\x0c" IN
#define TTL "\x00\x00\x00\x3c"
#define EXAMPLE "\x07" "example" "\x03" "com"
#define WWW "\x03" "www" EXAMPLE "\x00"
/* The first question's name. */
#define Q "\xc0\x0c"

#define ASKED(name) "DNS_QUERY " name " 0x11234\nDNS_QTYPE A"
#define WWW_ASKED ASKED("www.example.com")
/* clang-format on */

#endif
