/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a large capture that looks like an office's uplink, from nothing.
 *
 * Hundreds of conversations are interleaved: DNS, HTTP, TLS, bulk TCP, UDP
 * media, NTP and ping over IPv4 and IPv6, some of them in VLANs, with ARP and
 * spanning tree between.  Hosts are chosen with a skew and conversations have
 * heavy-tailed sizes, so rankings have a head and a long tail.  One seed
 * always gives the same bytes.  Transport checksums are left zero, as a host
 * with checksum offload shows them.
 *
 * usage: mix [-n PACKETS] [-s SEED] [-r PACKETS_PER_S] -o FILE
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLOWS = 700, CLIENTS = 3000, SERVERS = 40000, NAMES = 30000 };
enum { MSS = 1400, FRAME = 1600, T0 = 1700000000 };

enum kind { DNS, HTTP, TLS, BULK, MEDIA, NTP, PING, KINDS };

/* How often each kind of conversation begins, in a thousand. */
static const unsigned share[KINDS] = { 380, 130, 280, 60, 60, 40, 50 };

struct flow {
	enum kind kind;
	bool is_v6;
	uint16_t vlan;
	uint16_t port;
	uint32_t client;
	uint32_t server;
	uint32_t step;
	uint32_t left; /* data packets still to come */
	uint32_t seq[2];
};

struct frame {
	uint8_t bytes[FRAME];
	uint32_t n;
};

static uint64_t state;
static struct flow flows[FLOWS];
static uint8_t noise[FRAME];

/* Marsaglia's xorshift64* with a fixed seed: the same mix everywhere. */
static uint64_t
rnd(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545F4914F6CDD1DULL;
}

static double
unit(void)
{
	return ((double)(rnd() >> 11) + 1.0) / 9007199254740993.0;
}

/* One of n, the low ones much oftener. */
static uint32_t
skewed(uint32_t n)
{
	double u = unit();
	uint32_t i = (uint32_t)(n * u * u * u);

	return i < n ? i : n - 1;
}

/* A Pareto size with exponent 1.15: most are small, a few are huge. */
static uint32_t
heavy(uint32_t max)
{
	double x = pow(unit(), -1.0 / 1.15);

	return x < max ? (uint32_t)x : max;
}

static void
put(struct frame *f, const void *bytes, uint32_t n)
{
	if (n > FRAME - f->n)
		n = FRAME - f->n;
	memcpy(f->bytes + f->n, bytes, n);
	f->n += n;
}

static void
put8(struct frame *f, uint32_t v)
{
	put(f, &(uint8_t){ (uint8_t)v }, 1);
}

static void
put16(struct frame *f, uint32_t v)
{
	put8(f, v >> 8);
	put8(f, v);
}

static void
put32(struct frame *f, uint32_t v)
{
	put16(f, v >> 16);
	put16(f, v);
}

static void
poke16(struct frame *f, uint32_t at, uint32_t v)
{
	f->bytes[at] = (uint8_t)(v >> 8);
	f->bytes[at + 1] = (uint8_t)v;
}

static void
begin(struct flow *w)
{
	unsigned dice = (unsigned)(rnd() % 1000);
	unsigned kind = 0;

	while (kind < KINDS - 1 && dice >= share[kind])
		dice -= share[kind++];
	*w = (struct flow){ .kind = (enum kind)kind };
	w->client = skewed(CLIENTS);
	w->server = kind == DNS ? skewed(3) : skewed(SERVERS);
	w->is_v6 = w->server % 5 == 0 && w->client % 2 == 0;
	w->vlan = w->client % 7 == 0 ? (uint16_t)(100 + w->client % 4) : 0;
	w->port = (uint16_t)(32768 + rnd() % 28000);
	w->seq[0] = (uint32_t)rnd();
	w->seq[1] = (uint32_t)rnd();
	w->left = 1;
	if (kind == HTTP || kind == TLS)
		w->left = 3 + heavy(3000);
	else if (kind == BULK)
		w->left = 40 * heavy(2000);
	else if (kind == MEDIA)
		w->left = 20 * heavy(1000);
	else if (kind == PING)
		w->left = 2 * heavy(30);
}

static void
ether(struct frame *f, const struct flow *w, bool up)
{
	uint8_t a[6] = { 2, 0, 0, 0, 0, 1 };
	uint8_t b[6] = { 2, 0, 1, 0, (uint8_t)(w->client >> 8),
		(uint8_t)w->client };

	f->n = 0;
	put(f, up ? a : b, 6);
	put(f, up ? b : a, 6);
	if (w->vlan) {
		put16(f, 0x8100);
		put16(f, w->vlan);
	}
	put16(f, w->is_v6 ? 0x86DD : 0x0800);
}

/* The address that stands for a client or a server. */
static void
put_addr(struct frame *f, const struct flow *w, bool client)
{
	uint32_t i = client ? w->client : w->server;

	if (!w->is_v6) {
		put32(f, client ? 0x0A000000 + i : 0xC6120000 + i);
		return;
	}
	put32(f, 0x20010DB8);
	put32(f, client ? 1 : 2 + i % 50);
	put32(f, 0);
	put32(f, i + 1);
}

/* The header of an IP packet whose length finish() fills in. */
static uint32_t
ip(struct frame *f, const struct flow *w, bool up, uint8_t proto)
{
	uint32_t at = f->n;

	if (w->is_v6) {
		put32(f, 0x60000000);
		put16(f, 0);
		put8(f, proto == 1 ? 58 : proto);
		put8(f, 64);
	} else {
		put16(f, 0x4500);
		put16(f, 0);
		put16(f, (uint32_t)rnd() & 0xFFFF);
		put16(f, 0x4000);
		put8(f, up ? 64 : 54);
		put8(f, proto);
		put16(f, 0);
	}
	put_addr(f, w, up);
	put_addr(f, w, !up);
	return at;
}

static void
finish(struct frame *f, const struct flow *w, uint32_t at)
{
	uint32_t sum = 0;

	if (w->is_v6) {
		poke16(f, at + 4, f->n - at - 40);
		return;
	}
	poke16(f, at + 2, f->n - at);
	for (uint32_t i = at; i < at + 20; i += 2)
		sum += (uint32_t)(f->bytes[i] << 8 | f->bytes[i + 1]);
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	poke16(f, at + 10, ~sum & 0xFFFF);
}

static uint32_t
udp(struct frame *f, const struct flow *w, bool up, uint16_t port)
{
	uint32_t at = f->n;

	put16(f, up ? w->port : port);
	put16(f, up ? port : w->port);
	put32(f, 0);
	return at;
}

static void
tcp(struct frame *f, struct flow *w, bool up, uint8_t flags, uint32_t data)
{
	uint16_t port = w->kind == HTTP ? 80 : w->kind == TLS ? 443 : 445;

	put16(f, up ? w->port : port);
	put16(f, up ? port : w->port);
	put32(f, w->seq[!up]);
	put32(f, w->seq[up]);
	put8(f, 5 << 4);
	put8(f, flags);
	put16(f, 64240);
	put32(f, 0);
	w->seq[!up] += data + (flags & 3 ? 1 : 0);
}

static void
name_of(char *out, size_t size, uint32_t i)
{
	static const char *const kinds[] = { "www", "api", "cdn", "img",
		"login", "static" };

	snprintf(out, size, "%s.site-%" PRIu32 ".example", kinds[i % 6], i);
}

static void
dns(struct frame *f, const struct flow *w, bool up)
{
	char name[64];
	uint32_t at = udp(f, w, up, 53);

	name_of(name, sizeof name,
	    w->seq[0] % 8 ? w->seq[1] % 300 : w->seq[1] % NAMES);
	put16(f, w->port);
	put16(f, up ? 0x0100 : 0x8180);
	put16(f, 1);
	put16(f, up ? 0 : 1);
	put32(f, 0);
	for (char *p = name, *q; *p; p = *q ? q + 1 : q) {
		for (q = p; *q && *q != '.'; q++)
			;
		put8(f, (uint32_t)(q - p));
		put(f, p, (uint32_t)(q - p));
	}
	put8(f, 0);
	put32(f, (w->is_v6 ? 28u : 1u) << 16 | 1);
	if (!up) {
		put16(f, 0xC00C);
		put32(f, 1u << 16 | 1);
		put32(f, 300);
		put16(f, 4);
		put32(f, 0xC6120000 + w->seq[1] % SERVERS);
	}
	poke16(f, at + 4, f->n - at);
}

static uint32_t
http_request(uint8_t *out, const struct flow *w)
{
	char name[64];

	name_of(name, sizeof name, w->server % NAMES);
	return (uint32_t)snprintf((char *)out, 700,
	    "GET /files/%" PRIu32 "/page.html?id=%" PRIu32 " HTTP/1.1\r\n"
	    "Host: %s\r\nUser-Agent: mix/1.0\r\nAccept: */*\r\n"
	    "Accept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n",
	    w->seq[0] % 97, w->seq[1] % 11, name);
}

static uint32_t
tls_hello(uint8_t *out, const struct flow *w)
{
	static const uint8_t suites[] = { 0, 6, 0x13, 1, 0x13, 2, 0x13, 3, 1,
		0 };
	static const uint8_t more[] = { 0, 10, 0, 4, 0, 2, 0, 29, 0, 43, 0, 3,
		2, 3, 4 };
	struct frame f = { .n = 0 };
	char name[64];
	uint32_t ext;
	uint32_t n;

	name_of(name, sizeof name, w->server % NAMES);
	n = (uint32_t)strlen(name);
	put(&f, "\x16\x03\x01\0\0\x01\0\0\0\x03\x03", 11);
	put(&f, noise, 32);
	put8(&f, 32);
	put(&f, noise + 32, 32);
	put(&f, suites, sizeof suites);
	ext = f.n;
	put16(&f, 0);
	put16(&f, 0);
	put16(&f, n + 5);
	put16(&f, n + 3);
	put8(&f, 0);
	put16(&f, n);
	put(&f, name, n);
	put(&f, more, sizeof more);
	put32(&f, 21u << 16 | 180);
	put(&f, (const uint8_t[180]){ 0 }, 180);
	poke16(&f, ext, f.n - ext - 2);
	poke16(&f, 3, f.n - 5);
	poke16(&f, 7, f.n - 9);
	memcpy(out, f.bytes, f.n);
	return f.n;
}

/* The next packet of a TCP conversation; false when that was its last. */
static bool
tcp_step(struct frame *f, struct flow *w)
{
	uint8_t first[FRAME];
	uint32_t n = 0;
	uint32_t at;
	bool up = true;
	uint8_t flags = 0x10;

	switch (w->step++) {
	case 0:
		flags = 0x02;
		break;
	case 1:
		up = false;
		flags = 0x12;
		break;
	case 2:
		break;
	case 3:
		flags = 0x18;
		n = w->kind == HTTP  ? http_request(first, w)
		    : w->kind == TLS ? tls_hello(first, w)
				     : 90;
		if (w->kind == BULK)
			memcpy(first, noise, n);
		break;
	default:
		up = w->kind == BULK ? w->step % 3 != 0 : w->step % 3 == 0;
		if (up != (w->kind == BULK))
			break;
		n = w->left == 1    ? 1 + w->seq[0] % MSS
		    : w->client % 3 ? 200
				    : MSS;
		memcpy(first, noise + n % 199, n);
		if (--w->left == 0)
			flags = 0x11;
	}
	ether(f, w, up);
	at = ip(f, w, up, 6);
	tcp(f, w, up, flags, n);
	put(f, first, n);
	finish(f, w, at);
	return w->left > 0;
}

static bool
udp_step(struct frame *f, struct flow *w)
{
	bool up = w->step++ % 2 == 0;
	uint32_t at;
	uint32_t u;

	if (w->kind == MEDIA)
		up = w->step % 16 == 0;
	ether(f, w, up);
	at = ip(f, w, up, w->kind == PING ? 1 : 17);
	if (w->kind == DNS) {
		dns(f, w, up);
	} else if (w->kind == PING) {
		put16(f, (w->is_v6 ? 0x8000u : 0x0800u) + (up ? 0 : 0x100));
		put16(f, 0);
		put(f, noise, 60);
	} else {
		u = udp(f, w, up, w->kind == NTP ? 123 : 443);
		put(f, noise, w->kind == NTP ? 48 : up ? 60 : 1200);
		poke16(f, u + 4, f->n - u);
	}
	finish(f, w, at);
	if (w->kind == MEDIA || w->kind == PING)
		return --w->left > 0;
	return w->step < 2;
}

static void
arp_or_tree(struct frame *f)
{
	f->n = 0;
	if (rnd() % 2) {
		put(f, "\xff\xff\xff\xff\xff\xff\2\0\1\0\0\7\x08\x06", 14);
		put(f, "\0\1\x08\0\6\4\0\1", 8);
		put(f, noise, 38);
	} else {
		put(f, "\1\x80\xc2\0\0\0\2\0\0\0\0\1\0\x26", 14);
		put(f, "\x42\x42\x03", 3);
		put(f, noise, 43);
	}
}

static void
packet(struct frame *f)
{
	struct flow *w = &flows[rnd() % FLOWS];
	bool more;

	if (rnd() % 2000 == 0) {
		arp_or_tree(f);
		return;
	}
	if (w->kind == HTTP || w->kind == TLS || w->kind == BULK)
		more = tcp_step(f, w);
	else
		more = udp_step(f, w);
	if (!more)
		begin(w);
}

static void
write_all(FILE *out, uint64_t n, double rate)
{
	const uint32_t head[6] = { 0xA1B2C3D4, 2 | 4 << 16, 0, 0, 262144, 1 };
	struct frame f;
	double t = 0;

	fwrite(head, sizeof head, 1, out);
	for (uint64_t i = 0; i < n; i++) {
		packet(&f);
		t -= log(unit()) / rate;
		uint64_t us = (uint64_t)(t * 1e6);
		uint32_t record[4] = { (uint32_t)(T0 + us / 1000000),
			(uint32_t)(us % 1000000), f.n, f.n };
		fwrite(record, sizeof record, 1, out);
		fwrite(f.bytes, f.n, 1, out);
	}
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	uint64_t n = 2000000;
	double rate = 100000;
	FILE *out;
	int c;

	state = 20240229;
	while ((c = getopt(argc, argv, "n:s:r:o:")) != -1) {
		if (c == 'n')
			n = strtoull(optarg, NULL, 10);
		else if (c == 's')
			state = strtoull(optarg, NULL, 10) | 1;
		else if (c == 'r')
			rate = strtod(optarg, NULL);
		else if (c == 'o')
			path = optarg;
		else
			return 2;
	}
	if (path == NULL || (out = fopen(path, "wb")) == NULL) {
		fprintf(stderr, "usage: mix [-n N] [-s SEED] [-r RATE] -o F\n");
		return 2;
	}
	for (unsigned i = 0; i < FRAME; i++)
		noise[i] = (uint8_t)(rnd() >> 24);
	for (unsigned i = 0; i < FLOWS; i++)
		begin(&flows[i]);
	write_all(out, n, rate);
	return fclose(out) == 0 ? 0 : 1;
}
