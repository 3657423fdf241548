/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct spool_sync {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock: */
	int fd, dirfd; /* to be done, duplicates; -1: nothing */
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
	close(dirfd);
	return error;
}

static void *
work(void *arg)
{
	struct spool_sync *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->fd < 0 && !s->is_ending)
			pthread_cond_wait(&s->wake, &s->lock);
		if (s->fd < 0)
			break;
		int fd = s->fd, dirfd = s->dirfd;
		s->fd = s->dirfd = -1;
		pthread_mutex_unlock(&s->lock);
		int error = sync_both(fd, dirfd);
		pthread_mutex_lock(&s->lock);
		s->is_busy = false;
		if (error != 0)
			s->error = error;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct spool_sync *
spool_sync_new(void)
{
	struct spool_sync *s = calloc(1, sizeof(*s));
	sigset_t all, before;

	if (s == NULL)
		return NULL;
	s->fd = s->dirfd = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	/* Signals are the loop's. */
	sigfillset(&all);
	sigdelset(&all, SIGSYS); /* what the sandbox denies; see there */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&s->thread, NULL, work, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		return s;
	pthread_cond_destroy(&s->wake);
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
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
spool_sync_ask(struct spool_sync *s, int fd, int dirfd)
{
	pthread_mutex_lock(&s->lock);
	if (!s->is_busy) {
		s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		s->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
		s->is_busy = s->fd >= 0;
		if (s->fd < 0 && s->dirfd >= 0)
			close(s->dirfd);
		pthread_cond_signal(&s->wake);
	}
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
