#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages that are missing, and does nothing at all if
# none is:
#
#   tests/deps.sh build     what `make` needs
#   tests/deps.sh test      that, and what the tests, the fuzzers and the
#                           linters need
#   tests/deps.sh vm        what `make` and the virtual machines need
#   tests/deps.sh sample    that of test, and what records tests/sample/sample.pcap
#
# As root or with sudo.  Servers among the packages are neither started nor
# enabled: the tests start private ones.
set -eu

build='gcc make pkg-config libc6-dev libpcap-dev libevent-dev
	libmaxminddb-dev libhiredis-dev libinih-dev zlib1g-dev libzstd-dev
	libnghttp2-dev libssl-dev libseccomp-dev'
tests='libcmocka-dev redis-server redis-tools influxdb influxdb-client
	victoria-metrics tcpdump tshark faketime iproute2 ethtool nftables procps util-linux
	python3
	gzip zstd jq curl mandoc clang-14 clang-format-14 clang-format
	libclang-rt-14-dev valgrind systemd systemd-container mmdebstrap
	openssl'
sample='bind9-dnsutils dnsmasq-base netcat-openbsd iputils-ping'
vm='qemu-system-x86 busybox-static mmdebstrap e2fsprogs redis-server python3'
servers='redis-server influxdb victoria-metrics'

case ${1:-} in
build) wanted=$build ;;
test) wanted="$build $tests" ;;
vm) wanted="$build $vm" ;;
sample) wanted="$build $tests $sample" ;;
*)
	echo "usage: ${0##*/} build|test|vm|sample" >&2
	exit 2
	;;
esac

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
		installed ]
}

missing=
for p in $wanted; do
	installed "$p" || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "${0##*/}: missing, and neither root nor sudo:$missing" >&2
		exit 1
	fi
	as_root=sudo
fi

policy=/usr/sbin/policy-rc.d
own_policy=
log=$(mktemp)
cleanup() {
	[ -z "$own_policy" ] || $as_root rm -f "$policy"
	rm -f "$log"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# While it is there, no package's script starts a server.
if [ ! -e "$policy" ]; then
	own_policy=yes
	printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
	$as_root chmod 755 "$policy"
fi

apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
		-o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 || {
		cat "$log" >&2
		echo "${0##*/}: apt-get $* failed" >&2
		exit 1
	}
}

echo "${0##*/}: installing$missing" >&2
apt update
# shellcheck disable=SC2086 # a list
apt install -y --no-install-recommends $missing

# Nor at the next start of the machine.
for s in $servers; do
	case " $missing " in
	*" $s "*)
		if command -v systemctl >/dev/null; then
			$as_root systemctl --quiet disable "$s" \
				>/dev/null 2>&1 || :
		fi
		;;
	esac
done
