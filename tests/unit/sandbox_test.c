/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is granted: folders of files and patterns, ports, and what outputs need
 * by their URLs.  Nothing is confined here; tests/integration/sandbox.sh does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/output/output.h"
#include "daemon/sandbox/sandbox.h"

static void
test_beside(void **state)
{
	static const struct {
		const char *file, *folder;
	} cases[] = {
		{ "/etc/tapline/tapline.conf", "/etc/tapline" },
		{ "/etc/tapline//tapline.conf", "/etc/tapline" },
		{ "/etc/tapline.conf", "/etc" },
		{ "tapline.conf", "." },
		{ "./tapline.conf", "." },
		{ "a/b", "a" },
		/* Never the root. */
		{ "/tapline.conf", "/tapline.conf" },
		{ "//tapline.conf", "//tapline.conf" },
		{ "/", "/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct grants g = { 0 };

		grants_beside(&g, cases[i].file, GRANT_READ);
		assert_int_equal(g.n, 1);
		assert_string_equal(g.v[0].path, cases[i].folder);
		assert_int_equal(g.v[0].access, GRANT_READ);
		grants_fini(&g);
		assert_int_equal(g.n, 0);
	}
}

static void
test_pattern(void **state)
{
	static const struct {
		const char *pattern, *folder;
	} cases[] = {
		{ "/var/spool/span/*.pcap", "/var/spool/span" },
		{ "/var/spool/span/x.pcap", "/var/spool/span" },
		{ "/var/spool/span-*/x.pcap", "/var/spool" },
		{ "/var/*/*/x", "/var" },
		{ "/v[a]r/x", "/" },
		{ "/var/a\\*/x", "/var" },
		{ "/*.pcap", "/" },
		{ "*.pcap", "." },
		{ "x.pcap", "." },
		{ "dir?/x", "." },
		{ "dir/x?", "dir" },
		{ "../*", ".." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct grants g = { 0 };

		grants_pattern(&g, cases[i].pattern, GRANT_READ);
		assert_int_equal(g.n, 1);
		assert_string_equal(g.v[0].path, cases[i].folder);
		grants_fini(&g);
	}
}

static void
test_each_path_once(void **state)
{
	struct grants g = { 0 };
	char path[16];

	(void)state;
	grants_path(&g, NULL, GRANT_READ);
	grants_path(&g, "", GRANT_READ);
	grants_beside(&g, "", GRANT_READ);
	assert_int_equal(g.n, 0);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "/x/%u", i % 100);
		grants_path(&g, path, i < 100 ? GRANT_READ : GRANT_WRITE);
	}
	assert_int_equal(g.n, 100);
	for (unsigned i = 0; i < g.n; i++)
		assert_int_equal(g.v[i].access, GRANT_READ | GRANT_WRITE);
	assert_false(g.lacks_memory);
	grants_fini(&g);
}

static void
test_ports(void **state)
{
	struct grants g = { 0 };

	(void)state;
	assert_false(g.internet);
	for (uint16_t i = 1; i <= GRANT_PORTS; i++) {
		grants_port(&g, i);
		grants_port(&g, i);
	}
	assert_true(g.internet);
	assert_int_equal(g.n_ports, GRANT_PORTS);
	assert_false(g.any_port);
	/* More than can be listed are not limited, and never left out. */
	grants_port(&g, 1000);
	assert_true(g.any_port);
}

static void
test_needs(void **state)
{
	static const struct {
		const char *url, *file;
		bool internet, names, tls, any;
		unsigned n, first;
	} cases[] = {
		{ "stdout:", NULL, false, false, false, false, 0, 0 },
		{ "file:/x/y", "/x/y", false, false, false, false, 0, 0 },
		{ "unix:/x", NULL, false, false, false, false, 0, 0 },
		{ "unixgram:/x", NULL, false, false, false, false, 0, 0 },
		{ "tcp://h:1", NULL, true, true, false, false, 1, 1 },
		{ "tcp://[::1]:2", NULL, true, false, false, false, 1, 2 },
		{ "udp://h:3", NULL, true, true, false, false, 0, 0 },
		{ "udp://1.2.3.4:3", NULL, true, false, false, false, 0, 0 },
		{ "influx://h/db", NULL, true, true, false, false, 1, 8086 },
		{ "influxs://1.2.3.4:5/db", NULL, true, false, true, false, 1,
		    5 },
		{ "redis://h", NULL, true, true, false, false, 1, 6379 },
		{ "redis+unix:/x", NULL, false, false, false, false, 0, 0 },
		{ "rediss://127.0.0.1:7", NULL, true, false, true, false, 1,
		    7 },
		{ "redis+sentinel://1.2.3.4:8,1.2.3.5:9/m", NULL, true, true,
		    false, true, 2, 8 },
		{ "rediss+cluster://1.2.3.4:8", NULL, true, true, true, true, 1,
		    8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct output_needs n;
		char err[256];

		assert_true(output_check(cases[i].url, err, sizeof(err)));
		output_needs(cases[i].url, &n);
		if (cases[i].file != NULL)
			assert_string_equal(n.file, cases[i].file);
		else
			assert_null(n.file);
		assert_int_equal(n.internet, cases[i].internet);
		assert_int_equal(n.names, cases[i].names);
		assert_int_equal(n.tls, cases[i].tls);
		assert_int_equal(n.any_tcp, cases[i].any);
		assert_int_equal(n.n_tcp, cases[i].n);
		if (n.n_tcp > 0)
			assert_int_equal(n.tcp[0], cases[i].first);
	}
}

static void
test_hides(void **state)
{
	(void)state;
	assert_false(sandbox_hides("/nonexistent"));
	assert_false(sandbox_hides("/dev/null"));
	assert_string_equal(sandbox_level_name(SANDBOX_LEVEL_PARTIAL),
	    "partial");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_each_path_once),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_hides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
