/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile server can make of the way to Redis: the first byte chooses
 * the kind of URL, the second how the input is cut, the rest are the replies of
 * all the servers, one after the other, and errors when one is in use.
 */
#include <stdio.h>

#include <hiredis/hiredis.h>

#include "daemon/output/redis_reader.h"
#include "daemon/output/redis_route.h"
#include "tests/fuzz/fuzz.h"

static const char *const urls[] = { "://h/1", "s+sentinel://a,[::1]:2/m/3",
	"+cluster://a,b:1", "s+cluster://a", "+unix:/s" };
enum { N_URLS = sizeof(urls) / sizeof(urls[0]), CONNECTIONS = 64 };

static void
check_place(const struct endpoint *p)
{
	char text[ENDPOINT_TEXT];
	struct endpoint again;
	char port[8];

	MUST(p->port > 0 && memchr(p->host, '\0', sizeof(p->host)) != NULL);
	snprintf(port, sizeof(port), "%u", p->port);
	MUST(
	    endpoint_set(&again, p->host, strlen(p->host), port, strlen(port)));
	MUST(endpoint_equal(p, &again));
	MUST(strlen(endpoint_print(p, text)) < sizeof(text));
	for (const char *s = text; *s != '\0'; s++)
		MUST(*s > ' ' && *s < 0x7f);
}

static void
check(const struct redis_route *r)
{
	if (r->url.n_places > 0)
		check_place(&r->at);
	MUST(r->n_learnt <= ROUTE_LEARNT && r->hops <= ROUTE_HOPS);
	for (unsigned i = 0; i < r->n_learnt; i++)
		check_place(&r->learnt[i]);
}

/* The next reply of the reader goes to the route; false: there is none. */
static bool
take(struct redis_route *r, redisReader *reader, bool *is_up)
{
	enum route_result result = ROUTE_ON;
	const char *argv[ROUTE_ARGS];
	char why[ROUTE_WHY] = "";
	void *raw = NULL;

	if (!*is_up) {
		int n = redis_route_command(r, argv);

		MUST(n >= 0 && n <= ROUTE_ARGS);
		for (int i = 0; i < n; i++)
			MUST(strlen(argv[i]) < ROUTE_PASSWORD);
		*is_up = n == 0;
	}
	if (redisReaderGetReply(reader, &raw) != REDIS_OK || raw == NULL)
		return false;
	const redisReply *reply = raw;
	if (!*is_up)
		result = redis_route_reply(r, reply, why);
	else if (reply->type == REDIS_REPLY_ERROR)
		result = redis_route_error(r, reply->str, why);
	freeReplyObject(raw);
	MUST(strlen(why) < sizeof(why));
	check(r);
	if (result == ROUTE_ON)
		return true;
	MUST(why[0] != '\0');
	if (result != ROUTE_ELSEWHERE)
		redis_route_failed(r);
	redis_route_go(r);
	*is_up = false;
	check(r);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct redis_route route;
	struct redis_url url;
	size_t elements = 0;
	bool is_up = false;
	char err[256];

	if (n < 2)
		return 0;
	MUST(redis_url_parse(&url, urls[data[0] % N_URLS], err, sizeof(err)));
	redis_route_init(&route, &url, "tapline:{s}:bin");
	redis_route_login(&route, "u", data[0] & 0x80 ? "pw" : "");
	route.watches = data[0] & 0x40;
	redis_route_go(&route);
	check(&route);
	redisReader *reader = redis_reader_new(&elements);
	MUST(reader != NULL);
	size_t chunk = (size_t)data[1] + 1;
	for (size_t at = 2; at < n; at += chunk) {
		size_t len = n - at < chunk ? n - at : chunk;

		if (redisReaderFeed(reader, (const char *)data + at, len) !=
		    REDIS_OK)
			break;
		for (int i = 0; i < CONNECTIONS; i++) {
			elements = 0;
			if (!take(&route, reader, &is_up))
				break;
		}
	}
	redisReaderFree(reader);
	redis_route_fini(&route);
	return 0;
}
