#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Replays, from outside: whatever way the same packets come, the same lines go
# out; a damaged file costs one message and nothing that was counted.

# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

need_tapline
SAMPLE=$ROOT/tests/sample/sample.pcap
ARGS=(-q --sensor test --window all --window 10 --top 1000)

# lines FILE: what doesn't carry the file's name, or the process's.
lines() { sed 's/source=[^ ]*/source=x/' "$1"; }

# same WHAT FILE: equal to the plain replay.
same() { check "$1" cmp -s <(lines "$T/plain.lp") <(lines "$2"); }

"$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" >"$T/plain.lp" 2>"$T/plain.err"
is "a replay exits with 0" $? 0
is "and says nothing" "$(cat "$T/plain.err")" ""
check "and counts something" test "$(self "$T/plain.lp" delivered)" -gt 1000

"$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" | cat >"$T/out.lp"
check "twice: the same bytes" cmp -s "$T/plain.lp" "$T/out.lp"
"$TAPLINE" "${ARGS[@]}" -r - <"$SAMPLE" >"$T/out.lp"
same "standard input" "$T/out.lp"
cat "$SAMPLE" | "$TAPLINE" "${ARGS[@]}" -r - >"$T/out.lp"
same "a pipe" "$T/out.lp"
gzip -c "$SAMPLE" >"$T/s.pcap.gz"
"$TAPLINE" "${ARGS[@]}" -r "$T/s.pcap.gz" >"$T/out.lp"
same "gzip" "$T/out.lp"
if command -v zstd >/dev/null; then
	zstd -q -c "$SAMPLE" >"$T/s.pcap.zst"
	"$TAPLINE" "${ARGS[@]}" -r "$T/s.pcap.zst" >"$T/out.lp"
	same "zstd" "$T/out.lp"
else
	skip "no zstd" "zstd"
fi
"$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" --speed 60 >"$T/out.lp"
same "60 times the recorded pace" "$T/out.lp"
"$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" -o "file:$T/out.lp.new"
same "file:" "$T/out.lp.new"

# Where no thread can be had one does everything.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$TAPLINE" "$T/tapline"
	chmod 711 "$T"
	setpriv --reuid 65534 --regid 65534 --clear-groups prlimit --nproc=1 \
	    "$T/tapline" "${ARGS[@]}" -r - <"$SAMPLE" >"$T/out.lp"
	same "without threads" "$T/out.lp"
else
	skip "a limit on processes is not for root's" "without threads"
fi

# The recorded pace: 62 seconds of capture at 20 times that last three, or
# longer on a machine that is busy.
start=$(date +%s%N)
"$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" --speed 20 >/dev/null
took=$((($(date +%s%N) - start) / 1000000))
check "keeps the pace (62 s at 20 times: $took ms)" test "$took" -ge 2900

# Several files: cut in two, they are one capture.
if command -v editcap >/dev/null && command -v capinfos >/dev/null; then
	half=$(($(capinfos -Mc "$SAMPLE" | awk '/Number of packets/ { print $NF }') / 2))
	editcap -F pcap -r "$SAMPLE" "$T/a.pcap" 1-$half 2>/dev/null
	editcap -F pcap "$SAMPLE" "$T/b.pcap" 1-$half 2>/dev/null
	"$TAPLINE" "${ARGS[@]}" -r "$T/a.pcap" -r "$T/b.pcap" >"$T/out.lp"
	same "two halves" "$T/out.lp"
	"$TAPLINE" "${ARGS[@]}" -r "$T/a.pcap" "$T/b.pcap" >"$T/out.lp"
	same "two halves, named after one -r" "$T/out.lp"
	check "a source of two files says so" \
		grep -q 'source=a.pcap+1 ' "$T/out.lp"
else
	skip "no editcap" "two halves"
fi

# A filter.
"$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" udp port 53 >"$T/out.lp"
is "a filter: only DNS" "$(self "$T/out.lp" delivered)" \
	"$(tcpdump -r "$SAMPLE" -n 'udp port 53' 2>/dev/null | wc -l)"

# Damage: cut in the middle of a packet; the packets before it count.
head -c 100000 "$SAMPLE" >"$T/cut.pcap"
"$TAPLINE" "${ARGS[@]}" -r "$T/cut.pcap" >"$T/out.lp" 2>"$T/err"
is "a cut file exits with 1" $? 1
is "with one message" "$(wc -l <"$T/err")" 1
check "that names it" grep -q "^tapline: .*cut.pcap: damaged near byte" "$T/err"
is "and what was before counts" "$(self "$T/out.lp" delivered)" \
	"$(tcpdump -r "$T/cut.pcap" -n 2>/dev/null | wc -l)"
head -c 50000 "$T/s.pcap.gz" >"$T/cut.pcap.gz"
"$TAPLINE" "${ARGS[@]}" -r "$T/cut.pcap.gz" -r "$SAMPLE" >"$T/out.lp" 2>"$T/err"
is "a cut gzip file exits with 1" $? 1
is "with one message, too" "$(wc -l <"$T/err")" 1
check "and the next file follows" test "$(self "$T/out.lp" delivered)" -gt \
	"$(self "$T/plain.lp" delivered)"
for bad in "$T/none.pcap" "$ROOT/README.md" "$T" /dev/null; do
	"$TAPLINE" "${ARGS[@]}" -r "$bad" -r "$SAMPLE" >"$T/out.lp" 2>"$T/err"
	is "no capture (${bad##*/}): exits with 1" $? 1
	is "no capture (${bad##*/}): one message" "$(wc -l <"$T/err")" 1
	is "no capture (${bad##*/}): the next file counts" \
		"$(self "$T/out.lp" delivered)" "$(self "$T/plain.lp" delivered)"
done

# Signals: what was counted is published.
run_bg replay "$TAPLINE" "${ARGS[@]}" -r "$SAMPLE" --speed 1 >"$T/term.lp"
check "a paced replay begins at once" await 10 grep -q '^tapline_bin' "$T/term.lp"
stop "$replay"
is "SIGTERM: exits with 0" "$code" 0
check "SIGTERM: the ledger is there" test "$(self "$T/term.lp" delivered)" -gt 0
is "SIGTERM: bins + late = delivered" \
	"$(($(bins "$T/term.lp" packets) + $(self "$T/term.lp" late)))" \
	"$(self "$T/term.lp" delivered)"

# Nobody writes, or goes on to write: what is there counts, and a signal ends it.
has_threads() { [ "$(ls "/proc/$1/task" | wc -l)" -ge 2 ]; }
mkfifo "$T/fifo"
run_bg replay "$TAPLINE" "${ARGS[@]}" -r "$T/fifo" >"$T/fifo.lp"
check "a FIFO without a writer is waited for" \
	await 10 has_threads "$replay"
stop "$replay"
is "SIGTERM: exits with 0" "$code" 0
note "it took $took_ms ms"
run_bg replay "$TAPLINE" "${ARGS[@]}" -r "$T/fifo" >"$T/fifo.lp"
exec 9>"$T/fifo"
head -c 100000 "$SAMPLE" >&9
n_cut=$(tcpdump -r "$T/cut.pcap" -n 2>/dev/null | wc -l)
has_counted() {
	kill -USR1 "$replay" && [ "$(self "$T/fifo.lp" delivered)" = "$n_cut" ]
}
check "half a capture from a FIFO counts at once" await 10 has_counted
stop "$replay"
exec 9>&-
is "SIGTERM: exits with 0" "$code" 0
note "it took $took_ms ms"
is "and counts nothing else" "$(self "$T/fifo.lp" delivered)" "$n_cut"

# The progress, on a terminal only.
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
	script -qec "'$TAPLINE' --sensor x -r '$SAMPLE' --speed 25 -o 'file:$T/p.lp'" \
		/dev/null >"$T/screen" </dev/null
	check "progress on a terminal" grep -q 'packets/s.* left' "$T/screen"
	script -qec "'$TAPLINE' -q --sensor x -r '$SAMPLE' --speed 25 -o 'file:$T/p.lp'" \
		/dev/null >"$T/screen" </dev/null
	is "none with -q" "$(cat "$T/screen")" ""
else
	skip "no script, or no pseudo-terminals" "progress"
fi

# Exit codes and messages of the command line.
code_of() {
	"$TAPLINE" "$@" >"$T/out" 2>"$T/err" </dev/null
	echo $?
}
is "no input is a usage error" "$(code_of)" 2
is "an unknown option is one" "$(code_of --nonsense)" 2
is "a bad filter is configuration" "$(code_of -r "$SAMPLE" 'port and')" 78
is "a bad output is" "$(code_of -r "$SAMPLE" -o carrier-pigeon:x)" 78
is "a bad window is usage" "$(code_of -r "$SAMPLE" --window 3)" 2
is "closed standard output" "$("$TAPLINE" -q -r "$SAMPLE" >&- 2>"$T/err"; echo $?)" 74
is "--check does not run" "$(code_of -t -r /nonexistent.pcap)" 0
finish
