#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Replays each capture of hostile.py, with two seconds of processor time at
# most (more for a build with sanitizers); hostile_judge.py judges the output.
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
while read -r name options; do
	(
		ulimit -t $limit
		# options is meant to split.
		exec "$BIN" -q --sensor test --window all --report 0 --memory 1G \
		    --top 1000000 --key-as both $options -r "$tmp/$name.pcap"
	) >"$tmp/$name.lp" 2>"$tmp/$name.err" </dev/null
	echo $? >"$tmp/$name.rc"
done <"$tmp/list"
python3 hostile_judge.py "$tmp"
