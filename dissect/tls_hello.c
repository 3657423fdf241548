/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/tls_hello.h"

#include <string.h>

#include "dissect/tls_ja4.h"
#include "dissect/tls_names.h"

enum {
	RANDOM = 32,
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_SIGNATURES = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_VERSIONS = 43
};

/* RFC 8446, section 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t retry_random[RANDOM] = { 0xcf, 0x21, 0xad, 0x74, 0xe5,
	0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
	0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8,
	0xa8, 0x33, 0x9c };

/* One type of name is defined, so a second entry cannot be another one. */
static bool
read_name(struct tls_client *h, struct cur data)
{
	struct cur list, entry;
	uint8_t type;

	h->has_name = true;
	if (cur_len(&data) == 0)
		return true;
	if (!cur_vec16(&data, &list))
		return false;
	if (cur_len(&list) == 0)
		return true;
	if (!cur_u8(&list, &type) || !cur_vec16(&list, &entry))
		return false;
	if (type == 0 && cur_len(&h->name) == 0)
		h->name = entry;
	return true;
}

static bool
read_alpn(struct tls_client *h, struct cur data)
{
	struct cur list, entry;

	if (!cur_vec16(&data, &list))
		return false;
	if (cur_len(&list) == 0)
		return true;
	if (!cur_vec8(&list, &entry))
		return false;
	if (h->alpn.p == NULL)
		h->alpn = entry;
	return true;
}

static bool
read_extension(struct tls_client *h, uint16_t type, struct cur data)
{
	switch (type) {
	case EXTENSION_SERVER_NAME:
		return read_name(h, data);
	case EXTENSION_ALPN:
		return read_alpn(h, data);
	case EXTENSION_VERSIONS:
		return cur_vec8(&data, &h->versions);
	case EXTENSION_SIGNATURES:
		return cur_vec16(&data, &h->signatures);
	default:
		return true;
	}
}

bool
tls_client_read(struct tls_client *h, const struct cur *body,
    enum tls_over over)
{
	struct cur c = *body, skipped, list;
	uint16_t type, n;

	memset(h, 0, sizeof(*h));
	h->is_cut = true;
	if (!cur_u16(&c, &h->version) || cur_take(&c, RANDOM) == NULL ||
	    !cur_vec8(&c, &skipped) ||
	    (over == TLS_OVER_DTLS && !cur_vec8(&c, &skipped)) ||
	    !cur_vec16(&c, &h->suites) || !cur_vec8(&c, &skipped))
		return false;
	/* Before TLS 1.3 it may end before the extensions. */
	h->is_cut = false;
	if (cur_len(&c) == 0)
		return true;
	if (!cur_u16(&c, &n))
		return false;
	h->is_cut = cur_len(&c) < n;
	cur_shrink(&c, n);
	h->extensions = list = c;
	while (cur_len(&list) > 0) {
		struct cur data;

		if (!cur_u16(&list, &type) || !cur_vec16(&list, &data) ||
		    !read_extension(h, type, data))
			return false;
	}
	return !h->is_cut;
}

/* An address in text names nothing (RFC 6066, section 3, forbids it). */
static bool
is_host_name(const struct cur *name)
{
	bool has_other = false;

	for (const uint8_t *p = name->p; p < name->end; p++) {
		if (*p == ':')
			return false;
		has_other |= *p != '.' && (*p < '0' || *p > '9');
	}
	return has_other;
}

void
tls_client_name(const struct tls_client *h, struct tls_session *session,
    struct stream *s)
{
	const struct tuple *t = s->tuple;
	struct cur name = h->name;
	struct message *m;

	if (cur_len(&name) > 0 && name.end[-1] == '.')
		name.end--;
	message_add(s->messages, MESSAGE_TLS_CLIENT_HELLO, name.p,
	    cur_len(&name), true);
	if (is_host_name(&name)) {
		m = message_add(s->messages, MESSAGE_ADDR_NAME, name.p,
		    cur_len(&name), true);
		memcpy(m->addr, t->dst, sizeof(m->addr));
		m->addr_is_v6 = t->flags & TUPLE_V6;
		m->value = NAME_SNI;
	}
	cur_shrink(&name, sizeof(session->name));
	session->n_name = (uint8_t)cur_len(&name);
	if (session->n_name > 0)
		memcpy(session->name, name.p, session->n_name);
}

void
tls_client_rest(const struct tls_client *h, struct tls_session *session,
    struct stream *s, enum tls_over over)
{
	char ja4[JA4_LEN + 1];

	session->client_ns = s->ts_ns;
	session->waits = true;
	if (cur_len(&h->alpn) > 0)
		message_add(s->messages, MESSAGE_TLS_ALPN, h->alpn.p,
		    cur_len(&h->alpn), false);
	if (tls_ja4(ja4, h, over, s->codecs))
		message_text(s->messages, MESSAGE_TLS_JA4, ja4);
}

/* The version is in an extension since TLS 1.3 (RFC 8446, section 4.2.1). */
static bool
server_version(struct cur *c, uint16_t *version)
{
	struct cur list, data;
	uint16_t type;

	if (cur_len(c) == 0)
		return true;
	if (!cur_vec16(c, &list))
		return false;
	while (cur_len(&list) > 0) {
		if (!cur_u16(&list, &type) || !cur_vec16(&list, &data) ||
		    (type == EXTENSION_VERSIONS && !cur_u16(&data, version)))
			return false;
	}
	return true;
}

static void
emit_time(struct tls_session *session, struct stream *s)
{
	struct message *m;

	if (!session->waits || s->ts_ns < session->client_ns)
		return;
	session->waits = false;
	m = message_add(s->messages, MESSAGE_TLS_TIME, session->name,
	    session->n_name, true);
	m->value = (uint64_t)(s->ts_ns - session->client_ns) / 1000;
	if (m->value == 0)
		m->value = 1;
}

enum verdict
tls_server_hello(uint16_t *version, const struct cur *body,
    struct tls_session *session, struct stream *s)
{
	struct cur c = *body, session_id;
	const uint8_t *random;
	uint16_t suite;
	bool is_draft;
	uint8_t compression;
	char hex[TLS_HEX];

	if (!cur_u16(&c, version))
		return DISSECT_BAD;
	/* Drafts of TLS 1.3 before the 22nd had two fields fewer. */
	is_draft = *version >> 8 == 0x7f;
	random = cur_take(&c, RANDOM);
	if (random == NULL || (!is_draft && !cur_vec8(&c, &session_id)) ||
	    !cur_u16(&c, &suite) || (!is_draft && !cur_u8(&c, &compression)) ||
	    !server_version(&c, version))
		return DISSECT_BAD;
	if (memcmp(random, retry_random, RANDOM) == 0)
		return DISSECT_OTHER;
	message_text(s->messages, MESSAGE_TLS_SERVER_HELLO, "");
	message_text(s->messages, MESSAGE_TLS_VERSION,
	    tls_version_name(hex, *version));
	message_text(s->messages, MESSAGE_TLS_CIPHER,
	    tls_suite_name(hex, suite));
	emit_time(session, s);
	return DISSECT_OK;
}
