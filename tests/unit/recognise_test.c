/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is recognised by its first bytes: each sample by its own dissector and
 * by no other, and never by reading past its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "dissect/dissect.h"
#include "tests/lib/feed.h"
#include "tests/lib/guard.h"

static struct dissect d;

struct sample {
	const char *app;
	uint8_t proto;
	uint16_t port;
	enum probe said;
	const char *bytes;
	size_t n;
};

#define S(app, proto, port, said, bytes)                                 \
	{                                                                \
		app, proto, port, PROBE_##said, bytes, sizeof(bytes) - 1 \
	}
#define FF4 "\xff\xff\xff\xff"
#define Z4 "\0\0\0\0"

static const struct sample samples[] = {
	S("ssh", 6, 22, EITHER, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
	S("ssh", 6, 2022, EITHER, "SSH-1.99-Cisco-1.25\n"),
	S("sip", 6, 5060, CLIENT,
	    "INVITE sip:bob@example.org SIP/2.0\r\nVia: x\r\n"),
	S("sip", 6, 5060, SERVER, "SIP/2.0 200 OK\r\n"),
	S("rtsp", 6, 554, CLIENT,
	    "DESCRIBE rtsp://192.0.2.1/a RTSP/1.0\r\nCSeq: 2\r\n"),
	S("smb", 6, 445, EITHER, "\0\0\0\x40\xfeSMB\x40\0"),
	S("smb", 6, 139, EITHER, "\0\0\0\x40\xffSMB\x72\0"),
	S("kerberos", 6, 88, EITHER,
	    "\0\0\0\x10\x6a\x0e"
	    "12345678901234"),
	S("ldap", 6, 389, CLIENT,
	    "0\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0"),
	S("ldap", 6, 389, SERVER,
	    "0\x84\0\0\0\x10\x02\x01\x01\x61\x84\0\0\0\x07\x0a"),
	S("bgp", 6, 179, EITHER, FF4 FF4 FF4 FF4 "\0\x13\x04"),
	S("smtp", 6, 25, SERVER, "220 mx.example.org ESMTP\r\n"),
	S("smtp", 6, 587, CLIENT, "ehlo client.example.org\r\n"),
	S("ftp", 6, 21, SERVER, "220 FTP server ready\r\n"),
	S("pop3", 6, 110, SERVER, "+OK ready\r\n"),
	S("imap", 6, 143, SERVER, "* OK IMAP4rev1\r\n"),
	S("mysql", 6, 3306, SERVER,
	    "\x4a\0\0\0\x0a"
	    "8.0.36\0"),
	S("modbus", 6, 502, EITHER, "\0\x01\0\0\0\x06\x01\x03\0\0\0\x0a"),
	S("redis", 6, 6379, CLIENT, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"),
	S("postgresql", 6, 5432, CLIENT, "\0\0\0\x08\x04\xd2\x16\x2f"),
	S("postgresql", 6, 5432, CLIENT, "\0\0\0\x0f\0\3\0\0user\0a"),
	S("mqtt", 6, 1883, CLIENT, "\x10\x0c\0\4MQTT\x04\x02\0\x3c\0\0"),
	S("amqp", 6, 5672, CLIENT, "AMQP\0\0\x09\x01"),
	S("xmpp", 6, 5222, EITHER,
	    "<?xml version='1.0'?><stream:stream to='example.org'>"),
	S("rdp", 6, 3389, CLIENT,
	    "\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0"),
	S("vnc", 6, 5900, EITHER, "RFB 003.008\n"),
	S("bittorrent", 6, 6881, EITHER,
	    "\x13"
	    "BitTorrent protocol" Z4),
	S("sip", 17, 5060, CLIENT, "OPTIONS sip:192.0.2.1 SIP/2.0\r\n"),
	S("kerberos", 17, 88, EITHER,
	    "\x6a\x0e"
	    "12345678901234"),
	S("ldap", 17, 389, CLIENT,
	    "0\x0c\x02\x01\x01\x63\x07\x02\x01\x03\x04\0"),
	S("ike", 17, 500, EITHER,
	    "12345678"
	    "\0\0\0\0\0\0\0\0"
	    "\x21\x20\x22\x08" Z4 "\0\0\0\x1c"),
	S("ike", 17, 4500, EITHER, "\x12\x34\x56\x78" Z4 Z4),
};

/* What a UDP datagram with these bytes is recognised as. */
static const char *
udp_app(const struct sample *s, const uint8_t *bytes, size_t n)
{
	static struct pkt pkt;
	uint8_t frame[28 + 256] = { 0x45 };

	frame[2] = (uint8_t)((28 + n) >> 8);
	frame[3] = (uint8_t)(28 + n);
	frame[9] = 17;
	frame[20] = 0xc0;
	frame[22] = (uint8_t)(s->port >> 8);
	frame[23] = (uint8_t)s->port;
	frame[24] = (uint8_t)((8 + n) >> 8);
	frame[25] = (uint8_t)(8 + n);
	memcpy(frame + 28, bytes, n);
	dissect_packet(&d, &pkt, 12, guard_put(frame, 28 + n),
	    (uint32_t)(28 + n), (uint32_t)(28 + n));
	return pkt.app == 0 ? "" : d.list[pkt.app - 1]->name;
}

static enum probe
tcp_app(const struct sample *s, const uint8_t *bytes, size_t n,
    const char **app)
{
	struct tuple t = { .sport = 40000, .dport = s->port };
	struct cur c = { bytes, bytes + n };
	unsigned index = 0;
	enum probe said = dissect_probe_tcp(&d, &t, &c, &index);

	*app = said > PROBE_MORE ? d.list[index]->name : "";
	return said;
}

static void
samples_are_recognised(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		const char *app;

		if (s->proto == 17) {
			assert_string_equal(udp_app(s,
						(const uint8_t *)s->bytes,
						s->n),
			    s->app);
			continue;
		}
		assert_int_equal(tcp_app(s, guard_put(s->bytes, s->n), s->n,
				     &app),
		    s->said);
		assert_string_equal(app, s->app);
	}
}

/* A shorter one is recognised as the same, as nothing, or has to wait. */
static void
shorter_ones_are_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];

		for (size_t n = 1; n < s->n; n++) {
			const uint8_t *p = guard_put(s->bytes, n);
			const char *app;

			if (s->proto == 17)
				app = udp_app(s, p, n);
			else
				tcp_app(s, p, n, &app);
			if (strcmp(app, "") != 0)
				assert_string_equal(app, s->app);
		}
	}
}

/* None of these is a protocol that we know. */
static void
others_are_not(void **state)
{
	static const struct sample none[] = {
		S("", 6, 80, NO, "SSH_2.0-x\r\n"),
		S("", 6, 80, NO, "220 ready\r\n"),
		S("", 6, 80, NO, "\0\0\0\x40\xfeSMX\x40\0"),
		S("", 6, 80, NO, FF4 FF4 FF4 FF4 "\0\x12\x04"),
		S("", 6, 80, NO, FF4 FF4 FF4 FF4 "\0\x13\x06"),
		S("", 6, 80, NO,
		    "\x4a\0\0\0\x0a"
		    "8.0.36\0"),
		S("", 6, 80, NO, "*2\r\n+3\r\nGET"),
		S("", 6, 80, NO, "\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x09"),
		S("", 6, 88, NO,
		    "\0\0\0\x11\x6a\x0e"
		    "12345678901234"),
		S("", 6, 502, NO, "\0\x01\0\1\0\x06\x01\x03\0\0\0\x0a"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		const char *app;

		assert_int_equal(tcp_app(&none[i],
				     (const uint8_t *)none[i].bytes, none[i].n,
				     &app),
		    PROBE_NO);
	}
}

static void
banners_and_requests_are_messages(void **state)
{
	static struct feed f;
	static const char banner[] = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";
	static const char sip[] = "REGISTER sip:example.org SIP/2.0\r\n";
	extern const struct dissector ssh_dissector, sip_tcp_dissector;

	(void)state;
	for (size_t piece = 0; piece < 9; piece++) {
		feed_init(&f, &ssh_dissector, NULL);
		feed(&f, true, banner, sizeof(banner) - 1, piece, true);
		assert_string_equal(f.log, "SSH OpenSSH_9.2p1 Debian-2\n");
	}
	feed_init(&f, &sip_tcp_dissector, NULL);
	feed(&f, false, sip, sizeof(sip) - 1, 0, false);
	assert_string_equal(f.log, "SIP REGISTER sip:example.org\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_recognised),
		cmocka_unit_test(shorter_ones_are_nothing_else),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(banners_and_requests_are_messages),
	};

	dissect_init(&d, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
