# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced, with a temporary folder in T, by the tests that run several servers
# of Redis: each has a name, a free port and a socket $T/NAME.sock.  What is
# started here ends with cleanup.

here=tests/integration
failed=0 n=0
declare -A server port
drv=

cleanup() {
	local pid
	for pid in "${server[@]}" $drv; do
		kill -CONT "$pid" 2>/dev/null
		kill -9 "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# free_ports NAME…: sets port[NAME]; below 10000 above them there is room for
# a cluster's bus.
free_ports() {
	local name p
	for name; do
		p=$(python3 -c '
import random, socket, sys
taken = set(map(int, sys.argv[1:]))
while True:
    p = random.randrange(20000, 32000)
    try:
        for q in p, p + 10000:
            s = socket.socket()
            s.bind(("127.0.0.1", q))
            s.close()
    except OSError:
        continue
    if p not in taken:
        print(p)
        break' "${port[@]}")
		port[$name]=$p
	done
}

# start NAME ARGUMENTS…: a server that answers when this returns.  With
# SENTINEL=1 it is a sentinel; PLAIN=0: no port of its own.
start() {
	local name=$1
	shift
	mkdir -p "$T/$name"
	if [ "${SENTINEL:-0}" = 1 ]; then
		redis-server "$@" --sentinel >"$T/$name/log" 2>&1 &
	else
		redis-server --bind 127.0.0.1 --unixsocket "$T/$name.sock" \
		    --unixsocketperm 700 --save '' --dir "$T/$name" \
		    --logfile "$T/$name/log" --daemonize no "$@" \
		    >/dev/null 2>&1 &
	fi
	server[$name]=$!
	for _ in $(seq 250); do
		answers "$name" && return 0
		kill -0 "${server[$name]}" 2>/dev/null || break
		sleep .02
	done
	echo "not ok - $name didn't start"
	sed 's/^/# /' "$T/$name/log"
	exit 1
}

answers() {
	if [ -S "$T/$1.sock" ]; then
		redis-cli -s "$T/$1.sock" ping
	else
		redis-cli -p "${port[$1]}" ping
	fi 2>/dev/null | grep -qE 'PONG|NOAUTH'
}

kill_server() {	# NAME
	kill -CONT "${server[$1]}" 2>/dev/null
	kill -9 "${server[$1]}" 2>/dev/null
	wait "${server[$1]}" 2>/dev/null
	unset "server[$1]"
	rm -f "$T/$1.sock"
}

cli() {		# NAME ARGUMENTS…
	redis-cli -s "$T/$1.sock" "${@:2}"
}

resp() { python3 "$here/resp.py" "$T/$1.sock" "${@:2}"; }

# run ARGUMENTS…: the driver; in the background if BG is set
run() {
	if [ -n "${BG:-}" ]; then
		"$driver" "$@" 2>"$T/err" &
		drv=$!
	else
		timeout 60 "$driver" "$@" 2>"$T/err"
	fi
}

await() {	# SECONDS COMMAND…
	local _
	for _ in $(seq $(($1 * 10))); do
		"${@:2}" >/dev/null 2>&1 && return 0
		sleep .1
	done
	echo "waited for: ${*:2}"
	return 1
}

stat() {	# name: its figure in the driver's last line
	sed -n "s/.* $1=\([0-9]*\).*/\1/p" "$T/err" | tail -1
}
is() {		# name=value…: the ledger
	for want; do
		[ "$(stat "${want%=*}")" = "${want#*=}" ] ||
			{ echo "no $want"; return 1; }
	done
}
logged() { grep -q -- "$1" "$T/err"; }
warned() { [ "$(grep -c "$1" "$T/err")" -eq "$2" ] || { echo "not $2 times: $1"; return 1; }; }
