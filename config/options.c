/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both sources put together: the command line over the file over the
 * defaults, and then the rules that hold between options.
 */
#include "config/options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/source.h"
#include "config/value.h"

enum { EXIT_USAGE = 2, EXIT_CONFIG = 78, BINS_MAX = 10000 };

struct reading {
	struct options *o;
	struct source args, file;
	struct faults f;
	bool in_args, in_file; /* where the faults are */
};

static const struct option_row *
row_at(size_t offset)
{
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		if (option_rows[i].offset == offset)
			return &option_rows[i];
	}
	abort();
}

#define ROW(field) row_at(offsetof(struct options, field))

/*
 * Writes a fault of the row's value where that was given.  line is that of
 * the file, or 0 for the first that has the row.
 */
static void __attribute__((format(printf, 4, 5))) blame(struct reading *r,
    const struct option_row *row, unsigned line, const char *fmt, ...)
{
	char text[VALUE_WHY];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (source_has(&r->args, row) || !source_has(&r->file, row)) {
		r->in_args = true;
		fault(&r->f, "--%s: %s", row->name, text);
		return;
	}
	if (line == 0)
		line = r->file.line[row - option_rows];
	r->in_file = true;
	fault(&r->f, "%s:%u: %s: %s", file_path(r->o->config), line, row->name,
	    text);
}

/* What a time is called in a message. */
static const char *
time_text(char *out, size_t size, int64_t ns)
{
	FILE *f = fmemopen(out, size, "w");

	out[0] = '\0';
	if (f != NULL) {
		value_print_seconds(f, ns);
		fputs(" s", f);
		fclose(f);
	}
	return out;
}

static void
check_windows(struct reading *r)
{
	const struct option_row *row = ROW(windows);
	const struct options *o = r->o;
	char window[48], bin[48];

	for (unsigned i = 0; i < o->windows.n; i++) {
		int64_t ns = o->windows.ns[i];
		unsigned line = r->file.window_line[i];

		time_text(window, sizeof(window), ns);
		time_text(bin, sizeof(bin), o->bin_ns);
		if (ns % o->bin_ns != 0)
			blame(r, row, line,
			    "%s is not a multiple of the bin, %s", window, bin);
		else if (ns / o->bin_ns > BINS_MAX)
			blame(r, row, line, "%s are more than %d bins of %s",
			    window, BINS_MAX, bin);
	}
}

static void
check_report(struct reading *r)
{
	const struct options *o = r->o;
	char report[48], bin[48];

	if (o->report_ns % o->bin_ns != 0)
		blame(r, ROW(report_ns), 0,
		    "%s is not a multiple of the bin, %s",
		    time_text(report, sizeof(report), o->report_ns),
		    time_text(bin, sizeof(bin), o->bin_ns));
}

static void
check_inputs(struct reading *r)
{
	const struct options *o = r->o;
	unsigned n_stdin = 0;

	for (unsigned i = 0; i < o->reads.n; i++)
		n_stdin += strcmp(o->reads.v[i], "-") == 0;
	if (n_stdin > 1)
		blame(r, ROW(reads), 0,
		    "standard input, '-', can be read only once");
	if (o->interfaces.n > 0 && o->reads.n > 0)
		blame(r, ROW(reads), 0,
		    "tapline captures live or replays, not both at once");
	if (o->follows.n > 0 && (o->interfaces.n > 0 || o->reads.n > 0))
		blame(r, ROW(follows), 0,
		    "tapline follows captures or reads others, not both at "
		    "once");
	if (o->interfaces.n > 0 || o->reads.n > 0 || o->follows.n > 0 ||
	    o->check || o->dump_config)
		return;
	r->in_args = true;
	fault(&r->f,
	    "nothing to read: give -i INTERFACE (see 'ip link'), -r FILE or "
	    "-F PATTERN%s",
	    o->filter[0] != '\0' ? "; words without one are a filter" : "");
}

/* A default that nobody asked for gives way to a bin that was asked for. */
static int64_t
round_up(int64_t ns, int64_t bin_ns)
{
	return (ns + bin_ns - 1) / bin_ns * bin_ns;
}

static void
default_sensor(struct options *o)
{
	char name[OPTIONS_SENSOR], why[VALUE_WHY];

	if (gethostname(name, sizeof(name)) != 0 || name[0] == '\0')
		strcpy(name, "tapline");
	name[sizeof(name) - 1] = '\0';
	for (char *p = name; *p != '\0'; p++) {
		if (*p <= ' ' || *p > 0x7e || strchr("{},\\", *p) != NULL)
			*p = '-';
	}
	(void)value_set(ROW(sensor), name, o, why);
}

static void
set_default(struct reading *r, const struct option_row *row)
{
	char why[VALUE_WHY];

	if (!value_set(row, row->def, r->o, why))
		fault(&r->f, "--%s: default %s", row->name, why);
}

static void
merge(struct reading *r)
{
	struct options *o = r->o;
	const struct option_row *reads = ROW(reads);
	const struct option_row *interfaces = ROW(interfaces);
	const struct option_row *follows = ROW(follows);
	bool inputs = source_has(&r->args, reads) ||
	    source_has(&r->args, interfaces) || source_has(&r->args, follows);

	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];
		bool is_input =
		    row == reads || row == interfaces || row == follows;

		if (source_has(&r->args, row))
			value_move(row, o, &r->args.o);
		else if (source_has(&r->file, row) && !(is_input && inputs))
			value_move(row, o, &r->file.o);
		if ((row->flags & OPTION_LIST && value_empty(row, o)) ||
		    (!source_has(&r->args, row) && !source_has(&r->file, row)))
			set_default(r, row);
	}
	if (o->sensor != NULL && o->sensor[0] == '\0')
		default_sensor(o);
	if (!source_has(&r->args, ROW(windows)) &&
	    !source_has(&r->file, ROW(windows)))
		o->windows.ns[0] = round_up(o->windows.ns[0], o->bin_ns);
	if (!source_has(&r->args, ROW(report_ns)) &&
	    !source_has(&r->file, ROW(report_ns)))
		o->report_ns = round_up(o->report_ns, o->bin_ns);
}

static int
finish(struct reading *r)
{
	int code = 0;

	if (r->f.n > 0)
		code = r->in_args ? EXIT_USAGE : EXIT_CONFIG;
	if (code == EXIT_USAGE)
		fputs("tapline: try 'tapline --help'\n", r->f.err);
	source_fini(&r->args);
	source_fini(&r->file);
	return code;
}

int
options_read(struct options *o, int argc, char *const argv[], FILE *err)
{
	struct reading r = { .o = o, .f.err = err };
	bool wants_text;

	memset(o, 0, sizeof(*o));
	args_read(argc, argv, &r.args, &r.f);
	wants_text = r.args.o.help || r.args.o.version;
	r.in_args = r.f.n > 0;
	if (r.f.n == 0 && !wants_text && r.args.o.config != NULL) {
		file_read(r.args.o.config, &r.file, &r.f);
		r.in_file = r.f.n > 0;
	}
	if (r.f.n == 0)
		merge(&r);
	if (r.f.n == 0 && !wants_text) {
		check_inputs(&r);
		check_windows(&r);
		check_report(&r);
	}
	return finish(&r);
}

unsigned
options_ports(const char *list, uint16_t ports[OPTIONS_PORTS])
{
	unsigned n = 0;

	while (*list != '\0' && n < OPTIONS_PORTS) {
		char *end;

		ports[n++] = (uint16_t)strtoul(list, &end, 10);
		list = *end == ',' ? end + 1 : end;
	}
	return n;
}

void
options_fini(struct options *o)
{
	for (unsigned i = 0; i < OPTION_ROWS; i++)
		value_clear(&option_rows[i], o);
}

void
options_dump(const struct options *o, FILE *out)
{
	enum option_group group = GROUP_N;

	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!(row->flags & OPTION_FILE))
			continue;
		if (row->group != group)
			fprintf(out, "%s# %s\n", group == GROUP_N ? "" : "\n",
			    option_groups[row->group]);
		group = row->group;
		value_print(row, o, out);
	}
}

const char *
options_need_restart(const struct options *running,
    const struct options *wanted)
{
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if ((row->flags & (OPTION_FILE | OPTION_RELOAD)) ==
			OPTION_FILE &&
		    !value_equal(row, running, wanted))
			return row->name;
	}
	return NULL;
}
