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
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <hiredis/hiredis.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/backoff.h"
#include "daemon/output/redis_dial.h"
#include "daemon/output/redis_reader.h"
#include "daemon/output/redis_route.h"
#include "daemon/output/redis_watch.h"
#include "daemon/output/tls.h"

enum state { WAITING, CONNECTING, LOGIN, UP };

enum { REPLY_BYTES = 1 << 20 /* on the wire */, READ_CHUNK = 16 << 10 };

#define MS INT64_C(1000000)
static const int64_t deadline_ns = 5000 * MS, search_ns = 2000 * MS;
static const int64_t grace_ns = 100 * MS;
static const int64_t refused_ns = 30000 * MS;

struct redis_conn {
	struct redis_route route;
	struct redis_conn_env env;
	struct tls *tls; /* NULL: none is wanted */
	struct redis_watch *watch; /* NULL: no sentinels */
	enum state state;
	bool has_tried;
	struct bufferevent *bev;
	struct evdns_base *dns;
	redisReader *reader;
	size_t reply_elements, reply_bytes; /* of the reply that comes in */
	struct loop_event *timer;
	struct backoff backoff;
	uint32_t tags[REDIS_CONN_PENDING]; /* a ring */
	size_t tag_head, n_tags;
	bool graced; /* the deadline has passed once */
	bool in_callback, ended;
	bool moving; /* to where the route says */
	bool told_down;
	char reason[ROUTE_WHY];
	bool is_answer; /* the reason: a server's */
	bool is_denied; /* the reason: it takes somebody to repair it */
	bool failed_otherwise; /* a place of this round */
	bool is_refused; /* nobody has let us in, in the last round */
	char fault[ENDPOINT_TEXT + ROUTE_WHY]; /* of the round, for the log */
};

static void connect_now(struct redis_conn *c);

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
	c->graced = c->ended = c->moving = c->is_answer = c->is_denied = false;
	loop_event_pause(c->timer);
}

/* Where another place may do, one that says nothing isn't waited for long. */
static int64_t
patience_ns(const struct redis_conn *c)
{
	return c->state != UP && redis_route_has_others(&c->route)
	    ? search_ns
	    : deadline_ns;
}

/*
 * Of several places that all failed, what one has said tells more than that
 * another can't be reached.
 */
static void
note_fault(struct redis_conn *c)
{
	char at[ENDPOINT_TEXT];

	if (c->fault[0] != '\0' && !c->is_answer)
		return;
	if (c->route.url.kind == REDIS_SERVER)
		snprintf(c->fault, sizeof(c->fault), "%s", c->reason);
	else
		snprintf(c->fault, sizeof(c->fault), "%s: %s",
		    endpoint_print(&c->route.at, at), c->reason);
}

static void
tell_down(struct redis_conn *c)
{
	if (!c->told_down && !c->env.watches)
		log_warn("%s: %s: records wait", c->env.label, c->fault);
	c->told_down = true;
	c->fault[0] = '\0';
}

/* All places have been tried. */
static void
end_round(struct redis_conn *c)
{
	c->is_refused = !c->failed_otherwise;
	c->failed_otherwise = false;
	loop_timer_set(c->timer,
	    c->is_refused ? refused_ns : backoff_next(&c->backoff));
}

/* No place is wanted: there is nothing to connect to. */
static bool
is_idle(const struct redis_conn *c)
{
	return c->route.url.kind == REDIS_NODE && c->route.url.n_places == 0;
}

/*
 * Ends the connection and sets the time of the next: now, where a server has
 * sent us elsewhere or a place has not been tried yet.
 */
static void
end(struct redis_conn *c)
{
	bool was_up = c->state == UP, moving = c->moving, more = true;

	if (!moving) {
		note_fault(c);
		c->failed_otherwise = c->failed_otherwise || !c->is_denied;
		more = redis_route_failed(&c->route);
	}
	disconnect(c);
	c->state = WAITING;
	if (!moving && (was_up || !more))
		tell_down(c);
	c->has_tried = c->has_tried || !more;
	if (is_idle(c))
		c->told_down = false;
	else if (!more)
		end_round(c);
	else
		/* Even a server that always knows a better one is bearable. */
		loop_timer_set(c->timer, was_up ? BACKOFF_MIN_NS / 2 : 0);
	if (was_up)
		c->env.on_down(c->env.arg);
}

static void
leave(struct redis_conn *c)
{
	c->in_callback = false;
	if (c->ended)
		end(c);
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
	backoff_well(&c->backoff);
	redis_route_well(&c->route);
	c->failed_otherwise = false;
	c->fault[0] = '\0';
	if (c->told_down && !c->env.watches)
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
		loop_timer_set(c->timer, patience_ns(c));
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

/* Says the next thing that is to be said at this place. */
static void
login(struct redis_conn *c)
{
	const char *argv[ROUTE_ARGS];
	size_t lens[ROUTE_ARGS];
	char at[ENDPOINT_TEXT];
	int n = redis_route_command(&c->route, argv);

	for (int i = 0; i < n; i++)
		lens[i] = strlen(argv[i]);
	c->state = n > 0 ? LOGIN : UP;
	if (n > 0) {
		send_command(c, 0, n, argv, lens);
		return;
	}
	c->has_tried = true;
	c->is_refused = false;
	if (c->route.url.kind != REDIS_SERVER && !c->env.watches)
		log_debug("%s: at %s", c->env.label,
		    endpoint_print(&c->route.at, at));
	c->env.on_up(c->env.arg);
}

/* Whether the reply says nothing against this place; else the end is set. */
static bool
stay(struct redis_conn *c, const redisReply *r)
{
	enum route_result result = ROUTE_ON;
	char why[ROUTE_WHY];

	if (c->state == LOGIN)
		result = redis_route_reply(&c->route, r, why);
	else if (r->type == REDIS_REPLY_ERROR)
		result = redis_route_error(&c->route, r->str, why);
	if (result == ROUTE_ON)
		return true;
	redis_conn_reset(c, why);
	c->is_answer = true;
	c->is_denied = result == ROUTE_DENIED;
	c->moving = result == ROUTE_ELSEWHERE;
	return false;
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
		loop_timer_set(c->timer, patience_ns(c));
	if (!stay(c, r))
		return;
	if (c->state == LOGIN)
		login(c);
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
	redis_reader_trim(&c->reader);
	leave(c);
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
	char why[ROUTE_WHY];

	if (what & BEV_EVENT_CONNECTED) {
		int one = 1;

		tell_socket(c);
		if (c->route.url.n_places > 0)
			setsockopt(bufferevent_getfd(bev), IPPROTO_TCP,
			    TCP_NODELAY, &one, sizeof(one));
		loop_event_pause(c->timer);
		c->in_callback = true;
		login(c);
		leave(c);
		return;
	}
	bool is_denied = redis_dial_error(bev, what, c->tls != NULL, why);

	redis_conn_reset(c, why);
	c->is_denied = is_denied;
}

static void
on_timer(void *arg)
{
	struct redis_conn *c = arg;
	char text[32];

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
	snprintf(text, sizeof(text), "no %s%s for %d s",
	    c->state == CONNECTING && c->tls != NULL ? "TLS " : "",
	    c->state == CONNECTING ? "connection" : "answer",
	    (int)(patience_ns(c) / (1000 * MS)));
	redis_conn_reset(c, text);
}

static void
connect_now(struct redis_conn *c)
{
	struct event_base *base = loop_base(c->env.loop);
	bool dialled = false;

	c->state = CONNECTING;
	redis_route_go(&c->route);
	c->reader = redis_reader_new(&c->reply_elements);
	c->bev = c->tls != NULL
	    ? tls_bufferevent(c->tls, base, c->route.at.host)
	    : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	errno = ENOMEM;
	if (c->reader != NULL && c->bev != NULL) {
		bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
		bufferevent_priority_set(c->bev, 0);
		bufferevent_enable(c->bev, EV_READ | EV_WRITE);
		/* A failure may already come through on_event, in there. */
		c->in_callback = true;
		errno = 0;
		dialled = redis_dial(c->bev, &c->route, c->env.loop, &c->dns);
		tell_socket(c);
		c->in_callback = false;
	}
	if (c->ended) {
		end(c);
	} else if (!dialled) {
		redis_conn_reset(c,
		    errno != 0 ? strerror(errno) : "no name server");
	} else if (c->state == CONNECTING) {
		loop_timer_set(c->timer, patience_ns(c));
	}
}

/* The sentinels say that place is the master now. */
static void
on_master(void *arg, const struct endpoint *place)
{
	struct redis_conn *c = arg;

	if (!redis_conn_is_up(c) || endpoint_equal(place, &c->route.at))
		return;
	redis_route_send(&c->route, place);
	redis_conn_reset(c, "another is the master");
	c->moving = true;
}

struct redis_conn *
redis_conn_new(const struct redis_url *url, const struct redis_conn_env *env)
{
	struct redis_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	redis_route_init(&c->route, url, env->key);
	c->env = *env;
	c->env.key = NULL; /* the route has its copy */
	backoff_init(&c->backoff);
	c->route.watches = env->watches;
	c->timer = loop_timer(env->loop, on_timer, c);
	bool wants_watch = url->kind == REDIS_SENTINEL && !env->watches;
	if (wants_watch)
		c->watch = redis_watch_new(url, env, on_master, c);
	if (c->timer == NULL || (wants_watch && c->watch == NULL)) {
		redis_watch_free(c->watch);
		loop_event_free(c->timer);
		free(c);
		return NULL;
	}
	if (!is_idle(c))
		loop_timer_set(c->timer, 0);
	return c;
}

void
redis_conn_aim(struct redis_conn *c, const struct endpoint *place)
{
	if (place == NULL
		? is_idle(c)
		: !is_idle(c) && endpoint_equal(place, &c->route.url.places[0]))
		return;
	redis_route_aim(&c->route, place);
	if (c->state != WAITING) {
		redis_conn_reset(c, "another node is named");
		c->moving = true;
		return;
	}
	loop_event_pause(c->timer);
	if (place != NULL)
		loop_timer_set(c->timer, BACKOFF_MIN_NS / 2);
}

bool
redis_conn_asks(const struct redis_conn *c, const char *error,
    struct endpoint *place)
{
	return redis_route_read_ask(&c->route, error, place);
}

void
redis_conn_free(struct redis_conn *c)
{
	if (c == NULL)
		return;
	redis_watch_free(c->watch);
	disconnect(c);
	if (c->dns != NULL)
		evdns_base_free(c->dns, 0);
	loop_event_free(c->timer);
	tls_free(c->tls);
	redis_route_fini(&c->route);
	free(c);
}

void
redis_conn_login(struct redis_conn *c, const char *user, const char *password)
{
	redis_route_login(&c->route, user, password);
	if (c->watch != NULL)
		redis_watch_login(c->watch, user, password);
}

bool
redis_conn_tls(struct redis_conn *c, const struct tls_config *config, char *err,
    size_t err_size)
{
	struct tls *tls;

	if (!c->route.url.tls)
		return true;
	tls = tls_new(config, err, err_size);
	if (tls == NULL)
		return false;
	if (c->watch != NULL &&
	    !redis_watch_tls(c->watch, config, err, err_size)) {
		tls_free(tls);
		return false;
	}
	tls_free(c->tls);
	c->tls = tls;
	return true;
}

bool
redis_conn_is_up(const struct redis_conn *c)
{
	return c->state == UP && !c->ended;
}

bool
redis_conn_is_refused(const struct redis_conn *c)
{
	return c->is_refused;
}

void
redis_conn_retry(struct redis_conn *c)
{
	if (c->state == WAITING && !is_idle(c))
		loop_timer_set(c->timer, 0);
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
