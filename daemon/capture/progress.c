/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR = 24 };

void
progress_init(struct progress *p, int64_t mono_ns, bool is_quiet)
{
	*p = (struct progress){ .start_ns = mono_ns,
		.is_on = !is_quiet && isatty(STDERR_FILENO) };
}

/* "1:02:03", or "2:03" below an hour. */
static void
duration(char *out, size_t size, uint64_t s)
{
	if (s >= 3600)
		snprintf(out, size, "%llu:%02llu:%02llu",
		    (unsigned long long)s / 3600,
		    (unsigned long long)s / 60 % 60,
		    (unsigned long long)s % 60);
	else
		snprintf(out, size, "%llu:%02llu", (unsigned long long)s / 60,
		    (unsigned long long)s % 60);
}

static void
amount(char *out, size_t size, double n, const char *unit)
{
	static const char *const prefix[] = { "", "k", "M", "G", "T" };
	unsigned i = 0;

	for (; n >= 1000 && i < 4; i++)
		n /= 1000;
	snprintf(out, size, n < 10 && i > 0 ? "%.1f %s%s" : "%.0f %s%s", n,
	    prefix[i], unit);
}

void
progress_show(struct progress *p, const struct replay_progress *at,
    int64_t mono_ns)
{
	double s = (double)(mono_ns - p->start_ns) / 1e9;
	double part = at->bytes_total == 0
	    ? 0
	    : (double)at->bytes / (double)at->bytes_total;
	char bytes[32], total[32], rate[32], left[32], bar[BAR + 1];

	if (!p->is_on || s < 1)
		return;
	amount(bytes, sizeof(bytes), (double)at->bytes, "B");
	amount(rate, sizeof(rate), (double)at->packets / s, "packets/s");
	if (at->bytes_total == 0 || part > 1) {
		fprintf(stderr, "\r\033[K%s  %s", bytes, rate);
	} else {
		for (int i = 0; i < BAR; i++)
			bar[i] = i < (int)(part * BAR) ? '#' : '.';
		bar[BAR] = '\0';
		amount(total, sizeof(total), (double)at->bytes_total, "B");
		duration(left, sizeof(left),
		    part > 0 ? (uint64_t)(s / part - s + 0.5) : 0);
		fprintf(stderr, "\r\033[K[%s] %3.0f%%  %s of %s  %s  %s left",
		    bar, part * 100, bytes, total, rate, left);
	}
	fflush(stderr);
	p->is_shown = true;
}

void
progress_end(struct progress *p)
{
	if (p->is_shown)
		fputs("\r\033[K", stderr);
	p->is_shown = false;
}
