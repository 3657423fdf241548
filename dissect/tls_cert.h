/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subject of an X.509 certificate (RFC 5280, section 4.1; DER, ITU-T
 * X.690), as far as a monitor wants it.
 */
#ifndef DISSECT_TLS_CERT_H
#define DISSECT_TLS_CERT_H

#include "dissect/cur.h"

enum { TLS_SUBJECT_MAX = 256 };

/*
 * Writes the subject's common name, the most specific one; without any, its
 * organisation's; returns its length, 0 for none.  Bytes are UTF-8 if the
 * certificate says so, else as they came.  False if it isn't a certificate.
 */
MUST_CHECK
bool tls_cert_subject(uint8_t out[TLS_SUBJECT_MAX], size_t *n,
    const struct cur *certificate);

#endif
