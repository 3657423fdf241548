/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensor: capture, dissection, meter, reports and outputs put together.
 *
 * sensor.c and sensor_report.c join the parts; sensor_live.c, sensor_replay.c and
 * sensor_follow.c drive them from interfaces or from files, sensor_source.c
 * looks after one interface, sensor_folders.c after followed folders,
 * sensor_confine.c confines the process,
 * sensor_reload.c changes what runs at SIGHUP.
 *
 * The front half (capture, dissection, tracker) hands batches to the back half
 * (meter, reports, outputs).  A replay gives each a thread; all that is not the
 * front's belongs to the thread of the loop.
 */
#ifndef DAEMON_SENSOR_H
#define DAEMON_SENSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config/options.h"
#include "daemon/capture/clock.h"
#include "daemon/capture/follow.h"
#include "daemon/capture/follow_store.h"
#include "daemon/capture/live.h"
#include "daemon/capture/progress.h"
#include "daemon/capture/replay.h"
#include "daemon/enrich/geoip.h"
#include "daemon/loop.h"
#include "daemon/meter/meter.h"
#include "daemon/output/output.h"
#include "daemon/pipe/front.h"
#include "daemon/report/report.h"
#include "daemon/sandbox/grants.h"
#include "daemon/selves.h"

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_CLOSED = 74,
	EXIT_AGAIN = 75, /* as it is started again, it goes on */
	EXIT_CONFIG = 78
};

/* One interface.  Times are capture time, but for those named mono. */
struct sensor_live {
	struct sensor *sensor;
	unsigned source;
	const char *name;
	struct live *live; /* NULL while there is nothing to capture from */
	struct loop_event *readable;
	struct live_stats stats; /* when last asked */
	int64_t asked_ns; /* of the last stats */

	struct report_source self; /* what is published of it */
	char why[256]; /* SOURCE_FAILED: the reason */
	bool has_begun; /* it has been captured from */
	bool is_leaving; /* lost: its ring is still being read */
	int64_t read_mono_ns; /* while leaving: the last packets */
	int64_t link_mono_ns; /* it last had a link, or none was wanted */
	int64_t check_mono_ns, retry_mono_ns; /* the next of these */
	int64_t pause_ns; /* between attempts to open it */
	bool was_there; /* at the last check */
	bool was_down; /* at the last check, and not on its way up or out */
	int64_t blind_ns; /* up to here the meter knows of blindness */
	uint64_t watched; /* delivered when the watchdog last asked */
	unsigned n_waits; /* times that it asked, and as many waited */
};

/* What is followed. */
struct sensor_follow {
	struct follow *follow; /* NULL: nothing is */
	struct follow_config config;
	struct follow_store *store; /* NULL without --state */
	struct loop_event *idle, *wait, *tick;
	uint64_t packets; /* at the last tick */
	int64_t heard_mono_ns; /* when there were more */
	bool is_silent; /* the bins have been closed without them */
	bool is_dirty; /* a bin has closed since the state was saved */
	bool has_failed; /* saving it: the log has been told */
	bool is_carried; /* the outputs' spool has the state, too */
	bool is_too_long; /* not now: the log has been told */
	unsigned n_bins; /* written, and not committed yet */
	int64_t dirty_mono_ns, save_mono_ns;
	int64_t reported_mono_ns, watchdog_mono_ns, status_mono_ns;
	uint64_t status_packets;
	struct grants folders; /* that could be read at the start */
	int64_t look_mono_ns; /* the next look at them */
	int64_t hidden_mono_ns; /* one of them can't be, since; or 0 */
};

struct resolve;

struct sensor {
	struct options *options;
	int argc;
	char *const *argv;

	struct loop *loop;
	struct outputs *outputs;
	struct output_env env;
	struct geoip *geoip;
	struct resolve *resolve; /* NULL unless --resolve */
	int64_t named_ns; /* the last packet's time: of names that come now */
	struct dissect *dissect;
	struct front *front;
	struct batch *batch; /* the front's, without a relay */
	struct meter *meter;
	struct report_config report;
	struct report_self self;
	struct topk_row *rows;
	char *source_names[SOURCES_MAX];

	struct clock clock; /* live */
	struct selves selves;
	int presence; /* the socket that interfaces are asked for with, or -1 */
	struct sensor_live lives[SOURCES_MAX];
	unsigned n_lives;
	struct loop_event *tick;
	int64_t tick_mono_ns; /* when the last tick was due */
	int64_t watchdog_mono_ns;
	int64_t selves_mono_ns;
	bool is_stuck; /* packets wait, and nobody takes them */
	int64_t status_mono_ns; /* the next one */
	int64_t told_mono_ns; /* the last one */
	uint64_t status_delivered;
	uint64_t shortages; /* of memory, which the log has been told of */
	int64_t shortage_mono_ns; /* the next one may be told then */

	struct sensor_follow follow;

	struct replay *replay;
	struct replay_config replay_config;
	struct relay *relay; /* NULL where it can't be had */
	bool is_relayed; /* the front runs in a thread of its own */
	struct progress progress;
	struct loop_event *idle;
	struct loop_event *wait;
	struct loop_event *ready; /* batches or bytes; NULL: they always are */
	struct loop_event *show;

	FILE *status; /* /proc/self/status, live */

	bool is_live;
	bool is_stopping;
	bool is_urgent; /* a signal asks for the end: outputs get 1 s */
	int exit_code;
};

/* Runs until done; returns the exit code.  o has been checked. */
int sensor_run(struct options *o, int argc, char *const argv[]);

/* For the files of the sensor: */

/* capture_fn: dissects a packet and lets the front have it. */
void sensor_packet(void *arg, unsigned source, const struct capture_packet *p);

/* Packets' bytes are about to go: the front is done with them then. */
void sensor_settle(void *arg);

/* No packet from before now_ns will come: bins that end by then close. */
void sensor_advance(struct sensor *s, int64_t now_ns);

/* The back half's share: counts a batch. */
void sensor_batch(struct sensor *s, struct batch *b);
/* Bins that were reported since go to the outputs, with what belongs to them. */
void sensor_commit_bins(struct sensor *s);
/* Publishes the ledger, of now or, in a replay, of end_ns. */
void sensor_report_self(struct sensor *s, int64_t end_ns);

/* The wall clock counts: the traffic is of now, not of a replay. */
bool sensor_is_now(const struct sensor *s);

/* Make the back half; keys are random, memory is for the meter's tables. */
bool sensor_make_report(struct sensor *s);
void sensor_make_meter(struct sensor *s, const struct hash_key keys[METER_KEYS],
    size_t memory);

/* Ends the run with this code once outputs are flushed. */
void sensor_stop(struct sensor *s, int exit_code);

/* Waits until outputs have what they were given, at most so long. */
void sensor_flush(struct sensor *s, int64_t limit_ns);

/*
 * Published time: capture time, but for a wall clock that was set; see
 * daemon/capture/clock.h.  A replay's times are its packets'.
 */
static inline int64_t
sensor_published(const struct sensor *s, int64_t ts_ns)
{
	return s->is_live ? ts_ns + s->clock.ahead_ns : ts_ns;
}

/* Reads the clocks; live, before times are used. */
void sensor_note_clock(void *arg);
/* Capture time now. */
int64_t sensor_now(const struct sensor *s);

/*
 * One interface: captures from it, and goes on when it returns.  An interface
 * that is absent or down is waited for if the options say so, and always once
 * it has been captured from.
 */

/* false after a message: it can't be opened, and isn't waited for. */
bool sensor_source_open(struct sensor_live *l);
/* Begins to read; false when out of memory. */
bool sensor_source_start(struct sensor_live *l);
/* Every tick, before bins close: looks whether it is there. */
void sensor_source_tick(struct sensor_live *l, int64_t mono_ns, int64_t now_ns);
/* Asks for the kernel's counters and tells the meter what was dropped. */
void sensor_source_ask(struct sensor_live *l, int64_t now_ns);
/* Brings what it received up to date; drops are left for the next ask. */
void sensor_source_count(struct sensor_live *l);
/* Asks, and what its ring still holds is dropped: it is not read on. */
void sensor_source_give_up(struct sensor_live *l, int64_t now_ns);
/* Publishes its state. */
void sensor_source_report(struct sensor_live *l);

/* Opens the interfaces; false after a message. */
bool sensor_live_open(struct sensor *s);
bool sensor_live_start(struct sensor *s);
/* Ends capturing: reads what is in the rings; the counters are final then. */
void sensor_live_finish(struct sensor *s);
void sensor_live_close(struct sensor *s);

bool sensor_replay_start(struct sensor *s);
/* Ends reading, wherever it is. */
void sensor_replay_finish(struct sensor *s);
void sensor_replay_close(struct sensor *s);

/* Takes up what was kept; false after a message. */
bool sensor_follow_open(struct sensor *s);
bool sensor_follow_start(struct sensor *s);
/* The points of a bin that ends at end_ns have been given to the outputs. */
void sensor_follow_bin(struct sensor *s, int64_t end_ns);
/* What was given since is committed next: with the state, if it can be. */
void sensor_follow_carry(struct sensor *s);
/* Ends reading.  Returns whether the next start goes on with the open bins. */
bool sensor_follow_finish(struct sensor *s);
/* Outputs had their time: saves what the next start needs. */
void sensor_follow_saved(struct sensor *s);
/* Fills s->self. */
void sensor_follow_self(struct sensor *s);
void sensor_follow_close(struct sensor *s);

/* Confined: remembers which followed folders can be read. */
void sensor_folders_note(struct sensor *s);
/*
 * Every tick: whether the sandbox hides one of them by now.  That is said, and
 * with a state it ends the run.
 */
void sensor_folders_look(struct sensor *s, int64_t mono_ns);

/* --resolve: false after a message. */
bool sensor_resolve_open(struct sensor *s);
/* A replay is over: asks for what its report will lack, and waits for it. */
void sensor_resolve_wait(struct sensor *s);
void sensor_resolve_close(struct sensor *s);

/*
 * Confines the process to what it will need, once everything is open; false
 * after a message.
 */
bool sensor_confine(struct sensor *s);
/* Counts what the sandbox has denied since, and says what is new. */
void sensor_denied(void *arg);
/* The first file of options that the sandbox doesn't show to us, or NULL. */
const char *sensor_hidden(const struct options *o);

/* Says that there is no room to start; returns false. */
bool sensor_no_memory(void);

/* SIGHUP. */
void sensor_reload(struct sensor *s);

/* Opens the databases of o, for sensor_run and reloads. */
struct geoip *sensor_open_geoip(const struct options *o);

/*
 * Takes what a reload may change from s->options.  rows, which becomes the
 * sensor's, has room for as many as there are keys per ranking.
 */
void sensor_apply(struct sensor *s, struct topk_row *rows);

#endif
