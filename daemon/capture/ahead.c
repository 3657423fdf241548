/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock holds the counters of the ring together.  Who is filling has the
 * next free buffer and the file, until the buffer has been made; from then
 * until it is released it belongs to who takes it.  That is the thread, with
 * the signals blocked, but for a file whose next bytes are wanted before it
 * had its turn.
 */
#include "daemon/capture/ahead.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/capture/unpack.h"
#include "daemon/thread.h"

/*
 * Few and small enough for the processor's shared cache.  A thread that has
 * filled them all goes on when half of them are free, and who waits for bytes
 * of a file when half of them are filled: each wakes the other less often.
 */
enum {
	BUFFERS = 16,
	BUFFER_SIZE = 128 * 1024,
	STACK_SIZE = 256 * 1024,
	ERR_SIZE = 256
};

struct buffer {
	enum ahead_result result;
	size_t n;
	/* After it was read. */
	uint64_t position;
	bool is_packed;
	bool has_fault;
	uint8_t bytes[AHEAD_BEFORE + BUFFER_SIZE];
};

struct ahead {
	pthread_t thread;
	bool has_thread;
	int stop_fd; /* readable: the thread must not wait for the file */
	int ready_fd;

	pthread_mutex_t lock;
	pthread_cond_t work; /* for the thread: a file, room, the end */
	pthread_cond_t idle; /* it is done with a file */
	bool is_busy; /* with a file; its path is the thread's then */
	bool stops; /* the file is of no more interest */
	bool quits;
	bool is_filling; /* somebody */
	bool is_over; /* the last buffer of the file was made */
	bool is_awaited, is_rung; /* buffers; ready_fd */
	bool is_file; /* the file's next bytes won't have to be waited for */
	unsigned made, taken, freed; /* buffers of this file */
	const char *path;
	char fault[ERR_SIZE]; /* of the file, written once */

	struct unpack *unpack; /* of who is filling */
	const struct buffer *last; /* taken, or NULL */
	struct buffer buffers[BUFFERS];
};

/* Reads into the next free buffer; false at the end. */
static bool
fill(struct ahead *a, struct buffer *b)
{
	const char *fault;

	b->n = 0;
	b->position = 0;
	b->is_packed = false;
	b->has_fault = true;
	b->result = AHEAD_REFUSED;
	if (a->unpack == NULL) {
		a->unpack = unpack_open(a->path, a->stop_fd, a->fault,
		    sizeof(a->fault));
		a->is_file = a->unpack != NULL && unpack_is_file(a->unpack);
	}
	if (a->unpack == NULL)
		return false;
	b->n = unpack_read(a->unpack, b->bytes + AHEAD_BEFORE, BUFFER_SIZE);
	b->result = b->n > 0 ? AHEAD_BYTES : AHEAD_END;
	b->position = unpack_position(a->unpack);
	b->is_packed = unpack_is_packed(a->unpack);
	fault = unpack_fault(a->unpack);
	b->has_fault = fault != NULL;
	/* It is the same for all buffers from then on. */
	if (b->has_fault && a->fault[0] == '\0')
		snprintf(a->fault, sizeof(a->fault), "%s", fault);
	return b->n > 0;
}

/* Hands the buffer that was filled to the other side; more follow, or not. */
static void
publish(struct ahead *a, bool more)
{
	pthread_mutex_lock(&a->lock);
	a->made++;
	a->is_filling = false;
	a->is_over = !more;
	if (a->is_awaited &&
	    (!a->is_file || !more || a->made - a->taken >= BUFFERS / 2)) {
		a->is_awaited = false;
		a->is_rung = true;
		eventfd_write(a->ready_fd, 1);
	}
	/* The thread, if somebody else was filling. */
	pthread_cond_signal(&a->work);
	pthread_mutex_unlock(&a->lock);
}

/* Under the lock. */
static struct buffer *
begin_filling(struct ahead *a)
{
	a->is_filling = true;
	return &a->buffers[a->made % BUFFERS];
}

/*
 * Waits until a buffer is free for the thread to fill; NULL if nothing more of
 * the file is wanted.
 */
static struct buffer *
free_buffer(struct ahead *a)
{
	struct buffer *b = NULL;
	unsigned most = BUFFERS - 1;

	pthread_mutex_lock(&a->lock);
	while (!a->stops && !a->is_over &&
	    (a->is_filling || a->made - a->freed > most)) {
		if (!a->is_filling)
			most = BUFFERS / 2;
		pthread_cond_wait(&a->work, &a->lock);
	}
	if (!a->stops && !a->is_over)
		b = begin_filling(a);
	pthread_mutex_unlock(&a->lock);
	return b;
}

static void
read_file(struct ahead *a)
{
	struct buffer *b;

	while ((b = free_buffer(a)) != NULL)
		publish(a, fill(a, b));
	unpack_close(a->unpack);
	a->unpack = NULL;
}

static void *
run(void *arg)
{
	struct ahead *a = arg;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		while (!a->is_busy && !a->quits)
			pthread_cond_wait(&a->work, &a->lock);
		if (a->quits)
			break;
		pthread_mutex_unlock(&a->lock);
		read_file(a);
		pthread_mutex_lock(&a->lock);
		a->is_busy = false;
		pthread_cond_signal(&a->idle);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static bool
start(struct ahead *a)
{
	a->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	a->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->stop_fd < 0 || a->ready_fd < 0)
		return false;
	return thread_start(&a->thread, STACK_SIZE, run, a);
}

static void
close_fds(struct ahead *a)
{
	if (a->stop_fd >= 0)
		close(a->stop_fd);
	if (a->ready_fd >= 0)
		close(a->ready_fd);
	a->stop_fd = a->ready_fd = -1;
}

struct ahead *
ahead_new(void)
{
	struct ahead *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->work, NULL);
	pthread_cond_init(&a->idle, NULL);
	a->has_thread = start(a);
	if (!a->has_thread)
		close_fds(a);
	return a;
}

void
ahead_free(struct ahead *a)
{
	if (a == NULL)
		return;
	ahead_close(a);
	if (a->has_thread) {
		pthread_mutex_lock(&a->lock);
		a->quits = true;
		pthread_cond_signal(&a->work);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
	}
	close_fds(a);
	pthread_cond_destroy(&a->idle);
	pthread_cond_destroy(&a->work);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

void
ahead_open(struct ahead *a, const char *path)
{
	pthread_mutex_lock(&a->lock);
	assert(!a->is_busy);
	a->path = path;
	a->fault[0] = '\0';
	a->is_over = false;
	a->is_busy = a->has_thread;
	pthread_cond_signal(&a->work);
	pthread_mutex_unlock(&a->lock);
}

void
ahead_close(struct ahead *a)
{
	eventfd_t drained;

	pthread_mutex_lock(&a->lock);
	if (a->is_busy) {
		a->stops = true;
		eventfd_write(a->stop_fd, 1);
		pthread_cond_signal(&a->work);
		while (a->is_busy)
			pthread_cond_wait(&a->idle, &a->lock);
		a->stops = false;
		eventfd_read(a->stop_fd, &drained);
	}
	if (a->is_rung)
		eventfd_read(a->ready_fd, &drained);
	a->is_awaited = a->is_rung = false;
	a->made = a->taken = a->freed = 0;
	a->last = NULL;
	pthread_mutex_unlock(&a->lock);
	if (!a->has_thread) {
		unpack_close(a->unpack);
		a->unpack = NULL;
	}
}

/*
 * The buffer to be filled by who wants it: the thread, which may only wait for
 * a processor, has not begun to.  Nothing of a file is to be waited for.
 */
static struct buffer *
own_buffer(struct ahead *a)
{
	struct buffer *b = NULL;

	pthread_mutex_lock(&a->lock);
	if (!a->has_thread ||
	    (a->made == a->taken && a->made > 0 && a->is_file &&
		!a->is_filling && !a->is_over))
		b = begin_filling(a);
	pthread_mutex_unlock(&a->lock);
	return b;
}

/* Whether a buffer is there; else ready_fd will say when. */
static bool
is_ready(struct ahead *a)
{
	eventfd_t drained;
	bool ready;

	pthread_mutex_lock(&a->lock);
	ready = a->made != a->taken;
	a->is_awaited = !ready;
	if (ready && a->is_rung) {
		eventfd_read(a->ready_fd, &drained);
		a->is_rung = false;
	}
	pthread_mutex_unlock(&a->lock);
	return ready;
}

enum ahead_result
ahead_next(struct ahead *a, uint8_t **bytes, size_t *n)
{
	struct buffer *b = own_buffer(a);

	if (b != NULL)
		publish(a, fill(a, b));
	if (!is_ready(a))
		return AHEAD_LATER;
	b = &a->buffers[a->taken % BUFFERS];
	a->taken++;
	a->last = b;
	*bytes = b->bytes + AHEAD_BEFORE;
	*n = b->n;
	return b->result;
}

void
ahead_release(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->freed = a->taken - 1;
	if (a->made - a->freed <= BUFFERS / 2)
		pthread_cond_signal(&a->work);
	pthread_mutex_unlock(&a->lock);
}

int
ahead_fd(const struct ahead *a)
{
	return a->ready_fd;
}

uint64_t
ahead_position(const struct ahead *a)
{
	return a->last != NULL ? a->last->position : 0;
}

bool
ahead_is_packed(const struct ahead *a)
{
	return a->last != NULL && a->last->is_packed;
}

const char *
ahead_fault(const struct ahead *a)
{
	return a->last != NULL && a->last->has_fault ? a->fault : NULL;
}
