#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# complexity.sh BUILD [-v] [WORD...]: what input costs that was made to cost
# much; see complexity.c.  WORDs choose scenarios by their names.
build=${1:-build}
[ $# -gt 0 ] && shift
cd "$(dirname "$0")/../.." || exit 1
case $build in
*san*)
	echo 'SKIP complexity: sanitizers cost more than what is measured'
	exit 0
	;;
esac
make -s "$build/tests/complexity/complexity" || exit 1
exec "$build/tests/complexity/complexity" "$@"
