#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# What systemd.sh asks inside of its container, as root under systemd.  Prints
# "ok WHAT" or "not_ok WHAT", and "end" at the end.
U=tapline@lo

is() {
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "not_ok $1: got '$2', wanted '$3'"
	fi
}

show() {
	systemctl show "$U" -p "$1" --value
}

await() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

proc() {
	awk -v key="$1:" '$1 == key { print $2 }' "/proc/$(show MainPID)/status"
}

active() {
	[ "$(show ActiveState)" = active ]
}

has_status() {
	[ -n "$(show StatusText)" ]
}

has_bin() {
	grep -q '^tapline_bin,' /var/lib/tapline/lo.lp
}

# active again, in a process that is not $1
restarted() {
	active && [ "$(show MainPID)" != "$1" ] && [ "$(show MainPID)" != 0 ]
}

trap 'journalctl -u "$U" --no-pager -o cat | head -n 100 >&2' EXIT

systemctl start "$U"
rc=$?
is "starts, and says that it is ready" $rc 0
# What follows needs its process.
[ $rc -eq 0 ] || exit 1
is "is active" "$(show ActiveState)" active
is "runs as the user tapline" "$(proc Uid)" "$(id -u tapline)"
for set in CapPrm CapEff CapBnd; do
	is "$set is CAP_NET_RAW alone" "$(proc $set)" 0000000000002000
done
is "can't gain privileges" "$(proc NoNewPrivs)" 1
is "is behind a system call filter" "$(proc Seccomp)" 2
await 30 has_status
is "tells its status" $? 0
echo "# status: $(show StatusText)"
await 30 has_bin
is "writes bins to its file" $? 0
has_self() {
	grep -q '^tapline_self,' /var/lib/tapline/lo.lp
}
await 15 has_self
is "says that it is confined" \
	"$(sed -n 's/^tapline_self,.*,sandbox="\([a-z]*\)".*/\1/p' \
	    /var/lib/tapline/lo.lp | tail -n 1)" full

pid=$(show MainPID)
systemctl reload "$U"
is "reloads" $? 0
await 30 active
is "is active after the reload" "$?" 0
echo 'no-such-option = 1' >>/etc/tapline/tapline.conf
systemctl reload "$U"
await 30 active
is "is active after a reload that failed" $? 0
is "is still the same process" "$(show MainPID)" "$pid"
sed -i /no-such-option/d /etc/tapline/tapline.conf

# Three times WatchdogSec.
sleep 6
is "keeps the watchdog content" "$(show NRestarts)" 0
kill -STOP "$pid"
await 60 restarted "$pid"
is "is restarted when it hangs" $? 0
is "once" "$(show NRestarts)" 1

pid=$(show MainPID)
[ "$pid" -gt 1 ] || exit 1
kill -KILL "$pid"
await 60 restarted "$pid"
is "is restarted when it is killed" $? 0

before=$SECONDS
systemctl stop "$U"
is "stops, by itself" "$(show Result)" success
echo "# stopped in $((SECONDS - before)) s"

# Another one: an interface that is not there yet.
waits() {
	systemctl show tapline@tap77 -p StatusText --value | grep -q 'tap77 absent'
}
systemctl start tapline@tap77
is "starts without its interface" $? 0
await 30 waits
is "says that it waits for it" $? 0
systemctl stop tapline@tap77

echo 'no-such-option = 1' >>/etc/tapline/tapline.conf
systemctl start "$U"
is "does not start with a wrong configuration" $? 1
is "and says so by its exit code" "$(show ExecMainStatus)" 78
is "and isn't tried again" "$(show ActiveState)" failed

echo end
