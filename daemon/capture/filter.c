/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than there are link types that libpcap has filters for. */
enum { PROGRAMS_MAX = 1024 };

struct program {
	uint32_t linktype;
	bool is_swapped;
	struct bpf_program bpf;
};

struct filter {
	const char *expression;
	struct program *programs;
	unsigned n, size;
	unsigned last; /* the one that was used */
};

void
filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	for (unsigned i = 0; i < f->n; i++)
		pcap_freecode(&f->programs[i].bpf);
	free(f->programs);
	free(f);
}

/*
 * libpcap compiles otherwise for files than for interfaces ("inbound" is
 * refused then, and the family in DLT_NULL follows the file's byte order), so
 * it is shown the header of such a file.
 */
static pcap_t *
open_like(uint32_t linktype, bool is_swapped, char *err)
{
	uint32_t header[] = { 0xa1b2c3d4, 0, 0, 0, 262144, linktype };
	uint16_t version[] = { 2, 4 };
	uint8_t bytes[sizeof(header)];
	pcap_t *pcap;
	FILE *file;

	if (is_swapped) {
		for (unsigned i = 0; i < 6; i++)
			header[i] = __builtin_bswap32(header[i]);
		for (unsigned i = 0; i < 2; i++)
			version[i] = __builtin_bswap16(version[i]);
	}
	memcpy(bytes, header, sizeof(bytes));
	memcpy(bytes + 4, version, sizeof(version));
	file = fmemopen(bytes, sizeof(bytes), "r");
	if (file == NULL) {
		snprintf(err, PCAP_ERRBUF_SIZE, "out of memory");
		return NULL;
	}
	pcap = pcap_fopen_offline(file, err);
	if (pcap == NULL)
		fclose(file);
	return pcap;
}

static bool
compile(struct filter *f, uint32_t linktype, bool is_swapped, char *err,
    size_t err_size)
{
	struct program *p = &f->programs[f->n];
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = open_like(linktype, is_swapped, text);
	bool ok;

	if (pcap == NULL) {
		snprintf(err, err_size, "%s", text);
		return false;
	}
	ok = capture_compile(pcap, f->expression, &p->bpf, err, err_size);
	if (ok) {
		p->linktype = linktype;
		p->is_swapped = is_swapped;
		f->last = f->n++;
	}
	pcap_close(pcap);
	return ok;
}

static bool
make_room(struct filter *f, char *err, size_t err_size)
{
	unsigned size = f->size == 0 ? 4 : f->size * 2;
	struct program *more = NULL;

	if (f->n < f->size)
		return true;
	if (size <= PROGRAMS_MAX)
		more = realloc(f->programs, size * sizeof(*more));
	if (more == NULL) {
		snprintf(err, err_size, "too many link types for a filter");
		return false;
	}
	f->programs = more;
	f->size = size;
	return true;
}

/* Makes the program for this link type the last one. */
static bool
choose(struct filter *f, uint32_t linktype, bool is_swapped, char *err,
    size_t err_size)
{
	for (unsigned i = 0; i < f->n; i++) {
		if (f->programs[i].linktype == linktype &&
		    f->programs[i].is_swapped == is_swapped) {
			f->last = i;
			return true;
		}
	}
	return make_room(f, err, err_size) &&
	    compile(f, linktype, is_swapped, err, err_size);
}

struct filter *
filter_new(const char *expression)
{
	struct filter *f = calloc(1, sizeof(*f));
	char err[PCAP_ERRBUF_SIZE];

	if (f == NULL)
		return NULL;
	f->expression = expression;
	/* What is most likely, while there is memory; it may not fit. */
	choose(f, DLT_EN10MB, false, err, sizeof(err));
	return f;
}

enum filter_result
filter_packet(struct filter *f, uint32_t linktype, bool is_swapped,
    const struct capture_packet *p, char *err, size_t err_size)
{
	struct pcap_pkthdr h = { .caplen = p->caplen, .len = p->len };
	const struct program *last = &f->programs[f->last];

	if (f->n == 0 || last->linktype != linktype ||
	    last->is_swapped != is_swapped) {
		if (!choose(f, linktype, is_swapped, err, err_size))
			return FILTER_BAD;
		last = &f->programs[f->last];
	}
	return pcap_offline_filter(&last->bpf, &h, p->bytes) != 0 ? FILTER_PASS
								  : FILTER_DROP;
}
