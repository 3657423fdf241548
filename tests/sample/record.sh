#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Records tests/sample/sample.pcap (or the file that is given): real programs
# talk in network namespaces, and tcpdump listens on the trunk between their
# switches.  Takes 80 seconds, root, and what `tests/deps.sh sample` installs.
#
#   desk ---- switch ==== trunk ==== switch ---- router ---- servers
#   meter --- (VLAN 20)     ^       (VLAN 20) ---'
#                        tcpdump

# shellcheck disable=SC2154,SC2317 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"

SAMPLE=$ROOT/tests/sample
OUT=${1:-$SAMPLE/sample.pcap}

need ip ethtool tcpdump python3 curl dig dnsmasq openssl nc ping
for n in desk meter left right router servers; do
	netns_new $n ipv6 || skip_all "no network namespaces"
done
chmod 755 "$T"

# The switches are no hosts: not a word from them.
for n in "$left" "$right"; do
	ip netns exec "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
done
ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1 \
	net.ipv6.conf.all.forwarding=1

# cable NS1 IF1 NS2 IF2 N: hosts at its ends have the addresses 02:…:N:1, :2
cable() {
	veth_new "$1" "$2" "$3" "$4" || exit 1
	ip -n "$1" link set "$2" address "02:00:5e:00:$5:01"
	ip -n "$3" link set "$4" address "02:00:5e:00:$5:02"
}
cable "$desk" eth0 "$left" p1 10
cable "$meter" eth0 "$left" p2 20
cable "$left" trunk "$right" trunk 99
cable "$router" lan "$right" p1 11
cable "$router" vlan20 "$right" p2 21
cable "$router" wan "$servers" eth0 30
# Room for the tag that the switch inserts.
for i in p1 p2 trunk; do
	ip -n "$left" link set $i mtu 1504 arp off
	ip -n "$right" link set $i mtu 1504 arp off
done

addr() {
	ip -n "$1" addr add "$3" dev "$2" || exit 1
	ip -n "$1" -6 addr add "$4" dev "$2" || exit 1
}
addr "$desk" eth0 192.0.2.10/24 2001:db8:1::10/64
addr "$meter" eth0 198.51.100.20/24 2001:db8:20::20/64
addr "$router" lan 192.0.2.1/24 2001:db8:1::1/64
addr "$router" vlan20 198.51.100.1/24 2001:db8:20::1/64
addr "$router" wan 203.0.113.1/24 2001:db8:ff::1/64
for i in 10 20 53; do
	addr "$servers" eth0 203.0.113.$i/24 2001:db8:ff::$i/64
done
route() {
	ip -n "$1" route add default via "$2"
	ip -n "$1" -6 route add default via "$3"
}
route "$desk" 192.0.2.1 2001:db8:1::1
route "$meter" 198.51.100.1 2001:db8:20::1
route "$servers" 203.0.113.1 2001:db8:ff::1
ip -n "$desk" route add 224.0.0.0/4 dev eth0

etc=()
trap 'rm -rf "${etc[@]}"; cleanup' EXIT
for n in "$desk" "$meter"; do
	etc+=("/etc/netns/$n")
	mkdir -p "/etc/netns/$n"
	echo 'nameserver 203.0.113.53' >"/etc/netns/$n/resolv.conf"
done

on() {
	local ns=$1
	shift
	ip netns exec "$ns" "$@"
}

for n in left right; do
	run_bg switch ip netns exec "${!n}" \
		python3 "$SAMPLE/vlan_switch.py" trunk 0:p1 20:p2 >"$T/$n"
	await 5 grep -q ready "$T/$n" || exit 1
done
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=example.com \
	-addext 'subjectAltName=DNS:*.example.com,DNS:*.example.net' \
	-keyout "$T/key" -out "$T/cert" 2>/dev/null || exit 1
run_bg http ip netns exec "$servers" \
	python3 "$SAMPLE/servers.py" "$T/cert" "$T/key" >"$T/http"
await 5 grep -q ready "$T/http" || exit 1
run_bg dns ip netns exec "$servers" \
	dnsmasq --keep-in-foreground --conf-file=/dev/null --no-hosts \
	--no-daemon --user=root --pid-file= \
	--listen-address=203.0.113.53 --bind-interfaces --local-ttl=60 \
	--host-record=www.example.com,203.0.113.10,2001:db8:ff::10 \
	--host-record=cdn.example.com,203.0.113.20,2001:db8:ff::20 \
	--host-record=api.example.net,203.0.113.20,2001:db8:ff::20 \
	--host-record=v6.example.net,2001:db8:ff::10 \
	--host-record=intranet.test,203.0.113.10 \
	--cname=shop.example.com,www.example.com \
	--mx-host=example.com,mail.example.com,10 \
	--txt-record=example.com,'v=spf1 -all' \
	--local=/test/ --local=/com/ --local=/net/ --local=/org/ \
	2>"$T/dns"
run_bg sink ip netns exec "$servers" nc -u -l -k 203.0.113.10 5004 >/dev/null
dns_answers() {
	on "$router" dig +time=1 +tries=1 @203.0.113.53 www.example.com \
		>/dev/null
}
await 5 dns_answers || exit 1

run_bg tap ip netns exec "$left" tcpdump -Z root -n -U -B 8192 -i trunk \
	-w "$T/sample.pcap" 2>"$T/tap"
await 5 grep -q 'listening on' "$T/tap" || exit 1

fetch() {
	local ns=$1
	shift
	on "$ns" curl -s -k -m 5 -o /dev/null -A 'Mozilla/5.0 (X11; sample)' \
		"$@" || :
}

browse() {
	local site=$1 files=() f
	for f in '' style.css app.js logo.bin; do
		files+=(-o /dev/null "$site/$f")
	done
	fetch "$desk" "${files[@]}"
}

# Someone at a desk, for a minute.
at_the_desk() {
	on "$desk" ping -q -c 3 -i 0.5 192.0.2.1
	browse http://www.example.com
	sleep 3
	browse https://www.example.com
	fetch "$desk" -4 https://cdn.example.com/logo.bin
	sleep 4
	fetch "$desk" -4 --tls-max 1.2 'https://api.example.net/v1/status?u=7'
	fetch "$desk" http://intranet.test/news
	on "$desk" dig example.com MX
	on "$desk" dig example.com TXT
	on "$desk" dig -x 203.0.113.10
	sleep 5
	fetch "$desk" -6 http://v6.example.net/
	on "$desk" ping -6 -q -c 4 -i 0.5 2001:db8:ff::10
	fetch "$desk" http://shop.example.com/missing
	on "$desk" dig no-such-host.example.com
	sleep 4
	# Nobody listens there; and a name asked over TCP.
	fetch "$desk" -4 http://www.example.com:8081/
	on "$desk" dig +tcp www.example.com AAAA
	on "$desk" dig +tries=1 +time=1 -p 5353 @224.0.0.251 printer.local
	sleep 5
	# Too big for one packet: fragments.
	on "$desk" ping -q -c 2 -s 3000 203.0.113.20
	on "$desk" ping -6 -q -c 2 -s 3000 2001:db8:ff::20
	browse http://www.example.com
	sleep 6
	fetch "$desk" -6 https://www.example.com/news
	fetch "$desk" -4 https://shop.example.com/news
	sleep 5
	fetch "$desk" -X POST -d '{"message":"hello"}' \
		https://api.example.net/v1/messages
	browse https://cdn.example.com
	on "$desk" ping -q -c 2 192.0.2.99
	fetch "$desk" http://intranet.test/v1/status
}

# A meter in VLAN 20 that reports every three seconds.
a_meter() {
	local i
	for i in $(seq 20); do
		fetch "$meter" -4 -H 'Content-Type: application/json' \
			-d "{\"n\":$i,\"watt\":$((400 + i * 7))}" \
			http://api.example.net/v1/readings
		[ $((i % 5)) -ne 0 ] ||
			fetch "$meter" -6 https://api.example.net/v1/status
		sleep 3
	done
	on "$meter" ping -6 -q -c 2 2001:db8:20::1
}

# A stream of small packets, ten a second.
a_stream() {
	local i
	for i in $(seq 400); do
		printf '%0100d' "$i"
		sleep 0.1
	done | on "$desk" nc -u -q 1 203.0.113.10 5004
}

note "recording for 80 seconds"
at_the_desk >/dev/null 2>&1 &
jobs=$!
a_meter >/dev/null 2>&1 &
jobs="$jobs $!"
a_stream &
# shellcheck disable=SC2086 # a list
wait $jobs $!
# tcpdump's ring has a second to be read.
sleep 1.5
kill -TERM "$tap"
wait "$tap"
check "records at least 1000 packets" \
	test "$(pcap_count "$T/sample.pcap")" -ge 1000
check "records less than 400 KB" \
	test "$(stat -c %s "$T/sample.pcap")" -lt 400000
[ "$n_failed" -ne 0 ] || cp "$T/sample.pcap" "$OUT"
finish
