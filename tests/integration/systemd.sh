#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# The unit under a real systemd: a small Debian is built once (it is kept in
# $XDG_CACHE_HOME or /var/cache), booted in a container without a network, and
# asked there by guest.sh.  Nothing of the machine that runs it is touched.

# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# The program itself, as the container has no other folder of ours.
TAPLINE=$BUILD/tapline
UNIT=$ROOT/systemd/tapline@.service
CACHE=${XDG_CACHE_HOME:-/var/cache}/tapline-test
PACKAGES=systemd,systemd-sysv,libpcap0.8,libevent-2.1-7,libhiredis0.14
PACKAGES+=,libevent-openssl-2.1-7
PACKAGES+=,procps,libmaxminddb0,libinih1,zlib1g,libzstd1,libnghttp2-14,libssl3
# Another name when the packages change, so that an old root isn't used.
SUITE=bookworm
DEBIAN=$CACHE/root-$SUITE-3

# What the container itself has to let pass, for tapline's sandbox.
CALLS="seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self"

# The score and the syntax need no root.
if command -v systemd-analyze >/dev/null; then
	mkdir "$T/unit"
	# verify wants the command to exist, on whatever machine this is.
	sed "s|^ExecStart=/usr/bin/tapline|ExecStart=/bin/true|" "$UNIT" \
		>"$T/unit/tapline@.service"
	said=$(systemd-analyze verify --man=no \
		"$T/unit/tapline@.service" 2>&1 | grep -F tapline)
	is "systemd-analyze verify has nothing to say" "$said" ""
	said=$(systemd-analyze security --offline=true --threshold=15 \
		--no-pager "$UNIT" 2>&1)
	is "its exposure is at most 1.5" "$?" 0
	note "$(tail -n 1 <<<"$said")"
else
	skip "no systemd-analyze" "the unit's syntax and exposure"
fi

need systemd-nspawn mmdebstrap timeout
need_tapline
if ldd "$TAPLINE" | grep -q libasan; then
	skip_all "the container has no sanitizers" "the unit under systemd"
fi

build_root() {
	local log=$CACHE/mmdebstrap.log
	mkdir -p "$CACHE"
	rm -rf "$DEBIAN.part"
	timeout 300 mmdebstrap --variant=minbase --include="$PACKAGES" \
		"$SUITE" "$DEBIAN.part" >"$log" 2>&1 || return 1
	mv "$DEBIAN.part" "$DEBIAN"
}

if [ ! -d "$DEBIAN" ]; then
	note "building $DEBIAN (once)"
	build_root || skip_all "mmdebstrap failed: see $CACHE/mmdebstrap.log"
fi

# The container's own layer: what the test writes stays in $T.
mkdir "$T/upper" "$T/work" "$T/root" "$T/out"
if ! mount -t overlay overlay "$T/root" \
	-o "lowerdir=$DEBIAN,upperdir=$T/upper,workdir=$T/work" 2>/dev/null; then
	skip_all "no overlay file system"
fi
trap 'umount "$T/root"; cleanup' EXIT

R=$T/root
timeout 30 systemd-nspawn --quiet --directory="$R" --register=no \
	--keep-unit /bin/true >"$T/probe" 2>&1 </dev/null ||
	skip_all "systemd-nspawn can't run here: $(tail -n 1 "$T/probe")"
install -D "$TAPLINE" "$R/usr/bin/tapline"
install -D -m 644 "$UNIT" "$R/lib/systemd/system/tapline@.service"
install -D -m 644 "$ROOT/systemd/tapline.sysusers" \
	"$R/usr/lib/sysusers.d/tapline.conf"
install -D -m 755 "$ROOT/tests/integration/guest.sh" "$R/guest.sh"
mkdir -p "$R/etc/tapline" "$R/etc/systemd/system/tapline@.service.d"
echo 'output = file:/var/lib/tapline/lo.lp' >"$R/etc/tapline/tapline.conf"
# Quicker than in earnest, so that the test is.
printf '[Service]\nWatchdogSec=2\nRestartSec=100ms\n' \
	>"$R/etc/systemd/system/tapline@.service.d/quick.conf"
cat >"$R/etc/systemd/system/guest.service" <<'END'
[Unit]
After=basic.target systemd-sysusers.service
[Service]
Type=oneshot
ExecStart=/guest.sh
StandardOutput=append:/out/results
StandardError=append:/out/messages
ExecStopPost=/bin/systemctl poweroff --force --force
END
mkdir -p "$R/etc/systemd/system/multi-user.target.wants"
ln -s ../guest.service "$R/etc/systemd/system/multi-user.target.wants/"
ln -sf /lib/systemd/system/multi-user.target \
	"$R/etc/systemd/system/default.target"

timeout -k 5 120 systemd-nspawn --quiet --directory="$R" --boot \
	--register=no --keep-unit --private-network --console=pipe \
	--system-call-filter="$CALLS" \
	--machine="tapline-test-$$" --bind="$T/out:/out" \
	>"$T/console" 2>&1 </dev/null
if [ ! -s "$T/out/results" ]; then
	not_ok "the container boots"
	sed 's/^/# /' "$T/console" | tail -n 40
fi
while read -r verdict what; do
	case $verdict in
	ok) ok "$what" ;;
	not_ok) not_ok "$what" ;;
	end) ended_well=yes ;;
	*) note "$verdict $what" ;;
	esac
done <"$T/out/results"
is "the container's test came to its end" "${ended_well:-no}" yes
if [ "$n_failed" -ne 0 ] && [ -s "$T/out/messages" ]; then
	sed 's/^/# /' "$T/out/messages"
fi
finish
