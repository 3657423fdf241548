/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/redis_watch.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/loop.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_route.h"

static const int64_t interval_ns = 500000000;

struct redis_watch {
	struct redis_url url;
	struct redis_conn *conn;
	struct loop_event *timer;
	struct endpoint master; /* port 0: not known yet */
	void (*on_master)(void *arg, const struct endpoint *);
	void *arg;
};

static void
ask(void *arg)
{
	struct redis_watch *w = arg;
	const char *argv[ROUTE_ARGS];
	size_t lens[ROUTE_ARGS];

	loop_timer_set(w->timer, interval_ns);
	if (!redis_conn_is_up(w->conn) || redis_conn_pending(w->conn) > 0)
		return;
	int n = redis_route_ask_master(&w->url, argv);
	for (int i = 0; i < n; i++)
		lens[i] = strlen(argv[i]);
	redis_conn_send(w->conn, 0, n, argv, lens);
}

static void
on_up(void *arg)
{
	ask(arg);
}

static void
on_down(void *arg)
{
	(void)arg;
}

static void
on_reply(void *arg, uint32_t tag, const struct redisReply *reply)
{
	struct redis_watch *w = arg;
	struct endpoint place;

	(void)tag;
	if (!redis_route_read_master(&place, reply)) {
		redis_conn_reset(w->conn, "not an address");
		return;
	}
	redis_conn_well(w->conn);
	if (endpoint_equal(&place, &w->master))
		return;
	bool is_first = w->master.port == 0;
	w->master = place;
	if (!is_first)
		w->on_master(w->arg, &place);
}

struct redis_watch *
redis_watch_new(const struct redis_url *url, const struct redis_conn_env *of,
    void (*on_master)(void *arg, const struct endpoint *), void *arg)
{
	struct redis_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	const struct redis_conn_env env = {
		.loop = of->loop,
		.on_socket = of->on_socket,
		.socket_arg = of->socket_arg,
		.watches = true,
		.on_up = on_up,
		.on_down = on_down,
		.on_reply = on_reply,
		.arg = w,
	};
	w->url = *url;
	w->on_master = on_master;
	w->arg = arg;
	w->timer = loop_timer(of->loop, ask, w);
	w->conn = redis_conn_new(url, &env);
	if (w->timer == NULL || w->conn == NULL) {
		redis_watch_free(w);
		return NULL;
	}
	loop_timer_set(w->timer, interval_ns);
	return w;
}

void
redis_watch_free(struct redis_watch *w)
{
	if (w == NULL)
		return;
	redis_conn_free(w->conn);
	loop_event_free(w->timer);
	free(w);
}

void
redis_watch_login(struct redis_watch *w, const char *user, const char *password)
{
	redis_conn_login(w->conn, user, password);
	redis_conn_retry(w->conn);
}

bool
redis_watch_tls(struct redis_watch *w, const struct tls_config *config,
    char *err, size_t err_size)
{
	return redis_conn_tls(w->conn, config, err, err_size);
}
