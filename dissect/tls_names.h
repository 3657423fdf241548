/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What numbers of TLS are called, by IANA and by people.
 */
#ifndef DISSECT_TLS_NAMES_H
#define DISSECT_TLS_NAMES_H

#include <stdint.h>

enum { TLS_HEX = 8 /* "0x1301" and more than its NUL */ };

/* Return a constant, or hex with the number in it. */
const char *tls_suite_name(char hex[TLS_HEX], uint16_t suite);
const char *tls_version_name(char hex[TLS_HEX], uint16_t version);

#endif
