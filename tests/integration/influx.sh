#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# influx:// and influxs:// against a real InfluxDB 1 and VictoriaMetrics, and
# against a server in Python that misbehaves on demand, which also stands in
# for InfluxDB 2.  BUILD is the build's folder.
cd "$(dirname "$0")/../.." || exit 1
command -v python3 >/dev/null || { echo "SKIP influx: no python3"; exit 0; }

T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
. tests/integration/driver.sh
# shellcheck disable=SC2154 # driver.sh sets driver
timeout 240 python3 tests/integration/influx.py "$driver" "$T" || exit 1
[ "${SAN:-0}" = 0 ] || sanitizers_are_silent || {
	echo "not ok - the sanitizers are silent"
	exit 1
}
