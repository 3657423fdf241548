#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# One tapline for a long time, with a fault every few seconds: at its end every
# packet and every record is accounted for, and memory and descriptors are what
# they were.  docs/delivery.md.
#
#   SOAK  seconds (45; 600 for a release, 86400 for a day)
#   PPS   packets a second (20000)
#   SEED  that of the faults' lengths; it is printed

# shellcheck disable=SC2154,SC2317 # lib.sh sets variables by their names
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

need ip tc nft ethtool redis-server python3 "${CC:-cc}"
need_tapline
"${CC:-cc}" -std=c11 -O2 -D_GNU_SOURCE -o "$T/blast" \
	"$ROOT/tests/integration/blast.c" || skip_all "blast.c does not compile"

if ! netns_new gen || ! netns_new cap || ! netns_new red; then
	skip_all "no network namespaces"
fi
veth_new "$cap" r0 "$red" r1 || skip_all "no veth pairs"
ip -n "$cap" addr add 10.9.0.1/24 dev r0
ip -n "$red" addr add 10.9.0.2/24 dev r1

# What the rig started lives in the namespaces, and goes with them.
sweep() {
	local ns
	for ns in "${namespaces[@]}"; do
		# shellcheck disable=SC2046 # a list
		kill -KILL $(ip netns pids "$ns") 2>/dev/null
	done
	cleanup
}
trap sweep EXIT

seed=${SEED:-$RANDOM}
note "SOAK=${SOAK:-45} PPS=${PPS:-20000} SEED=$seed"
run_bg rig ip netns exec "$red" python3 "$ROOT/tests/integration/soak.py" \
	"$TAPLINE" "$T" "$cap" "$gen" "${SOAK:-45}" "${PPS:-20000}" "$seed"
wait "$rig"
code=$?
while read -r verdict what; do
	if [ "$verdict" = ok ]; then ok "$what"; else not_ok "$what"; fi
done <"$T/results"
is "the rig comes to its end" "$code" 0
finish
