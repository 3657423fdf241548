/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pcap_dispatch to be preloaded: each packet costs $SLOW_PCAP_NS more than
 * it does, and while the file $SLOW_PCAP_STUCK exists no packet is read.
 */
#include <dlfcn.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct call {
	pcap_handler fn;
	u_char *arg;
	int64_t ns;
};

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct call *c = (struct call *)(void *)arg;
	int64_t end = now_ns() + c->ns;

	c->fn(c->arg, h, bytes);
	while (now_ns() < end)
		continue;
}

int
pcap_dispatch(pcap_t *p, int n, pcap_handler fn, u_char *arg)
{
	static int (*real)(pcap_t *, int, pcap_handler, u_char *);
	const char *ns = getenv("SLOW_PCAP_NS");
	const char *stuck = getenv("SLOW_PCAP_STUCK");
	struct call c = { fn, arg, ns != NULL ? atoll(ns) : 0 };
	void *symbol;

	if (real == NULL) {
		symbol = dlsym(RTLD_NEXT, "pcap_dispatch");
		memcpy(&real, &symbol, sizeof(real));
	}
	if (stuck != NULL && access(stuck, F_OK) == 0)
		return 0;
	return real(p, n, packet, (u_char *)(void *)&c);
}
