/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many segments as the spool's room has. */
enum { WAITING = 16 };

struct waiting {
	uint64_t number;
	int fd; /* a duplicate */
};

struct spool_sync {
	int dirfd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake, idle;
	/* Under the lock: */
	struct waiting waiting[WAITING]; /* the oldest is the first */
	unsigned n;
	bool is_busy, is_ending;
	int error;
};

static int
sync_both(int fd, int dirfd)
{
	int error = fdatasync(fd) != 0 ? errno : 0;

	/* Not every file system can sync a folder. */
	(void)!fsync(dirfd);
	close(fd);
	return error;
}

static void *
work(void *arg)
{
	struct spool_sync *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->n == 0 && !s->is_ending)
			pthread_cond_wait(&s->wake, &s->lock);
		if (s->n == 0)
			break;
		int fd = s->waiting[0].fd;
		s->n--;
		memmove(s->waiting, s->waiting + 1,
		    s->n * sizeof(s->waiting[0]));
		s->is_busy = true;
		pthread_mutex_unlock(&s->lock);
		int error = sync_both(fd, s->dirfd);
		pthread_mutex_lock(&s->lock);
		s->is_busy = false;
		pthread_cond_signal(&s->idle);
		if (error != 0)
			s->error = error;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct spool_sync *
spool_sync_new(int dirfd)
{
	struct spool_sync *s = calloc(1, sizeof(*s));
	sigset_t all, before;

	if (s == NULL)
		return NULL;
	s->dirfd = dirfd;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	pthread_cond_init(&s->idle, NULL);
	/* Signals are the loop's. */
	sigfillset(&all);
	sigdelset(&all, SIGSYS); /* what the sandbox denies; see there */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&s->thread, NULL, work, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		return s;
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

void
spool_sync_free(struct spool_sync *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_ending = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
spool_sync_ask(struct spool_sync *s, uint64_t number, int fd)
{
	pthread_mutex_lock(&s->lock);
	if (s->n < WAITING &&
	    (s->n == 0 || s->waiting[s->n - 1].number != number)) {
		int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

		if (copy >= 0)
			s->waiting[s->n++] = (struct waiting){ number, copy };
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
}

void
spool_sync_wait(struct spool_sync *s)
{
	pthread_mutex_lock(&s->lock);
	while (s->n > 0 || s->is_busy)
		pthread_cond_wait(&s->idle, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

bool
spool_sync_failed(struct spool_sync *s, int *error)
{
	pthread_mutex_lock(&s->lock);
	*error = s->error;
	s->error = 0;
	pthread_mutex_unlock(&s->lock);
	return *error != 0;
}
