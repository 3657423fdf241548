/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/quic_keys.h"

#include <string.h>

enum { SALT = 20, SAMPLE = 16, SECRET = 32 };

struct quic_version {
	uint32_t first, last;
	uint8_t salt[SALT];
	bool is_v2; /* other types of packets, other labels */
};

static const struct quic_version versions[] = {
	{ 1, 1,
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
	    false },
	{ 0x6b3343cf, 0x6b3343cf,
	    { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81,
		0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 },
	    true },
	/* draft-ietf-quic-v2 */
	{ 0x709a50c4, 0x709a50c4,
	    { 0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d, 0x62,
		0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3 },
	    true },
	/* draft-ietf-quic-tls-33 and -34: as version 1 */
	{ 0xff000021, 0xff000022,
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
	    false },
	/* -29 to -32 */
	{ 0xff00001d, 0xff000020,
	    { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86,
		0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 },
	    false },
	/* -23 to -28 */
	{ 0xff000017, 0xff00001c,
	    { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2,
		0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 },
	    false },
	/* mvfst, as -27 */
	{ 0xfaceb002, 0xfaceb002,
	    { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2,
		0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 },
	    false },
};

const struct quic_version *
quic_version_find(uint32_t number)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (number >= versions[i].first && number <= versions[i].last)
			return &versions[i];
	return NULL;
}

/* RFC 9000, section 17.2; RFC 9369, section 3.2. */
enum quic_type
quic_packet_type(const struct quic_version *version, uint8_t first)
{
	unsigned type = first >> 4;

	return (enum quic_type)((version->is_v2 ? type - 1 : type) & 3);
}

bool
quic_is_able(const struct codecs *codecs)
{
	return codecs->hmac_sha256 != NULL && codecs->aes128 != NULL &&
	    codecs->aes128_gcm_open != NULL;
}

/* HKDF-Expand-Label (RFC 8446, section 7.1) of at most one hash. */
static void
expand(uint8_t *out, size_t n, const uint8_t secret[SECRET], const char *label,
    const struct codecs *codecs)
{
	uint8_t info[32] = { 0, (uint8_t)n }, full[SECRET];
	size_t len = strlen(label);

	info[2] = (uint8_t)len;
	memcpy(info + 3, label, len);
	/* An empty context, and the number of the block. */
	info[3 + len] = 0;
	info[4 + len] = 1;
	codecs->hmac_sha256(full, secret, SECRET, info, 5 + len);
	memcpy(out, full, n);
}

void
quic_keys_derive(struct quic_keys *keys, const struct quic_version *version,
    const uint8_t *dcid, size_t n_dcid, bool is_server,
    const struct codecs *codecs)
{
	uint8_t initial[SECRET], secret[SECRET];
	bool is_v2 = version->is_v2;

	codecs->hmac_sha256(initial, version->salt, SALT, dcid, n_dcid);
	expand(secret, SECRET, initial,
	    is_server ? "tls13 server in" : "tls13 client in", codecs);
	expand(keys->key, sizeof(keys->key), secret,
	    is_v2 ? "tls13 quicv2 key" : "tls13 quic key", codecs);
	expand(keys->iv, sizeof(keys->iv), secret,
	    is_v2 ? "tls13 quicv2 iv" : "tls13 quic iv", codecs);
	expand(keys->hp, sizeof(keys->hp), secret,
	    is_v2 ? "tls13 quicv2 hp" : "tls13 quic hp", codecs);
}

/*
 * The number's high bits are taken for 0: nobody sends that many Initials
 * (RFC 9000, appendix A.3).
 */
bool
quic_open(uint8_t out[QUIC_PACKET_MAX], size_t *n, const struct quic_keys *keys,
    const struct cur *packet, size_t pn, const struct codecs *codecs)
{
	uint8_t head[QUIC_PACKET_MAX], mask[16], iv[12];
	size_t len = cur_len(packet), n_pn;

	/* RFC 9001, section 5.4.2: as if the number had four bytes. */
	if (len > QUIC_PACKET_MAX || len < pn + 4 + SAMPLE)
		return false;
	codecs->aes128(mask, keys->hp, packet->p + pn + 4);
	memcpy(head, packet->p, pn + 4);
	head[0] ^= mask[0] & 0x0f;
	n_pn = 1 + (head[0] & 3);
	memcpy(iv, keys->iv, sizeof(iv));
	for (size_t i = 0; i < n_pn; i++) {
		head[pn + i] ^= mask[1 + i];
		iv[sizeof(iv) - n_pn + i] ^= head[pn + i];
	}
	pn += n_pn;
	if (len < pn + QUIC_TAG ||
	    !codecs->aes128_gcm_open(out, keys->key, iv, head, pn,
		packet->p + pn, len - pn))
		return false;
	*n = len - pn - QUIC_TAG;
	return true;
}
