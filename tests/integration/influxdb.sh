#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# What tapline writes, a real InfluxDB must read as it was meant: every tag,
# every field, every time, with names made to break it.  BUILD is the build's
# folder.
cd "$(dirname "$0")/../.." || exit 1

here=tests/integration

for tool in influxd curl python3; do
	command -v $tool >/dev/null || { echo "SKIP influxdb: no $tool"; exit 0; }
done

T=$(mktemp -d) || exit 1
pid=
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$T"' EXIT
. tests/integration/driver.sh
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

INFLUXDB_REPORTING_DISABLED=true INFLUXDB_BIND_ADDRESS=127.0.0.1:0 \
    INFLUXDB_META_DIR=$T/m INFLUXDB_DATA_DIR=$T/d INFLUXDB_DATA_WAL_DIR=$T/w \
    INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:$port INFLUXDB_HTTP_LOG_ENABLED=false \
    INFLUXDB_MONITOR_STORE_ENABLED=false influxd -config '' >"$T/log" 2>&1 &
pid=$!
until [ "$(curl -so/dev/null -w '%{http_code}' "http://127.0.0.1:$port/ping")" = 204 ]; do
	kill -0 $pid || { echo "not ok - influxd didn't start"; exit 1; }
	sleep .05
done

curl -s -XPOST "http://127.0.0.1:$port/query" \
    --data-urlencode 'q=CREATE DATABASE t' >/dev/null
"$driver" -x -b 5 -k 30 stdout: >"$T/x.lp" 2>/dev/null
code=$(curl -s -o "$T/answer" -w '%{http_code}' -XPOST \
    "http://127.0.0.1:$port/write?db=t&precision=ns" --data-binary @"$T/x.lp")
if [ "$code" != 204 ] || [ -s "$T/answer" ]; then
	echo "not ok 1 - all lines are taken: $code $(cat "$T/answer")"
	exit 1
fi
echo "ok 1 - all lines are taken"
if python3 "$here/influxdb.py" "http://127.0.0.1:$port/query" 5 30; then
	echo "ok 2 - every value reads back as it was"
else
	echo "not ok 2 - every value reads back as it was"
	exit 1
fi
echo "1..2"
