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
server= drv= peer=
trap 'kill -CONT $server 2>/dev/null; kill -9 $server $drv $peer 2>/dev/null; wait 2>/dev/null; rm -rf "$T"' EXIT
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
serve() {	# arguments of resp.py: a server of its own, $peer
	: >"$T/ready"
	python3 "$here/resp.py" "$@" >"$T/ready" &
	peer=$!
	until grep -q ready "$T/ready"; do sleep .02; done
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
	local sum=$(($(stat stored) + $(stat spooled) + $(stat lost_full) +
	    $(stat lost_error) + $(stat lost_rollback) + $(stat lost_spool)))
	[ "$(stat records)" -eq "$sum" ] || { echo "records are not the sum"; return 1; }
}
# Under the sanitizers a process is larger than any bound.
below() { [ "$SAN$1" = 1anon_kb ] || [ "$(stat "$1")" -lt "$2" ] || { echo "$1 is $(stat "$1")"; return 1; }; }

# --- it works ----------------------------------------------------------
start --appendonly no
run -b 20 redis+unix:"$sock"
check "unix socket: all is stored" is records=260 stored=260 spooled=0
check "streams: every entry, ids ascend, n contiguous" resp "$sock" streams s1 20
check "sorted set and state, with their expiry" resp "$sock" top s1 10
run -b 20 redis://127.0.0.1:$port
check "TCP, a second run at the same times: above the first" is stored=260
check "both runs are contiguous" resp "$sock" streams s1 40
run -b 5 -s tcp redis://localhost:$port/0
check "a name and a database" is stored=65
run -b 5 -s db3 redis://127.0.0.1:$port/3
check "database 3" test "$(redis-cli -s "$sock" -n 3 xlen 'tapline:{db3}:bin')" = 5
run -x -b 2 -k 24 -s hostile redis+unix:"$sock"
check "hostile keys: all is stored" is stored=54
check "hostile keys: still one member each" test \
    "$(redis-cli -s "$sock" zcard 'tapline:{hostile}:top:src')" = 24
run -R -b 3000 -s replay redis+unix:"$sock"
check "a replay of 39 000 points waits and loses nothing" is stored=39000
check "and is in order" resp "$sock" streams replay 3000
run -b 300 -m 50 -s cut redis+unix:"$sock"
check "MAXLEN bounds a stream" test \
    "$(redis-cli -s "$sock" xlen 'tapline:{cut}:top')" -lt 400
BG=1 run -b 100000 -i 20 -s pub redis+unix:"$sock"
message=$(timeout 10 redis-cli -s "$sock" subscribe 'tapline:{pub}:bin' | sed -n 6p\;6q)
kill $drv; wait $drv
check "published lines" test "${message#tapline_bin,sensor=pub,source=eth0 packets=}" != "$message"
redis-cli -s "$sock" xadd 'tapline:{ahead}:bin' 99999999999999-5 a b >/dev/null
run -b 3 -s ahead redis+unix:"$sock"
check "a stream whose tip is ahead of us" is stored=39
check "goes on above it" test "$(redis-cli -s "$sock" xrevrange 'tapline:{ahead}:bin' + - count 1 | head -1)" = 99999999999999-8
redis-cli -s "$sock" xadd 'tapline:{trim}:bin' 1800000000000-0 a b >/dev/null
redis-cli -s "$sock" xtrim 'tapline:{trim}:bin' maxlen 0 >/dev/null
run -b 2 -d 2000 -s trim redis+unix:"$sock"
check "a trimmed stream with a higher id: the ledger holds" ledger
check "and the other streams go on" resp "$sock" wait 1 'tapline:{trim}:top' 22
stop

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
start --appendonly no
BG=1 run -b 300 -i 5 redis+unix:"$sock"
check "one writes" resp "$sock" wait 5 'tapline:{s1}:bin' 10
"$driver" -b 50 -i 5 redis+unix:"$sock" 2>"$T/err2" &
second=$!
wait $drv
check "two writers of one stream: the first stores all" is stored=3900 lost_error=0
wait $second
check "the other says why it waits" grep -q 'which is not this instance' "$T/err2"
check "and stores all when the first has ended" grep -q 'stored=650' "$T/err2"
check "one after the other, each run contiguous" resp "$sock" streams s1 350
check "nobody writes any more" test "$(redis-cli -s "$sock" exists 'tapline:{s1}:writer')" = 0
BG=1 run -b 300 -i 5 -s dead redis+unix:"$sock"
check "one writes" resp "$sock" wait 5 'tapline:{dead}:bin' 10
kill -9 $drv
wait $drv 2>/dev/null
run -b 10 -d 9000 -s dead redis+unix:"$sock"
check "killed, without a spool: the next one waits for its end" is stored=130
redis-cli -s "$sock" acl setuser default -set -get '-xinfo|stream' >/dev/null
run -b 10 -s blind redis+unix:"$sock"
check "a server that doesn't let us ask: all is stored" is stored=130
check "and says so" logged "can't be seen"
redis-cli -s "$sock" acl setuser default +@all >/dev/null
BG=1 run -b 300 -i 5 -s thief redis+unix:"$sock"
check "one writes" resp "$sock" wait 5 'tapline:{thief}:bin' 10
for i in 1 2 3; do
	redis-cli -s "$sock" xadd 'tapline:{thief}:bin' '99999999999999-*' a b >/dev/null
	sleep .2
done
wait $drv
check "somebody else writes into a stream: the ledger holds" ledger
check "all is stored" is stored=3900
stop

# --- the server comes and goes ---------------------------------------------
BG=1 run -b 50 redis+unix:"$sock"
check "absent at the start: says so" wait_for 5 "records wait"
start --appendonly no
wait $drv
check "absent at the start: all is stored later" is stored=650 spooled=0
check "one line down, one line up" lines 3
check "nothing twice" resp "$sock" streams s1 50
stop

start --appendonly yes --appendfsync always
BG=1 run -b 400 -i 5 redis+unix:"$sock"
for i in 1 2 3 4; do
	check "killed the $i. time: entries before" resp "$sock" wait 10 'tapline:{s1}:bin' $((i * 40))
	kill -9 $server
	wait $server 2>/dev/null
	start --appendonly yes --appendfsync always
done
wait $drv
check "killed and restarted: all is stored" is records=5200 stored=5200 lost_full=0 lost_error=0
check "nothing lost, nothing twice" resp "$sock" streams s1 400
BG=1 run -b 300 -i 5 -s clients redis+unix:"$sock"
for i in $(seq 20); do
	redis-cli -s "$sock" client kill type normal skipme yes >/dev/null
	sleep .05
done
wait $drv
check "its connections killed: all is stored" is stored=3900 lost_error=0
check "nothing lost, nothing twice" resp "$sock" streams clients 300
serve "$port2" proxy "$sock" 12
run -b 300 -i 5 -d 30000 -s proxy redis://127.0.0.1:$port2
check "12 answers cut off: all is stored" is stored=3900 lost_error=0
check "nothing lost, nothing twice" resp "$sock" streams proxy 300
kill $peer 2>/dev/null
wait $peer 2>/dev/null
stop

start --appendonly no
BG=1 run -b 700 -i 10 -d 20000 -s stopped redis+unix:"$sock"
check "before it is stopped" resp "$sock" wait 5 'tapline:{stopped}:bin' 10
kill -STOP $server
check "stopped: no answer in time" wait_for 9 "no answer for 5 s"
kill -CONT $server
wait $drv
check "stopped: all is stored later" is stored=9100 lost_full=0 lost_error=0
check "stopped: it never waited" below worst_gap_ms 2000
check "nothing lost, nothing twice" resp "$sock" streams stopped 700
kill -STOP $server
run -b 20000 -d 300 -s flood redis+unix:"$sock"
check "flooded while stopped: the ledger holds" ledger
check "memory is bounded" below anon_kb 24000
check "the oldest are lost, and counted" test "$(stat lost_full)" -gt 100000
kill -CONT $server
# What made room before it could be sent was not in any server.
serve "$port2" refuse "$sock" 5
run -b 3000 -i 1 -k 30 -z 1048576 -d 30000 -s refused redis://127.0.0.1:$port2
check "refused and flooded: the oldest are lost" test "$(stat lost_full)" -gt 0
check "the server is not said to have lost them" test \
    "$(grep -c 'has lost entries' "$T/err")" -eq 0
check "nor counted so" is lost_rollback=0 spooled=0
check "every n is there, or told as lost" resp "$sock" told refused
kill $peer 2>/dev/null
wait $peer 2>/dev/null
stop

# --- the server forgets, tapline dies -------------------------------------------
start --appendonly no
BG=1 run -b 300 -i 5 -s empty redis+unix:"$sock"
check "before it is emptied" resp "$sock" wait 5 'tapline:{empty}:bin' 50
stop
start --appendonly no
wait $drv
check "restarted empty: all is there again" resp "$sock" streams empty 300
check "nothing is lost" is stored=3900 lost_rollback=0 lost_full=0
BG=1 run -b 3000 -i 1 -s less -z 1048576 redis+unix:"$sock"
check "before it is emptied" resp "$sock" wait 9 'tapline:{less}:bin' 2500
stop
start --appendonly no
wait $drv
check "emptied of more than the spool holds: the ledger holds" ledger
check "what can't be sent again is lost, and counted" test "$(stat lost_rollback)" -gt 1000
check "and told, record by record, with its packets" resp "$sock" told less
BG=1 run -b 3000 -i 1 -s older -z 1048576 redis+unix:"$sock"
check "some are saved" resp "$sock" wait 9 'tapline:{older}:bin' 500
redis-cli -s "$sock" save >/dev/null
check "before it goes back to them" resp "$sock" wait 9 'tapline:{older}:bin' 2500
stop
start --appendonly no
wait $drv
rm -f "$T/dump.rdb"
check "gone back behind what the spool holds: the ledger holds" ledger
check "what can't be sent again is lost, and counted" test "$(stat lost_rollback)" -gt 1000
check "and told, with the packets that its last entry tells of" resp "$sock" told older
BG=1 run -b 300 -i 5 -s trimmed redis+unix:"$sock"
for i in 1 2 3 4 5; do
	sleep .2
	for j in bin top self; do redis-cli -s "$sock" xtrim "tapline:{trimmed}:$j" maxlen 0 >/dev/null; done
	redis-cli -s "$sock" client kill type normal skipme yes >/dev/null
done
wait $drv
check "a consumer empties the streams, connections break: all is stored" is stored=3900 lost_rollback=0 lost_error=0
check "once" test "$(redis-cli -s "$sock" xinfo stream 'tapline:{trimmed}:bin' | sed -n '/entries-added/{n;p}')" = 300
stop
run -b 50 -d 100 -s spooled -S "$T/spool" redis+unix:"$sock"
check "no server: records wait on disk" is spooled=650
start --appendonly no
run -b 1 -t 1700001000000 -s spooled -S "$T/spool" redis+unix:"$sock"
check "the next tapline sends them" is stored=663 spooled=0
check "in order, each run contiguous" resp "$sock" streams spooled 51
stop
run -b 1000 -d 100 -s damaged -z 4194304 -S "$T/damaged" redis+unix:"$sock"
check "no server again" is spooled=13000
printf damage | dd of="$T/damaged/0000000000000003.seg" bs=1 seek=100000 conv=notrunc 2>/dev/null
start --appendonly no
run -b 1 -t 1700009000000 -s damaged -z 4194304 -S "$T/damaged" redis+unix:"$sock"
check "a segment is damaged meanwhile: the ledger holds" ledger
check "what was behind the damage is lost, and counted" test "$(stat lost_spool)" -gt 100
check "and told, with the packets that are nowhere any more" resp "$sock" told damaged
check "and counted, too" test "$(stat lost_packets)" -gt 100
for i in 1 2 3 4 5; do
	BG=1 run -b 1000 -i 5 -s killed -S "$T/killed" redis+unix:"$sock"
	sleep .$i
	kill -9 $drv
	wait $drv 2>/dev/null
done
run -b 1 -s killed -S "$T/killed" redis+unix:"$sock"
check "tapline killed five times: nothing waits" is spooled=0 lost_error=0
check "nothing lost, nothing twice" resp "$sock" streams killed 0
BG=1 run -b 300 -i 5 -s one -S "$T/one" redis+unix:"$sock"
check "a spool in use" resp "$sock" wait 5 'tapline:{one}:bin' 10
check "isn't another's" test "$("$driver" -S "$T/one" redis+unix:"$sock" 2>/dev/null; echo $?)" = 78
kill $drv
wait $drv
stop

# --- the server refuses -----------------------------------------------------
start --appendonly no
redis-cli -s "$sock" set 'tapline:{s1}:bin' x >/dev/null
BG=1 run -b 10 redis+unix:"$sock"
check "WRONGTYPE: says so" wait_for 5 WRONGTYPE
check "WRONGTYPE: the other streams go on" resp "$sock" wait 5 'tapline:{s1}:top' 110
redis-cli -s "$sock" del 'tapline:{s1}:bin' >/dev/null
kill -HUP $drv	# else it looks again after 30 s
wait $drv
check "WRONGTYPE: all is stored when it is gone" is stored=130
check "WRONGTYPE: not asked all the time" lines 4
check "and in order" resp "$sock" streams s1 10
redis-cli -s "$sock" config set maxmemory 1 >/dev/null
BG=1 run -b 10 -s oom redis+unix:"$sock"
check "OOM: says so" wait_for 5 OOM
redis-cli -s "$sock" config set maxmemory 0 >/dev/null
wait $drv
check "OOM: all is stored when there is memory" is stored=130 lost_error=0
check "and in order" resp "$sock" streams oom 10
BG=1 run -b 300 -i 5 -s oom2 redis+unix:"$sock"
for i in 1 2 3; do
	resp "$sock" wait 10 'tapline:{oom2}:bin' $((i * 60))
	redis-cli -s "$sock" config set maxmemory 1 >/dev/null
	sleep .1
	redis-cli -s "$sock" config set maxmemory 0 >/dev/null
done
wait $drv
check "OOM comes and goes: all is stored" is stored=3900 lost_error=0
check "and in order" resp "$sock" streams oom2 300
redis-cli -s "$sock" config set min-replicas-to-write 1 >/dev/null
BG=1 run -b 10 -s repl redis+unix:"$sock"
check "NOREPLICAS: says so" wait_for 5 NOREPLICAS
redis-cli -s "$sock" config set min-replicas-to-write 0 >/dev/null
wait $drv
check "NOREPLICAS: all is stored later" is stored=130
redis-cli -s "$sock" acl setuser default -xadd >/dev/null
BG=1 run -b 10 -s perm redis+unix:"$sock"
check "NOPERM: says so" wait_for 5 NOPERM
redis-cli -s "$sock" acl setuser default +xadd >/dev/null
kill -HUP $drv
wait $drv
check "NOPERM: all is stored later" is stored=130
redis-cli -s "$sock" acl setuser default -multi >/dev/null
run -b 10 -s multi redis+unix:"$sock"
check "no MULTI: what was stored without it counts" is stored=130 lost_error=0
check "and in order" resp "$sock" streams multi 10
stop

# --- passwords ---------------------------------------------------------------
PASS=geheim start --appendonly no --requirepass geheim
echo geheim >"$T/good"; echo falsch >"$T/bad"; : >"$T/empty"
run -b 3 -p "$T/good" redis+unix:"$sock"
check "a password from a file" is stored=39
run -b 3 -d 500 redis+unix:"$sock"
check "none: NOAUTH is said, records wait" logged NOAUTH
check "none: the ledger holds" is spooled=39
check "none: somebody has to see to it" is config_error=1 waiting=0
run -b 3 -d 500 redis://127.0.0.1:$port/3
check "none, and a database: so it has" is spooled=39 config_error=1 waiting=0
refusals() {	# of AUTH, since the figures were reset
	redis-cli -s "$sock" -a geheim --no-auth-warning info commandstats |
	    sed -n 's/^cmdstat_auth:.*failed_calls=\([0-9]*\).*/\1/p'
}
redis-cli -s "$sock" -a geheim --no-auth-warning config resetstat >/dev/null
run -b 3 -d 6000 -p "$T/bad" redis+unix:"$sock"
check "a wrong one: somebody has to see to it, records wait" is spooled=39 config_error=1 waiting=0
check "a wrong one: one line, and not tried again within 6 s" test "$(refusals) $(grep -c '^tapline' "$T/err")" = "1 1"
cp "$T/bad" "$T/pw"
BG=1 run -b 3 -p "$T/pw" redis+unix:"$sock"
check "a wrong one: is said" wait_for 5 WRONGPASS
cp "$T/good" "$T/pw"; kill -HUP $drv
wait $drv
check "corrected and reloaded: all is stored" is stored=39
check "an empty file: refused" test "$("$driver" -p "$T/empty" redis+unix:"$sock" 2>/dev/null; echo $?)" = 78
redis-cli -s "$sock" -a geheim --no-auth-warning acl setuser tap on '>wort' '~tapline:*' '&tapline:*' \
    -@all +ping +auth +select +set +get +xadd +xrevrange +'xinfo|stream' +publish +zadd +del +pexpire +hset +rename +multi +exec >/dev/null
echo wort >"$T/user"
redis-cli -s "$sock" -a geheim --no-auth-warning acl setuser less on '>wort' '~*' '&*' +@all -select >/dev/null
run -b 3 -u less -p "$T/user" -d 500 redis://127.0.0.1:$port/3
check "NOPERM at the login: somebody has to see to it" is spooled=39 config_error=1 waiting=0
check "is said once" test "$(grep -c 'NOPERM.*records wait' "$T/err")" = 1
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
	serve "$port" fake $what
	run -b 3 -d 1500 redis://127.0.0.1:$port
	check "$what: the ledger holds, nothing counts as stored" is stored=0
	check "$what: memory is bounded" below anon_kb 16000
	check "$what: one line tells, and tries get rarer" lines 1
	[ $what != large ] ||
		check "large: refused before it is complete" logged "without end"
	kill $peer 2>/dev/null
	wait $peer 2>/dev/null
done
serve "$port" fake slow
BG=1 run -b 3 -d 20000 redis://127.0.0.1:$port
check "a byte now and then is no answer" wait_for 8 "no answer for 5 s"
kill -9 $drv $peer 2>/dev/null
wait $drv $peer 2>/dev/null
run -b 3 -d 300 redis://no-such-host.invalid
check "a name that is none: the process ends well" test $? = 0
check "and the ledger holds" is spooled=39
run -b 1 redis://user:secret@127.0.0.1
check "a password in the URL: refused" logged "password-file"
check "and not repeated" test "$(grep -c secret "$T/err")" = 0

[ "${SAN:-0}" = 0 ] || check "the sanitizers are silent" sanitizers_are_silent
echo "1..$n"
[ $failed -eq 0 ]
