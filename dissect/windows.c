/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What networks of Windows hosts speak, recognised: SMB ([MS-CIFS], [MS-SMB2])
 * over direct TCP or NetBIOS sessions (RFC 1002, section 4.3), Kerberos
 * (RFC 4120, section 5.10 and 7.2.2), LDAP and CLDAP (RFC 4511, section 4.1).
 */
#include "dissect/recognise.h"

/* Four bytes of length, then 0xff (1), 0xfe (2, 3) or 0xfd (encrypted). */
static enum probe
smb(const struct cur *data)
{
	const uint8_t *p = data->p;

	if (cur_len(data) < 8)
		return p[0] == 0 ? PROBE_MORE : PROBE_NO;
	if (p[0] != 0 || p[4] < 0xfc || memcmp(p + 5, "SMB", 3) != 0)
		return PROBE_NO;
	return PROBE_EITHER;
}

/* The length of a DER element's contents, behind its tag; 0: no such. */
static uint32_t
der_len(struct cur *c)
{
	uint32_t len = 0;
	uint8_t b;

	if (!cur_u8(c, &b))
		return 0;
	if (b < 0x80)
		return b;
	if (b == 0x80 || b > 0x84)
		return 0;
	for (unsigned n = b & 0x7f; n > 0; n--) {
		if (!cur_u8(c, &b))
			return 0;
		len = len << 8 | b;
	}
	return len;
}

/* AS, TGS and AP requests and replies, and errors; whole in n bytes. */
static bool
is_kerberos(struct cur c, size_t n)
{
	static const uint8_t tags[] = { 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
		0x7e };
	size_t before = cur_len(&c);
	uint32_t len;
	uint8_t tag;

	if (!cur_u8(&c, &tag) || memchr(tags, tag, sizeof(tags)) == NULL)
		return false;
	len = der_len(&c);
	return len > 8 && before - cur_len(&c) + len == n;
}

static enum probe
kerberos_tcp(const struct cur *data)
{
	struct cur c = *data;
	uint32_t n;

	if (!cur_u32(&c, &n) || cur_len(&c) < 6)
		return data->p[0] == 0 ? PROBE_MORE : PROBE_NO;
	return is_kerberos(c, n) ? PROBE_EITHER : PROBE_NO;
}

static enum probe
kerberos_udp(const struct cur *data)
{
	return is_kerberos(*data, cur_len(data)) ? PROBE_EITHER : PROBE_NO;
}

/* SEQUENCE { messageID INTEGER, protocolOp [APPLICATION n] … } */
static enum probe
ldap(const struct cur *data)
{
	struct cur c = *data, id;
	uint8_t tag, op;
	uint32_t len;

	if (cur_len(data) < 10)
		return PROBE_NO;
	if (!cur_u8(&c, &tag) || tag != 0x30)
		return PROBE_NO;
	len = der_len(&c);
	if (len < 5 || !cur_u8(&c, &tag) || tag != 0x02 || !cur_vec8(&c, &id) ||
	    cur_len(&id) == 0 || cur_len(&id) > 4 || !cur_u8(&c, &op))
		return PROBE_NO;
	if (op == 0x60 || op == 0x63 || op == 0x42 || op == 0x77)
		return PROBE_CLIENT;
	return op == 0x61 || op == 0x64 || op == 0x65 || op == 0x73 ||
		op == 0x78
	    ? PROBE_SERVER
	    : PROBE_NO;
}

const struct dissector smb_dissector = {
	.name = "smb",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "\0",
	.n_first = 1,
	.probe = smb,
	.stream = recognise_stream,
};

const struct dissector kerberos_tcp_dissector = {
	.name = "kerberos",
	.by = BY_TCP_PORT,
	KEYS(88),
	.is_app = true,
	.probe = kerberos_tcp,
	.stream = recognise_stream,
};

const struct dissector kerberos_dissector = {
	.name = "kerberos",
	.by = BY_UDP_DATA,
	.is_app = true,
	.first = "\x6a\x6b\x6c\x6d\x6e\x6f\x7e",
	.n_first = 7,
	.probe = kerberos_udp,
	.dissect = recognise_datagram,
};

const struct dissector ldap_tcp_dissector = {
	.name = "ldap",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "0",
	.n_first = 1,
	.probe = ldap,
	.stream = recognise_stream,
};

const struct dissector ldap_dissector = {
	.name = "ldap",
	.by = BY_UDP_DATA,
	.is_app = true,
	.first = "0",
	.n_first = 1,
	.probe = ldap,
	.dissect = recognise_datagram,
};
