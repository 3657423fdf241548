#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# stdout: and file: with readers that are slow, gone or full.  BUILD is the
# build's folder, BIN the program.
cd "$(dirname "$0")/../.." || exit 1

failed=0 n=0

T=$(mktemp -d) || exit 1
drv=
trap 'kill -9 $drv 2>/dev/null; umount "$T/disk" 2>/dev/null; rm -rf "$T"' EXIT
. tests/integration/driver.sh
stat() { sed -n "s/.* $1=\([0-9]*\).*/\1/p" "$T/err" | tail -1; }
is() {
	for want; do
		[ "$(stat "${want%=*}")" = "${want#*=}" ] || { echo "no $want"; return 1; }
	done
}
whole() {	# file: only whole lines, and as many as are stored
	if grep -qv '^tapline_[a-z]*,[^ ]* [^ ]* [0-9]*$' "$1"; then
		echo "a torn line: $(grep -v '^tapline_[a-z]*,[^ ]* [^ ]* [0-9]*$' "$1" | head -2)"
		return 1
	fi
	[ -z "$(tail -c 1 "$1")" ] || { echo "a torn last line"; return 1; }
	[ "$(wc -l <"$1")" -eq "$(stat stored)" ] || { echo "$(wc -l <"$1") lines"; return 1; }
}
packets() {	# bins made, file: those of its bins and the lost ones are all
	local there
	there=$(sed -n 's/^tapline_bin.* packets=\([0-9]*\)i.*/\1/p' "$2" |
	    awk '{ n += $1 } END { printf "%d", n }')
	[ "$(stat lost_packets)" -gt 0 ] &&
		[ $((there + $(stat lost_packets))) -eq $(($1 * ($1 - 1) / 2)) ] ||
		{ echo "$there and $(stat lost_packets)"; return 1; }
}
ledger() {
	local sum=$(($(stat stored) + $(stat spooled) + $(stat lost_full) + $(stat lost_error)))
	[ "$(stat records)" -eq "$sum" ]
}
logged() { [ "$(grep -c -- "$1" "$T/err")" = 1 ]; }

"$driver" -R -b 2000 stdout: 2>"$T/err" >"$T/a"
check "into a file" is stored=26000 spooled=0
check "whole lines" whole "$T/a"
"$driver" -R -b 2000 stdout: 2>"$T/err" | cat >"$T/b"
check "through a pipe" is stored=26000
check "the same bytes" cmp "$T/a" "$T/b"
# A reader that takes 1000 bytes now and then: every write ends in a line.
"$driver" -R -b 20000 stdout: 2>"$T/err" |
    python3 -c 'import sys, os, time
while True:
    b = os.read(0, 99991)
    if not b: break
    os.write(1, b); time.sleep(.001)' >"$T/c"
check "a slow reader of a replay loses nothing" is stored=260000
check "and reads whole lines" whole "$T/c"
# What a replay says of itself must not tell how slow its reader is.
replay=("${BIN:-${BUILD:-build}/tapline}" -q -r tests/sample/sample.pcap
    --sensor demo --bin 0.1 --report 0.1 --window all --window 1 --top 1000)
"${replay[@]}" -o file:"$T/d" 2>"$T/err"
python3 - "${replay[@]}" >"$T/c" 2>"$T/err" <<'P'
import fcntl, os, subprocess, sys
F_SETPIPE_SZ = 1031
r, w = os.pipe()
fcntl.fcntl(w, F_SETPIPE_SZ, 4096)
p = subprocess.Popen(sys.argv[1:], stdout=w)
os.close(w)
while True:
    b = os.read(r, 7)
    if not b:
        break
    sys.stdout.buffer.write(b)
sys.exit(p.wait())
P
check "a replay through a small pipe" test $? = 0
check "the same bytes as in a file" cmp "$T/d" "$T/c"
check "they are more than a pipe holds" test "$(command stat -c %s "$T/d")" -gt 1000000
# It waits, in a write, for a reader who never comes, but not past a signal.
mkfifo "$T/never"
"$driver" -R -b 40000 -d 100 stdout: 2>"$T/err" >"$T/never" &
drv=$!
exec 9<"$T/never"
python3 -c 'import array, fcntl, termios, time
n = array.array("i", [0])
while n[0] < 60000:
    time.sleep(.01)
    fcntl.ioctl(9, termios.FIONREAD, n)'
kill $drv
check "a replay without a reader ends on SIGTERM" wait $drv
check "and its ledger holds" ledger
exec 9<&-
# Nobody reads until the driver has made everything.
mkfifo "$T/fifo" "$T/go"
"$driver" -b 40000 -d 20000 stdout: 2>"$T/err" >"$T/fifo" &
drv=$!
exec 9<"$T/fifo"
until grep -q "too slow" "$T/err"; do sleep .02; done
cat <&9 >"$T/c"
exec 9<&-
wait $drv
check "a stopped reader: the oldest are lost, and counted" ledger
check "with the packets of the bins among them" packets 40000 "$T/c"
check "lost_full says so" test "$(stat lost_full)" -gt 0
check "all lines are whole" whole "$T/c"
check "the last line is there" grep -q ' 1700079998000000000$' "$T/c"
# Shared flags: our output must not be made non-blocking for the others.
( "$driver" -b 2 stdout: 2>"$T/err"; python3 -c 'import os, sys
sys.exit(0 if os.get_blocking(1) else 9)'; echo $? >"$T/blocking" ) | cat >/dev/null
check "the flags of a shared pipe are left alone" grep -qx 0 "$T/blocking"

"$driver" -b 100000 stdout: 2>"$T/err" | head -3 >/dev/null
check "a reader that goes away: exit 74" test "${PIPESTATUS[0]}" = 74
check "the ledger holds" ledger
# A socket as standard output.
python3 - "$driver" "$T/err" >"$T/c" <<'P'
import socket, subprocess, sys, time
a, b = socket.socketpair()
p = subprocess.Popen([sys.argv[1], "-R", "-b", "2000", "stdout:"], stdout=b, stderr=open(sys.argv[2], "w"))
b.close()
while True:
    d = a.recv(70000)
    if not d:
        break
    sys.stdout.buffer.write(d)
p.wait()
P
check "through a socket: the same bytes" cmp "$T/a" "$T/c"

"$driver" -b 3 stdout: >/dev/full 2>"$T/err"
check "/dev/full: counted" is stored=0 lost_error=39
check "/dev/full: said once" logged "No space left"
"$driver" -b 3 file:"$T/f.lp" 2>"$T/err"
check "file: written" whole "$T/f.lp"
check "file: mode" test "$(command stat -c %a "$T/f.lp")" = "$(printf %o $((0644 & ~$(umask))))"
"$driver" -b 200 -i 5 file:"$T/f.lp" 2>"$T/err" &
drv=$!
until [ "$(wc -l <"$T/f.lp")" -gt 60 ]; do sleep .01; done
mv "$T/f.lp" "$T/f.1"
kill -HUP $drv
until [ -s "$T/f.lp" ]; do sleep .01; done
wait $drv
cat "$T/f.1" "$T/f.lp" | tail -n +40 >"$T/c"
check "file: rotated on SIGHUP, nothing lost" whole "$T/c"
"$driver" -b 1 file:"$T/none/x" 2>"$T/err"
check "file: a directory that isn't there: 78" test $? = 78
"$driver" -b 1 file:"$T/a" file:"$T/a" 2>"$T/err"
check "the same output twice: 78" test $? = 78
"$driver" -b 1 udp:x 2>"$T/err"
check "an unknown output: 78" test $? = 78
check "and which there are" logged "redis+unix:"

mkdir "$T/disk"
if mount -t tmpfs -o size=256k none "$T/disk" 2>/dev/null; then
	"$driver" -b 300 -i 5 file:"$T/disk/x" 2>"$T/err" &
	drv=$!
	until grep -q "No space left" "$T/err"; do sleep .01; done
	sleep .1
	cp "$T/disk/x" "$T/c"
	: >"$T/disk/x"
	wait $drv
	cat "$T/disk/x" >>"$T/c"
	check "a full disk: the ledger holds" ledger
	check "some are lost, and counted" test "$(stat lost_error)" -gt 0
	check "with the packets of the bins among them" packets 300 "$T/c"
	check "it goes on when there is space, and tears no line" whole "$T/c"
	check "said once" logged "takes lines again"
	umount "$T/disk"
else
	echo "# SKIP a full disk: no mount"
fi

[ "${SAN:-0}" = 0 ] || check "the sanitizers are silent" sanitizers_are_silent
echo "1..$n"
[ $failed -eq 0 ]
