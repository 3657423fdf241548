#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Faults that need a machine of one's own, in virtual ones: loss of power,
# sleep, a wall clock that is set, Debian 12's kernel, cards, little memory.
# What each does, and its settings, stand at the beginning of its file.
#
#   run.sh BUILD [SCENARIO...]
set -u
here=$(dirname "$0")
build=${1:-build}
shift
[ $# -gt 0 ] || set -- power power_follow clock kernel memory

skip() {
	echo "ok 1 - virtual machines # SKIP $1"
	echo 1..1
	exit 0
}
[ "$(id -u)" -eq 0 ] || skip "not root: a Debian is unpacked"
for c in qemu-system-x86_64 mke2fs mmdebstrap busybox redis-server python3 \
	"${CC:-cc}"; do
	command -v "$c" >/dev/null || skip "no $c (tests/deps.sh vm)"
done
[ "$(uname -m)" = x86_64 ] || skip "the machine is no x86_64"
[ -x "$build/tapline" ] || skip "no $build/tapline (make)"
[ -x "$build/tests/integration/sandbox_probe" ] || skip "no sandbox_probe"

VM_IMAGES=$(realpath "$build")/vm
VM_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/tapline-vm.XXXXXX")
export VM_IMAGES VM_FOLDER
trap 'rm -rf "$VM_FOLDER"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if ! "$here/image.sh" "$VM_IMAGES" "$build" >"$VM_FOLDER/log" 2>&1; then
	sed 's/^/# /' "$VM_FOLDER/log"
	skip "no images (no package archive?)"
fi
failed=0
for s; do
	echo "# --- $s"
	mkdir "$VM_FOLDER/$s"
	VM_FOLDER=$VM_FOLDER/$s timeout -k 10 "${VM_LIMIT:-3600}" \
		python3 "$here/$s.py" || failed=1
	rm -rf "${VM_FOLDER:?}/$s"
done
exit $failed
