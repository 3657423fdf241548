/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each part of the program costs: replays a capture from memory, once as
 * it is and once with a clock before and behind every dissector, tracker and
 * bin.  Each nanosecond belongs to the innermost part that runs; what the
 * clock itself costs is subtracted, which leaves one or two nanoseconds of
 * doubt in each call.  The least of several runs counts for each part, and
 * what can only be another process's turn does not.
 *
 * Dissectors are called through copies of the registry's entries, the other
 * parts through the linker's --wrap: the program's own code is not changed.
 *
 * usage: cost FILE
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/capture/reader.h"
#include "daemon/codec/codecs.h"
#include "daemon/memory.h"
#include "daemon/report/line.h"
#include "daemon/report/report.h"
#include "dissect/registry.h"
#include "tests/lib/halves.h"

enum {
	TOP = 10,
	RUNS = 5,
	TURN = 200000 /* ticks: no part but bins takes so long at once */
};

/* Parts that are no dissectors; a dissector has two: its layers, its streams. */
enum {
	PART_REST,
	PART_READER,
	PART_WALK,
	PART_FRONT,
	PART_TRACK,
	PART_METER,
	PART_BINS,
	PART_REPORT,
	PART_FIRST,
	PART_N = PART_FIRST + 3 * DISSECTORS_MAX,
	DEPTH = 32
};

static const char *const names[PART_FIRST] = { "", "reader",
	"walk between layers", "front: hashes and batches",
	"tracker: connections and fragments", "meter: flows and messages",
	"bins that close", "reports and lines" };

struct part {
	uint64_t ticks, calls, inner; /* inner: calls of parts within it */
};

static struct part parts[PART_N], least[PART_N];
static unsigned stack[DEPTH], depth;
static uint64_t last;
static bool is_on;

static struct dissect plain, timed;
static const struct dissector *list[DISSECTORS_MAX];
static struct dissector copies[DISSECTORS_MAX];

static inline uint64_t
ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#endif
}

/* The time since last is that of the part that runs. */
static inline void
account(uint64_t now)
{
	unsigned part = stack[depth];

	if (now - last < TURN || part == PART_BINS || part == PART_REPORT)
		parts[part].ticks += now - last;
}

static inline void
enter(unsigned part)
{
	uint64_t now = ticks();

	account(now);
	parts[stack[depth]].inner++;
	stack[++depth] = part;
	parts[part].calls++;
	last = now;
}

static inline void
leave(void)
{
	uint64_t now = ticks();

	account(now);
	depth--;
	last = now;
}

static enum verdict
dissect_timed(unsigned i, struct layer *layer, struct pkt *pkt)
{
	enum verdict verdict;

	enter(PART_FIRST + i);
	verdict = registry[i]->dissect(layer, pkt);
	leave();
	return verdict;
}

static enum stream_verdict
stream_timed(unsigned i, struct stream *s)
{
	enum stream_verdict verdict;

	enter(PART_FIRST + DISSECTORS_MAX + i);
	verdict = registry[i]->stream(s);
	leave();
	return verdict;
}

static enum probe
probe_timed(unsigned i, const struct cur *data)
{
	enum probe said;

	enter(PART_FIRST + 2 * DISSECTORS_MAX + i);
	said = registry[i]->probe(data);
	leave();
	return said;
}

/* A dissector's functions are not told whose they are: three for each place. */
/* clang-format off */
#define PLACES8(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5)       \
	X(n##6) X(n##7)
#define PLACES64(X, n) PLACES8(X, n##0) PLACES8(X, n##1) PLACES8(X, n##2)    \
	PLACES8(X, n##3) PLACES8(X, n##4) PLACES8(X, n##5) PLACES8(X, n##6)  \
	PLACES8(X, n##7)
/* Octal. */
#define PLACES(X) PLACES64(X, 00) PLACES64(X, 01)
/* clang-format on */

_Static_assert(DISSECTORS_MAX <= 128, "two times 64 places");

#define X_FUNCTIONS(i)                                                        \
	static enum verdict dissect_##i(struct layer *layer, struct pkt *pkt) \
	{                                                                     \
		return dissect_timed(i, layer, pkt);                          \
	}                                                                     \
	static enum stream_verdict stream_##i(struct stream *s)               \
	{                                                                     \
		return stream_timed(i, s);                                    \
	}                                                                     \
	static enum probe probe_##i(const struct cur *data)                   \
	{                                                                     \
		return probe_timed(i, data);                                  \
	}
PLACES(X_FUNCTIONS)
#undef X_FUNCTIONS

static const struct {
	enum verdict (*dissect)(struct layer *layer, struct pkt *pkt);
	enum stream_verdict (*stream)(struct stream *s);
	enum probe (*probe)(const struct cur *data);
} functions[] = {
#define X_ENTRY(i) { dissect_##i, stream_##i, probe_##i },
	PLACES(X_ENTRY)
#undef X_ENTRY
};

static void
make_timed(void)
{
	dissect_init(&plain, codecs_get());
	for (unsigned i = 0; i < registry_n; i++) {
		copies[i] = *registry[i];
		if (copies[i].dissect != NULL)
			copies[i].dissect = functions[i].dissect;
		if (copies[i].stream != NULL)
			copies[i].stream = functions[i].stream;
		if (copies[i].probe != NULL)
			copies[i].probe = functions[i].probe;
		list[i] = &copies[i];
	}
	dissect_init_list(&timed, list, registry_n, codecs_get());
}

/* The linker leads calls of NAME to __wrap_NAME. */
#define WRAP(type, part, name, parameters, arguments)   \
	type __real_##name parameters;                  \
	type __wrap_##name parameters;                  \
	type __wrap_##name parameters                   \
	{                                               \
		type result;                            \
                                                        \
		if (!is_on)                             \
			return __real_##name arguments; \
		enter(part);                            \
		result = __real_##name arguments;       \
		leave();                                \
		return result;                          \
	}
#define WRAP_VOID(part, name, parameters, arguments) \
	void __real_##name parameters;               \
	void __wrap_##name parameters;               \
	void __wrap_##name parameters                \
	{                                            \
		if (is_on)                           \
			enter(part);                 \
		__real_##name arguments;             \
		if (is_on)                           \
			leave();                     \
	}

WRAP(uint8_t, PART_TRACK, track_segment,
    (struct track * t, const struct track_packet *p, const struct segment *s),
    (t, p, s))
WRAP(uint8_t, PART_TRACK, track_datagram,
    (struct track * t, const struct track_packet *p, uint8_t stream,
	const struct cur *data),
    (t, p, stream, data))
WRAP(struct pkt *, PART_TRACK, track_fragment,
    (struct track * t, const struct fragment *f, int64_t ts_ns), (t, f, ts_ns))
WRAP_VOID(PART_TRACK, track_advance,
    (struct track * t, int64_t now_ns, const struct track_context *context),
    (t, now_ns, context))
WRAP_VOID(PART_METER, meter_batch, (struct meter * m, struct batch *b), (m, b))
WRAP_VOID(PART_BINS, meter_roll, (struct meter * m, int64_t to), (m, to))

/* What the meter reports to. */
struct run {
	struct halves *halves;
	struct report_config report;
	struct topk_row rows[TOP];
};

static void
emit(void *arg, const struct point *p)
{
	static char line[LINE_SIZE];
	size_t n;

	(void)arg;
	if (!line_write(line, sizeof(line), p, &n))
		abort();
}

static void
on_bin(void *arg, const struct bin *bin)
{
	struct run *r = arg;

	if (is_on)
		enter(PART_REPORT);
	report_bin(&r->report, bin);
	if (is_on)
		leave();
}

static void
on_report(void *arg, int64_t end_ns)
{
	struct run *r = arg;

	if (is_on)
		enter(PART_REPORT);
	if (end_ns != 0)
		report_windows(&r->report, r->halves->meter, end_ns, r->rows);
	if (is_on)
		leave();
}

/* As the program does it without any options. */
static void
begin(struct run *r, const struct dissect *d)
{
	static const char *const sources[] = { "bench" };
	static const int64_t windows[] = { INT64_C(60000000000), 0 };
	struct meter_config c = { .bin_ns = INT64_C(2000000000),
		.window_ns = { INT64_C(60000000000), 0 },
		.n_windows = 2,
		.report_ns = INT64_C(10000000000),
		.memory = 47 << 20,
		.n_sources = 1,
		.on_bin = on_bin,
		.on_report = on_report,
		.arg = r };

	r->report = (struct report_config){ .sensor = "bench",
		.sources = sources,
		.n_sources = 1,
		.window_ns = windows,
		.n_windows = 2,
		.top = TOP,
		.has_key_field = true,
		.emit = emit };
	r->halves = halves_new(&c, d, 8 << 20);
}

/* Takes the next packet; false if there is none. */
static bool
step(struct run *r, const struct dissect *d, struct reader *reader)
{
	struct front *f = r->halves->front;
	enum reader_result result;
	struct capture_packet p;

	if (is_on)
		enter(PART_READER);
	result = reader_next(reader, &p);
	if (is_on)
		leave();
	if (result != READER_PACKET)
		return false;
	if (is_on)
		enter(PART_WALK);
	dissect_packet(d, front_pkt(f), p.dlt, p.bytes, p.caplen, p.len);
	if (is_on) {
		leave();
		enter(PART_FRONT);
	}
	front_packet(f, 0, p.ts_ns, p.ts_clamped, p.len);
	if (is_on)
		leave();
	return true;
}

static uint64_t
clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The bytes stay where they are, so the front is never hurried. */
static uint64_t
replay(const struct dissect *d, const uint8_t *bytes, size_t n, clockid_t clock,
    double *ns)
{
	uint64_t n_packets = 0, from;
	struct reader reader;
	struct run r;

	reader_init(&reader);
	reader_over(&reader, bytes, n);
	begin(&r, d);
	from = clock_ns(clock);
	last = ticks();
	while (step(&r, d, &reader))
		n_packets++;
	if (is_on)
		enter(PART_BINS);
	halves_finish(r.halves);
	if (is_on)
		leave();
	*ns = (double)(clock_ns(clock) - from);
	halves_free(r.halves);
	reader_reset(&reader);
	reader_fini(&reader);
	return n_packets;
}

/* What enter and leave cost: the part itself, and the one around it. */
static void
calibrate(double *within, double *around)
{
	enum { TIMES = 1000000 };
	struct part before = parts[PART_REST];

	*within = *around = 1e9;
	for (unsigned r = 0; r < 5; r++) {
		uint64_t rest = parts[PART_REST].ticks,
			 part = parts[PART_FIRST].ticks;

		last = ticks();
		for (unsigned i = 0; i < TIMES; i++) {
			enter(PART_FIRST);
			leave();
		}
		rest = parts[PART_REST].ticks - rest;
		part = parts[PART_FIRST].ticks - part;
		if ((double)part / TIMES < *within)
			*within = (double)part / TIMES;
		if ((double)rest / TIMES < *around)
			*around = (double)rest / TIMES;
	}
	parts[PART_REST] = before;
	parts[PART_FIRST] = (struct part){ 0 };
}

static const char *
name_of(unsigned part, char text[64])
{
	static const char *const what[] = { "", " (streams)", " (probe)" };
	unsigned i = part - PART_FIRST;

	if (part < PART_FIRST)
		return names[part];
	snprintf(text, 64, "  %s%s", registry[i % DISSECTORS_MAX]->name,
	    what[i / DISSECTORS_MAX]);
	return text;
}

struct row {
	unsigned part;
	double ns;
};

static int
by_cost(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->ns < y->ns) - (x->ns > y->ns);
}

static void
print(uint64_t n_packets, double plain_ns, double per_tick)
{
	double within, around, sum = 0, back = 0;
	static struct row rows[PART_N];
	unsigned n = 0;

	calibrate(&within, &around);
	for (unsigned i = 0; i < PART_N; i++) {
		double t = (double)least[i].ticks -
		    (double)least[i].calls * within -
		    (double)least[i].inner * around;

		if (least[i].calls == 0)
			continue;
		if (t < 0)
			t = 0;
		rows[n++] = (struct row){ i, t * per_tick };
		sum += t * per_tick;
		if (i >= PART_METER && i < PART_FIRST)
			back += t * per_tick;
	}
	qsort(rows, n, sizeof(rows[0]), by_cost);
	printf("%-34s %12s %9s %9s %7s\n", "", "calls", "ns/call", "ns/packet",
	    "share");
	for (unsigned i = 0; i < n; i++) {
		const struct part *p = &least[rows[i].part];
		char text[64];

		printf("%-34s %12llu %9.1f %9.2f %6.1f%%\n",
		    name_of(rows[i].part, text), (unsigned long long)p->calls,
		    p->calls > 0 ? rows[i].ns / (double)p->calls : 0.0,
		    rows[i].ns / (double)n_packets, rows[i].ns * 100 / sum);
	}
	printf("%-34s %12llu %9s %9.2f\n", "all of these",
	    (unsigned long long)n_packets, "", sum / (double)n_packets);
	printf("%-34s %12s %9s %9.2f\n", "the front half of them", "", "",
	    (sum - back) / (double)n_packets);
	printf("%-34s %12s %9s %9.2f\n", "the back half", "", "",
	    back / (double)n_packets);
	printf("%-34s %12llu %9s %9.2f\n", "without clocks, in one thread",
	    (unsigned long long)n_packets, "", plain_ns / (double)n_packets);
}

static const uint8_t *
map(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY);
	const uint8_t *bytes;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return NULL;
	*n = (size_t)st.st_size;
	bytes = mmap(NULL, *n, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	return bytes != MAP_FAILED ? bytes : NULL;
}

/* One run with clocks; writes how long a tick is. */
static void
measure(const uint8_t *bytes, size_t n, unsigned run, double *per_tick)
{
	uint64_t from;
	double ns;

	memset(parts, 0, sizeof(parts));
	is_on = true;
	from = ticks();
	replay(&timed, bytes, n, CLOCK_MONOTONIC, &ns);
	*per_tick = ns / (double)(ticks() - from);
	is_on = false;
	for (unsigned i = 0; i < PART_N; i++)
		if (run == 0 || parts[i].ticks < least[i].ticks)
			least[i] = parts[i];
}

int
main(int argc, char **argv)
{
	double ns, plain_ns = 1e18, per_tick = 1;
	uint64_t n_packets = 0;
	const uint8_t *bytes;
	size_t n;

	if (argc != 2) {
		fprintf(stderr, "usage: cost FILE\n");
		return 2;
	}
	bytes = map(argv[1], &n);
	if (bytes == NULL) {
		perror(argv[1]);
		return 1;
	}
	make_timed();
	for (unsigned run = 0; run < RUNS; run++) {
		n_packets =
		    replay(&plain, bytes, n, CLOCK_PROCESS_CPUTIME_ID, &ns);
		if (ns < plain_ns)
			plain_ns = ns;
		measure(bytes, n, run, &per_tick);
	}
	if (n_packets == 0) {
		fprintf(stderr, "cost: no packets in %s\n", argv[1]);
		return 1;
	}
	print(n_packets, plain_ns, per_tick);
	return 0;
}
