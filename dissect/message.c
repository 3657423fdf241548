/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/message.h"

#include <string.h>

#include "dissect/text.h"

/* Takes the next place of the list; behind them, one that nobody reads. */
static struct message *
next(struct message_list *list, enum message_kind kind)
{
	struct message *m = &list->m[list->n];

	if (list->n < MESSAGES_MAX)
		list->n++;
	else
		list->exceeded = true;
	m->kind = (uint8_t)kind;
	m->cut = false;
	m->addr_is_v6 = false;
	m->len = 0;
	m->value = 0;
	m->name[0] = '\0';
	return m;
}

struct message *
message_add(struct message_list *list, enum message_kind kind, const void *name,
    size_t n, bool lower)
{
	struct message *m = next(list, kind);

	m->len = (uint16_t)text_clean(m->name, name, n, &m->cut);
	for (unsigned i = 0; lower && i < m->len; i++)
		if (m->name[i] >= 'A' && m->name[i] <= 'Z')
			m->name[i] = (char)(m->name[i] | 0x20);
	return m;
}

struct message *
message_text(struct message_list *list, enum message_kind kind,
    const char *text)
{
	struct message *m = next(list, kind);
	size_t n = strnlen(text, NAME_MAX_BYTES);

	memcpy(m->name, text, n);
	m->name[n] = '\0';
	m->len = (uint16_t)n;
	return m;
}

struct message *
message_host(struct message_list *list, enum message_kind kind,
    const uint8_t *addr, bool is_v6)
{
	struct message *m = next(list, kind);

	m->len = (uint16_t)text_addr(m->name, addr, is_v6);
	return m;
}
