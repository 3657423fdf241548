#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Live, over a cable between two namespaces: a sender that counts what it
# sends, tcpdump as the witness, and the ledger of tapline's last line, which
# must agree to the last packet and byte.

# shellcheck disable=SC2154,SC2317 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

need ip ethtool nft tcpdump python3 "${CC:-cc}"
need_tapline
"${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -o "$T/blast" \
	"$ROOT/tests/integration/blast.c" || skip_all "blast.c does not compile"

if ! netns_new gen || ! netns_new cap; then
	skip_all "no network namespaces"
fi
if ! veth_new "$gen" g0 "$cap" c0 || ! veth_new "$gen" g1 "$cap" c1; then
	skip_all "no veth pairs"
fi
silence "$cap" c0
silence "$cap" c1

# The end of a run, without a ranking in between.
ALL=(-q --window all --report 0 --top 100000)

blast() {
	ip netns exec "$gen" "$T/blast" "$@"
}

# ledger WHAT FILE SENT BYTES: K1 to K4.
ledger() {
	local received delivered
	received=$(self "$2" received)
	delivered=$(self "$2" delivered)
	is "$1: received what was sent" "$received" "$3"
	is "$1: received = delivered + dropped" "$received" \
		"$((delivered + $(self "$2" dropped)))"
	is "$1: delivered = decoded + truncated + malformed" "$delivered" \
		"$(($(self "$2" decoded) + $(self "$2" truncated) + \
		$(self "$2" malformed)))"
	is "$1: bins + late = delivered, packets" \
		"$(($(bins "$2" packets) + $(self "$2" late)))" "$delivered"
	is "$1: bins + late = delivered, bytes" \
		"$(($(bins "$2" bytes) + $(self "$2" late_bytes)))" \
		"$(self "$2" delivered_bytes)"
	is "$1: the bins' drops are the kernel's" "$(bins "$2" drops)" \
		"$(self "$2" dropped)"
	[ -z "$4" ] || is "$1: the bytes are the sender's" \
		"$(self "$2" delivered_bytes)" "$4"
}

# 1. Everything, a witness, a reload in the middle, and the replay.
witness_bg witness "$cap" c0 || skip_all "tcpdump can't capture"
if ! tapline_bg one "$cap" "${ALL[@]}" -i c0; then
	not_ok "captures from a veth pair"
	finish
fi
read -r sent bytes < <(blast g0 100000 50000 1000 0)
kill -HUP "$one"
check "reloads on SIGHUP" await 30 grep -q RELOADING=1 "$T/one.notify"
read -r sent2 bytes2 < <(blast g0 100000 50000 1000 0)
stop "$one"
is "exits with 0" "$code" 0
note "it took $took_ms ms"
check "tcpdump holds what was sent" await 30 \
	holds "$T/witness.pcap" $((sent + sent2)) $((bytes + bytes2))
kill -TERM "$witness"
wait "$witness"
is "says nothing" "$(cat "$T/one.err")" ""
ledger "steady" "$T/one.lp" $((sent + sent2)) $((bytes + bytes2))
is "steady: nothing is dropped" "$(self "$T/one.lp" dropped)" 0
is "tcpdump saw the same packets" "$(pcap_count "$T/witness.pcap")" \
	"$(self "$T/one.lp" delivered)"
is "reloads are counted" "$(self "$T/one.lp" reloads)" 1

"$TAPLINE" "${ALL[@]}" -r "$T/witness.pcap" >"$T/replay.lp"
is "the replay of tcpdump's file ends well" $? 0
rankings "$T/one.lp" >"$T/one.top"
rankings "$T/replay.lp" >"$T/replay.top"
check "there are rankings" test -s "$T/one.top"
check "live and replay give the same rankings" \
	cmp "$T/one.top" "$T/replay.top"
for f in delivered delivered_bytes decoded ip4 fragments; do
	is "live and replay give the same $f" "$(self "$T/one.lp" $f)" \
		"$(self "$T/replay.lp" $f)"
done
# The same bins, but for the empty ones before and after.
for f in one replay; do
	grep '^tapline_bin,' "$T/$f.lp" | grep -v ' packets=0i' |
		sed 's/^[^ ]* //' >"$T/$f.bins"
done
check "live and replay give the same bins" cmp "$T/one.bins" "$T/replay.bins"

# 2. Two interfaces in one process.
if tapline_bg two "$cap" "${ALL[@]}" -i c0 -i c1; then
	blast g0 60000 40000 0 60 >"$T/sent0" &
	a=$!
	blast g1 40000 30000 0 570 >"$T/sent1" &
	wait $a $!
	stop "$two"
	read -r sent bytes <"$T/sent0"
	read -r sent2 bytes2 <"$T/sent1"
	ledger "two interfaces" "$T/two.lp" $((sent + sent2)) \
		$((bytes + bytes2))
	is "the first one's bins" "$(bins "$T/two.lp" packets c0)" "$sent"
	is "the second one's bins" "$(bins "$T/two.lp" packets c1)" "$sent2"
else
	not_ok "captures from two interfaces"
fi

# 3. Stopped under load, with a small ring: it drops, and says how many.
if tapline_bg three "$cap" "${ALL[@]}" --ring 2M -i c0; then
	blast g0 300000 100000 0 60 >"$T/sent" &
	a=$!
	await 30 test -s "$T/three.lp"
	kill -STOP "$three"
	sleep 1.5
	kill -CONT "$three"
	wait $a
	stop "$three"
	is "stopped: exits with 0" "$code" 0
	read -r sent bytes <"$T/sent"
	ledger "stopped" "$T/three.lp" "$sent" ""
	check "stopped: drops ($(self "$T/three.lp" dropped))" \
		test "$(self "$T/three.lp" dropped)" -gt 0
else
	not_ok "captures with a small ring"
fi

# 4. SIGTERM while packets still come: what was delivered is accounted for.
if tapline_bg four "$cap" "${ALL[@]}" -i c0; then
	blast g0 400000 100000 0 60 >"$T/sent" &
	a=$!
	await 30 test -s "$T/four.lp"
	stop "$four"
	is "under load: exits with 0" "$code" 0
	note "under load it took $took_ms ms"
	wait $a
	ledger "under load" "$T/four.lp" "$(self "$T/four.lp" received)" ""
	check "under load: packets were there" \
		test "$(self "$T/four.lp" delivered)" -gt 0
else
	not_ok "captures under load"
fi

finish
