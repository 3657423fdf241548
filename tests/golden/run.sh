#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# The golden cases: makes each case's captures, runs tapline with its args and
# compares the whole of standard output with expect.lp, and the exit code.
# Each runs twice, since the same input must give the same bytes.
#
# usage: run.sh [CASE]...     BIN=build/tapline
set -u
cd "$(dirname "$0")" || exit 1
root=$(cd ../.. && pwd)
BIN=${BIN:-build/tapline}
case $BIN in /*) ;; *) BIN=$root/$BIN ;; esac
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

replay() { # CASE OUT: writes OUT and OUT.err, returns the exit code
	(cd "$tmp/$1" && exec "$BIN" $(cat "$root/tests/golden/$1/args")) \
	    >"$2" 2>"$2.err" </dev/null
}

check() { # CASE: prints what is wrong
	for need in $(cat "$1/needs" 2>/dev/null); do
		command -v "$need" >/dev/null || {
			echo "SKIP $need is not installed"
			return
		}
	done
	[ -f "$1/expect.lp" ] || {
		echo "no expect.lp: run update.sh $1"
		return
	}
	want=$(cat "$1/exit" 2>/dev/null || echo 0)
	python3 make.py "$1" "$tmp/$1" || echo "make.py failed"
	replay "$1" "$tmp/$1.out"
	got=$?
	[ "$got" = "$want" ] || echo "exit $got, not $want"
	cat "$tmp/$1.out.err" >"$tmp/messages"
	diff -u "$1/expect.lp" "$tmp/$1.out" | head -n 40
	[ ! -f "$1/expect.err" ] && [ "$want" = 0 ] && head -n 20 "$tmp/messages"
	[ -f "$1/expect.err" ] && diff -u "$1/expect.err" "$tmp/messages" | head -n 20
	replay "$1" "$tmp/$1.again"
	cmp "$tmp/$1.out" "$tmp/$1.again" 2>&1
}

[ $# -gt 0 ] || set -- $(python3 make.py)
n=0
failed=0
for name in "$@"; do
	n=$((n + 1))
	check "$name" >"$tmp/said" 2>&1
	if [ ! -s "$tmp/said" ]; then
		echo "ok $n - golden $name"
	elif grep -q '^SKIP ' "$tmp/said"; then
		echo "ok $n - golden $name # $(cat "$tmp/said")"
	else
		failed=$((failed + 1))
		echo "not ok $n - golden $name"
		sed 's/^/# /' "$tmp/said"
	fi
done
echo "1..$n"
[ $failed -eq 0 ]
