/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libevent calls back from within its connection, which must not be freed
 * there, and may do so before evhttp_make_request has returned: what it says
 * is noted, and looked at when the timer comes, which also is the deadline.
 */
#include "daemon/output/influx_http.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/util.h>

#include "daemon/loop.h"
#include "daemon/output/influx_answer.h"
#include "daemon/output/secret.h"
#include "daemon/output/tls.h"
#include "daemon/reserve.h"

enum { HEADERS_MAX = 16 << 10, BODY_MAX = 64 << 10, SILENCE_S = 10 };

static const int64_t deadline_ns = INT64_C(40) * 1000000000;

struct influx_http {
	struct influx_url url;
	struct influx_http_env env;
	char host_header[ENDPOINT_TEXT];
	char login[SECRET_HEADER];
	struct tls *tls;
	struct evdns_base *dns;
	struct evhttp_connection *conn;
	bool has_answered; /* this connection */
	bool is_stale; /* the connection; another one is wanted */
	bool is_busy, is_answered; /* a POST is under way; it has its answer */
	struct influx_http_answer answer;
	struct loop_event *timer;
	uint64_t connects;
	uint64_t refused; /* the reserve's, when the POST began */
};

static void
disconnect(struct influx_http *h)
{
	if (h->conn != NULL)
		evhttp_connection_free(h->conn);
	h->conn = NULL;
	h->is_stale = h->has_answered = false;
}

/* Answered, well or not: the rest is the timer's. */
static void
answered(struct influx_http *h)
{
	if (h->is_answered || !h->is_busy)
		return;
	h->is_answered = true;
	loop_timer_set(h->timer, 0);
}

static const char *
reason_of(enum evhttp_request_error error)
{
	switch (error) {
	case EVREQ_HTTP_TIMEOUT:
		return "no answer for 10 s";
	case EVREQ_HTTP_EOF:
		return "the server closed the connection";
	case EVREQ_HTTP_INVALID_HEADER:
		return "the server doesn't speak HTTP";
	case EVREQ_HTTP_DATA_TOO_LONG:
		return "an answer without end";
	case EVREQ_HTTP_BUFFER_ERROR:
	case EVREQ_HTTP_REQUEST_CANCEL:
		break;
	}
	return NULL;
}

/*
 * To be asked in libevent's callback, while it still knows.  Why a connection
 * was not to be had it has forgotten by then.
 */
static void
note_failure(struct influx_http *h, const char *reason)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(h->conn);
	int dns = 0;

	if (h->is_answered || !h->is_busy)
		return;
	h->is_stale = true;
	h->answer.text[0] = '\0';
	if (h->tls != NULL)
		h->answer.untrusted =
		    tls_reason(bev, h->answer.text, sizeof(h->answer.text));
	else
		dns = bufferevent_socket_get_dns_error(bev);
	if (h->answer.text[0] != '\0')
		return;
	if (dns != 0)
		reason = evutil_gai_strerror(dns);
	if (reason == NULL)
		reason = "no connection";
	snprintf(h->answer.text, sizeof(h->answer.text), "%s", reason);
}

/* With a name instead of an address the socket is known with the answer. */
static void
tell_socket(struct influx_http *h)
{
	int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(h->conn));

	if (h->env.on_socket != NULL && fd >= 0)
		h->env.on_socket(h->env.socket_arg, fd);
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	struct influx_http *h = arg;

	h->answer.too_late = error == EVREQ_HTTP_TIMEOUT;
	note_failure(h, reason_of(error));
	answered(h);
}

static void
on_done(struct evhttp_request *req, void *arg)
{
	struct influx_http *h = arg;
	struct influx_http_answer *a = &h->answer;

	if (req == NULL) /* on_error has been called */
		return;
	a->status = evhttp_request_get_response_code(req);
	/*
	 * libevent doesn't look whether what it writes of a request could be
	 * written: without a line of it the server may have stored nothing.
	 */
	bool is_torn = reserve_refused() != h->refused;
	if (a->status == 0 || is_torn) {
		a->status = 0;
		note_failure(h, is_torn ? "out of memory" : NULL);
		answered(h);
		return;
	}
	a->retry_after = influx_retry_after(
	    evhttp_find_header(evhttp_request_get_input_headers(req),
		"Retry-After"));
	struct evbuffer *body = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(body);
	if (n > BODY_MAX)
		n = BODY_MAX;
	influx_answer_text(a->text, evbuffer_pullup(body, (ev_ssize_t)n), n);
	if (!h->has_answered) {
		h->connects++;
		tell_socket(h);
	}
	h->has_answered = true;
	answered(h);
}

static void
on_closed(struct evhttp_connection *conn, void *arg)
{
	struct influx_http *h = arg;

	(void)conn;
	h->is_stale = true;
}

static void
on_timer(void *arg)
{
	struct influx_http *h = arg;
	struct influx_http_answer answer;

	if (!h->is_busy)
		return;
	if (!h->is_answered) {
		h->is_stale = h->answer.too_late = true;
		snprintf(h->answer.text, sizeof(h->answer.text),
		    "no answer in time");
	}
	h->is_busy = h->is_answered = false;
	if (h->is_stale)
		disconnect(h);
	answer = h->answer;
	h->env.on_answer(h->env.arg, &answer);
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
find_dns(struct influx_http *h)
{
	if (is_address(h->url.address.at.host))
		return true;
	if (h->dns == NULL)
		h->dns = evdns_base_new(loop_base(h->env.loop),
		    EVDNS_BASE_INITIALIZE_NAMESERVERS |
			EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	return h->dns != NULL;
}

static bool
make_connection(struct influx_http *h)
{
	struct event_base *base = loop_base(h->env.loop);
	const char *host = h->url.address.at.host;
	struct bufferevent *bev = NULL;
	struct timeval silence = { .tv_sec = SILENCE_S };

	if (!find_dns(h))
		return false;
	bev = h->tls != NULL
	    ? tls_bufferevent(h->tls, base, host)
	    : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		return false;
	bufferevent_priority_set(bev, 0);
	h->conn = evhttp_connection_base_bufferevent_new(base, h->dns, bev,
	    host, h->url.address.at.port);
	if (h->conn == NULL) {
		bufferevent_free(bev);
		return false;
	}
	evhttp_connection_set_timeout_tv(h->conn, &silence);
	evhttp_connection_set_max_headers_size(h->conn, HEADERS_MAX);
	evhttp_connection_set_max_body_size(h->conn, BODY_MAX);
	evhttp_connection_set_retries(h->conn, 0);
	evhttp_connection_set_closecb(h->conn, on_closed, h);
	return true;
}

static bool
make_request(struct influx_http *h, const void *body, size_t len)
{
	struct evhttp_request *req = evhttp_request_new(on_done, h);
	char length[24];

	if (req == NULL)
		return false;
	/* libevent would add it, too, but not say so if it couldn't. */
	snprintf(length, sizeof(length), "%zu", len);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	evhttp_request_set_error_cb(req, on_error);
	if (evhttp_add_header(headers, "Host", h->host_header) != 0 ||
	    evhttp_add_header(headers, "User-Agent",
		"tapline/" TAPLINE_VERSION) != 0 ||
	    evhttp_add_header(headers, "Content-Type",
		"text/plain; charset=utf-8") != 0 ||
	    evhttp_add_header(headers, "Content-Encoding", "gzip") != 0 ||
	    evhttp_add_header(headers, "Content-Length", length) != 0 ||
	    (h->login[0] != '\0' &&
		evhttp_add_header(headers, "Authorization", h->login) != 0) ||
	    evbuffer_add(evhttp_request_get_output_buffer(req), body, len) !=
		0) {
		evhttp_request_free(req);
		return false;
	}
	/* Owns the request from here on. */
	if (evhttp_make_request(h->conn, req, EVHTTP_REQ_POST, h->url.target) !=
	    0)
		return false;
	tell_socket(h);
	return true;
}

void
influx_http_post(struct influx_http *h, const void *body, size_t len)
{
	assert(!h->is_busy);
	h->is_busy = true;
	h->is_answered = false;
	h->answer = (struct influx_http_answer){ .retry_after = -1 };
	h->refused = reserve_refused();
	loop_timer_set(h->timer, deadline_ns);
	if (h->is_stale)
		disconnect(h);
	if ((h->conn != NULL || make_connection(h)) &&
	    make_request(h, body, len))
		return;
	h->is_stale = true;
	snprintf(h->answer.text, sizeof(h->answer.text), "no connection");
	answered(h);
}

void
influx_http_tls(struct influx_http *h, struct tls *tls)
{
	h->tls = tls;
	h->is_stale = true;
}

void
influx_http_login(struct influx_http *h, const char *authorization)
{
	explicit_bzero(h->login, sizeof(h->login));
	snprintf(h->login, sizeof(h->login), "%s", authorization);
}

uint64_t
influx_http_connects(const struct influx_http *h)
{
	return h->connects;
}

struct influx_http *
influx_http_new(const struct influx_url *url, const struct influx_http_env *env)
{
	struct influx_http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->url = *url;
	h->env = *env;
	endpoint_print(&url->address.at, h->host_header);
	h->timer = loop_timer(env->loop, on_timer, h);
	if (h->timer == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void
influx_http_free(struct influx_http *h)
{
	if (h == NULL)
		return;
	h->is_busy = false;
	disconnect(h);
	if (h->dns != NULL)
		evdns_base_free(h->dns, 1);
	loop_event_free(h->timer);
	explicit_bzero(h->login, sizeof(h->login));
	free(h);
}
