/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complexity [-v] [-t] [-p FILE] [-s K/N] [WORD...]: runs each scenario and each
 * job (that has one of these words in its name) with more and more input.
 * Twice the input must not cost more than 2.5 times as much; a frame of 1514
 * bytes not more than FRAME_COST, 64 KiB in full segments not more than
 * WHOLE_COST.
 *
 * Costs are instructions, counted in one run of each: what else the machine
 * does changes nothing.  -v says what was compared; -p FILE leaves a profile for
 * callgrind_annotate; -s K/N runs the Kth of N parts, from 0.  -t prints
 * nanoseconds, the least of several runs, and judges nothing.
 */
#include "tests/complexity/complexity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/complexity/count.h"
#include "tests/complexity/drive.h"

enum {
	SIZES = 6, /* 2 KiB to 64 KiB */
	RUNS_NS = 5,
	/*
	 * What this code does in a microsecond, where both were measured: the
	 * median of the scenarios on an AMD EPYC (Zen 5) at 3.8 GHz.  The
	 * frames that cost most do 13 000 to 22 000, a table of many flows
	 * 5 000.
	 */
	PER_US = 18000,
	FRAME_COST = 50 * PER_US,
	WHOLE_COST = 5000 * PER_US,
	GRAIN = 10 * PER_US, /* what costs less is not compared */
	STEP_S = 20, /* between runs: bins close, connections end */
	MEMORY = 52 << 20
};

static const double ratio_max = 2.5;
static const int64_t begin_ns = INT64_C(1700000000000000000);

static struct halves *drive;
static int64_t now_ns;
static uint32_t serial;
static bool is_verbose, is_ns;
static unsigned n_runs = 1, part, n_parts = 1, n_seen, n_failed;

/* Makes hosts that no run before had, and lets time go on. */
static void
refresh(struct packets *p)
{
	serial++;
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].patch != 0)
			put32(p->bytes + p->list[i].at + p->list[i].patch,
			    0x0b000000 + serial);
	now_ns += STEP_S * INT64_C(1000000000);
	drive_advance(drive, now_ns);
}

static void
take(const struct packets *p, size_t i)
{
	const struct packet *one = &p->list[i];

	now_ns += 1000;
	drive_packet(drive, now_ns, p->dlt, p->bytes + one->at, one->len);
}

static void
keep_least(uint64_t *least, uint64_t cost)
{
	if (cost < *least)
		*least = cost;
}

/* What all packets cost. */
static uint64_t
run(struct packets *p)
{
	uint64_t least = UINT64_MAX;

	for (unsigned r = 0; r < n_runs; r++) {
		refresh(p);
		count_begin();
		for (size_t i = 0; i < p->n; i++)
			take(p, i);
		drive_settle(drive);
		keep_least(&least, count_end());
	}
	return least;
}

/* The dearest frame of them, each by its cheapest run. */
static uint64_t
dearest(struct packets *p, size_t *which)
{
	uint64_t *least = malloc((p->n + 1) * sizeof(*least));
	uint64_t most = 0;

	if (least == NULL)
		abort();
	memset(least, 0xff, p->n * sizeof(*least));
	for (unsigned r = 0; r < n_runs; r++) {
		refresh(p);
		for (size_t i = 0; i < p->n; i++) {
			count_begin();
			take(p, i);
			drive_settle(drive);
			keep_least(&least[i], count_end());
		}
	}
	for (size_t i = 0; i < p->n; i++) {
		if (p->list[i].len > FRAME_MAX || least[i] <= most)
			continue;
		most = least[i];
		*which = i;
	}
	free(least);
	return most;
}

static void
verdict(bool ok, const char *name, const char *what)
{
	if (is_ns)
		return;
	if (!ok)
		n_failed++;
	if (!ok || is_verbose)
		printf("%s %s: %s\n", ok ? "ok" : "not ok", name, what);
}

/* The highest ratio between neighbours of costs that can be compared. */
static double
highest(const uint64_t cost[SIZES], unsigned n, unsigned *where)
{
	double most = 0;

	for (unsigned i = 1; i < n; i++) {
		double ratio = (double)cost[i] / (double)cost[i - 1];

		if (cost[i] < GRAIN || ratio <= most)
			continue;
		most = ratio;
		*where = i;
	}
	return most;
}

/* Says all costs, for where it is too high the others tell why. */
static void
judge_ratio(const char *name, double ratio, unsigned where,
    const uint64_t *cost, const size_t *sizes, unsigned n)
{
	char text[400];
	int len =
	    snprintf(text, sizeof(text), "%.2f times from %zu to %zu:", ratio,
		sizes[where - 1], sizes[where]);

	for (unsigned i = 0; i < n; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, " %llu",
		    (unsigned long long)cost[i]);
	verdict(ratio <= ratio_max, name, text);
}

static void
judge_cost(const char *name, uint64_t cost, uint64_t limit, const char *what)
{
	char text[200];

	snprintf(text, sizeof(text), "%llu of %llu for %s",
	    (unsigned long long)cost, (unsigned long long)limit, what);
	verdict(cost <= limit, name, text);
}

static void
make(struct packets *p, const struct scenario *s, size_t n)
{
	*p = (struct packets){ .dlt = s->dlt,
		.piece = s->piece != 0 ? s->piece : SEGMENT,
		.seq = { 1000, 5000 } };
	s->make(p, n);
}

static void
done(struct packets *p)
{
	free(p->bytes);
	free(p->list);
}

/* all: as many packets as there are, which cost whole together. */
static void
judge_limits(const struct scenario *s, struct packets *all, uint64_t whole,
    double ratio)
{
	struct packets frame;
	size_t max = s->max != 0 ? s->max : 65536;
	char text[80];
	size_t at = 0;
	uint64_t one, among, limit = FRAME_COST;

	make(&frame, s, 1460);
	one = dearest(&frame, &at);
	snprintf(text, sizeof(text), "packet %zu of one frame", at);
	judge_cost(s->name, one, limit, text);
	done(&frame);
	if (s->holds > FRAME_MAX)
		limit *= (s->holds < max ? s->holds : max) / SEGMENT + 1;
	among = dearest(all, &at);
	snprintf(text, sizeof(text), "packet %zu of %zu", at, all->n);
	judge_cost(s->name, among, limit, text);
	if (all->n <= 128)
		judge_cost(s->name, whole, WHOLE_COST, "64 KiB");
	printf("%-44s %9llu %9llu %10llu %6.2f\n", s->name,
	    (unsigned long long)one, (unsigned long long)among,
	    (unsigned long long)whole, ratio);
}

static void
run_scenario(const struct scenario *s)
{
	struct packets p;
	size_t sizes[SIZES], max = s->max != 0 ? s->max : 65536 - 100;
	uint64_t cost[SIZES];
	unsigned n = 0, where = 1;
	double ratio;

	for (size_t size = max; n < SIZES && (n == 0 || size > 1900); size /= 2)
		n++;
	drive = drive_new(MEMORY);
	now_ns = begin_ns;
	serial = 0;
	/* What is only done once does not count. */
	make(&p, s, max >> (n - 1));
	run(&p);
	for (unsigned i = 0; i < n; i++) {
		done(&p);
		sizes[i] = max >> (n - 1 - i);
		make(&p, s, sizes[i]);
		cost[i] = run(&p);
	}
	ratio = highest(cost, n, &where);
	judge_ratio(s->name, ratio, where, cost, sizes, n);
	judge_limits(s, &p, cost[n - 1], ratio);
	done(&p);
	drive_free(drive);
}

static uint64_t
run_once(const struct job *j, size_t n)
{
	void *state = j->begin(n);
	uint64_t cost;

	if (j->end != NULL)
		j->run(state, n);
	count_begin();
	(j->end != NULL ? j->end : j->run)(state, n);
	cost = count_end();
	j->done(state);
	return cost;
}

static void
run_job(const struct job *j)
{
	size_t sizes[SIZES], max = j->max != 0 ? j->max : 16384;
	unsigned where = 1, n = j->n_sizes != 0 ? j->n_sizes : SIZES;
	uint64_t cost[SIZES];
	double ratio;

	for (unsigned i = 0; i < n; i++) {
		sizes[i] = max >> (n - 1 - i);
		cost[i] = UINT64_MAX;
		for (unsigned r = 0; r < n_runs; r++)
			keep_least(&cost[i], run_once(j, sizes[i]));
	}
	ratio = highest(cost, n, &where);
	printf("%-44s %9s %9llu %10llu %6.2f\n", j->name, "",
	    (unsigned long long)(cost[n - 1] / max),
	    (unsigned long long)cost[n - 1], ratio);
	judge_ratio(j->name, ratio, where, cost, sizes, n);
}

static bool
is_asked_for(const char *name, char **words)
{
	bool has_word = *words == NULL;

	for (; *words != NULL; words++)
		has_word |= strstr(name, *words) != NULL;
	return has_word && n_seen++ % n_parts == part;
}

static void
report(unsigned n, unsigned n_failed_before, const char *what)
{
	if (n > 0 && !is_ns)
		printf("%s %u %s\n",
		    n_failed == n_failed_before ? "ok" : "not ok", n, what);
}

static void
run_scenarios(const struct scenario *list, char **words)
{
	unsigned before = n_failed, n = 0;

	for (const struct scenario *s = list; s->name != NULL; s++) {
		if (!is_asked_for(s->name, words))
			continue;
		run_scenario(s);
		n++;
	}
	report(n, before, "scenarios");
}

static void
run_jobs(char **words)
{
	unsigned before = n_failed, n = 0;

	for (const struct job *j = jobs; j->name != NULL; j++) {
		if (!is_asked_for(j->name, words))
			continue;
		run_job(j);
		n++;
	}
	report(n, before, "tables");
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: complexity [-v] [-t] [-p FILE] [-s K/N] [WORD...]\n");
	exit(2);
}

/* Returns where the profile goes. */
static const char *
read_options(int argc, char **argv)
{
	const char *profile = NULL;
	int c;

	while ((c = getopt(argc, argv, "vtp:s:")) != -1)
		switch (c) {
		case 'v':
			is_verbose = true;
			break;
		case 't':
			is_ns = true;
			break;
		case 'p':
			profile = optarg;
			break;
		case 's':
			if (sscanf(optarg, "%u/%u", &part, &n_parts) == 2 &&
			    part < n_parts)
				break;
			/* FALLTHROUGH */
		default:
			usage();
		}
	return profile;
}

int
main(int argc, char **argv)
{
	const char *profile = read_options(argc, argv), *unit;

	if (is_ns)
		count_init_ns();
	else
		count_init(argv, profile);
	n_runs = is_ns ? RUNS_NS : 1;
	unit = is_ns ? "# ns for" : "# instructions for";
	setvbuf(stdout, NULL, _IOLBF, 0);
	argv += optind;
	printf("%-44s %9s %9s %10s %6s\n", unit, "one frame", "dearest",
	    "64 KiB", "ratio");
	run_scenarios(link_scenarios, argv);
	run_scenarios(datagram_scenarios, argv);
	run_scenarios(quic_scenarios, argv);
	run_scenarios(stream_scenarios, argv);
	run_scenarios(segment_scenarios, argv);
	printf("%-44s %9s %9s %10s %6s\n", unit, "", "each", "all", "ratio");
	run_jobs(argv);
	return n_failed > 0;
}
