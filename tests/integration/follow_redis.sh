#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Following into Redis through a spool, with kill -9 at any moment: each bin is
# in the stream once, over all runs, and has each packet that was written.
#
#   KILLS  how often (10; 50 and more for a release)
#   SEED   of the moments; it is printed

# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

for c in redis-server python3; do
	command -v "$c" >/dev/null || skip_all "no $c"
done
need_tapline

seed=${SEED:-$RANDOM}
note "KILLS=${KILLS:-10} SEED=$seed"
run_bg rig python3 "$ROOT/tests/integration/follow_redis.py" \
	"$TAPLINE" "$T" "${KILLS:-10}" "$seed"
# shellcheck disable=SC2154 # run_bg's
wait "$rig"
is "the rig comes to its end" "$?" 0
while read -r verdict what; do
	if [ "$verdict" = ok ]; then ok "$what"; else not_ok "$what"; fi
done <"$T/results"
[ "$n_failed" -eq 0 ] || sort "$T/tapline.err" | uniq -c | sed 's/^/# /'
finish
