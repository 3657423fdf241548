#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# lint.sh BUILD: the rules of the house that a machine can check.  BUILD holds
# the objects.  One line a rule, then the sums.
set -u
shopt -s lastpipe # judge counts in this shell
build=${1:?lint.sh BUILD}
passed=0 failed=0

ok() { echo "ok lint: $1"; passed=$((passed + 1)); }

not_ok() {
	echo "not ok lint: $1"
	sed 's/^/    /'
	failed=$((failed + 1))
}

# judge NAME: what comes in is against the rule NAME.
judge() {
	local found
	found=$(cat)
	if [ -n "$found" ]; then
		not_ok "$1" <<<"$found"
	else
		ok "$1"
	fi
}

defined() { nm --defined-only -g "$@" | awk 'NF == 3 { print $3 }' | sort -u; }

# A pure folder's objects need only each other, those of the folders named
# after it, functions that touch nothing but memory, and what -a allows.
pure() {
	local allowed=strcmp
	if [ "$1" = -a ]; then
		allowed=$allowed\|$2
		shift 2
	fi
	local folder=$1
	shift
	local own=$build/$folder/*.o others=() f
	for f in "$@"; do others+=("$build"/$f); done
	# shellcheck disable=SC2086
	nm -u $own | awk 'NF == 2 { print $2 }' | sort -u |
	    grep -vxF "$(defined $own "${others[@]}")" |
	    grep -vxE "_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__assert_fail|(__)?(mem(cpy|move|set|cmp|chr)|str(n?len))(_chk)?|__(asan|ubsan|tsan)_.*|$allowed" |
	    judge "$folder is pure"
}

# Between packets and windows: the tracker is as pure as the meter, whose hash,
# tables and chunks it shares.
pure dissect
pure daemon/track 'dissect/*.o' daemon/meter/table.o daemon/meter/chunks.o \
    daemon/memory.o
pure daemon/pipe 'dissect/*.o' 'daemon/track/*.o' 'daemon/meter/*.o' \
    daemon/memory.o
pure daemon/meter 'dissect/*.o' daemon/memory.o
pure -a inet_pton daemon/report 'dissect/*.o' 'daemon/meter/*.o' \
    daemon/memory.o

# home NAME HEADER FILES: the header is included nowhere else.
home() {
	grep -lE "#include <$2" daemon/*.[ch] daemon/*/*.[ch] dissect/*.[ch] \
	    config/*.[ch] | grep -vE "^($3)" | judge "$1 lives in $3 only"
}

home libpcap 'pcap' 'daemon/capture/'
home libevent 'event2/' 'daemon/loop\.c|daemon/output/|daemon/enrich/resolve\.c'
home hiredis 'hiredis' 'daemon/output/'
home libmaxminddb 'maxminddb' 'daemon/enrich/'
home zlib 'zlib' 'daemon/(capture/unpack|output/gzip|spool/frame)\.c'
home zstd 'zstd' 'daemon/capture/unpack\.c'
home libcrypto 'openssl/' 'daemon/codec/|daemon/output/(tls|secret)\.c'
home libnghttp2 'nghttp2/' 'daemon/codec/'
home threads 'pthread' \
    'daemon/thread\.h|daemon/relay\.c|daemon/capture/ahead\.c|daemon/spool/sync\.c|daemon/log\.c'
home libseccomp 'seccomp' 'daemon/sandbox/'
home Landlock 'linux/landlock' 'daemon/sandbox/'
home inih 'ini\.h' 'config/'

# Dependencies point one way.
grep -nE '#include "(daemon|config)/' dissect/*.[ch] | judge 'dissect knows nobody'
grep -nE '#include "(daemon|dissect)/' config/*.[ch] | judge 'config knows nobody'
grep -nE '#include "daemon/(report|output|capture|enrich|loop|log)' \
    daemon/meter/*.[ch] | judge 'meter knows no report, output or source'
grep -nE '#include "daemon/' daemon/track/*.[ch] |
    grep -vE '"daemon/(track/|memory\.h|meter/(hash|tuple_hash|table|chunks)\.h)' |
    judge 'track knows the tables of meter only'
grep -nlE '#include "daemon/track/' daemon/*.[ch] daemon/*/*.[ch] |
    grep -vE '^daemon/(track|pipe|report)/' |
    judge 'track is known to pipe and report only'
grep -nE '#include "daemon/' daemon/meter/*.[ch] |
    grep -vE '"daemon/(meter/|memory\.h|pipe/batch\.h)' |
    judge 'meter knows batches only'
grep -nE '#include "daemon/' daemon/codec/*.[ch] |
    grep -v '"daemon/codec/' | judge 'codec knows nobody but dissect'
grep -nE '#include "daemon/' daemon/spool/*.[ch] |
    grep -vE '"daemon/(spool/|log\.h)' | judge 'the spool knows nobody'
grep -nE '#include "' daemon/sandbox/*.[ch] |
    grep -v '"daemon/sandbox/' | judge 'the sandbox knows nobody'
grep -nE '#include "daemon/(meter|capture|enrich)' daemon/output/*.[ch] |
    judge 'outputs know no meter, source or database'

# Every header compiles alone, and twice.
for h in $(git ls-files '*.h' 2>/dev/null || find daemon dissect config -name '*.h'); do
	printf '#include "%s"\n#include "%s"\n' "$h" "$h" |
	    ${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -I. -Wall -Wextra -Werror \
		-fsyntax-only -x c - 2>&1 | head -3
done | judge 'every header compiles alone, and twice'

# The program as it is built, but for sanitizers', which link otherwise.
harden() {
	local bin=$build/tapline
	readelf -hW "$bin" | grep -q 'Type: *DYN' || echo 'not position-independent'
	readelf -dW "$bin" | grep -q 'FLAGS_1.* PIE' || echo 'no PIE'
	readelf -dW "$bin" | grep -q 'BIND_NOW' || echo 'functions are bound late'
	readelf -dW "$bin" | grep -E 'TEXTREL|RPATH|RUNPATH'
	readelf -lW "$bin" | grep -q GNU_RELRO || echo 'no RELRO'
	readelf -lW "$bin" | grep -q 'GNU_STACK.* RW ' || echo 'a stack to execute'
	readelf -lW "$bin" | grep 'LOAD.* RWE '
	nm -D "$bin" | grep -q __stack_chk_fail || echo 'no stack protector'
	nm -D "$bin" | grep -q __memcpy_chk || echo 'no FORTIFY_SOURCE'
}
if nm -D "$build/tapline" | grep -qE '__(asan|tsan)_init'; then
	echo 'SKIP lint: the program is hardened: sanitizers'
else
	harden | judge 'the program is hardened'
fi

grep -nwE '(strcpy|strcat|sprintf|vsprintf|strtok|gets|system|popen|alloca|atoi|atol|setjmp|longjmp)\(|rand\(\)' \
    daemon/*.[ch] daemon/*/*.[ch] dissect/*.[ch] config/*.[ch] |
    grep -v '^[^:]*:[0-9]*: \*' | judge 'no banned function'

wc -l daemon/*.[ch] daemon/*/*.[ch] dissect/*.[ch] config/*.[ch] |
    awk '$2 != "total" && $1 > 600' | judge 'no source file above 600 lines'

for f in $(git ls-files '*.[ch]' '*.sh' '*.py' Makefile 2>/dev/null); do
	[ -f "$f" ] && ! head -4 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' &&
	    [ "$f" != Makefile ] && echo "$f"
done | judge 'every source names its licence'

if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning docs/*.[58] 2>&1 | judge 'manual pages are clean'
else
	echo 'SKIP lint: manual pages: no mandoc'
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
