/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Bins by packet time: what is counted where, published when, and lost never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/halves.h"

#define S INT64_C(1000000000)

static struct dissect dissect;

/* What the callbacks saw. */
static struct {
	unsigned n_bins, n_reports;
	int64_t starts[4096], reports[512];
	struct bin_totals sum, bins[4096];
	struct bin_totals second; /* of source 1 */
} seen;

static void
add_totals(struct bin_totals *sum, const struct bin_totals *b)
{
	sum->packets += b->packets;
	sum->bytes += b->bytes;
	sum->ip_packets += b->ip_packets;
	sum->ip_bytes += b->ip_bytes;
	sum->ip4_bytes += b->ip4_bytes;
	sum->ip6_bytes += b->ip6_bytes;
	sum->tcp_bytes += b->tcp_bytes;
	sum->udp_bytes += b->udp_bytes;
	sum->flows += b->flows;
	sum->flow_evicts += b->flow_evicts;
	sum->drops += b->drops;
}

static void
on_bin(void *arg, const struct bin *bin)
{
	(void)arg;
	seen.starts[seen.n_bins] = bin->start_ns;
	seen.bins[seen.n_bins++] = bin->sources[0];
	add_totals(&seen.sum, &bin->sources[0]);
	if (bin->n_sources > 1)
		add_totals(&seen.second, &bin->sources[1]);
}

static void
on_report(void *arg, int64_t end_ns)
{
	(void)arg;
	seen.reports[seen.n_reports++] = end_ns;
}

static struct halves *
new_meter_of(bool is_live, int64_t window_s, unsigned n_windows, size_t memory)
{
	struct meter_config c = { .bin_ns = 2 * S,
		.window_ns = { window_s * S },
		.n_windows = n_windows,
		.report_ns = 10 * S,
		.memory = memory,
		.n_sources = 2,
		.is_live = is_live,
		.keys = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } },
		.on_bin = on_bin,
		.on_report = on_report };

	if (dissect.n == 0)
		dissect_init(&dissect, NULL);
	memset(&seen, 0, sizeof(seen));
	return halves_new(&c, &dissect, memory / 6);
}

static struct halves *
new_meter(bool is_live, int64_t window_s, size_t memory)
{
	return new_meter_of(is_live, window_s, 1, memory);
}

/* A UDP packet of 100 bytes by its IP header, 114 on the wire. */
static void
send(struct halves *m, unsigned source, int64_t ts_ns, uint32_t host)
{
	static struct pkt p;

	memset(&p, 0, sizeof(p));
	p.net = NET_IP4;
	p.ip_len = 100;
	p.tuple.proto = 17;
	p.tuple.flags = TUPLE_PORTS;
	p.tuple.sport = 1000;
	p.tuple.dport = 53;
	memcpy(p.tuple.src, &host, sizeof(host));
	p.tuple.dst[0] = 10;
	halves_packet(m, source, ts_ns, 114, &p);
}

static void
test_bins_are_cut_by_packet_time(void **state)
{
	struct halves *m = new_meter(false, 60, 1 << 20);

	(void)state;
	send(m, 0, 100 * S, 1);
	send(m, 0, 102 * S - 1, 1);
	send(m, 0, 102 * S, 1);
	halves_finish(m);
	assert_int_equal(seen.n_bins, 2);
	assert_int_equal(seen.starts[0], 100 * S);
	assert_int_equal(seen.starts[1], 102 * S);
	assert_int_equal(seen.bins[0].packets, 2);
	assert_int_equal(seen.bins[0].bytes, 228);
	assert_int_equal(seen.bins[0].ip_bytes, 200);
	assert_int_equal(seen.bins[0].udp_bytes, 200);
	assert_int_equal(seen.bins[0].flows, 1);
	assert_int_equal(seen.bins[1].packets, 1);
	halves_free(m);
}

static void
test_one_bin_late_counts_and_two_are_late(void **state)
{
	struct halves *m = new_meter(false, 60, 1 << 20);
	struct meter_ledger l;

	(void)state;
	send(m, 0, 104 * S, 1);
	send(m, 0, 102 * S, 1); /* its own bin, although the first came later */
	send(m, 0, 102 * S - 1, 1); /* late */
	send(m, 0, 106 * S, 1);
	send(m, 0, 104 * S + 5, 1); /* its own bin */
	send(m, 0, 103 * S, 1); /* late */
	halves_finish(m);
	meter_ledger(m->meter, &l);
	assert_int_equal(l.delivered, 6);
	assert_int_equal(l.late, 2);
	assert_int_equal(l.late_bytes, 228);
	assert_int_equal(l.binned, 4);
	assert_int_equal(seen.sum.packets, 4);
	assert_int_equal(seen.n_bins, 3);
	assert_int_equal(seen.bins[0].packets, 1);
	assert_int_equal(seen.bins[1].packets, 2);
	halves_free(m);
}

static void
test_first_bin_has_no_empty_one_before_it(void **state)
{
	struct halves *m = new_meter(false, 60, 1 << 20);

	(void)state;
	send(m, 0, 0, 1);
	halves_finish(m);
	assert_int_equal(seen.n_bins, 1);
	assert_int_equal(seen.starts[0], 0);
	halves_free(m);
}

static void
test_gap_is_published_up_to_the_window(void **state)
{
	static const struct {
		int64_t gap;
		unsigned empty;
	} cases[] = { { 1, 0 }, { 2, 1 }, { 3, 2 }, { 30, 29 }, { 31, 30 },
		{ 32, 30 }, { 1000, 30 }, { 1000000000, 30 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct halves *m = new_meter(false, 60, 1 << 20);

		send(m, 0, 100 * S, 1);
		send(m, 0, (100 + 2 * cases[i].gap) * S, 1);
		halves_finish(m);
		assert_int_equal(seen.n_bins, 2 + cases[i].empty);
		assert_int_equal(seen.sum.packets, 2);
		/* What was before the gap has left the window if it is long. */
		assert_int_equal(topk_total(meter_topk(m->meter, 0), 0).packets,
		    cases[i].gap < 30 ? 2 : 1);
		halves_free(m);
	}
}

static void
test_gap_in_an_endless_window_is_bounded(void **state)
{
	struct halves *m = new_meter(false, 0, 1 << 20);

	(void)state;
	send(m, 0, 100 * S, 1);
	send(m, 0, INT64_C(9000000000) * S, 1);
	halves_finish(m);
	assert_int_equal(seen.n_bins, 2 + EMPTY_BINS_MAX);
	assert_int_equal(topk_total(meter_topk(m->meter, 0), 0).packets, 2);
	halves_free(m);
}

static void
test_reports_come_at_multiples_and_at_the_end(void **state)
{
	struct halves *m = new_meter(false, 60, 1 << 20);

	(void)state;
	for (int64_t s = 101; s < 126; s++)
		send(m, 0, s * S, 1);
	halves_finish(m);
	assert_int_equal(seen.n_reports, 3);
	assert_int_equal(seen.reports[0], 110 * S);
	assert_int_equal(seen.reports[1], 120 * S);
	assert_int_equal(seen.reports[2], 126 * S);
	halves_free(m);
}

static void
test_clock_closes_bins_when_the_wire_is_silent(void **state)
{
	struct halves *m = new_meter(true, 60, 1 << 20);
	struct meter_ledger l;

	(void)state;
	halves_advance(m, 100 * S);
	assert_int_equal(seen.n_bins, 0);
	send(m, 0, 101 * S, 1);
	halves_advance(m, 102 * S - 1);
	assert_int_equal(seen.n_bins, 0);
	halves_advance(m, 102 * S);
	assert_int_equal(seen.n_bins, 1);
	assert_int_equal(seen.bins[0].packets, 1);
	halves_advance(m, 108 * S + 1);
	assert_int_equal(seen.n_bins, 4);
	send(m, 0, 107 * S, 1); /* its bin has been published */
	send(m, 0, 108 * S, 1);
	halves_finish(m);
	meter_ledger(m->meter, &l);
	assert_int_equal(l.late, 1);
	assert_int_equal(seen.n_bins, 5);
	assert_int_equal(seen.sum.packets, 2);
	halves_free(m);
}

static void
test_clock_that_leaps_is_bounded(void **state)
{
	struct halves *m = new_meter(true, 60, 1 << 20);

	(void)state;
	halves_advance(m, 100 * S);
	send(m, 0, 101 * S, 1);
	halves_advance(m, 100 * S + 86400 * S);
	assert_in_range(seen.n_bins, 1000, 1002);
	halves_free(m);
}

static void
test_drops_are_spread_and_none_is_lost(void **state)
{
	struct halves *m = new_meter(true, 60, 1 << 20);

	(void)state;
	halves_advance(m, 100 * S);
	meter_drops(m->meter, 0, 7, 101 * S, 105 * S);
	halves_advance(m, 106 * S);
	assert_int_equal(seen.n_bins, 3);
	assert_int_equal(seen.bins[0].drops, 3);
	assert_int_equal(seen.bins[1].drops, 2);
	assert_int_equal(seen.bins[2].drops, 2);
	meter_drops(m->meter, 0, 1000, 90 * S, 900 * S);
	halves_finish(m);
	assert_int_equal(seen.sum.drops, 1007);
	halves_free(m);
}

static void
test_blindness_is_in_its_bins(void **state)
{
	struct halves *m = new_meter(true, 60, 1 << 20);

	(void)state;
	meter_blind(m->meter, 0, 90 * S, 91 * S);
	halves_advance(m, 100 * S);
	meter_blind(m->meter, 0, 101 * S, 103 * S);
	meter_blind(m->meter, 0, 103 * S, 105 * S);
	halves_advance(m, 106 * S);
	assert_int_equal(seen.n_bins, 3);
	assert_int_equal(seen.bins[0].blind_ns, S);
	assert_int_equal(seen.bins[1].blind_ns, 2 * S);
	assert_int_equal(seen.bins[2].blind_ns, S);
	/* What is longer than anybody keeps note of is cut. */
	meter_blind(m->meter, 0, 106 * S, 10000 * S);
	meter_blind(m->meter, 0, 0, 107 * S);
	halves_advance(m, 1000 * S);
	assert_int_equal(seen.bins[3].blind_ns, 3 * S);
	assert_int_equal(seen.bins[4].blind_ns, 2 * S);
	halves_free(m);
}

static void
test_sources_have_bins_of_their_own(void **state)
{
	struct halves *m = new_meter(false, 60, 1 << 20);

	(void)state;
	send(m, 0, 100 * S, 1);
	send(m, 1, 100 * S, 1);
	send(m, 1, 101 * S, 1);
	halves_finish(m);
	assert_int_equal(seen.sum.packets, 1);
	assert_int_equal(seen.second.packets, 2);
	assert_int_equal(seen.sum.flows, 1);
	assert_int_equal(seen.second.flows, 1);
	assert_int_equal(topk_total(meter_topk(m->meter, 0), 0).packets, 3);
	halves_free(m);
}

/* More flows than there is room for: folded early, and nothing is missing. */
static void
test_early_folding_loses_nothing(void **state)
{
	struct halves *m = new_meter(false, 0, 1 << 20);
	const uint32_t n = 300000;
	struct meter_ledger l;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		send(m, 0, 100 * S + (int64_t)i * 20000, i % 3 == 0 ? 5 : i);
	halves_finish(m);
	meter_ledger(m->meter, &l);
	assert_true(l.flow_evicts > 0);
	assert_true(l.key_evicts > 0);
	assert_int_equal(seen.sum.packets, n);
	assert_int_equal(seen.sum.ip_packets, n);
	assert_int_equal(seen.sum.ip_bytes, n * 100);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(topk_total(meter_topk(m->meter, i), 0).packets,
		    n);
	halves_free(m);
}

static void
test_length_is_clamped(void **state)
{
	struct halves *m = new_meter(false, 60, 1 << 20);
	struct pkt p = { 0 };
	struct meter_ledger l;

	(void)state;
	halves_packet(m, 0, 100 * S, 4093509168u, &p);
	halves_packet(m, 0, 100 * S, LEN_MAX, &p);
	halves_finish(m);
	meter_ledger(m->meter, &l);
	assert_int_equal(l.len_clamped, 1);
	assert_int_equal(seen.sum.bytes, 2 * LEN_MAX);
	assert_int_equal(l.delivered_bytes, 2 * LEN_MAX);
	halves_free(m);
}

/* The second window never ends: late packets enter it and no other. */
static void
test_late_enters_the_window_that_never_ends(void **state)
{
	struct halves *m = new_meter_of(false, 60, 2, 4 << 20);
	const struct topk *src;
	struct pkt p = { .net = NET_IP4, .ip_len = 100, .n_ip = 1 };

	(void)state;
	send(m, 0, 200 * S, 1);
	send(m, 0, 100 * S, 1); /* late, of a flow that is open */
	send(m, 0, 100 * S, 2); /* late, of another */
	message_text(&p.messages, MESSAGE_SSH, "late");
	halves_packet(m, 1, 101 * S, 114, &p);
	halves_finish(m);
	src = meter_topk(m->meter, 0);
	assert_int_equal(topk_total(src, 0).packets, 1);
	assert_int_equal(topk_total(src, 1).packets, 4);
	assert_int_equal(topk_total(src, 1).bytes, 400);
	assert_int_equal(meter_messages(m->meter)->sums[0].n[MESSAGE_SSH], 0);
	assert_int_equal(meter_messages(m->meter)->sums[1].n[MESSAGE_SSH], 1);
	assert_int_equal(distinct_estimate(&meter_messages(m->meter)
						->distinct[DISTINCT_SRC],
			     0),
	    1);
	assert_int_equal(distinct_estimate(&meter_messages(m->meter)
						->distinct[DISTINCT_SRC],
			     1),
	    3);
	assert_int_equal(seen.sum.packets + seen.second.packets, 1);
	halves_free(m);
}

/* Only what came through a tunnel is ranked by its outer addresses. */
static void
test_tunnels_are_ranked_by_their_outer_addresses(void **state)
{
	struct halves *m = new_meter(false, 60, 4 << 20);
	struct pkt p = { .net = NET_IP4, .ip_len = 100, .n_ip = 1 };
	const struct topk *tunnel = NULL;
	struct topk_row rows[4];
	char text[RANKING_TEXT];

	(void)state;
	for (unsigned i = 0; i < meter_n_topk(m->meter); i++)
		if (strcmp(meter_topk(m->meter, i)->ranking->name, "tunnel") ==
		    0)
			tunnel = meter_topk(m->meter, i);
	assert_non_null(tunnel);
	memcpy(p.tuple.src, "\xc0\0\2\1", 4);
	halves_packet(m, 0, 100 * S, 114, &p);
	p.n_ip = 2;
	p.outer_len = 150;
	memcpy(p.outer.src, "\xc6\x33\x64\1", 4);
	memcpy(p.outer.dst, "\xc6\x33\x64\2", 4);
	for (unsigned i = 0; i < 5; i++) {
		p.tunnel = 1 + i % 2; /* by another dissector: one pair still */
		p.outer.sport = i;
		halves_packet(m, 0, (100 + i) * S, 164, &p);
	}
	halves_finish(m);
	assert_int_equal(topk_total(tunnel, 0).packets, 5);
	assert_int_equal(topk_total(tunnel, 0).bytes, 750);
	assert_int_equal(topk_top(tunnel, 0, rows, 4), 1);
	topk_text(tunnel, rows[0].index, text);
	assert_string_equal(text, "198.51.100.1>198.51.100.2");
	assert_int_equal(topk_total(meter_topk(m->meter, 0), 0).bytes, 600);
	halves_free(m);
}

/* Everything that a meter says, as text; the caller frees it. */
static char *
dump(const struct halves *m)
{
	const struct messages *messages = meter_messages(m->meter);
	struct topk_row rows[100];
	char text[RANKING_TEXT], *out;
	struct meter_ledger l;
	const struct track_stats *s = meter_track_stats(m->meter);
	size_t size;
	FILE *f = open_memstream(&out, &size);

	for (unsigned i = 0; i < seen.n_bins; i++) {
		const struct bin_totals *b = &seen.bins[i];

		fprintf(f, "%llu %llu %llu %llu\n",
		    (unsigned long long)b->packets,
		    (unsigned long long)b->tcp_bytes,
		    (unsigned long long)b->flows,
		    (unsigned long long)b->copies);
	}
	for (unsigned i = 0; i < meter_n_topk(m->meter); i++) {
		const struct topk *t = meter_topk(m->meter, i);
		uint32_t n = topk_top(t, 0, rows, 100);

		for (uint32_t r = 0; r < n; r++) {
			topk_text(t, rows[r].index, text);
			fprintf(f, "%s %s %llu %llu\n", t->ranking->name, text,
			    (unsigned long long)rows[r].amounts.packets,
			    (unsigned long long)rows[r].amounts.bytes);
		}
	}
	for (unsigned k = 0; k < MESSAGE_N; k++)
		fprintf(f, "%llu %llu\n",
		    (unsigned long long)messages->sums[0].n[k],
		    (unsigned long long)messages->sums[0].value[k]);
	meter_ledger(m->meter, &l);
	fprintf(f, "%llu %llu %llu\n", (unsigned long long)l.copies,
	    (unsigned long long)s->conns.segments,
	    (unsigned long long)s->conns.lost_bytes);
	fclose(f);
	return out;
}

/* Connections that ask, are answered, repeat themselves and lose bytes. */
static void
send_segment(struct halves *m, uint32_t i)
{
	static const char request[] = "GET /path HTTP/1.1\r\nHost: h\r\n\r\n";
	static struct pkt p;
	uint32_t conn = i * 2654435761u >> 27, step = i / 40;
	bool is_server = i % 3 == 2;

	memset(&p, 0, sizeof(p));
	p.net = NET_IP4;
	p.n_ip = 1;
	p.ip_len = 40 + sizeof(request) - 1;
	p.digest = i * 0x9e3779b1u;
	p.tuple.proto = 6;
	p.tuple.flags = TUPLE_PORTS;
	p.tuple.src[0] = is_server ? 2 : 1;
	p.tuple.dst[0] = is_server ? 1 : 2;
	p.tuple.sport = (uint16_t)(is_server ? 80 : 1000 + conn);
	p.tuple.dport = (uint16_t)(is_server ? 1000 + conn : 80);
	p.has_segment = true;
	p.segment = (struct segment){ .flags = TCP_ACK,
		.seq = step * (sizeof(request) - 1),
		.ack = step * (sizeof(request) - 1),
		.window = 1000,
		.scale = 255 };
	if (i % 7 != 0 && !is_server) {
		p.segment.data = (const uint8_t *)request;
		p.segment.len = p.segment.caplen = sizeof(request) - 1;
	}
	halves_packet(m, i % 2, 100 * S + i * (S / 500), 100, &p);
}

/* Packets wait in a queue for their records: nobody may notice. */
static void
test_settling_anywhere_gives_the_same(void **state)
{
	char *expected = NULL;

	(void)state;
	for (unsigned every = 0; every < 20; every++) {
		struct halves *m = new_meter(false, 0, 16 << 20);
		char *got;

		for (uint32_t i = 0; i < 4000; i++) {
			send_segment(m, i);
			if (every > 0 && i % every == 0)
				front_flush(m->front);
		}
		halves_finish(m);
		got = dump(m);
		halves_free(m);
		if (expected == NULL) {
			expected = got;
			assert_non_null(strstr(got, "url h/path"));
			assert_non_null(strstr(got, "app http"));
			continue;
		}
		assert_string_equal(got, expected);
		free(got);
	}
	free(expected);
}

static void
test_nothing_at_all(void **state)
{
	struct halves *m = new_meter(false, 60, 1 << 20);

	(void)state;
	halves_finish(m);
	assert_int_equal(seen.n_bins, 0);
	assert_int_equal(seen.n_reports, 1);
	assert_int_equal(seen.reports[0], 0);
	halves_free(m);
}

/* Asked for before a bin has closed, and then. */
static void
test_report_at_any_time(void **state)
{
	struct halves *m = new_meter(false, 60, 1 << 20);

	(void)state;
	meter_report(m->meter);
	assert_int_equal(seen.n_reports, 1);
	assert_int_equal(seen.reports[0], 0);
	assert_int_equal(meter_open_ns(m->meter), 0);
	send(m, 0, 101 * S, 1);
	send(m, 0, 103 * S, 1);
	meter_report(m->meter);
	assert_int_equal(seen.n_reports, 2);
	assert_int_equal(seen.reports[1], 0);
	assert_int_equal(meter_open_ns(m->meter), 100 * S);
	send(m, 0, 104 * S, 1);
	meter_report(m->meter);
	assert_int_equal(seen.n_reports, 3);
	assert_int_equal(seen.reports[2], 102 * S);
	assert_int_equal(meter_open_ns(m->meter), 102 * S);
	halves_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bins_are_cut_by_packet_time),
		cmocka_unit_test(test_one_bin_late_counts_and_two_are_late),
		cmocka_unit_test(test_first_bin_has_no_empty_one_before_it),
		cmocka_unit_test(test_gap_is_published_up_to_the_window),
		cmocka_unit_test(test_gap_in_an_endless_window_is_bounded),
		cmocka_unit_test(test_reports_come_at_multiples_and_at_the_end),
		cmocka_unit_test(
		    test_clock_closes_bins_when_the_wire_is_silent),
		cmocka_unit_test(test_clock_that_leaps_is_bounded),
		cmocka_unit_test(test_drops_are_spread_and_none_is_lost),
		cmocka_unit_test(test_blindness_is_in_its_bins),
		cmocka_unit_test(test_sources_have_bins_of_their_own),
		cmocka_unit_test(test_early_folding_loses_nothing),
		cmocka_unit_test(test_length_is_clamped),
		cmocka_unit_test(test_late_enters_the_window_that_never_ends),
		cmocka_unit_test(
		    test_tunnels_are_ranked_by_their_outer_addresses),
		cmocka_unit_test(test_settling_anywhere_gives_the_same),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_report_at_any_time),
	};

	return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
