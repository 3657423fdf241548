#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# What tapline costs: a replay with everything on against a bare libpcap loop
# over the same file, and against other programs where they are installed.
#
# MIX=FILE      the capture; without it one of PACKETS packets is made
# RUNS=5        of each, taking turns; medians count
# GEOIP="a.mmdb b.mmdb"   databases to look every host up in
# BIN=build/tapline  PACKETS=2000000  OTHERS=1 (0: leave the others out)
# COST=1        then what each dissector and each other part costs (0: not)
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/tapline}
RUNS=${RUNS:-5}
PACKETS=${PACKETS:-2000000}
dir=build/tests/bench
mkdir -p $dir

tool() { # NAME LIBRARIES: builds $dir/NAME from tests/bench/NAME.c
	if [ ! -x "$dir/$1" ] || [ "tests/bench/$1.c" -nt "$dir/$1" ]; then
		${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -O2 -o "$dir/$1" \
		    "tests/bench/$1.c" $2 || exit 1
	fi
}
tool bare -lpcap
tool mix -lm

if [ -z "${MIX:-}" ]; then
	MIX=$dir/mix-$PACKETS.pcap
	if [ ! -s "$MIX" ] || [ $dir/mix -nt "$MIX" ]; then
		$dir/mix -n "$PACKETS" -o "$MIX.new" && mv "$MIX.new" "$MIX"
	fi
fi
cat "$MIX" >/dev/null || exit 1
set -- $($dir/bare "$MIX")
packets=$1
echo "$MIX: $packets packets, $2 bytes on the wire, $(nproc) processors"

geoip=
for db in ${GEOIP:-}; do
	geoip="$geoip --geoip $db"
done
set -- "bare=$dir/bare $MIX"
if [ -x "$BIN" ]; then
	all="$BIN -q --sensor bench -r $MIX --window 60 --window all $geoip"
	set -- "$@" "tapline=$all"
else
	echo "# SKIP tapline: no $BIN"
fi
if [ "${OTHERS:-1}" != 0 ]; then
	for other in tcpdump softflowd tshark; do
		command -v $other >/dev/null || {
			echo "# SKIP $other: not installed"
			continue
		}
		case $other in
		tcpdump) set -- "$@" \
		    "tcpdump -w=tcpdump -r $MIX -w /dev/null 2>/dev/null" ;;
		softflowd) set -- "$@" \
		    "softflowd@1=softflowd -r $MIX -m 1000000 2>/dev/null" ;;
		tshark)
			part=$((packets < 100000 ? packets : 100000))
			k=$(awk "BEGIN { printf \"%g\", $packets / $part }")
			set -- "$@" "tshark -z io,stat*$k@1=tshark -n -r $MIX \
			    -c $part -q -z io,stat,2 2>/dev/null" ;;
		esac
	done
fi
[ -x "$BIN" ] && set -- --budget "tapline=${BUDGET:-2.0}" "$@"
python3 tests/bench/measure.py --runs "$RUNS" "$@"
rc=$?
if [ "${COST:-1}" != 0 ] && [ -x $dir/cost ]; then
	echo
	$dir/cost "$MIX" || rc=1
fi
exit $rc
