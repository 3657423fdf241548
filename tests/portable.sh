#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# portable.sh [i386] [s390x]: builds for a machine of 32 bits, and for one of
# the other byte order, with Debian's libraries for it in a folder of their own;
# runs the unit tests there, and the golden cases, which must give the same
# bytes.  As root; takes some minutes, and a network for the packages.  i386
# runs on this processor, in a chroot; s390x in qemu-user.
#
#   KEEP  a folder for the roots, which are made once; else a temporary one
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
top=${KEEP:-$(mktemp -d)}
mkdir -p "$top"
libs=libc6-dev,libpcap-dev,libevent-dev,libmaxminddb-dev,libhiredis-dev
libs=$libs,libinih-dev,zlib1g-dev,libzstd-dev,libnghttp2-dev,libssl-dev
libs=$libs,libcmocka-dev,libseccomp-dev
failed=0
log=$(mktemp)

cleanup() {
	mountpoint -q "$top/i386/proc" && umount "$top/i386/proc"
	[ -n "${KEEP:-}" ] || rm -rf "$top"
	rm -f "$log"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

have() { # WHAT COMMAND...
	local what=$1 c
	shift
	[ "$(id -u)" -eq 0 ] || { echo "SKIP $what: not root"; return 1; }
	for c in "$@"; do
		command -v "$c" >/dev/null ||
			{ echo "SKIP $what: no $c"; return 1; }
	done
}

# new ARCH VARIANT PACKAGES
new() {
	[ -d "$top/$1" ] || mmdebstrap --quiet --arch="$1" --variant="$2" \
		--include="$3" bookworm "$top/$1" ||
		{ rm -rf "${top:?}/$1"; echo "SKIP $1: no packages"; return 1; }
}

verdict() { # WHAT CODE
	if [ "$2" -eq 0 ]; then
		echo "ok $1"
	else
		echo "not ok $1"
		grep -E '^not ok|error:|Error' "$log" | head -20 | sed 's/^/# /'
		failed=1
	fi
}

i386() {
	have i386 mmdebstrap arch-test chroot && new i386 apt \
		"gcc,make,pkg-config,$libs" || return
	rm -rf "$top/i386/src"
	mkdir "$top/i386/src"
	git archive HEAD | tar x -C "$top/i386/src"
	mountpoint -q "$top/i386/proc" ||
		mount -t proc proc "$top/i386/proc"
	chroot "$top/i386" make -C /src -j2 all >"$log" 2>&1
	verdict 'i386: build' $?
	chroot "$top/i386" make -C /src -j2 units >"$log" 2>&1
	verdict 'i386: units' $?
	printf '#!/bin/sh\nexec "%s" "$@"\n' \
		"$top/i386/lib/ld-linux.so.2 --library-path $top/i386/lib/i386-linux-gnu:$top/i386/usr/lib/i386-linux-gnu $top/i386/src/build/tapline" |
		tr -d '"' | sed 's/\$@/"$@"/' >"$top/tapline.i386"
	golden i386
}

s390x() {
	local s=$top/s390x l=$top/s390x/usr/lib/s390x-linux-gnu u
	have s390x mmdebstrap arch-test qemu-s390x s390x-linux-gnu-gcc &&
		new s390x extract "$libs" || return
	rm -rf "$top/big"
	mkdir "$top/big"
	git archive HEAD | tar x -C "$top/big"
	PKG_CONFIG_SYSROOT_DIR=$s PKG_CONFIG_LIBDIR=$l/pkgconfig \
		make -C "$top/big" -j2 CC="s390x-linux-gnu-gcc --sysroot=$s" \
		LTO= LDFLAGS="-L$l -Wl,-rpath-link,$l" all \
		$(cd "$root" && ls tests/unit/*_test.c |
			sed 's/\.c$//; s/^/build\//') >"$log" 2>&1
	verdict 's390x: build' $?
	: >"$log"
	for u in "$top"/big/build/tests/unit/*_test; do
		# qemu-user knows no SO_PEERNAME, and maps memory of its own.
		case ${u##*/} in
		selves_test | transactions_test) continue ;;
		esac
		(cd "$top/big" && timeout 300 qemu-s390x -L "$s" "$u") \
			>/dev/null 2>&1 || echo "not ok ${u##*/}" >>"$log"
	done
	[ ! -s "$log" ]
	verdict 's390x: units' $?
	# Nor does it know Landlock or a filter of system calls.
	printf '#!/bin/sh\nexec qemu-s390x -L %s %s --sandbox=no "$@"\n' "$s" \
		"$top/big/build/tapline" >"$top/tapline.s390x"
	golden s390x
}

golden() {
	chmod 755 "$top/tapline.$1"
	BIN=$top/tapline.$1 tests/golden/run.sh >"$log" 2>&1
	verdict "$1: golden cases" $?
}

[ $# -gt 0 ] || set -- i386 s390x
for arch in "$@"; do
	case $arch in
	i386) i386 ;;
	s390x) s390x ;;
	*) echo "usage: ${0##*/} [i386] [s390x]" >&2; exit 2 ;;
	esac
done
exit $failed
