/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/capture.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES = 64, PIECE = 2048 };

int64_t
capture_time(int64_t sec, int64_t nsec, bool *clamped)
{
	const int64_t ns_per_s = 1000000000;
	int64_t carry = nsec / ns_per_s;

	nsec -= carry * ns_per_s;
	if (nsec < 0) {
		nsec += ns_per_s;
		carry--;
	}
	*clamped = true;
	if (sec > INT64_MAX / ns_per_s - 8 || sec < -1)
		return sec < 0 ? 0 : (INT64_MAX / ns_per_s - 8) * ns_per_s;
	sec += carry;
	if (sec < 0)
		return 0;
	*clamped = false;
	return sec * ns_per_s + nsec;
}

/*
 * libpcap's scanner ends the process if it has no memory, and other parts of
 * its compiler don't look.  What they need is a few hundred small pieces at most
 * and one for the text, which stay in the heap when they are given back here.
 */
static bool
has_room(size_t len)
{
	void *volatile pieces[PIECES + 1]; /* or they would be left out */
	bool ok = true;

	for (unsigned i = 0; i <= PIECES; i++) {
		pieces[i] = malloc(i < PIECES ? PIECE : 2 * len + PIECE);
		ok = ok && pieces[i] != NULL;
	}
	for (unsigned i = 0; i <= PIECES; i++)
		free(pieces[i]);
	return ok;
}

/* What libpcap makes of it, too. */
static bool
compile_nothing(pcap_t *pcap, struct bpf_program *program)
{
	struct bpf_insn *all = malloc(sizeof(*all));

	if (all == NULL)
		return false;
	*all = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K,
	    (bpf_u_int32)pcap_snapshot(pcap));
	*program = (struct bpf_program){ .bf_len = 1, .bf_insns = all };
	return true;
}

bool
capture_compile(pcap_t *pcap, const char *filter, struct bpf_program *program,
    char *err, size_t err_size)
{
	bool is_empty = *filter == '\0';

	snprintf(err, err_size, "out of memory");
	if (is_empty)
		return compile_nothing(pcap, program);
	if (!has_room(strlen(filter)))
		return false;
	if (pcap_compile(pcap, program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0)
		return true;
	snprintf(err, err_size, "%s", pcap_geterr(pcap));
	return false;
}

bool
capture_check_filter(const char *filter, char *err, size_t err_size)
{
	static const int dlts[] = { DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL,
		DLT_IEEE802_11_RADIO };
	struct bpf_program program;
	char other[PCAP_ERRBUF_SIZE];
	bool ok = false;

	for (size_t i = 0; i < sizeof(dlts) / sizeof(dlts[0]) && !ok; i++) {
		pcap_t *p = pcap_open_dead(dlts[i], 262144);

		if (p == NULL)
			continue;
		ok = capture_compile(p, filter, &program, i == 0 ? err : other,
		    i == 0 ? err_size : sizeof(other));
		if (ok)
			pcap_freecode(&program);
		pcap_close(p);
	}
	return ok;
}

const char *
capture_version(void)
{
	return pcap_lib_version();
}
