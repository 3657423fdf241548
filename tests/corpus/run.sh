#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Replays every capture below CORPUS and compares with an independent count:
# as it is (and twice, for the same bytes), cut to 64 bytes a packet, and read
# three times over, with five keys a ranking and the rest in rank other.
# Foreign captures are no part of the project, so without CORPUS this says SKIP.
#
# CORPUS=FOLDER  BIN=build/tapline  TIME=2 (seconds a file)
# WHAT="plain cut thrice"
# ARGS: more for compare.py, such as "--only WORD --show 99"
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/tapline}
WHAT=${WHAT:-plain cut thrice}
case $BIN in
*san*) TIME=${TIME:-10} ;;
*) TIME=${TIME:-2} ;;
esac
if [ -z "${CORPUS:-}" ]; then
	echo "ok 1 - corpus # SKIP set CORPUS to a folder of captures"
	echo "1..1"
	exit 0
fi
bare=build/tests/bench/bare
if [ ! -x $bare ] || [ tests/bench/bare.c -nt $bare ]; then
	mkdir -p build/tests/bench
	${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -O2 -o $bare tests/bench/bare.c \
	    -lpcap || exit 1
fi
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
passed=0
failed=0
for what in $WHAT; do
	case $what in
	plain) set -- --twice ;;
	cut) set -- --cut 64 ;;
	thrice) set -- --repeat 3 --top 5 ;;
	esac
	python3 tests/corpus/compare.py --bin "$BIN" --bare $bare \
	    --time "$TIME" "$@" ${ARGS:-} "$CORPUS" >"$out"
	sum=$(tail -n 1 "$out")
	case $sum in
	*" passed, "*" failed") ;;
	*)
		echo "corpus $what: compare.py died"
		sum="0 passed, 1 failed"
		;;
	esac
	p=${sum%% passed*}
	f=${sum#* passed, }
	passed=$((passed + p))
	failed=$((failed + ${f%% failed}))
	grep -E '^(differs:|    )' "$out" | head -n 200
	echo "corpus $what: $sum; $(grep '^slowest:' "$out")"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
