/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the InfluxDB output that need no server: URLs, what answers
 * mean, secrets, bodies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "daemon/output/gzip.h"
#include "daemon/output/influx_answer.h"
#include "daemon/output/influx_url.h"
#include "daemon/output/secret.h"

static void
test_url(void **state)
{
	static const struct {
		const char *rest, *host;
		unsigned port;
		const char *target;
	} good[] = {
		{ "h/db", "h", 8086, "/write?db=db&precision=ns" },
		{ "[::1]:1/d b", "::1", 1, "/write?db=d%20b&precision=ns" },
		{ "h/caf\xc3\xa9", "h", 8086,
		    "/write?db=caf%C3%A9&precision=ns" },
		{ "h/a&b=c%#", "h", 8086,
		    "/write?db=a%26b%3Dc%25%23&precision=ns" },
		{ "h/o/b", "h", 8086,
		    "/api/v2/write?org=o&bucket=b&precision=ns" },
		{ "h:1/write", "h", 1, "/write?precision=ns" },
		{ "h/a/b/c/write?x=y", "h", 8086,
		    "/a/b/c/write?x=y&precision=ns" },
		{ "h/write?", "h", 8086, "/write?precision=ns" },
	};
	static const char *const bad[] = { "", "/db", "h", "h/", "h/a/", "h//a",
		"h/a/b/c", "h?db=x", "h/db?x=y", "h:0/db", "u@h/db", "u:p@h/db",
		"h/write?p=x", "h/write?a=b&u=x", "h/write?token=x",
		"h/write?precision=s", "h/write?a=b&precision=ns",
		"h/a b/write", "h/write?a\nb", "h/write?a#b" };
	struct influx_url u;
	char err[256];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(influx_url_parse(&u, "influx://", good[i].rest, err,
		    sizeof(err)));
		assert_string_equal(u.address.at.host, good[i].host);
		assert_int_equal(u.address.at.port, good[i].port);
		assert_string_equal(u.target, good[i].target);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (influx_url_parse(&u, "influx://", bad[i], err, sizeof(err)))
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(strncmp(err, "influx://", 9), 0);
	}
}

static void
test_url_repeats_no_secret(void **state)
{
	static const char *const urls[] = { "joe:sEcret@h/db",
		"h/write?p=sEcret", "h/write?token=sEcret", "h/x?p=sEcret" };
	struct influx_url u;
	char err[256];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		assert_false(influx_url_parse(&u, "influx://", urls[i], err,
		    sizeof(err)));
		assert_null(strstr(err, "sEcret"));
	}
}

static void
test_long_url(void **state)
{
	char rest[3 * INFLUX_TARGET] = "h/", err[256];
	struct influx_url u;
	bool fits = true;

	(void)state;
	/* Each becomes three; so there is an end to what fits. */
	for (size_t n = 2; n < INFLUX_TARGET; n++) {
		bool now;

		rest[n] = '%';
		now = influx_url_parse(&u, "", rest, err, sizeof(err));
		assert_true(fits || !now);
		fits = now;
		if (now)
			assert_int_equal(strlen(u.target),
			    3 * (n - 1) + strlen("/write?db=&precision=ns"));
	}
	assert_false(fits);
}

static void
test_verdict(void **state)
{
	static const struct {
		int status;
		enum influx_verdict verdict;
	} known[] = {
		{ 0, INFLUX_RETRY },
		{ 100, INFLUX_RETRY },
		{ 200, INFLUX_STORED },
		{ 204, INFLUX_STORED },
		{ 299, INFLUX_STORED },
		{ 301, INFLUX_REFUSED },
		{ 400, INFLUX_BAD_LINE },
		{ 401, INFLUX_REFUSED },
		{ 403, INFLUX_REFUSED },
		{ 404, INFLUX_REFUSED },
		{ 408, INFLUX_RETRY },
		{ 413, INFLUX_TOO_LARGE },
		{ 415, INFLUX_REFUSED },
		{ 422, INFLUX_BAD_LINE },
		{ 429, INFLUX_RETRY },
		{ 500, INFLUX_RETRY },
		{ 503, INFLUX_RETRY },
		{ 599, INFLUX_RETRY },
		{ -204, INFLUX_RETRY },
		{ 2147483647, INFLUX_RETRY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(influx_verdict_of(known[i].status),
		    known[i].verdict);
}

static void
test_retry_after(void **state)
{
	(void)state;
	assert_int_equal(influx_retry_after(NULL), -1);
	assert_int_equal(influx_retry_after(""), -1);
	assert_int_equal(influx_retry_after("0"), 0);
	assert_int_equal(influx_retry_after("120"), 120);
	assert_int_equal(influx_retry_after("301"), 300);
	assert_int_equal(influx_retry_after("99999999999999999999"), 300);
	assert_int_equal(influx_retry_after("-1"), -1);
	assert_int_equal(influx_retry_after("1.5"), -1);
	assert_int_equal(influx_retry_after("Fri, 31 Dec 1999 23:59:59 GMT"),
	    -1);
}

static void
test_text(void **state)
{
	char out[TEXT_MAX + 4], body[1000];

	(void)state;
	influx_answer_text(out, NULL, 0);
	assert_string_equal(out, "");
	influx_answer_text(out, "a\nb\x1b\r\n\n", 7);
	assert_string_equal(out, "a\\x0ab\\x1b");
	memset(body, 'x', sizeof(body));
	influx_answer_text(out, body, sizeof(body));
	assert_int_equal(strlen(out), 200);
	memset(body, 1, sizeof(body));
	influx_answer_text(out, body, sizeof(body));
	assert_true(strlen(out) < sizeof(out));
}

/* Writes the bytes to a file, and reads the secret that is in it. */
static bool
secret_of(const char *bytes, size_t n, char out[SECRET_SIZE])
{
	char path[] = "/tmp/tapline-secret.XXXXXX", err[256] = "";
	int fd = mkstemp(path);
	bool ok;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	ok = secret_read(out, path, err, sizeof(err));
	unlink(path);
	assert_int_equal(ok, out[0] != '\0');
	assert_int_equal(ok, err[0] == '\0');
	assert_null(strstr(err, "sEcret"));
	return ok;
}

static void
test_secret(void **state)
{
	char out[SECRET_SIZE], text[2 * SECRET_SIZE], err[256];

	(void)state;
	assert_true(secret_of("sEcret\n", 7, out));
	assert_string_equal(out, "sEcret");
	assert_true(secret_of("sEcret", 6, out));
	assert_string_equal(out, "sEcret");
	assert_true(secret_of("sEcret\r\nmore\n", 13, out));
	assert_string_equal(out, "sEcret");
	assert_false(secret_of("", 0, out));
	assert_false(secret_of("\nsEcret\n", 8, out));
	assert_false(secret_of("sEcret\x1b\n", 8, out));
	assert_false(secret_of("sEcret\tx\n", 9, out));
	memset(text, 'x', sizeof(text));
	assert_true(secret_of(text, SECRET_SIZE - 2, out));
	assert_false(secret_of(text, SECRET_SIZE - 1, out));
	assert_false(secret_of(text, sizeof(text), out));
	assert_false(secret_read(out, "/nonexistent/x", err, sizeof(err)));
	assert_false(secret_read(out, "/", err, sizeof(err)));
}

static void
test_headers(void **state)
{
	char out[SECRET_HEADER], text[SECRET_SIZE];

	(void)state;
	secret_token(out, "abc==");
	assert_string_equal(out, "Token abc==");
	/* RFC 7617, section 2. */
	secret_basic(out, "Aladdin", "open sesame");
	assert_string_equal(out, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	secret_basic(out, text, text);
	assert_true(strlen(out) < sizeof(out) - 1);
	secret_token(out, text);
	assert_int_equal(strlen(out), 6 + strlen(text));
}

static void
test_gzip(void **state)
{
	enum { SIZE = 100000 };
	static char in[SIZE], back[SIZE + 1];
	struct gzip *g = gzip_new(SIZE);

	(void)state;
	assert_non_null(g);
	srand(1);
	for (size_t i = 0; i < SIZE; i++)
		in[i] = (char)rand();
	/* What can't be compressed fits all the same, and each stands alone. */
	for (size_t n = 0; n <= SIZE; n += SIZE / 4) {
		size_t len;
		const void *out = gzip_pack(g, in, n, &len);
		z_stream z = { 0 };
		union {
			const void *in;
			unsigned char *z;
		} input = { out };

		assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
		z.next_in = input.z;
		z.avail_in = (unsigned)len;
		z.next_out = (unsigned char *)back;
		z.avail_out = sizeof(back);
		assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
		assert_int_equal(z.total_out, n);
		assert_int_equal(z.avail_in, 0);
		assert_memory_equal(back, in, n);
		inflateEnd(&z);
	}
	gzip_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_url_repeats_no_secret),
		cmocka_unit_test(test_long_url),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
