/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Databases that tests/lib/mmdb.py makes: each layout, what hostile ones say,
 * and broken ones.
 */
#include "daemon/enrich/geoip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/enrich/mmdb_check.h"
#include "daemon/log.h"

static char dir[] = "/tmp/tapline-geoip-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s.mmdb", dir, name);
	return path;
}

/* Opens up to three databases of ours, in this order. */
static struct geoip *
open_dbs(const char *a, const char *b, const char *c, unsigned *n_failed)
{
	const char *names[] = { a, b, c };
	char *paths[3];
	unsigned n = 0;

	for (; n < 3 && names[n] != NULL; n++)
		paths[n] = strdup(path_of(names[n]));

	struct geoip *g = geoip_open(paths, n, n_failed);

	for (unsigned i = 0; i < n; i++)
		free(paths[i]);
	return g;
}

static struct geoip *
open_good(const char *a, const char *b, const char *c)
{
	unsigned n_failed = 9;
	struct geoip *g = open_dbs(a, b, c, &n_failed);

	assert_non_null(g);
	assert_int_equal(n_failed, 0);
	return g;
}

static struct geoip_info
ask(const struct geoip *g, const char *addr)
{
	uint8_t b[16];
	bool is_v6 = strchr(addr, ':') != NULL;
	struct geoip_info info;

	assert_int_equal(inet_pton(is_v6 ? AF_INET6 : AF_INET, addr, b), 1);
	memset(&info, 'x', sizeof(info));
	geoip_lookup(g, b, is_v6, &info);
	return info;
}

static void
expect(const struct geoip *g, const char *addr, const char *country,
    const char *city, uint32_t asn, const char *org)
{
	struct geoip_info info = ask(g, addr);

	assert_string_equal(info.country, country);
	assert_string_equal(info.city, city);
	assert_int_equal(info.asn, asn);
	assert_string_equal(info.as_org, org);
}

static void
nested(void **state)
{
	(void)state;
	struct geoip *g = open_good("city", "asn", NULL);

	expect(g, "81.2.69.142", "GB", "London", 20712, "Example Networks");
	expect(g, "2a00:1450::1", "IE", "Dublin", 0, "");
	expect(g, "8.8.4.4", "US", "", 0, "");
	expect(g, "8.8.5.4", "DE", "", 0, "");
	expect(g, "1.128.0.1", "", "", 1221, "Example Telco Pty Ltd");
	expect(g, "1.0.0.1", "", "", 13335, "");
	expect(g, "1.0.1.1", "", "", 4200000001, "");
	expect(g, "1.0.2.1", "", "", 0, "");
	expect(g, "1.0.3.1", "", "", 0, "");
	expect(g, "4.4.4.4", "", "", 0, "");
	geoip_close(g);

	g = open_good("pointers", NULL, NULL);
	expect(g, "9.9.8.1", "SE", "", 0, "");
	expect(g, "9.9.9.1", "CH", "", 0, "");
	geoip_close(g);
}

static void
flat(void **state)
{
	(void)state;
	struct geoip *g =
	    open_good("flat-country", "flat-city-ipv4", "flat-asn");

	expect(g, "9.9.9.9", "CH", "Zürich", 19281, "Quad");
	expect(g, "9.9.8.1", "", "", 64496, "Text");
	expect(g, "2001:218::1", "JP", "", 0, "");
	geoip_close(g);
}

/* The first that knows wins; the others fill what it left empty. */
static void
order(void **state)
{
	(void)state;
	struct geoip *g = open_good("flat-country", "city", "asn");

	expect(g, "81.2.69.1", "FR", "London", 20712, "Example Networks");
	geoip_close(g);
	g = open_good("city", "flat-country", NULL);
	expect(g, "81.2.69.1", "GB", "London", 0, "");
	geoip_close(g);
}

static void
hostile_text(void **state)
{
	(void)state;
	struct geoip *g = open_good("city", NULL, NULL);
	struct geoip_info info;

	expect(g, "9.0.0.1", "", "a\\x0ab,c=\\x1b[1m", 0, "");
	info = ask(g, "9.0.1.1");
	assert_string_equal(info.country, "");
	/* 63 bytes hold 31 characters of two bytes; none is cut in half. */
	assert_int_equal(strlen(info.city), 62);
	expect(g, "9.0.2.1", "", "", 0, "");
	info = ask(g, "9.0.3.1");
	assert_int_equal(strlen(info.city), GEOIP_CITY - 1);
	expect(g, "9.0.4.1", "", "\\xff\\xfe", 0, "");
	geoip_close(g);
}

static void
special(void **state)
{
	static const char *const addrs[] = { "10.1.2.3", "192.0.2.1",
		"127.0.0.1", "224.0.0.1", "255.255.255.255", "2001:db8::1",
		"fc00::1", "fe80::1", "ff02::1", "::1", "::ffff:81.2.69.142",
		"::81.2.69.142", "2002:5102:458e::1" };

	(void)state;
	struct geoip *g = open_good("city", NULL, NULL);

	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++)
		expect(g, addrs[i], "", "", 0, "");
	geoip_close(g);
}

/* A database in use is overwritten in place: the copy is what is asked. */
static void
truncated_in_use(void **state)
{
	(void)state;
	struct geoip *g = open_good("flat-asn", NULL, NULL);

	assert_int_equal(truncate(path_of("flat-asn"), 0), 0);
	expect(g, "9.9.9.9", "", "", 19281, "Quad");
	geoip_close(g);
}

static void
refused(void **state)
{
	static const char *const names[] = { "empty", "text", "marker-only",
		"no-metadata", "cut-in-metadata", "cut-in-half",
		"metadata-no-map", "wrong-version", "node-count",
		"node-count-wraps", "node-count-hidden", "node-count-missing",
		"record-size", "metadata-deep", "missing", "fifo", "folder" };

	(void)state;
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	assert_int_equal(mkdir(path_of("folder"), 0700), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned n_failed = 0;

		if (open_dbs(names[i], NULL, NULL, &n_failed) != NULL)
			fail_msg("%s was opened", names[i]);
		assert_int_equal(n_failed, 1);
	}

	/* A sparse file takes no room. */
	int fd = open(path_of("big"), O_CREAT | O_WRONLY, 0600);
	unsigned n_failed = 0;

	assert_true(fd >= 0);
	if (ftruncate(fd, ((off_t)2 << 30) + 1) == 0)
		assert_null(open_dbs("big", NULL, NULL, &n_failed));
	close(fd);

	/* One bad database does not cost the others. */
	struct geoip *g = open_dbs("text", "asn", "missing", &n_failed);

	assert_non_null(g);
	assert_int_equal(n_failed, 2);
	expect(g, "1.128.0.1", "", "", 1221, "Example Telco Pty Ltd");
	geoip_close(g);
}

/* These open, and a bad record is a miss: its neighbour is still found. */
static void
bad_records(void **state)
{
	static const char *const names[] = { "deep-maps", "deep-arrays",
		"huge-map", "huge-array", "string-past-end", "many-values",
		"cycle", "pointer-past-end" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct geoip *g = open_good(names[i], NULL, NULL);

		expect(g, "81.2.69.142", "", "", 0, "");
		expect(g, "9.9.9.1", "CH", "", 0, "");
		geoip_close(g);
	}

	struct geoip *g = open_good("tree-past-end", NULL, NULL);

	expect(g, "81.2.69.142", "", "", 0, "");
	geoip_close(g);
}

/* No value is believed that the section cuts short. */
static void
check_value(void **state)
{
	/* {"a": [true, -> 18, 0x0102], "b": "xyz"}, and "q" at 18. */
	static const uint8_t good[] = { 0xe2, 0x41, 'a', 0x03, 0x04, 0x01, 0x07,
		0x20, 0x12, 0xa2, 0x01, 0x02, 0x41, 'b', 0x43, 'x', 'y', 'z',
		0x41, 'q' };
	static const uint8_t loop[] = { 0x20, 0x00 };
	static const uint8_t reserved[] = { 0x00, 0x09 };
	static const uint8_t end_marker[] = { 0x00, 0x06 };

	(void)state;
	assert_true(mmdb_check_value(good, sizeof(good), 0));
	for (size_t n = 0; n < sizeof(good); n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, good, n);
		assert_false(mmdb_check_value(copy, n, 0));
		free(copy);
	}
	assert_false(mmdb_check_value(good, sizeof(good), sizeof(good)));
	assert_false(mmdb_check_value(good, sizeof(good), SIZE_MAX));
	assert_false(mmdb_check_value(loop, sizeof(loop), 0));
	assert_false(mmdb_check_value(reserved, sizeof(reserved), 0));
	assert_false(mmdb_check_value(end_marker, sizeof(end_marker), 0));
}

/* Every single byte of a database set to what hurts most. */
static void
mutations(void **state)
{
	static const uint8_t evil[] = { 0x00, 0x01, 0x3f, 0x7f, 0xe1, 0xff };
	uint8_t buf[4096];
	FILE *f = fopen(path_of("flat-city-ipv4"), "rb");
	unsigned n_failed;

	(void)state;
	assert_non_null(f);

	size_t n = fread(buf, 1, sizeof(buf), f);

	fclose(f);
	assert_in_range(n, 100, sizeof(buf) - 1);
	for (size_t i = 0; i < n * sizeof(evil); i++) {
		uint8_t old = buf[i / sizeof(evil)];

		buf[i / sizeof(evil)] = evil[i % sizeof(evil)];
		f = fopen(path_of("mutant"), "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(buf, 1, n, f), n);
		fclose(f);
		buf[i / sizeof(evil)] = old;

		struct geoip *g = open_dbs("mutant", NULL, NULL, &n_failed);

		ask(g, "9.9.9.9");
		ask(g, "2001:218::1");
		geoip_close(g);
	}
}

static int
set_up(void **state)
{
	int status = 0;

	(void)state;
	log_init(true, false);
	if (mkdtemp(dir) == NULL)
		return -1;

	pid_t pid = fork();

	if (pid == 0) {
		execlp("python3", "python3", "tests/lib/mmdb.py", dir,
		    (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0
									 : -1;
}

static int
tear_down(void **state)
{
	DIR *d = opendir(dir);

	(void)state;
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.') {
			char path[400];

			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
			remove(path);
		}
	if (d != NULL)
		closedir(d);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested),
		cmocka_unit_test(flat),
		cmocka_unit_test(order),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(special),
		cmocka_unit_test(refused),
		cmocka_unit_test(bad_records),
		cmocka_unit_test(check_value),
		cmocka_unit_test(mutations),
		cmocka_unit_test(truncated_in_use),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
