/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: every option and type, each fault by its message and exit
 * code, words after it, help, and what a reload can change.
 */
#include "tests/lib/options_run.h"

#include "config/table.h"

static void
defaults(void **state)
{
	struct result r;

	(void)state;
	run_ok(&r, "-i eth0");
	assert_int_equal(r.o.interfaces.n, 1);
	assert_string_equal(r.o.interfaces.v[0], "eth0");
	assert_int_equal(r.o.reads.n, 0);
	assert_int_equal(r.o.outputs.n, 1);
	assert_string_equal(r.o.outputs.v[0], "stdout:");
	assert_int_equal(r.o.geoip.n, 0);
	assert_int_equal(r.o.bin_ns, 2000000000);
	assert_int_equal(r.o.windows.n, 1);
	assert_int_equal(r.o.windows.ns[0], 60000000000);
	assert_int_equal(r.o.top, 10);
	assert_int_equal(r.o.report_ns, 10000000000);
	assert_true(r.o.speed == 0);
	assert_int_equal(r.o.memory, 64 << 20);
	assert_int_equal(r.o.ring, 64 << 20);
	assert_int_equal(r.o.snaplen, 262144);
	assert_true(r.o.promiscuous);
	assert_int_equal(r.o.key_as, KEY_AS_FIELD);
	assert_true(strlen(r.o.sensor) > 0);
	assert_string_equal(r.o.filter, "");
	assert_string_equal(r.o.user, "");
	assert_string_equal(r.o.redis_user, "");
	assert_string_equal(r.o.redis_password_file, "");
	assert_int_equal(r.o.redis_maxlen, 43200);
	assert_string_equal(r.o.config, "");
	assert_false(r.o.quiet || r.o.verbose || r.o.check || r.o.dump_config ||
	    r.o.help || r.o.version);
	done(&r);
}

static void
every_option(void **state)
{
	struct result r;

	(void)state;
	run_ok(&r,
	    "--interface eth0 -ilo --interface=any -o file:/x -o stdout: "
	    "--bin 0.5 --window 1m --window all --window 30s --window 500ms "
	    "--top 10000000 --report 0 --memory 1G --geoip a.mmdb "
	    "--geoip b.mmdb --key-as tag --sensor s1.site -s 64 --ring=2047M "
	    "-p --user nobody --redis-user u --redis-password-file /p "
	    "--redis-maxlen 7 -qv -t --dump-config --filter ip6");
	assert_int_equal(r.o.interfaces.n, 3);
	assert_string_equal(r.o.interfaces.v[1], "lo");
	assert_string_equal(r.o.interfaces.v[2], "any");
	assert_int_equal(r.o.outputs.n, 2);
	assert_string_equal(r.o.outputs.v[0], "file:/x");
	assert_int_equal(r.o.bin_ns, 500000000);
	assert_int_equal(r.o.windows.n, 4);
	assert_int_equal(r.o.windows.ns[0], 60000000000);
	assert_int_equal(r.o.windows.ns[1], 0);
	assert_int_equal(r.o.windows.ns[2], 30000000000);
	assert_int_equal(r.o.windows.ns[3], 500000000);
	assert_int_equal(r.o.top, 10000000);
	assert_int_equal(r.o.report_ns, 0);
	assert_int_equal(r.o.memory, 1 << 30);
	assert_int_equal(r.o.geoip.n, 2);
	assert_int_equal(r.o.key_as, KEY_AS_TAG);
	assert_string_equal(r.o.sensor, "s1.site");
	assert_int_equal(r.o.snaplen, 64);
	assert_int_equal(r.o.ring, 2047u << 20);
	assert_false(r.o.promiscuous);
	assert_string_equal(r.o.user, "nobody");
	assert_string_equal(r.o.redis_user, "u");
	assert_string_equal(r.o.redis_password_file, "/p");
	assert_int_equal(r.o.redis_maxlen, 7);
	assert_string_equal(r.o.filter, "ip6");
	assert_true(r.o.quiet && r.o.verbose && r.o.check && r.o.dump_config);
	done(&r);
	run_ok(&r, "-r x -r - --speed 0.25 --key-as both --memory 1048576");
	assert_true(r.o.speed == 0.25);
	assert_int_equal(r.o.reads.n, 2);
	assert_int_equal(r.o.key_as, KEY_AS_BOTH);
	assert_int_equal(r.o.memory, 1 << 20);
	done(&r);
	run_ok(&r, "--help --version");
	assert_true(r.o.help && r.o.version);
	done(&r);
	run_ok(&r,
	    "-q --no-quiet --no-promiscuous --promiscuous -i a --top 3 "
	    "--top 4");
	assert_true(!r.o.quiet && r.o.promiscuous && r.o.top == 4);
	done(&r);
}

/* Words: captures as long as they come first, then the filter. */
static void
words(void **state)
{
	char i[] = "-i", lo[] = "lo", head[] = " tcp\tport 80\n";
	char tail[] = "or udp";
	char *const args[] = { NULL, i, lo, head, tail, NULL };
	struct result r;
	char line[512];

	(void)state;
	run_ok(&r, "-i eth0 tcp and port 80");
	assert_string_equal(r.o.filter, "tcp and port 80");
	done(&r);
	run_ok(&r, "-i eth0 -- ip[0] - 4 = 65");
	assert_string_equal(r.o.filter, "ip[0] - 4 = 65");
	done(&r);
	run_argv(&r, 5, args);
	assert_string_equal(r.o.filter, "tcp port 80  or udp");
	done(&r);
	write_file(conf, "", 0);
	run_ok(&r, "-r a.pcap % none.pcap B.CAP.GZ -q % host 10.0.0.1");
	assert_int_equal(r.o.reads.n, 4);
	snprintf(line, sizeof(line), "%s host 10.0.0.1", conf);
	assert_string_equal(r.o.filter, line);
	done(&r);
	run_ok(&r, "-q -r a.pcap % none.pcap B.CAP.GZ --top 5");
	assert_int_equal(r.o.reads.n, 4);
	assert_string_equal(r.o.reads.v[1], conf);
	assert_string_equal(r.o.reads.v[3], "B.CAP.GZ");
	assert_string_equal(r.o.filter, "");
	done(&r);
	run_ok(&r, "-r a.pcap 10.0.0.0/8");
	assert_int_equal(r.o.reads.n, 1);
	assert_string_equal(r.o.filter, "10.0.0.0/8");
	done(&r);
	snprintf(line, sizeof(line), "-r a.pcap host %s", conf);
	run_ok(&r, line);
	assert_int_equal(r.o.reads.n, 1);
	done(&r);
}

static void
usage_faults(void **state)
{
	/* clang-format off */
	static const struct fault_case cases[] = {
		{ "",
		    "nothing to read: give -i INTERFACE (see 'ip link'), "
		    "-r FILE or -F PATTERN\n" },
		{ "x.pcap", "words without one are a filter\n" },
		{ "-i", "-i needs a value: IFACE\n" },
		{ "-i -q", "-i needs a value: IFACE\n" },
		{ "--bin", "--bin needs a value: SECONDS\n" },
		{ "-i lo --bin=", "--bin: '' is not a time" },
		{ "-i lo --xyz", "unknown option '--xyz'\n" },
		{ "-i lo --reprot 4", "did you mean '--report'?\n" },
		{ "-i lo -x", "unknown option '-x'\n" },
		{ "-i lo -qx", "unknown option '-qx'\n" },
		{ "-i lo --quiet=yes", "--quiet takes no value\n" },
		{ "-i lo --no-help", "unknown option '--no-help'" },
		{ "-i lo -r x", "--read: tapline captures live or replays" },
		{ "-r - -r -", "'-', can be read only once\n" },
		{ "-i lo -i lo", "-i: 'lo' is given twice\n" },
		{ "-i lo -o stdout: -o stdout:",
		    "-o: 'stdout:' is given twice" },
		{ "-i lo --bin 0.05", "'0.05' is not between 0.1 and 3600\n" },
		{ "-i lo --bin 3601", "'3601' is not between 0.1 and 3600\n" },
		{ "-i lo --bin 0.1005", "is finer than a millisecond\n" },
		{ "-i lo --bin 1e3", "'1e3' is not a time like" },
		{ "-i lo --bin 0x2", "'0x2' is not a time like" },
		{ "-i lo --bin inf", "'inf' is not a time like" },
		{ "-i lo --bin 2.", "'2.' is not a time like" },
		{ "-i lo --bin 2d", "'2d' is not a time like" },
		{ "-i lo --bin .5", "'.5' is not a time like" },
		{ "-i lo --bin=-1", "'-1' is not a time like" },
		{ "-i lo --bin +1", "'+1' is not a time like" },
		{ "-i lo --bin 99999999999999999999999", "is not a time" },
		{ "-i lo --bin 18446744073709551618", "is not a time" },
		{ "-i lo --bin 999999999h", "is not between" },
		{ "-i lo --window 3",
		    "--window: 3 s is not a multiple of the bin, 2 s\n" },
		{ "-i lo --window 86402", "is not between 0.1 and 86400\n" },
		{ "-i lo --window 0", "is not between" },
		{ "-i lo --bin 1 --window 3h",
		    "--window: 10800 s are more than 10000 bins of 1 s\n" },
		{ "-i lo --window 60 --window 1m", "'1m' is given twice\n" },
		{ "-i lo --window all --window all", "is given twice\n" },
		{ "-i lo --window 2 --window 4 --window 6 --window 8 "
		    "--window 10",
		    "'10' is one window too many: at most 4\n" },
		{ "-i lo --report 5",
		    "--report: 5 s is not a multiple of the bin, 2 s\n" },
		{ "-i lo --report 90001", "is not between 0 and 86400\n" },
		{ "-i lo --top 0", "'0' is not between 1 and 10000000\n" },
		{ "-i lo --top 1k", "'1k' is not a whole number\n" },
		{ "-i lo --top 1.5", "is not a whole number\n" },
		{ "-i lo --memory 1023k", "'1023k' is not between 1M and 1T" },
		{ "-i lo --memory 2T", "is not between 1M and 1T\n" },
		{ "-i lo --memory 64MB", "'64MB' is not a size like" },
		{ "-i lo --memory M", "'M' is not a size like" },
		{ "-i lo --memory 99999999999999999T", "is not a size" },
		{ "-i lo --ring 2G", "is not between 1M and 2047M\n" },
		{ "-i lo --snaplen 63", "is not between 64 and 262144\n" },
		{ "-i lo --speed 0.0001",
		    "is not between 0.001 and 1000000\n" },
		{ "-i lo --speed nan", "'nan' is not a factor" },
		{ "-i lo --speed 2x", "'2x' is not a factor" },
		{ "-i lo --key-as keys", "'keys' is not field, tag or both\n" },
		{ "-i lo --sensor a{b", "that a sensor's name can't have\n" },
		{ "-i lo --sensor a,b", "that a sensor's name can't have\n" },
		{ "-i lo --sensor \xc3\xa9", "'\\xc3\\xa9' has characters" },
		{ "-i lo --sensor a\x1b[2J", "'a\\x1b[2J' has control" },
		{ "-i lo --sensor 01234567890123456789012345678901234567890"
		    "12345678901234567890123",
		    "' is too long\n" },
		{ "-i lo -o \a", "'\\x07' has control characters\n" },
		{ "-i lo --filter \a", "'\\x07' has control characters\n" },
		{ "-i lo --filter ip tcp", "given by --filter and by words\n" },
		{ "-i lo port 53 --window all",
		    "'--window': options go before the filter\n" },
		{ "-i lo port 53 -q", "'-q': options go before the filter\n" },
		{ "-F a* -r b", "tapline follows captures or reads others" },
		{ "-F a* -i lo", "tapline follows captures or reads others" },
		{ "-F a.pcap b.pcap c.pcap", "-F: quote the pattern: " },
		{ "-F a* --follow-wait 0.5", "is not between 1 and 3600\n" },
		{ "-i lo --redis-maxlen 0", "is not between 1 and 1000000000" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result r;

		run(&r, cases[i].args);
		if (r.code != 2 || strstr(r.err, cases[i].says) == NULL ||
		    strncmp(r.err, "tapline: ", 9) != 0 ||
		    strstr(r.err, "\ntapline: try 'tapline --help'\n") == NULL)
			fail_msg("'%s': code %d, not '%s': %s", cases[i].args,
			    r.code, cases[i].says, r.err);
		for (char *p = r.err; *p != '\0'; p++)
			assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
		done(&r);
	}
}

/* A default gives way to the bin; what was asked for doesn't. */
static void
defaults_follow_the_bin(void **state)
{
	struct result r;

	(void)state;
	run_ok(&r, "-i lo --bin 7");
	assert_int_equal(r.o.windows.ns[0], 63000000000);
	assert_int_equal(r.o.report_ns, 14000000000);
	done(&r);
	run_ok(&r, "-i lo --bin 1h --window all");
	assert_int_equal(r.o.report_ns, 3600000000000);
	done(&r);
	run_ok(&r, "-i lo --bin 0.1 --window 1000");
	assert_int_equal(r.o.report_ns, 10000000000);
	done(&r);
}

static void
reload(void **state)
{
	static const struct {
		const char *args, *option;
	} cases[] = {
		{ "-i lo --top 3 --report 4 --key-as tag --geoip x -q -v "
		  "--redis-user a --redis-password-file b",
		    NULL },
		{ "-i lo ip6", "filter" },
		{ "-i eth0", "interface" },
		{ "-r lo", "interface" },
		{ "-i lo --bin 1", "bin" },
		{ "-i lo --window all", "window" },
		{ "-i lo --memory 1M", "memory" },
		{ "-i lo -o file:/x", "output" },
		{ "-i lo --sensor other", "sensor" },
		{ "-i lo --redis-maxlen 1", "redis-maxlen" },
		{ "-i lo --speed 1", "speed" },
		{ "-i lo -p", "promiscuous" },
		{ "-i lo --user root", "user" },
	};
	struct result running;

	(void)state;
	run_ok(&running, "-i lo --sensor s");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[256];
		const char *name;
		struct result r;

		snprintf(line, sizeof(line), "--sensor s %s", cases[i].args);
		run_ok(&r, line);
		name = options_need_restart(&running.o, &r.o);
		if (cases[i].option == NULL)
			assert_null(name);
		else
			assert_string_equal(name, cases[i].option);
		done(&r);
	}
	done(&running);
}

static void
help_fits_a_terminal(void **state)
{
	char *text, *line;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	options_help(f);
	fclose(f);
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s%s",
		    option_rows[i].letter == 'p' ? "--no-" : "--",
		    option_rows[i].name);
		assert_non_null(strstr(text, name));
	}
	for (line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		assert_true(strlen(line) < 80);
	free(text);
}

static void
describe(void **state)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct result r;

	(void)state;
	run_ok(&r,
	    "-r a.pcap --speed 2 --window 60 --window all --sensor s "
	    "--user root tcp");
	options_describe(&r.o, f);
	fclose(f);
	assert_string_equal(text,
	    "replay    'a.pcap'\n"
	    "          at 2 times the recorded pace\n"
	    "filter    tcp\n"
	    "bins      2 s\n"
	    "windows   60 s, all\n"
	    "rankings  10 keys, every 10 s\n"
	    "memory    64M\n"
	    "geoip     none\n"
	    "output    'stdout:'\n"
	    "sensor    s\n"
	    "user      root\n");
	free(text);
	done(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_option),
		cmocka_unit_test(words),
		cmocka_unit_test(usage_faults),
		cmocka_unit_test(defaults_follow_the_bin),
		cmocka_unit_test(reload),
		cmocka_unit_test(help_fits_a_terminal),
		cmocka_unit_test(describe),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
