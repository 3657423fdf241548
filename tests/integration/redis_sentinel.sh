#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# A master, two replicas and three sentinels of redis-server: records go to
# whoever is the master, through failovers that are asked for and a master that
# is killed.
cd "$(dirname "$0")/../.." || exit 1

for c in redis-server redis-cli python3; do
	command -v $c >/dev/null || { echo "SKIP redis_sentinel: no $c"; exit 0; }
done
T=$(mktemp -d) || exit 1
. tests/integration/places.sh
. tests/integration/driver.sh

free_ports a b c s1 s2 s3 fake
declare -A by_port=([${port[a]}]=a [${port[b]}]=b [${port[c]}]=c)
redis() {	# NAME ARGUMENTS…
	start "$1" --port "${port[$1]}" --appendonly no \
	    --repl-diskless-sync-delay 0 --requirepass geheim \
	    --masterauth geheim "${@:2}"
}
cli() { redis-cli -s "$T/$1.sock" -a geheim --no-auth-warning "${@:2}"; }
resp() { PASSWORD=geheim python3 "$here/resp.py" "$T/$1.sock" "${@:2}"; }
redis a
redis b --replicaof 127.0.0.1 "${port[a]}"
redis c --replicaof 127.0.0.1 "${port[a]}"
sentinel() {	# NAME
	cat >"$T/$1.conf" <<-END
		port ${port[$1]}
		bind 127.0.0.1
		dir $T
		sentinel monitor mymaster 127.0.0.1 ${port[a]} 2
		sentinel auth-pass mymaster geheim
		sentinel down-after-milliseconds mymaster 2000
		sentinel failover-timeout mymaster 5000
		${2:-}
	END
	SENTINEL=1 start "$1" "$T/$1.conf"
}
for s in s1 s2 s3; do sentinel $s; done
ask() { redis-cli -p "${port[s1]}" "$@"; }
see_each_other() {
	local s
	for s in s1 s2 s3; do
		redis-cli -p "${port[$s]}" sentinel ckquorum mymaster |
			grep -q '^OK 3' || return 1
	done
	[ "$(ask sentinel replicas mymaster | grep -c '^name$')" -eq 2 ] &&
		[ "$(cli a info replication | grep -c state=online)" -eq 2 ]
}
await 15 see_each_other || { echo "not ok - the sentinels don't see each other"; exit 1; }
master() { echo "${by_port[$(ask sentinel get-master-addr-by-name mymaster | tail -1)]}"; }
is_master() { [ "$(master)" = "$1" ] && cli "$1" role | head -1 | grep -q master; }
is_other() { [ "$(master)" != "$1" ] && is_master "$(master)"; }
has() { resp "$(master)" wait 8 "tapline:{$1}:bin" "$2"; }

list=127.0.0.1:${port[s1]},127.0.0.1:${port[s2]},127.0.0.1:${port[s3]}
url=redis+sentinel://$list/mymaster
echo geheim >"$T/pw"

# --- it works ------------------------------------------------------------------
run -p "$T/pw" -b 20 -s one "$url"
check "the master is found: all is stored" is stored=260
check "there" resp a streams one 20
run -p "$T/pw" -b 5 -s db "$url/3"
check "a database" test "$(cli a -n 3 xlen 'tapline:{db}:bin')" = 5
run -p "$T/pw" -b 5 -s dead \
    redis+sentinel://127.0.0.1:1,127.0.0.1:"${port[fake]},$list"/mymaster
check "sentinels that are dead are passed by" is stored=65
check "without a word" warned "records wait" 0
run -p "$T/pw" -b 1 -d 500 redis+sentinel://"$list"/other
check "an unknown master: says so" logged "No such master\|knows no master"
check "once" warned "records wait" 1
check "and keeps the records" is spooled=13

cli a acl setuser tap on '>wort' '~tapline:*' '&tapline:*' -@all +ping +auth \
    +select +set +get +xadd +xrevrange '+xinfo|stream' +publish +zadd \
    +del +pexpire +hset +rename +multi +exec +role >/dev/null
echo wort >"$T/wort"
run -u tap -p "$T/wort" -b 3 -s acl "$url"
check "a user with the permissions in docs/redis.md" is stored=39
free_ports s4
sed "s/^port .*/port ${port[s4]}/; s/mymaster/guarded/" "$T/s1.conf" |
	grep -vE 'myid|epoch|known|user ' >"$T/s4.conf"
echo "requirepass geheim" >>"$T/s4.conf"
SENTINEL=1 start s4 "$T/s4.conf"
run -p "$T/pw" -b 3 -s guarded redis+sentinel://127.0.0.1:"${port[s4]}"/guarded
check "a sentinel that wants a password" is stored=39
kill_server s4

# --- failovers that are asked for ------------------------------------------------
before=$(master)
BG=1 run -p "$T/pw" -b 700 -i 10 -d 20000 -s over "$url"
check "records flow" has over 50
check "SENTINEL FAILOVER" await 8 ask sentinel failover mymaster
check "another is the master" await 15 is_other "$before"
count=$(resp "$(master)" cmd XLEN 'tapline:{over}:bin')
check "more records, there" has over $((count + 50))
wait $drv
check "all is stored" is records=9100 stored=9100 lost_full=0 lost_error=0
check "and all is there, what it forgot too" resp "$(master)" streams over 700

# --- a master that is killed ------------------------------------------------------
before=$(master)
BG=1 run -p "$T/pw" -b 900 -i 10 -d 20000 -s killed "$url"
check "records flow" has killed 50
# What the master has acknowledged, and not passed on, would go with it.
cli "$before" config set min-replicas-to-write 1 >/dev/null
kill_server "$before"
check "kill -9: another is the master" await 20 is_other "$before"
count=$(resp "$(master)" cmd XLEN 'tapline:{killed}:bin')
check "more records, there" has killed $((count + 50))
wait $drv
check "all is stored" is records=11700 stored=11700 lost_full=0 lost_error=0
check "what Redis kept is in order, each once" resp "$(master)" kept killed
echo "# $(resp "$(master)" kept killed) of the entries of 900 bins"

# --- a sentinel that lies -----------------------------------------------------------
lies() {	# WHAT REPLY: says why, once, and nothing is stored
	: >"$T/ready"
	python3 "$here/resp.py" "${port[fake]}" say "$2" >"$T/ready" &
	server[fake]=$!
	await 5 grep -q ready "$T/ready"
	run -p "$T/pw" -b 1 -d "${4:-700}" \
	    redis+sentinel://127.0.0.1:"${port[fake]},127.0.0.1:1"/mymaster
	check "$1: one line" warned "$3.*records wait" 1
	check "$1: nothing is stored" is stored=0 spooled=13
	kill_server fake
}
replica=a
for s in a b c; do
	[ "$s" = "$(master)" ] || [ -z "${server[$s]:-}" ] || replica=$s
done
lies "a sentinel that names a replica" \
    "*2\r\n\$9\r\n127.0.0.1\r\n\$5\r\n${port[$replica]}\r\n" "not a master: slave"
lies "one that names itself" \
    "*2\r\n\$9\r\n127.0.0.1\r\n\$5\r\n${port[fake]}\r\n" "from place to place\|not a master"
lies "no address" '*2\r\n$3\r\na b\r\n$4\r\n6379\r\n' "not an address"
lies "no port" '*2\r\n$1\r\na\r\n$5\r\n65536\r\n' "not an address"
lies "no master" '*-1\r\n' "knows no master"
lies "an endless one" '*2\r\n$500000000\r\n' "" 3000

[ "${SAN:-0}" = 0 ] || check "the sanitizers are silent" sanitizers_are_silent
echo "1..$n"
[ $failed -eq 0 ]
