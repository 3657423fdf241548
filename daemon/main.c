/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The process: options in, exit code out. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/options.h"
#include "daemon/capture/capture.h"
#include "daemon/codec/crypto.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/output.h"
#include "daemon/reserve.h"
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

/*
 * A descriptor that was closed would become the first file that is opened.
 * Returns false if it was standard output.
 */
static bool
hold_standard_files(void)
{
	bool ok = true;

	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		ok = ok && fd != STDOUT_FILENO;
		if (open("/dev/null", O_RDWR | O_NOCTTY) != fd)
			return false;
	}
	return ok;
}

static bool
uses_stdout(const struct options *o)
{
	for (unsigned i = 0; i < o->outputs.n; i++)
		if (strcmp(o->outputs.v[i], "stdout:") == 0)
			return true;
	return false;
}

static bool
is_dev_null(int fd)
{
	struct stat out, null;

	return fstat(fd, &out) == 0 && stat("/dev/null", &null) == 0 &&
	    S_ISCHR(out.st_mode) && out.st_rdev == null.st_rdev;
}

static int
run(struct options *o, int argc, char *const argv[], bool has_stdout)
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
	if (uses_stdout(o) && !has_stdout) {
		log_error("standard output is closed");
		return EXIT_CLOSED;
	}
	if (uses_stdout(o) && o->interfaces.n > 0 && is_dev_null(STDOUT_FILENO))
		log_warn("standard output is /dev/null: nothing is kept unless "
			 "an output is set");
	return sensor_run(o, argc, argv);
}

int
main(int argc, char *argv[])
{
	struct options o;
	sigset_t early;
	bool has_stdout = hold_standard_files();
	int rc;

	/* A reload that comes before there is a handler waits for it. */
	sigemptyset(&early);
	sigaddset(&early, SIGHUP);
	sigaddset(&early, SIGUSR1);
	sigprocmask(SIG_BLOCK, &early, NULL);
	signal(SIGPIPE, SIG_IGN);
	reserve_init();
	crypto_memory(reserve_alloc, reserve_realloc, reserve_free);
	log_init(false, false);
	rc = options_read(&o, argc, argv, stderr);
	if (rc == 0) {
		log_init(o.quiet, o.verbose);
		rc = run(&o, argc, argv, has_stdout);
	}
	options_fini(&o);
	return rc;
}
