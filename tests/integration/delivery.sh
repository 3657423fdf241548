#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# The promise about Redis, under faults at random times: docs/delivery.md.
#
#   ROUNDS  faults in all (8; 200 for a release)
#   SEED    that of the faults; it is printed

# shellcheck disable=SC2154 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

need ip nft tc ss ethtool redis-server python3 "${CC:-cc}"
need_tapline
"${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -o "$T/blast" \
	"$ROOT/tests/integration/blast.c" || skip_all "blast.c does not compile"

if ! netns_new gen || ! netns_new cap || ! netns_new red; then
	skip_all "no network namespaces"
fi
if ! veth_new "$gen" g0 "$cap" c0 || ! veth_new "$cap" r0 "$red" r1; then
	skip_all "no veth pairs"
fi
silence "$cap" c0
ip -n "$cap" addr add 10.9.0.1/24 dev r0
ip -n "$red" addr add 10.9.0.2/24 dev r1

mkdir "$T/disk"
mount -t tmpfs -o size=160m,mode=700 tmpfs "$T/disk" ||
	skip_all "no tmpfs"
unmount() {
	umount -l "$T/disk"
	cleanup
}
trap unmount EXIT

seed=${SEED:-$RANDOM}
note "ROUNDS=${ROUNDS:-8} SEED=$seed"
run_bg rig ip netns exec "$red" python3 "$ROOT/tests/integration/delivery.py" \
	"$TAPLINE" "$T" "$cap" "$gen" "${ROUNDS:-8}" "$seed"
wait "$rig"
code=$?
grep -c . "$T/results" >/dev/null 2>&1 || not_ok "the rig says nothing ($code)"
while read -r verdict what; do
	if [ "$verdict" = ok ]; then ok "$what"; else not_ok "$what"; fi
done <"$T/results"
is "the rig comes to its end" "$code" 0
finish
