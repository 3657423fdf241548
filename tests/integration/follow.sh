#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Following what tcpdump and others write: each packet in one bin, through
# rotation, rewriting, packing and restarts.  ROTATIONS and RESTARTS make it
# longer (1000 and 20 for a release), PPS faster.
. "$(dirname "$0")/lib.sh"

ROTATIONS=${ROTATIONS:-8}
RESTARTS=${RESTARTS:-4}
PPS=${PPS:-20000}
# A -C 1 file holds so many packets of 60 bytes.
PER_FILE=13158

need ip tcpdump nft gzip zstd python3
need_tapline
${CC:-cc} -O2 -D_GNU_SOURCE -o "$T/blast" "$ROOT/tests/integration/blast.c" ||
	skip_all "no compiler"
netns_new src || skip_all "no network namespaces"
netns_new dst
veth_new "$src" tls0 "$dst" tld0
silence "$dst" tld0

# follow NAME PATTERN ARGUMENTS...: begins to follow.  Output is added to
# $T/NAME.lp, as a database would keep it: see points.
follow() {
	local name=$1 pattern=$2
	shift 2
	run_bg "$name" "$TAPLINE" -F "$pattern" --bin 0.2 --window 1 \
		--report 1 "$@" >>"$T/$name.lp" 2>>"$T/$name.err"
}

# points FILE FIELD: the sum over all bins, of each the last that was
# published, as in a database where a point replaces its like.
points() {
	sed -n "s/^tapline_bin,.*[ ,]$2=\([0-9]*\)i.* \([0-9]*\)\$/\2 \1/p" "$1" |
		awk '{ v[$1] = $2 } END { for (t in v) s += v[t]; printf "%d\n", s }'
}

# differ FILE: bins published twice that were not the same.
differ() {
	grep '^tapline_bin,' "$1" | sort -u | awk '{ n[$NF]++ }
		END { for (t in n) d += n[t] > 1; print d + 0 }'
}

published() { [ "$(points "$T/$1.lp" packets)" -ge "$2" ]; }

# writer NAME ARGUMENTS...: tcpdump, until stopped.
writer() {
	local name=$1
	shift
	mkdir -p "$T/$name"
	run_bg "tcpdump_$name" ip netns exec "$dst" tcpdump -Z root -U -n \
		-B 262144 -i tld0 "$@" 2>"$T/$name.tcpdump"
	await 10 grep -q 'listening on' "$T/$name.tcpdump"
}

blast() { ip netns exec "$src" "$T/blast" tls0 "$1" "$PPS" >/dev/null; }

# end_writer NAME: prints how many packets it wrote.
end_writer() {
	local -n pid="tcpdump_$1"
	sleep 1.5 # tcpdump's own buffer; it gives up what is in it
	kill -TERM "$pid"
	await 10 grep -q ' captured' "$T/$1.tcpdump"
	sed -n 's/^\([0-9]*\) packets\{0,1\} captured/\1/p' "$T/$1.tcpdump"
}

# again NAME SIGNAL PATTERN ARGUMENTS...: ends it so, and begins anew.
again() {
	local name=$1 signal=$2
	local -n its="$name"
	shift 2
	kill "-$signal" "$its"
	wait "$its" 2>/dev/null
	follow "$name" "$@"
}

# exact WHAT NAME PACKETS: that many are published, and no more later.
exact() {
	await 20 published "$2" "$3"
	is "$1: packets" "$(points "$T/$2.lp" packets)" "$3"
	is "$1: bins published again are the same" "$(differ "$T/$2.lp")" 0
}

count=$((ROTATIONS * PER_FILE))
SPAN=$((count / PPS))

# Three writers of the same traffic: a ring of five names, each rewritten in
# place; one that is long enough for restarts; a file a second, packed by gzip
# or zstd once it is full.
cat >"$T/pack" <<'END'
#!/bin/sh
case $1 in *[02468].pcap) exec gzip "$1" ;; esac
exec zstd -q --rm "$1"
END
chmod +x "$T/pack"
writer ring -C 1 -W 5 -w "$T/ring/cap"
writer keep -C 1 -W 200 -w "$T/keep/cap"
writer packed -G 1 -z "$T/pack" -w "$T/packed/cap-%s.pcap"
keep=("$T/keep/cap*" --state "$T/state" --follow-wait 3)
packed=("$T/packed/cap-*.pcap*" --state "$T/state2" --follow-wait 3)
follow ring_tap "$T/ring/cap*" --follow-wait 3
follow keep_tap "${keep[@]}"
follow packed_tap "${packed[@]}"
blast $count &
sender=$!
for ((i = 0; i < RESTARTS; i++)); do
	# The fault comes at any time.
	sleep "$(awk -v r=$RANDOM -v s="$SPAN" -v n="$RESTARTS" \
		'BEGIN { printf "%.2f", s / (n + 1) * (0.6 + 0.8 * r / 32768) }')"
	signals=(KILL TERM)
	again keep_tap "${signals[i % 2]}" "${keep[@]}"
	again packed_tap "${signals[(i + 1) % 2]}" "${packed[@]}"
done
wait "$sender"

wrote=$(end_writer ring)
note "$wrote of $count packets written, $RESTARTS restarts"
exact "ring" ring_tap "$wrote"
stop "$ring_tap"
is "ring: exit code" "$code" 0
is "ring: nothing was cut" "$(self "$T/ring_tap.lp" files_cut)" 0
is "ring: late" "$(self "$T/ring_tap.lp" late)" 0
is "ring: lag" "$(self "$T/ring_tap.lp" lag_bytes)" 0

exact "restarts" keep_tap "$(end_writer keep)"
stop "$keep_tap"
before=$(points "$T/keep_tap.lp" packets)
follow keep_tap "${keep[@]}"
sleep 1
stop "$keep_tap"
is "restarts: one more reads nothing again" \
	"$(self "$T/keep_tap.lp" delivered)" 0
is "restarts: and publishes nothing" \
	"$(points "$T/keep_tap.lp" packets)" "$before"

exact "packed" packed_tap "$(end_writer packed)"
stop "$packed_tap"

# Byte by byte, and then what no capture has.
python3 - "$T" <<'END'
import struct, sys, os
T = sys.argv[1]
def pcap(path, first, n, mode="wb", ns=1):
    with open(path, mode) as f:
        if mode == "wb":
            f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(first, first + n):
            f.write(struct.pack("<IIII", 1700000000 + i // 100,
                                i % 100 * 10000, 60, 60) + b"%060d" % i)
os.makedirs(T + "/bytes")
os.makedirs(T + "/old")
pcap(T + "/bytes.pcap", 0, 40)
for i in range(10000):
    pcap("%s/old/%05d.pcap" % (T, 99999 - i), i * 3, 3)
    os.utime("%s/old/%05d.pcap" % (T, 99999 - i), (1700000000, 1700000000))
END
follow bytes_tap "$T/bytes/*" --follow-wait 3
python3 - "$T" <<'END'
import sys
T = sys.argv[1]
data = open(T + "/bytes.pcap", "rb").read()
with open(T + "/bytes/a.pcap", "wb", buffering=0) as f:
    for i in range(len(data)):
        f.write(data[i:i + 1])
END
echo 'no capture at all' >"$T/bytes/b.pcap"
ln -s /dev/zero "$T/bytes/zero.pcap"
exact "byte by byte" bytes_tap 40
stop "$bytes_tap"
is "bad files are counted" "$(self "$T/bytes_tap.lp" files_bad)" 2
is "bad files are told once" "$(grep -c 'set aside' "$T/bytes_tap.err")" 2

# Ten thousand old files, whose names say the opposite of their times.
follow old_tap "$T/old/*.pcap" --follow-wait 3 --state "$T/state3"
await 30 published old_tap 29900
most=$(find "/proc/$old_tap/fd" | wc -l)
exact "10000 old files" old_tap 30000
check "10000 old files: descriptors are bounded ($most)" [ "$most" -lt 64 ]
stop "$old_tap"
is "10000 old files: late" "$(self "$T/old_tap.lp" late)" 0
is "10000 old files: known" "$(self "$T/old_tap.lp" files)" 10000
follow old_tap "$T/old/*.pcap" --follow-wait 3 --state "$T/state3"
sleep 2
stop "$old_tap"
is "10000 old files: not read again" "$(self "$T/old_tap.lp" delivered)" 0

# A link that is turned to the next file, and a FIFO.
mkdir "$T/link"
cp "$T/old/99999.pcap" "$T/link.1"
cp "$T/old/99998.pcap" "$T/link.2"
ln -s "$T/link.1" "$T/link/now.pcap"
mkfifo "$T/link/fifo.pcap"
follow link_tap "$T/link/*.pcap" --follow-wait 3
await 10 test -s "$T/link_tap.lp"
ln -sfn "$T/link.2" "$T/link/now.pcap"
cat "$T/old/99997.pcap" >"$T/link/fifo.pcap"
exact "link and FIFO" link_tap 9
stop "$link_tap"
finish
