/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 requests (RFC 9112) whose header begins a segment, on any port: the
 * name is host/path.  The header is walked once, line by line, as far as the
 * Host field; where it goes on in the next segment there is no message.
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/text.h"

enum { HEADER_MAX = 16384, FIELDS_MAX = 100, METHOD_MAX = 17 };

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
 * The length of the method and the space that data begin with, or 0.  This
 * is asked of every segment with data, so what is no word ends at once.
 */
static size_t
method_len(const struct cur *data)
{
	size_t max = cur_len(data), n = 0;

	if (max > METHOD_MAX + 1)
		max = METHOD_MAX + 1;
	while (n < max &&
	    ((data->p[n] >= 'A' && data->p[n] <= 'Z') || data->p[n] == '-' ||
		data->p[n] == '_'))
		n++;
	if (n < 3 || n == max || data->p[n] != ' ')
		return 0;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i][n] == '\0' &&
		    memcmp(data->p, methods[i], n) == 0)
			return n + 1;
	return 0;
}

static bool
probe(const struct cur *data)
{
	return method_len(data) != 0;
}

static uint8_t
lower(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
}

/* Whether c begins with a lower-case word, in either case. */
static bool
begins(const struct cur *c, const char *word)
{
	size_t n = strlen(word);

	if (cur_len(c) < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(c->p[i]) != (uint8_t)word[i])
			return false;
	return true;
}

/* Cuts the next line off without its CR LF, or returns false. */
static bool
take_line(struct cur *c, struct cur *line)
{
	const uint8_t *lf = memchr(c->p, '\n', cur_len(c));

	if (lf == NULL)
		return false;
	line->p = c->p;
	line->end = lf > c->p && lf[-1] == '\r' ? lf - 1 : lf;
	c->p = lf + 1;
	return true;
}

static void
trim(struct cur *c)
{
	while (cur_len(c) > 0 && (c->p[0] == ' ' || c->p[0] == '\t'))
		c->p++;
	while (cur_len(c) > 0 && (c->end[-1] == ' ' || c->end[-1] == '\t'))
		c->end--;
}

/*
 * Cuts the target out of a request line that has lost its method: one word,
 * one space and a version (RFC 9112, section 3).  What isn't so is no HTTP/1
 * at all, but RTSP, SIP or a text that happens to begin with a method's name.
 */
static bool
take_target(struct cur line, struct cur *target)
{
	static const char version[] = "http/1.";
	const uint8_t *space = memchr(line.p, ' ', cur_len(&line));

	if (space == NULL || space == line.p)
		return false;
	*target = (struct cur){ line.p, space };
	line.p = space + 1;
	return cur_len(&line) == sizeof(version) && begins(&line, version) &&
	    line.p[7] >= '0' && line.p[7] <= '9';
}

/* The bytes of the name: no more than text_clean can look at. */
struct name {
	uint8_t bytes[TEXT_MAX + 4];
	size_t len;
};

static void
append(struct name *name, const uint8_t *p, size_t n, bool is_host)
{
	for (size_t i = 0; i < n && name->len < sizeof(name->bytes); i++)
		name->bytes[name->len++] = is_host ? lower(p[i]) : p[i];
}

static void
append_server(struct name *name, const struct tuple *t)
{
	bool is_v6 = (t->flags & TUPLE_V6) != 0;
	char addr[TEXT_ADDR];
	size_t n = text_addr(addr, t->dst, is_v6);

	if (is_v6)
		append(name, (const uint8_t *)"[", 1, true);
	append(name, (const uint8_t *)addr, n, true);
	if (is_v6)
		append(name, (const uint8_t *)"]", 1, true);
}

/* Moves past "scheme://" (RFC 3986, section 3.1), if target begins so. */
static bool
skip_scheme(struct cur *target)
{
	size_t n = cur_len(target), i = 0;

	while (i < n && i < 16 && target->p[i] != ':' && target->p[i] != '/')
		i++;
	if (i == 0 || n - i < 3 || memcmp(target->p + i, "://", 3) != 0)
		return false;
	target->p += i + 3;
	return true;
}

/* RFC 9112, section 3.2: what the four forms of a target ask for. */
static void
emit(struct pkt *pkt, struct cur target, const struct cur *host, bool connect)
{
	struct name name = { .len = 0 };
	size_t n = 0;

	if (connect || skip_scheme(&target)) {
		while (n < cur_len(&target) &&
		    memchr("/?#", target.p[n], 3) == NULL)
			n++;
		append(&name, target.p, n, true);
		target.p += n;
	} else if (cur_len(host) > 0) {
		append(&name, host->p, cur_len(host), true);
	} else {
		append_server(&name, &pkt->tuple);
	}
	append(&name, target.p, cur_len(&target), false);
	pkt_message(pkt, MESSAGE_HTTP_REQUEST, name.bytes, name.len, false);
}

/* Moves c to the Host field's value, or to nothing where the block ends. */
static enum verdict
find_host(struct cur *c, struct cur *host)
{
	for (unsigned i = 0; take_line(c, host); i++) {
		if (cur_len(host) == 0)
			return DISSECT_OK;
		if (i == FIELDS_MAX)
			return DISSECT_BAD;
		if (begins(host, "host:")) {
			host->p += 5;
			trim(host);
			return DISSECT_OK;
		}
	}
	return DISSECT_SHORT;
}

static enum verdict
http(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur, line, target, host;
	enum verdict verdict = DISSECT_SHORT;
	bool connect = begins(&c, "connect ");

	c.p += method_len(&c);
	cur_shrink(&c, HEADER_MAX);
	if (take_line(&c, &line)) {
		if (!take_target(line, &target))
			return DISSECT_OK;
		verdict = find_host(&c, &host);
	}
	if (verdict == DISSECT_OK)
		emit(pkt, target, &host, connect);
	if (verdict != DISSECT_SHORT)
		return verdict;
	/* No end in sight: too long, cut off, or to be continued. */
	if (cur_len(&layer->cur) >= HEADER_MAX)
		return DISSECT_BAD;
	return layer->cut ? DISSECT_SHORT : DISSECT_OK;
}

const struct dissector http_dissector = {
	.name = "http",
	.by = BY_TCP_DATA,
	.probe = probe,
	.dissect = http,
};
