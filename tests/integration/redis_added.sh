#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# A second Redis that is given later, to a spool that has forgotten its
# beginning: it gets what is still there, and nothing of what came before is
# told as lost.  BUILD is the build's folder.
cd "$(dirname "$0")/../.." || exit 1

failed=0 n=0

for c in redis-server redis-cli python3; do
	command -v $c >/dev/null || { echo "SKIP redis_added: no $c"; exit 0; }
done
T=$(mktemp -d) || exit 1
servers=()
# shellcheck disable=SC2329 # called by the trap
end() {
	kill -9 "${servers[@]}" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$T"
}
trap end EXIT
. tests/integration/driver.sh

a=$T/a.sock b=$T/b.sock
start() {	# socket
	rm -f "$1"
	redis-server --port 0 --unixsocket "$1" --unixsocketperm 700 --save '' \
	    --dir "$T" --daemonize no >/dev/null 2>&1 &
	server=$!
	servers+=("$server")
	until redis-cli -s "$1" ping 2>/dev/null | grep -q PONG; do
		kill -0 "$server" ||
			{ echo "not ok - redis-server didn't start"; exit 1; }
		sleep .02
	done
}
t=1700000000000
run() {		# bins, URL…: each run begins later than the one before
	local bins=$1
	shift
	timeout 60 "$driver" -b "$bins" -t $((t += 100000000)) -s x \
	    -z 1048576 -S "$T/spool" "$@" 2>"$T/err"
}
stat() { sed -n "s/.* $1=\([0-9]*\).*/\1/p" "$T/err" | tail -1; }
lost_nothing() {
	local reason
	for reason in full error rollback spool; do
		[ "$(stat lost_$reason)" = 0 ] ||
			{ echo "lost_$reason"; return 1; }
	done
	if grep 'has lost entries' "$T/err"; then return 1; fi
	[ "$(stat spooled)" = 0 ] || { echo "not all is stored"; return 1; }
}
starts() {	# socket, file: where each run begins there
	python3 tests/integration/resp.py "$1" added x "redis+unix:$1" >"$2"
}
begins() {	# file, run: which bin is its first there
	awk -v run="$2" '$1 == "bin" && $2 == run { print $3 }' "$1"
}
newest() {	# socket: the run of the newest bin
	redis-cli -s "$1" xrevrange 'tapline:{x}:bin' + - count 1 |
	    sed -n '/^run$/{n;p}'
}
told() {	# socket: losses of its own output
	redis-cli -s "$1" xrange 'tapline:{x}:loss' - + |
	    grep -c "^redis+unix:$1\$"
}

start "$a"
run 3000 -R "redis+unix:$a"
check "one server: all is stored" lost_nothing
first=$(newest "$a")

start "$b"
b_server=$server
run 10 "redis+unix:$a" "redis+unix:$b"
check "a second one, later: nothing is lost" lost_nothing
check "and nothing is told as lost" test "$(told "$b")" = 0
check "nor in the first one" test "$(told "$a")" = 0
check "it has what the spool has, without a gap" starts "$b" "$T/b1"
check "which is not all" test "0$(begins "$T/b1" "$first")" -gt 0
check "and this run from its beginning" test \
    "$(begins "$T/b1" "$(newest "$b")")" = 0

# It forgets everything, and the spool has forgotten more since it came.
run 3000 -R "redis+unix:$a" "redis+unix:$b"
check "both go on" lost_nothing
kill -9 "$b_server"
wait "$b_server" 2>/dev/null
start "$b"
run 10 "redis+unix:$a" "redis+unix:$b"
check "it comes back empty: what is gone is lost" test \
    "$(stat lost_rollback)" -gt 1000
check "and told, from where it began" starts "$b" "$T/b2"
check "not from before" grep -Fxqf "$T/b2" "$T/b1"
grep -Fxvf "$T/b2" "$T/b1" >"$T/differs"
check "in no stream" test ! -s "$T/differs"
check "the first one has lost nothing" test "$(told "$a")" = 0

# It is taken out, and comes again: meanwhile nothing was meant for it.
told=$(told "$b")
run 3000 -R "redis+unix:$a"
check "without it: all is stored" lost_nothing
run 10 "redis+unix:$a" "redis+unix:$b"
check "with it again: nothing is lost" lost_nothing
check "and nothing more is told" test "$(told "$b")" = "$told"
check "it has what the spool has" starts "$b" "$T/b3"
run 10 "redis+unix:$a"
run 10 "redis+unix:$a" "redis+unix:$b"
check "taken out for a moment: nothing is lost" lost_nothing
check "it has all, and nothing twice" starts "$b" "$T/b4"
check "also of the time without it" test "$(wc -l <"$T/b4")" -ge \
    $(($(wc -l <"$T/b3") + 6))

check "the sanitizers say nothing" sanitizers_are_silent
echo "1..$n"
exit $((failed > 0))
