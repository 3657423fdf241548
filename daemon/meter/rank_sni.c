/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Server names in TLS ClientHello messages; hellos without one have no key. */
#include "daemon/meter/ranking.h"

extern const struct ranking sni_ranking;
const struct ranking sni_ranking = {
	.name = "sni",
	.weight = 3,
	.kind = MESSAGE_TLS_CLIENT_HELLO,
};
