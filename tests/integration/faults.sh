#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Faults that no other test has: a reader of standard output that stops or goes
# away, overload that does not end, a flood of sources, a clock that is set
# while Redis listens, a start without random numbers.  Figures in time are
# printed and never judged.  docs/faults.md.
#
#   SOURCES  in the flood (300000; 10000000 for a release)

# shellcheck disable=SC2154,SC2317 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

SOURCES=${SOURCES:-300000}
SAMPLE=$ROOT/tests/sample/sample.pcap

need_tapline
command -v python3 >/dev/null || skip_all "no python3"

judge() {
	python3 "$ROOT/tests/integration/faults.py" "$@"
}

# says FILE TEXT: so many lines.
says() {
	grep -cF -- "$2" "$1"
}

# 1. A replay to a full disk, and to a reader that goes away.
ARGS=(-q --sensor test --bin 0.1 --report 0.1 --window all)
"$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" >"$T/plain.lp"
records=$(judge lines "$T/plain.lp")
if [ -w /dev/full ]; then
	timeout 60 "$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" >/dev/full 2>"$T/err"
	is "a full disk: exits with 1" $? 1
	is "a full disk: says so once" "$(says "$T/err" "No space left")" 1
	is "a full disk: counts what is lost" "$(tail -n 1 "$T/err")" \
		"tapline: $records of $records records were lost"
else
	skip "no /dev/full" "a full disk"
fi
timeout 60 "$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" 2>"$T/err" |
	head -n 3 >"$T/three.lp"
is "a reader that goes away: exits with 74" "${PIPESTATUS[0]}" 74
is "a reader that goes away: says so" "$(cat "$T/err")" \
	"tapline: standard output has been closed"
check "a reader that goes away: has whole lines" \
	cmp "$T/three.lp" <(head -n 3 "$T/plain.lp")

# 2. Without the kernel's random numbers keys could be foreseen.
cat >"$T/random.c" <<'END'
#include <sys/random.h>
ssize_t getrandom(void *p, size_t n, unsigned flags);
ssize_t
getrandom(void *p, size_t n, unsigned flags)
{
	(void)p, (void)n, (void)flags;
	return -1;
}
END
preloads=no
if "${CC:-cc}" -shared -fPIC -o "$T/random.so" "$T/random.c" 2>"$T/cc" &&
	! ldd "$TAPLINE" | grep -q libasan; then
	preloads=yes
	(
		ulimit -c 0
		LD_PRELOAD=$T/random.so "$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" \
			>"$T/random.lp" 2>"$T/err"
		echo $? >"$T/code"
	) 2>"$T/shell"
	is "without random numbers: does not go on" "$(cat "$T/code")" 134
	is "without random numbers: counts nothing" \
		"$(wc -c <"$T/random.lp")" 0
else
	skip "no shared objects can be preloaded" "without random numbers"
fi

# The rest is live.
need ip ethtool nft "${CC:-cc}"
"${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -o "$T/blast" \
	"$ROOT/tests/integration/blast.c" || skip_all "blast.c does not compile"
if ! netns_new gen || ! netns_new cap; then
	skip_all "no network namespaces"
fi
veth_new "$gen" g0 "$cap" c0 || skip_all "no veth pairs"
silence "$cap" c0
ALL=(-q --sensor test --bin 0.2 --window all --report 1)

# sender PPS SOURCES: until it is stopped.
sender() {
	run_bg sending ip netns exec "$gen" "$T/blast" g0 1000000000000 "$@"
}

still_sent() {
	! ended "$sending"
}

end_sender() {
	check "$1: packets came all the time" still_sent
	kill -KILL "$sending"
	wait "$sending" 2>/dev/null
}

# ledger WHAT FILE: each packet that the kernel had is in a bin, or dropped.
ledger() {
	local received delivered
	received=$(self "$2" received)
	delivered=$(self "$2" delivered)
	is "$1: received = delivered + dropped" "$received" \
		"$((delivered + $(self "$2" dropped)))"
	is "$1: bins + late = delivered" \
		"$(($(bins "$2" packets) + $(self "$2" late)))" "$delivered"
	is "$1: the bins' drops are the kernel's" "$(bins "$2" drops)" \
		"$(self "$2" dropped)"
}

# times WHAT FILE [GAPS]: no bin is missing, and no time goes back.
times() {
	local n gaps back wide
	read -r n gaps back wide < <(python3 \
		"$ROOT/tests/integration/live_check.py" "$2" c0)
	is "$1: no bin is missing ($n bins, $wide s)" "$gaps" "${3:-0}"
	is "$1: no time goes back" "$back" 0
}

# n_bins FILE [PATTERN]
n_bins() {
	grep -c "^tapline_bin,.*${2:-}" "$1"
}

before=0
# bins_come N FILE [PATTERN]: N more than at the last call of bins_before.
bins_before() { before=$(n_bins "$@"); }
bins_come() { [ "$(n_bins "$2" "${3:-}")" -ge $((before + $1)) ]; }

# 3. Nobody reads standard output: the oldest lines are lost and counted, and
# neither the capture nor another output notices.
mkfifo "$T/slow.lp" "$T/go"
# shellcheck disable=SC2016 # for the inner shell
run_bg reader sh -c 'exec <"$0"; read -r go <"$1"; exec cat' "$T/slow.lp" \
	"$T/go" >"$T/read.lp"
if tapline_bg slow "$cap" "${ALL[@]}" --bin 0.1 --report 0.1 --window 0.2 \
	--top 100 --no-quiet -i c0 -o stdout: -o "file:$T/beside.lp"; then
	sender 20000 5000
	check "a reader that stops: the oldest lines are lost" \
		await 60 grep -q "the oldest lines are lost" "$T/slow.err"
	bins_before "$T/beside.lp"
	check "a reader that stops: bins go on beside it" \
		await 60 bins_come 10 "$T/beside.lp"
	kb=$(awk '/^RssAnon/ { print $2 }' "/proc/$slow/status")
	note "with $kb KiB of anonymous memory"
	end_sender "a reader that stops"
	echo >"$T/go"
	check "a reader that goes on: has caught up" \
		await 60 grep -q "the reader has caught up" "$T/slow.err"
	stop "$slow"
	wait "$reader"
	is "a reader that stops: it is told once" \
		"$(says "$T/slow.err" "the oldest lines are lost")" 1
	ledger "a reader that stops" "$T/beside.lp"
	is "a reader that stops: no packet is dropped" \
		"$(self "$T/beside.lp" dropped)" 0
	times "a reader that stops" "$T/beside.lp"
	read -r lost of < <(sed -n \
		's/.*tapline: \([0-9]*\) of \([0-9]*\) records.*/\1 \2/p' \
		"$T/slow.err")
	here=$(judge lines "$T/read.lp")
	there=$(judge lines "$T/beside.lp")
	check "a reader that stops: lines are lost (${lost:-0} of ${of:-0})" \
		test "${lost:-0}" -gt 0
	is "a reader that stops: read + lost = made, line by line" \
		"$((here + there + ${lost:-0}))" "${of:-0}"
	is "a reader that stops: its last line is the last" \
		"$(tail -n 1 "$T/read.lp")" "$(tail -n 1 "$T/beside.lp")"
else
	not_ok "captures into a pipe"
fi

# One that goes away, live.
rm "$T/go"
mkfifo "$T/away.lp"
run_bg reader head -n 1 "$T/away.lp" >"$T/read.lp"
if tapline_bg away "$cap" "${ALL[@]}" -i c0; then
	check "a reader that goes away, live: it ends" await 60 ended "$away"
	wait "$away"
	is "a reader that goes away, live: with 74" $? 74
	# Under a service manager its priority stands in front.
	is "a reader that goes away, live: says so" "$(cat "$T/away.err")" \
		"<3>tapline: standard output has been closed"
	is "a reader that goes away, live: has a whole line" \
		"$(judge lines "$T/read.lp")" 1
else
	not_ok "captures into a pipe that is closed"
fi

# 4. More packets than there is time for, for as long as it runs: bins come,
# pings come, a signal is heard.
started=1
if [ $preloads = yes ] && "${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -shared \
	-fPIC -o "$T/slow.so" "$ROOT/tests/integration/slow_pcap.c" -ldl; then
	mkfifo "$T/over.lp"
	# shellcheck disable=SC2016 # for the inner shell
	run_bg stamper sh -c 'exec python3 "$0" stamp <"$1"' \
		"$ROOT/tests/integration/faults.py" "$T/over.lp" \
		>"$T/over.stamped"
	export SLOW_PCAP_NS=50000 LD_PRELOAD=$T/slow.so WATCHDOG_USEC=600000
	tapline_bg over "$cap" "${ALL[@]}" --ring 8M -i c0 -o stdout: \
		-o "file:$T/over.out"
	started=$?
	unset LD_PRELOAD WATCHDOG_USEC
fi
if [ "$started" -eq 0 ]; then
	O=$T/over.out
	pings() {
		says "$T/over.notify" WATCHDOG=1
	}
	more_pings() {
		[ "$(pings)" -ge $((had + $1)) ]
	}
	sender 100000 16
	check "overload: bins say what is dropped" \
		await 60 bins_come 1 "$O" 'drops=[1-9]'
	bins_before "$O" 'drops=[1-9]'
	had=$(pings)
	check "overload: bins with drops go on coming" \
		await 60 bins_come 20 "$O" 'drops=[1-9]'
	check "overload: so do pings" await 60 more_pings 3
	note "pings came at most $(judge gap "$T/over.notify") ms after each" \
		"other, of 600; timers $(self "$O" timer_late_us) us late;" \
		"bins $(judge late "$T/over.stamped") ms after their end"

	# What is stopped pings no more; two times of the watchdog are waited.
	kill -STOP "$over"
	marked() {
		python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(sys.argv[2].encode(), sys.argv[1])' "$T/over.sock" "$1"
		await 10 grep -q "$1" "$T/over.notify"
	}
	marked MARK=1
	had=$(pings)
	sleep 1.2
	marked MARK=2
	is "stopped: no ping" "$(pings)" "$had"
	kill -CONT "$over"
	check "going on: pings" await 60 more_pings 2

	stop "$over"
	is "overload: SIGTERM ends it" "$code" 0
	note "SIGTERM to the end: $took_ms ms"
	end_sender "overload"
	ledger "overload" "$O"
	times "overload" "$O"
else
	skip "no shared objects can be preloaded" "overload"
fi

# 5. Nearly each packet from another source: memory is bounded, sums are
# exact, and who sends a hundredth of all is still found.
if tapline_bg flood "$cap" "${ALL[@]}" --ring 64M -i c0; then
	F=$T/flood.lp
	packets=$((SOURCES > 300000 ? SOURCES : 300000))
	read -r sent _ < <(ip netns exec "$gen" "$T/blast" g0 "$packets" \
		150000 "$SOURCES")
	counted() {
		kill -USR1 "$flood" && [ "$(self "$F" received)" = "$sent" ]
	}
	check "a flood of $SOURCES sources: all is read" await 60 counted
	kb=$(awk '/^RssAnon/ { print $2 }' "/proc/$flood/status")
	if ldd "$TAPLINE" | grep -q libasan; then
		skip "sanitizers need more" "a flood: memory"
	else
		check "a flood: memory is within 64 MiB ($kb KiB)" \
			test "$kb" -le $((64 * 1024))
	fi
	stop "$flood"
	ledger "a flood" "$F"
	is "a flood: nothing is dropped" "$(self "$F" dropped)" 0
	first=$(grep '^tapline_top,by=src,rank=1,' "$F" | tail -n 1)
	check "a flood: the heavy hitter is found" \
		grep -q 'key="198.51.100.1"' <<<"$first"
	sum=$(grep -F "${first##* }" "$F" | grep '^tapline_top,by=src,' |
		sed 's/.*packets=\([0-9]*\)i.*/\1/' |
		awk '{ n += $1 } END { print n }')
	is "a flood: the rows sum to the whole" "$sum" "$sent"
	note "flood: $first"
	note "evicted: $(self "$F" key_evicts) keys, $(self "$F" flow_evicts) flows"
else
	not_ok "captures a flood"
fi

# 6. A wall clock that is set, as Redis has it.
faketime=$(find /usr/lib -path '*/faketime/libfaketime.so.1' | head -n 1)
started=1
if [ $preloads = yes ] && [ -n "$faketime" ] &&
	command -v redis-server >/dev/null; then
	chmod 777 "$T"
	run_bg redis redis-server --port 0 --unixsocket "$T/redis.sock" \
		--unixsocketperm 777 --save '' --dir "$T" \
		--logfile "$T/redis.log"
	await 10 test -S "$T/redis.sock"
	echo +0 >"$T/clock"
	export FAKETIME_TIMESTAMP_FILE=$T/clock FAKETIME_NO_CACHE=1
	export FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD=$faketime
	# The library reads its file again and again: no sandbox would let it.
	tapline_bg clock "$cap" "${ALL[@]}" --sandbox=no -i c0 -o stdout: \
		-o "redis+unix:$T/redis.sock"
	started=$?
	unset LD_PRELOAD
fi
if [ "$started" -eq 0 ]; then
	K=$T/clock.lp
	sent=0
	steps=0
	stepped() {
		[ "$(self "$K" clock_steps)" -eq "$steps" ]
	}
	for to in -3600 +0 +86400; do
		read -r n _ < <(ip netns exec "$gen" "$T/blast" g0 3000 20000)
		sent=$((sent + n))
		echo "$to" >"$T/clock"
		steps=$((steps + 1))
		check "the clock is set by $to s: that is noticed" \
			await 60 stepped
		bins_before "$K"
		await 60 bins_come 3 "$K"
	done
	stop "$clock"
	ledger "clock" "$K"
	is "clock: received what was sent" "$(self "$K" received)" "$sent"
	# Only the day that was passed over is a gap.
	times "clock" "$K" 1
	is "clock: Redis has each bin once, in order, with all packets" \
		"$(judge stored "$T/redis.sock" "$K" test 2>&1 | tail -n 1)" \
		"$sent"
else
	skip "no libfaketime or no redis-server" "a clock that is set"
fi
finish
