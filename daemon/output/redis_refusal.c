/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/redis_refusal.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *prefix;
	enum redis_refusal refusal;
} refusals[] = {
	{ "OOM ", REFUSED_FOR_NOW },
	{ "LOADING ", REFUSED_FOR_NOW },
	{ "READONLY ", REFUSED_FOR_NOW },
	{ "MISCONF ", REFUSED_FOR_NOW },
	{ "BUSY ", REFUSED_FOR_NOW },
	{ "CLUSTERDOWN ", REFUSED_FOR_NOW },
	{ "MASTERDOWN ", REFUSED_FOR_NOW },
	{ "NOREPLICAS ", REFUSED_FOR_NOW },
	{ "TRYAGAIN ", REFUSED_FOR_NOW },
	{ "MOVED ", REFUSED_FOR_NOW },
	{ "ASK ", REFUSED_FOR_NOW },
	{ "NOAUTH ", REFUSED_CONFIG },
	{ "WRONGPASS ", REFUSED_CONFIG },
	{ "ERR unknown command", REFUSED_CONFIG },
	{ "NOPERM ", REFUSED_STREAM },
	{ "WRONGTYPE ", REFUSED_STREAM },
	{ "ERR The ID specified in XADD is equal or smaller", REFUSED_ID },
};

enum redis_refusal
redis_refusal_of(const char *error)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const char *prefix = refusals[i].prefix;

		if (strncmp(error, prefix, strlen(prefix)) == 0)
			return refusals[i].refusal;
	}
	return REFUSED_FOR_GOOD;
}
