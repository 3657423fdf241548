#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Replays every capture below CORPUS and compares with an independent count:
# as it is (and twice, for the same bytes), cut to 64 bytes a packet, and read
# three times over, with five keys a ranking and the rest in rank other.  Then
# compares our reader of captures with libpcap's, and the names and pairs that
# tapline finds with those that tshark finds, of which 99.5 % must agree.
# Foreign captures are no part of the project, so without CORPUS this says SKIP.
#
# CORPUS=FOLDER  BIN=build/tapline  TIME=2 (seconds a file)
# WHAT="plain cut thrice reader values"
# CACHE=build/tests/corpus/tshark: what tshark said, which takes minutes to make
# ARGS: more for compare.py, such as "--only WORD --show 99"
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/tapline}
BUILD=${BUILD:-build}
WHAT=${WHAT:-plain cut thrice reader values}
CACHE=${CACHE:-build/tests/corpus/tshark}
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

add() { # PASSED FAILED
	passed=$((passed + $1))
	failed=$((failed + $2))
}

# judge WHAT COMMAND...: its last line is the sum.
judge() {
	what=$1
	shift
	"$@" >"$out" 2>&1
	sum=$(tail -n 1 "$out")
	case $sum in
	*" passed, "*" failed") ;;
	*)
		echo "corpus $what: died: $sum"
		sum="0 passed, 1 failed"
		;;
	esac
	f=${sum#* passed, }
	passed=$((passed + ${sum%% passed*}))
	failed=$((failed + ${f%% failed}))
	grep -E '^(differs:|    |not ok|[a-z]+: [0-9]+ of )' "$out" |
	    head -n 200
	echo "corpus $what: $sum; $(grep '^slowest:' "$out")"
}

count() { # WHAT OPTIONS
	what=$1
	shift
	judge "$what" python3 tests/corpus/compare.py --bin "$BIN" \
	    --bare $bare --time "$TIME" "$@" ${ARGS:-} "$CORPUS"
}

reader() {
	judge reader sh -c 'make -s B="$1" "$2" && "$2" "$3"' - "$BUILD" \
	    "$BUILD/tests/corpus/reader_compare" "$CORPUS"
}

values() {
	command -v tshark >/dev/null || {
		echo "SKIP corpus values: no tshark"
		return
	}
	mkdir -p "$CACHE"
	judge values python3 tests/corpus/values.py --bin "$BIN" \
	    --cache "$CACHE" "$CORPUS"
}

for what in $WHAT; do
	case $what in
	plain) count plain --twice ;;
	cut) count cut --cut 64 ;;
	thrice) count thrice --repeat 3 --top 5 ;;
	reader) reader ;;
	values) values ;;
	esac
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
