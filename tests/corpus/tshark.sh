#!/bin/sh
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# The fields of every packet of a capture as tshark sees them, one line a
# packet, with each packet taken by itself: no reassembly, no streams.
# tshark.py reads what this writes.
#
# usage: tshark.sh IN OUT
set -u
tshark -n -r "$1" \
    -o ip.defragment:FALSE -o ipv6.defragment:FALSE \
    -o tcp.desegment_tcp_streams:FALSE \
    -o http.desegment_headers:FALSE -o http.desegment_body:FALSE \
    -o tls.desegment_ssl_records:FALSE \
    -o tls.desegment_ssl_application_data:FALSE \
    -T fields -E separator=/t -E occurrence=a -E aggregator=/s \
    -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.protocols \
    -e ip.src -e ip.dst -e ip.len -e ip.proto \
    -e ipv6.src -e ipv6.dst -e ipv6.plen -e ipv6.nxt \
    -e ipv6.hopopts.nxt -e ipv6.routing.nxt -e ipv6.fraghdr.nxt \
    -e ipv6.dstopts.nxt -e ah.next_header -e ipv6.opt.jumbo \
    -e tcp.srcport -e tcp.dstport -e udp.srcport -e udp.dstport \
    -e sctp.srcport -e sctp.dstport -e dccp.srcport -e dccp.dstport \
    -e vlan.id -e ieee8021ad.id -e _ws.malformed \
    >"$2.new" 2>"$2.err" </dev/null
mv "$2.new" "$2"
