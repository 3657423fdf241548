/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three habits of evdns are kept from harm.  It would send a question again: it
 * has one attempt.  To a server that it thinks is down it would send one for
 * google.com: that probe is put off as far as it goes (an hour), and after an
 * error evdns is freed as soon as it is idle, to be made anew.  And what it has
 * read it tells later, even if it was freed meanwhile: its callback gets a
 * number, which whoever is alive looks for.
 */
#include "daemon/enrich/resolve.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>

#include "daemon/enrich/answers.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "dissect/text.h"

enum {
	SERVERS_MAX = 4,
	IN_FLIGHT_MAX = 64,
	SILENT = 8, /* unanswered questions that make the server silent */
	PAUSE_MIN_S = 10, /* between questions to a silent server */
	PAUSE_MAX_S = 320
};

/* evdns may think that a server is down; it probes an hour later. */
static const int64_t evdns_life_ns = INT64_C(1800) * 1000000000;

struct question {
	uintptr_t number; /* 0: free */
	uint32_t index;
};

struct resolve {
	struct resolve *next; /* of those alive */
	struct resolve_config config;
	struct event_base *base;
	struct evdns_base *evdns; /* NULL: to be made when it is needed */
	struct event *timer;
	struct sockaddr_storage servers[SERVERS_MAX];
	socklen_t server_lens[SERVERS_MAX];
	unsigned n_servers;
	struct answers answers;
	struct question questions[IN_FLIGHT_MAX];
	int64_t evdns_since_ns;
	bool has_errors; /* of this evdns */
	int64_t next_ns; /* no question before it */
	unsigned n_failures; /* questions without any answer, in a row */
	bool is_probe; /* one was asked since the server is silent */
	int64_t pause_ns;
	struct resolve_stats stats;
};

static struct resolve *alive;
static uintptr_t last_number;

static bool
add_server(struct resolve *r, const struct sockaddr *sa, int len)
{
	if (r->n_servers == SERVERS_MAX || len <= 0 ||
	    (size_t)len > sizeof(r->servers[0]))
		return false;
	memcpy(&r->servers[r->n_servers], sa, (size_t)len);
	r->server_lens[r->n_servers++] = (socklen_t)len;
	return true;
}

static bool
parse_server(struct resolve *r, const char *server)
{
	struct sockaddr_storage ss;
	int len = sizeof(ss);

	if (evutil_parse_sockaddr_port(server, (struct sockaddr *)&ss, &len) !=
	    0)
		return false;
	if (ss.ss_family == AF_INET6) {
		struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&ss;

		if (sin6->sin6_port == 0)
			sin6->sin6_port = htons(53);
	} else {
		struct sockaddr_in *sin = (struct sockaddr_in *)&ss;

		if (sin->sin_port == 0)
			sin->sin_port = htons(53);
	}
	return add_server(r, (struct sockaddr *)&ss, len);
}

/* evdns reads the file for us. */
static bool
read_servers(struct resolve *r)
{
	struct evdns_base *e = evdns_base_new(r->base, 0);
	struct sockaddr_storage ss;
	int len;

	if (e == NULL)
		return false;
	evdns_base_resolv_conf_parse(e,
	    DNS_OPTION_NAMESERVERS | DNS_OPTION_NAMESERVERS_NO_DEFAULT,
	    "/etc/resolv.conf");
	for (int i = 0; i < SERVERS_MAX; i++) {
		len = evdns_base_get_nameserver_addr(e, i,
		    (struct sockaddr *)&ss, sizeof(ss));
		if (!add_server(r, (struct sockaddr *)&ss, len))
			break;
	}
	evdns_base_free(e, 0);
	return r->n_servers > 0;
}

static void
set_option(struct evdns_base *e, const char *option, unsigned value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	evdns_base_set_option(e, option, text);
}

static bool
make_evdns(struct resolve *r, int64_t now_ns)
{
	struct evdns_base *e = evdns_base_new(r->base, 0);
	unsigned ms = r->config.timeout_ms;
	char timeout[32];
	bool has_server = false;

	if (e == NULL)
		return false;
	snprintf(timeout, sizeof(timeout), "%u.%03u", ms / 1000, ms % 1000);
	evdns_base_set_option(e, "timeout:", timeout);
	evdns_base_set_option(e, "initial-probe-timeout:", "3600");
	set_option(e, "attempts:", 1);
	set_option(e, "max-timeouts:", 255);
	set_option(e, "max-inflight:", IN_FLIGHT_MAX);
	for (unsigned i = 0; i < r->n_servers; i++)
		has_server |= evdns_base_nameserver_sockaddr_add(e,
				  (struct sockaddr *)&r->servers[i],
				  r->server_lens[i], 0) == 0;
	if (!has_server) {
		evdns_base_free(e, 0);
		return false;
	}
	r->evdns = e;
	r->evdns_since_ns = now_ns;
	r->has_errors = false;
	return true;
}

static void
free_evdns(struct resolve *r)
{
	if (r->evdns != NULL)
		evdns_base_free(r->evdns, 0);
	r->evdns = NULL;
}

static void
tell(struct resolve *r, uint32_t index)
{
	const struct answer *a = answers_get(&r->answers, index);
	char name[ANSWER_NAME];

	answers_name(&r->answers, index, name);
	r->config.answer(r->config.arg, a->addr, a->is_v6 != 0, name, a->len);
}

static void
keep(struct resolve *r, uint32_t index, int64_t now_ns, int seconds)
{
	answers_move(&r->answers, index, ANSWER_KEPT);
	answers_get(&r->answers, index)->expires_ns =
	    now_ns + seconds * INT64_C(1000000000);
}

/* A host name, which text_clean leaves as it is. */
static void
keep_name(struct resolve *r, uint32_t index, int64_t now_ns, const char *raw,
    int ttl)
{
	char name[TEXT_MAX + 4];
	bool cut;
	size_t len = text_clean(name, (const uint8_t *)raw, strlen(raw), &cut);

	for (size_t i = 0; i < len; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] | 0x20);
	answers_set_name(&r->answers, index, name);
	/* RFC 2181, section 8: a TTL with the highest bit set is 0. */
	if (ttl < RESOLVE_TTL_MIN)
		ttl = RESOLVE_TTL_MIN;
	if (ttl > RESOLVE_TTL_MAX)
		ttl = RESOLVE_TTL_MAX;
	keep(r, index, now_ns, ttl);
	r->stats.names++;
	tell(r, index);
}

/* An error is an answer, too; only silence makes us wait. */
static void
note_silence(struct resolve *r, int64_t now_ns)
{
	if (++r->n_failures < SILENT)
		return;
	if (r->n_failures == SILENT) {
		log_warn("resolve: the DNS server does not answer");
		r->pause_ns = PAUSE_MIN_S * INT64_C(1000000000);
	} else if (r->is_probe &&
	    r->pause_ns < PAUSE_MAX_S * INT64_C(1000000000)) {
		r->pause_ns *= 2;
	}
	r->is_probe = false;
	r->next_ns = now_ns + r->pause_ns;
}

static void
note_answer(struct resolve *r)
{
	if (r->n_failures >= SILENT) {
		log_info("resolve: the DNS server answers again");
		r->next_ns = 0;
	}
	r->is_probe = false;
	r->n_failures = 0;
}

static void
set_timer(struct resolve *r, int64_t delay_ns)
{
	int64_t us = delay_ns <= 0 ? 0 : (delay_ns - 1) / 1000 + 1;
	struct timeval tv = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	evtimer_add(r->timer, &tv);
}

static void
on_answer(struct resolve *r, uint32_t index, int result, int ttl,
    const char *name)
{
	int64_t now_ns = r->config.mono_ns();

	if (result == DNS_ERR_TIMEOUT)
		note_silence(r, now_ns);
	else
		note_answer(r);
	if (result != DNS_ERR_NONE && result != DNS_ERR_NOTEXIST &&
	    result != DNS_ERR_NODATA) {
		bool may_pass =
		    result == DNS_ERR_TIMEOUT || result == DNS_ERR_SERVERFAILED;

		r->has_errors = true;
		r->stats.failed++;
		keep(r, index, now_ns,
		    may_pass ? RESOLVE_TTL_FAILED : RESOLVE_TTL_NONE);
	} else if (name == NULL) {
		r->stats.none++;
		keep(r, index, now_ns, RESOLVE_TTL_NONE);
	} else if (!answers_is_name(name)) {
		r->stats.refused++;
		keep(r, index, now_ns, RESOLVE_TTL_NONE);
	} else {
		keep_name(r, index, now_ns, name, ttl);
	}
	set_timer(r, 0);
}

static void
on_evdns(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	bool is_name = result == DNS_ERR_NONE && type == DNS_PTR && count > 0;

	for (struct resolve *r = alive; r != NULL; r = r->next)
		for (unsigned i = 0; i < IN_FLIGHT_MAX; i++) {
			struct question *q = &r->questions[i];

			if (q->number == 0 || q->number != (uintptr_t)arg)
				continue;
			q->number = 0;
			on_answer(r, q->index, result, ttl,
			    is_name ? *(char **)addresses : NULL);
			return;
		}
}

/* Asks for the one that has waited for longest. */
static void
send_question(struct resolve *r, int64_t now_ns)
{
	uint32_t index = r->answers.lists[ANSWER_WAITING].oldest - 1;
	const struct answer *a = answers_get(&r->answers, index);
	struct question *q = r->questions;
	struct evdns_request *sent;
	void *number;

	while (q->number != 0)
		q++;
	q->number = ++last_number;
	q->index = index;
	number = (void *)q->number;
	answers_move(&r->answers, index, ANSWER_IN_FLIGHT);
	r->stats.sent++;
	r->next_ns = now_ns + INT64_C(1000000000) / r->config.per_second;
	r->is_probe = r->n_failures >= SILENT;
	if (a->is_v6) {
		struct in6_addr in6;

		memcpy(&in6, a->addr, sizeof(in6));
		sent = evdns_base_resolve_reverse_ipv6(r->evdns, &in6,
		    DNS_QUERY_NO_SEARCH, on_evdns, number);
	} else {
		struct in_addr in;

		memcpy(&in, a->addr, sizeof(in));
		sent = evdns_base_resolve_reverse(r->evdns, &in,
		    DNS_QUERY_NO_SEARCH, on_evdns, number);
	}
	if (sent == NULL && q->number == (uintptr_t)number) {
		q->number = 0;
		on_answer(r, index, DNS_ERR_UNKNOWN, 0, NULL);
	}
}

/* Asks what may be asked now; the timer comes back for the rest. */
static void
pump(struct resolve *r)
{
	int64_t now_ns = r->config.mono_ns();
	const uint32_t *waiting = &r->answers.lists[ANSWER_WAITING].n;
	const uint32_t *in_flight = &r->answers.lists[ANSWER_IN_FLIGHT].n;
	unsigned most = r->n_failures >= SILENT ? 1 : r->config.in_flight;

	/* Nothing is in flight: this is no callback of evdns. */
	if (*in_flight == 0 && r->has_errors)
		free_evdns(r);
	/* Its probe draws near: let it become idle. */
	if (r->evdns != NULL && r->has_errors &&
	    now_ns - r->evdns_since_ns > evdns_life_ns)
		most = 0;
	while (*waiting > 0 && *in_flight < most) {
		if (now_ns < r->next_ns) {
			set_timer(r, r->next_ns - now_ns);
			return;
		}
		if (r->evdns == NULL && !make_evdns(r, now_ns)) {
			set_timer(r, PAUSE_MIN_S * INT64_C(1000000000));
			return;
		}
		send_question(r, now_ns);
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pump(arg);
}

static void
set_defaults(struct resolve_config *c)
{
	if (c->in_flight == 0)
		c->in_flight = 16;
	if (c->in_flight > IN_FLIGHT_MAX)
		c->in_flight = IN_FLIGHT_MAX;
	if (c->per_second == 0)
		c->per_second = 20;
	if (c->cache == 0)
		c->cache = 4096;
	if (c->timeout_ms == 0)
		c->timeout_ms = 5000;
	if (c->mono_ns == NULL)
		c->mono_ns = loop_mono_ns;
}

struct resolve *
resolve_new(struct event_base *base, const struct resolve_config *config)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->config = *config;
	set_defaults(&r->config);
	r->base = base;
	r->timer = evtimer_new(base, on_timer, r);
	if (r->timer == NULL ||
	    !(config->server != NULL ? parse_server(r, config->server)
				     : read_servers(r))) {
		resolve_free(r);
		return NULL;
	}
	r->config.server = NULL; /* was borrowed */
	answers_init(&r->answers, &config->key, r->config.cache);
	r->next = alive;
	alive = r;
	return r;
}

void
resolve_free(struct resolve *r)
{
	if (r == NULL)
		return;
	for (struct resolve **p = &alive; *p != NULL; p = &(*p)->next)
		if (*p == r) {
			*p = r->next;
			break;
		}
	free_evdns(r);
	if (r->timer != NULL)
		event_free(r->timer);
	answers_fini(&r->answers);
	free(r);
}

/* Whether nothing needs to be asked; tells what is known. */
static bool
is_known(struct resolve *r, uint32_t index)
{
	const struct answer *a = answers_get(&r->answers, index);

	if (a->state != ANSWER_KEPT)
		return true;
	if (r->config.mono_ns() >= a->expires_ns) {
		answers_forget(&r->answers, index);
		return false;
	}
	if (a->len > 0)
		tell(r, index);
	return true;
}

void
resolve_ask(struct resolve *r, const uint8_t *addr, bool is_v6)
{
	uint32_t index;

	r->stats.asked++;
	if (!answers_is_host(addr, is_v6)) {
		r->stats.ignored++;
		return;
	}
	index = answers_find(&r->answers, addr, is_v6);
	if (index != TABLE_NONE && is_known(r, index)) {
		r->stats.known++;
		return;
	}
	if (answers_add(&r->answers, addr, is_v6) == TABLE_NONE) {
		r->stats.full++;
		return;
	}
	pump(r);
}

struct resolve_stats
resolve_stats(const struct resolve *r)
{
	struct resolve_stats s = r->stats;

	s.waiting = r->answers.lists[ANSWER_WAITING].n;
	s.in_flight = r->answers.lists[ANSWER_IN_FLIGHT].n;
	return s;
}
