#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Rewrites expect.lp (and expect.err, where there is one or the exit code is
# not 0) of the cases named, from what tapline prints now.  Read the
# difference before you commit it, and run verify.py.
#
# usage: update.sh CASE...     BIN=build/tapline
set -u
cd "$(dirname "$0")" || exit 1
root=$(cd ../.. && pwd)
BIN=${BIN:-build/tapline}
case $BIN in /*) ;; *) BIN=$root/$BIN ;; esac
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
[ $# -gt 0 ] || {
	echo "usage: update.sh CASE..." >&2
	exit 2
}
for name in "$@"; do
	python3 make.py "$name" "$tmp/$name" || exit 1
	(cd "$tmp/$name" && exec "$BIN" $(cat "$root/tests/golden/$name/args")) \
	    >"$name/expect.lp" 2>"$tmp/err" </dev/null
	got=$?
	want=$(cat "$name/exit" 2>/dev/null || echo 0)
	[ "$got" = "$want" ] || echo "$name: exit $got, not $want" >&2
	if [ "$want" != 0 ]; then
		cp "$tmp/err" "$name/expect.err"
	else
		cat "$tmp/err" >&2
	fi
	echo "$name: $(wc -l <"$name/expect.lp") lines"
done
