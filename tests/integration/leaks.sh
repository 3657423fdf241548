#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# What happens again and again takes no more of the heap the next time: faults
# of servers, interfaces that come and go, signals, files and look-ups, many of
# each kind, in a process that is counted from outside.
#
#   EVENTS  of each kind and half (8; 1000 for a release)
#   KINDS   only these, as leaks.py calls them

# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

need ip unshare mount openssl redis-server python3 "${CC:-cc}"
need_tapline
if [ "${INSIDE:-}" != 1 ]; then
	rm -rf "$T"
	unshare -mn true 2>/dev/null || skip_all "no namespaces"
	INSIDE=1 exec unshare -mn --propagation private bash "$0"
fi
if nm -D "$TAPLINE" | grep -q __asan_; then
	skip_all "sanitizers have a heap of their own"
fi
"${CC:-cc}" -std=c11 -O2 -D_DEFAULT_SOURCE -shared -fPIC -o "$T/heap.so" \
	"$ROOT/tests/lib/heap_count.c" || skip_all "heap_count.c does not compile"
"${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -o "$T/blast" \
	"$ROOT/tests/integration/blast.c" || skip_all "blast.c does not compile"
cd "$ROOT" || exit 1
# shellcheck source=tests/integration/driver.sh
. tests/integration/driver.sh

ip link set lo up
echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf || skip_all "no bind mounts"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout "$T/key.pem" -out "$T/cert.pem" -days 2 -subj /CN=r \
	-addext subjectAltName=IP:127.0.0.1 2>/dev/null
mkdir "$T/mmdb"
python3 "$ROOT/tests/lib/mmdb.py" "$T/mmdb" || skip_all "no databases"

[ -z "${KEEP:-}" ] || trap "cp -r $T $KEEP; cleanup" EXIT
# shellcheck disable=SC2154,SC2086 # driver.sh's; a list
run_bg rig python3 "$ROOT/tests/integration/leaks.py" "$TAPLINE" "$driver" \
	"$T" "${EVENTS:-8}" ${KINDS:-}
# shellcheck disable=SC2154 # run_bg's
wait "$rig"
is "the rig comes to its end" "$?" 0
while read -r verdict what; do
	if [ "$verdict" = ok ]; then ok "$what"; else not_ok "$what"; fi
done <"$T/results"
finish
