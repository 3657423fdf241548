/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Names asked for in DNS queries. */
#include "daemon/meter/ranking.h"

extern const struct ranking dns_ranking;
const struct ranking dns_ranking = {
	.name = "dns",
	.weight = 5,
	.kind = MESSAGE_DNS_QUERY,
};
