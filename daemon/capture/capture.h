/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where packets come from.  libpcap lives in this folder only.
 *
 * A source gives packets to one function, a bounded number at a time, with
 * timestamps in ns since the epoch that are never negative.
 */
#ifndef DAEMON_CAPTURE_CAPTURE_H
#define DAEMON_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_program;
struct pcap;

struct capture_packet {
	int64_t ts_ns;
	bool ts_clamped; /* no 64-bit count of ns holds it */
	int dlt;
	uint32_t caplen; /* captured bytes */
	uint32_t len; /* bytes on the wire, as stated */
	const uint8_t *bytes; /* borrowed until the source calls on_batch */
};

typedef void (
    *capture_fn)(void *arg, unsigned source, const struct capture_packet *p);

/* Makes ns of the two parts, normalising and clamping both. */
int64_t capture_time(int64_t sec, int64_t nsec, bool *clamped);

/*
 * Whether a filter compiles for some common link type; else the reason in
 * err.  Opens nothing.
 */
bool capture_check_filter(const char *filter, char *err, size_t err_size);

/*
 * pcap_compile, optimised, for any netmask; false after a reason, which is
 * "out of memory" where libpcap might not have enough: it would end the
 * process.
 */
bool capture_compile(struct pcap *pcap, const char *filter,
    struct bpf_program *program, char *err, size_t err_size);

/* "libpcap version …", for --version. */
const char *capture_version(void);

#endif
