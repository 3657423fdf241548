#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# The Redis output against a private redis-server, with made-up points, and
# with everything that a server can do wrong; and a replay of the sample.  BUILD
# is the build's folder, BIN the program.
cd "$(dirname "$0")/../.." || exit 1

here=tests/integration
failed=0 n=0

command -v redis-server >/dev/null || { echo "SKIP redis: no redis-server"; exit 0; }
command -v python3 >/dev/null || { echo "SKIP redis: no python3"; exit 0; }

T=$(mktemp -d) || exit 1
server= drv=
trap 'kill -CONT $server 2>/dev/null; kill -9 $server $drv 2>/dev/null; wait 2>/dev/null; rm -rf "$T"' EXIT
. tests/integration/driver.sh

sock=$T/r.sock
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port=$(free_port) port2=$(free_port)
resp() { python3 "$here/resp.py" "$@"; }

start() {	# arguments for redis-server
	redis-server --port "$port" --bind 127.0.0.1 --unixsocket "$sock" \
	    --unixsocketperm 700 --save '' --dir "$T" --logfile r.log \
	    --daemonize no "$@" >/dev/null 2>&1 &
	server=$!
	until redis-cli -s "$sock" ${PASS:+-a "$PASS" --no-auth-warning} \
	    ping 2>/dev/null | grep -q PONG; do
		kill -0 $server || { echo "not ok - redis-server didn't start"; exit 1; }
		sleep .02
	done
}
stop() {
	kill -CONT $server 2>/dev/null
	kill -9 $server 2>/dev/null
	wait $server 2>/dev/null
	rm -rf "$T"/appendonlydir "$sock"
}
check() {	# text, command…
	local what=$1
	shift
	n=$((n + 1))
	if "$@" >"$T/out" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		sed 's/^/# /' "$T/out" "$T/err" 2>/dev/null
		failed=$((failed + 1))
	fi
}
run() {		# arguments of the driver; in the background if BG is set
	if [ -n "$BG" ]; then
		"$driver" "$@" 2>"$T/err" &
		drv=$!
	else
		timeout 60 "$driver" "$@" 2>"$T/err"
	fi
}
wait_for() {	# seconds, text on the driver's standard error
	for _ in $(seq $(($1 * 50))); do
		grep -q -- "$2" "$T/err" && return 0
		sleep .02
	done
	echo "waited for: $2"
	return 1
}
stat() {	# name: its figure in the driver's last line
	sed -n "s/.* $1=\([0-9]*\).*/\1/p" "$T/err" | tail -1
}
is() {		# name=value…: the ledger
	for want; do
		[ "$(stat "${want%=*}")" = "${want#*=}" ] || { echo "no $want"; return 1; }
	done
}
logged() { grep -q -- "$1" "$T/err"; }
lines() { [ "$(grep -c '^tapline' "$T/err")" -le "$1" ]; }
ledger() {
	local sum=$(($(stat stored) + $(stat spooled) + $(stat lost_full) + $(stat lost_error)))
	[ "$(stat records)" -eq "$sum" ] || { echo "records are not the sum"; return 1; }
}
# Under the sanitizers a process is larger than any bound.
below() { [ "$SAN$1" = 1anon_kb ] || [ "$(stat "$1")" -lt "$2" ] || { echo "$1 is $(stat "$1")"; return 1; }; }

# --- it works ----------------------------------------------------------
# --- a replay of the sample ------------------------------------------------
replay=("${BIN:-${BUILD:-build}/tapline}" -q -r tests/sample/sample.pcap
    --sensor demo --window all --report 0)
"${replay[@]}" >"$T/lines" 2>"$T/err"
replay() {	# in the background if BG is set
	if [ -n "$BG" ]; then
		"${replay[@]}" -o redis+unix:"$sock" 2>"$T/err" &
		drv=$!
	else
		timeout 60 "${replay[@]}" -o redis+unix:"$sock" 2>"$T/err"
	fi
}
published() {	# all lines but the ledger's, which Redis' answers change
	local lines
	lines=$(wc -l <"$T/lines")
	for _ in $(seq 250); do
		[ "$(grep -c '^tapline_' "$T/sub")" -lt "$lines" ] || break
		sleep .02
	done
	grep -v '^tapline_self' "$T/lines" >"$T/a"
	grep '^tapline_[^s]' "$T/sub" >"$T/b"
	cmp "$T/a" "$T/b"
}
start --appendonly no
redis-cli -s "$sock" psubscribe 'tapline:{demo}:*' >"$T/sub" &
sub=$!
until grep -q psubscribe "$T/sub"; do sleep .02; done
check "a short replay is stored" replay
check "and leaves its rankings and its state" resp "$sock" same demo "$T/lines"
check "and publishes each line" published
kill $sub
wait $sub 2>/dev/null
stop
BG=1 replay
check "Redis is absent until the replay has ended" wait_for 5 "records wait"
start --appendonly no
check "a replay waits for it" wait $drv
check "and leaves its rankings and its state" resp "$sock" same demo "$T/lines"
redis-cli -s "$sock" flushall >/dev/null
redis-cli -s "$sock" config set maxmemory 1 >/dev/null
BG=1 replay
check "Redis takes nothing for now" wait_for 5 "OOM"
redis-cli -s "$sock" config set maxmemory 0 >/dev/null
check "a replay waits for that too" wait $drv
check "and leaves its rankings and its state" resp "$sock" same demo "$T/lines"
stop

# --- two writers ---------------------------------------------------------
