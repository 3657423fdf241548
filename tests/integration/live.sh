#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# What befalls a live capture: interfaces that come and go, a clock that is
# set, a process that stands still or is too slow, our own traffic.  The long
# version: FLAPS=50 REMOVALS=20 PACKETS=20000 tests/integration/live.sh

# shellcheck disable=SC2154,SC2317 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

FLAPS=${FLAPS:-3}
REMOVALS=${REMOVALS:-3}
PACKETS=${PACKETS:-3000}

need ip ethtool nft python3 "${CC:-cc}"
need_tapline
"${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -o "$T/blast" \
	"$ROOT/tests/integration/blast.c" || skip_all "blast.c does not compile"
if ! netns_new gen || ! netns_new cap; then
	skip_all "no network namespaces"
fi

ALL=(-q --bin 0.2 --window all --report 1)

# cable N: from gN to cN, which gets an index that it never had.
cable() {
	veth_new "$gen" "g$1" "$cap" "c$1" || return 1
	ip -n "$gen" link set "g$1" arp off
	ip -n "$cap" link set "c$1" arp off
}

blast() {
	ip netns exec "$gen" "$T/blast" "$@"
}

# state FILE SOURCE: the last one published.
state() {
	grep "^tapline_source,.*source=$2 " "$1" | tail -n 1 |
		sed 's/.*state="\([a-z_]*\)".*/\1/'
}

is_state() {
	[ "$(state "$1" "$2")" = "$3" ]
}

# value FILE SOURCE FIELD: of the last tapline_source.
value() {
	grep "^tapline_source,.*source=$2 " "$1" | tail -n 1 |
		sed -n "s/.*[ ,]$3=\([0-9]*\)i.*/\1/p"
}

# wait_state FILE SOURCE STATE: sets $waited_ms.
wait_state() {
	local start
	start=$(date +%s%N)
	until is_state "$@"; do
		waited_ms=$((($(date +%s%N) - start) / 1000000))
		[ "$waited_ms" -lt 30000 ] || return 1
		sleep 0.02
	done
	waited_ms=$((($(date +%s%N) - start) / 1000000))
}

# ticks PID: of the processor, used by a process, 100 a second.
ticks() {
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

rss_kb() {
	awk '/^RssAnon/ { print $2 }' "/proc/$1/status"
}

fds() {
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

# says FILE TEXT: so many lines.
says() {
	grep -cF -- "$2" "$1"
}

# one_line_a_change WHAT NAME SOURCE...: beside the first line of each source.
# An interface that is made slowly is down before it is up: so how many there
# are is for the machine to say.
one_line_a_change() {
	local what=$1 name=$2 sum=0 i
	shift 2
	for i; do
		sum=$((sum + 1 + $(value "$T/$name.lp" "$i" changes)))
	done
	is "$what: a line for each change" "$(grep -c . "$T/$name.err")" "$sum"
}

# ledger WHAT FILE SENT: each packet that was sent is in a bin, or dropped.
ledger() {
	local received delivered
	received=$(self "$2" received)
	delivered=$(self "$2" delivered)
	[ -z "$3" ] || is "$1: received what was sent" "$received" "$3"
	is "$1: received = delivered + self + dropped" "$received" \
		"$((delivered + $(self "$2" self_packets) + \
		$(self "$2" dropped)))"
	is "$1: bins + late = delivered" \
		"$(($(bins "$2" packets) + $(self "$2" late)))" "$delivered"
	is "$1: the bins' drops are the kernel's" "$(bins "$2" drops)" \
		"$(self "$2" dropped)"
}

# times WHAT FILE SOURCE: one bin for each 0.2 s, and no time goes back.
times() {
	local n gaps back
	read -r n gaps back wide < <(python3 \
		"$ROOT/tests/integration/live_check.py" "$2" "$3")
	is "$1: no bin is missing ($n bins)" "$gaps" "${4:-0}"
	is "$1: no time goes back" "$back" 0
}

# 1. What waiting does not help, and what is a typing error, is told at once.
run_in() {
	timeout 5 ip netns exec "$cap" "$@" >"$T/out" 2>"$T/err"
	code=$?
}
run_in "$TAPLINE" -q -i nosuch
is "a wrong name: exits with 1" "$code" 1
is "a wrong name: says so in one line" "$(cat "$T/err")" \
	"tapline: nosuch: No such device exists (see 'ip link' for those there are)"
cable 0 || skip_all "no veth pairs"
cable 1 || skip_all "no veth pairs"
ip -n "$cap" link set c1 down
run_in "$TAPLINE" -q -i c1
is "an interface that is down: exits with 1" "$code" 1
check "an interface that is down: says what to do" \
	grep -q "ip link set up" "$T/err"
if command -v setpriv >/dev/null; then
	run_in setpriv --reuid=65534 --clear-groups \
		--bounding-set=-net_raw --inh-caps=-all \
		"$TAPLINE" -q --wait -i c0
	is "without the right to capture: exits with 1" "$code" 1
	check "without the right to capture: says which" \
		grep -q CAP_NET_RAW "$T/err"
fi
few_descriptors() {
	local n
	for n in 8 9 10 12 16; do
		(
			ulimit -n "$n"
			exec timeout 0.5 ip netns exec "$cap" "$TAPLINE" -q \
				-i c0 >/dev/null 2>"$T/err"
		)
		# 124: it captured until it was stopped.
		[ $? -eq 124 ] || grep -q 'Too many open files' "$T/err" ||
			echo "$n: $(cat "$T/err")"
	done
}
is "too few descriptors: a clear error, or a capture" "$(few_descriptors)" ""

# 2. Waited for: one that is absent, one that is down, one that is there.
ip -n "$cap" link del c0
cable 2 || skip_all "no veth pairs"
if tapline_bg waits "$cap" "${ALL[@]}" --no-quiet --wait -i c0 -i c1 -i c2; then
	W=$T/waits.lp
	is "at start: a line for each" "$(grep -c . "$T/waits.err")" 3
	check "at start: the absent one" await 5 is_state "$W" c0 absent
	check "at start: the one that is down" await 5 is_state "$W" c1 down
	check "at start: the one that is there" await 5 is_state "$W" c2 up
	sent=$(blast g2 "$PACKETS" 50000 | cut -d' ' -f1)
	cable 0
	check "the absent one comes: captures" wait_state "$W" c0 up
	note "after $waited_ms ms"
	ip -n "$cap" link set c1 up
	check "the other goes up: captures" wait_state "$W" c1 up
	note "after $waited_ms ms"
	for i in 0 1; do
		n=$(blast "g$i" "$PACKETS" 50000 | cut -d' ' -f1)
		sent=$((sent + n))
	done
	# All at once.
	ip -n "$cap" link del c0
	ip -n "$cap" link del c1
	ip -n "$cap" link set c2 down
	for s in "c0 absent" "c1 absent" "c2 down"; do
		# shellcheck disable=SC2086 # two words
		check "all are lost: $s" await 5 is_state "$W" $s
	done
	stop "$waits"
	is "with nothing to capture from: exits with 0" "$code" 0
	one_line_a_change "waiting" waits c0 c1 c2
	ledger "waiting" "$W" "$sent"
	times "waiting" "$W" c0
	check "bins say that they are blind" \
		test "$(bins "$W" blind_ms c0)" -gt 0
	is "of one that was there, too" \
		"$(($(bins "$W" blind_ms c2) < 1000))" 1
else
	not_ok "waits for interfaces"
fi
ip -n "$gen" link del g2

# 3. Down and up, removed and made anew, with a load before each and, at
# every other removal, a ring full of packets when it happens.
cable 0
if tapline_bg comes "$cap" "${ALL[@]}" --no-quiet -i c0; then
	C=$T/comes.lp
	sent=0
	slowest=0
	round() {
		local n
		n=$(blast g0 "$PACKETS" 0 | cut -d' ' -f1)
		sent=$((sent + n))
	}
	resumed() {
		wait_state "$C" c0 up || not_ok "resumes"
		[ "$waited_ms" -le "$slowest" ] || slowest=$waited_ms
	}
	round
	n_fds=$(fds "$comes")
	for ((i = 0; i < FLAPS; i++)); do
		ip -n "$cap" link set c0 down
		wait_state "$C" c0 down || not_ok "notices that it is down"
		ip -n "$cap" link set c0 up
		resumed
		round
		[ "$i" -gt 0 ] || kb=$(rss_kb "$comes")
	done
	note "$FLAPS flaps: captures again after $slowest ms at most"
	slowest=0
	for ((i = 0; i < REMOVALS; i++)); do
		[ $((i % 2)) -eq 0 ] || kill -STOP "$comes"
		round
		ip -n "$cap" link del c0
		kill -CONT "$comes"
		wait_state "$C" c0 absent || not_ok "notices that it is gone"
		if [ "$i" -eq 0 ]; then
			before=$(ticks "$comes")
			sleep 3
			away=$(($(ticks "$comes") - before))
		fi
		cable 0
		resumed
		round
	done
	note "$REMOVALS removals: captures again after $slowest ms at most"
	# It has cost one of them; a loop that spins costs 300.
	check "away, it doesn't spin ($away ticks of 10 ms in 3 s)" \
		test "$away" -le 30
	is "a line for each time gone" \
		"$(says "$T/comes.err" "no such interface any more")" "$REMOVALS"
	is "a line for each return" "$(says "$T/comes.err" "capturing again")" \
		"$((FLAPS + REMOVALS))"
	one_line_a_change "comes and goes" comes c0
	is "descriptors are as many as before" "$(fds "$comes")" "$n_fds"
	now_kb=$(rss_kb "$comes")
	check "memory is as much as before ($kb, $now_kb KiB)" \
		test "$now_kb" -le $((kb + 4096))
	stop "$comes"
	is "comes and goes: exits with 0" "$code" 0
	n=$(value "$C" c0 changes)
	check "each change is published ($n)" \
		test "$n" -ge $((2 * (FLAPS + REMOVALS)))
	ledger "comes and goes" "$C" "$sent"
	is "comes and goes: nothing is dropped" "$(self "$C" dropped)" 0
	times "comes and goes" "$C" c0
else
	not_ok "captures what comes and goes"
fi

# 4. Renamed: another interface may have the name, that is the one meant.
if tapline_bg named "$cap" "${ALL[@]}" -i c0; then
	ip -n "$cap" link set c0 down
	ip -n "$cap" link set c0 name other
	check "renamed: it is gone" await 5 is_state "$T/named.lp" c0 absent
	ip -n "$cap" link set other name c0
	ip -n "$cap" link set c0 up
	check "named back: it is captured" await 5 is_state "$T/named.lp" c0 up
	ip -n "$gen" link set g0 down
	check "unplugged: it has no link" await 8 \
		is_state "$T/named.lp" c0 no_link
	ip -n "$gen" link set g0 up
	check "plugged in: it is up" await 5 is_state "$T/named.lp" c0 up
	stop "$named"
else
	not_ok "captures what is renamed"
fi

# 5. Frozen under load with a small ring.
if tapline_bg frozen "$cap" "${ALL[@]}" --ring 2M -i c0; then
	blast g0 300000 100000 >"$T/sent" &
	a=$!
	await 5 test -s "$T/frozen.lp"
	kill -STOP "$frozen"
	sleep 3
	kill -CONT "$frozen"
	wait $a
	stop "$frozen"
	ledger "frozen" "$T/frozen.lp" "$(cut -d' ' -f1 "$T/sent")"
	times "frozen" "$T/frozen.lp" c0
	dropped=$(self "$T/frozen.lp" dropped)
	check "frozen: drops ($dropped)" test "$dropped" -gt 0
	n=$(grep -c '^tapline_bin,.*drops=[1-9]' "$T/frozen.lp")
	check "frozen: the bins of that time say so ($n)" test "$n" -ge 5
	check "frozen: says that bins were late" \
		grep -q '^tapline_self,.*bin_late_ms=[23][0-9][0-9][0-9]i' \
		"$T/frozen.lp"
else
	not_ok "captures with a small ring"
fi

# 6. Slower than its packets, and not reading them at all.
if "${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -shared -fPIC -o "$T/slow.so" \
	"$ROOT/tests/integration/slow_pcap.c" -ldl &&
	! ldd "$TAPLINE" | grep -q libasan; then
	export SLOW_PCAP_NS=50000 SLOW_PCAP_STUCK=$T/stuck LD_PRELOAD=$T/slow.so
	export WATCHDOG_USEC=600000
	# Its ring takes more than the second that there is at the end.
	tapline_bg slow "$cap" "${ALL[@]}" --ring 8M -i c0
	started=$?
	unset LD_PRELOAD WATCHDOG_USEC
else
	started=1
fi
if [ "$started" -eq 0 ]; then
	blast g0 150000 100000 >"$T/sent"
	pings=$(says "$T/slow.notify" WATCHDOG=1)
	more_pings() {
		[ "$(says "$T/slow.notify" WATCHDOG=1)" -gt "$pings" ]
	}
	check "too slow: the watchdog is fed" await 5 more_pings
	touch "$T/stuck"
	blast g0 100 0 >"$T/sent2"
	check "stuck: says so" await 5 grep -q "are not read" "$T/slow.err"
	pings=$(says "$T/slow.notify" WATCHDOG=1)
	sleep 1
	check "stuck: the watchdog is not fed" test \
		"$(says "$T/slow.notify" WATCHDOG=1)" -eq "$pings"
	rm "$T/stuck"
	check "going on: the watchdog is fed" await 5 more_pings
	blast g0 150000 100000 >"$T/sent3"
	stop "$slow"
	is "too slow: exits with 0" "$code" 0
	note "too slow: it took $took_ms ms"
	ledger "too slow" "$T/slow.lp" \
		"$(cat "$T"/sent "$T"/sent2 "$T"/sent3 |
			awk '{ n += $1 } END { print n }')"
	times "too slow" "$T/slow.lp" c0
	check "too slow: drops" test "$(self "$T/slow.lp" dropped)" -gt 0
	note "timers were at most $(self "$T/slow.lp" timer_late_us) us late"
	is "says it once" "$(says "$T/slow.err" "are not read")" 1
else
	skip "no shared objects can be preloaded" "too slow"
fi

# 7. A wall clock that is set.  The kernel's own stays, so packets' times fit
# no clock: they are taken as of now.  The day more is not a whole number of
# bins: the open one is cut short while packets of before wait in the ring.
faketime=$(find /usr/lib -path '*/faketime/libfaketime.so.1' | head -n 1)
if [ -n "$faketime" ] && ! ldd "$TAPLINE" | grep -q libasan; then
	echo +0 >"$T/clock"
	chmod 755 "$T"
	export FAKETIME_TIMESTAMP_FILE=$T/clock FAKETIME_NO_CACHE=1
	export FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD=$faketime
	# The library reads its file again and again: no sandbox would let it.
	tapline_bg clock "$cap" "${ALL[@]}" --sandbox=no -i c0
	started=$?
	unset LD_PRELOAD
else
	started=1
fi
if [ "$started" -eq 0 ]; then
	K=$T/clock.lp
	sent=0
	steps=0
	# The last one published says so many.
	stepped() {
		[ "$(self "$K" clock_steps)" -eq "$steps" ]
	}
	for to in -3600 +0 +86400.19 +86100; do
		n=$(blast g0 "$PACKETS" 20000 | cut -d' ' -f1)
		sent=$((sent + n))
		echo "$to" >"$T/clock"
		steps=$((steps + 1))
		check "the clock is set by $to s: that is noticed" \
			await 5 stepped
	done
	n=$(blast g0 "$PACKETS" 20000 | cut -d' ' -f1)
	sent=$((sent + n))
	stop "$clock"
	ledger "clock" "$K" "$sent"
	is "clock: none is late" "$(self "$K" late)" 0
	# Only the step that led past all times before is one for its readers.
	times "clock" "$K" c0 1
	is "clock: a day later, it is a day later" "$((wide / 3600))" 24
	check "clock: says how far it leads one that was set back" \
		test "$(self "$K" clock_ahead_ms)" -gt 290000
else
	skip "no libfaketime" "a clock that is set"
fi

# 8. The loopback interface gives each packet twice to the kernel's counters.
if tapline_bg loop "$cap" "${ALL[@]}" -i lo udp; then
	ip netns exec "$cap" python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(100):
    s.sendto(b"x", ("127.0.0.1", 9))
'
	stop "$loop"
	ledger "loopback" "$T/loop.lp" 100
	is "loopback: nothing is dropped" "$(self "$T/loop.lp" dropped)" 0
else
	not_ok "captures from the loopback interface"
fi

# 9. Our own connection goes through the interface.
ip -n "$gen" addr add 10.77.0.1/24 dev g0
ip -n "$cap" addr add 10.77.0.2/24 dev c0
ip -n "$gen" link set g0 arp on
ip -n "$cap" link set c0 arp on
if command -v redis-server >/dev/null; then
	run_bg redis ip netns exec "$gen" redis-server --port 7777 \
		--bind 10.77.0.1 --save '' --protected-mode no \
		--dir "$T" --logfile "$T/redis.log"
	await 10 ip netns exec "$gen" redis-cli -h 10.77.0.1 -p 7777 ping \
		>/dev/null
	for own in no yes; do
		option=--own-traffic
		[ $own = yes ] || option=--no-own-traffic
		tapline_bg "own_$own" "$cap" "${ALL[@]}" "$option" -i c0 \
			-o "file:$T/own_$own.lp" -o redis://10.77.0.1:7777 \
			udp or tcp || not_ok "publishes to Redis"
		pid=own_$own
		sent=$(blast g0 "$PACKETS" 20000 | cut -d' ' -f1)
		two_reports() {
			[ "$(grep -c '^tapline_self,' "$T/own_$own.lp")" -ge 3 ]
		}
		await 10 two_reports
		# Connections after the first are ours, too.
		ip netns exec "$gen" redis-cli -h 10.77.0.1 -p 7777 \
			client kill type normal >/dev/null
		more=$(self "$T/own_$own.lp" stored)
		stored_more() {
			[ "$(self "$T/own_$own.lp" stored)" -gt $((more + 100)) ]
		}
		await 10 stored_more
		stop "${!pid}"
	done
	ledger "own traffic" "$T/own_no.lp" ""
	is "own traffic is not counted" "$(bins "$T/own_no.lp" packets)" "$sent"
	check "but known ($(self "$T/own_no.lp" self_packets) packets)" \
		test "$(self "$T/own_no.lp" self_packets)" -gt 20
	is "or it is counted if wanted" "$(self "$T/own_yes.lp" self_packets)" 0
	check "then there is more" \
		test "$(bins "$T/own_yes.lp" packets)" -gt "$sent"
else
	skip "no redis-server" "our own traffic"
fi

# The same over a plain socket and over HTTP.
run_bg servers ip netns exec "$gen" python3 -c '
import http.server, socketserver, threading
class Sink(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(65536):
            pass
class Influx(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass
sink = socketserver.ThreadingTCPServer(("10.77.0.1", 7778), Sink)
threading.Thread(target=sink.serve_forever, daemon=True).start()
influx = http.server.ThreadingHTTPServer(("10.77.0.1", 7779), Influx)
print("ready", flush=True)
influx.serve_forever()
'
servers_answer() {
	ip netns exec "$gen" bash -c 'exec 3<>/dev/tcp/10.77.0.1/7779' \
		2>/dev/null
}
await 10 servers_answer
for url in tcp://10.77.0.1:7778 influx://10.77.0.1:7779/net; do
	what=${url%%:*}
	tapline_bg "own_$what" "$cap" "${ALL[@]}" -i c0 \
		-o "file:$T/own_$what.lp" -o "$url" udp or tcp ||
		not_ok "publishes to $what"
	pid=own_$what
	sent=$(blast g0 "$PACKETS" 20000 | cut -d' ' -f1)
	known() { [ "$(self "$T/own_$what.lp" self_packets)" -gt 20 ]; }
	await 10 known || not_ok "$what: our own packets are known"
	stop "${!pid}"
	is "$what: our own traffic is not counted" \
		"$(bins "$T/own_$what.lp" packets)" "$sent"
done

finish
