/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/amount.h"

#include <string.h>

#include "daemon/report/schema.h"

void
amount_add(struct spool_sum *sum, const struct spool_sum *amount)
{
	sum->packets += amount->packets;
	sum->bytes += amount->bytes;
	sum->unknown += amount->unknown;
}

static uint64_t
value_of(const struct point *p, unsigned field)
{
	return point_has(p, field) ? p->v[field].u : 0;
}

struct spool_sum
amount_of_point(const struct point *p)
{
	struct spool_sum amount = { 0 };

	if (p->m != &schema_bin)
		return amount;
	amount.packets = value_of(p, BIN_PACKETS);
	amount.bytes = value_of(p, BIN_BYTES);
	return amount;
}

void
amount_add_point(struct spool_sum *sum, const struct point *p)
{
	const struct spool_sum amount = amount_of_point(p);

	amount_add(sum, &amount);
}

static const char *
skip(const char *p, const char *end, const char *text)
{
	size_t n = strlen(text);

	if (p == NULL || (size_t)(end - p) < n || memcmp(p, text, n) != 0)
		return NULL;
	return p + n;
}

static const char *
read_number(const char *p, const char *end, uint64_t *value)
{
	*value = 0;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		*value = *value * 10 + (uint64_t)(*p - '0');
	return p;
}

/*
 * A bin's fields begin with these two.  The first space that isn't escaped is
 * the one before them.
 */
static void
add_line(struct spool_sum *sum, const char *p, const char *end)
{
	uint64_t packets, bytes;

	p = skip(p, end, "tapline_bin,");
	for (; p != NULL && p < end && *p != ' '; p++)
		p += *p == '\\' && p + 1 < end;
	p = skip(p, end, " packets=");
	if (p == NULL)
		return;
	p = skip(read_number(p, end, &packets), end, "i,bytes=");
	if (p == NULL)
		return;
	read_number(p, end, &bytes);
	sum->packets += packets;
	sum->bytes += bytes;
}

void
amount_add_lines(struct spool_sum *sum, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *line_end = nl != NULL ? nl : end;

		add_line(sum, p, line_end);
		p = line_end + 1;
	}
}
