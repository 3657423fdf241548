/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of Redis: what is taken prints as a URL that means the same.
 */
#include "daemon/output/redis_url.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *rest = malloc(n + 1), err[256] = "", text[16 << 10];
	struct redis_url u, again;

	MUST(rest != NULL);
	memcpy(rest, data, n);
	rest[n] = '\0';
	if (redis_url_parse(&u, rest, err, sizeof(err))) {
		MUST(u.n_places <= REDIS_PLACES);
		MUST((u.n_places == 0) == (u.path[0] != '\0'));
		MUST((u.kind == REDIS_SENTINEL) == (u.master[0] != '\0'));
		redis_url_print(&u, text, sizeof(text));
		MUST(strncmp(text, "redis", 5) == 0);
		MUST(redis_url_parse(&again, text + 5, err, sizeof(err)));
		again.db = u.db;
		MUST(memcmp(&u, &again, sizeof(u)) == 0);
	} else {
		MUST(err[0] != '\0');
	}
	free(rest);
	return 0;
}
