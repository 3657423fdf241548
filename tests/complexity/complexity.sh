#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# complexity.sh BUILD [-v] [-t] [-p FILE] [WORD...]: what input costs that was
# made to cost much, in instructions; see complexity.c.  WORDs choose scenarios
# by their names.
build=${1:-build}
[ $# -gt 0 ] && shift
cd "$(dirname "$0")/../.." || exit 1
case $build in
*san*)
	echo 'SKIP complexity: sanitizers cost more than what is counted'
	exit 0
	;;
esac
if ! command -v valgrind >/dev/null; then
	echo 'SKIP complexity: no valgrind'
	exit 0
fi
program=$build/tests/complexity/complexity
make -s B="$build" "$program" || exit 1
[ $# -eq 0 ] || exec "$program" "$@"

# Everything: one half beside the other.
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
"$program" -s 1/2 >"$log" 2>&1 &
"$program" -s 0/2
first=$?
wait $!
second=$?
cat "$log"
[ $first -eq 0 ] && [ $second -eq 0 ]
