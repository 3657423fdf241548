/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people read: --help, made from the table, and what --check says.
 */
#include "config/options.h"

#include <inttypes.h>
#include <string.h>

#include "config/table.h"
#include "config/value.h"

enum { HELP_COLUMN = 29, HELP_WIDTH = 79 };

static const char usage[] =
    "Usage: tapline -i IFACE... | -r FILE... [options] [filter words]\n"
    "\n"
    "Counts what it captures or reads in bins and sliding windows, and\n"
    "publishes that as InfluxDB line protocol or to Redis.\n";

static const char examples[] =
    "\n"
    "Times are seconds, or like 500ms, 10m or 1h; sizes are bytes, or like\n"
    "64k, 64M or 1G. A yes/no option of the file also exists as --NAME and\n"
    "--no-NAME.\n"
    "\n"
    "Examples:\n"
    "  tapline -i eth0\n"
    "      count what passes eth0, results to standard output\n"
    "  tapline -i eth0 -o redis://127.0.0.1:6379 not port 6379\n"
    "      to Redis, leaving out the traffic with Redis itself\n"
    "  tapline -q -r *.pcap.gz --window all --top 20 --report 0\n"
    "      the 20 busiest of everything over all these captures, once\n"
    "  tapline -t -c /etc/tapline/tapline.conf\n"
    "      check a configuration\n";

/* Writes text in lines from HELP_COLUMN on; column is where it begins. */
static void
wrap(FILE *out, const char *text, size_t column)
{
	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + n > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		if (column > HELP_COLUMN)
			column += (size_t)fprintf(out, " ");
		column += (size_t)fprintf(out, "%.*s", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void
help_row(FILE *out, const struct option_row *row)
{
	bool is_on = row->type == OPTION_BOOL && row->def[0] == 'y';
	bool has_default = row->metavar != NULL && row->def[0] != '\0' &&
	    strcmp(row->def, "0") != 0;
	char text[512];
	int n;

	n = row->letter != '\0' ? fprintf(out, "  -%c, ", row->letter)
				: fprintf(out, "      ");
	n += fprintf(out, "--%s%s%s%s", is_on ? "no-" : "", row->name,
	    row->metavar != NULL ? " " : "",
	    row->metavar != NULL ? row->metavar : "");
	if (n + 2 > HELP_COLUMN)
		fprintf(out, "\n%*s", HELP_COLUMN, "");
	else
		fprintf(out, "%*s", HELP_COLUMN - n, "");
	snprintf(text, sizeof(text), "%s%s%s%s%s", row->help,
	    has_default ? " (default " : "", has_default ? row->def : "",
	    has_default ? ")" : "",
	    row->flags & OPTION_LIST ? "; several allowed" : "");
	wrap(out, text, HELP_COLUMN);
}

void
options_help(FILE *out)
{
	fputs(usage, out);
	for (unsigned g = 0; g < GROUP_N; g++) {
		fprintf(out, "\n%s:\n", option_groups[g]);
		for (unsigned i = 0; i < OPTION_ROWS; i++) {
			if (option_rows[i].group == g)
				help_row(out, &option_rows[i]);
		}
	}
	fputs(examples, out);
}

static void
describe_list(FILE *out, const char *label, const struct string_list *list)
{
	char quoted[VALUE_QUOTE];

	for (unsigned i = 0; i < list->n; i++)
		fprintf(out, "%-10s%s\n", label,
		    value_quote(quoted, list->v[i]));
}

static void
describe_follow(const struct options *o, FILE *out)
{
	char quoted[VALUE_QUOTE];

	describe_list(out, "follow", &o->follows);
	if (o->follows.n == 0)
		return;
	fprintf(out, "%-10sbins close after ", "");
	value_print_seconds(out, o->follow_wait_ns);
	fprintf(out, " s of silence\n%-10s%s\n", "state",
	    o->state[0] != '\0' ? value_quote(quoted, o->state)
				: "none: a restart begins anew");
}

static void
describe_input(const struct options *o, FILE *out)
{
	describe_list(out, "capture", &o->interfaces);
	if (o->interfaces.n > 0) {
		fprintf(out, "%-10s%spromiscuous, ring ", "",
		    o->promiscuous ? "" : "not ");
		value_print_size(out, o->ring);
		fprintf(out, ", %" PRIu64 " bytes of a packet\n", o->snaplen);
		fprintf(out, "%-10s%s if absent\n", "",
		    o->wait ? "waited for" : "an error");
	}
	describe_list(out, "replay", &o->reads);
	if (o->reads.n > 0 && o->speed > 0) {
		fprintf(out, "%-10sat ", "");
		value_print_seconds(out, (int64_t)(o->speed * 1e9 + 0.5));
		fprintf(out, " times the recorded pace\n");
	} else if (o->reads.n > 0)
		fprintf(out, "%-10sas fast as it goes\n", "");
	describe_follow(o, out);
	if (o->interfaces.n == 0 && o->reads.n == 0 && o->follows.n == 0)
		fprintf(out, "%-10snone yet: give -i, -r or -F\n", "input");
	fprintf(out, "%-10s%s\n", "filter",
	    o->filter[0] != '\0' ? o->filter : "none");
}

static void
describe_counting(const struct options *o, FILE *out)
{
	fprintf(out, "%-10s", "bins");
	value_print_seconds(out, o->bin_ns);
	fprintf(out, " s\n%-10s", "windows");
	for (unsigned i = 0; i < o->windows.n; i++) {
		fputs(i > 0 ? ", " : "", out);
		value_print_window(out, o->windows.ns[i]);
		fputs(o->windows.ns[i] != 0 ? " s" : "", out);
	}
	fprintf(out, "\n%-10s%" PRIu64 " keys, ", "rankings", o->top);
	if (o->report_ns == 0)
		fputs("at the end", out);
	else {
		fputs("every ", out);
		value_print_seconds(out, o->report_ns);
		fputs(" s", out);
	}
	fprintf(out, "\n%-10s", "memory");
	value_print_size(out, o->memory);
	fputc('\n', out);
}

void
options_describe(const struct options *o, FILE *out)
{
	char quoted[VALUE_QUOTE];

	if (o->config[0] != '\0')
		fprintf(out, "%-10s%s\n", "config",
		    value_quote(quoted, o->config));
	describe_input(o, out);
	describe_counting(o, out);
	describe_list(out, "geoip", &o->geoip);
	if (o->geoip.n == 0)
		fprintf(out, "%-10snone\n", "geoip");
	describe_list(out, "output", &o->outputs);
	fprintf(out, "%-10s%s\n", "sensor", o->sensor);
	fprintf(out, "%-10s%s\n", "user",
	    o->user[0] != '\0' ? o->user
		: o->reads.n > 0 || o->follows.n > 0
		? "unchanged"
		: "if root: tapline or nobody");
}
