/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/pipe/batch.h"

#include <string.h>

_Static_assert(sizeof(struct note) + NAME_MAX_BYTES + 1 + 7 <=
	BATCH_LIST / MESSAGES_MAX,
    "a full list has room");

void
batch_clear(struct batch *b)
{
	b->n = 0;
	b->n_text = 0;
	b->time_ns = INT64_MIN;
	b->last_ns = INT64_MIN;
	b->has_stats = false;
}

static void
add_note(struct batch *b, const struct message *m)
{
	struct note *n = (struct note *)(b->text + b->n_text);
	size_t size = offsetof(struct note, name) + m->len + 1u;

	n->value = m->value;
	n->size = (uint16_t)((size + 7) & ~(size_t)7);
	n->len = m->len;
	n->kind = m->kind;
	n->cut = m->cut;
	n->addr_is_v6 = m->addr_is_v6;
	if (m->kind == MESSAGE_ADDR_NAME || m->kind == MESSAGE_ADDR_MAC)
		memcpy(n->addr, m->addr, sizeof(n->addr));
	memcpy(n->name, m->name, m->len);
	n->name[m->len] = '\0';
	b->n_text += n->size;
}

void
batch_add_messages(struct batch *b, struct message_list *list)
{
	struct item *item = &b->items[b->n - 1];

	item->text = b->n_text;
	item->n_messages = list->n;
	if (list->exceeded)
		item->flags |= ITEM_MESSAGES_EXCEEDED;
	for (unsigned i = 0; i < list->n; i++)
		add_note(b, &list->m[i]);
	list->n = 0;
	list->exceeded = false;
}
