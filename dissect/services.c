/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers recognised by their first bytes: MySQL (Protocol::HandshakeV10),
 * PostgreSQL (StartupMessage and SSLRequest), Redis (RESP), MQTT (3.1.1,
 * section 3.1), AMQP (0-9-1, section 4.2.2), XMPP (RFC 6120, section 4.2),
 * RDP ([MS-RDPBCGR], 2.2.1.1), Modbus/TCP (messaging guide 1.0b, 3.1.3), VNC (RFC 6143, section 7.1.1), RTSP (RFC 7826)
 * and BitTorrent (BEP 3).
 */
#include "dissect/recognise.h"

/* Length in three bytes, number 0, protocol 10, version as text. */
static enum probe
mysql(const struct cur *data)
{
	const uint8_t *p = data->p;
	uint32_t len;

	if (cur_len(data) < 8)
		return PROBE_NO;
	len = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
	return p[3] == 0 && p[4] == 10 && p[5] >= '3' && p[5] <= '9' &&
		(p[6] == '.' || p[7] == '.') && len >= 40 && len <= 512
	    ? PROBE_SERVER
	    : PROBE_NO;
}

static enum probe
postgresql(const struct cur *data)
{
	const uint8_t *p = data->p;

	if (cur_len(data) < 8)
		return PROBE_NO;
	if (be32(p) == 8 && be32(p + 4) == 80877103)
		return PROBE_CLIENT;
	return be32(p + 4) == 0x30000 && be32(p) >= 14 && be32(p) <= 2048 &&
		cur_len(data) >= 14 && memcmp(p + 8, "user", 5) == 0
	    ? PROBE_CLIENT
	    : PROBE_NO;
}

/* "*2\r\n\r\n…": an array of bulk strings. */
static enum probe
resp(const struct cur *data)
{
	size_t i = 1, n = cur_len(data);

	while (i < n && i < 8 && data->p[i] >= '0' && data->p[i] <= '9')
		i++;
	return i > 1 && i + 3 < n && memcmp(data->p + i, "\r\n$", 3) == 0
	    ? PROBE_CLIENT
	    : PROBE_NO;
}

static enum probe
mqtt(const struct cur *data)
{
	struct cur c = *data;
	uint8_t b;

	if (!cur_u8(&c, &b) || b != 0x10)
		return PROBE_NO;
	for (unsigned i = 0; i < 4; i++) {
		if (!cur_u8(&c, &b))
			return PROBE_MORE;
		if (b < 0x80)
			break;
	}
	if (cur_len(&c) < 8)
		return PROBE_MORE;
	return memcmp(c.p, "\0\4MQTT", 6) == 0 ||
		memcmp(c.p, "\0\6MQIsdp", 8) == 0
	    ? PROBE_CLIENT
	    : PROBE_NO;
}

static enum probe
amqp(const struct cur *data)
{
	return recognise_word(data, "AMQP", PROBE_CLIENT);
}

static enum probe
xmpp(const struct cur *data)
{
	static const char stream[] = "<stream:stream";

	if (recognise_word(data, stream, PROBE_EITHER) == PROBE_EITHER)
		return PROBE_EITHER;
	return recognise_word(data, "<?xml", PROBE_EITHER) == PROBE_EITHER &&
		recognise_in_line(data, stream)
	    ? PROBE_EITHER
	    : PROBE_NO;
}

/* TPKT, then a connection request or confirmation with a negotiation. */
static enum probe
rdp(const struct cur *data)
{
	const uint8_t *p = data->p;
	size_t n = cur_len(data);

	if (n < 11)
		return PROBE_NO;
	if (p[0] != 3 || p[1] != 0 || (p[5] != 0xe0 && p[5] != 0xd0))
		return PROBE_NO;
	if (p[5] == 0xe0 && n >= 28 &&
	    memcmp(p + 11, "Cookie: mstshash=", 17) == 0)
		return PROBE_CLIENT;
	if (n >= 19 && be16(p + 2) == 19 && be16(p + 13) == 0x0800)
		return p[5] == 0xe0 && p[11] == 1 ? PROBE_CLIENT
		    : p[5] == 0xd0 && p[11] == 2  ? PROBE_SERVER
						  : PROBE_NO;
	return PROBE_NO;
}

/* Transaction, protocol 0, length of what follows, unit, function. */
static enum probe
modbus(const struct cur *data)
{
	const uint8_t *p = data->p;

	return cur_len(data) >= 8 && be16(p + 2) == 0 && be16(p + 4) >= 2 &&
		be16(p + 4) <= 254
	    ? PROBE_EITHER
	    : PROBE_NO;
}

static enum probe
vnc(const struct cur *data)
{
	return recognise_word(data, "RFB 00", PROBE_EITHER);
}

/* "METHOD rtsp://…", or the first line of a response. */
static enum probe
rtsp(const struct cur *data)
{
	static const char scheme[] = " rtsp://";
	size_t n = cur_len(data), i = 0;

	if (recognise_word(data, "RTSP/1.0 ", PROBE_SERVER) == PROBE_SERVER)
		return PROBE_SERVER;
	while (i < n && i < 16 && data->p[i] >= 'A' && data->p[i] <= 'Z')
		i++;
	return n - i >= sizeof(scheme) - 1 &&
		memcmp(data->p + i, scheme, sizeof(scheme) - 1) == 0
	    ? PROBE_CLIENT
	    : PROBE_NO;
}

static enum probe
bittorrent(const struct cur *data)
{
	return recognise_word(data,
	    "\x13"
	    "BitTorrent protocol",
	    PROBE_EITHER);
}

#define SERVICE(name_, first_)                       \
	const struct dissector name_##_dissector = { \
		.name = #name_,                      \
		.by = BY_TCP_DATA,                   \
		.is_app = true,                      \
		.first = first_,                     \
		.n_first = sizeof(first_) - 1,       \
		.probe = name_,                      \
		.stream = recognise_stream,          \
	}

/* The server's length is below 256, so any byte may come first. */
const struct dissector mysql_dissector = {
	.name = "mysql",
	.by = BY_TCP_PORT,
	KEYS(3306),
	.is_app = true,
	.probe = mysql,
	.stream = recognise_stream,
};

const struct dissector modbus_dissector = {
	.name = "modbus",
	.by = BY_TCP_PORT,
	KEYS(502),
	.is_app = true,
	.probe = modbus,
	.stream = recognise_stream,
};

const struct dissector resp_dissector = {
	.name = "redis",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "*",
	.n_first = 1,
	.probe = resp,
	.stream = recognise_stream,
};

SERVICE(postgresql, "\0");
SERVICE(mqtt, "\x10");
SERVICE(amqp, "A");
SERVICE(xmpp, "<");
SERVICE(rdp, "\x03");
SERVICE(vnc, "R");
SERVICE(rtsp, "RODSPTGA");
SERVICE(bittorrent, "\x13");
