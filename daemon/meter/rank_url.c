/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Host and path of HTTP requests. */
#include "daemon/meter/ranking.h"

extern const struct ranking url_ranking;
const struct ranking url_ranking = {
	.name = "url",
	.weight = 4,
	.kind = MESSAGE_HTTP_REQUEST,
};
