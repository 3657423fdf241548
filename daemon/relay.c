/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock holds the ring's counters together.  A batch belongs to the thread
 * until it is passed, to the loop from then until it is released.
 */
#include "daemon/relay.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/memory.h"
#include "daemon/thread.h"

/*
 * So many that the loop may close a bin while the thread goes on; most of a
 * batch's text is never touched.  To wake a thread is dear: one that has filled
 * the ring goes on when a quarter of it is free, and a loop that has nothing is
 * told when there are some.
 */
enum {
	BATCHES = 128,
	GO_ON = BATCHES * 3 / 4, /* batches that are on their way */
	TELL = 16,
	STACK_SIZE = 1024 * 1024
};

struct relay {
	pthread_t thread;
	bool has_thread;
	int quit_fd;
	int ready_fd;
	void (*run)(void *arg);
	void *arg;

	pthread_mutex_t lock;
	pthread_cond_t room; /* for the thread */
	pthread_cond_t more; /* for relay_wait */
	bool is_awaited, is_rung; /* batches; ready_fd */
	bool quits, has_ended;
	unsigned passed, taken, released;

	struct batch batches[BATCHES];
};

struct relay *
relay_new(void)
{
	struct relay *r = memory_reserve(sizeof(*r));

	r->quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->room, NULL);
	pthread_cond_init(&r->more, NULL);
	batch_clear(&r->batches[0]);
	if (r->quit_fd >= 0 && r->ready_fd >= 0)
		return r;
	relay_free(r);
	return NULL;
}

void
relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	if (r->has_thread)
		pthread_join(r->thread, NULL);
	if (r->quit_fd >= 0)
		close(r->quit_fd);
	if (r->ready_fd >= 0)
		close(r->ready_fd);
	pthread_cond_destroy(&r->room);
	pthread_cond_destroy(&r->more);
	pthread_mutex_destroy(&r->lock);
	memory_release(r, sizeof(*r));
}

/* Under the lock: something has come for the loop. */
static void
ring(struct relay *r)
{
	if (r->is_awaited) {
		r->is_awaited = false;
		r->is_rung = true;
		eventfd_write(r->ready_fd, 1);
	}
	pthread_cond_signal(&r->more);
}

static void *
begin(void *arg)
{
	struct relay *r = arg;

	r->run(r->arg);
	pthread_mutex_lock(&r->lock);
	r->has_ended = true;
	ring(r);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

bool
relay_start(struct relay *r, void (*run)(void *arg), void *arg)
{
	r->run = run;
	r->arg = arg;
	r->is_awaited = true;
	r->has_thread = thread_start(&r->thread, STACK_SIZE, begin, r);
	return r->has_thread;
}

struct batch *
relay_first(struct relay *r)
{
	return &r->batches[0];
}

struct batch *
relay_pass(struct relay *r, struct batch *b)
{
	pthread_mutex_lock(&r->lock);
	r->passed++;
	if (r->passed - r->taken >= TELL)
		ring(r);
	if (r->passed - r->released == BATCHES)
		while (r->passed - r->released > GO_ON)
			pthread_cond_wait(&r->room, &r->lock);
	b = &r->batches[r->passed % BATCHES];
	pthread_mutex_unlock(&r->lock);
	batch_clear(b);
	return b;
}

void
relay_hurry(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	if (r->passed != r->taken)
		ring(r);
	pthread_mutex_unlock(&r->lock);
}

int
relay_quit_fd(const struct relay *r)
{
	return r->quit_fd;
}

bool
relay_quits(struct relay *r)
{
	bool quits;

	pthread_mutex_lock(&r->lock);
	quits = r->quits;
	pthread_mutex_unlock(&r->lock);
	return quits;
}

int
relay_fd(const struct relay *r)
{
	return r->ready_fd;
}

/* Under the lock: the loop looks; if there is nothing it is told later. */
static bool
has_more(struct relay *r)
{
	bool has = r->passed != r->taken;
	eventfd_t drained;

	if (has || r->has_ended)
		return has;
	if (r->is_rung)
		eventfd_read(r->ready_fd, &drained);
	r->is_rung = false;
	r->is_awaited = true;
	return false;
}

struct batch *
relay_take(struct relay *r)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&r->lock);
	if (has_more(r))
		b = &r->batches[r->taken++ % BATCHES];
	pthread_mutex_unlock(&r->lock);
	return b;
}

void
relay_release(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->released++;
	if (r->passed - r->released <= GO_ON)
		pthread_cond_signal(&r->room);
	pthread_mutex_unlock(&r->lock);
}

bool
relay_ended(struct relay *r)
{
	bool ended;

	pthread_mutex_lock(&r->lock);
	ended = r->has_ended && r->passed == r->taken;
	pthread_mutex_unlock(&r->lock);
	return ended;
}

void
relay_quit(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->quits = true;
	eventfd_write(r->quit_fd, 1);
	pthread_mutex_unlock(&r->lock);
}

void
relay_wait(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->passed == r->taken && !r->has_ended)
		pthread_cond_wait(&r->more, &r->lock);
	pthread_mutex_unlock(&r->lock);
}
