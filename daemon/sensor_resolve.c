/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --resolve: ranked hosts that the traffic does not name are asked for in DNS.
 * A name that comes stands in the next report.  A replay, which may have only
 * one, asks before it and waits a little.
 */
#include "daemon/sensor.h"

#include <stdlib.h>
#include <sys/random.h>

#include "daemon/enrich/resolve.h"
#include "daemon/log.h"

enum { IDLE_MS = 20, WAIT_S = 10 };

/* resolve_config's: an address is called so. */
static void
on_answer(void *arg, const uint8_t *addr, bool is_v6, const char *name,
    size_t len)
{
	struct sensor *s = arg;

	meter_add_name(s->meter, addr, is_v6, name, len, s->named_ns);
}

/* report_config's: nobody has named this host. */
static void
on_unnamed(void *arg, const uint8_t *addr, bool is_v6)
{
	struct sensor *s = arg;

	resolve_ask(s->resolve, addr, is_v6);
}

bool
sensor_resolve_open(struct sensor *s)
{
	const struct options *o = s->options;
	struct resolve_config c = {
		.server = o->resolver[0] != '\0' ? o->resolver : NULL,
		.answer = on_answer,
		.arg = s,
	};

	if (!o->resolve)
		return true;
	if (getrandom(&c.key, sizeof(c.key), 0) != (ssize_t)sizeof(c.key))
		abort();
	s->resolve = resolve_new(loop_base(s->loop), &c);
	if (s->resolve == NULL) {
		log_error("resolve: no DNS server: %s",
		    c.server != NULL ? c.server : "none in resolv.conf");
		return false;
	}
	s->report.unnamed = on_unnamed;
	return true;
}

static void
on_idle(void *arg)
{
	struct sensor *s = arg;
	struct resolve_stats stats = resolve_stats(s->resolve);

	if (stats.waiting == 0 && stats.in_flight == 0)
		loop_stop(s->loop);
}

static void
on_limit(void *arg)
{
	struct sensor *s = arg;

	loop_stop(s->loop);
}

static void
nowhere(void *arg, const struct point *p)
{
	(void)arg;
	(void)p;
}

void
sensor_resolve_wait(struct sensor *s)
{
	struct report_config asking = s->report;
	struct loop_event *idle, *limit;

	if (s->resolve == NULL || s->is_live || s->is_urgent)
		return;
	asking.emit = nowhere;
	report_windows(&asking, s->meter, 0, s->rows);
	idle = loop_every(s->loop, IDLE_MS * INT64_C(1000000), on_idle, s);
	limit = loop_timer(s->loop, on_limit, s);
	if (idle != NULL && limit != NULL) {
		loop_timer_set(limit, WAIT_S * INT64_C(1000000000));
		loop_run(s->loop);
	}
	loop_event_free(idle);
	loop_event_free(limit);
}

void
sensor_resolve_close(struct sensor *s)
{
	resolve_free(s->resolve);
}
