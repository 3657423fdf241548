/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands behind influx:// and influxs://, taken apart:
 *
 *   HOST[:PORT]/DATABASE        InfluxDB 1, or what takes its writes
 *   HOST[:PORT]/ORG/BUCKET      InfluxDB 2 and 3
 *   HOST[:PORT]/PATH/write[?Q]  a path of /write, as it stands: a proxy's, or
 *                               VictoriaMetrics'
 *
 * Opens and resolves nothing.
 */
#ifndef DAEMON_OUTPUT_INFLUX_URL_H
#define DAEMON_OUTPUT_INFLUX_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/output/address.h"

enum { INFLUX_PORT = 8086, INFLUX_TARGET = 2048 };

struct influx_url {
	struct address address;
	char target[INFLUX_TARGET]; /* of the POST: path and query */
};

/*
 * False after a reason in err, which never repeats what may be a secret.
 * scheme stands in it.
 */
bool influx_url_parse(struct influx_url *u, const char *scheme,
    const char *rest, char *err, size_t err_size);

#endif
