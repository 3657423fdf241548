/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option table itself.  A new option is one row here and one field in
 * struct options; tests/unit/docs_test.py then names the pages that lack it.
 */
#include "config/table.h"

#include <string.h>

#include "config/options.h"

#define AT(field) offsetof(struct options, field)
#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define TIB (MIB * 1024 * 1024)
#define MS UINT64_C(1000000)
#define S (MS * 1000)

enum {
	FILE_ONLY_START = OPTION_FILE,
	FILE_RELOAD = OPTION_FILE | OPTION_RELOAD,
	FILE_LIST = OPTION_FILE | OPTION_LIST
};

const char *const option_groups[GROUP_N] = {
	[GROUP_INPUT] = "Input",
	[GROUP_COUNTING] = "Counting",
	[GROUP_OUTPUT] = "Output",
	[GROUP_PROCESS] = "Process",
};

/* clang-format off */
const struct option_row option_rows[OPTION_ROWS] = {
	{ "interface", 'i', OPTION_NAME, GROUP_INPUT, FILE_LIST,
	    AT(interfaces), 1, 255, "", "IFACE",
	    "capture live from this interface" },
	{ "read", 'r', OPTION_PATH, GROUP_INPUT, FILE_LIST,
	    AT(reads), 1, 4095, "", "FILE",
	    "replay this capture: pcap or pcapng, also .gz and .zst; - is "
	    "standard input" },
	{ "follow", 'F', OPTION_PATH, GROUP_INPUT, FILE_LIST,
	    AT(follows), 1, 4095, "", "PATTERN",
	    "follow the captures that match, as others write, rotate and pack "
	    "them; quote it: '/var/spool/span/*.pcap*'" },
	{ "follow-wait", 0, OPTION_SECONDS, GROUP_INPUT, FILE_ONLY_START,
	    AT(follow_wait_ns), S, 3600 * S, "10", "SECONDS",
	    "bins close when no followed file had a packet for so long" },
	{ "state", 0, OPTION_PATH, GROUP_INPUT, FILE_ONLY_START,
	    AT(state), 0, 4095, "", "FOLDER",
	    "keep there how far followed files were read, so that a restart "
	    "goes on" },
	{ "filter", 0, OPTION_FILTER, GROUP_INPUT, FILE_ONLY_START,
	    AT(filter), 0, 65535, "", "EXPRESSION",
	    "count only packets that match this pcap-filter(7); words after "
	    "the options say the same" },
	{ "speed", 0, OPTION_SPEED, GROUP_INPUT, FILE_ONLY_START,
	    AT(speed), MS, UINT64_C(1000000) * S, "0", "X",
	    "replay at X times the recorded pace; 0: as fast as it goes" },
	{ "promiscuous", 'p', OPTION_BOOL, GROUP_INPUT, FILE_ONLY_START,
	    AT(promiscuous), 0, 0, "yes", NULL,
	    "leave the interface in its mode; the default is promiscuous" },
	{ "wait", 0, OPTION_BOOL, GROUP_INPUT, FILE_ONLY_START,
	    AT(wait), 0, 0, "no", NULL,
	    "start without an interface that is absent or down, and wait for "
	    "it" },
	{ "own-traffic", 0, OPTION_BOOL, GROUP_INPUT, FILE_ONLY_START,
	    AT(own_traffic), 0, 0, "no", NULL,
	    "count the packets of tapline's own connections, too" },
	{ "snaplen", 's', OPTION_COUNT, GROUP_INPUT, FILE_ONLY_START,
	    AT(snaplen), 64, 262144, "262144", "BYTES",
	    "capture at most this much of each packet" },
	{ "ring", 0, OPTION_SIZE, GROUP_INPUT, FILE_ONLY_START,
	    AT(ring), MIB, 2047 * MIB, "64M", "SIZE",
	    "packet ring of each interface" },

	{ "bin", 0, OPTION_SECONDS, GROUP_COUNTING, FILE_ONLY_START,
	    AT(bin_ns), 100 * MS, 3600 * S, "2", "SECONDS",
	    "width of a bin" },
	{ "window", 0, OPTION_WINDOWS, GROUP_COUNTING, FILE_LIST,
	    AT(windows), 100 * MS, 86400 * S, "60", "SECONDS",
	    "sliding window, a multiple of the bin; all: since the start" },
	{ "top", 0, OPTION_COUNT, GROUP_COUNTING, FILE_RELOAD,
	    AT(top), 1, 10000000, "10", "N",
	    "keys per ranking" },
	{ "report", 0, OPTION_SECONDS, GROUP_COUNTING, FILE_RELOAD,
	    AT(report_ns), 0, 86400 * S, "10", "SECONDS",
	    "how often rankings are published, a multiple of the bin; 0: "
	    "only at the end" },
	{ "memory", 0, OPTION_SIZE, GROUP_COUNTING, FILE_ONLY_START,
	    AT(memory), MIB, TIB, "64M", "SIZE",
	    "budget of all tables" },
	{ "geoip", 0, OPTION_PATH, GROUP_COUNTING, FILE_LIST | OPTION_RELOAD,
	    AT(geoip), 1, 4095, "", "FILE.mmdb",
	    "country, city or AS database" },
	{ "dns-ports", 0, OPTION_PORTS, GROUP_COUNTING, FILE_ONLY_START,
	    AT(dns_ports), 0, 0, "53", "PORTS",
	    "ports of DNS, over UDP and TCP" },
	{ "resolve", 0, OPTION_BOOL, GROUP_COUNTING, FILE_ONLY_START,
	    AT(resolve), 0, 0, "no", NULL,
	    "ask DNS for the names of ranked hosts that the traffic does not "
	    "name" },
	{ "resolver", 0, OPTION_NAME, GROUP_COUNTING, FILE_ONLY_START,
	    AT(resolver), 0, 255, "", "ADDRESS",
	    "DNS server for --resolve; default: the system's" },

	{ "output", 'o', OPTION_PATH, GROUP_OUTPUT, FILE_LIST,
	    AT(outputs), 1, 4095, "stdout:", "URL",
	    "stdout:, file:PATH, redis://HOST:PORT, redis+unix:PATH, "
	    "redis+sentinel://HOST,.../MASTER or redis+cluster://HOST,... "
	    "(rediss for TLS), influx://HOST:PORT/DATABASE, influxs:, "
	    "tcp://HOST:PORT, unix:PATH, udp://HOST:PORT or unixgram:PATH" },
	{ "key-as", 0, OPTION_KEY_AS, GROUP_OUTPUT, FILE_RELOAD,
	    AT(key_as), 0, 0, "field", "field|tag|both",
	    "where a ranking's key stands" },
	{ "sensor", 0, OPTION_SENSOR, GROUP_OUTPUT, FILE_ONLY_START,
	    AT(sensor), 1, OPTIONS_SENSOR - 1, "", "NAME",
	    "name of this sensor; default: the host's" },
	{ "redis-user", 0, OPTION_NAME, GROUP_OUTPUT, FILE_RELOAD,
	    AT(redis_user), 0, 255, "", "NAME",
	    "log in to Redis as this user" },
	{ "redis-password-file", 0, OPTION_PATH, GROUP_OUTPUT, FILE_RELOAD,
	    AT(redis_password_file), 0, 4095, "", "FILE",
	    "the first line of this file is the password for Redis" },
	{ "redis-maxlen", 0, OPTION_COUNT, GROUP_OUTPUT, FILE_ONLY_START,
	    AT(redis_maxlen), 1, 1000000000, "43200", "COUNT",
	    "entries that a Redis stream keeps, about" },
	{ "influx-user", 0, OPTION_NAME, GROUP_OUTPUT, FILE_RELOAD,
	    AT(influx_user), 0, 255, "", "NAME",
	    "log in to InfluxDB as this user" },
	{ "influx-password-file", 0, OPTION_PATH, GROUP_OUTPUT, FILE_RELOAD,
	    AT(influx_password_file), 0, 4095, "", "FILE",
	    "the first line of this file is that user's password" },
	{ "influx-token-file", 0, OPTION_PATH, GROUP_OUTPUT, FILE_RELOAD,
	    AT(influx_token_file), 0, 4095, "", "FILE",
	    "the first line of this file is the token for InfluxDB" },
	{ "tls-ca", 0, OPTION_PATH, GROUP_OUTPUT, FILE_RELOAD,
	    AT(tls_ca), 0, 4095, "", "FILE",
	    "authorities that may vouch for a server; default: the system's" },
	{ "tls-cert", 0, OPTION_PATH, GROUP_OUTPUT, FILE_RELOAD,
	    AT(tls_cert), 0, 4095, "", "FILE",
	    "certificate to show to servers" },
	{ "tls-key", 0, OPTION_PATH, GROUP_OUTPUT, FILE_RELOAD,
	    AT(tls_key), 0, 4095, "", "FILE",
	    "the certificate's key, if it is not in the same file" },
	{ "spool", 0, OPTION_PATH, GROUP_OUTPUT, FILE_ONLY_START,
	    AT(spool), 0, 4000, "", "DIR",
	    "keep records that a server has not stored in this folder, through "
	    "restarts; default: in memory" },
	{ "spool-size", 0, OPTION_SIZE, GROUP_OUTPUT, FILE_ONLY_START,
	    AT(spool_size), MIB, TIB, "64M", "SIZE",
	    "size of the spool; what does not fit is lost, oldest first; in "
	    "memory at most 8M" },
	{ "spool-time", 0, OPTION_SECONDS, GROUP_OUTPUT, FILE_ONLY_START,
	    AT(spool_time_ns), 0, 86400 * S, "600", "SECONDS",
	    "keep records so long after a server has stored them, in case it "
	    "forgets them" },

	{ "user", 0, OPTION_NAME, GROUP_PROCESS, FILE_ONLY_START,
	    AT(user), 0, 255, "", "NAME",
	    "started as root, become this user once the input is open; root: "
	    "stay; default: live tapline, or nobody where there is none, in a "
	    "replay stay" },
	{ "sandbox", 0, OPTION_SANDBOX, GROUP_PROCESS, FILE_ONLY_START,
	    AT(sandbox), 0, 0, "yes", "yes|no|require|strict",
	    "give up what is not needed once all is open; require: or don't "
	    "start; strict: and end at a system call that is not foreseen" },
	{ "config", 'c', OPTION_PATH, GROUP_PROCESS, 0,
	    AT(config), 1, 4095, "", "FILE",
	    "read options from this file; the command line goes before it; with "
	    "\"-\" before its name, the file may be missing" },
	{ "check", 't', OPTION_FLAG, GROUP_PROCESS, 0,
	    AT(check), 0, 0, "no", NULL,
	    "check the configuration, say what would run and exit" },
	{ "dump-config", 0, OPTION_FLAG, GROUP_PROCESS, 0,
	    AT(dump_config), 0, 0, "no", NULL,
	    "print the effective configuration and exit" },
	{ "quiet", 'q', OPTION_BOOL, GROUP_PROCESS, FILE_RELOAD,
	    AT(quiet), 0, 0, "no", NULL,
	    "only warnings and errors, no progress" },
	{ "verbose", 'v', OPTION_BOOL, GROUP_PROCESS, FILE_RELOAD,
	    AT(verbose), 0, 0, "no", NULL,
	    "say more" },
	{ "version", 'V', OPTION_FLAG, GROUP_PROCESS, 0,
	    AT(version), 0, 0, "no", NULL,
	    "print the version and exit" },
	{ "help", 'h', OPTION_FLAG, GROUP_PROCESS, 0,
	    AT(help), 0, 0, "no", NULL,
	    "print this text and exit" },
};
/* clang-format on */

const struct option_row *
option_find(const char *name, size_t n)
{
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		const char *s = option_rows[i].name;

		if (strlen(s) == n && memcmp(s, name, n) == 0)
			return &option_rows[i];
	}
	return NULL;
}

enum { SUGGEST_MAX = 32 };

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance, one row at a time; both at most SUGGEST_MAX long. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[SUGGEST_MAX + 1];
	size_t n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1] != '\0'; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned up = row[j];

			row[j] = min3(up + 1, row[j - 1] + 1,
			    diagonal + (a[i - 1] != b[j - 1]));
			diagonal = up;
		}
	}
	return row[n];
}

const char *
option_suggest(const char *name, unsigned flags)
{
	const char *best = NULL;
	size_t n = strlen(name);
	unsigned best_distance = n < 5 ? 2 : 3;

	if (n < 2 || n > SUGGEST_MAX)
		return NULL;
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];
		unsigned d;

		if ((row->flags & flags) != flags)
			continue;
		d = distance(name, row->name);
		if (d < best_distance && d < n) {
			best = row->name;
			best_distance = d;
		}
	}
	return best;
}
