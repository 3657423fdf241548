# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced by the tests of outputs, with their temporary folder in T: sets
# driver, having linked output_driver.c with the build's library.  BUILD is the
# build's folder; SAN=1 says that it has the sanitizers.

# What the sanitizers say, of any process, fails the test that asks at its end.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$T/san
export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_path=$T/san
sanitizers_are_silent() {
	! cat "$T"/san.* 2>/dev/null
}

# check TEXT COMMAND…: one result; n and failed are the caller's.
check() {
	local what=$1
	shift
	n=$((n + 1))
	if "$@" >"$T/out" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		sed 's/^/# /' "$T/out" "$T/err" 2>/dev/null
		failed=$((failed + 1))
	fi
}

driver=${DRIVER:-}
if [ -z "$driver" ]; then
	driver=$T/output_driver
	flags=(-std=c11 -D_DEFAULT_SOURCE -I. -O1 -g)
	if [ "${SAN:-0}" = 1 ]; then
		flags+=(-fsanitize=address,undefined -fno-sanitize-recover=all)
	fi
	# shellcheck disable=SC2046 # words
	if ! ${CC:-cc} "${flags[@]}" -o "$driver" \
	    tests/integration/output_driver.c "${BUILD:-build}/libtapline.a" \
	    $(pkg-config --libs libevent libevent_extra libevent_openssl \
	    hiredis libssl libcrypto zlib); then
		echo "not ok - the driver doesn't build"
		exit 1
	fi
fi
