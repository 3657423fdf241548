#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# tcp://, unix:, udp:// and unixgram: with readers that are there, late, slow,
# stopped, gone and rude.  Telegraf isn't in Debian: a reader in Python is the
# judge.  BUILD is the build's folder.
cd "$(dirname "$0")/../.." || exit 1
command -v python3 >/dev/null || { echo "SKIP sockets: no python3"; exit 0; }

T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
. tests/integration/driver.sh
# shellcheck disable=SC2154 # driver.sh sets driver
timeout 240 python3 tests/integration/sockets.py "$driver" "$T" || exit 1
[ "${SAN:-0}" = 0 ] || sanitizers_are_silent || {
	echo "not ok - the sanitizers are silent"
	exit 1
}
