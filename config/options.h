/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options: what the user wants, from the command line and a file.
 *
 * One table (options.c) serves both, --help, --check and --dump-config, the
 * sample file and the manual.  Reading options opens nothing but the
 * configuration file.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum key_as { KEY_AS_FIELD, KEY_AS_TAG, KEY_AS_BOTH };
enum sandbox { SANDBOX_NO, SANDBOX_YES, SANDBOX_REQUIRE, SANDBOX_STRICT };
enum {
	OPTIONS_WINDOWS = 4,
	OPTIONS_LIST = 4096,
	OPTIONS_SENSOR = 64,
	OPTIONS_PORTS = 64
};

struct string_list {
	char **v;
	unsigned n;
};

struct options {
	struct string_list interfaces; /* -i */
	struct string_list reads; /* -r, in the order given */
	struct string_list follows; /* -F */
	struct string_list outputs; /* -o; never empty after options_read */
	struct string_list geoip; /* --geoip, asked in this order */
	int64_t bin_ns; /* 100 ms to 1 h */
	/* Multiples of bin_ns; 0 is "all". */
	struct window_list {
		int64_t ns[OPTIONS_WINDOWS];
		unsigned n;
	} windows;
	uint64_t top; /* keys per ranking, 1 to 10 000 000 */
	int64_t report_ns; /* 0: only at the end; else a multiple of bin_ns */
	int64_t follow_wait_ns; /* silence after which bins close */
	char *state; /* folder of what a restart needs; "" for none */
	double speed; /* 0: as fast as it goes */
	uint64_t memory; /* bytes, all tables */
	uint64_t ring; /* bytes, each interface's packet ring */
	uint64_t snaplen;
	bool promiscuous;
	bool wait; /* for interfaces that are absent at start */
	bool own_traffic; /* count what our outputs send and receive */
	enum key_as key_as;
	char *dns_ports; /* "53,5300": UDP and TCP */
	bool resolve;
	char *resolver; /* address of a DNS server; "": the system's */
	char *sensor; /* default: the host's name; clean text, not empty */
	char *filter; /* BPF; "" for none */
	/*
	 * Drop root to this user; "": live tapline, or nobody where there is
	 * none, in a replay stay.
	 */
	char *user;
	enum sandbox sandbox;
	char *redis_user; /* "" for the default user */
	char *redis_password_file; /* "" for none */
	char *influx_user; /* "" for none */
	char *influx_password_file; /* "" for none */
	char *influx_token_file; /* "" for none */
	uint64_t redis_maxlen; /* entries a stream keeps, about */
	char *tls_ca; /* PEM files; "" for none */
	char *tls_cert;
	char *tls_key;
	char *spool; /* folder; "": in memory */
	uint64_t spool_size; /* bytes */
	int64_t spool_time_ns; /* what was acknowledged stays so long */
	char *config; /* the file, "" for none */
	bool quiet;
	bool verbose;
	bool check; /* --check */
	bool dump_config; /* --dump-config */
	bool help;
	bool version;
};

/*
 * Reads argv and the configuration file that it names into *o, which may be
 * uninitialised.  The command line overrides the file: a list given there
 * replaces the file's.  Returns 0, or the exit code (2 usage, 78
 * configuration) after one line a fault on err, each "tapline: …" and, for a
 * line of the file, "tapline: FILE:LINE: message".  Afterwards options_fini
 * is needed in every case.
 */
int options_read(struct options *o, int argc, char *const argv[], FILE *err);

void options_fini(struct options *o);

/* Reads the ports of a checked list; returns how many. */
unsigned options_ports(const char *list, uint16_t ports[OPTIONS_PORTS]);

/* Writes the help text, made from the table. */
void options_help(FILE *out);

/* Writes the effective configuration as a file that would give it. */
void options_dump(const struct options *o, FILE *out);

/* Says in a few lines what would run. */
void options_describe(const struct options *o, FILE *out);

/*
 * Compares two sets of options for a reload.  Returns NULL if running ones can
 * become wanted ones without a restart, else the name of the first option
 * that can't.
 */
const char *options_need_restart(const struct options *running,
    const struct options *wanted);

#endif
