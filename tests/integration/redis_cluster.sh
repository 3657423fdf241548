#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# A cluster of redis-server, three masters with a replica each: records find
# the node that has their slot, follow the slot when it moves, and go on when
# the node is killed.
cd "$(dirname "$0")/../.." || exit 1

for c in redis-server redis-cli python3; do
	command -v $c >/dev/null || { echo "SKIP redis_cluster: no $c"; exit 0; }
done
T=$(mktemp -d) || exit 1
. tests/integration/places.sh
. tests/integration/driver.sh

nodes=(a b c d e f)
free_ports "${nodes[@]}" fake
declare -A by_port
all=()
for i in "${nodes[@]}"; do
	by_port[${port[$i]}]=$i
	all+=("127.0.0.1:${port[$i]}")
	start "$i" --port "${port[$i]}" --cluster-enabled yes \
	    --cluster-node-timeout 1000 --appendonly yes --appendfsync always \
	    --repl-diskless-sync-delay 0 --min-replicas-max-lag 1
done
redis-cli --cluster create "${all[@]}" --cluster-replicas 1 --cluster-yes \
    >"$T/create" 2>&1 || { sed 's/^/# /' "$T/create"; exit 1; }
is_whole() {
	local i
	for i in "${nodes[@]}"; do
		cli "$i" cluster info | grep -q cluster_state:ok || return 1
		cli "$i" info replication | tr -d '\r' |
			grep -qE 'state=online|master_link_status:up' || return 1
	done
}
await 20 is_whole || { echo "not ok - the cluster isn't whole"; exit 1; }

slot_of() { cli "$alive" cluster keyslot "tapline:{$1}:bin"; }
alive=a
# owner SENSOR: the node that serves its slot
owner() {
	local answer
	answer=$(cli "$alive" xlen "tapline:{$1}:bin" 2>&1)
	case $answer in
	MOVED*) echo "${by_port[${answer##*:}]}" ;;
	*) echo "$alive" ;;
	esac
}
id() { cli "$1" cluster myid; }
has() { resp "$(owner "$1")" wait 8 "tapline:{$1}:bin" "$2"; }

url=redis+cluster://127.0.0.1:${port[a]},127.0.0.1:${port[b]}

# --- it works ------------------------------------------------------------------
for s in s1 s2 s3 s4 s5; do
	run -b 20 -s $s "$url"
	check "$s: all is stored" is stored=260 spooled=0
	check "$s: at node $(owner $s)" resp "$(owner $s)" streams $s 20
	check "$s: with its ranking and its state" resp "$(owner $s)" top $s 10
done
check "not all at one" test "$(for s in s1 s2 s3 s4 s5; do owner $s; done |
	sort -u | wc -l)" -ge 2
run -b 5 -s one redis+cluster://127.0.0.1:"${port[f]}"
check "by way of a replica" is stored=65
run -b 5 -s dead redis+cluster://127.0.0.1:1,127.0.0.1:"${port[fake]},127.0.0.1:${port[c]}"
check "nodes that are dead are passed by" is stored=65
check "without a word" warned "records wait" 0
for s in s1 s2 s3; do
	[ "$(owner $s)" = a ] || break
done
run -b 3 -d 300 -s $s redis://127.0.0.1:"${port[a]}"
check "redis:// at the wrong node: says what to write" logged "redis+cluster://"
check "and keeps the records" is spooled=39

for i in "${nodes[@]}"; do
	cli "$i" acl setuser tap on '>wort' '~tapline:*' '&tapline:*' -@all \
	    +ping +auth +select +set +get +xadd +xrevrange \
	    '+xinfo|stream' +publish +zadd +del +pexpire +hset \
	    +rename +multi +exec '+cluster|nodes' >/dev/null
done
echo wort >"$T/wort"
run -u tap -p "$T/wort" -b 3 -s acl "$url"
check "a user with the permissions in docs/redis.md" is stored=39
check "and nothing refused" warned "refused\|NOPERM" 0

# A line for all who listen at any node.
BG=1 run -b 100000 -i 20 -s pub "$url"
message=$(timeout 10 redis-cli -s "$T/f.sock" subscribe 'tapline:{pub}:bin' | sed -n 6p\;6q)
kill $drv
wait $drv
check "published lines reach another node" test \
    "${message#tapline_bin,sensor=pub,source=eth0 packets=}" != "$message"

# --- the slot moves ----------------------------------------------------------------
# move SENSOR FROM TO: as redis-cli's reshard does it, but half-way until
# tapline has met it.
half_way() {
	local slot
	slot=$(slot_of "$1")
	cli "$3" cluster setslot "$slot" importing "$(id "$2")" >/dev/null
	cli "$2" cluster setslot "$slot" migrating "$(id "$3")" >/dev/null
	cli "$2" migrate 127.0.0.1 "${port[$3]}" "tapline:{$1}:bin" 0 5000
}
other_half() {
	local slot key i
	slot=$(slot_of "$1")
	while key=$(cli "$2" cluster getkeysinslot "$slot" 1) && [ -n "$key" ]; do
		cli "$2" migrate 127.0.0.1 "${port[$3]}" "$key" 0 5000 >/dev/null
	done
	for i in "$3" "$2"; do
		cli "$i" cluster setslot "$slot" node "$(id "$3")"
	done
}
from=$(owner moved)
for to in a b c; do
	[ "$to" = "$from" ] || break
done
BG=1 run -b 800 -i 10 -d 20000 -s moved "$url"
check "records flow" has moved 50
alive=$from
check "half of the slot moves" half_way moved "$from" "$to"
check "ASK is followed" await 5 logged "a slot is moving"
check "the other half" other_half moved "$from" "$to"
check "more records, there" resp "$to" wait 8 'tapline:{moved}:bin' 200
check "and back" half_way moved "$to" "$from"
check "and back, all" other_half moved "$to" "$from"
wait $drv
check "all is stored" is records=10400 stored=10400 lost_full=0 lost_error=0
check "nothing lost, nothing twice" resp "$from" streams moved 800
BG=1 run -b 400 -i 10 -d 20000 -s quick "$url"
check "records flow" has quick 20
for i in 1 2 3; do
	from=$(owner quick)
	for to in a b c; do
		[ "$to" = "$from" ] || break
	done
	half_way quick "$from" "$to" >/dev/null
	other_half quick "$from" "$to" >/dev/null
done
check "moved at once, three times: more records" has quick 250
wait $drv
check "all is stored" is records=5200 stored=5200 lost_full=0 lost_error=0
check "nothing lost, nothing twice" resp "$(owner quick)" streams quick 400

# --- failovers ------------------------------------------------------------------
replica_of() {	# NODE
	local p
	p=$(cli "$1" info replication | tr -d '\r' |
		sed -n 's/^slave0:.*port=\([0-9]*\).*/\1/p')
	echo "${by_port[$p]}"
}
from=$(owner over)
to=$(replica_of "$from")
BG=1 run -b 600 -i 10 -d 20000 -s over "$url"
check "records flow" has over 50
check "CLUSTER FAILOVER" cli "$to" cluster failover
takes_over() { [ "$(cli "$1" role | head -1)" = master ]; }
check "the replica takes over" await 10 takes_over "$to"
alive=$to
check "more records, there" resp "$to" wait 8 'tapline:{over}:bin' 300
wait $drv
check "all is stored" is records=7800 stored=7800 lost_full=0 lost_error=0
check "nothing lost, nothing twice" resp "$to" streams over 600

await 10 is_whole
from=$(owner killed)
to=$(replica_of "$from")
alive=$to
# The only node that it is told of is the one that dies.
BG=1 run -b 1000 -i 10 -d 20000 -s killed redis+cluster://127.0.0.1:"${port[$from]}"
check "records flow" resp "$from" wait 8 'tapline:{killed}:bin' 50
kill_server "$from"
check "kill -9: the replica takes over" await 15 takes_over "$to"
check "more records, there" resp "$to" wait 10 'tapline:{killed}:bin' 300
wait $drv
check "all is stored" is records=13000 stored=13000 lost_full=0 lost_error=0
check "what Redis kept is in order, each once" resp "$to" kept killed
echo "# $(resp "$to" kept killed) of the entries of 1000 bins"

# --- a cluster that lies -----------------------------------------------------------
lies() {	# WHAT REPLY WHY
	: >"$T/ready"
	python3 "$here/resp.py" "${port[fake]}" say "$2" >"$T/ready" &
	server[fake]=$!
	await 5 grep -q ready "$T/ready"
	run -b 1 -d 1000 redis+cluster://127.0.0.1:"${port[fake]}"
	check "$1: one line" warned "$3.*records wait" 1
	check "$1: nothing is stored" is stored=0 spooled=13
	kill_server fake
}
lies "MOVED to itself" "-MOVED 1 127.0.0.1:${port[fake]}\r\n" "from place to place"
lies "MOVED to itself, without a host" "-MOVED 1 :${port[fake]}\r\n" "from place to place"
lies "MOVED to nobody" '-MOVED 1 127.0.0.1:1\r\n' "127.0.0.1:1: Connection refused"
lies "MOVED to nowhere" '-MOVED 1 a b:0\r\n' "no address"
lies "MOVED for ever" "-MOVED $(printf '1%.0s' {1..9000})\r\n" "malformed"
lies "CLUSTERDOWN" '-CLUSTERDOWN Hash slot not served\r\n' "CLUSTERDOWN"

[ "${SAN:-0}" = 0 ] || check "the sanitizers are silent" sanitizers_are_silent
echo "1..$n"
[ $failed -eq 0 ]
