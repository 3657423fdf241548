#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# demo.sh TAPLINE [CAPTURE]: replays the sample (or CAPTURE), shows some of the
# lines that come out, and a summary made of these lines and of nothing else.
# Needs only a shell and an awk.  Exits with 1 if there is no capture, if
# tapline fails, or if the ledger's sums do not hold.
set -u

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

[ $# -eq 1 ] || [ $# -eq 2 ] || {
	echo "usage: ${0##*/} TAPLINE [CAPTURE]" >&2
	exit 2
}
tapline=$1
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
capture=${2:-$root/tests/sample/sample.pcap}
[ -x "$tapline" ] || die "no $tapline: run make first"
[ -r "$capture" ] || die "no capture $capture"
case $capture in "$PWD"/*) capture=${capture#"$PWD"/} ;; esac

bold='' dim='' plain='' unicode=
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${NO_COLOR:-}" ]; then
	esc=$(printf '\033')
	bold="${esc}[1m" dim="${esc}[2m" plain="${esc}[0m"
fi
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in *[Uu][Tt][Ff]8* | *[Uu][Tt][Ff]-8*)
	unicode=yes
	;;
esac

set -- --window all --report 0 --top 5 --sensor demo
cat <<END
${bold}\$ $tapline -q -r $capture \\
    $*${plain}

END
lines=$("$tapline" -q -r "$capture" "$@") || die "tapline failed"

# first PREFIX: the first line that begins so.
first() {
	printf '%s\n' "$lines" | prefix=$1 awk '
		index($0, ENVIRON["prefix"]) == 1 && !n++ { print }'
}
first tapline_bin
first tapline_top,by=src,rank=1,
first tapline_top,by=dns,rank=1,
first tapline_tls
echo "$dim$(printf '%s\n' "$lines" | wc -l) lines in all; what they say:$plain"
start=$(first tapline_bin | sed 's/.* \([0-9]*\)[0-9]\{9\}$/\1/')
start=$(date -u -d "@${start:-0}" '+%F %T UTC')

printf '%s\n' "$lines" | LC_ALL=C start="$start" unicode="$unicode" \
	bold="$bold" dim="$dim" plain="$plain" awk -f "$root/docs/demo.awk" ||
	exit 1

sudo='sudo '
[ "$(id -u)" -ne 0 ] || sudo=
cat <<END

${bold}Next${plain}
  Your own capture   $0 $tapline FILE.pcap
  Live               $sudo$tapline -i any
  To Redis           $tapline -q -r $capture --sensor demo \\
                         -o redis://127.0.0.1:6379
                     redis-cli ZREVRANGE 'tapline:{demo}:top:src' 0 9 WITHSCORES
  Manual             man docs/tapline.8, docs/schema.md, docs/redis.md
END
