/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * States: waiting → resolving → connecting → open → waiting …  One timer
 * serves the back-off while waiting and the deadline while connecting.
 */
#include "daemon/output/backoff.h"
#include "daemon/output/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/dns.h>
#include <event2/util.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/names.h"

enum state { WAITING, RESOLVING, CONNECTING, OPEN };

#define MS INT64_C(1000000)
static const int64_t deadline_ns = 5000 * MS;

/* What evdns calls back with may outlive the dial that asked. */
struct lookup {
	struct dial *d;
};

struct dial {
	struct address address;
	struct dial_env env;
	char label[ADDRESS_LABEL];
	enum state state;
	int fd;
	struct loop_event *timer, *writable;
	struct evdns_base *dns;
	struct lookup *lookup;
	struct evdns_getaddrinfo_request *request;
	struct evutil_addrinfo *names, *name; /* all; the one that is tried */
	struct backoff backoff;
	uint64_t connects;
	bool has_tried, told_down;
};

static void
forget_names(struct dial *d)
{
	if (d->lookup != NULL) {
		d->lookup->d = NULL;
		d->lookup = NULL;
		if (d->request != NULL)
			evdns_getaddrinfo_cancel(d->request);
		d->request = NULL;
	}
	if (d->names != NULL)
		evutil_freeaddrinfo(d->names);
	d->names = d->name = NULL;
}

static void
close_socket(struct dial *d)
{
	loop_event_free(d->writable);
	d->writable = NULL;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static void
wait_and_retry(struct dial *d, const char *reason)
{
	close_socket(d);
	forget_names(d);
	d->state = WAITING;
	d->has_tried = true;
	if (!d->told_down)
		log_warn("%s: %s: records wait", d->label, reason);
	d->told_down = true;
	loop_timer_set(d->timer, backoff_next(&d->backoff));
}

static void
opened(struct dial *d)
{
	forget_names(d);
	loop_event_free(d->writable);
	d->writable = NULL;
	loop_event_pause(d->timer);
	d->state = OPEN;
	d->has_tried = true;
	d->connects++;
	d->env.on_open(d->env.arg, d->fd);
}

static void on_writable(void *arg);

/* 0, EINPROGRESS or what is wrong. */
static int
try_address(struct dial *d, const struct sockaddr *sa, socklen_t len)
{
	int error = 0;

	close_socket(d);
	d->fd = socket(sa->sa_family,
	    d->env.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return errno;
	if (connect(d->fd, sa, len) != 0)
		error = errno;
	if (d->env.on_socket != NULL && (error == 0 || error == EINPROGRESS))
		d->env.on_socket(d->env.socket_arg, d->fd);
	if (error != EINPROGRESS)
		return error;
	d->writable = loop_writable(d->env.loop, d->fd, on_writable, d);
	if (d->writable == NULL)
		return ENOMEM;
	loop_event_resume(d->writable);
	return EINPROGRESS;
}

/* Tries the names from d->name on until one is under way. */
static void
try_names(struct dial *d, int error)
{
	d->state = CONNECTING;
	for (; d->name != NULL; d->name = d->name->ai_next) {
		error = try_address(d, d->name->ai_addr,
		    (socklen_t)d->name->ai_addrlen);
		if (error == EINPROGRESS) {
			loop_timer_set(d->timer, deadline_ns);
			return;
		}
		if (error == 0) {
			opened(d);
			return;
		}
	}
	wait_and_retry(d, strerror(error));
}

static void
on_writable(void *arg)
{
	struct dial *d = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error == 0) {
		opened(d);
		return;
	}
	if (d->name != NULL)
		d->name = d->name->ai_next;
	try_names(d, error);
}

static void
on_names(int error, struct evutil_addrinfo *names, void *arg)
{
	struct lookup *lookup = arg;
	struct dial *d = lookup->d;

	free(lookup);
	if (d == NULL) {
		if (names != NULL)
			evutil_freeaddrinfo(names);
		return;
	}
	d->lookup = NULL;
	d->request = NULL;
	if (error != 0) {
		wait_and_retry(d, evutil_gai_strerror(error));
		return;
	}
	d->names = d->name = names;
	try_names(d, EADDRNOTAVAIL);
}

static void
resolve(struct dial *d)
{
	struct evutil_addrinfo hints = { .ai_socktype = d->env.type };
	char port[8];

	snprintf(port, sizeof(port), "%u", d->address.at.port);
	if (names_is_address(d->address.at.host)) {
		hints.ai_flags = EVUTIL_AI_NUMERICHOST | EVUTIL_AI_NUMERICSERV;
		evutil_getaddrinfo(d->address.at.host, port, &hints, &d->names);
		d->name = d->names;
		try_names(d, EADDRNOTAVAIL);
		return;
	}
	if (d->dns == NULL)
		d->dns = names_resolver(d->env.loop);
	d->lookup = d->dns != NULL ? calloc(1, sizeof(*d->lookup)) : NULL;
	if (d->lookup == NULL) {
		wait_and_retry(d, "no name server");
		return;
	}
	d->lookup->d = d;
	loop_timer_set(d->timer, deadline_ns);
	struct evdns_getaddrinfo_request *request = evdns_getaddrinfo(d->dns,
	    d->address.at.host, port, &hints, on_names, d->lookup);
	/* It may have called back already. */
	if (d->lookup != NULL)
		d->request = request;
}

static void
start(struct dial *d)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	d->state = RESOLVING;
	if (d->address.path[0] == '\0') {
		resolve(d);
		return;
	}
	memcpy(un.sun_path, d->address.path, sizeof(un.sun_path));
	int error = try_address(d, (struct sockaddr *)&un, sizeof(un));
	if (error == 0)
		opened(d);
	else
		wait_and_retry(d, strerror(error));
}

static void
on_timer(void *arg)
{
	struct dial *d = arg;

	switch (d->state) {
	case WAITING:
		start(d);
		break;
	case RESOLVING:
		wait_and_retry(d, "no answer from a name server for 5 s");
		break;
	case CONNECTING:
		if (d->name != NULL)
			d->name = d->name->ai_next;
		try_names(d, ETIMEDOUT);
		break;
	case OPEN:
		break;
	}
}

struct dial *
dial_new(const struct address *address, const struct dial_env *env)
{
	struct dial *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->address = *address;
	d->env = *env;
	snprintf(d->label, sizeof(d->label), "%s", env->label);
	d->fd = -1;
	backoff_init(&d->backoff);
	d->timer = loop_timer(env->loop, on_timer, d);
	if (d->timer == NULL) {
		free(d);
		return NULL;
	}
	loop_timer_set(d->timer, 0);
	return d;
}

void
dial_free(struct dial *d)
{
	if (d == NULL)
		return;
	close_socket(d);
	forget_names(d);
	if (d->dns != NULL)
		evdns_base_free(d->dns, 1);
	loop_event_free(d->timer);
	free(d);
}

void
dial_again(struct dial *d, const char *reason)
{
	if (d->state == OPEN)
		wait_and_retry(d, reason);
}

void
dial_well(struct dial *d)
{
	backoff_well(&d->backoff);
	if (d->told_down)
		log_info("%s: connected", d->label);
	d->told_down = false;
}

bool
dial_has_tried(const struct dial *d)
{
	return d->has_tried;
}

uint64_t
dial_connects(const struct dial *d)
{
	return d->connects;
}
