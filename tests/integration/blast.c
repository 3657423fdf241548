/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends a known number of UDP packets from an interface, paced, and says how
 * many packets and bytes went out.  For tests, inside of a namespace only.
 *
 *   blast IFACE COUNT [PPS [SOURCES [SIZE]]]
 *
 * PPS 0 is as fast as it goes.  The packets come from SOURCES addresses in
 * turn (16 if 0), 10.0.0.1 onwards; every 100th from 198.51.100.1, the heavy
 * hitter.  SIZE is that of the frame; 0 mixes small, middle and big.  Each
 * packet holds its number, so that a witness can tell which one is missing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, FRAME_MAX = 1514, HEADERS = 14 + 20 + 8 };

struct plan {
	uint64_t count, pps, sources;
	size_t size;
};

static uint8_t frames[BATCH][FRAME_MAX];
static struct iovec iov[BATCH];
static struct mmsghdr msgs[BATCH];

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* What is the same in all packets. */
static void
frame_init(uint8_t *f)
{
	static const uint8_t head[] = {
		0x02, 0, 0, 0, 0, 0x02, /* to */
		0x02, 0, 0, 0, 0, 0x01, /* from */
		0x08, 0x00, /* IPv4 */
		0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, /* UDP */
		0, 0, 0, 0, 203, 0, 113, 0, /* addresses */
	};

	memcpy(f, head, sizeof(head));
}

static size_t
size_of(const struct plan *p, uint64_t i)
{
	static const size_t mix[] = { 60, 60, 570, 60, 1514, 60, 570, 60, 60,
		570, 60, 1514 };

	return p->size != 0 ? p->size : mix[i % (sizeof(mix) / sizeof(*mix))];
}

/* Packet number i, in f; returns its size. */
static size_t
frame_fill(uint8_t *f, const struct plan *p, uint64_t i)
{
	size_t size = size_of(p, i);
	uint8_t *ip = f + 14, *udp = ip + 20;
	uint32_t sum = 0;

	put16(ip + 2, (unsigned)size - 14);
	put16(ip + 4, (unsigned)(i & 0xffff));
	put16(ip + 10, 0);
	put32(ip + 12,
	    i % 100 == 99 ? 0xc6336401
			  : 0x0a000001 + (uint32_t)(i % p->sources));
	ip[19] = (uint8_t)(1 + i % 8);
	for (int k = 0; k < 20; k += 2)
		sum += (uint32_t)(ip[k] << 8 | ip[k + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum & 0xffff);
	put16(udp, 1024 + (unsigned)(i % 4096));
	put16(udp + 2, 9 + (unsigned)(i % 5));
	put16(udp + 4, (unsigned)size - 34);
	put32(udp + 8, (uint32_t)(i >> 32));
	put32(udp + 12, (uint32_t)i);
	return size;
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Waits until packet number i is due. */
static void
pace(const struct plan *p, int64_t start, uint64_t i)
{
	int64_t due, now;

	if (p->pps == 0)
		return;
	due = start + (int64_t)((double)i * 1e9 / (double)p->pps);
	while ((now = now_ns()) < due)
		if (due - now > 100000) {
			struct timespec ts = { 0, due - now - 60000 };

			if (ts.tv_nsec > 999999999)
				ts.tv_nsec = 999999999;
			nanosleep(&ts, NULL);
		}
}

/* Sends n prepared messages; a full queue is waited for. */
static bool
send_all(int fd, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		int r = sendmmsg(fd, msgs + done, n - done, 0);

		if (r > 0) {
			done += (unsigned)r;
		} else if (errno == ENOBUFS || errno == EAGAIN) {
			struct pollfd pfd = { fd, POLLOUT, 0 };

			poll(&pfd, 1, 1);
		} else if (errno != EINTR) {
			perror("blast: sendmmsg");
			return false;
		}
	}
	return true;
}

static bool
run(int fd, const struct plan *p)
{
	uint64_t bytes = 0;
	int64_t start = now_ns();

	for (uint64_t i = 0; i < p->count;) {
		unsigned n = 0;

		for (; n < BATCH && i + n < p->count; n++) {
			iov[n].iov_len = frame_fill(frames[n], p, i + n);
			bytes += iov[n].iov_len;
		}
		pace(p, start, i);
		if (!send_all(fd, n))
			return false;
		i += n;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", p->count, bytes);
	return true;
}

static int
open_on(const char *name)
{
	struct sockaddr_ll sa = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	sa.sll_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || sa.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		perror(name);
		return -1;
	}
	return fd;
}

int
main(int argc, char **argv)
{
	struct plan p = { 0, 0, 16, 60 };
	int fd;

	if (argc < 3) {
		fprintf(stderr,
		    "usage: blast IFACE COUNT [PPS [SOURCES [SIZE]]]\n");
		return 2;
	}
	p.count = strtoull(argv[2], NULL, 10);
	if (argc > 3)
		p.pps = strtoull(argv[3], NULL, 10);
	if (argc > 4 && strcmp(argv[4], "0") != 0)
		p.sources = strtoull(argv[4], NULL, 10);
	if (argc > 5)
		p.size = strtoull(argv[5], NULL, 10);
	if (p.sources == 0 || p.size > FRAME_MAX ||
	    (p.size != 0 && p.size < HEADERS + 8)) {
		fprintf(stderr, "blast: bad number\n");
		return 2;
	}
	fd = open_on(argv[1]);
	if (fd < 0)
		return 1;
	for (unsigned i = 0; i < BATCH; i++) {
		frame_init(frames[i]);
		iov[i].iov_base = frames[i];
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	return run(fd, &p) ? 0 : 1;
}
