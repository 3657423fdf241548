/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS ClientHello (RFC 8446, section 4.1.2; the same since SSL 3.0) in one
 * record and one segment, on any port: the server name asked for (RFC 6066,
 * section 3).  A hello that goes on in the next segment gives no message.
 */
#include "dissect/dissect.h"

#include <string.h>

enum {
	RECORD_CHANGE_CIPHER_SPEC = 0x14,
	RECORD_HANDSHAKE = 0x16,
	RECORD_MAX = 16384 + 2048, /* RFC 5246, section 6.2.3 */
	CLIENT_HELLO = 1,
	EXTENSION_SERVER_NAME = 0,
	EXTENSIONS_MAX = 64
};

/*
 * A second hello, after a retry request, may stand behind a dummy record
 * (RFC 8446, appendix D.4).
 */
static void
skip_change_cipher_spec(struct cur *c)
{
	static const uint8_t rest[] = { 0x00, 0x01, 0x01 };

	if (cur_len(c) >= 6 && c->p[0] == RECORD_CHANGE_CIPHER_SPEC &&
	    c->p[1] == 3 && memcmp(c->p + 3, rest, sizeof(rest)) == 0)
		c->p += 6;
}

static bool
probe(const struct cur *data)
{
	struct cur c = *data;
	const uint8_t *p;

	skip_change_cipher_spec(&c);
	p = c.p;
	return cur_len(&c) >= 6 && p[0] == RECORD_HANDSHAKE && p[1] == 3 &&
	    p[2] <= 4 && p[5] == CLIENT_HELLO;
}

/* Reads the first host name of the extension; *name stays empty without. */
static bool
server_name(struct cur *data, struct cur *name)
{
	struct cur list, entry;
	uint8_t type;

	if (cur_len(data) == 0)
		return true;
	if (!cur_vec16(data, &list))
		return false;
	/* One type is defined, so the second entry cannot be another name. */
	if (cur_len(&list) == 0)
		return true;
	if (!cur_u8(&list, &type) || !cur_vec16(&list, &entry))
		return false;
	if (type == 0)
		*name = entry;
	return true;
}

static bool
extensions(struct cur *list, struct cur *name)
{
	for (unsigned i = 0; cur_len(list) > 0; i++) {
		struct cur data;
		uint16_t type;

		if (i == EXTENSIONS_MAX || !cur_u16(list, &type) ||
		    !cur_vec16(list, &data))
			return false;
		if (type == EXTENSION_SERVER_NAME && cur_len(name) == 0 &&
		    !server_name(&data, name))
			return false;
	}
	return true;
}

/* SSL 3.0 and TLS 1.2 may end before the extensions. */
static bool
hello(struct cur *c, struct cur *name)
{
	struct cur session, suites, compression, list;

	if (cur_take(c, 2 + 32) == NULL || !cur_vec8(c, &session) ||
	    !cur_vec16(c, &suites) || !cur_vec8(c, &compression))
		return false;
	if (cur_len(c) == 0)
		return true;
	return cur_vec16(c, &list) && extensions(&list, name);
}

static enum verdict
tls(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur, record, body, name;
	const uint8_t *h;
	uint32_t len;
	uint8_t type;

	skip_change_cipher_spec(&c);
	h = cur_take(&c, 5);
	if (h == NULL)
		return DISSECT_SHORT;
	if (be16(h + 3) > RECORD_MAX)
		return DISSECT_BAD;
	if (!cur_sub(&c, be16(h + 3), &record))
		return layer->cut ? DISSECT_SHORT : DISSECT_OK;
	if (!cur_u8(&record, &type) || !cur_u24(&record, &len))
		return DISSECT_BAD;
	if (!cur_sub(&record, len, &body))
		return DISSECT_OK; /* goes on in the next record */
	name = (struct cur){ body.p, body.p };
	if (!hello(&body, &name))
		return DISSECT_BAD;
	if (cur_len(&name) > 0 && name.end[-1] == '.')
		name.end--;
	pkt_message(pkt, MESSAGE_TLS_CLIENT_HELLO, name.p, cur_len(&name),
	    true);
	return DISSECT_OK;
}

const struct dissector tls_dissector = {
	.name = "tls",
	.by = BY_TCP_DATA,
	.probe = probe,
	.dissect = tls,
};
