/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sensor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/codec/hpack.h"
#include "daemon/codec/codecs.h"
#include "daemon/codec/crypto.h"
#include "daemon/log.h"
#include "daemon/memory.h"
#include "daemon/notify.h"
#include "daemon/relay.h"
#include "daemon/privileges.h"

enum {
	ERR_SIZE = 512,
	FLUSH_REPLAY_S = 10, /* for outputs, after the last packet */
	FLUSH_LIVE_S = 1,
	/* Parts of --memory; the process needs the rest. */
	METER_SHARE = 95,
	FRONT_SHARE = 17,
	SHARES = 128,
	HPACK_SHARE = 32 /* this part of it may HTTP/2's header tables have */
};

static const int64_t ns_per_s = 1000000000;

void
sensor_packet(void *arg, unsigned source, const struct capture_packet *p)
{
	struct sensor *s = arg;
	struct pkt *pkt = front_pkt(s->front);
	uint32_t len = p->len < LEN_MAX ? p->len : LEN_MAX;

	dissect_packet(s->dissect, pkt, p->dlt, p->bytes, p->caplen, len);
	if (selves_are(&s->selves, pkt)) {
		s->self.self_packets++;
		s->self.self_bytes += len;
		return;
	}
	front_packet(s->front, source, p->ts_ns, p->ts_clamped, p->len);
}

void
sensor_settle(void *arg)
{
	struct sensor *s = arg;

	front_settle(s->front);
}

void
sensor_batch(struct sensor *s, struct batch *b)
{
	if (b->last_ns != INT64_MIN)
		s->named_ns = b->last_ns;
	if (b->has_stats) {
		s->self.hpack_refused = b->hpack.refused;
		s->self.hpack_full = b->hpack.full;
		s->self.hpack_bad = b->hpack.bad;
	}
	meter_batch(s->meter, b);
	sensor_commit_bins(s);
}

void
sensor_advance(struct sensor *s, int64_t now_ns)
{
	front_advance(s->front, now_ns);
	front_flush(s->front);
	meter_advance(s->meter, now_ns);
	sensor_commit_bins(s);
}

/* front_config's: another thread counts the batch, or this one at once. */
static struct batch *
pass(void *arg, struct batch *b)
{
	const struct hpack_stats *hpack = hpack_stats();
	struct sensor *s = arg;

	if (b->has_stats) {
		b->hpack.refused = hpack->refused;
		b->hpack.full = hpack->full;
		b->hpack.bad = hpack->bad;
	}
	if (s->is_relayed)
		return relay_pass(s->relay, b);
	sensor_batch(s, b);
	batch_clear(b);
	return b;
}

/* Whether the run goes on with its time, not with that of old captures. */
bool
sensor_is_now(const struct sensor *s)
{
	return s->is_live || s->options->follows.n > 0;
}

void
sensor_stop(struct sensor *s, int exit_code)
{
	if (s->is_stopping)
		return;
	s->is_stopping = true;
	s->exit_code = exit_code;
	loop_stop(s->loop);
}

static void
on_term(void *arg)
{
	struct sensor *s = arg;

	s->is_urgent = true;
	/* While outputs are waited for, it ends that. */
	if (s->is_stopping)
		loop_stop(s->loop);
	sensor_stop(s, EXIT_OK);
}

static void
on_hup(void *arg)
{
	sensor_reload(arg);
}

static void
on_usr1(void *arg)
{
	struct sensor *s = arg;

	meter_report(s->meter);
}

/* output_env's: what this socket sends and receives is ours. */
static void
on_socket(void *arg, int fd)
{
	struct sensor *s = arg;

	if (s->is_live && !s->options->own_traffic)
		selves_add(&s->selves, fd);
}

static void
on_closed(void *arg)
{
	struct sensor *s = arg;

	log_error("standard output has been closed");
	s->exit_code = EXIT_CLOSED;
	s->is_stopping = true;
	loop_stop(s->loop);
}

struct geoip *
sensor_open_geoip(const struct options *o)
{
	unsigned n_failed;

	if (o->geoip.n == 0)
		return NULL;
	return geoip_open(o->geoip.v, o->geoip.n, &n_failed);
}

static void
make_front(struct sensor *s, const struct hash_key *keys)
{
	struct front_config c = {
		.memory = s->options->memory / SHARES * FRONT_SHARE,
		.keys = keys,
		.dissect = s->dissect,
		.bin_ns = s->options->bin_ns,
		.pass = pass,
		.arg = s,
	};

	s->self.track_bytes = c.memory;
	s->batch = memory_reserve(sizeof(*s->batch));
	batch_clear(s->batch);
	s->relay = sensor_is_now(s) ? NULL : relay_new();
	s->front =
	    front_new(&c, s->relay != NULL ? relay_first(s->relay) : s->batch);
}

/* Both hash tuples with the same key: a hash is made once. */
static void
make_halves(struct sensor *s)
{
	struct hash_key keys[METER_KEYS];

	/* Up to 256 bytes come whole once the kernel's pool is ready. */
	if (getrandom(keys, sizeof(keys), 0) != (ssize_t)sizeof(keys))
		abort();
	sensor_make_meter(s, keys, s->options->memory / SHARES * METER_SHARE);
	make_front(s, &keys[METER_KEY_TUPLE]);
}

static bool
open_outputs(struct sensor *s)
{
	const struct options *o = s->options;
	char err[ERR_SIZE];

	s->env = (struct output_env){
		.loop = s->loop,
		.sensor = o->sensor,
		.is_live = sensor_is_now(s),
		.window_ns = o->windows.ns[0],
		.report_ns = o->report_ns,
		.redis_user = o->redis_user,
		.redis_password_file = o->redis_password_file,
		.redis_maxlen = o->redis_maxlen,
		.influx_user = o->influx_user,
		.influx_password_file = o->influx_password_file,
		.influx_token_file = o->influx_token_file,
		.tls = { o->tls_ca, o->tls_cert, o->tls_key },
		.spool_dir = o->spool,
		.spool_size = o->spool_size,
		.spool_time_ns = o->spool_time_ns,
		.on_closed = on_closed,
		.on_socket = on_socket,
		.arg = s,
	};
	s->outputs =
	    outputs_open(o->outputs.v, o->outputs.n, &s->env, err, sizeof(err));
	if (s->outputs == NULL)
		log_error("%s", err);
	return s->outputs != NULL;
}

/* The spool is opened by the user who will write to it. */
static bool
start_outputs(struct sensor *s)
{
	char err[ERR_SIZE];

	if (outputs_start(s->outputs, err, sizeof(err)))
		return true;
	log_error("%s", err);
	return false;
}

static bool
drop_root(struct sensor *s)
{
	const struct options *o = s->options;
	char err[ERR_SIZE];

	/* A replay opens its files one after the other, with its own rights. */
	if (!s->is_live && o->user[0] == '\0')
		return true;
	if (privileges_drop(o->user, s->is_live, err, sizeof(err)))
		return true;
	log_error("%s", err);
	return false;
}

/* main blocked those that would have killed a process without handlers. */
static void
unblock_signals(void)
{
	sigset_t waiting;

	sigemptyset(&waiting);
	sigaddset(&waiting, SIGHUP);
	sigaddset(&waiting, SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &waiting, NULL);
}

/* Without it, all fingerprints would be those of nothing. */
static bool
prepare_crypto(void)
{
	if (crypto_prepare())
		return true;
	log_error("cannot start: libcrypto has no memory, or not SHA-256, "
		  "HMAC and AES-128");
	return false;
}

static void
make_dissect(struct sensor *s)
{
	uint16_t ports[OPTIONS_PORTS];
	unsigned n = options_ports(s->options->dns_ports, ports);

	hpack_limit(HPACK_CONTEXTS, s->options->memory / HPACK_SHARE);
	s->dissect = memory_reserve(sizeof(*s->dissect));
	dissect_init(s->dissect, codecs_get());
	dissect_set_ports(s->dissect, "dns", BY_UDP_PORT, ports, n);
	dissect_set_ports(s->dissect, "dns", BY_TCP_PORT, ports, n);
}

/* Of what makes an event or a small object; descriptors may be short, too. */
bool
sensor_no_memory(void)
{
	log_error("cannot start: out of memory or descriptors");
	return false;
}

static bool
start(struct sensor *s)
{
	const struct options *o = s->options;
	struct loop *l = s->loop = loop_new();

	if (l == NULL) {
		log_error("cannot make the event loop");
		return false;
	}
	if (!notify_open()) {
		log_error("cannot make a socket for the service manager: %s",
		    strerror(errno));
		return false;
	}
	if (!open_outputs(s) || (s->is_live && !sensor_live_open(s)))
		return false;
	s->geoip = sensor_open_geoip(s->options);
	if (!sensor_resolve_open(s) || !drop_root(s) || !start_outputs(s) ||
	    !prepare_crypto())
		return false;
	make_dissect(s);
	if (!sensor_make_report(s))
		return sensor_no_memory();
	make_halves(s);
	if (o->follows.n > 0 && !sensor_follow_open(s))
		return false;
	if (!sensor_confine(s))
		return false;
	if (loop_signal(l, SIGTERM, on_term, s) == NULL ||
	    loop_signal(l, SIGINT, on_term, s) == NULL ||
	    loop_signal(l, SIGHUP, on_hup, s) == NULL ||
	    loop_signal(l, SIGUSR1, on_usr1, s) == NULL ||
	    loop_every(l, ns_per_s, sensor_denied, s) == NULL)
		return sensor_no_memory();
	unblock_signals();
	if (o->follows.n > 0)
		return sensor_follow_start(s);
	return s->is_live ? sensor_live_start(s) : sensor_replay_start(s);
}

/* Ends the loop that sensor_flush runs once there is nothing to wait for. */
static void
on_flush_tick(void *arg)
{
	struct sensor *s = arg;

	if (outputs_drained(s->outputs))
		loop_stop(s->loop);
}

static void
on_flush_limit(void *arg)
{
	struct sensor *s = arg;

	loop_stop(s->loop);
}

void
sensor_flush(struct sensor *s, int64_t limit_ns)
{
	struct loop_event *tick, *limit;

	if (outputs_drained(s->outputs))
		return;
	tick = loop_every(s->loop, 5000000, on_flush_tick, s);
	limit = loop_timer(s->loop, on_flush_limit, s);
	if (tick != NULL && limit != NULL) {
		loop_timer_set(limit, limit_ns);
		loop_run(s->loop);
	}
	loop_event_free(tick);
	loop_event_free(limit);
}

/* What waits on disk is sent by the next tapline; in memory it is lost. */
static void
count_lost(struct sensor *s)
{
	struct output_stats stats;
	uint64_t lost;

	outputs_stats(s->outputs, &stats);
	lost = output_lost(&stats);
	if (s->options->spool[0] == '\0' || stats.spool_memory_bytes > 0)
		lost += stats.spooled;
	else if (stats.spooled > 0)
		log_warn("%llu records wait in %s",
		    (unsigned long long)stats.spooled, s->options->spool);
	if (lost == 0)
		return;
	log_error("%llu of %llu records were lost", (unsigned long long)lost,
	    (unsigned long long)stats.records);
	if (!s->is_live && s->exit_code == EXIT_OK)
		s->exit_code = EXIT_FAILED;
}

/* Counts what is left, publishes it and waits for the outputs. */
static void
finish(struct sensor *s)
{
	bool goes_on = false;

	notify_stopping();
	if (s->exit_code == EXIT_CLOSED)
		return;
	if (s->is_live)
		sensor_live_finish(s);
	else if (s->follow.follow != NULL)
		goes_on = sensor_follow_finish(s);
	else
		sensor_replay_finish(s);
	front_finish(s->front);
	sensor_resolve_wait(s);
	if (goes_on)
		sensor_report_self(s, 0);
	else
		meter_finish(s->meter);
	sensor_commit_bins(s);
	outputs_finish(s->outputs);
	sensor_flush(s,
	    (s->is_live || s->is_urgent ? FLUSH_LIVE_S : FLUSH_REPLAY_S) *
		ns_per_s);
	if (goes_on)
		sensor_follow_saved(s);
	count_lost(s);
}

static void
close_all(struct sensor *s)
{
	sensor_live_close(s);
	sensor_replay_close(s);
	sensor_follow_close(s);
	outputs_close(s->outputs);
	geoip_close(s->geoip);
	sensor_resolve_close(s);
	front_free(s->front);
	relay_free(s->relay);
	meter_free(s->meter);
	memory_release(s->batch, sizeof(*s->batch));
	if (s->rows != NULL)
		memory_release(s->rows, s->report.top * sizeof(*s->rows));
	memory_release(s->dissect, sizeof(*s->dissect));
	for (unsigned i = 0; i < SOURCES_MAX; i++)
		free(s->source_names[i]);
	loop_free(s->loop);
}

int
sensor_run(struct options *o, int argc, char *const argv[])
{
	struct sensor *s = memory_reserve(sizeof(*s));
	int exit_code = EXIT_FAILED;

	s->options = o;
	s->argc = argc;
	s->argv = argv;
	s->is_live = o->interfaces.n > 0;
	s->presence = -1;
	if (start(s)) {
		loop_run(s->loop);
		finish(s);
		sensor_denied(s);
		exit_code = s->exit_code;
	} else if (s->exit_code != EXIT_OK) {
		exit_code = s->exit_code;
	}
	memory_leave();
	close_all(s);
	memory_release(s, sizeof(*s));
	return exit_code;
}
