/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to a Redis: what is asked where, and what is made of the answers.
 * Replies are written as they stand on the wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>

#include "daemon/output/redis_route.h"

static struct redis_route route;
static char why[ROUTE_WHY];

static void
begin(const char *rest)
{
	struct redis_url url;
	char err[256];

	assert_true(redis_url_parse(&url, rest, err, sizeof(err)));
	redis_route_init(&route, &url, "tapline:{s}:bin");
	redis_route_go(&route);
}

/* The next command, its words with a blank between. */
static void
expect_command(const char *want)
{
	const char *argv[ROUTE_ARGS];
	char got[256] = "";
	int n = redis_route_command(&route, argv);

	assert_in_range(n, 0, ROUTE_ARGS);
	for (int i = 0; i < n; i++) {
		size_t len = strlen(got);

		snprintf(got + len, sizeof(got) - len, "%s%s", i > 0 ? " " : "",
		    argv[i]);
	}
	assert_string_equal(got, want);
}

static enum route_result
reply_bytes(const char *wire, size_t n)
{
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;
	enum route_result result;

	redisReaderFeed(reader, wire, n);
	assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
	assert_non_null(reply);
	result = redis_route_reply(&route, reply, why);
	freeReplyObject(reply);
	redisReaderFree(reader);
	return result;
}

static enum route_result
reply(const char *wire)
{
	return reply_bytes(wire, strlen(wire));
}

static void
expect_at(const char *want)
{
	char text[ENDPOINT_TEXT];

	assert_string_equal(endpoint_print(&route.at, text), want);
}

static void
test_server(void **state)
{
	(void)state;
	begin("://h/3");
	expect_at("h:6379");
	redis_route_login(&route, "", "pw");
	expect_command("AUTH pw");
	assert_int_equal(reply("+OK\r\n"), ROUTE_ON);
	expect_command("SELECT 3");
	assert_int_equal(reply("+OK\r\n"), ROUTE_ON);
	expect_command("");
	redis_route_login(&route, "u", "pw");
	redis_route_go(&route);
	expect_command("AUTH u pw");
	assert_int_equal(reply("-WRONGPASS no\r\n"), ROUTE_DENIED);
	assert_string_equal(why, "AUTH: WRONGPASS no");
	begin("://h");
	expect_command("");
	assert_false(redis_route_has_others(&route));
	assert_false(redis_route_failed(&route));
	/* Elsewhere is a matter of redis+cluster://. */
	assert_int_equal(redis_route_error(&route, "MOVED 1 b:2", why),
	    ROUTE_DENIED);
	assert_non_null(strstr(why, "redis+cluster://"));
	assert_int_equal(redis_route_error(&route, "READONLY x", why),
	    ROUTE_ON);
	assert_int_equal(redis_route_error(&route, "OOM x", why), ROUTE_ON);
	begin("+unix:/s");
	expect_command("");
	assert_false(redis_route_failed(&route));
	redis_route_fini(&route);
}

static void
test_sentinel(void **state)
{
	(void)state;
	begin("+sentinel://a,b/m/2");
	redis_route_login(&route, "", "pw");
	expect_at("a:26379");
	expect_command("SENTINEL get-master-addr-by-name m");
	assert_int_equal(reply("*2\r\n$3\r\n::1\r\n$4\r\n7000\r\n"),
	    ROUTE_ELSEWHERE);
	redis_route_go(&route);
	expect_at("[::1]:7000");
	expect_command("AUTH pw");
	assert_int_equal(reply("+OK\r\n"), ROUTE_ON);
	expect_command("SELECT 2");
	assert_int_equal(reply("+OK\r\n"), ROUTE_ON);
	expect_command("ROLE");
	assert_int_equal(reply("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"), ROUTE_ON);
	expect_command("");
	/* No master any more: the next sentinel. */
	assert_int_equal(redis_route_error(&route, "READONLY x", why),
	    ROUTE_FAILED);
	assert_true(redis_route_failed(&route));
	redis_route_go(&route);
	expect_at("b:26379");
	expect_command("SENTINEL get-master-addr-by-name m");
	assert_int_equal(reply("*-1\r\n"), ROUTE_FAILED);
	assert_non_null(strstr(why, "m"));
	assert_false(redis_route_failed(&route));
	/* One that wants a login gets it, once. */
	redis_route_go(&route);
	expect_at("a:26379");
	expect_command("SENTINEL get-master-addr-by-name m");
	assert_int_equal(reply("-NOAUTH x\r\n"), ROUTE_ON);
	expect_command("AUTH pw");
	assert_int_equal(reply("+OK\r\n"), ROUTE_ON);
	expect_command("SENTINEL get-master-addr-by-name m");
	assert_int_equal(reply("-NOAUTH x\r\n"), ROUTE_DENIED);
}

/* A watch stays at the sentinel. */
static void
test_watch(void **state)
{
	struct endpoint place = { "b", 7 };

	(void)state;
	begin("+sentinel://a/m/2");
	redis_route_login(&route, "", "pw");
	route.watches = true;
	expect_command("SENTINEL get-master-addr-by-name m");
	assert_int_equal(reply("-NOAUTH x\r\n"), ROUTE_ON);
	expect_command("AUTH pw");
	assert_int_equal(reply("+OK\r\n"), ROUTE_ON);
	expect_command("SENTINEL get-master-addr-by-name m");
	assert_int_equal(reply("*2\r\n$1\r\nb\r\n$1\r\n1\r\n"), ROUTE_ON);
	expect_command("");
	/* What it finds is where the other one goes, and no hop. */
	begin("+sentinel://a/m");
	redis_route_send(&route, &place);
	redis_route_go(&route);
	expect_at("b:7");
	expect_command("ROLE");
}

/* What somebody has to see to, and what another place may do better. */
static enum route_result
refusal(const char *text)
{
	return strncmp(text, "-NO", 3) == 0 ? ROUTE_DENIED : ROUTE_FAILED;
}

static void
test_bad_sentinel(void **state)
{
	static const char *const masters[] = { "+OK\r\n", ":1\r\n", "*0\r\n",
		"*1\r\n$1\r\na\r\n", "*2\r\n$1\r\na\r\n:6379\r\n",
		"*2\r\n$0\r\n\r\n$1\r\n1\r\n", "*2\r\n$1\r\na\r\n$1\r\n0\r\n",
		"*2\r\n$1\r\na\r\n$5\r\n65536\r\n", "*2\r\n*0\r\n*0\r\n",
		"*2\r\n$3\r\na\nb\r\n$1\r\n1\r\n", "*2\r\n$-1\r\n$-1\r\n",
		"*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nx\r\n", "-ERR no\r\n" };
	static const char *const roles[] = { "+master\r\n", "*0\r\n",
		"*1\r\n*0\r\n", "*1\r\n:1\r\n", "*1\r\n$5\r\nslave\r\n",
		"*1\r\n$-1\r\n", "-NOPERM x\r\n", "$6\r\nmaster\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(masters) / sizeof(masters[0]); i++) {
		begin("+sentinel://a/m");
		expect_command("SENTINEL get-master-addr-by-name m");
		assert_int_equal(reply(masters[i]), refusal(masters[i]));
		assert_true(why[0] != '\0');
	}
	begin("+sentinel://a/m");
	expect_command("SENTINEL get-master-addr-by-name m");
	assert_int_equal(reply_bytes("*2\r\n$3\r\na\0b\r\n$1\r\n1\r\n", 20),
	    ROUTE_FAILED);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		begin("+sentinel://a/m");
		expect_command("SENTINEL get-master-addr-by-name m");
		assert_int_equal(reply("*2\r\n$1\r\na\r\n$1\r\n1\r\n"),
		    ROUTE_ELSEWHERE);
		redis_route_go(&route);
		expect_command("ROLE");
		assert_int_equal(reply(roles[i]), refusal(roles[i]));
	}
}

#define ID "07c37dfeb235213a872192d90877d0cd55635b91 "
#define NODES                                                                \
	ID "127.0.0.1:1@11 myself,master - 0 0 1 connected 0-5460\n" ID      \
	   "10.0.0.2:2@12,two.example slave " ID "0 0 1 connected\n" ID      \
	   "10.0.0.3:3@13,,shard-id=x master - 0 0 1 connected\n" ID         \
	   "10.0.0.4:4@14 master,fail - 0 0 1 connected\n" ID                \
	   "10.0.0.5:5@15 master,fail? - 0 0 1 connected\n" ID               \
	   ":0@0 master,noaddr - 0 0 1 disconnected\n" ID                    \
	   "::1:6@16,six.example,x=y master - 0 0 1 connected 1-2 [3->-x]\n" \
	   "\n \n  \nx\nx y\n" ID "h: master\n" ID ": master\n" ID           \
	   "@ master\n" ID ":1 master\n" ID "h:70000@1 master\n" ID          \
	   "10.0.0.2:2@12 master -\n" ID "last:7"

static void
get_nodes(const char *nodes, size_t n)
{
	char wire[4096];
	int len = snprintf(wire, sizeof(wire), "$%zu\r\n", n);

	memcpy(wire + len, nodes, n);
	memcpy(wire + len + n, "\r\n", 2);
	expect_command("CLUSTER NODES");
	assert_int_equal(reply_bytes(wire, (size_t)len + n + 2), ROUTE_ON);
}

static void
expect_learnt(const char *const *want, unsigned n)
{
	char text[ENDPOINT_TEXT];

	assert_int_equal(route.n_learnt, n);
	for (unsigned i = 0; i < n; i++)
		assert_string_equal(endpoint_print(&route.learnt[i], text),
		    want[i]);
}

static void
test_nodes(void **state)
{
	static const char *const plain[] = { "10.0.0.2:2", "10.0.0.3:3",
		"10.0.0.5:5", "[::1]:6", "last:7" };
	static const char *const tls[] = { "two.example:2", "10.0.0.3:3",
		"10.0.0.5:5", "six.example:6", "10.0.0.2:2", "last:7" };
	const char nodes[] = NODES;

	(void)state;
	begin("+cluster://127.0.0.1:1");
	get_nodes(nodes, sizeof(nodes) - 1);
	expect_learnt(plain, 5);
	assert_true(redis_route_has_others(&route));
	begin("s+cluster://127.0.0.1:1");
	get_nodes(nodes, sizeof(nodes) - 1);
	expect_learnt(tls, 6);
	/* Cut anywhere, it's still read within its bounds. */
	for (size_t n = 0; n < sizeof(nodes) - 1; n++) {
		redis_route_go(&route);
		get_nodes(nodes, n);
	}
	begin("+cluster://127.0.0.1:1");
	expect_command("CLUSTER NODES");
	assert_int_equal(reply("-NOPERM x\r\n"), ROUTE_ON);
	assert_int_equal(route.n_learnt, 0);
}

static void
test_many_nodes(void **state)
{
	char nodes[4000] = "";

	(void)state;
	for (int i = 0; i < 60; i++) {
		size_t len = strlen(nodes);

		snprintf(nodes + len, sizeof(nodes) - len, "x h%d:1 master\n",
		    i);
	}
	begin("+cluster://h3:1");
	get_nodes(nodes, strlen(nodes));
	assert_int_equal(route.n_learnt, ROUTE_LEARNT);
	/* All are tried in turn before a pause. */
	for (int i = 0; i < ROUTE_LEARNT; i++) {
		assert_true(redis_route_failed(&route));
		redis_route_go(&route);
	}
	assert_false(redis_route_failed(&route));
	redis_route_go(&route);
	expect_at("h3:1");
}

static void
at_keys(void)
{
	redis_route_go(&route);
	expect_command("CLUSTER NODES");
	assert_int_equal(reply("-ERR no\r\n"), ROUTE_ON);
	expect_command("XREVRANGE tapline:{s}:bin + - COUNT 1");
}

static void
test_cluster(void **state)
{
	(void)state;
	begin("+cluster://a,b");
	at_keys();
	expect_at("b:6379");
	assert_int_equal(reply("-MOVED 1 10.0.0.1:7000\r\n"), ROUTE_ELSEWHERE);
	at_keys();
	expect_at("10.0.0.1:7000");
	/* Whoever has the slot is right, whatever else is wrong with it. */
	assert_int_equal(reply("-WRONGTYPE x\r\n"), ROUTE_ON);
	expect_command("");
	assert_int_equal(redis_route_error(&route, "ASK 1 b:1", why), ROUTE_ON);
	assert_int_equal(redis_route_error(&route, "TRYAGAIN x", why),
	    ROUTE_ON);
	assert_int_equal(redis_route_error(&route, "MOVED 1 ::1:7001", why),
	    ROUTE_ELSEWHERE);
	at_keys();
	expect_at("[::1]:7001");
	assert_int_equal(reply("-ASK 1 b:1\r\n"), ROUTE_ON);
	expect_command("");
	/* An empty host is the one that says so. */
	assert_int_equal(redis_route_error(&route, "MOVED 1 :7002", why),
	    ROUTE_ELSEWHERE);
	at_keys();
	expect_at("[::1]:7002");
	assert_int_equal(reply("-CLUSTERDOWN x\r\n"), ROUTE_FAILED);
	assert_true(redis_route_failed(&route));
	at_keys();
	expect_at("a:6379");
	assert_int_equal(reply("*0\r\n"), ROUTE_ON);
	expect_command("");
}

static void
test_loop(void **state)
{
	(void)state;
	begin("+cluster://a");
	for (int i = 0; i < ROUTE_HOPS; i++) {
		assert_int_equal(redis_route_error(&route, "MOVED 1 a:1", why),
		    ROUTE_ELSEWHERE);
		redis_route_go(&route);
	}
	assert_int_equal(redis_route_error(&route, "MOVED 1 a:1", why),
	    ROUTE_FAILED);
	assert_non_null(strstr(why, "from place to place"));
	assert_false(redis_route_failed(&route));
	/* The next round may, and so may one after success. */
	redis_route_go(&route);
	expect_at("a:6379");
	for (int i = 0; i < 3 * ROUTE_HOPS; i++) {
		assert_int_equal(redis_route_error(&route, "MOVED 1 a:1", why),
		    ROUTE_ELSEWHERE);
		redis_route_go(&route);
		redis_route_well(&route);
	}
}

static void
test_ask(void **state)
{
	struct endpoint place;
	char text[ENDPOINT_TEXT];

	(void)state;
	begin("+cluster://a");
	redis_route_go(&route);
	assert_true(redis_route_read_ask(&route, "ASK 7 ::1:7001", &place));
	assert_string_equal(endpoint_print(&place, text), "[::1]:7001");
	assert_true(redis_route_read_ask(&route, "ASK 7 :7002", &place));
	assert_string_equal(endpoint_print(&place, text), "a:7002");
	assert_false(redis_route_read_ask(&route, "MOVED 7 b:1", &place));
	/* The way is the same. */
	redis_route_go(&route);
	expect_at("a:6379");
	begin("://a");
	assert_false(redis_route_read_ask(&route, "ASK 7 b:1", &place));
}

static void
test_bad_moved(void **state)
{
	static const char *const bad[] = { "MOVED ", "MOVED 1", "MOVED 1 ",
		"MOVED 1 a", "MOVED 1 a:", "MOVED 1 a:0", "MOVED 1 a:65536",
		"MOVED 1 a:1 ", "MOVED x a:1", "MOVED  a:1", "MOVED :1",
		"MOVED 1:1", "MOVED 123456 a:1", "MOVED 1 ?:1", "MOVED 1 a b:1",
		"MOVED 1 a\x1b:1", "MOVED 1 [::1]:1" };
	struct endpoint place;
	char text[400] = "MOVED 1 ", ask[400];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin("+cluster://a");
		assert_int_equal(redis_route_error(&route, bad[i], why),
		    ROUTE_FAILED);
		redis_route_go(&route);
		expect_at("a:6379");
		snprintf(ask, sizeof(ask), "ASK%s", bad[i] + 5);
		assert_false(redis_route_read_ask(&route, ask, &place));
	}
	memset(text + 8, 'h', ADDRESS_HOST);
	strcpy(text + 8 + ADDRESS_HOST, ":1");
	assert_int_equal(redis_route_error(&route, text, why), ROUTE_FAILED);
	strcpy(text + 8 + ADDRESS_HOST - 1, ":1");
	assert_int_equal(redis_route_error(&route, text, why), ROUTE_ELSEWHERE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_sentinel),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_bad_sentinel),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_cluster),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_bad_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
