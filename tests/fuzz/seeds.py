#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the fuzzers' first inputs to corpus/<entry>/, beside this script."""

import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def write(entry, **seeds):
    folder = os.path.join(HERE, "corpus", entry)
    os.makedirs(folder, exist_ok=True)
    for name, data in seeds.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


def eth(kind, data):
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + struct.pack(">H", kind) + data


def ip4(proto, data, frag=0, options=b""):
    return struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(data), 1, frag, 64, proto, 0,
                       b"\x0a\0\0\1", b"\x0a\0\0\2") + options + data


def ip6(proto, data, length=None):
    return struct.pack(">IHBB", 6 << 28,
                       len(data) if length is None else length, proto,
                       64) + bytes(range(32)) + data


def udp(port, data):
    return struct.pack(">HHHH", 1000, port, 8 + len(data), 0) + data


def tcp(data):
    return struct.pack(">HHIIBBHHH", 1000, 80, 1, 1, 0x50, 24, 1000, 0,
                       0) + data


def dns(flags, n, data):
    return struct.pack(">6H", 1, flags, n, 0, 0, 0) + data


WWW = b"\3www\7example\3com\0"
TYPE = b"\0\1\0\1"
QUERY = dns(0x0100, 1, WWW + TYPE)


def hello(extensions):
    body = (b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" +
            struct.pack(">H", len(extensions)) + extensions)
    body = b"\1" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\3\1" + struct.pack(">H", len(body)) + body


SNI = b"\0\0\0\x10\0\x0e\0\0\x0bexample.com"
ALPN = b"\0\x10\0\5\0\3\2h2"
GET = b"GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n"

write("dns", query=QUERY, root=dns(0, 1, b"\0" + TYPE),
      pointer=dns(0, 2, WWW + TYPE + b"\1a\xc0\x0c" + TYPE),
      loop=dns(0, 1, b"\xc0\x0c" + TYPE), many=dns(0, 65535, (b"\0" + TYPE) * 30),
      response=dns(0x8180, 1, WWW + TYPE + b"\xc0\x0c" + TYPE + bytes(10)))
write("http", get=GET, nohost=b"POST / HTTP/1.0\r\n\r\n",
      absolute=b"GET http://A.example/b HTTP/1.1\r\n\r\n",
      connect=b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
      folded=b"PUT / HTTP/1.1\nA: b\n c\nHost:\t d \n\n",
      part=b"OPTIONS * HTTP/1.1\r\nHost: ")
write("tls", sni=hello(ALPN + SNI), nosni=hello(ALPN), none=hello(b""),
      retry=b"\x14\3\3\0\1\1" + hello(SNI), part=hello(SNI)[:-4])
write("text", ascii=b"www.example.com", control=b"a\n\r\t\x1b[0m\x7f\0",
      utf8="m\u00fcnchen \u20ac \U0001f433 \u2028\u0085".encode(),
      bad=b"\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xff\xc3",
      long="\u20ac".encode() * 100)
write("packet",
      tcp4=b"\0\0" + eth(0x0800, ip4(6, tcp(GET))),
      options=b"\0\0" + eth(0x0800, ip4(17, udp(53, QUERY), options=bytes(8))),
      fragment=b"\0\0" + eth(0x0800, ip4(17, udp(53, QUERY), frag=0x2000)),
      snaplen=b"\0\x40" + eth(0x0800, ip4(6, tcp(GET))),
      chain=b"\0\0" + eth(0x86dd, ip6(0, b"\x2b\0\1\4\0\0\0\0" + b"\x3c" +
                          bytes(7) + b"\x33" + bytes(7) + b"\x2c\4" +
                          bytes(22) + b"\x06\0\0\1\0\0\0\0" + tcp(GET))),
      jumbo=b"\x04\0" + ip6(0, b"\x11\0\xc2\4\0\1\0\0" + udp(53, QUERY), 0),
      qinq=b"\0\0" + eth(0x88a8, b"\0\1\x81\0\0\2\x08\0" + ip4(6, tcp(b""))),
      arp=b"\0\0" + eth(0x0806, b"\0\1\x08\0\6\4\0\1" + bytes(20)),
      snap=b"\0\0" + eth(36, b"\xaa\xaa\3\0\0\0\x08\0" + ip4(17, udp(9, b""))),
      null=b"\1\0\2\0\0\0" + ip4(1, b"\x08\0" + bytes(6)),
      loop=b"\5\0\0\0\0\2" + ip4(132, struct.pack(">HHII", 1, 2, 3, 4)),
      raw=b"\2\0" + ip4(33, struct.pack(">HHBBHI", 1, 2, 3, 0, 0, 1)),
      sll=b"\6\0\0\0\0\1\0\6" + bytes(8) + b"\x08\0" + ip4(136, udp(53, QUERY)),
      sll2=b"\x09\0\x86\xdd\0\0\0\0\0\1\0\1\0\6" + bytes(8) +
      ip6(58, b"\x80\0" + bytes(6)))
