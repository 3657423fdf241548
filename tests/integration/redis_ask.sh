#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# A slot that moves from node to node of a cluster key by key, and may stay
# half-way: records find the node where their stream is, each once and in
# order, whoever dies and whatever is cut meanwhile.  ROUNDS (1) says how often
# it moves there and back.
cd "$(dirname "$0")/../.." || exit 1

for c in redis-server redis-cli python3; do
	command -v $c >/dev/null || { echo "SKIP redis_ask: no $c"; exit 0; }
done
T=$(mktemp -d) || exit 1
. tests/integration/places.sh
. tests/integration/driver.sh

ROUNDS=${ROUNDS:-1}
nodes=(a b c)
free_ports "${nodes[@]}" pa pb
all=()
start_node() {	# NAME ARGUMENTS…
	start "$1" --port "${port[$1]}" --cluster-enabled yes \
	    --cluster-node-timeout 2000 --appendonly yes --appendfsync always \
	    --cluster-require-full-coverage no "${@:2}"
}
for i in "${nodes[@]}"; do
	all+=("127.0.0.1:${port[$i]}")
	start_node "$i"
done
redis-cli --cluster create "${all[@]}" --cluster-yes \
    >"$T/create" 2>&1 || { sed 's/^/# /' "$T/create"; exit 1; }
is_whole() {
	local i
	for i in "${nodes[@]}"; do
		cli "$i" cluster info | grep -q cluster_state:ok || return 1
		[ "$(cli "$i" cluster nodes | grep -c ' connected')" = 3 ] ||
			return 1
		! cli "$i" cluster nodes | grep -q fail || return 1
	done
}
await 20 is_whole || { echo "not ok - the cluster isn't whole"; exit 1; }

node() { echo "$T/$1.sock:${port[$1]}"; }
# ask WHAT FROM TO ARGUMENTS…
ask() { python3 "$here/redis_ask.py" "$1" "$(node "$2")" "$(node "$3")" "${@:4}"; }
flows() {	# FROM TO SENSOR N: all streams get on
	python3 "$here/redis_ask.py" wait 20 "$(node "$1")" "$(node "$2")" \
	    "$3" "$4"
}
# owner SENSOR: sets from and to
owner() {
	local i answer
	for from in a b c; do
		answer=$(cli $from xlen "tapline:{$1}:bin" 2>&1)
		[ "${answer#MOVED}" != "$answer" ] || break
	done
	for to in a b; do
		[ $to = $from ] || break
	done
}
quit() { kill -TERM "$drv"; wait "$drv"; }
url=redis+cluster://127.0.0.1:${port[a]},127.0.0.1:${port[b]}

# --- half-way -----------------------------------------------------------------
# Logged in at both, with the permissions in docs/redis.md.
for i in "${nodes[@]}"; do
	cli "$i" acl setuser tap on '>wort' '~tapline:*' '&tapline:*' -@all \
	    +ping +auth +select +set +get +xadd +xrevrange \
	    '+xinfo|stream' +publish +zadd +del +pexpire +hset \
	    +rename +multi +exec '+cluster|nodes' +asking >/dev/null
done
echo wort >"$T/wort"
owner half
BG=1 run -u tap -p "$T/wort" -b 100000 -i 5 -d 20000 -s half "$url"
check "records flow" flows $from $to half 50
check "the slot is open" ask open $from $to half
check "with no key there: records flow" flows $from $to half 50
check "one stream moves" ask move $from $to half 1 bin
check "records flow to both" flows $from $to half 1100
check "the log says so" logged "a slot is moving to 127.0.0.1:${port[$to]}"
check "two streams are there" ask move $from $to half 1 top
check "records flow" flows $from $to half 200
check "who writes moves, too" ask move $from $to half 1 writer
check "records flow" flows $from $to half 200
check "the rest" ask close $from $to half
check "records flow" flows $to $from half 200
quit
check "nothing waits or is lost" is spooled=0 lost_full=0 lost_error=0 lost_rollback=0
check "nothing twice" ask check $to $from half 1
check "no word of trouble" warned "records wait\|refused" 0

# A stream that is nowhere begins at the new node; at the end, what is a
# snapshot is not waited for.
owner new
ask open $from $to new
run -b 50 -s new "$url"
check "a slot that is open before the first record" is stored=650 spooled=0
check "they are at the new node" ask check $from $to new 1 50
check "the rest" ask close $from $to new

# --- there and back, at speed ---------------------------------------------------
owner loop
BG=1 run -b 100000 -i 2 -d 20000 -s loop "$url"
check "records flow" flows $from $to loop 50
for i in $(seq "$ROUNDS"); do
	for _ in there back; do
		check "$i: open" ask open $from $to loop
		for _ in 1 2 3 4; do
			check "$i: a key moves" ask move $from $to loop 1
			check "$i: records flow" flows $from $to loop 20
		done
		check "$i: the rest" ask close $from $to loop
		check "$i: records flow" flows $from $to loop 50
		read -r from to <<<"$to $from"
	done
done
quit
check "nothing waits or is lost" is spooled=0 lost_full=0 lost_error=0 lost_rollback=0
check "nothing twice" ask check $from $to loop 1

# --- kill -9 --------------------------------------------------------------------
owner kill
mkdir "$T/spool"
kill_run() { BG=1 run -b 100000 -i 2 -d 20000 -S "$T/spool" -s kill "$url"; }
kill_run
check "records flow" flows $from $to kill 50
runs=1
for i in $(seq "$ROUNDS"); do
	check "$i: open" ask open $from $to kill
	for what in bin top; do
		check "$i: $what moves" ask move $from $to kill 1 $what
		check "$i: records flow" flows $from $to kill 50
		{ kill -9 "$drv"; wait "$drv"; } 2>/dev/null
		kill_run
		runs=$((runs + 1))
		check "$i: tapline is killed: records flow" flows $from $to kill 50
	done
	for victim in $from $to; do
		kill_server $victim
		sleep .2
		start_node $victim
		check "$i: $victim is killed: the cluster is whole" await 20 is_whole
		check "$i: records flow" flows $from $to kill 50
	done
	check "$i: the rest" ask close $from $to kill
	check "$i: records flow" flows $from $to kill 50
	read -r from to <<<"$to $from"
done
quit
check "nothing waits or is lost" is spooled=0 lost_full=0 lost_error=0 lost_rollback=0
check "nothing twice" ask check $from $to kill $runs

# --- cut ------------------------------------------------------------------------
# Each node announces a proxy, which cuts.
announce() {	# NODE PORT
	cli "$1" config set cluster-announce-port "$2" >/dev/null
}
for i in a b; do
	: >"$T/ready"
	python3 "$here/redis_ask.py" cut "${port[p$i]}" "${port[$i]}" $RANDOM \
	    >"$T/ready" &
	server[p$i]=$!
	await 5 grep -q ready "$T/ready"
	announce $i "${port[p$i]}"
done
knows_proxies() {
	local i
	for i in a b c; do
		[ "$(cli $i cluster nodes | grep -c ":${port[pa]}@\|:${port[pb]}@")" = 2 ] ||
			return 1
	done
}
check "the cluster knows the proxies" await 20 knows_proxies
owner cut
mkdir "$T/spool2"
BG=1 run -b 100000 -i 10 -k 5 -d 30000 -S "$T/spool2" -s cut \
    redis+cluster://127.0.0.1:"${port[pa]}",127.0.0.1:"${port[pb]}"
check "records flow" flows $from $to cut 50
for i in $(seq "$ROUNDS"); do
	check "$i: open" ask open $from $to cut
	for what in bin top; do
		check "$i: $what moves" ask move $from $to cut 1 $what
		check "$i: records flow" flows $from $to cut 150
	done
	check "$i: the rest" ask close $from $to cut
	check "$i: records flow" flows $from $to cut 100
	read -r from to <<<"$to $from"
done
quit
check "nothing waits or is lost" is spooled=0 lost_full=0 lost_error=0 lost_rollback=0
check "nothing twice" ask check $from $to cut 1
check "it was cut" logged "closed the connection"
for i in a b; do
	announce $i 0
	kill_server p$i
done
is_itself() {
	local i j
	for i in "${nodes[@]}"; do
		for j in "${all[@]}"; do
			cli $i cluster nodes | grep -q "$j@" || return 1
		done
	done
	is_whole
}
check "the cluster is itself again" await 20 is_itself

# --- as an operator does it ------------------------------------------------------
owner shard
BG=1 run -b 100000 -i 2 -d 20000 -s shard "$url"
check "records flow" flows $from $to shard 50
reshard() {	# FROM TO
	redis-cli --cluster reshard "${all[2]}" \
	    --cluster-from "$(cli "$1" cluster myid)" \
	    --cluster-to "$(cli "$2" cluster myid)" \
	    --cluster-slots 16384 --cluster-pipeline 1 --cluster-yes
}
check "redis-cli --cluster reshard, all slots of a node" reshard $from $to
check "records flow" flows $to $from shard 100
quit
check "nothing waits or is lost" is spooled=0 lost_full=0 lost_error=0 lost_rollback=0
check "nothing twice" ask check $to $from shard 1
# --- a cluster that lies ---------------------------------------------------------
lies() {	# WHAT REPLY WHY
	: >"$T/ready"
	python3 "$here/redis_ask.py" say "${port[pa]}" "$2" >"$T/ready" &
	server[pa]=$!
	await 5 grep -q ready "$T/ready"
	run -b 1 -d 1000 redis+cluster://127.0.0.1:"${port[pa]}"
	check "$1: one line" warned "$3.*records wait" 1
	check "$1: nothing is stored" is stored=0 spooled=13
	kill_server pa
}
lies "ASK to itself" "ASK 1 127.0.0.1:${port[pa]}" "ASKING"
lies "ASK to nobody" "ASK 1 127.0.0.1:1" "127.0.0.1:1: Connection refused"
lies "ASK to nowhere" "ASK 1 a b:0" "ASK"
lies "TRYAGAIN" "TRYAGAIN later" "TRYAGAIN"

# --- how fast ----------------------------------------------------------------------
# A replay of FAST (2000) bins, with two of three streams at the new node.
owner fast
run -b 1 -s fast "$url"
ask open $from $to fast
ask move $from $to fast 1 bin top
start_ns=$(date +%s%N)
run -R -b "${FAST:-2000}" -s fast "$url"
check "half-way, a replay" is stored=$((${FAST:-2000} * 13)) lost_full=0 lost_error=0
echo "# $((${FAST:-2000} * 13)) records in $((($(date +%s%N) - start_ns) / 1000000)) ms"
check "nothing twice" ask check $from $to fast 2

[ "${SAN:-0}" = 0 ] || check "the sanitizers are silent" sanitizers_are_silent
echo "1..$n"
[ $failed -eq 0 ]
