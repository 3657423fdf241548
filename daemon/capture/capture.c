/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/capture.h"

#include <pcap/pcap.h>
#include <stdio.h>

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

bool
capture_check_filter(const char *filter, char *err, size_t err_size)
{
	static const int dlts[] = { DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL,
		DLT_IEEE802_11_RADIO };
	struct bpf_program program;
	bool ok = false;

	for (size_t i = 0; i < sizeof(dlts) / sizeof(dlts[0]) && !ok; i++) {
		pcap_t *p = pcap_open_dead(dlts[i], 262144);

		if (p == NULL)
			continue;
		ok = pcap_compile(p, &program, filter, 1,
			 PCAP_NETMASK_UNKNOWN) == 0;
		if (ok)
			pcap_freecode(&program);
		else if (i == 0)
			snprintf(err, err_size, "%s", pcap_geterr(p));
		pcap_close(p);
	}
	return ok;
}

const char *
capture_version(void)
{
	return pcap_lib_version();
}
