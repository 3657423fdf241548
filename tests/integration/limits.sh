#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# tapline without memory, descriptors or threads: limits.py says what is tried.
#
#   SEED    of the allocations that fail; it is printed
#   ROUNDS  of trouble in each run (5 or 8)
#   RUNS    of each kind in which libraries have no memory (1)
#   SOURCES spoofed ones of the flood (500000)
#   STEP    1 tries every allocation and mapping of the start, 10 each tenth
#   PARTS   what to do of limits.py (all)

# shellcheck disable=SC2154 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

need ip nft ethtool redis-server python3 unshare mount openssl "${CC:-cc}"
need_tapline
# Names are asked for at a server of the test's.
if [ "${INSIDE:-}" != 1 ]; then
	rm -rf "$T"
	unshare -m true 2>/dev/null || skip_all "no namespaces"
	INSIDE=1 exec unshare -m --propagation private bash "$0"
fi
if nm -D "$TAPLINE" | grep -qE '__(asan|tsan)_init'; then
	skip_all "the sanitizers have their own malloc"
fi
"${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -o "$T/blast" \
	"$ROOT/tests/integration/blast.c" || skip_all "blast.c does not compile"
"${CC:-cc}" -std=c11 -O2 -shared -fPIC -o "$T/starve.so" \
	"$ROOT/tests/lib/starve.c" -ldl || skip_all "starve.c does not compile"

if ! netns_new gen || ! netns_new cap; then
	skip_all "no network namespaces"
fi
veth_new "$gen" g0 "$cap" c0 || skip_all "no veth pairs"
silence "$cap" c0
chmod 755 "$T"
echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf || skip_all "no bind mounts"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout "$T/key.pem" -out "$T/cert.pem" -days 2 -subj /CN=s \
	-addext subjectAltName=DNS:server.example 2>/dev/null

seed=${SEED:-$RANDOM}
note "SEED=$seed"
# shellcheck disable=SC2086 # a list
run_bg rig python3 "$ROOT/tests/integration/limits.py" "$TAPLINE" "$T" \
	"$cap" "$gen" "$seed" ${PARTS:-}
wait "$rig"
code=$?
while read -r verdict what; do
	case $verdict in
	ok) ok "$what" ;;
	skip) skip "$what" "a flood in a memory cgroup" ;;
	*) not_ok "$what" ;;
	esac
done <"$T/results"
is "the rig comes to its end" "$code" 0
finish
