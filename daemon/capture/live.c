/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/live.h"

#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	BATCH = 256, /* packets per dispatch: timers come in between */
	BLOCK_MS = 20, /* the kernel hands a block on after this time */
	DELAY_MS = 150, /* later than this no packet of a moment comes */
	COPY_BYTES = 512 * 1024 /* a few of the largest packets */
};

struct live {
	struct live_config config;
	pcap_t *pcap;
	int dlt;
	int64_t last_ns; /* of the last packet */
	struct live_stats stats;
	struct pcap_stat before;
	/*
	 * libpcap gives blocks of the ring back when it likes, so what has to
	 * stay for a batch is copied.
	 */
	size_t n_copied;
	uint8_t copy[COPY_BYTES];
};

int
live_fd(const struct live *l)
{
	return pcap_get_selectable_fd(l->pcap);
}

/* What the packet socket is bound to; false: it is none. */
static bool
socket_address(const struct live *l, struct sockaddr_ll *sa)
{
	union {
		struct sockaddr *any;
		struct sockaddr_ll *ll;
	} p = { .ll = sa };
	socklen_t n = sizeof(*sa);

	*sa = (struct sockaddr_ll){ .sll_family = AF_UNSPEC };
	return getsockname(live_fd(l), p.any, &n) == 0 &&
	    sa->sll_family == AF_PACKET;
}

/*
 * A loopback interface gives each packet twice; libpcap ignores the outgoing
 * one after the kernel has counted it.  So the kernel does.
 */
static void
ignore_outgoing(const struct live *l)
{
	struct sockaddr_ll sa;
	int on = 1;

	if (socket_address(l, &sa) && sa.sll_hatype == ARPHRD_LOOPBACK)
		setsockopt(live_fd(l), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		    sizeof(on));
}

static bool
set_filter(pcap_t *p, const char *filter, const char *name, char *err,
    size_t err_size)
{
	char why[PCAP_ERRBUF_SIZE];
	struct bpf_program program;
	bool ok;

	if (!capture_compile(p, filter, &program, why, sizeof(why))) {
		snprintf(err, err_size, "filter '%s': %s", filter, why);
		return false;
	}
	ok = pcap_setfilter(p, &program) == 0;
	if (!ok)
		snprintf(err, err_size, "%s: cannot set the filter: %s", name,
		    pcap_geterr(p));
	pcap_freecode(&program);
	return ok;
}

/* What the numbers of pcap_activate mean to the person who reads them. */
static void
explain(char *err, size_t err_size, const char *name, int rc, pcap_t *p)
{
	const char *text = pcap_geterr(p), *hint = "";

	if (text[0] == '\0')
		text = pcap_statustostr(rc);
	if (rc == PCAP_ERROR_PERM_DENIED)
		hint = " (capturing needs root or CAP_NET_RAW)";
	else if (rc == PCAP_ERROR_NO_SUCH_DEVICE)
		hint = " (see 'ip link' for those there are)";
	else if (rc == PCAP_ERROR_IFACE_NOT_UP)
		hint = " (see 'ip link set up')";
	snprintf(err, err_size, "%s: %s%s", name, text, hint);
}

static enum live_fault
fault_of(int rc)
{
	if (rc == PCAP_ERROR_NO_SUCH_DEVICE)
		return LIVE_ABSENT;
	return rc == PCAP_ERROR_IFACE_NOT_UP ? LIVE_DOWN : LIVE_REFUSED;
}

static bool
activate(struct live *l, enum live_fault *fault, char *err, size_t err_size)
{
	const struct live_config *c = &l->config;
	char text[PCAP_ERRBUF_SIZE];
	int rc;

	/* Nanoseconds may be refused by a device: packet() asks which. */
	pcap_set_snaplen(l->pcap, (int)c->snaplen);
	pcap_set_promisc(l->pcap, c->promiscuous);
	pcap_set_timeout(l->pcap, BLOCK_MS);
	pcap_set_buffer_size(l->pcap, (int)c->ring);
	pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO);
	rc = pcap_activate(l->pcap);
	if (rc < 0) {
		explain(err, err_size, c->interface, rc, l->pcap);
		*fault = fault_of(rc);
		return false;
	}
	if (pcap_setnonblock(l->pcap, 1, text) != 0) {
		snprintf(err, err_size, "%s: %s", c->interface, text);
		return false;
	}
	ignore_outgoing(l);
	l->dlt = pcap_datalink(l->pcap);
	/* An empty filter too: only then does snaplen save room in the ring. */
	return set_filter(l->pcap, c->filter, c->interface, err, err_size);
}

struct live *
live_open(const struct live_config *c, enum live_fault *fault, char *err,
    size_t err_size)
{
	struct live *l = calloc(1, sizeof(*l));
	char text[PCAP_ERRBUF_SIZE];

	*fault = LIVE_REFUSED;
	if (l == NULL) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	l->config = *c;
	l->pcap = pcap_create(c->interface, text);
	if (l->pcap == NULL) {
		snprintf(err, err_size, "%s: %s", c->interface, text);
		free(l);
		return NULL;
	}
	if (!activate(l, fault, err, err_size)) {
		live_close(l);
		return NULL;
	}
	return l;
}

void
live_close(struct live *l)
{
	if (l == NULL)
		return;
	pcap_close(l->pcap);
	free(l);
}

int
live_index(const struct live *l)
{
	struct sockaddr_ll sa;

	return socket_address(l, &sa) ? sa.sll_ifindex : 0;
}

/* Keeps a packet's bytes until on_batch. */
static const uint8_t *
keep(struct live *l, const u_char *bytes, size_t n)
{
	uint8_t *p;

	if (n > COPY_BYTES - l->n_copied) {
		l->config.on_batch(l->config.arg);
		l->n_copied = 0;
	}
	p = l->copy + l->n_copied;
	memcpy(p, bytes, n);
	l->n_copied += n;
	return p;
}

static void
packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct live *l = (struct live *)(void *)arg;
	bool is_nano =
	    pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO;
	struct capture_packet p = { .dlt = l->dlt,
		.caplen = h->caplen,
		.len = h->len,
		.bytes = keep(l, bytes, h->caplen) };
	int64_t stamp_ns;

	stamp_ns = capture_time(h->ts.tv_sec,
	    (int64_t)h->ts.tv_usec * (is_nano ? 1 : 1000), &p.ts_clamped);
	if (!clock_packet(l->config.clock, stamp_ns, &p.ts_ns)) {
		l->config.note_clock(l->config.arg);
		p.ts_ns = clock_force(l->config.clock, stamp_ns);
	}
	l->last_ns = p.ts_ns;
	l->stats.delivered++;
	l->config.fn(l->config.arg, l->config.source, &p);
}

enum live_result
live_dispatch(struct live *l, char *err, size_t err_size)
{
	int n;

	l->config.note_clock(l->config.arg);
	n = pcap_dispatch(l->pcap, BATCH, packet, (u_char *)(void *)l);
	l->config.on_batch(l->config.arg);
	l->n_copied = 0;
	if (n >= 0)
		return n == 0 ? LIVE_EMPTY : LIVE_MORE;
	snprintf(err, err_size, "%s: %s", l->config.interface,
	    n == PCAP_ERROR_BREAK ? "interrupted" : pcap_geterr(l->pcap));
	return LIVE_GONE;
}

bool
live_has_packets(const struct live *l)
{
	struct pollfd fd = { .fd = live_fd(l), .events = POLLIN };

	return poll(&fd, 1, 0) > 0 && (fd.revents & POLLIN);
}

uint64_t
live_delivered(const struct live *l)
{
	return l->stats.delivered;
}

int64_t
live_watermark(struct live *l, int64_t mono_ns)
{
	const struct clock *c = l->config.clock;
	int64_t now_ns = clock_at(c, mono_ns);

	if (live_has_packets(l))
		return l->last_ns < now_ns ? l->last_ns : now_ns;
	return clock_past(c, mono_ns - DELAY_MS * INT64_C(1000000));
}

void
live_stats(struct live *l, struct live_stats *s)
{
	struct pcap_stat now;
	unsigned ifdrop;

	if (pcap_stats(l->pcap, &now) == 0) {
		l->stats.received += now.ps_recv - l->before.ps_recv;
		l->stats.dropped += now.ps_drop - l->before.ps_drop;
		/* It begins again with a device that was made anew. */
		ifdrop = now.ps_ifdrop - l->before.ps_ifdrop;
		if (ifdrop <= INT32_MAX)
			l->stats.if_dropped += ifdrop;
		l->before = now;
	}
	*s = l->stats;
}

/*
 * pcap_setfilter would apply the new filter to what is already in the ring;
 * the socket option speaks of new packets only.
 */
void
live_stop(struct live *l)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &nothing };

	setsockopt(live_fd(l), SOL_SOCKET, SO_ATTACH_FILTER, &program,
	    sizeof(program));
}
