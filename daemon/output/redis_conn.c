/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * States: waiting → connecting → login → up → waiting …  One timer serves the
 * back-off while waiting and the deadline of an answer otherwise.
 */
#include "daemon/output/redis_conn.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <hiredis/hiredis.h>

#include "daemon/log.h"
#include "daemon/loop.h"

enum state { WAITING, CONNECTING, LOGIN, UP };

enum {
	TAG_AUTH = -1, /* as uint32_t: the caller's are small */
	TAG_SELECT = -2,
	USER = 256,
	PASSWORD = 512,
	REPLY_ELEMENTS = 8192, /* of a reply, at all depths */
	REPLY_BYTES = 1 << 20, /* of a reply, on the wire */
	READ_CHUNK = 16 << 10,
};

#define MS INT64_C(1000000)
static const int64_t deadline_ns = 5000 * MS;
static const int64_t grace_ns = 100 * MS;
static const int64_t backoff_min_ns = 100 * MS, backoff_max_ns = 5000 * MS;

struct redis_conn {
	struct redis_url url;
	struct redis_conn_env env;
	char user[USER], password[PASSWORD];
	enum state state;
	bool has_tried;
	struct bufferevent *bev;
	struct evdns_base *dns;
	redisReader *reader;
	size_t reply_elements, reply_bytes; /* of the reply that comes in */
	struct loop_event *timer;
	int64_t backoff_ns;
	uint32_t random;
	uint32_t tags[REDIS_CONN_PENDING]; /* a ring */
	size_t tag_head, n_tags;
	bool graced; /* the deadline has passed once */
	bool in_callback, ended;
	bool told_down;
	char reason[160];
};

static void connect_now(struct redis_conn *c);

/*
 * The reader makes arrays as large as the server says; what is past any reply
 * of ours is refused before it costs memory.
 */
static void *(*create_array)(const redisReadTask *task, int elements);

static void *
create_bounded_array(const redisReadTask *task, int elements)
{
	struct redis_conn *c = task->privdata;

	if (elements < 0 ||
	    (size_t)elements > REPLY_ELEMENTS - c->reply_elements)
		return NULL;
	c->reply_elements += (size_t)elements;
	return create_array(task, elements);
}

static redisReader *
reader_new(struct redis_conn *c)
{
	static redisReplyObjectFunctions functions;
	redisReader *reader = redisReaderCreate();

	if (reader == NULL)
		return NULL;
	create_array = reader->fn->createArray;
	functions = *reader->fn;
	functions.createArray = create_bounded_array;
	reader->fn = &functions;
	reader->privdata = c;
	return reader;
}

static void
disconnect(struct redis_conn *c)
{
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	if (c->reader != NULL)
		redisReaderFree(c->reader);
	c->bev = NULL;
	c->reader = NULL;
	c->n_tags = c->tag_head = 0;
	c->reply_elements = c->reply_bytes = 0;
	c->graced = c->ended = false;
	loop_event_pause(c->timer);
}

/* Ends the connection and sets the time of the next. */
static void
end(struct redis_conn *c)
{
	bool was_up = c->state == UP;

	disconnect(c);
	c->state = WAITING;
	c->has_tried = true;
	if (!c->told_down)
		log_warn("%s: %s: records wait", c->env.label, c->reason);
	c->told_down = true;
	/* Half to all of the back-off, so that sensors don't come at once. */
	c->random = c->random * 1664525 + 1013904223;
	int64_t half = c->backoff_ns / 2;
	loop_timer_set(c->timer, half + half * (c->random >> 16) / 65536);
	c->backoff_ns *= 2;
	if (c->backoff_ns > backoff_max_ns)
		c->backoff_ns = backoff_max_ns;
	if (was_up)
		c->env.on_down(c->env.arg);
}

void
redis_conn_reset(struct redis_conn *c, const char *reason)
{
	if (c->state == WAITING || c->ended)
		return;
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	c->ended = true;
	/* Never within the caller: the end comes back as on_down. */
	if (!c->in_callback)
		loop_timer_set(c->timer, 0);
}

void
redis_conn_well(struct redis_conn *c)
{
	c->backoff_ns = backoff_min_ns;
	if (c->told_down)
		log_info("%s: connected", c->env.label);
	c->told_down = false;
}

static size_t
send_command(struct redis_conn *c, uint32_t tag, int argc,
    const char *const *argv, const size_t *lens)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	char *command = NULL;
	/* hiredis leaves the arguments alone, but doesn't say so. */
	union {
		const char *const *in;
		const char **out;
	} args = { argv };
	int n = redisFormatCommandArgv(&command, argc, args.out, lens);

	if (n <= 0 || c->n_tags >= REDIS_CONN_PENDING ||
	    evbuffer_get_length(out) + (size_t)n > REDIS_CONN_OUT ||
	    evbuffer_add(out, command, (size_t)n) != 0) {
		redisFreeCommand(command);
		redis_conn_reset(c, "a command can't be sent");
		return 0;
	}
	redisFreeCommand(command);
	if (c->n_tags == 0)
		loop_timer_set(c->timer, deadline_ns);
	c->tags[(c->tag_head + c->n_tags++) % REDIS_CONN_PENDING] = tag;
	return (size_t)n;
}

size_t
redis_conn_send(struct redis_conn *c, uint32_t tag, int argc,
    const char *const *argv, const size_t *lens)
{
	assert(c->state == UP);
	return c->ended ? 0 : send_command(c, tag, argc, argv, lens);
}

static void
is_logged_in(struct redis_conn *c)
{
	c->state = UP;
	c->has_tried = true;
	c->env.on_up(c->env.arg);
}

static void
send_select(struct redis_conn *c)
{
	char db[12];
	const char *argv[] = { "SELECT", db };

	if (c->url.db == 0) {
		is_logged_in(c);
		return;
	}
	size_t lens[] = { 6,
		(size_t)snprintf(db, sizeof(db), "%u", c->url.db) };
	send_command(c, (uint32_t)TAG_SELECT, 2, argv, lens);
}

static void
login(struct redis_conn *c)
{
	const char *argv[3] = { "AUTH" };
	size_t lens[3] = { 4 };
	int n = 1;

	c->state = LOGIN;
	if (*c->password == '\0') {
		send_select(c);
		return;
	}
	if (*c->user != '\0') {
		argv[n] = c->user;
		lens[n++] = strlen(c->user);
	}
	argv[n] = c->password;
	lens[n] = strlen(c->password);
	send_command(c, (uint32_t)TAG_AUTH, n + 1, argv, lens);
}

static void
login_reply(struct redis_conn *c, uint32_t tag, const redisReply *r)
{
	char reason[160];

	if (r->type == REDIS_REPLY_ERROR) {
		/* A wrong password doesn't get right by asking often. */
		c->backoff_ns = backoff_max_ns;
		snprintf(reason, sizeof(reason), "%s: %.120s",
		    tag == (uint32_t)TAG_AUTH ? "AUTH" : "SELECT", r->str);
		redis_conn_reset(c, reason);
	} else if (tag == (uint32_t)TAG_AUTH) {
		send_select(c);
	} else {
		is_logged_in(c);
	}
}

static void
take_reply(struct redis_conn *c, const redisReply *r)
{
	if (c->n_tags == 0) {
		redis_conn_reset(c, "the server says what nobody asked");
		return;
	}
	uint32_t tag = c->tags[c->tag_head];
	c->tag_head = (c->tag_head + 1) % REDIS_CONN_PENDING;
	c->n_tags--;
	c->graced = false;
	if (c->n_tags == 0)
		loop_event_pause(c->timer);
	else
		loop_timer_set(c->timer, deadline_ns);
	if (c->state == LOGIN)
		login_reply(c, tag, r);
	else
		c->env.on_reply(c->env.arg, tag, r);
}

static void
take_replies(struct redis_conn *c)
{
	void *reply = NULL;

	while (!c->ended) {
		if (redisReaderGetReply(c->reader, &reply) != REDIS_OK) {
			redis_conn_reset(c, "the server doesn't speak RESP");
			return;
		}
		if (reply == NULL)
			return;
		c->reply_elements = c->reply_bytes = 0;
		take_reply(c, reply);
		freeReplyObject(reply);
	}
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct redis_conn *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char buf[READ_CHUNK];
	int n;

	c->in_callback = true;
	while (!c->ended && (n = evbuffer_remove(in, buf, sizeof(buf))) > 0) {
		c->reply_bytes += (size_t)n;
		if (redisReaderFeed(c->reader, buf, (size_t)n) != REDIS_OK)
			redis_conn_reset(c, "out of memory");
		take_replies(c);
		if (c->reply_bytes > REPLY_BYTES)
			redis_conn_reset(c, "a reply without end");
	}
	c->in_callback = false;
	if (c->ended)
		end(c);
}

/* Before its packets are seen, where the address is known at once. */
static void
tell_socket(struct redis_conn *c)
{
	int fd = c->bev == NULL ? -1 : bufferevent_getfd(c->bev);

	if (c->env.on_socket != NULL && fd >= 0)
		c->env.on_socket(c->env.socket_arg, fd);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct redis_conn *c = arg;
	int dns = bufferevent_socket_get_dns_error(bev);
	const char *reason = evutil_socket_error_to_string(errno);

	if (what & BEV_EVENT_CONNECTED) {
		int one = 1;

		tell_socket(c);
		if (c->url.path[0] == '\0')
			setsockopt(bufferevent_getfd(bev), IPPROTO_TCP,
			    TCP_NODELAY, &one, sizeof(one));
		loop_event_pause(c->timer);
		c->in_callback = true;
		login(c);
		c->in_callback = false;
		if (c->ended)
			end(c);
		return;
	}
	if (dns != 0)
		reason = evutil_gai_strerror(dns);
	else if (what & BEV_EVENT_EOF)
		reason = "the server closed the connection";
	redis_conn_reset(c, reason);
}

static void
on_timer(void *arg)
{
	struct redis_conn *c = arg;

	if (c->state == WAITING) {
		connect_now(c);
		return;
	}
	if (c->ended) {
		end(c);
		return;
	}
	/*
	 * If it was this process that stood still, an answer may be there
	 * that has not been read yet.
	 */
	if (!c->graced) {
		c->graced = true;
		loop_timer_set(c->timer, grace_ns);
		return;
	}
	redis_conn_reset(c,
	    c->state == CONNECTING ? "no connection for 5 s"
				   : "no answer for 5 s");
}

/* An address needs no name server, and isn't waited for without one. */
static bool
is_address(const char *host)
{
	struct in6_addr addr;

	return evutil_inet_pton(AF_INET, host, &addr) == 1 ||
	    evutil_inet_pton(AF_INET6, host, &addr) == 1;
}

static bool
dial(struct redis_conn *c)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct evdns_base *dns = NULL;

	if (c->url.path[0] != '\0') {
		memcpy(un.sun_path, c->url.path, sizeof(un.sun_path));
		return bufferevent_socket_connect(c->bev,
			   (struct sockaddr *)&un, sizeof(un)) == 0;
	}
	if (!is_address(c->url.host)) {
		if (c->dns == NULL)
			c->dns = evdns_base_new(loop_base(c->env.loop),
			    EVDNS_BASE_INITIALIZE_NAMESERVERS |
				EVDNS_BASE_DISABLE_WHEN_INACTIVE);
		if (c->dns == NULL)
			return false;
		dns = c->dns;
	}
	return bufferevent_socket_connect_hostname(c->bev, dns, AF_UNSPEC,
		   c->url.host, c->url.port) == 0;
}

static void
connect_now(struct redis_conn *c)
{
	bool dialled = false;

	c->state = CONNECTING;
	c->reader = reader_new(c);
	c->bev = bufferevent_socket_new(loop_base(c->env.loop), -1,
	    BEV_OPT_CLOSE_ON_FREE);
	errno = ENOMEM;
	if (c->reader != NULL && c->bev != NULL) {
		bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
		bufferevent_priority_set(c->bev, 0);
		bufferevent_enable(c->bev, EV_READ | EV_WRITE);
		/* A failure may already come through on_event, in there. */
		c->in_callback = true;
		errno = 0;
		dialled = dial(c);
		tell_socket(c);
		c->in_callback = false;
	}
	if (c->ended) {
		end(c);
	} else if (!dialled) {
		redis_conn_reset(c,
		    errno != 0 ? strerror(errno) : "no name server");
	} else if (c->state == CONNECTING) {
		loop_timer_set(c->timer, deadline_ns);
	}
}

struct redis_conn *
redis_conn_new(const struct redis_url *url, const struct redis_conn_env *env)
{
	struct redis_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->url = *url;
	c->env = *env;
	c->backoff_ns = backoff_min_ns;
	if (getrandom(&c->random, sizeof(c->random), 0) < 0)
		c->random = 1;
	c->timer = loop_timer(env->loop, on_timer, c);
	if (c->timer == NULL) {
		free(c);
		return NULL;
	}
	loop_timer_set(c->timer, 0);
	return c;
}

void
redis_conn_free(struct redis_conn *c)
{
	if (c == NULL)
		return;
	disconnect(c);
	if (c->dns != NULL)
		evdns_base_free(c->dns, 0);
	loop_event_free(c->timer);
	explicit_bzero(c->password, sizeof(c->password));
	free(c);
}

void
redis_conn_login(struct redis_conn *c, const char *user, const char *password)
{
	snprintf(c->user, sizeof(c->user), "%s", user);
	snprintf(c->password, sizeof(c->password), "%s", password);
}

bool
redis_conn_is_up(const struct redis_conn *c)
{
	return c->state == UP && !c->ended;
}

bool
redis_conn_has_tried(const struct redis_conn *c)
{
	return c->has_tried;
}

size_t
redis_conn_room(const struct redis_conn *c)
{
	return REDIS_CONN_PENDING - c->n_tags;
}

size_t
redis_conn_pending(const struct redis_conn *c)
{
	return c->n_tags;
}

size_t
redis_conn_backlog(const struct redis_conn *c)
{
	return c->bev == NULL
	    ? 0
	    : evbuffer_get_length(bufferevent_get_output(c->bev));
}
