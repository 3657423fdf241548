/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/tls_cert.h"

#include <string.h>

enum tag {
	TAG_INTEGER = 0x02,
	TAG_OID = 0x06,
	TAG_BMP_STRING = 0x1e,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_VERSION = 0xa0 /* [0] EXPLICIT */
};

/* 2.5.4.3 and 2.5.4.10 (RFC 5280, appendix A.1). */
static const uint8_t common_name[] = { 0x55, 0x04, 0x03 };
static const uint8_t organisation[] = { 0x55, 0x04, 0x0a };

/* Cuts off one element: its tag and contents (X.690, section 10.1). */
static bool
element(struct cur *c, uint8_t *tag, struct cur *contents)
{
	struct cur t = *c;
	uint8_t first, byte;
	size_t n;

	if (!cur_u8(&t, tag) || !cur_u8(&t, &first))
		return false;
	n = first;
	if (first >= 0x80) {
		n = 0;
		/* A certificate is less than 2^24 bytes; 0: indefinite. */
		if (first == 0x80 || first > 0x83)
			return false;
		for (unsigned i = first & 0x7f; i > 0; i--) {
			if (!cur_u8(&t, &byte))
				return false;
			n = n << 8 | byte;
		}
	}
	if (!cur_sub(&t, n, contents))
		return false;
	*c = t;
	return true;
}

static bool
expect(struct cur *c, uint8_t tag, struct cur *contents)
{
	struct cur t = *c;
	uint8_t found;

	if (!element(&t, &found, contents) || found != tag)
		return false;
	*c = t;
	return true;
}

static bool
is_oid(const struct cur *oid, const uint8_t bytes[3])
{
	return cur_len(oid) == 3 && memcmp(oid->p, bytes, 3) == 0;
}

/* Copies a string; UTF-16 becomes UTF-8. */
static size_t
copy(uint8_t out[TLS_SUBJECT_MAX], uint8_t tag, struct cur string)
{
	size_t n = 0;
	uint16_t u;

	if (tag != TAG_BMP_STRING) {
		cur_shrink(&string, TLS_SUBJECT_MAX);
		memcpy(out, string.p, cur_len(&string));
		return cur_len(&string);
	}
	while (n + 3 <= TLS_SUBJECT_MAX && cur_u16(&string, &u)) {
		if (u < 0x80) {
			out[n++] = (uint8_t)u;
			continue;
		}
		if (u < 0x800) {
			out[n++] = (uint8_t)(0xc0 | u >> 6);
		} else {
			out[n++] = (uint8_t)(0xe0 | u >> 12);
			out[n++] = (uint8_t)(0x80 | (u >> 6 & 0x3f));
		}
		out[n++] = (uint8_t)(0x80 | (u & 0x3f));
	}
	return n;
}

/* Walks through a Name; what is the most specific comes last. */
static bool
name(uint8_t out[TLS_SUBJECT_MAX], size_t *n, struct cur rdns)
{
	struct cur best = { NULL, NULL };
	uint8_t best_tag = 0;
	bool has_common_name = false;

	while (cur_len(&rdns) > 0) {
		struct cur set, pair, oid, value;
		uint8_t tag;

		if (!expect(&rdns, TAG_SET, &set))
			return false;
		while (cur_len(&set) > 0) {
			bool is_common_name;

			if (!expect(&set, TAG_SEQUENCE, &pair) ||
			    !expect(&pair, TAG_OID, &oid) ||
			    !element(&pair, &tag, &value))
				return false;
			is_common_name = is_oid(&oid, common_name);
			if (cur_len(&value) == 0 ||
			    (!is_common_name &&
				(has_common_name ||
				    !is_oid(&oid, organisation))))
				continue;
			has_common_name = is_common_name;
			best = value;
			best_tag = tag;
		}
	}
	*n = best.p != NULL ? copy(out, best_tag, best) : 0;
	return true;
}

bool
tls_cert_subject(uint8_t out[TLS_SUBJECT_MAX], size_t *n,
    const struct cur *certificate)
{
	struct cur c = *certificate, body, tbs, skipped, subject;

	if (!expect(&c, TAG_SEQUENCE, &body) ||
	    !expect(&body, TAG_SEQUENCE, &tbs))
		return false;
	/* Absent in version 1. */
	if (cur_len(&tbs) > 0 && tbs.p[0] == TAG_VERSION &&
	    !expect(&tbs, TAG_VERSION, &skipped))
		return false;
	/* Serial number, algorithm, issuer, validity. */
	return expect(&tbs, TAG_INTEGER, &skipped) &&
	    expect(&tbs, TAG_SEQUENCE, &skipped) &&
	    expect(&tbs, TAG_SEQUENCE, &skipped) &&
	    expect(&tbs, TAG_SEQUENCE, &skipped) &&
	    expect(&tbs, TAG_SEQUENCE, &subject) && name(out, n, subject);
}
