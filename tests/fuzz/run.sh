#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# run.sh SECONDS ENTRY...: fuzzes each entry so long, from its seeds.  New
# inputs stay in build-fuzz/; a finding stays there too and ends the run.
seconds=$1
shift
for entry in "$@"; do
	mkdir -p "build-fuzz/corpus/$entry" "build-fuzz/findings"
	echo "== $entry"
	"build-fuzz/$entry" -max_total_time="$seconds" -timeout=1 \
	    -rss_limit_mb=256 -max_len=65535 -print_final_stats=1 \
	    -artifact_prefix="build-fuzz/findings/$entry-" \
	    "build-fuzz/corpus/$entry" "tests/fuzz/corpus/$entry" 2>&1 |
	    grep -E 'ERROR|SUMMARY|number_of_executed_units|Test unit written' ||
	    true
	if ls "build-fuzz/findings/$entry-"* >/dev/null 2>&1; then
		echo "not ok fuzz: $entry: see build-fuzz/findings"
		exit 1
	fi
	echo "ok fuzz: $entry"
done
