/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/lineq.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/output/amount.h"

/* Room behind the queue, so that it is seldom moved to the front. */
enum { SLACK_PART = 4 };

static size_t
capacity(const struct lineq *q)
{
	return q->max + q->max / SLACK_PART;
}

bool
lineq_init(struct lineq *q, size_t max)
{
	*q = (struct lineq){ .max = max };
	q->buf = malloc(capacity(q));
	return q->buf != NULL;
}

void
lineq_fini(struct lineq *q)
{
	free(q->buf);
	*q = (struct lineq){ 0 };
}

size_t
lineq_bytes(const struct lineq *q)
{
	return q->tail - q->head;
}

/* Takes the oldest line off and returns its length. */
static size_t
pop(struct lineq *q)
{
	const char *line = q->buf + q->head;
	const char *end = memchr(line, '\n', q->tail - q->head);
	size_t len = (size_t)(end + 1 - line);

	q->head += len;
	q->n--;
	return len;
}

uint64_t
lineq_append(struct lineq *q, const char *line, size_t len)
{
	uint64_t n_lost = 0;

	assert(len > 0 && len <= q->max && line[len - 1] == '\n');
	for (; lineq_bytes(q) + len > q->max; n_lost++) {
		const char *oldest = q->buf + q->head;

		amount_add_lines(&q->lost, oldest, pop(q));
	}
	if (q->tail + len > capacity(q)) {
		memmove(q->buf, q->buf + q->head, lineq_bytes(q));
		q->tail -= q->head;
		q->head = 0;
	}
	memcpy(q->buf + q->tail, line, len);
	q->tail += len;
	q->n++;
	return n_lost;
}

size_t
lineq_take(struct lineq *q, char *out, size_t max_bytes, uint64_t max_lines,
    uint64_t *n_lines)
{
	const char *from = q->buf + q->head;
	size_t len = 0;

	*n_lines = 0;
	while (q->n > 0 && *n_lines < max_lines) {
		size_t head = q->head, line = pop(q);

		if (*n_lines > 0 && len + line > max_bytes) {
			q->head = head;
			q->n++;
			break;
		}
		len += line;
		++*n_lines;
	}
	if (len > 0)
		memcpy(out, from, len);
	if (q->n == 0)
		q->head = q->tail = 0;
	return len;
}

uint64_t
lineq_count(const char *p, size_t n)
{
	uint64_t count = 0;

	for (const char *end = p + n;
	     n > 0 && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		count++;
	return count;
}
