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
# --- passwords ---------------------------------------------------------------
PASS=geheim start --appendonly no --requirepass geheim
echo geheim >"$T/good"; echo falsch >"$T/bad"; : >"$T/empty"
run -b 3 -p "$T/good" redis+unix:"$sock"
check "a password from a file" is stored=39
run -b 3 -d 500 redis+unix:"$sock"
check "none: NOAUTH is said, records wait" logged NOAUTH
check "none: the ledger holds" is spooled=39
cp "$T/bad" "$T/pw"
BG=1 run -b 3 -p "$T/pw" redis+unix:"$sock"
check "a wrong one: is said" wait_for 5 WRONGPASS
cp "$T/good" "$T/pw"; kill -HUP $drv
wait $drv
check "corrected and reloaded: all is stored" is stored=39
check "an empty file: refused" test "$("$driver" -p "$T/empty" redis+unix:"$sock" 2>/dev/null; echo $?)" = 78
redis-cli -s "$sock" -a geheim --no-auth-warning acl setuser tap on '>wort' '~tapline:*' '&tapline:*' \
    -@all +ping +auth +select +xadd +xrevrange +publish +zadd +del +pexpire +hset +rename +multi +exec >/dev/null
echo wort >"$T/user"
run -b 3 -u tap -p "$T/user" -s acl redis+unix:"$sock"
check "a user with the permissions in docs/redis.md" is stored=39
check "and nothing refused" lines 1
redis-cli -s "$sock" -a geheim --no-auth-warning acl setuser next on '>wort' '~*' '&*' +@all >/dev/null
cp "$T/bad" "$T/pw"
BG=1 run -b 3 -u tip,next -p "$T/pw" -s reload redis+unix:"$sock"
check "another user's wrong password: is said" wait_for 5 WRONGPASS
cp "$T/user" "$T/pw"; kill -HUP $drv
wait $drv
check "user and password replaced: all is stored" is stored=39
stop

# --- a server that is none -----------------------------------------------------
for what in garbage unasked array endless deep wide large tip integer; do
	python3 "$here/resp.py" "$port" fake $what >"$T/ready" &
	fake=$!
	until grep -q ready "$T/ready" 2>/dev/null; do sleep .02; done
	run -b 3 -d 1500 redis://127.0.0.1:$port
	check "$what: the ledger holds, nothing counts as stored" is stored=0
	check "$what: memory is bounded" below anon_kb 16000
	check "$what: one line tells, and tries get rarer" lines 1
	kill $fake 2>/dev/null
	wait $fake 2>/dev/null
done
python3 "$here/resp.py" "$port" fake slow >"$T/ready" &
fake=$!
until grep -q ready "$T/ready" 2>/dev/null; do sleep .02; done
BG=1 run -b 3 -d 20000 redis://127.0.0.1:$port
check "a byte now and then is no answer" wait_for 8 "no answer for 5 s"
kill -9 $drv $fake 2>/dev/null
wait $drv $fake 2>/dev/null
run -b 3 -d 300 redis://no-such-host.invalid
check "a name that is none: the process ends well" test $? = 0
check "and the ledger holds" is spooled=39
run -b 1 redis://user:secret@127.0.0.1
check "a password in the URL: refused" logged "password-file"
check "and not repeated" test "$(grep -c secret "$T/err")" = 0

echo "1..$n"
[ $failed -eq 0 ]
