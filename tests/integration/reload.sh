#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# SIGHUP: a good file is taken over, a bad one changes nothing, and neither
# costs a packet.

# shellcheck disable=SC2154 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

need ip ethtool nft python3 "${CC:-cc}"
need_tapline
"${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -o "$T/blast" \
	"$ROOT/tests/integration/blast.c" || skip_all "blast.c does not compile"
if ! netns_new gen || ! netns_new cap; then
	skip_all "no network namespaces"
fi
veth_new "$gen" g0 "$cap" c0 || skip_all "no veth pairs"
silence "$cap" c0
mkdir "$T/mmdb"
python3 "$ROOT/tests/lib/mmdb.py" "$T/mmdb" || skip_all "no databases"
city=$T/mmdb/city.mmdb
chmod -R a+rX "$T"

conf() { cat >"$T/tapline.conf"; chmod a+r "$T/tapline.conf"; }

# said TEXT N: the service manager was told so, N times at least.
said() { [ "$(grep -c "STATUS=$1" "$T/live.notify")" -ge "$2" ]; }

# reload good|bad: sends SIGHUP and waits for the answer.
n_good=0 n_bad=0
reload() {
	kill -HUP "$live"
	if [ "$1" = good ]; then
		n_good=$((n_good + 1))
		await 5 said 'configuration reloaded' "$n_good"
	else
		n_bad=$((n_bad + 1))
		await 5 said 'reload failed' "$n_bad"
	fi
}

conf <<END
top = 3
report = 2
geoip = $city
END
if ! tapline_bg live "$cap" -c "$T/tapline.conf" --sensor test --window all \
	-i c0; then
	not_ok "captures with a configuration file"
	finish
fi
ip netns exec "$gen" "$T/blast" g0 200000 20000 50 0 >"$T/sent" &
sender=$!

conf <<END
top = 7
report = 2
key-as = both
geoip = $city
END
check "a good file is taken over" reload good
check "and shows in the output" await 10 \
	grep -qE 'by=src,key=[^,]*,rank=7,' "$T/live.lp"

while IFS= read -r line; do
	printf '%s\n' "top = 9" "$line" | conf
	check "refused: ${line:0:60}" reload bad
done <<END
top = none
top = 0
top = -1
top = 99999999999999999999
top =
top = 3
= 3
nonsense = 1
nonsense
[section]
[
bin = 4
bin = 0
report = 3
report = -2
report = 1e999
window = 3
window = none
filter = ip
filter = port and
geoip = /nonexistent.mmdb
geoip = $T
geoip = $T/tapline.conf
memory = 128M
memory = 64X
key-as = all
interface = nosuch
output = carrier-pigeon:x
output = redis://
sensor = $(printf 'x%.0s' {1..5000})
$(printf 'top = \001')
END
printf 'top = 9\nto' | conf
check "refused: half a line" reload bad
head -c 100000 /dev/zero | conf
check "refused: zeros" reload bad
rm "$T/tapline.conf"
mkdir "$T/tapline.conf"
check "refused: a folder" reload bad
rmdir "$T/tapline.conf"
rm -f "$T/tapline.conf"
check "refused: no file" reload bad
check "a message names file and line" \
	grep -q 'tapline.conf:2: ' "$T/live.err"
is "the old one stays" \
	"$(grep -c 'rank=8,' "$T/live.lp")" 0

conf <<END
top = 2
report = 2
geoip = $city
END
for _ in $(seq 100); do kill -HUP "$live"; done
check "a storm of them is survived" reload good
wait "$sender"
read -r sent _ <"$T/sent"
stop "$live"
is "exits with 0" "$code" 0
is "no packet was lost" "$(self "$T/live.lp" delivered)" "$sent"
is "every failure was counted" "$(self "$T/live.lp" reloads_failed)" "$n_bad"
check "so were the others" test "$(self "$T/live.lp" reloads)" -ge 2

# A log that was renamed is let go of, also if the configuration is refused, and
# what there is before the first bin has closed is published when it is asked for.
mkdir "$T/log"
chmod 777 "$T/log"
log=$T/log/tapline.lp
conf <<<'top = 3'
asked() { kill -USR1 "$live" && await 1 grep -q "^tapline_$1," "$log"; }
rotate() { # WHAT good|bad
	mv "$log" "$log.1"
	size=$(stat -c %s "$log.1")
	check "$1: is found $2" reload "$2"
	check "$1: the log is made anew" await 5 test -e "$log"
	check "$1: what comes is there" await 10 asked self
	is "$1: nothing more is in the old one" \
		"$(stat -c %s "$log.1")" "$size"
}
n_good=0 n_bad=0
rm -f "$T/live.sock"
if tapline_bg live "$cap" -c "$T/tapline.conf" --sensor test --bin 1h \
	--report 1h --window all -o "file:$log" -i c0; then
	for what in self source output track; do
		check "SIGUSR1 before the first bin: $what" await 10 asked $what
	done
	rotate "a good file" good
	conf <<<'nonsense'
	rotate "a bad file" bad
	conf <<<'memory = 128M'
	rotate "an option that needs a restart" bad
	rm "$T/tapline.conf"
	rotate "no file" bad
	stop "$live"
	is "exits with 0" "$code" 0
	is "every failure was counted" "$(self "$log" reloads_failed)" 3
else
	not_ok "captures with a file as output"
fi

# So early that nothing is there yet: who starts it holds the signal back, from
# before the fork, until it has handlers.  At each of these times it is alive.
mkfifo "$T/fifo"
cat >"$T/early.sh" <<'END'
for ms in $(seq 0 2 49); do
	"$TAPLINE" -q --sensor test -r "$T/fifo" >"$T/early.$ms" &
	sleep "0.0$(printf %02d "$ms")"
	kill -HUP $!
	timeout 30 cp "$SAMPLE" "$T/fifo"
	wait $! || echo "at $ms ms: exit $?"
done
END
SAMPLE=$ROOT/tests/sample/sample.pcap
export T TAPLINE SAMPLE
said=$(env --block-signal=HUP bash "$T/early.sh" 2>&1)
is "SIGHUP in the first 50 ms, 25 times: it lives" "$said" ""
n_whole=0
for f in "$T"/early.[0-9]*; do
	[ "0$(self "$f" delivered)" -gt 1000 ] && n_whole=$((n_whole + 1))
done
is "and counts everything" "$n_whole" 25

# Before it is ready: a signal that is already there waits for its handler.
env --block-signal=HUP "$TAPLINE" --sensor test --speed 20 \
	-r "$ROOT/tests/sample/sample.pcap" -r "$T/none.pcap" \
	-r "$ROOT/tests/sample/sample.pcap" ip or ip6 \
	>"$T/early.lp" 2>"$T/early.err" &
p=$!
pids+=("$p")
await 5 grep -q tapline "/proc/$p/comm"
kill -HUP "$p"
check "an early SIGHUP reloads" await 5 \
	grep -q 'configuration reloaded' "$T/early.err"
check "and does not kill" kill -0 "$p"
check "nor does a second one" kill -HUP "$p"
check "and the next file is read all the same" await 20 \
	grep -q 'none.pcap: No such file' "$T/early.err"
wait "$p"
is "to the end, which the missing file makes 1" $? 1
finish
