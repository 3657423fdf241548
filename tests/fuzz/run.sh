#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# run.sh SECONDS ENTRY...: fuzzes each entry so long, from its seeds, and says
# how many inputs each has run, and all together.  New inputs stay in
# build-fuzz/; a finding stays there too and ends the run.
seconds=$1
shift
sum=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
for entry in "$@"; do
	seeds=tests/fuzz/corpus/$entry
	[ -d "$seeds" ] || seeds=
	mkdir -p "build-fuzz/corpus/$entry" "build-fuzz/findings"
	echo "== $entry"
	"build-fuzz/$entry" -max_total_time="$seconds" -timeout=5 \
	    -rss_limit_mb=600 -max_len=65535 -print_final_stats=1 \
	    -artifact_prefix="build-fuzz/findings/$entry-" \
	    "build-fuzz/corpus/$entry" $seeds >"$log" 2>&1
	grep -E 'ERROR|SUMMARY|Test unit written' "$log"
	n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	sum=$((sum + ${n:-0}))
	if ls "build-fuzz/findings/$entry-"* >/dev/null 2>&1; then
		echo "not ok fuzz: $entry: see build-fuzz/findings"
		exit 1
	fi
	if [ -z "$n" ]; then
		tail -n 3 "$log"
		echo "not ok fuzz: $entry: it did not run to its end"
		exit 1
	fi
	echo "ok fuzz: $entry: $n executions"
done
echo "$sum executions, no findings"
