/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists through elements of one size in one array: first in, first out, and
 * out of the middle, all in constant time.  An element is named by its index
 * + 1; 0 is nobody.
 */
#ifndef DAEMON_TRACK_LIST_H
#define DAEMON_TRACK_LIST_H

#include <stddef.h>
#include <stdint.h>

struct links {
	uint32_t prev, next;
};

struct list {
	uint8_t *links; /* of the array's first element */
	size_t stride; /* bytes from one element to the next */
	uint32_t head, tail;
};

static inline struct links *
list_links(const struct list *l, uint32_t id)
{
	return (struct links *)(void *)(l->links + (id - 1) * l->stride);
}

/* Adds an element that is in no list by these links at the end. */
static inline void
list_add(struct list *l, uint32_t id)
{
	*list_links(l, id) = (struct links){ .prev = l->tail };
	if (l->tail != 0)
		list_links(l, l->tail)->next = id;
	else
		l->head = id;
	l->tail = id;
}

/* Takes out an element that is in this list. */
static inline void
list_remove(struct list *l, uint32_t id)
{
	struct links *k = list_links(l, id);

	if (k->prev != 0)
		list_links(l, k->prev)->next = k->next;
	else
		l->head = k->next;
	if (k->next != 0)
		list_links(l, k->next)->prev = k->prev;
	else
		l->tail = k->prev;
	*k = (struct links){ 0 };
}

#endif
