/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/replay.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/capture/unpack.h"
#include "daemon/log.h"

enum { BATCH = 4096 };

struct replay {
	const struct replay_config *config;
	unsigned next_file;
	unsigned n_failed;
	uint64_t packets;
	uint64_t bytes_before; /* of the files read already */
	uint64_t bytes_total;

	pcap_t *pcap; /* of the file being read */
	struct unpack *unpack;
	const char *path;
	int dlt;
	bool is_pcap; /* not pcapng */
	uint64_t file_packets;

	/* Pacing: the packet that waits for its time. */
	bool has_begun;
	bool is_waiting;
	bool yields;
	int64_t first_ns, first_mono_ns;
	struct capture_packet waiting;
};

static const char *
name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* The sizes of all files, for the progress; 0 if one has none. */
static uint64_t
total_size(const struct replay_config *c)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < c->n_files; i++) {
		struct stat st;

		if (stat(c->files[i], &st) != 0 || !S_ISREG(st.st_mode))
			return 0;
		total += (uint64_t)st.st_size;
	}
	return total;
}

struct replay *
replay_new(const struct replay_config *c)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->config = c;
	r->bytes_total = total_size(c);
	return r;
}

static void
close_file(struct replay *r)
{
	if (r->pcap == NULL)
		return;
	r->bytes_before += unpack_position(r->unpack);
	pcap_close(r->pcap);
	r->pcap = NULL;
	r->unpack = NULL;
}

void
replay_free(struct replay *r)
{
	if (r == NULL)
		return;
	close_file(r);
	free(r);
}

static void
fail(struct replay *r, const char *reason)
{
	r->n_failed++;
	log_error("%s: %s", name_of(r->path), reason);
}

static bool
set_filter(struct replay *r)
{
	struct bpf_program program;
	bool ok;

	if (r->config->filter[0] == '\0')
		return true;
	ok = pcap_compile(r->pcap, &program, r->config->filter, 1,
		 PCAP_NETMASK_UNKNOWN) == 0;
	if (ok) {
		ok = pcap_setfilter(r->pcap, &program) == 0;
		pcap_freecode(&program);
	}
	return ok;
}

/* Opens the next file; false if it can't be read. */
static bool
open_file(struct replay *r)
{
	char err[PCAP_ERRBUF_SIZE];
	FILE *f;

	r->path = r->config->files[r->next_file++];
	r->file_packets = 0;
	f = unpack_open(r->path, &r->unpack, err, sizeof(err));
	if (f == NULL) {
		fail(r, err);
		return false;
	}
	r->pcap = pcap_fopen_offline_with_tstamp_precision(f,
	    PCAP_TSTAMP_PRECISION_NANO, err);
	if (r->pcap == NULL) {
		const char *fault = unpack_fault(r->unpack);

		fail(r, fault != NULL ? fault : err);
		fclose(f);
		r->unpack = NULL;
		return false;
	}
	r->dlt = pcap_datalink(r->pcap);
	r->is_pcap = pcap_major_version(r->pcap) >= 2; /* pcapng's is 1 */
	if (set_filter(r))
		return true;
	fail(r, pcap_geterr(r->pcap));
	close_file(r);
	return false;
}

/* The file has ended: by itself, or with a fault that has one message. */
static void
end_file(struct replay *r, int rc)
{
	const char *fault = unpack_fault(r->unpack);
	char reason[PCAP_ERRBUF_SIZE + 128];

	if (fault == NULL && rc == PCAP_ERROR)
		fault = pcap_geterr(r->pcap);
	if (fault != NULL) {
		snprintf(reason, sizeof(reason),
		    "damaged near byte %llu, after %llu packets: %s",
		    (unsigned long long)unpack_position(r->unpack),
		    (unsigned long long)r->file_packets, fault);
		fail(r, reason);
	}
	close_file(r);
}

/*
 * In a pcap file seconds and fractions are unsigned 32 bits (draft-ietf-
 * opsawg-pcap, section 5), which libpcap takes for signed; it has multiplied
 * microseconds by 1000 then.
 */
static void
make_unsigned(int64_t *sec, int64_t *nsec)
{
	if (*sec < 0 && *sec >= INT32_MIN)
		*sec += INT64_C(1) << 32;
	if (*nsec < 0)
		*nsec += (*nsec % 1000 == 0 ? INT64_C(1000) : 1) << 32;
}

/* Reads the next packet of the file; what pcap_next_ex returns. */
static int
read_packet(struct replay *r, struct capture_packet *p)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int64_t sec, nsec;
	int rc = pcap_next_ex(r->pcap, &h, &bytes);

	if (rc != 1)
		return rc;
	sec = h->ts.tv_sec;
	nsec = h->ts.tv_usec;
	if (r->is_pcap)
		make_unsigned(&sec, &nsec);
	*p = (struct capture_packet){ .dlt = r->dlt,
		.caplen = h->caplen,
		.len = h->len,
		.bytes = bytes };
	p->ts_ns = capture_time(sec, nsec, &p->ts_clamped);
	r->packets++;
	r->file_packets++;
	return 1;
}

/* How long the packet still has to wait for its time, in ns. */
static int64_t
due_in(struct replay *r, const struct capture_packet *p, int64_t mono_ns)
{
	double ahead;

	if (r->config->speed <= 0)
		return 0;
	if (!r->has_begun) {
		r->has_begun = true;
		r->first_ns = p->ts_ns;
		r->first_mono_ns = mono_ns;
	}
	ahead = (double)(p->ts_ns - r->first_ns) / r->config->speed -
	    (double)(mono_ns - r->first_mono_ns);
	if (ahead <= 0)
		return 0;
	return ahead > 1e18 ? INT64_C(1000000000000000000) : (int64_t)ahead + 1;
}

int64_t
replay_dispatch(struct replay *r, int64_t mono_ns)
{
	const struct replay_config *c = r->config;

	r->yields = false;
	for (unsigned i = 0; i < BATCH && !r->yields; i++) {
		int64_t wait;
		int rc;

		if (!r->is_waiting) {
			if (r->pcap == NULL) {
				if (r->next_file == c->n_files)
					return -1;
				if (!open_file(r))
					continue;
			}
			rc = read_packet(r, &r->waiting);
			if (rc != 1) {
				end_file(r, rc);
				continue;
			}
		}
		wait = due_in(r, &r->waiting, mono_ns);
		r->is_waiting = wait > 0;
		if (wait > 0)
			return wait;
		c->fn(c->arg, 0, &r->waiting);
	}
	return 0;
}

void
replay_yield(struct replay *r)
{
	r->yields = true;
}

unsigned
replay_n_failed(const struct replay *r)
{
	return r->n_failed;
}

void
replay_progress(const struct replay *r, struct replay_progress *p)
{
	*p = (struct replay_progress){ .bytes = r->bytes_before,
		.bytes_total = r->bytes_total,
		.packets = r->packets };
	if (r->pcap == NULL)
		return;
	p->bytes += unpack_position(r->unpack);
	p->file = name_of(r->path);
}
