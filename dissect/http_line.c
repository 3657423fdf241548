/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/http_line.h"

#include <string.h>

#include "dissect/http_emit.h"

enum { METHOD_MAX = 17, VERSION_MAX = 8 };

/* RFC 9110, WebDAV and its relatives, CalDAV, UPnP, Exchange. */
static const char methods[][METHOD_MAX + 1] = { "GET", "POST", "HEAD", "PUT",
	"DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH", "PROPFIND",
	"PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH",
	"REPORT", "MKCALENDAR", "ACL", "BIND", "REBIND", "UNBIND", "LINK",
	"UNLINK", "QUERY", "VERSION-CONTROL", "CHECKOUT", "UNCHECKOUT",
	"CHECKIN", "UPDATE", "LABEL", "MERGE", "BASELINE-CONTROL",
	"MKWORKSPACE", "MKACTIVITY", "ORDERPATCH", "MKREDIRECTREF",
	"UPDATEREDIRECTREF", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "M-SEARCH",
	"BCOPY", "BDELETE", "BMOVE", "BPROPFIND", "BPROPPATCH", "POLL",
	"RPC_CONNECT", "RPC_IN_DATA", "RPC_OUT_DATA", "SOURCE", "PURGE" };

/*
 * How long the method is that data begin with; *said is PROBE_CLIENT if a
 * space follows, PROBE_MORE if data end within it or behind.
 */
static size_t
find_method(const struct cur *data, enum probe *said)
{
	size_t max = cur_len(data), n = 0;

	*said = PROBE_NO;
	if (max > METHOD_MAX + 1)
		max = METHOD_MAX + 1;
	while (n < max &&
	    ((data->p[n] >= 'A' && data->p[n] <= 'Z') || data->p[n] == '-' ||
		data->p[n] == '_'))
		n++;
	if (n > METHOD_MAX || (n < max && (n < 3 || data->p[n] != ' ')))
		return 0;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (memcmp(data->p, methods[i], n) != 0)
			continue;
		if (n < max && methods[i][n] != '\0')
			continue;
		*said = n < max ? PROBE_CLIENT : PROBE_MORE;
		return n;
	}
	return 0;
}

/* Whether c, as far as it goes, begins with a lower-case word, in any case. */
static bool
begins(struct cur c, const char *word)
{
	char part[16];
	size_t n = strlen(word);

	if (n > cur_len(&c))
		n = cur_len(&c);
	memcpy(part, word, n);
	part[n] = '\0';
	cur_shrink(&c, n);
	return http_is(&c, part);
}

/*
 * A line that goes on is a request's if no other protocol begins so: a path,
 * or an address of this one.
 */
static enum probe
probe_target(const struct cur *target)
{
	if (cur_len(target) > HTTP_HEADER_MAX)
		return PROBE_NO;
	if (cur_len(target) > 0 && target->p[0] == '/')
		return PROBE_CLIENT;
	if (cur_len(target) >= 8 &&
	    (begins(*target, "http://") || begins(*target, "https://")))
		return PROBE_CLIENT;
	return PROBE_MORE;
}

static enum probe
probe_request(const struct cur *data)
{
	enum probe said;
	struct cur line = *data, method, target;
	size_t n = find_method(data, &said);
	const uint8_t *lf;

	if (said != PROBE_CLIENT)
		return said;
	cur_shrink(&line, HTTP_HEADER_MAX);
	lf = memchr(line.p, '\n', cur_len(&line));
	if (lf == NULL) {
		target = (struct cur){ data->p + n + 1, data->end };
		return probe_target(&target);
	}
	line.end = lf > line.p && lf[-1] == '\r' ? lf - 1 : lf;
	return http_request_line(&line, &method, &target) ? PROBE_CLIENT
							  : PROBE_NO;
}

static bool
is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

/*
 * RFC 9112, section 4: "HTTP/", a version of any kind, white space, three
 * digits and nothing that goes on with them; or "ICY" for the version, as
 * Shoutcast has it.  PROBE_MORE: so far.
 */
static enum probe
read_status(const struct cur *data, unsigned *status)
{
	struct cur c = *data;
	bool is_icy = cur_len(&c) > 0 && c.p[0] == 'I';
	const char *word = is_icy ? "ICY" : "HTTP/";
	size_t n = strlen(word), version = 0, digits = 0;

	cur_shrink(&c, n);
	if (memcmp(c.p, word, cur_len(&c)) != 0)
		return PROBE_NO;
	c = (struct cur){ c.end, data->end };
	while (!is_icy && cur_len(&c) > 0 && version < VERSION_MAX &&
	    (is_digit(c.p[0]) || c.p[0] == '.')) {
		version++;
		c.p++;
	}
	if (cur_len(&c) == 0)
		return PROBE_MORE;
	if ((!is_icy && version == 0) || c.p[0] != ' ')
		return PROBE_NO;
	while (cur_len(&c) > 0 && c.p[0] == ' ')
		c.p++;
	for (*status = 0; cur_len(&c) > 0 && digits < 3 && is_digit(c.p[0]);
	     digits++)
		*status = *status * 10 + *c.p++ - '0';
	if (digits == 3)
		return cur_len(&c) == 0 || c.p[0] <= ' ' ? PROBE_SERVER
							 : PROBE_NO;
	return cur_len(&c) == 0 ? PROBE_MORE : PROBE_NO;
}

enum probe
http_probe(const struct cur *data)
{
	struct cur c = *data;
	enum probe said, response;
	unsigned status;

	/* Section 2.2: empty lines before a start line are ignored. */
	while (cur_len(&c) > 0 && (c.p[0] == '\r' || c.p[0] == '\n'))
		c.p++;
	if (cur_len(&c) == 0)
		return PROBE_MORE;
	said = probe_request(&c);
	if (said > PROBE_MORE)
		return said;
	response = read_status(&c, &status);
	return response != PROBE_NO ? response : said;
}

bool
http_request_line(const struct cur *line, struct cur *method,
    struct cur *target)
{
	struct cur version = *line;
	const uint8_t *space = memchr(line->p, ' ', cur_len(line));

	if (space == NULL || space == line->p)
		return false;
	*method = (struct cur){ line->p, space };
	for (const uint8_t *p = method->p; p < method->end; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == ':')
			return false;
	version.p = space + 1;
	space = memchr(version.p, ' ', cur_len(&version));
	if (space == NULL) {
		/* A path alone: as HTTP/0.9 had it, and some clients have. */
		*target = version;
		return cur_len(target) > 0 && target->p[0] == '/';
	}
	if (space == version.p)
		return false;
	*target = (struct cur){ version.p, space };
	version.p = version.end - (cur_len(&version) < 9 ? 0 : 9);
	return version.p >= space && begins(version, " http/1.") &&
	    cur_len(&version) == 9 && is_digit(version.p[8]);
}

bool
http_status_line(const struct cur *line, unsigned *status)
{
	return read_status(line, status) == PROBE_SERVER;
}

bool
http_field(const struct cur *line, struct cur *name, struct cur *value,
    bool *is_spaced)
{
	const uint8_t *colon = memchr(line->p, ':', cur_len(line));

	if (colon == NULL)
		return false;
	*name = (struct cur){ line->p, colon };
	*value = (struct cur){ colon + 1, line->end };
	http_trim(name);
	http_trim(value);
	*is_spaced = name->end != colon;
	return true;
}
