# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # what it sets is for those who source it
#
# For the integration tests, which source it: results in TAP, a temporary
# folder $T, and a bed of network namespaces.  Everything is taken away at the
# end, however the test ends.
#
# A test ends by calling finish.  It prints "ok N - what", "not ok N - what",
# "ok N - what # SKIP why", and the plan last.

set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
TAPLINE=${TAPLINE:-$BUILD/tapline}
T=$(mktemp -d "${TMPDIR:-/tmp}/tapline-test.XXXXXX")
n_results=0
n_failed=0
namespaces=()
pids=()

cleanup() {
	local i
	for i in "${pids[@]}"; do
		kill -CONT "$i" 2>/dev/null
		kill -KILL "$i" 2>/dev/null
		wait "$i" 2>/dev/null
	done
	for i in "${namespaces[@]}"; do
		ip netns del "$i" 2>/dev/null
	done
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ok() {
	n_results=$((n_results + 1))
	echo "ok $n_results - $*"
}

not_ok() {
	n_results=$((n_results + 1))
	n_failed=$((n_failed + 1))
	echo "not ok $n_results - $*"
}

# skip WHY [WHAT]: one result that can't be had here.
skip() {
	n_results=$((n_results + 1))
	echo "ok $n_results - ${2:-${0##*/}} # SKIP $1"
}

# skip_all WHY [WHAT]: the rest of the test can't run here.
skip_all() {
	skip "$@"
	finish
}

note() {
	echo "# $*"
}

finish() {
	echo "1..$n_results"
	[ "$n_failed" -eq 0 ]
	exit
}

# is WHAT GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1: got '$2', wanted '$3'"
	fi
}

# check WHAT COMMAND...: the command succeeds.
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else not_ok "$what"; fi
}

# Skips everything unless we are root and the commands are there.
need() {
	local c
	[ "$(id -u)" -eq 0 ] || skip_all "not root"
	for c in "$@"; do
		command -v "$c" >/dev/null || skip_all "no $c"
	done
}

need_tapline() {
	[ -x "$TAPLINE" ] || skip_all "no $TAPLINE (make)"
}

# await SECONDS COMMAND...: until it succeeds; fails when the time is over.
await() {
	local end=$((SECONDS + $1))
	shift
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# run_bg NAME COMMAND...: in the background; its process is $NAME.  Not for a
# function: the process would be a shell's.
run_bg() {
	local name=$1
	shift
	"$@" &
	pids+=("$!")
	printf -v "$name" %s "$!"
}

# ended PID: it is no more, or waits to be reaped.
ended() {
	case $(cut -d' ' -f3 <"/proc/$1/stat" 2>/dev/null) in
	'' | Z | X) return 0 ;;
	esac
	return 1
}

# netns_new NAME: a namespace of a random name, which $NAME then holds.
# Without IPv6 no neighbour discovery disturbs a count.
netns_new() {
	local id="tl-$1-$$-$RANDOM"
	ip netns add "$id" || return 1
	namespaces+=("$id")
	printf -v "$1" %s "$id"
	if [ "${2:-}" != ipv6 ]; then
		# shellcheck disable=SC2016 # for the inner shell
		ip netns exec "$id" sh -c '
			for c in all default; do
				f=/proc/sys/net/ipv6/conf/$c/disable_ipv6
				[ ! -e $f ] || echo 1 >$f
			done'
	fi
	ip -n "$id" link set lo up
}

# veth_new NS1 IF1 NS2 IF2: a cable; offloads off, so that what is counted is
# what a cable would carry.
veth_new() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3" ||
		return 1
	plug_in "$1" "$2" && plug_in "$3" "$4"
}

plug_in() {
	local o
	for o in gro gso tso tx rx; do
		ip netns exec "$1" ethtool -K "$2" $o off >/dev/null 2>&1
	done
	ip -n "$1" link set "$2" txqueuelen 10000 up
}

# silence NS IF: no ARP, and what arrives ends after the packet sockets.
silence() {
	ip -n "$1" link set "$2" arp off
	ip netns exec "$1" nft -f - <<-END
		table netdev silence {
			chain drop_all {
				type filter hook ingress device "$2" \
				    priority 0; policy drop;
			}
		}
	END
}

# tapline_bg NAME NS ARGUMENTS...: tapline in a namespace, capturing when this
# returns.  Its process is $NAME, its output $T/NAME.lp, its messages
# $T/NAME.err, and what it tells a service manager is in $T/NAME.notify.
tapline_bg() {
	local name=$1 ns=$2 listener
	shift 2
	chmod 755 "$T"
	python3 "$ROOT/tests/lib/notify_log.py" "$T/$name.sock" \
		>"$T/$name.notify" &
	listener=$!
	pids+=("$listener")
	await 5 test -S "$T/$name.sock" || return 1
	NOTIFY_SOCKET=$T/$name.sock run_bg "$name" ip netns exec "$ns" \
		"$TAPLINE" "$@" >"$T/$name.lp" 2>"$T/$name.err"
	await 30 grep -q READY=1 "$T/$name.notify" && return 0
	sed 's/^/# /' "$T/$name.err"
	return 1
}

# witness_bg NAME NS IF: tcpdump, writing $T/NAME.pcap.
witness_bg() {
	run_bg "$1" ip netns exec "$2" tcpdump -Z root -U -n -B 262144 \
		-i "$3" -w "$T/$1.pcap" 2>"$T/$1.err"
	await 10 grep -q 'listening on' "$T/$1.err"
}

# stop PID: SIGTERM; waits for the end, whose code is in $code (137: it did not
# come in a minute) and whose time in $took_ms, to be looked at.
stop() {
	local start
	start=$(date +%s%N)
	kill -TERM "$1"
	await 60 ended "$1" || kill -KILL "$1"
	wait "$1"
	code=$?
	took_ms=$((($(date +%s%N) - start) / 1000000))
}

# holds FILE PACKETS BYTES: a capture is complete.  tcpdump gives up what its
# ring still holds when it is stopped, so it must have read everything before.
holds() {
	[ "$(stat -c %s "$1")" -eq $((24 + 16 * $2 + $3)) ]
}

# The packets of a capture, counted by tcpdump alone.
pcap_count() {
	tcpdump --count -r "$1" 2>/dev/null | cut -d' ' -f1
}

# self FILE FIELD: of the last tapline_self, the ledger at the end.
self() {
	grep '^tapline_self,' "$1" | tail -n 1 |
		sed -n "s/.*[ ,]$2=\(-\{0,1\}[0-9]*\)i.*/\1/p"
}

# bins FILE FIELD [SOURCE]: the sum over all tapline_bin.
bins() {
	grep '^tapline_bin,' "$1" | grep -F "source=${3:-}" |
		sed -n "s/.*[ ,]$2=\(-\{0,1\}[0-9]*\)i.*/\1/p" |
		awk '{ s += $1 } END { printf "%d\n", s }'
}

# rankings FILE: those over everything, without their time and sensor.
rankings() {
	grep '^tapline_top,' "$1" | grep -F window=all |
		sed 's/ [0-9]*$//; s/sensor=[^, ]*/sensor=x/' | sort
}
