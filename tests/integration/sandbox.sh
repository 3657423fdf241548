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

# probe OPTIONS... <ASKS: each line "ASK WANTED", or a comment.
probe() {
	local asks=() wanted=() ask want i=0 line
	while read -r ask want; do
		case $ask in '' | '#') continue ;; esac
		asks+=("$ask")
		wanted+=("$ask $want")
	done
	"$PROBE" "${asks[@]}" -- --sandbox=require "$@" >"$T/said" 2>"$T/err"
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
probe -i lo -o redis://localhost:7 --sandbox=require <<END
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

# 3. A reload within it, and a log that is rotated.
need ip ethtool nft python3
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
