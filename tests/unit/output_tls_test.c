/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that TLS can't use are named, with the reason, in one line; and whom a
 * connection is to be checked against.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>

#include "daemon/output/tls.h"

static char garbage[] = "/tmp/tapline-tls.XXXXXX";

static int
setup(void **state)
{
	int fd = mkstemp(garbage);

	(void)state;
	if (fd < 0 || write(fd, "no certificate\n", 15) != 15)
		return -1;
	return close(fd);
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(garbage);
}

static void
expect_fault(const struct tls_config *c, const char *option, const char *why)
{
	char err[256] = "";

	assert_null(tls_new(c, err, sizeof(err)));
	assert_non_null(strstr(err, option));
	assert_non_null(strstr(err, why));
	assert_null(strchr(err, '\n'));
}

static void
test_files(void **state)
{
	const struct tls_config missing_ca = { .ca_file = "/nonexistent" };
	const struct tls_config missing_cert = { .cert_file = "/nonexistent" };
	const struct tls_config bad_ca = { .ca_file = garbage };
	const struct tls_config bad_cert = { .cert_file = garbage };
	const struct tls_config only_key = { .key_file = garbage };
	const struct tls_config folder = { .ca_file = "/" };

	(void)state;
	expect_fault(&missing_ca, "--tls-ca /nonexistent",
	    "No such file or directory");
	expect_fault(&missing_cert, "--tls-cert /nonexistent",
	    "No such file or directory");
	expect_fault(&bad_ca, "--tls-ca /tmp/", "");
	expect_fault(&bad_cert, "--tls-cert /tmp/", "");
	expect_fault(&only_key, "--tls-key", "--tls-cert");
	expect_fault(&folder, "--tls-ca /", "");
	/* What failed before is no reason for what comes after. */
	expect_fault(&missing_ca, "--tls-ca", "No such file or directory");
}

static void
expect_host(struct tls *t, struct event_base *base, const char *host,
    const char *sni)
{
	struct bufferevent *bev = tls_bufferevent(t, base, host);
	char reason[64] = "x";

	assert_non_null(bev);
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	if (sni == NULL)
		assert_null(name);
	else
		assert_string_equal(name, sni);
	assert_int_equal(SSL_get_verify_mode(ssl), SSL_VERIFY_PEER);
	tls_reason(bev, reason, sizeof(reason));
	assert_string_equal(reason, "");
	bufferevent_free(bev);
}

static void
test_host(void **state)
{
	struct event_base *base = event_base_new();
	const struct tls_config c = { .ca_file = "" };
	char err[256], long_name[300];
	struct tls *t = tls_new(&c, err, sizeof(err));

	(void)state;
	assert_non_null(t);
	expect_host(t, base, "redis.example", "redis.example");
	expect_host(t, base, "192.0.2.1", NULL);
	expect_host(t, base, "2001:db8::1", NULL);
	assert_null(tls_bufferevent(t, base, ""));
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	assert_null(tls_bufferevent(t, base, long_name));
	tls_free(t);
	tls_free(NULL);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_host),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
