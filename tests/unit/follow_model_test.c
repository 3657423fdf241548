/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following, against a model: a writer does in random order all that writers
 * do to their files, and the follower is stopped and killed in between.  Every
 * packet that was written has to be in exactly one published bin.
 *
 * FOLLOW_SEEDS, from the environment, is how many such lives there are;
 * FOLLOW_SEED is the first.
 */
#include "daemon/capture/follow.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <zlib.h>

#include "tests/lib/folder.h"
#include "tests/lib/saved.h"

enum { STEPS = 120, PACKETS_MAX = 8192, BINS_MAX = 2048, OLD_MAX = 16 };
enum { OPEN = 3, STATE = 1 << 18, PACKET_BYTES = 40 };
enum { PER_BIN = 10 /* packets: one each 10 ms */ };

static const int64_t ns_per_s = 1000000000;
static const int64_t packet_ns = 10000000, bin_ns = PER_BIN * 10000000;
static const int64_t start_ns = INT64_C(1700000000) * 1000000000;

static char dir[] = "/tmp/tapline-follow-XXXXXX";
static char pattern[64];
static char *patterns[] = { pattern };

static struct model {
	uint64_t random;
	int64_t skew_ns; /* of both clocks */

	/* The writer: its open file, and those it has left behind. */
	unsigned n_packets, n_files;
	int fd;
	char path[96];
	bool is_ng;
	struct saved pending; /* what of the last packet is not written yet */
	size_t written; /* of pending */
	struct {
		char path[128];
		bool is_packed;
	} old[OLD_MAX];
	unsigned n_old;

	/* The meter: packets of its open bins, and what it has published. */
	struct {
		int64_t number;
		unsigned n;
		uint32_t packets[PER_BIN];
	} open[OPEN];
	unsigned n_open;
	int64_t newest, closed; /* bins: closed is the first that is not */
	uint32_t bins[BINS_MAX][PER_BIN];
	unsigned n_in_bin[BINS_MAX];
	unsigned n_late;
	/* Files are gone that packets of bins before this came from. */
	int64_t safe_from, saved;

	/* Each closed bin has the state with it, as if in one commit. */
	bool is_carried;
	uint8_t state[STATE], settled[STATE];
	size_t n_state, n_settled;
	struct follow *follow;
	struct follow_config config;
} m;

static unsigned
pick(unsigned n)
{
	m.random ^= m.random << 13;
	m.random ^= m.random >> 7;
	m.random ^= m.random << 17;
	return (unsigned)(m.random >> 20) % n;
}

static int64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * ns_per_s + ts.tv_nsec + m.skew_ns;
}

/* The meter. */

static void
publish(unsigned i)
{
	int64_t bin = m.open[i].number;
	unsigned n = m.open[i].n;

	assert_true(bin >= 0 && bin < BINS_MAX);
	for (unsigned k = 0; k < n; k++)
		for (unsigned j = k + 1; j < n; j++)
			assert_int_not_equal(m.open[i].packets[k],
			    m.open[i].packets[j]);
	/* Published again, after it was killed, it has to be the same. */
	if (m.n_in_bin[bin] != 0)
		assert_int_equal(m.n_in_bin[bin], n);
	assert_false(m.is_carried && m.n_in_bin[bin] != 0);
	m.n_in_bin[bin] = n;
	memcpy(m.bins[bin], m.open[i].packets, sizeof(m.bins[bin]));
	m.open[i] = m.open[--m.n_open];
}

static void
close_before(int64_t bin)
{
	for (unsigned i = m.n_open; i > 0; i--)
		if (m.open[i - 1].number < bin)
			publish(i - 1);
	if (bin <= m.closed)
		return;
	m.closed = bin;
	follow_closed(m.follow, start_ns + bin * bin_ns);
	if (!m.is_carried)
		return;
	m.n_state = follow_state(m.follow, m.state, STATE);
	assert_true(m.n_state <= STATE);
	m.saved = m.closed;
}

static void
on_packet(void *arg, unsigned source, const struct capture_packet *p)
{
	int64_t bin = (p->ts_ns - start_ns) / bin_ns;
	uint32_t number;
	unsigned i;

	(void)arg;
	(void)source;
	assert_int_equal(p->caplen, PACKET_BYTES);
	memcpy(&number, p->bytes, sizeof(number));
	assert_true(number < m.n_packets + 1);
	assert_int_equal(p->ts_ns, start_ns + number * packet_ns);
	if (bin < m.closed) {
		m.n_late++;
		return;
	}
	if (bin > m.newest) {
		close_before(bin - 1);
		m.newest = bin;
	}
	for (i = 0; i < m.n_open && m.open[i].number != bin; i++)
		;
	if (i == m.n_open) {
		assert_true(m.n_open < OPEN);
		m.open[m.n_open].number = bin;
		m.open[m.n_open++].n = 0;
	}
	assert_true(m.open[i].n < PER_BIN);
	m.open[i].packets[m.open[i].n++] = number;
}

/* The follower. */

static void
begin(void)
{
	m.config = (struct follow_config){ .patterns = patterns,
		.n_patterns = 1,
		.filter = "",
		.bin_ns = bin_ns,
		.no_events = pick(2) == 0,
		.fn = on_packet };
	m.follow = follow_new(&m.config);
	assert_non_null(m.follow);
	if (m.n_settled > 0)
		assert_true(
		    follow_restore_settled(m.follow, m.settled, m.n_settled));
	if (m.n_state > 0)
		assert_true(follow_restore(m.follow, m.state, m.n_state));
	m.n_open = 0;
	m.closed = m.newest = 0;
	if (follow_restored(m.follow) > 0)
		m.closed = m.newest =
		    (follow_restored(m.follow) - start_ns) / bin_ns;
}

static void
save(void)
{
	m.n_state = follow_state(m.follow, m.state, STATE);
	assert_true(m.n_state <= STATE);
	follow_state_saved(m.follow);
	m.saved = m.closed;
	if (follow_n_unsettled(m.follow) > pick(6)) {
		m.n_settled = follow_settled(m.follow, m.settled, STATE);
		assert_true(m.n_settled <= STATE);
		follow_settled_saved(m.follow);
	}
}

static bool
tick(void)
{
	return follow_tick(m.follow, clock_ns(CLOCK_MONOTONIC),
	    clock_ns(CLOCK_REALTIME));
}

/* Everything that is there is read. */
static void
settle(void)
{
	for (unsigned quiet = 0; quiet < 3;) {
		uint64_t before = follow_packets(m.follow);

		m.skew_ns += 3 * ns_per_s;
		tick();
		while (follow_dispatch(m.follow))
			;
		quiet = follow_packets(m.follow) == before ? quiet + 1 : 0;
	}
}

/* The writer. */

static void
put(const void *p, size_t n)
{
	assert_int_equal(write(m.fd, p, n), n);
}

static void
write_header(void)
{
	struct saved s = { .n = 0 };

	m.is_ng = pick(3) == 0;
	if (m.is_ng) {
		saved_section(&s, false);
		saved_face(&s, 1, 65535, 9, 0);
	} else {
		saved_pcap(&s, false, 0xa1b23c4d, 4, 65535, 1);
	}
	put(s.bytes, s.n);
}

static void
create(void)
{
	snprintf(m.path, sizeof(m.path), "%s/f-%03u.pcap", dir, m.n_files++);
	m.fd = open(m.path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(m.fd >= 0);
	write_header();
}

static void
encode(void)
{
	uint32_t number = m.n_packets++;
	uint64_t t = (uint64_t)start_ns + (uint64_t)number * packet_ns;
	uint8_t *bytes;

	m.pending.n = 0;
	m.written = 0;
	if (m.is_ng) {
		saved_packet(&m.pending, 0, t, 0, PACKET_BYTES, PACKET_BYTES);
		bytes = m.pending.bytes + 28;
	} else {
		saved_record(&m.pending, (uint32_t)(t / 1000000000),
		    (uint32_t)(t % 1000000000), PACKET_BYTES, PACKET_BYTES);
		saved_data(&m.pending, 0, PACKET_BYTES);
		bytes = m.pending.bytes + 16;
	}
	memcpy(bytes, &number, sizeof(number));
}

static void
finish_packet(void)
{
	put(m.pending.bytes + m.written, m.pending.n - m.written);
	m.pending.n = m.written = 0;
}

static void
append(void)
{
	for (unsigned n = 1 + pick(40); n > 0 && m.n_packets < PACKETS_MAX;
	     n--) {
		finish_packet();
		encode();
	}
	if (pick(2) == 0)
		finish_packet();
}

static void
append_bytes(void)
{
	size_t n = m.pending.n - m.written;

	if (n == 0)
		return;
	n = 1 + pick((unsigned)n);
	put(m.pending.bytes + m.written, n);
	m.written += n;
}

static void
drop_old(unsigned i)
{
	m.old[i] = m.old[--m.n_old];
}

static void
leave(const char *path)
{
	if (m.n_old == OLD_MAX) {
		settle();
		m.safe_from = m.newest + 1;
		unlink(m.old[0].path);
		drop_old(0);
	}
	strcpy(m.old[m.n_old].path, path);
	m.old[m.n_old++].is_packed = false;
}

static void
rotate(void)
{
	finish_packet();
	close(m.fd);
	leave(m.path);
	create();
}

static void
copy(const char *from, const char *to)
{
	static char bytes[1 << 20];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0644);
	ssize_t n = read(in, bytes, sizeof(bytes));

	assert_true(out >= 0 && n >= 0 && n < (ssize_t)sizeof(bytes));
	assert_int_equal(write(out, bytes, (size_t)n), n);
	close(in);
	close(out);
}

/* What was in the file is gone, for who has not read it. */
static void
rewrite(void)
{
	finish_packet();
	settle();
	m.safe_from = m.newest + 1;
	assert_int_equal(ftruncate(m.fd, 0), 0);
	lseek(m.fd, 0, SEEK_SET);
	write_header();
}

static void
copy_and_truncate(void)
{
	char path[96];

	finish_packet();
	snprintf(path, sizeof(path), "%s/f-%03u.pcap.1", dir, m.n_files++);
	copy(m.path, path);
	if (pick(2) == 0)
		tick();
	assert_int_equal(ftruncate(m.fd, 0), 0);
	lseek(m.fd, 0, SEEK_SET);
	write_header();
	leave(path);
}

static void
pack(unsigned i)
{
	static char bytes[1 << 20];
	char path[128];
	int in = open(m.old[i].path, O_RDONLY);
	ssize_t n = read(in, bytes, sizeof(bytes));
	gzFile out;

	close(in);
	if (m.old[i].is_packed)
		return;
	snprintf(path, sizeof(path), "%s.gz", m.old[i].path);
	out = gzopen(path, "wb1");
	assert_int_equal(gzwrite(out, bytes, (unsigned)n), n);
	gzclose(out);
	if (pick(2) == 0)
		tick();
	unlink(m.old[i].path);
	strcpy(m.old[i].path, path);
	m.old[i].is_packed = true;
}

static void
move(unsigned i)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/f-%03u.pcap.2", dir, m.n_files++);
	assert_int_equal(rename(m.old[i].path, path), 0);
	strcpy(m.old[i].path, path);
}

static void
copy_old(unsigned i)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/f-%03u.pcap.copy", dir, m.n_files++);
	copy(m.old[i].path, path);
}

static void
remove_old(unsigned i)
{
	settle();
	m.safe_from = m.newest + 1;
	unlink(m.old[i].path);
	drop_old(i);
}

static void
write_nonsense(void)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/f-%03u.pcap.bad", dir, m.n_files++);
	f = fopen(path, "w");
	fputs("this is no capture at all, whatever its name says\n", f);
	fclose(f);
}

/* Stops it as SIGTERM does, or kills it. */
static void
restart(bool is_killed)
{
	if (!is_killed)
		save();
	if (m.saved < m.safe_from)
		return;
	follow_free(m.follow);
	begin();
}

static void
step(void)
{
	unsigned i = m.n_old > 0 ? pick(m.n_old) : 0;

	switch (pick(22)) {
	case 0:
		rotate();
		break;
	case 1:
		rewrite();
		break;
	case 2:
		copy_and_truncate();
		break;
	case 3:
		restart(false);
		break;
	case 4:
		restart(true);
		break;
	case 5:
		m.skew_ns += 100 * ns_per_s;
		break;
	case 6:
		write_nonsense();
		break;
	case 7:
		if (m.n_old > 0)
			pack(i);
		break;
	case 8:
		if (m.n_old > 0)
			move(i);
		break;
	case 9:
		if (m.n_old > 0)
			copy_old(i);
		break;
	case 10:
		if (m.n_old > 0)
			remove_old(i);
		break;
	case 11:
	case 12:
		save();
		break;
	case 13:
	case 14:
		append_bytes();
		break;
	case 15:
	case 16:
	case 17:
		tick();
		follow_dispatch(m.follow);
		break;
	default:
		append();
	}
}

static void
live(uint64_t seed)
{
	uint32_t seen = 0;

	memset(&m, 0, sizeof(m));
	m.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	m.is_carried = seed % 2 == 0;
	begin();
	create();
	for (unsigned i = 0; i < STEPS; i++)
		step();
	finish_packet();
	settle();
	close_before(m.newest + 1);
	follow_free(m.follow);
	close(m.fd);
	folder_empty(dir);
	for (unsigned bin = 0; bin < BINS_MAX; bin++)
		for (unsigned k = 0; k < m.n_in_bin[bin]; k++)
			seen++;
	if (seen == m.n_packets && m.n_late == 0)
		return;
	printf("# FOLLOW_SEED=%llu: %u of %u packets, %u late\n",
	    (unsigned long long)seed, seen, m.n_packets, m.n_late);
	for (unsigned bin = 0; bin < m.n_packets / PER_BIN; bin++)
		if (m.n_in_bin[bin] != PER_BIN)
			printf("# bin %u: %u\n", bin, m.n_in_bin[bin]);
	fail();
}

static unsigned
number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void
test_lives(void **state)
{
	unsigned first = number_of("FOLLOW_SEED", 1);
	unsigned n = number_of("FOLLOW_SEEDS", 150);

	(void)state;
	for (unsigned i = 0; i < n; i++)
		live(first + i);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(pattern, sizeof(pattern), "%s/f-*.pcap*", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	folder_empty(dir);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests_name("follow_model", tests, set_up,
	    tear_down);
}
