/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JA4, a fingerprint of TLS clients, as FoxIO's "JA4: TLS Client
 * Fingerprinting" specifies it: "t13d1516h2_8daaf6152771_e5627efa2ab1".
 */
#ifndef DISSECT_TLS_JA4_H
#define DISSECT_TLS_JA4_H

#include "dissect/codecs.h"
#include "dissect/tls_hello.h"

enum {
	JA4_LEN = 36,
	JA4_LIST_MAX = 512 /* of cipher suites, extensions, algorithms each */
};

/*
 * Writes the fingerprint of a whole hello.  Returns false if there is nothing
 * to hash with, or a list is longer than any client's.
 */
MUST_CHECK
bool tls_ja4(char out[JA4_LEN + 1], const struct tls_client *h,
    enum tls_over over, const struct codecs *codecs);

#endif
