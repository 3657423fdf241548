/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the same bytes with our reader of captures and with libpcap's, side by
 * side, and says where they part: packets (time, lengths, link type, bytes)
 * and whether the end is damage.
 *
 * Where ours knows more than libpcap's, its packets are a beginning of ours:
 * the two agree then, and there is a remark.
 */
#ifndef TESTS_LIB_TWIN_H
#define TESTS_LIB_TWIN_H

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "daemon/capture/reader.h"
#include "tests/lib/feed_reader.h"

struct twin {
	/* What to read.  chunk: bytes given at once, 0: all, in place. */
	const uint8_t *data;
	size_t n, chunk;
	bool ignores_time;

	struct reader reader;
	struct feed_reader feed;
	size_t given;
	uint64_t packets, pcap_packets;
	bool is_damaged;
	const char *remark; /* why libpcap's packets are fewer, or NULL */
	char why[512]; /* they differ */
	char pcap_text[PCAP_ERRBUF_SIZE]; /* its fault, if there is one */
	char text[256]; /* ours */
};

static inline bool
twin_differ(struct twin *t, const char *what, uint64_t ours, uint64_t theirs)
{
	snprintf(t->why, sizeof(t->why),
	    "packet %llu: %s is %llu, libpcap's %llu (%s)",
	    (unsigned long long)t->packets, what, (unsigned long long)ours,
	    (unsigned long long)theirs, t->pcap_text);
	return false;
}

/* Our next packet; false at the end. */
static inline bool
twin_next(struct twin *t, struct capture_packet *p)
{
	uint64_t near;
	const char *fault;

	for (;;) {
		enum reader_result result = reader_next(&t->reader, p);
		size_t n = t->n - t->given;

		if (result == READER_PACKET) {
			t->packets++;
			return true;
		}
		if (result == READER_BAD || n == 0)
			break;
		if (n > t->chunk)
			n = t->chunk;
		if (!feed_reader(&t->feed, &t->reader, t->data + t->given, n))
			break;
		t->given += n;
	}
	fault = reader_fault(&t->reader, &near);
	t->is_damaged = fault != NULL;
	snprintf(t->text, sizeof(t->text), "%s", fault != NULL ? fault : "");
	return false;
}

/* libpcap puts the numbers inside these headers into the host's order. */
static inline bool
twin_is_rewritten(const struct twin *t, int dlt)
{
	return (dlt == DLT_PFLOG || dlt == DLT_LINUX_SLL ||
		   dlt == DLT_LINUX_SLL2 || dlt == DLT_USB_LINUX ||
		   dlt == DLT_USB_LINUX_MMAPPED || dlt == DLT_NFLOG) &&
	    t->reader.is_swapped;
}

static inline bool
twin_same_packet(struct twin *t, const struct capture_packet *p, pcap_t *pcap,
    const struct pcap_pkthdr *h, const u_char *bytes)
{
	int64_t sec = h->ts.tv_sec, nsec = h->ts.tv_usec, ns;
	bool clamped;

	/* libpcap takes the numbers of pcap for signed. */
	if (pcap_major_version(pcap) >= 2) {
		if (sec < 0 && sec >= INT32_MIN)
			sec += INT64_C(1) << 32;
		if (nsec < 0)
			nsec += (t->reader.pcap.unit_ns == 1 ? INT64_C(1)
							     : INT64_C(1000))
			    << 32;
	}
	ns = capture_time(sec, nsec, &clamped);
	if (!t->ignores_time && (p->ts_ns != ns || p->ts_clamped != clamped))
		return twin_differ(t, "time", (uint64_t)p->ts_ns, (uint64_t)ns);
	if (p->caplen != h->caplen)
		return twin_differ(t, "caplen", p->caplen, h->caplen);
	/* libpcap mends the lengths of isochronous transfers. */
	if (p->len != h->len && p->dlt != DLT_USB_LINUX_MMAPPED)
		return twin_differ(t, "len", p->len, h->len);
	if (p->dlt != pcap_datalink(pcap))
		return twin_differ(t, "link type", (unsigned)p->dlt,
		    (unsigned)pcap_datalink(pcap));
	if (!twin_is_rewritten(t, p->dlt) && p->caplen > 0 &&
	    memcmp(p->bytes, bytes, p->caplen) != 0)
		return twin_differ(t, "some byte", 0, 0);
	return true;
}

/* What libpcap does not read, and we do. */
static inline const char *
twin_remark(const char *text)
{
	static const struct {
		const char *has, *remark;
	} known[] = {
		{ "different from the type of the first", "link types" },
		{ "different from the snapshot length of", "snapshot lengths" },
		{ "sections with different byte orders", "byte orders" },
		{ "pcapng block size",
		    "a block above 16 MiB, as libpcap reads its size" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(text, known[i].has) != NULL)
			return known[i].remark;
	}
	return NULL;
}

static inline bool
twin_same_packets(struct twin *t, pcap_t *pcap)
{
	struct capture_packet p;
	struct pcap_pkthdr *h;
	const u_char *bytes;
	bool is_damaged;
	int rc;

	while ((rc = pcap_next_ex(pcap, &h, &bytes)) == 1) {
		t->pcap_packets++;
		if (!twin_next(t, &p))
			return twin_differ(t, "the last", t->packets,
			    t->pcap_packets);
		if (!twin_same_packet(t, &p, pcap, h, bytes))
			return false;
	}
	is_damaged = rc == PCAP_ERROR;
	if (is_damaged) {
		snprintf(t->pcap_text, sizeof(t->pcap_text), "%s",
		    pcap_geterr(pcap));
		t->remark = twin_remark(t->pcap_text);
	}
	while (twin_next(t, &p)) {
		if (t->remark == NULL)
			return twin_differ(t, "one more", t->packets,
			    t->pcap_packets);
	}
	return t->remark != NULL || t->is_damaged == is_damaged ||
	    twin_differ(t, "the damage", t->is_damaged, is_damaged);
}

/* Reads t->data twice; true if the two agree, else t->why. */
static inline bool
twin_run(struct twin *t)
{
	struct capture_packet p;
	union {
		const uint8_t *in;
		void *out;
	} data = { t->data };
	FILE *f = fmemopen(data.out, t->n, "r");
	pcap_t *pcap = NULL;
	bool ok = true;

	reader_reset(&t->reader);
	t->given = 0;
	/* Half a record fits in front of some pieces, and not of others. */
	t->feed.before = t->chunk / 2;
	t->packets = t->pcap_packets = 0;
	t->is_damaged = false;
	t->remark = NULL;
	t->why[0] = t->pcap_text[0] = t->text[0] = '\0';
	if (t->chunk == 0) {
		reader_over(&t->reader, t->data, t->n);
		t->given = t->n;
	}
	if (f != NULL)
		pcap = pcap_fopen_offline_with_tstamp_precision(f,
		    PCAP_TSTAMP_PRECISION_NANO, t->pcap_text);
	if (pcap != NULL) {
		ok = twin_same_packets(t, pcap);
		pcap_close(pcap);
	} else {
		t->remark = twin_remark(t->pcap_text);
		while (twin_next(t, &p))
			ok = false;
		if (!ok || !t->is_damaged)
			ok = t->remark != NULL ||
			    twin_differ(t, "damage at the beginning",
				t->is_damaged, 1);
		if (f != NULL)
			fclose(f);
	}
	/* Wherever the bytes were, they go. */
	reader_reset(&t->reader);
	feed_reader_end(&t->feed);
	return ok;
}

#endif
