/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the options mean for the sandbox: which files, folders and ports will
 * still be opened.
 *
 * Live and following, a file may be replaced by a new one of its name: its
 * folder is granted.  A replay is given the files that there are.
 */
#include "daemon/sensor.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/source.h"
#include "daemon/log.h"
#include "daemon/privileges.h"
#include "daemon/sandbox/sandbox.h"

enum { ERR_SIZE = 512, LACKS_SIZE = 1024, NAME_SIZE = 64, PORT_DNS = 53 };

/* Files that a reload reads again. */
static unsigned
named_files(const struct options *o, const char *files[8])
{
	unsigned n = 0;

	files[n++] = file_path(o->config);
	files[n++] = o->redis_password_file;
	files[n++] = o->influx_password_file;
	files[n++] = o->influx_token_file;
	files[n++] = o->tls_ca;
	files[n++] = o->tls_cert;
	files[n++] = o->tls_key;
	return n;
}

/* With the folder of what it is a link to. */
static void
replaceable(struct grants *g, const char *path, unsigned access)
{
	char *real;

	if (*path == '\0')
		return;
	grants_beside(g, path, access);
	real = realpath(path, NULL);
	if (real != NULL)
		grants_beside(g, real, access);
	free(real);
}

static void
grant_file(const struct sensor *s, struct grants *g, const char *path)
{
	if (sensor_is_now(s))
		replaceable(g, path, GRANT_READ);
	else
		grants_path(g, path, GRANT_READ);
}

/* Whether a folder is there, and not what may be mounted anew in its place. */
static bool
stays(const char *folder)
{
	char above[PATH_MAX];
	struct stat st, up;

	return stat(folder, &st) == 0 &&
	    snprintf(above, sizeof(above), "%s/..", folder) <
	    (int)sizeof(above) &&
	    stat(above, &up) == 0 && st.st_dev == up.st_dev;
}

/*
 * A folder that is to come, or may go and come back: the nearest one above it
 * that stays.
 */
static void
grant_to_come(struct grants *g, const char *pattern)
{
	char *path = strdup(pattern), *slash;

	if (path == NULL) {
		g->lacks_memory = true;
		return;
	}
	path[strcspn(path, "*?[\\")] = '\0';
	while ((slash = strrchr(path, '/')) != NULL && slash > path) {
		*slash = '\0';
		if (stays(path))
			break;
	}
	if (slash != NULL && slash > path)
		grants_path(g, path, GRANT_READ);
	free(path);
}

/* Links among them may be turned to other files beside what they lead to. */
static void
grant_followed(struct grants *g, const char *pattern)
{
	struct stat st;
	glob_t found;

	grants_pattern(g, pattern, GRANT_READ);
	grant_to_come(g, pattern);
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (lstat(found.gl_pathv[i], &st) == 0 &&
			    S_ISLNK(st.st_mode))
				replaceable(g, found.gl_pathv[i], GRANT_READ);
	globfree(&found);
}

static void
grant_inputs(const struct sensor *s, struct grants *g)
{
	const struct options *o = s->options;
	const char *files[8];
	unsigned n = named_files(o, files);

	for (unsigned i = 0; i < n; i++)
		grant_file(s, g, files[i]);
	for (unsigned i = 0; i < o->geoip.n; i++)
		grant_file(s, g, o->geoip.v[i]);
	for (unsigned i = 0; i < o->reads.n; i++)
		if (strcmp(o->reads.v[i], "-") != 0)
			grants_path(g, o->reads.v[i], GRANT_READ);
	for (unsigned i = 0; i < o->follows.n; i++)
		grant_followed(g, o->follows.v[i]);
	if (!s->is_live)
		return;
	/* libpcap: what the interface dropped; the first has links there. */
	g->packets = true;
	grants_path(g, "/sys/class/net", GRANT_READ);
	grants_path(g, "/sys/devices", GRANT_READ);
}

/* Logs are renamed, and made anew at SIGHUP; a device is not. */
static void
grant_output_file(const struct sensor *s, struct grants *g, const char *path)
{
	struct stat st;
	bool is_file = stat(path, &st) != 0 || S_ISREG(st.st_mode);

	if (is_file && sensor_is_now(s))
		replaceable(g, path, GRANT_WRITE | GRANT_MAKE);
	else
		grants_path(g, path, GRANT_WRITE);
}

static void
grant_names(struct grants *g)
{
	char *real = realpath("/etc/resolv.conf", NULL);

	g->internet = true;
	grants_path(g, "/etc/resolv.conf", GRANT_READ);
	grants_path(g, "/etc/hosts", GRANT_READ);
	/* A resolver's own is replaced as it learns of servers. */
	if (real != NULL && strncmp(real, "/run/", 5) == 0)
		grants_beside(g, real, GRANT_READ);
	free(real);
	grants_port(g, PORT_DNS);
}

static void
grant_output(const struct sensor *s, struct grants *g, const char *url)
{
	struct output_needs needs;

	output_needs(url, &needs);
	if (needs.file != NULL)
		grant_output_file(s, g, needs.file);
	g->internet |= needs.internet;
	g->any_port |= needs.any_tcp;
	for (unsigned i = 0; i < needs.n_tcp; i++)
		grants_port(g, needs.tcp[i]);
	if (needs.names)
		grant_names(g);
	if (!needs.tls || s->options->tls_ca[0] != '\0')
		return;
	for (const char *const *p = tls_system_paths(); *p != NULL; p++)
		grants_path(g, *p, GRANT_READ);
}

static void
grant_all(const struct sensor *s, struct grants *g)
{
	const struct options *o = s->options;
	const char *notify = getenv("NOTIFY_SOCKET");
	const unsigned all =
	    GRANT_READ | GRANT_WRITE | GRANT_MAKE | GRANT_REMOVE;

	grant_inputs(s, g);
	for (unsigned i = 0; i < o->outputs.n; i++)
		grant_output(s, g, o->outputs.v[i]);
	grants_path(g, o->spool, all);
	if (o->follows.n > 0)
		grants_path(g, o->state, all);
	if (o->resolve)
		grant_names(g);
	grants_path(g, "/dev/urandom", GRANT_READ);
	grants_path(g, "/etc/ssl/openssl.cnf", GRANT_READ);
	g->abstract = notify != NULL && notify[0] == '@';
}

/* What has dropped its rights is sealed already; twice does no harm. */
static enum sandbox_level
enter(struct sensor *s, char *lacks, size_t size)
{
	struct grants g = { 0 };
	enum sandbox_level level;

	grant_all(s, &g);
	level = sandbox_enter(&g, s->options->sandbox == SANDBOX_STRICT, lacks,
	    size);
	grants_fini(&g);
	return level;
}

bool
sensor_confine(struct sensor *s)
{
	enum sandbox wish = s->options->sandbox;
	enum sandbox_level level = SANDBOX_LEVEL_NONE;
	char lacks[LACKS_SIZE] = "", err[ERR_SIZE];

	if (wish != SANDBOX_NO) {
		if (!s->is_live && s->options->user[0] == '\0' &&
		    !privileges_seal(err, sizeof(err))) {
			log_error("%s", err);
			return false;
		}
		level = enter(s, lacks, sizeof(lacks));
	}
	if (sensor_is_now(s)) {
		s->self.sandbox = sandbox_level_name(level);
		s->self.has_denied = sandbox_counts();
	}
	if (wish > SANDBOX_YES && level != SANDBOX_LEVEL_FULL) {
		log_error("--sandbox: %s", lacks);
		s->exit_code = EXIT_CONFIG;
		return false;
	}
	if (lacks[0] == '\0' || !sandbox_can())
		log_debug("sandbox: %s", sandbox_level_name(level));
	else
		log_warn("sandbox: %s: %s", sandbox_level_name(level), lacks);
	return true;
}

void
sensor_denied(void *arg)
{
	struct sensor *s = arg;
	char name[NAME_SIZE];

	s->self.sandbox_denied = sandbox_denied();
	while (sandbox_next_denied(name, sizeof(name)))
		log_warn("sandbox: denied the system call %s (EPERM), which "
			 "is not told again",
		    name);
}

const char *
sensor_hidden(const struct options *o)
{
	const char *files[8];
	unsigned n = named_files(o, files);

	if (o->sandbox == SANDBOX_NO)
		return NULL;
	for (unsigned i = 0; i < n; i++)
		if (*files[i] != '\0' && sandbox_hides(files[i]))
			return files[i];
	for (unsigned i = 0; i < o->geoip.n; i++)
		if (sandbox_hides(o->geoip.v[i]))
			return o->geoip.v[i];
	return NULL;
}
