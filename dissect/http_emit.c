/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/http_emit.h"

#include <string.h>

#include "dissect/text.h"

static uint8_t
lower(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
}

bool
http_is(const struct cur *c, const char *word)
{
	size_t n = strlen(word);

	if (cur_len(c) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(c->p[i]) != (uint8_t)word[i])
			return false;
	return true;
}

void
http_trim(struct cur *c)
{
	while (cur_len(c) > 0 && (c->p[0] == ' ' || c->p[0] == '\t'))
		c->p++;
	while (cur_len(c) > 0 && (c->end[-1] == ' ' || c->end[-1] == '\t'))
		c->end--;
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

/* RFC 9110, section 4.2.4: who asks, and with what password, is not kept. */
static struct cur
without_user(const struct cur *authority)
{
	struct cur c = *authority;
	const uint8_t *at = memchr(c.p, '@', cur_len(&c));

	if (at != NULL)
		c.p = at + 1;
	return c;
}

void
http_target_read(struct http_target *t, struct cur target, bool is_connect)
{
	t->is_proxy = is_connect || skip_scheme(&target);
	t->path = target;
	t->authority = (struct cur){ target.p, target.p };
	if (!t->is_proxy)
		return;
	while (cur_len(&t->path) > 0 && memchr("/?#", t->path.p[0], 3) == NULL)
		t->path.p++;
	t->authority.end = t->path.p;
}

/*
 * The bytes of an LDH name (RFC 5890, section 2.3.1) or one with underscores,
 * of which the last label is no number, as an IPv4 address's is.
 */
static bool
is_name(const struct http_host *host)
{
	bool has_letter = false;

	if (host->len == 0 || host->len > 253 || host->bytes[0] == '.')
		return false;
	for (size_t i = 0; i < host->len; i++) {
		uint8_t b = host->bytes[i];

		if ((b >= 'a' && b <= 'z') || b == '-' || b == '_')
			has_letter = true;
		else if (b == '.')
			has_letter = false;
		else if (b < '0' || b > '9')
			return false;
	}
	return has_letter;
}

void
http_host_read(struct http_host *host, const struct cur *authority,
    const struct tuple *tuple)
{
	struct cur c = without_user(authority);
	const uint8_t *end = NULL;

	host->is_name = false;
	if (cur_len(&c) == 0) {
		host->len = text_addr((char *)host->bytes, tuple->dst,
		    tuple->flags & TUPLE_V6);
		return;
	}
	if (c.p[0] == '[' && (end = memchr(c.p, ']', cur_len(&c))) != NULL)
		c.p++;
	else
		end = memchr(c.p, ':', cur_len(&c));
	if (end != NULL)
		c.end = end;
	if (cur_len(&c) > 1 && c.end[-1] == '.')
		c.end--;
	cur_shrink(&c, sizeof(host->bytes));
	host->len = cur_len(&c);
	for (size_t i = 0; i < host->len; i++)
		host->bytes[i] = lower(c.p[i]);
	host->is_name = is_name(host);
}

/* The bytes of a name: no more than text_clean can look at. */
struct name {
	uint8_t bytes[TEXT_MAX + 4];
	size_t len;
};

static void
append(struct name *name, const void *bytes, size_t n)
{
	if (n > sizeof(name->bytes) - name->len)
		n = sizeof(name->bytes) - name->len;
	memcpy(name->bytes + name->len, bytes, n);
	name->len += n;
}

/* Host and port as they were sent; an IPv6 address in brackets. */
static void
append_authority(struct name *name, const struct cur *authority,
    const struct http_host *host)
{
	struct cur c = without_user(authority);
	bool is_v6 =
	    cur_len(&c) == 0 && memchr(host->bytes, ':', host->len) != NULL;

	if (is_v6)
		append(name, "[", 1);
	if (cur_len(&c) == 0)
		append(name, host->bytes, host->len);
	else
		append(name, c.p, cur_len(&c));
	if (is_v6)
		append(name, "]", 1);
	for (size_t i = 0; i < name->len; i++)
		name->bytes[i] = lower(name->bytes[i]);
}

void
http_emit_request(struct message_list *list, const struct cur *method,
    const struct http_target *target, const struct http_host *host,
    const struct tuple *tuple)
{
	struct name name = { .len = 0 };
	struct message *m;

	append_authority(&name, &target->authority, host);
	append(&name, target->path.p, cur_len(&target->path));
	message_add(list, MESSAGE_HTTP_REQUEST, name.bytes, name.len, false);
	message_add(list, MESSAGE_HTTP_HOST, host->bytes, host->len, true);
	message_add(list, MESSAGE_HTTP_METHOD, method->p, cur_len(method),
	    false);
	if (target->is_proxy || !host->is_name)
		return;
	m = message_add(list, MESSAGE_ADDR_NAME, host->bytes, host->len, true);
	memcpy(m->addr, tuple->dst, sizeof(m->addr));
	m->addr_is_v6 = tuple->flags & TUPLE_V6;
	m->value = NAME_HTTP;
}

void
http_emit_status(struct message_list *list, unsigned status)
{
	static const uint8_t classes[] = { MESSAGE_HTTP_1XX, MESSAGE_HTTP_2XX,
		MESSAGE_HTTP_3XX, MESSAGE_HTTP_4XX, MESSAGE_HTTP_5XX };
	char text[] = { (char)('0' + status / 100 % 10),
		(char)('0' + status / 10 % 10), (char)('0' + status % 10),
		'\0' };

	message_text(list, MESSAGE_HTTP_RESPONSE, "");
	message_text(list, MESSAGE_HTTP_STATUS, text);
	if (status >= 100 && status < 600)
		message_text(list, classes[status / 100 - 1], "");
}

void
http_emit_type(struct message_list *list, const struct cur *value)
{
	struct cur c = *value;
	const uint8_t *end = memchr(c.p, ';', cur_len(&c));

	if (end != NULL)
		c.end = end;
	http_trim(&c);
	if (cur_len(&c) > 0)
		message_add(list, MESSAGE_HTTP_TYPE, c.p, cur_len(&c), true);
}
