/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of Redis, and addresses out of replies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/output/redis_url.h"

enum { N_PASSWORD = 6 };

static void
test_good(void **state)
{
	static const struct {
		const char *rest;
		enum redis_kind kind;
		bool tls;
		unsigned n, db;
		const char *master, *text;
	} good[] = {
		{ "://localhost", REDIS_SERVER, false, 1, 0, "",
		    "redis://localhost:6379" },
		{ "://127.0.0.1:7000", REDIS_SERVER, false, 1, 0, "",
		    "redis://127.0.0.1:7000" },
		{ "://[::1]", REDIS_SERVER, false, 1, 0, "",
		    "redis://[::1]:6379" },
		{ "://[::1]:1/3", REDIS_SERVER, false, 1, 3, "",
		    "redis://[::1]:1" },
		{ "://h:65535/", REDIS_SERVER, false, 1, 0, "",
		    "redis://h:65535" },
		{ "s://redis.example/15", REDIS_SERVER, true, 1, 15, "",
		    "rediss://redis.example:6379" },
		{ "+sentinel://a/mymaster", REDIS_SENTINEL, false, 1, 0,
		    "mymaster", "redis+sentinel://a:26379/mymaster" },
		{ "s+sentinel://a,b:7,[::1]:8/my-m.1/2", REDIS_SENTINEL, true,
		    3, 2, "my-m.1",
		    "rediss+sentinel://a:26379,b:7,[::1]:8/my-m.1" },
		{ "+sentinel://a/m/", REDIS_SENTINEL, false, 1, 0, "m",
		    "redis+sentinel://a:26379/m" },
		{ "+cluster://a,b:7", REDIS_CLUSTER, false, 2, 0, "",
		    "redis+cluster://a:6379,b:7" },
		{ "s+cluster://a/0", REDIS_CLUSTER, true, 1, 0, "",
		    "rediss+cluster://a:6379" },
		{ "+unix:/run/redis.sock", REDIS_SERVER, false, 0, 0, "",
		    "redis+unix:/run/redis.sock" },
		{ "+unix:///run/redis.sock", REDIS_SERVER, false, 0, 0, "",
		    "redis+unix:/run/redis.sock" },
		{ "+unix:////a", REDIS_SERVER, false, 0, 0, "",
		    "redis+unix:////a" },
	};
	struct redis_url u;
	char err[256], text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(
		    redis_url_parse(&u, good[i].rest, err, sizeof(err)));
		assert_int_equal(u.kind, good[i].kind);
		assert_int_equal(u.tls, good[i].tls);
		assert_int_equal(u.n_places, good[i].n);
		assert_int_equal(u.db, good[i].db);
		assert_string_equal(u.master, good[i].master);
		redis_url_print(&u, text, sizeof(text));
		assert_string_equal(text, good[i].text);
	}
}

static void
test_bad(void **state)
{
	static const char *const bad[] = { "://user:secret@h", "s://secret@h",
		"://secret@h", "+sentinel://secret@h/m",
		"+cluster://a,secret@h", "s+cluster://:secret@h", "", ":", "x",
		"://", "://:6379", "://h:", "://h:0", "://h:65536",
		"://h:6379x", "://h:-1", "://h: 1", "://::1", "://[::1",
		"://[::1]x", "://[]", "://h/x", "://h/-1", "://h/1/2",
		"://h/99999", "://a b", "://h\n", "://h:999999999999", "://h?x",
		"://a,b", "s://a,b", "://h\x80", "+sentinel://a",
		"+sentinel://a/", "+sentinel://a//0", "+sentinel:///m",
		"+sentinel://a,/m", "+sentinel://,a/m", "+sentinel://a/m/x",
		"+sentinel://a/m/0/0", "+sentinel://a/m m", "+cluster://",
		"+cluster://a,", "+cluster://a,,b", "+cluster://a/1",
		"+cluster://a/x",
		"+cluster://a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a",
		"+unix:", "+tls://a", "ss://a" };
	struct redis_url u;
	char err[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err[0] = '\0';
		assert_false(redis_url_parse(&u, bad[i], err, sizeof(err)));
		assert_true(err[0] != '\0');
		assert_null(strstr(err, "secret"));
		if (i < N_PASSWORD)
			assert_non_null(strstr(err, "--redis-password-file"));
	}
}

/* One byte too long is refused, and what fits is taken. */
static void
test_lengths(void **state)
{
	struct redis_url u;
	char url[2 * ADDRESS_HOST], err[256], text[64];

	(void)state;
	strcpy(url, "+unix:");
	memset(url + 6, 'x', ADDRESS_PATH);
	url[6 + ADDRESS_PATH] = '\0';
	assert_false(redis_url_parse(&u, url, err, sizeof(err)));
	url[6 + ADDRESS_PATH - 1] = '\0';
	assert_true(redis_url_parse(&u, url, err, sizeof(err)));
	strcpy(url, "://");
	memset(url + 3, 'x', ADDRESS_HOST);
	url[3 + ADDRESS_HOST] = '\0';
	assert_false(redis_url_parse(&u, url, err, sizeof(err)));
	url[3 + ADDRESS_HOST - 1] = '\0';
	assert_true(redis_url_parse(&u, url, err, sizeof(err)));
	redis_url_print(&u, text, sizeof(text));
	assert_int_equal(strlen(text), sizeof(text) - 1);
	strcpy(url, "+sentinel://h/");
	memset(url + 14, 'm', REDIS_MASTER);
	url[14 + REDIS_MASTER] = '\0';
	assert_false(redis_url_parse(&u, url, err, sizeof(err)));
	url[14 + REDIS_MASTER - 1] = '\0';
	assert_true(redis_url_parse(&u, url, err, sizeof(err)));
}

static bool
place(struct endpoint *p, const char *host, const char *port)
{
	return endpoint_set(p, host, strlen(host), port, strlen(port));
}

static void
test_places(void **state)
{
	static const char *const bad_hosts[] = { "", "?", "a b", "a\n", "a/b",
		"a,b", "a@b", "[::1]", "\xc3\xa9", "a\x1b" };
	static const char *const bad_ports[] = { "", "0", "65536", "-1", "+1",
		" 1", "1 ", "99999", "000001", "1x" };
	char text[ENDPOINT_TEXT];
	struct endpoint p, q;

	(void)state;
	assert_true(place(&p, "::1", "7000"));
	assert_string_equal(endpoint_print(&p, text), "[::1]:7000");
	assert_true(place(&q, "fe80::1%eth0", "1"));
	assert_false(endpoint_equal(&p, &q));
	assert_true(place(&q, "::1", "7000"));
	assert_true(endpoint_equal(&p, &q));
	for (size_t i = 0; i < sizeof(bad_hosts) / sizeof(bad_hosts[0]); i++)
		assert_false(place(&p, bad_hosts[i], "1"));
	for (size_t i = 0; i < sizeof(bad_ports) / sizeof(bad_ports[0]); i++)
		assert_false(place(&p, "h", bad_ports[i]));
	assert_false(endpoint_set(&p, "a\0b", 3, "1", 1));
	/* What is refused changes nothing. */
	assert_true(endpoint_equal(&p, &q));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
