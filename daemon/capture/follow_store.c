/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/follow_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"

enum {
	FILE_MAX = 16 * 1024 * 1024,
	SETTLED_FILES = 64, /* so many are written down apart */
	NAME_MAX_LEN = 32,
	ID = 8
};

static const char state_name[] = "follow.state";
static const char settled_name[] = "follow.files";
static const char id_name[] = "follow.id";

struct follow_store {
	struct follow *follow;
	int dir;
	/* In front of what is kept elsewhere: a folder that was emptied, or
	 * another one, has nothing to do with that. */
	uint8_t id[ID];
	bool has_id;
	uint8_t *buffer;
	size_t size;
};

static bool
fault(char *err, size_t err_size, const char *what)
{
	snprintf(err, err_size, "%s: %s", what, strerror(errno));
	return false;
}

static bool
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* Replaces a file: what is there is either the old one or the new one. */
static bool
replace(const struct follow_store *s, const char *name, size_t n, char *err,
    size_t err_size)
{
	char fresh[NAME_MAX_LEN];
	bool ok;
	int fd;

	snprintf(fresh, sizeof(fresh), "%s.new", name);
	fd = openat(s->dir, fresh,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fault(err, err_size, fresh);
	ok = write_all(fd, s->buffer, n) && fsync(fd) == 0;
	if (!ok)
		fault(err, err_size, fresh);
	close(fd);
	if (!ok)
		return false;
	if (renameat(s->dir, fresh, s->dir, name) != 0 || fsync(s->dir) != 0)
		return fault(err, err_size, name);
	return true;
}

static bool
make_room(struct follow_store *s, size_t n)
{
	uint8_t *more;

	if (n <= s->size)
		return true;
	more = realloc(s->buffer, n + n / 2);
	if (more == NULL)
		return false;
	s->buffer = more;
	s->size = n + n / 2;
	return true;
}

static bool
save_settled(struct follow_store *s, char *err, size_t err_size)
{
	size_t n = follow_settled(s->follow, s->buffer, s->size);

	if (!make_room(s, n))
		return fault(err, err_size, settled_name);
	n = follow_settled(s->follow, s->buffer, s->size);
	if (!replace(s, settled_name, n, err, err_size))
		return false;
	follow_settled_saved(s->follow);
	return true;
}

bool
store_save(struct follow_store *s, char *err, size_t err_size)
{
	size_t n = follow_state(s->follow, s->buffer, s->size);

	if (!make_room(s, n))
		return fault(err, err_size, state_name);
	n = follow_state(s->follow, s->buffer, s->size);
	if (!replace(s, state_name, n, err, err_size))
		return false;
	follow_state_saved(s->follow);
	return follow_n_unsettled(s->follow) < SETTLED_FILES ||
	    save_settled(s, err, err_size);
}

const void *
store_state(struct follow_store *s, size_t *n)
{
	if (!s->has_id || !make_room(s, ID))
		return NULL;
	*n = ID + follow_state(s->follow, s->buffer + ID, s->size - ID);
	if (!make_room(s, *n))
		return NULL;
	memcpy(s->buffer, s->id, ID);
	*n = ID + follow_state(s->follow, s->buffer + ID, s->size - ID);
	return s->buffer;
}

/* To publish bins again is better than not to go on. */
static void
put_away(const struct follow_store *s, const char *name)
{
	char away[NAME_MAX_LEN];

	snprintf(away, sizeof(away), "%s.damaged", name);
	(void)renameat(s->dir, name, s->dir, away);
	log_error("the state's %s is damaged, or of another version, and "
		  "renamed to %s: what nothing else knows of is read again",
	    name, away);
}

enum loaded { LOAD_FAULT, LOAD_NONE, LOAD_FOUND };

/* Reads a file into the buffer, or as much of it as any can have. */
static enum loaded
load(struct follow_store *s, const char *name, size_t *n, char *err,
    size_t err_size)
{
	int fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t got = 1;

	*n = 0;
	if (fd < 0 && errno == ENOENT)
		return LOAD_NONE;
	while (
	    fd >= 0 && got > 0 && *n <= FILE_MAX && make_room(s, *n + 65536)) {
		got = read(fd, s->buffer + *n, s->size - *n);
		*n += got > 0 ? (size_t)got : 0;
	}
	if (fd < 0 || got < 0)
		fault(err, err_size, name);
	if (fd >= 0)
		close(fd);
	return fd < 0 || got < 0 ? LOAD_FAULT : LOAD_FOUND;
}

static bool
restore_settled(struct follow_store *s, char *err, size_t err_size)
{
	size_t n;
	enum loaded l = load(s, settled_name, &n, err, err_size);

	if (l == LOAD_FOUND && !follow_restore_settled(s->follow, s->buffer, n))
		put_away(s, settled_name);
	return l != LOAD_FAULT;
}

/*
 * The newer one.  If both are of one bin, the folder's has been read further:
 * by packets that were late.
 */
static bool
restore_state(struct follow_store *s, const uint8_t *carried, size_t n_carried,
    char *err, size_t err_size)
{
	int64_t here_ns = -1, carried_ns = -1;
	size_t n;
	enum loaded l = load(s, state_name, &n, err, err_size);

	if (l == LOAD_FOUND)
		here_ns = follow_state_end(s->buffer, n);
	if (l == LOAD_FOUND && here_ns < 0)
		put_away(s, state_name);
	if (s->has_id && n_carried >= ID && memcmp(carried, s->id, ID) == 0)
		carried_ns = follow_state_end(carried + ID, n_carried - ID);
	if (carried_ns > here_ns)
		follow_restore(s->follow, carried + ID, n_carried - ID);
	else if (here_ns >= 0)
		follow_restore(s->follow, s->buffer, n);
	return l != LOAD_FAULT;
}

/* Without a name of its own the folder is good for what is kept in it. */
static bool
name_folder(struct follow_store *s, char *err, size_t err_size)
{
	size_t n;
	enum loaded l = load(s, id_name, &n, err, err_size);

	s->has_id = l == LOAD_FOUND && n == ID;
	if (s->has_id)
		memcpy(s->id, s->buffer, ID);
	if (s->has_id || l == LOAD_FAULT)
		return l != LOAD_FAULT;
	s->has_id = make_room(s, ID) &&
	    getrandom(s->id, ID, 0) == (ssize_t)ID &&
	    memcpy(s->buffer, s->id, ID) != NULL &&
	    replace(s, id_name, ID, err, err_size);
	if (!s->has_id)
		log_warn("--state: no %s: after a kill bins may be published "
			 "again",
		    id_name);
	return true;
}

/* One process at a time has it, for as long as it lives. */
static bool
take(struct follow_store *s, const char *path, char *err, size_t err_size)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return fault(err, err_size, path);
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return fault(err, err_size, path);
	if (flock(s->dir, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK)
		return fault(err, err_size, path);
	snprintf(err, err_size, "%s: another process uses it", path);
	return false;
}

struct follow_store *
store_open(const char *path, struct follow *f, const void *carried,
    size_t n_carried, char *err, size_t err_size)
{
	struct follow_store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	s->follow = f;
	s->dir = -1;
	if (take(s, path, err, err_size) && name_folder(s, err, err_size) &&
	    restore_settled(s, err, err_size) &&
	    restore_state(s, carried, n_carried, err, err_size))
		return s;
	store_close(s);
	return NULL;
}

void
store_close(struct follow_store *s)
{
	if (s == NULL)
		return;
	if (s->dir >= 0)
		close(s->dir);
	free(s->buffer);
	free(s);
}
