/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds made-up points to an output, on the real loop, so that outputs can be
 * tried without packets:
 *
 *   output_driver [-A CA] [-C CERTIFICATE] [-K KEY] [-b BINS] [-d DRAIN_MS]
 *       [-i INTERVAL_MS] [-k ROWS] [-m MAXLEN] [-p PASSWORD_FILE]
 *       [-I INFLUX_USER] [-R] [-s SENSOR] [-S SPOOL] [-T INFLUX_TOKEN_FILE]
 *       [-t START_MS] [-u USER[,NEXT]] [-x] [-z SPOOL_SIZE] URL...
 *
 * Each bin is a bin point, a self point and a ranking of ROWS rows; -x makes
 * the keys hostile, -R is a replay: it waits where the outputs are congested.
 * -I has the password of -p.
 * At the end the ledger of each output and of all goes to standard error.  SIGTERM ends it early,
 * SIGHUP reloads, from then on with the user NEXT.  Exit 74 if standard output was closed.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/output.h"
#include "daemon/report/schema.h"

static struct driver {
	struct output_env env;
	char *user, *next_user;
	struct loop *loop;
	struct loop_event *tick, *drain;
	struct outputs *outputs;
	unsigned bins, made, rows;
	int64_t interval_ns, drain_ns, deadline_ns, start_ns;
	bool hostile, ending, closed;
	int64_t worst_late_ns, last_ns;
} driver = { .bins = 10,
	.rows = 10,
	.interval_ns = 0,
	.drain_ns = 10000000000,
	.start_ns = INT64_C(1700000000) * 1000000000 };

static const char *const hostile[] = {
	"new\nline v=7",
	"cr\r\nlf",
	"a,b=c d",
	"quote\"d",
	"back\\",
	"back\\\\",
	"*3\r\n$3\r\nDEL\r\n",
	"%s%n",
	"\x1b[2J",
	"\x7f",
	"caf\xc3\xa9",
	"=",
	",",
	" ",
	"\"",
	"'",
	"{}",
	"#",
	"tab\there",
	"${jndi:x}",
	"<script>",
	"../../etc/passwd",
	"-rf",
	"\xe2\x80\xa8",
};
enum { N_HOSTILE = sizeof(hostile) / sizeof(hostile[0]) };

static void
make_bin(const struct driver *d, int64_t ts_ns)
{
	struct point p;

	point_init(&p, &schema_bin, ts_ns);
	point_tag(&p, BIN_TAG_SENSOR, d->env.sensor);
	point_tag(&p, BIN_TAG_SOURCE, "eth0");
	point_int(&p, BIN_PACKETS, d->made);
	point_int(&p, BIN_BYTES, 100 * (uint64_t)d->made);
	point_int(&p, BIN_IP_BYTES, UINT64_MAX);
	point_int(&p, BIN_BIN_MS, 2000);
	outputs_write(d->outputs, &p);
	point_init(&p, &schema_self, ts_ns);
	point_tag(&p, SELF_TAG_SENSOR, d->env.sensor);
	point_int(&p, SELF_RECEIVED, d->made);
	outputs_write(d->outputs, &p);
}

static void
make_top(const struct driver *d, int64_t ts_ns)
{
	for (unsigned i = 0; i <= d->rows; i++) {
		char rank[16], key[64];
		struct point p;

		snprintf(rank, sizeof(rank), "%u", i + 1);
		snprintf(key, sizeof(key), "10.0.%u.%u", i >> 8, i & 255);
		point_init(&p, &schema_top, ts_ns);
		point_tag(&p, TOP_TAG_BY, "src");
		point_tag(&p, TOP_TAG_RANK, i == d->rows ? "other" : rank);
		point_tag(&p, TOP_TAG_SENSOR, d->env.sensor);
		point_tag(&p, TOP_TAG_WINDOW, "60s");
		point_string(&p, TOP_KEY,
		    i == d->rows		      ? ""
			: d->hostile && i < N_HOSTILE ? hostile[i]
						      : key);
		if (d->hostile && i < N_HOSTILE)
			point_tag(&p, TOP_TAG_KEY, hostile[i]);
		point_int(&p, TOP_PACKETS, d->rows - i);
		point_int(&p, TOP_BYTES, 1000 * (uint64_t)(d->rows - i));
		outputs_write(d->outputs, &p);
	}
}

static void
look_for_end(void *arg)
{
	struct driver *d = arg;

	if (outputs_drained(d->outputs) || loop_mono_ns() > d->deadline_ns)
		loop_stop(d->loop);
}

static void
end(void *arg)
{
	struct driver *d = arg;

	if (d->ending)
		return;
	d->ending = true;
	outputs_finish(d->outputs);
	loop_event_pause(d->tick);
	d->deadline_ns = loop_mono_ns() + d->drain_ns;
	d->drain = loop_every(d->loop, 5000000, look_for_end, d);
}

static void
tick(void *arg)
{
	struct driver *d = arg;
	int64_t ts_ns = d->start_ns + (int64_t)d->made * 2000000000;
	int64_t now = loop_mono_ns();

	if (d->last_ns != 0 && now - d->last_ns > d->worst_late_ns)
		d->worst_late_ns = now - d->last_ns;
	d->last_ns = now;
	if (!d->env.is_live && outputs_congested(d->outputs))
		return;
	make_bin(d, ts_ns);
	make_top(d, ts_ns);
	outputs_commit(d->outputs);
	if (++d->made >= d->bins)
		end(d);
}

static void
reload(void *arg)
{
	struct driver *d = arg;

	if (d->next_user != NULL) {
		d->env.redis_user = d->next_user;
		/* As in a real reload, nothing of the old one stays. */
		memset(d->user, 0, strlen(d->user));
		free(d->user);
		d->user = d->next_user;
		d->next_user = NULL;
	}
	outputs_reopen(d->outputs);
	outputs_reload(d->outputs);
}

static void
closed(void *arg)
{
	struct driver *d = arg;

	d->closed = true;
	loop_stop(d->loop);
}

static uint64_t
anon_kb(void)
{
	uint64_t kb = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "RssAnon: %" SCNu64, &kb);
	if (f != NULL)
		fclose(f);
	return kb;
}

static void
options(struct driver *d, int argc, char **argv)
{
	const char *next;
	int c;

	while ((c = getopt(argc, argv, "A:b:C:d:I:i:K:k:m:p:Rs:S:T:t:u:xz:")) !=
	    -1) {
		switch (c) {
		case 'A':
			d->env.tls.ca_file = optarg;
			break;
		case 'C':
			d->env.tls.cert_file = optarg;
			break;
		case 'K':
			d->env.tls.key_file = optarg;
			break;
		case 'b':
			d->bins = (unsigned)atoi(optarg);
			break;
		case 'I':
			d->env.influx_user = optarg;
			d->env.influx_password_file =
			    d->env.redis_password_file;
			break;
		case 'T':
			d->env.influx_token_file = optarg;
			break;
		case 'd':
			d->drain_ns = atoll(optarg) * 1000000;
			break;
		case 'i':
			d->interval_ns = atoll(optarg) * 1000000;
			break;
		case 'k':
			d->rows = (unsigned)atoi(optarg);
			break;
		case 'm':
			d->env.redis_maxlen = (uint64_t)atoll(optarg);
			break;
		case 'p':
			d->env.redis_password_file = optarg;
			break;
		case 'R':
			d->env.is_live = false;
			break;
		case 's':
			d->env.sensor = optarg;
			break;
		case 'S':
			d->env.spool_dir = optarg;
			break;
		case 'z':
			d->env.spool_size = (uint64_t)atoll(optarg);
			break;
		case 't':
			d->start_ns = atoll(optarg) * 1000000;
			break;
		case 'u':
			d->env.redis_user = d->user =
			    strdup(strtok(optarg, ","));
			if ((next = strtok(NULL, ",")) != NULL)
				d->next_user = strdup(next);
			break;
		case 'x':
			d->hostile = true;
			break;
		default:
			exit(2);
		}
	}
}

static void
print_one(const struct driver *d, unsigned i)
{
	const struct output_stats *s;
	const char *name = outputs_one(d->outputs, i, &s);

	fprintf(stderr,
	    "output=%s one_records=%" PRIu64 " one_stored=%" PRIu64
	    " one_spooled=%" PRIu64 " one_lost_full=%" PRIu64
	    " one_lost_error=%" PRIu64 " connects=%" PRIu64
	    " one_waiting=%" PRIu64 " one_config_error=%" PRIu64 "\n",
	    name, s->records, s->stored, s->spooled, s->lost_full,
	    s->lost_error, s->connects, s->waiting, s->config_error);
}

int
main(int argc, char **argv)
{
	struct driver *d = &driver;
	struct output_stats s;
	char err[256];

	d->env = (struct output_env){ .sensor = "s1",
		.is_live = true,
		.window_ns = 60000000000,
		.report_ns = 10000000000,
		.redis_maxlen = 1000000,
		.spool_size = 64 << 20,
		.spool_time_ns = 600000000000,
		.on_closed = closed,
		.arg = d };
	options(d, argc, argv);
	log_init(false, true);
	d->loop = d->env.loop = loop_new();
	d->outputs = outputs_open(argv + optind, (unsigned)(argc - optind),
	    &d->env, err, sizeof(err));
	if (d->outputs == NULL ||
	    !outputs_start(d->outputs, err, sizeof(err))) {
		log_error("%s", err);
		return 78;
	}
	struct loop_event *term = loop_signal(d->loop, SIGTERM, end, d);
	struct loop_event *hup = loop_signal(d->loop, SIGHUP, reload, d);
	d->tick = d->interval_ns > 0
	    ? loop_every(d->loop, d->interval_ns, tick, d)
	    : loop_idle(d->loop, tick, d);
	loop_run(d->loop);
	outputs_stats(d->outputs, &s);
	for (unsigned i = 0; i < outputs_n(d->outputs); i++)
		print_one(d, i);
	fprintf(stderr,
	    "made=%u records=%" PRIu64 " stored=%" PRIu64 " spooled=%" PRIu64
	    " lost_full=%" PRIu64 " lost_error=%" PRIu64
	    " lost_rollback=%" PRIu64 " lost_spool=%" PRIu64
	    " lost_packets=%" PRIu64 " lost_bytes=%" PRIu64 " waiting=%" PRIu64
	    " config_error=%" PRIu64 " anon_kb=%" PRIu64
	    " worst_gap_ms=%" PRId64 "\n",
	    d->made, s.records, s.stored, s.spooled, s.lost_full, s.lost_error,
	    s.lost_rollback, s.lost_spool, s.lost_sum.packets, s.lost_sum.bytes,
	    s.waiting, s.config_error, anon_kb(), d->worst_late_ns / 1000000);
	outputs_close(d->outputs);
	loop_event_free(term);
	loop_event_free(hup);
	loop_event_free(d->tick);
	loop_event_free(d->drain);
	loop_free(d->loop);
	free(d->user);
	free(d->next_user);
	return d->closed ? 74 : 0;
}
