#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Places, from a capture and databases of our own to the lines: what is known
# of hosts, rankings by country and system, and databases that are no good.

# shellcheck disable=SC2154 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

need_tapline
command -v python3 >/dev/null || skip_all "no python3"
mkdir "$T/mmdb"
python3 "$ROOT/tests/lib/mmdb.py" "$T/mmdb" || skip_all "no databases"
DB=$T/mmdb

# Raw IP: 20 bytes of header and so many of payload from one host to another.
capture() {
	python3 - "$@" <<'END'
import socket, struct, sys
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
    for i, packet in enumerate(sys.argv[2:]):
        src, dst, n = packet.split()
        n = int(n)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + n, i, 0, 64, 253, 0,
                         socket.inet_aton(src), socket.inet_aton(dst))
        f.write(struct.pack("<IIII", 1000000000 + i, 0, 20 + n, 20 + n))
        f.write(ip + bytes(n))
END
}
capture "$T/in.pcap" "81.2.69.142 10.0.0.1 80" "81.2.69.7 1.128.3.4 180" \
	"10.0.0.1 9.9.9.9 980" "9.9.9.9 81.2.69.142 480"

replay() {
	"$TAPLINE" -q --sensor x --window all --report 0 -r "$T/in.pcap" "$@" \
		>"$T/out.lp" 2>"$T/err"
}

# row BY KEY: the fields of its point.
row() {
	grep "^tapline_top,by=$1," "$T/out.lp" | grep -F "key=\"$2\"" |
		sed 's/^[^ ]* //; s/ [0-9]*$//'
}

replay --geoip "$DB/city.mmdb" --geoip "$DB/asn.mmdb" \
	--geoip "$DB/flat-country.mmdb"
is "exits with 0" $? 0
is "says nothing" "$(cat "$T/err")" ""
is "a host has country, city and system" "$(row src 81.2.69.142)" \
	'key="81.2.69.142",packets=1i,bytes=100i,country="GB",city="London",asn=20712i,as_org="Example Networks"'
is "the first database wins, the next fill in" "$(row dst 9.9.9.9)" \
	'key="9.9.9.9",packets=1i,bytes=1000i,country="CH"'
is "a private address has nothing" "$(row src 10.0.0.1)" \
	'key="10.0.0.1",packets=1i,bytes=1000i'
is "a country counts once, at either end" "$(row country GB)" \
	'key="GB",packets=3i,bytes=800i,country="GB"'
is "and the other country" "$(row country CH)" \
	'key="CH",packets=2i,bytes=1500i,country="CH"'
check "a system is ranked with its organisation" \
	grep -q '^tapline_top,by=asn,.* key="20712",packets=3i,bytes=800i,asn=20712i,as_org="Example Networks"' \
	"$T/out.lp"
is "what has no country is in the rest" \
	"$(grep '^tapline_top,by=asn,rank=other,' "$T/out.lp" |
		sed 's/^[^ ]* //; s/ [0-9]*$//')" \
	'key="",packets=1i,bytes=1000i'

replay
is "without a database no ranking by place" \
	"$(grep -cE 'by=(country|asn)' "$T/out.lp")" 0

for bad in cut-in-half deep-maps empty no-metadata; do
	[ -f "$DB/$bad.mmdb" ] || continue
	replay --geoip "$DB/$bad.mmdb" --geoip "$DB/flat-country.mmdb"
	is "$bad: goes on" $? 0
	is "$bad: counts" "$(self "$T/out.lp" delivered)" 4
	is "$bad: the next database is asked" "$(row dst 9.9.9.9)" \
		'key="9.9.9.9",packets=1i,bytes=1000i,country="CH"'
done
# A database that is overwritten in place while it is in use: hosts that come
# afterwards are looked up all the same.
mkfifo "$T/fifo"
cp "$DB/city.mmdb" "$T/used.mmdb"
capture "$T/later.pcap" "81.2.69.142 10.0.0.1 80" "10.0.0.1 10.0.0.2 80" \
	"81.2.69.7 10.0.0.1 80"
run_bg using "$TAPLINE" -q --sensor x --window all --bin 0.1 --report 0 \
	-r "$T/fifo" --geoip "$T/used.mmdb" >"$T/out.lp"
exec 9>"$T/fifo"
head -c $((24 + 2 * 116)) "$T/later.pcap" >&9
looked_up() {
	kill -USR1 "$using" &&
		grep -q 'key="81.2.69.142",.*country="GB"' "$T/out.lp"
}
check "a database in use" await 30 looked_up
: >"$T/used.mmdb"
tail -c 116 "$T/later.pcap" >&9
exec 9>&-
wait "$using"
is "it is emptied: goes on" $? 0
is "it is emptied: counts" "$(self "$T/out.lp" delivered)" 3
check "it is emptied: knows who comes later" \
	grep -q '^tapline_top,by=src,.*key="81.2.69.7",.*country="GB"' \
	"$T/out.lp"

replay --geoip "$DB/empty.mmdb"
is "a bad database alone: goes on" $? 0
is "with one message" "$(wc -l <"$T/err")" 1
check "that names it" grep -q "^tapline: .*empty.mmdb" "$T/err"
finish
