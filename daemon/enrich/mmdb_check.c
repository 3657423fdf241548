/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/enrich/mmdb_check.h"

#include <string.h>

#include "dissect/cur.h"

enum {
	TYPE_EXTENDED = 0,
	TYPE_POINTER = 1,
	TYPE_STRING = 2,
	TYPE_UINT16 = 5,
	TYPE_UINT32 = 6,
	TYPE_MAP = 7,
	TYPE_UINT64 = 9,
	TYPE_ARRAY = 11,
	TYPE_CONTAINER = 12,
	TYPE_END = 13,
	TYPE_BOOLEAN = 14,
	TYPE_MAX = 15,
	SEPARATOR = 16, /* zeroes between the tree and the data */
	METADATA_MAX = 128 * 1024
};

/* A map, an array or a pointer's target that is being walked. */
struct level {
	struct cur rest; /* where to go on after it; p is NULL for "here" */
	uint32_t left; /* values of the level before it that are to come */
};

/* The control byte, its extension and the size that they give. */
static bool
control(struct cur *c, unsigned *type, uint32_t *size)
{
	uint8_t b, ext;

	if (!cur_u8(c, &b))
		return false;
	*type = b >> 5;
	*size = b & 31;
	if (*type == TYPE_POINTER)
		return true;
	if (*type == TYPE_EXTENDED) {
		if (!cur_u8(c, &ext) || ext > TYPE_MAX - 7)
			return false;
		*type = ext + 7U;
	}
	if (*size < 29)
		return true;

	const uint8_t *p = cur_take(c, *size - 28);

	if (p == NULL)
		return false;
	if (*size == 29)
		*size = 29U + p[0];
	else if (*size == 30)
		*size = 285U + (uint32_t)(p[0] << 8 | p[1]);
	else
		*size = 65821U + (uint32_t)(p[0] << 16 | p[1] << 8 | p[2]);
	return true;
}

/* A pointer's five low bits: two of its width, three of its value. */
static bool
pointer(struct cur *c, uint32_t bits, size_t *target)
{
	static const uint32_t base[] = { 0, 2048, 526336, 0 };
	unsigned width = bits >> 3;
	const uint8_t *p = cur_take(c, width + 1);
	uint32_t v = width == 3 ? 0 : bits & 7;

	if (p == NULL)
		return false;
	for (unsigned i = 0; i <= width; i++)
		v = v << 8 | p[i];
	*target = (size_t)v + base[width];
	return true;
}

/* Moves *c past the value that it is at. */
static bool
walk(const uint8_t *section, size_t len, struct cur *c)
{
	struct level stack[MMDB_CHECK_DEPTH];
	unsigned depth = 0, n = 0;
	uint32_t left = 1;

	for (;;) {
		unsigned type;
		uint32_t size;
		size_t target;

		while (left == 0) {
			if (depth == 0)
				return true;
			depth--;
			left = stack[depth].left;
			if (stack[depth].rest.p != NULL)
				*c = stack[depth].rest;
		}
		left--;
		if (++n > MMDB_CHECK_VALUES || !control(c, &type, &size))
			return false;
		if (type == TYPE_POINTER) {
			if (!pointer(c, size, &target) || target >= len ||
			    depth == MMDB_CHECK_DEPTH)
				return false;
			stack[depth++] = (struct level){ *c, left };
			*c = (struct cur){ section + target, section + len };
			left = 1;
		} else if (type == TYPE_MAP || type == TYPE_ARRAY) {
			if (size > MMDB_CHECK_VALUES ||
			    depth == MMDB_CHECK_DEPTH)
				return false;
			stack[depth++] = (struct level){ { NULL, NULL }, left };
			left = type == TYPE_MAP ? 2 * size : size;
		} else if (type == TYPE_CONTAINER || type == TYPE_END) {
			return false;
		} else if (type != TYPE_BOOLEAN && cur_take(c, size) == NULL) {
			return false;
		}
	}
}

bool
mmdb_check_value(const uint8_t *section, size_t len, size_t offset)
{
	if (offset >= len)
		return false;

	struct cur c = { section + offset, section + len };

	return walk(section, len, &c);
}

/* Takes a key; no writer has a reason to point at one here. */
static bool
take_key(struct cur *c, struct cur *key)
{
	unsigned type;
	uint32_t size;

	if (!control(c, &type, &size) || type != TYPE_STRING)
		return false;
	key->p = cur_take(c, size);
	key->end = key->p == NULL ? NULL : key->p + size;
	return key->p != NULL;
}

/* Reads the number at c, which does not move; false if it is none. */
static bool
read_number(struct cur c, uint64_t *v)
{
	unsigned type;
	uint32_t size;

	if (!control(&c, &type, &size) || size > 8 ||
	    (type != TYPE_UINT16 && type != TYPE_UINT32 && type != TYPE_UINT64))
		return false;

	const uint8_t *p = cur_take(&c, size);

	if (p == NULL)
		return false;
	*v = 0;
	for (uint32_t i = 0; i < size; i++)
		*v = *v << 8 | p[i];
	return true;
}

static bool
key_is(const struct cur *key, const char *name)
{
	size_t n = strlen(name);

	return cur_len(key) == n && memcmp(key->p, name, n) == 0;
}

/* The tree: node_count nodes of two records of record_size bits. */
static bool
tree_fits(const uint8_t *meta, size_t len, uint64_t file_len)
{
	struct cur c = { meta, meta + len }, key;
	uint64_t nodes = UINT64_MAX, bits = UINT64_MAX;
	unsigned type;
	uint32_t size;

	if (!control(&c, &type, &size) || type != TYPE_MAP)
		return false;
	for (uint32_t i = 0; i < size; i++) {
		if (!take_key(&c, &key))
			return false;
		if (key_is(&key, "node_count")) {
			if (nodes != UINT64_MAX || !read_number(c, &nodes))
				return false;
		} else if (key_is(&key, "record_size")) {
			if (bits != UINT64_MAX || !read_number(c, &bits))
				return false;
		}
		if (!walk(meta, len, &c))
			return false;
	}
	return nodes <= UINT32_MAX && bits <= 32 &&
	    nodes * (bits / 4) + SEPARATOR <= file_len;
}

bool
mmdb_check_file(const uint8_t *file, size_t len)
{
	static const uint8_t marker[] = "\xab\xcd\xefMaxMind.com";
	const size_t n = sizeof(marker) - 1;
	size_t start = len > METADATA_MAX ? len - METADATA_MAX : 0;
	size_t end = len;

	for (;; end--) {
		if (end < start + n)
			return false;
		if (memcmp(file + end - n, marker, n) == 0)
			break;
	}
	return mmdb_check_value(file + end, len - end, 0) &&
	    tree_fits(file + end, len - end, len);
}
