#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# The sandbox: a probe that confines itself as tapline does is denied what is
# not granted, and can do what is; what the kernel lacks is said; and tapline
# itself goes on within it.  PROBE is sandbox_probe, built by make.

# shellcheck disable=SC2154 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# Not the stand-in that the other tests have: the option is what is tested.
TAPLINE=$BUILD/tapline
need_tapline
SAMPLE=$ROOT/tests/sample/sample.pcap
"$TAPLINE" -q --sandbox=require -r "$SAMPLE" 2>&1 >/dev/null |
	grep -q 'has a sanitizer' &&
	skip_all "a build with a sanitizer is not confined"
PROBE=$(realpath "$BUILD")/tests/integration/sandbox_probe
make -s -C "$ROOT" SAN="${SAN:-0}" "${PROBE#"$ROOT/"}" >"$T/make" 2>&1
if [ ! -x "$PROBE" ]; then
	sed 's/^/# /' "$T/make"
	not_ok "the probe is built"
	finish
fi
mkdir "$T"/{conf,mmdb,secret,out,spool,state,span,span/in,else,target}
touch "$T"/conf/{tapline.conf,other} "$T/mmdb/city.mmdb" "$T/secret/pw" \
	"$T"/out/{out.lp,other} "$T"/spool/{a,b} "$T/state/a" \
	"$T"/else/{x,y} "$T"/target/{one,two}
cp "$SAMPLE" "$T/span/a.pcap"
cp "$SAMPLE" "$T/span/in/b.pcap"
ln -s ../target/one "$T/span/link.pcap"

# probe OPTIONS... <ASKS: each line "ASK WANTED", or a comment.  What is asked
# of ports is left out where the kernel can't limit them.
probe() {
	local asks=() wanted=() ask want i=0 line
	while read -r ask want; do
		case $ask in '' | '#') continue ;; esac
		case $ports$ask in noconnect* | nolisten) continue ;; esac
		asks+=("$ask")
		wanted+=("$ask $want")
	done
	"$PROBE" "${asks[@]}" -- "--sandbox=$mode" "$@" >"$T/said" 2>"$T/err"
	is "$what: confined (exit code)" "$?" 0
	sed -n '/^sandbox/!p' "$T/said" >"$T/answers"
	while read -r line; do
		is "$what: ${asks[i]}" "$line" "${wanted[i]}"
		i=$((i + 1))
	done <"$T/answers"
	is "$what: answers" "$i" "${#asks[@]}"
}

# 1. What the kernel lacks is said, and fatal if it was required.
lacking() {
	"$PROBE" without "$1" "$TAPLINE" -q "${@:2}" -r "$SAMPLE" \
		>"$T/out.lp" 2>"$T/err"
}
"$TAPLINE" -q --sandbox=no -r "$SAMPLE" >"$T/whole.lp"
for w in landlock both; do
	lacking "$w"
	is "without $w: goes on" "$?" 0
	check "without $w: with the same output" \
		cmp "$T/whole.lp" "$T/out.lp"
	level=partial
	[ "$w" = landlock ] || level=none
	is "without $w: says so in one line" \
		"$(grep -c "sandbox: $level: .*Landlock" "$T/err")" 1
	for o in require strict; do
		lacking "$w" --sandbox=$o
		is "without $w: $o ends with 78" "$?" 78
		is "without $w: $o says why" \
			"$(grep -c 'sandbox: .*Landlock' "$T/err")" 1
		check "without $w: $o publishes nothing" test ! -s "$T/out.lp"
	done
	lacking "$w" --sandbox=no
	is "without $w: no asks for nothing" "$(cat "$T/err")" ""
done

# 2. Here.
"$PROBE" -- -i lo >"$T/said" 2>"$T/err"
level=$(sed -n 's/^sandbox //p' "$T/said")
if [ "$level" != full ]; then
	skip_all "no whole sandbox here: $(cat "$T/err")" "what is confined"
fi
# Linux 6.1 has no ports in Landlock: then that is said, and the rest holds.
ports=yes
mode=require
"$PROBE" -- -i lo -o redis://127.0.0.1:7 >"$T/said" 2>"$T/err"
if ! grep -q '^sandbox full' "$T/said"; then
	ports=no
	mode=yes
	is "without ports: says so in one line" \
		"$(grep -c 'sandbox: partial: ports are not limited' "$T/err")" 1
	skip "$(sed -n 's/.*: Landlock/Landlock/p' "$T/err")" "limits of ports"
fi
what=always
probe -i lo <<END
# Nothing is executed, traced, signalled, or made code.
exec EPERM
fork EPERM
ptrace EPERM
signal EPERM
code EPERM
mount EPERM
thread ok
# No sockets beside those that are needed; a packet socket, to open again.
socket:1 ok
socket:2 EPERM
socket:10 EPERM
socket:16 EAFNOSUPPORT
socket:17 ok
socket:40 EPERM
read:/etc/passwd EACCES
list:/ EACCES
list:/etc EACCES
list:/proc EACCES
list:$T EACCES
read:/proc/self/environ EACCES
read:/sys/class/net/lo/statistics/rx_dropped ok
read:/dev/urandom ok
write:/dev/null EACCES
make:$T/else/new EACCES
hides:$T/else/x hidden
hides:/nonexistent not
END

# Denied calls fail as they would without a trap, and are counted and named.
what=denied
probe -i lo <<END
denied 0
ptrace EPERM
denied 1 ptrace
mount EPERM
socket:2 EPERM
traced EPERM
denied 4 socket mount
storm:1000000 EPERM
denied 1000004
# With all signals blocked, the C library would be trapped for good.
fork EPERM
spawn EPERM
denied 1000004
END
"$PROBE" abort -- --sandbox=require -i lo >"$T/said" 2>&1
is "abort: ends by its own signal" "$?" 134
if env --block-signal=SYS true 2>/dev/null; then
	env --block-signal=SYS "$PROBE" ptrace denied -- --sandbox=require \
		-i lo >"$T/said" 2>&1
	is "SIGSYS is blocked at the start: no matter" \
		"$(sed -n '$p' "$T/said")" 'denied 1 ptrace'
else
	skip "env can't block signals" "SIGSYS blocked at the start"
fi

what=live
probe -c "$T/conf/tapline.conf" -i lo -o redis://127.0.0.1:7 \
	-o tcp://127.0.0.1:8 -o "file:$T/out/out.lp" --spool "$T/spool" \
	--geoip "$T/mmdb/city.mmdb" --redis-password-file "$T/secret/pw" <<END
read:$T/conf/tapline.conf ok
read:$T/conf/other ok
write:$T/conf/tapline.conf EACCES
make:$T/conf/new EACCES
rename:$T/conf/tapline.conf EACCES
remove:$T/conf/other EACCES
hides:$T/conf/other not
read:$T/mmdb/city.mmdb ok
truncate:$T/mmdb/city.mmdb EPERM
read:$T/secret/pw ok
# A log is renamed by others and made anew by us.
write:$T/out/out.lp ok
make:$T/out/new ok
read:$T/out/other EACCES
remove:$T/out/other EACCES
list:$T/out EACCES
make:$T/spool/new ok
rename:$T/spool/a ok
remove:$T/spool/b ok
list:$T/spool ok
read:$T/else/x EACCES
connect:7 ECONNREFUSED
connect:8 ECONNREFUSED
connect:9 EACCES
connect:53 EACCES
listen EACCES
socket:2 ok
# Names are looked up only if there are some.
read:/etc/hosts EACCES
END

what=names
probe -i lo -o redis://localhost:7 <<END
read:/etc/hosts ok
read:/etc/passwd EACCES
connect:53 ECONNREFUSED
connect:9 EACCES
END

what=cluster
probe -i lo -o redis+cluster://127.0.0.1:7 <<END
# Its nodes may be anywhere.
connect:9 ECONNREFUSED
listen EACCES
END

what=follow
probe -F "$T/span/*.pcap" --state "$T/state" <<END
read:$T/span/a.pcap ok
write:$T/span/a.pcap EACCES
truncate:$T/span/a.pcap EPERM
make:$T/span/new EACCES
list:$T/span ok
# A link may be turned to what is beside.
read:$T/target/two ok
read:$T/else/x EACCES
make:$T/state/new ok
remove:$T/state/new ok
rename:$T/state/a ok
socket:2 EPERM
socket:17 EPERM
END

what='a folder that is to come'
probe -F "$T/span/later/*.pcap" <<END
list:$T/span ok
list:$T EACCES
END

# What is mounted there may be mounted anew.
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
	unshare -m sh -c 'mount -t tmpfs tapline "$0/span/in" && exec "$@"' \
		"$T" "$PROBE" "list:$T/span/in" "list:$T/span" "list:$T" -- \
		--sandbox=require -F "$T/span/in/*.pcap" >"$T/said" 2>&1
	is "a mount point: the folder above it, too" \
		"$(sed -n '/^list/s/.* //p' "$T/said" | tr '\n' ' ')" \
		"ok ok EACCES "
else
	skip "no mount namespaces" "a mount point"
fi

what=replay
probe -r "$T/span/a.pcap" -c "$T/conf/tapline.conf" \
	-o "file:$T/out/out.lp" <<END
read:$T/span/a.pcap ok
read:$T/span/in/b.pcap EACCES
list:$T/span EACCES
read:$T/conf/tapline.conf ok
read:$T/conf/other EACCES
write:$T/out/out.lp ok
make:$T/out/again EACCES
socket:2 EPERM
socket:17 EPERM
END

"$PROBE" fork -- --sandbox=strict -i lo >"$T/said" 2>&1
is "strict: what is not foreseen is the end" "$?" 159
"$PROBE" thread socket:16 -- --sandbox=strict -i lo >"$T/said" 2>&1
is "strict: what libraries ask in vain is not" "$?" 0

# A capture by the name of a descriptor, and from a pipe.
"$TAPLINE" -q --sandbox=strict -r "$SAMPLE" >"$T/a.lp"
"$TAPLINE" -q --sandbox=strict -r - <"$SAMPLE" >"$T/b.lp"
"$TAPLINE" -q --sandbox=strict -r <(cat "$SAMPLE") >"$T/c.lp"
self "$T/a.lp" delivered >"$T/a"
is "a capture on standard input" "$(self "$T/b.lp" delivered)" "$(cat "$T/a")"
is "a capture in a pipe" "$(self "$T/c.lp" delivered)" "$(cat "$T/a")"

# tapline itself goes on through a storm of them, counts it and says one line.
need python3
if "${CC:-cc}" -shared -fPIC -o "$T/storm.so" \
	"$ROOT/tests/integration/storm.c"; then
	STORM=1000000 LD_PRELOAD=$T/storm.so run_bg storm "$TAPLINE" \
		--sandbox=require --bin 0.2 --report 0.2 -F "$T/span/a.pcap" \
		>"$T/storm.lp" 2>"$T/storm.err"
	told() { [ "$(self "$T/storm.lp" sandbox_denied)" = 1000000 ]; }
	check "a million denied calls are counted" await 60 told
	stop "$storm"
	is "and tapline goes on (exit code)" "$code" 0
	is "and has read what it follows" \
		"$(self "$T/storm.lp" delivered)" "$(cat "$T/a")"
	is "and has said one line, with the name" \
		"$(cat "$T/storm.err")" \
		"tapline: sandbox: denied the system call ptrace (EPERM), which is not told again"
	"$TAPLINE" --sandbox=require --bin 0.2 --report 0.2 -F "$T/span/a.pcap" \
		>"$T/calm.lp" 2>"$T/calm.err" &
	calm=$!
	pids+=("$calm")
	calm() { [ -n "$(self "$T/calm.lp" sandbox_denied)" ]; }
	check "without it the ledger comes" await 10 calm
	stop "$calm"
	is "and says 0" "$(self "$T/calm.lp" sandbox_denied)" 0
else
	skip "storm.c can't be compiled" "a storm of denied calls"
fi

# A followed folder that is removed and made anew: not the one that was granted.
cat >"$T/capture.py" <<END
import struct, sys, time
with open(sys.argv[1], "wb", buffering=0) as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for i in range(int(sys.argv[2]), int(sys.argv[3])):
        f.write(struct.pack("<IIII", 1700000000 + i, 0, 60, 60) + bytes(60))
        time.sleep(0.02)
END
# capture FILE FIRST END: a packet of each second, slowly.
capture() { python3 "$T/capture.py" "$@"; }
follow() { # NAME ARGUMENTS...
	local name=$1
	shift
	run_bg "$name" "$TAPLINE" --sandbox=require --bin 0.2 --report 0.2 \
		--follow-wait 1 -F "$T/anew/*.pcap" -o "file:$T/$name.lp" "$@" 2>"$T/$name.err"
}
# Each bin once.
counted() {
	sed -n 's/^tapline_bin,.* packets=\([0-9]*\)i.* \([0-9]*\)$/\2 \1/p' \
		"$T/$1.lp" | sort -u | awk '{ n += $2 } END { print n + 0 }'
}
delivered() { [ "$(self "$T/$1.lp" delivered)" = "$2" ]; }
anew() {
	rm -rf "$T/anew"
	mkdir "$T/anew"
}
line() { grep -c "folder '$T/anew' was made anew.*: $2" "$T/$1.err"; }

mkdir "$T/anew" "$T/kept"
capture "$T/anew/a.pcap" 0 10
follow stays --state "$T/kept"
check "anew: follows" await 10 delivered stays 10
# A writer goes on in what was removed.
run_bg writer python3 "$T/capture.py" "$T/anew/w.pcap" 100 400
grows() { [ "$(self "$T/stays.lp" delivered)" -gt 20 ]; }
check "anew: a writer" await 10 grows
anew
capture "$T/anew/b.pcap" 1000 1010
check "anew: ends to be started again" await 30 ended "$stays"
wait "$stays"
is "anew: with 75" "$?" 75
check "anew: the writer had ended before" ended "$writer"
is "anew: and says so in one line" "$(line stays 'ending with 75')" 1
follow stays --state "$T/kept"
check "anew: started again, reads the new one" await 10 delivered stays 10
stop "$stays"
is "anew: SIGTERM is as ever" "$code" 0
follow stays --state "$T/kept"
capture "$T/anew/c.pcap" 2000 2010
check "anew: and goes on" await 10 delivered stays 10
stop "$stays"
rm -rf "$T/kept"
is "anew: no packet is lost, and none twice" "$(counted stays)" 330

follow blind
check "anew, without a state: follows" await 10 delivered blind 20
anew
blind() { [ "$(line blind 'nothing in it is read until a restart')" -eq 1 ]; }
check "anew, without a state: says what is amiss" await 10 blind
capture "$T/anew/d.pcap" 3000 3010
bad() { [ "$(self "$T/blind.lp" files_bad)" = 1 ]; }
check "anew, without a state: counts what can't be read" await 10 bad
stop "$blind"
is "anew, without a state: goes on" "$code" 0

follow free --sandbox=no
check "anew, without a sandbox: follows" await 10 delivered free 10
anew
capture "$T/anew/e.pcap" 4000 4010
check "anew, without a sandbox: no matter" await 10 delivered free 20
stop "$free"
is "anew, without a sandbox: says nothing" "$(cat "$T/free.err")" ""

# 3. A reload within it, and a log that is rotated.
need ip ethtool nft
if ! netns_new cap || ! netns_new gen; then
	skip_all "no network namespaces"
fi
veth_new "$gen" g0 "$cap" c0 || skip_all "no veth pairs"
python3 "$ROOT/tests/lib/mmdb.py" "$T/mmdb" || skip_all "no databases"
cp "$T/mmdb/city.mmdb" "$T/else/"
chmod -R a+rX "$T"
chmod 777 "$T/out"
rm -f "$T/out"/*
conf() {
	printf '%s\n' "$@" >"$T/conf/fresh"
	mv "$T/conf/fresh" "$T/conf/tapline.conf"
}
said() { [ "$(grep -c "STATUS=$1" "$T/live.notify")" -ge "$2" ]; }
conf "geoip = $T/mmdb/city.mmdb"
if ! tapline_bg live "$cap" --sandbox=strict -c "$T/conf/tapline.conf" \
	--bin 0.2 --report 0.2 -i c0 -o "file:$T/out/log"; then
	not_ok "captures within the sandbox"
	finish
fi
has() { [ -s "$1" ]; }
check "writes to its file" await 5 has "$T/out/log"
mv "$T/out/log" "$T/out/log.1"
mv "$T/mmdb/city.mmdb" "$T/mmdb/moved.mmdb"
cp "$T/else/city.mmdb" "$T/mmdb/city.mmdb"
conf "geoip = $T/mmdb/city.mmdb" "top = 5"
kill -HUP "$live"
check "files that were replaced are read again" \
	await 5 said 'configuration reloaded' 1
check "and the log is made anew" await 5 has "$T/out/log"
conf "geoip = $T/else/city.mmdb"
kill -HUP "$live"
check "a file from elsewhere is refused" await 5 said 'reload failed' 1
is "in one line that says why" "$(grep -c \
	'else/city.mmdb: outside of what the sandbox was given' \
	"$T/live.err")" 1
mv "$T/conf/tapline.conf" "$T/else/"
ln -s ../else/tapline.conf "$T/conf/tapline.conf"
kill -HUP "$live"
check "nor is a configuration that is elsewhere now" \
	await 5 said 'reload failed' 2
is "and that is said" "$(grep -c \
	'conf/tapline.conf: outside of what the sandbox was given' \
	"$T/live.err")" 1
ip -n "$cap" link del c0
check "the interface goes" await 5 grep -q 'state="absent"' "$T/out/log"
veth_new "$gen" g0 "$cap" c0
back() { grep -F 'state=' "$T/out/log" | tail -n 1 | grep -q 'state="up"'; }
check "and is captured from again" await 5 back
stop "$live"
is "exits with 0" "$code" 0
is "and has said so" "$(grep '^tapline_self,' "$T/out/log" | tail -n 1 |
	sed -n 's/.*,sandbox="\([a-z]*\)".*/\1/p')" full
finish
