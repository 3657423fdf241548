/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file: what goes before what, each fault by its message,
 * extremes, and the way there and back by --dump-config.
 */
#include "tests/lib/options_run.h"

static void
file_and_command_line(void **state)
{
	static const char text[] = "# a comment\n"
				   "; another\n"
				   "\n"
				   "interface = eth0\n"
				   "\tinterface=eth1 ; the span port\r\n"
				   "output = redis://127.0.0.1:6379\n"
				   "output = stdout:\n"
				   "window = 2\nwindow = all\n"
				   "filter = not port 22\n"
				   "promiscuous = no\n"
				   "quiet = yes\n"
				   "top = 7";
	struct result r;

	(void)state;
	run_file(&r, text, "-c %");
	assert_string_equal(r.err, "");
	assert_int_equal(r.code, 0);
	assert_string_equal(r.o.config, conf);
	assert_int_equal(r.o.interfaces.n, 2);
	assert_string_equal(r.o.interfaces.v[1], "eth1");
	assert_int_equal(r.o.outputs.n, 2);
	assert_string_equal(r.o.outputs.v[0], "redis://127.0.0.1:6379");
	assert_int_equal(r.o.windows.n, 2);
	assert_int_equal(r.o.windows.ns[1], 0);
	assert_string_equal(r.o.filter, "not port 22");
	assert_true(!r.o.promiscuous && r.o.quiet && r.o.top == 7);
	done(&r);
	run_ok(&r, "-i lo -c % --window 4 -o file:/x --top 8 --no-quiet icmp");
	assert_int_equal(r.o.interfaces.n, 1);
	assert_string_equal(r.o.interfaces.v[0], "lo");
	assert_int_equal(r.o.outputs.n, 1);
	assert_int_equal(r.o.windows.n, 1);
	assert_string_equal(r.o.filter, "icmp");
	assert_true(!r.o.quiet && r.o.top == 8);
	done(&r);
	/* Inputs are one choice: a configuration can be tried on a capture. */
	run_ok(&r, "-c % -r x --filter=");
	assert_int_equal(r.o.interfaces.n, 0);
	assert_int_equal(r.o.reads.n, 1);
	assert_string_equal(r.o.filter, "");
	done(&r);
}

static void
file_faults(void **state)
{
	/* %s: the file's name and a colon. */
	/* clang-format off */
	static const struct fault_case cases[] = {
		{ "\nbin = 2x\n",
		    "tapline: %s2: bin: '2x' is not a time like 2, 0.5, "
		    "10m or 1h\n" },
		{ "repport = 4\n",
		    "tapline: %s1: unknown name 'repport'; did you mean "
		    "'report'?\n" },
		{ "colour = red", "tapline: %s1: unknown name 'colour'\n" },
		{ "\x1b[2J = 1", "tapline: %s1: unknown name '\\x1b[2J'\n" },
		{ "check = yes",
		    "tapline: %s1: 'check' can only be given on the "
		    "command line\n" },
		{ "top = 1\n\ntop = 2\n",
		    "tapline: %s3: top is given twice, first in line 1\n" },
		{ "[main]\ntop = 1\n",
		    "tapline: %s1: there are no sections: names stand "
		    "alone\n" },
		{ "\xef\xbb\xbf[main]",
		    "tapline: %s1: there are no sections: names stand "
		    "alone\n" },
		{ "top\nbin\n = 4\n",
		    "tapline: %s1: the line is not 'name = value'\n"
		    "tapline: %s2: the line is not 'name = value'\n"
		    "tapline: %s3: unknown name ''\n" },
		{ "quiet = true\n",
		    "tapline: %s1: quiet: 'true' is not yes or no\n" },
		{ "top =\n", "tapline: %s1: top: '' is not a whole number\n" },
		{ "output = a\noutput = a\n",
		    "tapline: %s2: output: 'a' is given twice\n" },
		{ "window = 4\nwindow = 5\nreport = 3\n",
		    "tapline: %s2: window: 5 s is not a multiple of the "
		    "bin, 2 s\n"
		    "tapline: %s3: report: 3 s is not a multiple of the "
		    "bin, 2 s\n" },
		{ "interface = lo\nread = x\n",
		    "tapline: %s2: read: tapline captures live or replays, "
		    "not both at once\n" },
		{ "  # indented\n\t[s]\n  ; too\n",
		    "tapline: %s2: there are no sections: names stand alone\n" },
		/* An indented line is a line, not more of the one before. */
		{ "filter = a\n  b\n",
		    "tapline: %s2: the line is not 'name = value'\n" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expect[1024] = "", prefix[160];
		struct result r;

		snprintf(prefix, sizeof(prefix), "%s:", conf);
		for (const char *p = cases[i].says; *p != '\0'; p++) {
			if (strncmp(p, "%s", 2) == 0) {
				strcat(expect, prefix);
				p++;
			} else
				strncat(expect, p, 1);
		}
		run_file(&r, cases[i].args, "-t -c %");
		assert_string_equal(r.err, expect);
		assert_int_equal(r.code, 78);
		done(&r);
	}
}

static void
file_extremes(void **state)
{
	static char big[(1 << 20) + 100000];
	char many[1024] = "", *line;
	struct result r;

	(void)state;
	write_file(conf, "top = 1\0 2\nbin = 1\nfoo = 1\n", 27);
	run(&r, "-i lo -c %");
	assert_int_equal(r.code, 78);
	assert_non_null(strstr(r.err, ":1: the line has a NUL byte\n"));
	assert_non_null(strstr(r.err, ":3: unknown name 'foo'\n"));
	done(&r);

	for (int i = 0; i < 60; i++)
		strcat(many, "x = 1\n");
	run_file(&r, many, "-i lo -c %");
	assert_int_equal(r.code, 78);
	line = strstr(r.err, ":20: unknown name");
	assert_non_null(line);
	assert_string_equal(strchr(line, '\n'),
	    "\ntapline: more faults follow\n");
	done(&r);

	/* A filter of the greatest length; one byte more. */
	memcpy(big, "filter = ", 9);
	memset(big + 9, 'x', 65535);
	memcpy(big + 9 + 65535, "\ntop = 3\n", 10);
	run_file(&r, big, "-i lo -c %");
	assert_int_equal(r.code, 0);
	assert_int_equal(strlen(r.o.filter), 65535);
	assert_int_equal(r.o.top, 3);
	done(&r);
	big[9 + 65535] = 'x';
	run_file(&r, big, "-i lo -c %");
	assert_non_null(strstr(r.err, "...' is too long\n"));
	done(&r);
	memset(big + 9, 'x', 70000);
	memcpy(big + 9 + 70000, "\ntop = 0\n", 10);
	run_file(&r, big, "-i lo -c %");
	assert_non_null(strstr(r.err, ":1: the line is too long\n"));
	assert_non_null(strstr(r.err, ":2: top: '0'"));
	done(&r);

	memset(big, '\n', sizeof(big));
	write_file(conf, big, sizeof(big));
	run(&r, "-i lo -c %");
	assert_non_null(strstr(r.err, ": the file is longer than 1 MiB\n"));
	assert_int_equal(r.code, 78);
	done(&r);

	run(&r, "-i lo -c /nonexistent/tapline.conf");
	assert_string_equal(r.err,
	    "tapline: /nonexistent/tapline.conf: No such file or directory\n");
	assert_int_equal(r.code, 78);
	done(&r);
	run(&r, "-i lo -c /");
	assert_string_equal(r.err, "tapline: /: Is a directory\n");
	assert_int_equal(r.code, 78);
	done(&r);
}

/* Too many names of a list are refused, not forgotten. */
static void
long_lists(void **state)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct result r;

	(void)state;
	for (unsigned i = 0; i < OPTIONS_LIST; i++)
		fprintf(f, "read = %u.pcap\n", i);
	fflush(f);
	run_file(&r, text, "-c %");
	assert_int_equal(r.code, 0);
	assert_int_equal(r.o.reads.n, OPTIONS_LIST);
	assert_string_equal(r.o.reads.v[4095], "4095.pcap");
	done(&r);
	fprintf(f, "read = x\n");
	fclose(f);
	run_file(&r, text, "-c %");
	assert_int_equal(r.code, 78);
	assert_non_null(
	    strstr(r.err, ":4097: read: 'x' is one too many: at most 4096\n"));
	done(&r);
	free(text);
}

/* --dump-config gives a file that gives the same configuration. */
static void
there_and_back(void **state)
{
	static const char *const lines[] = {
		"-i eth0",
		"-r a.pcap b.pcap -r - --speed 0.001 -q",
		"-i a -i b -p -s 96 --ring 1025k --bin 0.25 --window 0.5 "
		"--window all --top 3 --report 1.25 --memory 3M --geoip x "
		"--geoip y --key-as both --sensor s --user root -v "
		"--redis-user u --redis-password-file /etc/pw "
		"--redis-maxlen 9 -o file:/a -o redis+unix:/b tcp port 80",
		"--dump-config",
		"-r a --speed 1000000 --report 0 --window 24h --bin 1m",
		"-i lo --speed 0.123456789",
		"-r ;a b;c",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct result r, again;
		char *first, *second;

		run_ok(&r, lines[i]);
		first = dump(&r.o);
		write_file(conf, first, strlen(first));
		run_ok(&again, "--dump-config -c %");
		second = dump(&again.o);
		assert_string_equal(first, second);
		assert_null(options_need_restart(&r.o, &again.o));
		assert_int_equal(r.o.speed == again.o.speed, 1);
		free(first);
		free(second);
		done(&r);
		done(&again);
	}
}

/* What libinih would read differently doesn't get into a dump. */
static void
unwritable_values(void **state)
{
	static const char *const values[] = { "a ;b", " a", "a " };
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char value[16], expect[64], *text;
		char read[] = "-r";
		char *argv[] = { NULL, read, value, NULL };

		strcpy(value, values[i]);
		run_argv(&r, 3, argv);
		assert_int_equal(r.code, 0);
		text = dump(&r.o);
		snprintf(expect, sizeof(expect),
		    "\n# read: '%s' can't stand in a file\n", values[i]);
		assert_non_null(strstr(text, expect));
		free(text);
		done(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_and_command_line),
		cmocka_unit_test(file_faults),
		cmocka_unit_test(file_extremes),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(unwritable_values),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
