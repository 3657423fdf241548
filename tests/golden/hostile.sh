#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Replays each capture of hostile.py twice, with two seconds of processor time
# at most (more for a build with sanitizers); hostile_judge.py judges the
# output.  No bytes are kept here: what a full table does may change, what it
# may not get wrong does not.
#
# usage: hostile.sh     BIN=build/tapline
set -u
cd "$(dirname "$0")" || exit 1
BIN=${BIN:-build/tapline}
case $BIN in /*) ;; *) BIN=$(cd ../.. && pwd)/$BIN ;; esac
case $BIN in
*san*) limit=20 ;;
*) limit=2 ;;
esac
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
python3 ../lib/lineproto.py || exit 1
python3 hostile.py "$tmp" >"$tmp/list" || exit 1
replay() { # NAME OPTIONS OUT
	(
		ulimit -t $limit
		# The options are meant to split.
		exec "$BIN" -q --sensor test --window all --report 0 \
		    --memory 1G --top 1000000 --key-as both $2 -r "$tmp/$1.pcap"
	) >"$tmp/$1.$3" 2>"$tmp/$1.err" </dev/null
	echo $? >"$tmp/$1.rc"
}
while read -r name options; do
	replay "$name" "$options" again
	replay "$name" "$options" lp
done <"$tmp/list"
python3 hostile_judge.py "$tmp"
