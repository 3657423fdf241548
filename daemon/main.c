/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The process: options in, exit code out. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "config/options.h"
#include "daemon/capture/capture.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/output.h"
#include "daemon/sensor.h"
#include "dissect/registry.h"

enum { ERR_SIZE = 512 };

/* What options_read can't know: whether the parts can use the values. */
static bool
check(const struct options *o)
{
	char err[ERR_SIZE];
	bool ok = true;

	for (unsigned i = 0; i < o->outputs.n; i++) {
		if (output_check(o->outputs.v[i], err, sizeof(err)))
			continue;
		log_error("output '%s': %s", o->outputs.v[i], err);
		ok = false;
	}
	if (!capture_check_filter(o->filter, err, sizeof(err))) {
		log_error("filter '%s': %s", o->filter, err);
		ok = false;
	}
	if (o->interfaces.n > SOURCES_MAX) {
		log_error("interface: at most %d", SOURCES_MAX);
		ok = false;
	}
	return ok;
}

static int
version(const struct options *o)
{
	printf("tapline %s\n", TAPLINE_VERSION);
	if (!o->verbose)
		return EXIT_OK;
	printf("%s\n", capture_version());
	printf("libevent %s\n", loop_version());
	printf("dissectors:");
	for (unsigned i = 0; i < registry_n; i++)
		printf(" %s", registry[i]->name);
	printf("\nrankings:");
	for (unsigned i = 0; rankings[i] != NULL; i++)
		printf(" %s", rankings[i]->name);
	printf("\n");
	return EXIT_OK;
}

static int
run(struct options *o, int argc, char *const argv[])
{
	if (o->help) {
		options_help(stdout);
		return EXIT_OK;
	}
	if (o->version)
		return version(o);
	if (!check(o))
		return EXIT_CONFIG;
	if (o->dump_config) {
		options_dump(o, stdout);
		return EXIT_OK;
	}
	if (o->check) {
		options_describe(o, stdout);
		return EXIT_OK;
	}
	return sensor_run(o, argc, argv);
}

int
main(int argc, char *argv[])
{
	struct options o;
	sigset_t early;
	int rc;

	/* A reload that comes before there is a handler waits for it. */
	sigemptyset(&early);
	sigaddset(&early, SIGHUP);
	sigaddset(&early, SIGUSR1);
	sigprocmask(SIG_BLOCK, &early, NULL);
	signal(SIGPIPE, SIG_IGN);
	log_init(false, false);
	rc = options_read(&o, argc, argv, stderr);
	if (rc == 0) {
		log_init(o.quiet, o.verbose);
		rc = run(&o, argc, argv);
	}
	options_fini(&o);
	return rc;
}
