/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sensor.h"

#include <stdio.h>

#include "config/source.h"
#include "daemon/log.h"
#include "daemon/memory.h"
#include "daemon/notify.h"
#include "daemon/sandbox/sandbox.h"

static void
tell_hidden(const char *path)
{
	log_error("%s: outside of what the sandbox was given at the start: "
		  "that needs a restart",
	    path);
}

/*
 * Everything is read and tried before anything changes, so that a reload
 * happens as a whole or not at all.
 */
static bool
prepare(struct sensor *s, struct options *wanted, struct geoip **geoip,
    struct topk_row **rows)
{
	const char *stuck, *hidden;

	if (options_read(wanted, s->argc, s->argv, stderr) != 0) {
		/* It has said why, but not what the reason is. */
		if (s->options->sandbox != SANDBOX_NO &&
		    sandbox_hides(file_path(s->options->config)))
			tell_hidden(file_path(s->options->config));
		return false;
	}
	stuck = options_need_restart(s->options, wanted);
	if (stuck == NULL && (wanted->geoip.n > 0) != (s->options->geoip.n > 0))
		stuck = "geoip, for the first database or none,";
	if (stuck != NULL) {
		log_error("%s needs a restart to change", stuck);
		return false;
	}
	hidden = sensor_hidden(wanted);
	if (hidden != NULL) {
		tell_hidden(hidden);
		return false;
	}
	*rows = memory_try(wanted->top * sizeof(**rows));
	if (*rows == NULL) {
		log_error("top: out of memory");
		return false;
	}
	*geoip = sensor_open_geoip(wanted);
	return *geoip != NULL || wanted->geoip.n == 0;
}

/*
 * Takes over what wanted has; the old options go with it, but for the inputs
 * and the filter: they are the same, and sources hold on to them.
 */
static void
change(struct sensor *s, struct options *wanted, struct geoip *geoip,
    struct topk_row *rows)
{
	struct string_list interfaces = wanted->interfaces;
	struct string_list reads = wanted->reads;
	struct string_list follows = wanted->follows;
	char *filter = wanted->filter;
	struct options old;

	wanted->interfaces = s->options->interfaces;
	wanted->reads = s->options->reads;
	wanted->follows = s->options->follows;
	wanted->filter = s->options->filter;
	s->options->interfaces = interfaces;
	s->options->reads = reads;
	s->options->follows = follows;
	s->options->filter = filter;
	old = *s->options;
	*s->options = *wanted;
	*wanted = old;
	geoip_close(s->geoip);
	s->geoip = geoip;
	meter_forget_hosts(s->meter);
	meter_set_report(s->meter, s->options->report_ns);
	s->report.sensor = s->options->sensor;
	s->report.window_ns = s->options->windows.ns;
	s->env.sensor = s->options->sensor;
	s->env.report_ns = s->options->report_ns;
	s->env.redis_user = s->options->redis_user;
	s->env.redis_password_file = s->options->redis_password_file;
	s->env.influx_user = s->options->influx_user;
	s->env.influx_password_file = s->options->influx_password_file;
	s->env.influx_token_file = s->options->influx_token_file;
	s->env.tls = (struct tls_config){ s->options->tls_ca,
		s->options->tls_cert, s->options->tls_key };
	s->env.spool_dir = s->options->spool;
	sensor_apply(s, rows);
	log_init(s->options->quiet, s->options->verbose);
	outputs_reload(s->outputs);
}

void
sensor_reload(struct sensor *s)
{
	struct options wanted;
	struct geoip *geoip = NULL;
	struct topk_row *rows = NULL;

	notify_reloading();
	outputs_reopen(s->outputs);
	if (prepare(s, &wanted, &geoip, &rows)) {
		change(s, &wanted, geoip, rows);
		s->self.reloads++;
		log_info("configuration reloaded");
		notify_status("configuration reloaded");
	} else {
		memory_release(rows, wanted.top * sizeof(*rows));
		s->self.reloads_failed++;
		log_error("reload failed: the old configuration stays");
		notify_status("reload failed: the old configuration stays");
	}
	options_fini(&wanted);
	notify_ready();
}
