/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complexity [-v] [NAME...]: runs each scenario and each job (that has one of
 * these words in its name) with more and more input.  Twice the input must not
 * cost more than 2.5 times as much; a frame of 1514 bytes not more than
 * FRAME_NS, 64 KiB in full segments not more than WHOLE_NS.
 *
 * Costs are processor time, not wall time, and the least of several runs: what
 * else the machine does only adds.  A ratio that looks too high is measured
 * again, up to ROUNDS times.
 */
#include "tests/complexity/complexity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "daemon/codec/codecs.h"
#include "daemon/meter/meter.h"

enum {
	SIZES = 6, /* 2 KiB to 64 KiB */
	RUNS = 5,
	ROUNDS = 12,
	PAUSE_MS = 20, /* between rounds, for the machine to calm down */
	GRAIN_NS = 30000, /* what costs less is not compared */
	FRAME_NS = 50000,
	WHOLE_NS = 5000000,
	/*
	 * How far above FRAME_NS and WHOLE_NS is a failure: they are for a
	 * machine of its own, and a neighbour takes part of the caches.
	 */
	SLACK = 2,
	STEP_S = 20 /* between runs: bins close, connections end */
};

static const double ratio_max = 2.5;

static struct dissect tables;
static struct meter *meter;
static struct pkt pkt;
static int64_t now_ns = INT64_C(1700000000000000000);
static uint32_t serial;
static bool is_verbose;
static unsigned n_failed;

static void
on_bin(void *arg, const struct bin *bin)
{
	(void)arg;
	(void)bin;
}

static void
on_report(void *arg, int64_t end_ns)
{
	(void)arg;
	(void)end_ns;
}

static void
begin(void)
{
	struct meter_config c = { .bin_ns = INT64_C(2000000000),
		.window_ns = { INT64_C(60000000000) },
		.n_windows = 1,
		.memory = 52 << 20,
		.n_sources = 1,
		.dissect = &tables,
		.on_bin = on_bin,
		.on_report = on_report };

	if (getrandom(c.keys, sizeof(c.keys), 0) != (ssize_t)sizeof(c.keys))
		abort();
	dissect_init(&tables, codecs_get());
	meter = meter_new(&c);
}

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
pause_ms(unsigned ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000L };

	nanosleep(&t, NULL);
}

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
	meter_advance(meter, now_ns);
}

static inline void
take(const struct packets *p, size_t i)
{
	const struct packet *one = &p->list[i];

	now_ns += 1000;
	dissect_packet(&tables, &pkt, p->dlt, p->bytes + one->at, one->len,
	    one->len);
	meter_packet(meter, 0, now_ns, one->len, &pkt);
}

/* The cost of one run over all packets. */
static uint64_t
run(struct packets *p)
{
	uint64_t ns;

	refresh(p);
	ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	for (size_t i = 0; i < p->n; i++)
		take(p, i);
	meter_settle(meter);
	return clock_ns(CLOCK_THREAD_CPUTIME_ID) - ns;
}

/*
 * The dearest packet of them, each by its cheapest run.  A processor's clock is
 * too slow to be asked for each.
 */
static uint64_t
dearest(struct packets *p, size_t *which)
{
	uint32_t *least = malloc((p->n + 1) * sizeof(*least));
	uint64_t most = 0;

	if (least == NULL)
		abort();
	memset(least, 0xff, p->n * sizeof(*least));
	for (unsigned r = 0; r < RUNS; r++) {
		uint64_t before, after;

		refresh(p);
		before = clock_ns(CLOCK_MONOTONIC);
		for (size_t i = 0; i < p->n; i++) {
			take(p, i);
			meter_settle(meter);
			after = clock_ns(CLOCK_MONOTONIC);
			if (after - before < least[i])
				least[i] = (uint32_t)(after - before);
			before = after;
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

		if (cost[i] < GRAIN_NS || ratio <= most)
			continue;
		most = ratio;
		*where = i;
	}
	return most;
}

static void
judge_ratio(const char *name, double ratio, const uint64_t cost[SIZES],
    const size_t sizes[SIZES], unsigned where)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "%.2f times from %zu (%.1f us) to %zu (%.1f us)", ratio,
	    sizes[where - 1], (double)cost[where - 1] / 1e3, sizes[where],
	    (double)cost[where] / 1e3);
	verdict(ratio <= ratio_max, name, text);
}

static void
least(uint64_t *cost, uint64_t ns)
{
	if (ns < *cost)
		*cost = ns;
}

static void
judge_limits(const struct scenario *s, struct packets *p, uint64_t whole,
    double ratio)
{
	struct packets frame = { .dlt = s->dlt,
		.piece = s->piece != 0 ? s->piece : SEGMENT,
		.seq = { 1000, 5000 } };
	size_t max = s->max != 0 ? s->max : 65536;
	char text[200];
	size_t at[2] = { 0, 0 };
	uint64_t one, among, limit = (uint64_t)FRAME_NS * SLACK;

	s->make(&frame, 1460);
	one = dearest(&frame, &at[0]);
	among = dearest(p, &at[1]);
	printf("%-44s %10.1f %10.1f %10.1f %6.2f\n", s->name, (double)one / 1e3,
	    (double)among / 1e3, (double)whole / 1e3, ratio);
	snprintf(text, sizeof(text), "%.1f us for packet %zu of one frame",
	    (double)one / 1e3, at[0]);
	verdict(one <= limit, s->name, text);
	if (s->holds > FRAME_MAX)
		limit *= (s->holds < max ? s->holds : max) / SEGMENT + 1;
	snprintf(text, sizeof(text), "%.1f us for packet %zu of %zu",
	    (double)among / 1e3, at[1], p->n);
	verdict(among <= limit, s->name, text);
	snprintf(text, sizeof(text), "%.1f us for 64 KiB", (double)whole / 1e3);
	if (p->n <= 128)
		verdict(whole <= (uint64_t)WHOLE_NS * SLACK, s->name, text);
	free(frame.bytes);
	free(frame.list);
}

static void
run_scenario(const struct scenario *s)
{
	struct packets p[SIZES] = { 0 };
	size_t sizes[SIZES], max = s->max != 0 ? s->max : 65536 - 100;
	uint64_t cost[SIZES];
	unsigned n = 0, where = 1;
	double ratio = 0;

	for (size_t size = max; n < SIZES && (n == 0 || size > 1900); size /= 2)
		n++;
	for (unsigned i = 0; i < n; i++) {
		sizes[i] = max >> (n - 1 - i);
		cost[i] = UINT64_MAX;
		p[i] = (struct packets){ .dlt = s->dlt,
			.piece = s->piece != 0 ? s->piece : SEGMENT,
			.seq = { 1000, 5000 } };
		s->make(&p[i], sizes[i]);
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned r = 0; r < RUNS; r++)
			for (unsigned i = 0; i < n; i++)
				least(&cost[i], run(&p[i]));
		ratio = highest(cost, n, &where);
		if (ratio <= ratio_max)
			break;
		pause_ms(PAUSE_MS * round);
	}
	judge_ratio(s->name, ratio, cost, sizes, where);
	judge_limits(s, &p[n - 1], cost[n - 1], ratio);
	for (unsigned i = 0; i < n; i++) {
		free(p[i].bytes);
		free(p[i].list);
	}
}

static uint64_t
run_once(const struct job *j, size_t n, unsigned round)
{
	void *state = j->begin(n);
	uint64_t ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	j->run(state, n, round);
	if (j->end != NULL) {
		ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		j->end(state, n);
	}
	ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - ns;
	j->done(state);
	return ns;
}

static void
run_job(const struct job *j)
{
	size_t sizes[SIZES], max = j->max != 0 ? j->max : 16384;
	unsigned where = 1, n = j->n_sizes != 0 ? j->n_sizes : SIZES;
	uint64_t cost[SIZES];
	double ratio = 0;

	for (unsigned i = 0; i < n; i++) {
		sizes[i] = max >> (n - 1 - i);
		cost[i] = UINT64_MAX;
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned r = 0; r < RUNS; r++)
			for (unsigned i = 0; i < n; i++)
				least(&cost[i],
				    run_once(j, sizes[i], round * RUNS + r));
		ratio = highest(cost, n, &where);
		if (ratio <= ratio_max)
			break;
		pause_ms(PAUSE_MS * round);
	}
	printf("%-44s %10s %10.3f %10.1f %6.2f\n", j->name, "",
	    (double)cost[n - 1] / 1e3 / (double)max, (double)cost[n - 1] / 1e3,
	    ratio);
	judge_ratio(j->name, ratio, cost, sizes, where);
}

static bool
is_asked_for(const char *name, int argc, char **argv)
{
	bool has_words = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			continue;
		has_words = true;
		if (strstr(name, argv[i]) != NULL)
			return true;
	}
	return !has_words;
}

static void
run_scenarios(const struct scenario *list, int argc, char **argv)
{
	unsigned before = n_failed, n = 0;

	for (const struct scenario *s = list; s->name != NULL; s++) {
		if (!is_asked_for(s->name, argc, argv))
			continue;
		run_scenario(s);
		n++;
	}
	if (n > 0)
		printf("%s %u scenarios\n",
		    n_failed == before ? "ok" : "not ok", n);
}

int
main(int argc, char **argv)
{
	unsigned before, n = 0;

	for (int i = 1; i < argc; i++)
		is_verbose |= strcmp(argv[i], "-v") == 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	begin();
	printf("%-44s %10s %10s %10s %6s\n", "# us for", "one frame", "dearest",
	    "64 KiB", "ratio");
	run_scenarios(link_scenarios, argc, argv);
	run_scenarios(datagram_scenarios, argc, argv);
	run_scenarios(quic_scenarios, argc, argv);
	run_scenarios(stream_scenarios, argc, argv);
	run_scenarios(segment_scenarios, argc, argv);
	before = n_failed;
	printf("%-44s %10s %10s %10s %6s\n", "# us for", "", "each", "all",
	    "ratio");
	for (const struct job *j = jobs; j->name != NULL; j++) {
		if (!is_asked_for(j->name, argc, argv))
			continue;
		run_job(j);
		n++;
	}
	if (n > 0)
		printf("%s %u tables\n", n_failed == before ? "ok" : "not ok",
		    n);
	meter_free(meter);
	return n_failed > 0;
}
