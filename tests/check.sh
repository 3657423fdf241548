#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# check.sh BUILD: every test, one stage after the other.  A stage prints a line
# "ok …" or "not ok …" a test (or closes with its own "N passed, N failed"), and
# "SKIP …" or "ok … # SKIP …" for what it can't do here.  The last line is the sum.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build}
export BIN=$build/tapline BUILD=$build
passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

stage() {
	local name=$1 rc sums p=0 f=0
	shift
	echo "== $name"
	"$@" </dev/null 2>&1 | tee "$log"
	rc=${PIPESTATUS[0]}
	sums=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	if [ -n "$sums" ]; then
		p=${sums%% passed*}
		f=${sums#* passed, }
		f=${f%% failed*}
	else
		p=$(grep '^ok ' "$log" | grep -cv '# SKIP')
		f=$(grep -c '^not ok ' "$log")
	fi
	# A stage that dies, or says nothing, has failed.
	if [ "$f" -eq 0 ] && { [ "$rc" -ne 0 ] ||
	    { [ "$p" -eq 0 ] && ! grep -qE '^SKIP|# SKIP' "$log"; }; }; then
		echo "not ok $name: exit $rc"
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + $(grep -cE '^SKIP|# SKIP' "$log")))
}

stage units make -s units SAN="${SAN:-0}"
stage lint tests/lint.sh "$build"
stage format make -s format-test
stage documents python3 tests/unit/docs_test.py
stage corpus-of-the-fuzzers make -s fuzz-replay SAN="${SAN:-0}"
stage golden tests/golden/run.sh
stage golden-counts python3 tests/golden/verify.py
stage hostile tests/golden/hostile.sh
stage complexity tests/complexity/complexity.sh "$build"
# The program as a stand-in runs it: a system call that its sandbox doesn't
# foresee kills it, and a test that misses it fails.
strict=$build/tests/tapline-strict
if [ "${SAN:-0}" != 0 ]; then
	echo "SKIP strict: a build with a sanitizer is not confined"
elif make -s "$strict" && "$strict" -q -r tests/sample/sample.pcap >"$log"; then
	export BIN=$strict TAPLINE=$PWD/$strict
else
	echo "SKIP strict: no whole sandbox here"
fi
for t in replay follow follow_redis geoip outputs sockets influx influxdb \
    redis redis_tls redis_sentinel redis_cluster redis_ask redis_added \
    redis_names delivery netns live faults reload limits sandbox soak leaks \
    systemd; do
	[ -f "tests/integration/$t.sh" ] &&
		stage "$t" bash "tests/integration/$t.sh"
done
export BIN=$build/tapline
# Foreign captures are for the plain build; see CONTRIBUTING.md.
stage corpus tests/corpus/run.sh

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
