/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/follow_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/log.h"

enum {
	FOLDERS_MAX = 256,
	ENTRIES = 512, /* of a folder in a step */
	READS = 8 /* of events in a step */
};

static const int64_t ns_per_s = 1000000000;
static const int64_t slow_s = 30, fast_s = 2;
static const int64_t check_s = 1; /* of the folders themselves */

struct folder {
	char *path; /* ends in a slash, or is empty */
	unsigned pattern;
	int wd; /* -1: no events */
	dev_t dev; /* of what has the events; 0: none */
	ino_t ino;
};

struct watch {
	const struct watch_config *config;
	int fd; /* of inotify; -1: none */
	struct folder folders[FOLDERS_MAX];
	unsigned n_folders;
	bool lacks_events; /* of some folder */
	bool is_full; /* told that there are too many */
	bool is_shut; /* told that one may not be read */

	bool is_short; /* of memory or descriptors: not everything was seen */

	bool is_reading, is_due;
	unsigned at; /* the folder that is being read */
	DIR *dir;
	int64_t next_ns; /* when the next pass is due */
	int64_t check_ns;
};

/* The part of a pattern behind its last slash. */
static const char *
name_of(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');

	return slash != NULL ? slash + 1 : pattern;
}

/* File systems that others change without our kernel's knowledge. */
static bool
is_remote(const char *path)
{
	static const uint32_t types[] = { 0x6969, /* NFS */
		0x517b, 0xff534d42, 0xfe534d42, /* SMB */
		0x65735546, /* FUSE */
		0x01021997, /* 9P */
		0x00c36400, /* Ceph */
		0x5346414f, 0x6b414653, /* AFS */
		0x786f4256, /* VirtualBox */
		0x01161970, 0x7461636f, 0x47504653 /* of clusters */ };
	struct statfs fs;

	if (statfs(path, &fs) != 0)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

static const char *
path_of(const struct folder *f)
{
	return f->path[0] != '\0' ? f->path : ".";
}

static void
note_inode(struct folder *f)
{
	struct stat st;

	f->dev = 0;
	f->ino = 0;
	if (f->wd < 0 || stat(path_of(f), &st) != 0)
		return;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
}

static void
add_folder(struct watch *w, unsigned pattern, const char *path, size_t n)
{
	const uint32_t events = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE |
	    IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
	    IN_ONLYDIR;
	struct folder *f = &w->folders[w->n_folders];

	for (unsigned i = 0; i < w->n_folders; i++)
		if (w->folders[i].pattern == pattern &&
		    strncmp(w->folders[i].path, path, n) == 0 &&
		    w->folders[i].path[n] == '\0')
			return;
	if (w->n_folders == FOLDERS_MAX) {
		if (!w->is_full)
			log_error("more than %d folders match: '%.*s' is left "
				  "out",
			    FOLDERS_MAX, (int)n, path);
		w->is_full = true;
		return;
	}
	f->path = strndup(path, n);
	w->is_short |= f->path == NULL;
	if (f->path == NULL)
		return;
	f->pattern = pattern;
	f->wd = w->fd < 0 || is_remote(path_of(f))
	    ? -1
	    : inotify_add_watch(w->fd, path_of(f), events);
	note_inode(f);
	w->n_folders++;
}

/* The folders of a pattern, whose own names may have wildcards. */
static void
expand(struct watch *w, unsigned i)
{
	const char *pattern = w->config->patterns[i];
	size_t n = (size_t)(name_of(pattern) - pattern);
	char folder[PATH_MAX];
	glob_t found;
	int rc;

	if (n >= sizeof(folder))
		return;
	memcpy(folder, pattern, n);
	folder[n] = '\0';
	if (strpbrk(folder, "*?[") == NULL) {
		add_folder(w, i, folder, n);
		return;
	}
	rc = glob(folder, GLOB_ONLYDIR | GLOB_MARK, NULL, &found);
	w->is_short |= rc == GLOB_NOSPACE;
	if (rc == 0)
		for (size_t k = 0; k < found.gl_pathc; k++)
			add_folder(w, i, found.gl_pathv[k],
			    strlen(found.gl_pathv[k]));
	globfree(&found);
}

/* A folder that went away is found again, should it come back. */
static void
forget_folders(struct watch *w)
{
	for (unsigned i = 0; i < w->n_folders; i++)
		free(w->folders[i].path);
	w->n_folders = 0;
}

static void
begin_pass(struct watch *w)
{
	forget_folders(w);
	w->is_short = false;
	for (unsigned i = 0; i < w->config->n_patterns; i++)
		expand(w, i);
	w->lacks_events = false;
	for (unsigned i = 0; i < w->n_folders; i++)
		w->lacks_events |= w->folders[i].wd < 0;
	w->at = 0;
	w->is_reading = true;
	w->is_due = false;
}

static void
end_pass(struct watch *w, int64_t mono_ns)
{
	bool is_fast = w->lacks_events || w->is_short;

	w->is_reading = false;
	w->next_ns = mono_ns + (is_fast ? fast_s : slow_s) * ns_per_s;
	/* What could not be seen may well be there. */
	if (!w->is_short)
		w->config->on_pass(w->config->arg);
}

struct watch *
watch_new(const struct watch_config *c)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->config = c;
	w->fd = c->no_events ? -1 : inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->is_due = true;
	return w;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->dir != NULL)
		closedir(w->dir);
	if (w->fd >= 0)
		close(w->fd);
	forget_folders(w);
	free(w);
}

unsigned
watch_again(struct watch *w)
{
	w->is_due = true;
	return w->is_reading ? 2 : 1;
}

void
watch_missed(struct watch *w)
{
	w->is_short = true;
}

/* Tells of a name in a folder, if it matches and leads to something. */
static void
look(struct watch *w, const struct folder *f, const char *name)
{
	const struct watch_config *c = w->config;
	char path[PATH_MAX];
	struct stat st;

	if (fnmatch(name_of(c->patterns[f->pattern]), name, FNM_PERIOD) != 0)
		return;
	if (snprintf(path, sizeof(path), "%s%s", f->path, name) >=
	    (int)sizeof(path))
		return;
	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		c->on_file(c->arg, path, &st);
}

/* Absence is no news: it may come. */
static void
note_shut(struct watch *w, int error)
{
	if (error == EACCES && !w->is_shut)
		log_error("the folder '%s' may not be read: a restart may "
			  "help if it is a new one",
		    path_of(&w->folders[w->at]));
	w->is_shut |= error == EACCES;
}

/* Reads some entries; false once all folders have been read. */
static bool
read_folders(struct watch *w)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		const struct dirent *e;

		if (w->at == w->n_folders)
			return false;
		if (w->dir == NULL) {
			w->dir = opendir(path_of(&w->folders[w->at]));
			w->is_short |= w->dir == NULL &&
			    (errno == EMFILE || errno == ENFILE ||
				errno == ENOMEM);
		}
		e = w->dir != NULL ? readdir(w->dir) : NULL;
		if (e != NULL) {
			look(w, &w->folders[w->at], e->d_name);
			continue;
		}
		if (w->dir != NULL) {
			closedir(w->dir);
		} else {
			note_shut(w, errno);
			w->lacks_events = true;
		}
		w->dir = NULL;
		w->at++;
	}
	return true;
}

static void
take_event(struct watch *w, const struct inotify_event *e)
{
	if (e->mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) {
		w->is_due = true;
		return;
	}
	if (e->len == 0)
		return;
	for (unsigned i = 0; i < w->n_folders; i++)
		if (w->folders[i].wd == e->wd)
			look(w, &w->folders[i], e->name);
}

/* Each file of a reading once, however often it was written to. */
static bool
is_repeated(const struct inotify_event *e, const struct inotify_event *last)
{
	return last != NULL && last->wd == e->wd && last->len == e->len &&
	    e->len > 0 && strcmp(last->name, e->name) == 0;
}

/* Returns whether there may be more. */
static bool
take_events(struct watch *w)
{
	_Alignas(struct inotify_event) char buffer[16384];
	ssize_t n = 0;

	for (unsigned i = 0; w->fd >= 0 && i < READS; i++) {
		const struct inotify_event *last = NULL;

		n = read(w->fd, buffer, sizeof(buffer));
		if (n <= 0)
			return false;
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e =
			    (const void *)(buffer + at);

			if (!is_repeated(e, last))
				take_event(w, e);
			last = e;
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	return n > 0;
}

/*
 * As long as a file in it is open somewhere, a folder that was removed has no
 * event that says so.
 */
static void
check_folders(struct watch *w, int64_t mono_ns)
{
	if (w->is_reading || mono_ns < w->check_ns)
		return;
	w->check_ns = mono_ns + check_s * ns_per_s;
	for (unsigned i = 0; i < w->n_folders; i++) {
		const struct folder *f = &w->folders[i];
		struct stat st;

		if (f->wd >= 0 &&
		    (stat(path_of(f), &st) != 0 || st.st_dev != f->dev ||
			st.st_ino != f->ino))
			w->is_due = true;
	}
}

bool
watch_step(struct watch *w, int64_t mono_ns)
{
	bool has_more = take_events(w);

	if (w->is_short && w->next_ns > mono_ns + fast_s * ns_per_s)
		w->next_ns = mono_ns + fast_s * ns_per_s;
	check_folders(w, mono_ns);
	if (!w->is_reading && (w->is_due || mono_ns >= w->next_ns))
		begin_pass(w);
	if (w->is_reading && !read_folders(w))
		end_pass(w, mono_ns);
	return has_more || w->is_reading;
}
