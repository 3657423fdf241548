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



def segment(data, server=False, gap=False, end=False, single=False):
    """One of a connection, as tests/fuzz/stream.h reads it."""
    return struct.pack(">BH", 0xf0 | server | gap << 1 | end << 2 |
                       single << 3, len(data)) + data


def talk(client, server):
    return segment(client) + segment(server, server=True)


def frame(kind, flags, stream, data):
    return struct.pack(">IBBI", len(data), kind, flags, stream)[1:] + data


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")
SETTINGS = frame(4, 0, 0, b"\0\3\0\0\0\x64")
# RFC 7541, appendix C.4.1 and C.3.1, and a response's ":status: 200".
HUFFMAN = bytes.fromhex("828684418cf1e3c2e5f23a6ba0ab90f4ff")
LITERAL = b"\x82\x86\x84\x41\x0fwww.example.com"
STATUS = b"\x88\x5f\x09text/html"

write("http", get=GET, nohost=b"POST / HTTP/1.0\r\n\r\n",
      absolute=b"GET http://A.example/b HTTP/1.1\r\n\r\n",
      connect=b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
      folded=b"PUT / HTTP/1.1\nA: b\n c\nHost:\t d \n\n",
      part=b"OPTIONS * HTTP/1.1\r\nHost: ",
      chunked=talk(
          GET + b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
          b"3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n" + GET,
          b"HTTP/1.1 200 OK\r\nContent-Type: a/b; c\r\n"
          b"Content-Length: 2\r\n\r\nab"
          b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not\r\n\r\n"
          b"HTTP/1.0 404 Not Found\r\n\r\nuntil the end"),
      upgrade=talk(GET, b"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n"),
      tunnel=talk(b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n") +
      segment(GET),
      single=segment(GET, single=True) +
      segment(b"ICY 200 OK\r\n\r\n", server=True, single=True, end=True),
      gap=segment(GET[:20]) + segment(GET * 3, gap=True) +
      segment(b"HTTP/1.1 204 No\r\n\r\n" * 3, server=True, gap=True))
write("http2", literal=segment(PREFACE + frame(1, 4, 1, LITERAL), single=True),
      both=talk(PREFACE + frame(1, 5, 1, HUFFMAN) + frame(1, 5, 3, b"\x82\xbe"),
                SETTINGS + frame(1, 4, 1, STATUS) + frame(0, 1, 1, b"data")),
      parts=segment(PREFACE + frame(1, 0x28, 1, b"\1\0\0\0\0\x10\x82\0") +
                    frame(9, 0, 1, LITERAL[1:9]) + frame(9, 4, 1, LITERAL[9:]) +
                    frame(3, 0, 1, b"\0\0\0\x08")),
      promise=segment(SETTINGS + frame(5, 4, 1, b"\0\0\0\2" + HUFFMAN),
                      server=True, end=True),
      table=segment(PREFACE + frame(1, 4, 1, b"\x3f\xe1\x1f\x40\1a\1b\xbe")),
      gap=segment(PREFACE) + segment(frame(1, 4, 1, LITERAL), gap=True))


def message(kind, body):
    return bytes([kind]) + struct.pack(">I", len(body))[1:] + body


def tls_record(kind, data):
    return bytes([kind]) + b"\3\3" + struct.pack(">H", len(data)) + data


def tls_records(data, n):
    return b"".join(tls_record(22, data[i:i + n])
                    for i in range(0, len(data), n))


def der(tag, *data):
    data = b"".join(data)
    return bytes([tag, 0x81, len(data)]) + data


MANY = (b"\x0a\x0a\0\0" + SNI + ALPN + b"\0\x0d\0\6\0\4\4\3\x08\4" +
        b"\0\x2b\0\5\4\x1a\x1a\3\4")
SERVER = message(2, b"\3\3" + bytes(32) + b"\0\x13\1\0\0\6\0\x2b\0\2\3\4")
SERVER2 = message(2, b"\3\3" + bytes(32) + b"\0\xc0\x2f\0")
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891"
                      "c2a211167abb8c5e079e09e2c8a8339c")
AGAIN = SERVER.replace(bytes(32), RETRY)
NAME = der(0x30, der(0x31, der(0x30, b"\6\3\x55\4\x0a\x0c\3Org")),
           der(0x31, der(0x30, b"\6\3\x55\4\3\x1e\4\0a\x20\xac")))
CERT = der(0x30, der(0x30, b"\xa0\3\2\1\2\2\1\1", der(0x30), der(0x30),
                     der(0x30), NAME))
CERTS = message(11, struct.pack(">II", len(CERT) + 3, 0)[1:4] +
                struct.pack(">I", len(CERT))[1:] + CERT)
write("tls", sni=hello(ALPN + SNI), nosni=hello(ALPN), none=hello(b""),
      retry=b"\x14\3\3\0\1\1" + hello(SNI), part=hello(SNI)[:-4],
      both=talk(hello(MANY) + tls_record(22, b"\x10\0\0\0"),
                tls_record(22, SERVER2 + CERTS)),
      again=talk(hello(MANY) + tls_record(20, b"\1") + hello(MANY),
                 tls_record(22, AGAIN) + tls_record(22, SERVER)),
      records=segment(tls_records(hello(MANY)[5:], 9), single=True) +
      segment(tls_records(SERVER2 + CERTS, 50), server=True, single=True),
      sslv2=segment(b"\x80\x1c\1\3\1\0\3\0\0\0\x10\0\0\x2f" + bytes(16)),
      draft=segment(tls_record(21, b"\1\x70") + tls_record(22, message(
          2, b"\x7f\x12" + bytes(32) + b"\x13\1")), server=True),
      postgresql=segment(b"S" + tls_record(22, SERVER), server=True))


def crypto(data, at=0):
    return b"\6" + struct.pack(">HH", 0x4000 | at, 0x4000 | len(data)) + data


def initial(frames, version=1, cid=b"12345678", token=b"", first=0xc0):
    return (bytes([first]) + struct.pack(">IB", version, len(cid)) + cid +
            b"\0" + bytes([len(token)]) + token +
            struct.pack(">H", 0x4000 | (1 + len(frames) + 16)) + b"\0" + frames +
            bytes(16))


CLIENT = hello(MANY)[5:]
ACK = b"\2\5\0\1\0\0\0"
write("quic", both=talk(initial(crypto(CLIENT)), initial(ACK + crypto(SERVER))),
      parts=segment(initial(crypto(CLIENT[40:], 40))) +
      segment(initial(b"\0\1" + crypto(CLIENT[:50]))),
      coalesced=segment(initial(crypto(CLIENT[:9])) + initial(
          crypto(CLIENT[9:], 9)) + b"\xe0\0\0\0\1\0\0\2ab"),
      second=segment(initial(crypto(CLIENT), 0x6b3343cf, first=0xd0)),
      retried=segment(initial(crypto(CLIENT))) +
      segment(initial(crypto(CLIENT), cid=b"abc", token=b"t")) +
      segment(initial(crypto(CLIENT), cid=b"abcd")),
      again=talk(initial(crypto(CLIENT)), initial(crypto(AGAIN))) +
      talk(initial(crypto(CLIENT, len(CLIENT))),
           initial(crypto(SERVER, len(AGAIN)))),
      negotiation=segment(b"\x80\0\0\0\0\1a\0\0\0\0\1", server=True),
      bad=segment(initial(b"\x08" + bytes(20))) + segment(initial(
          b"\x1c\0\0\0"))[:-1] + b"\xff",
      end=segment(initial(crypto(CLIENT))) + segment(b"", end=True),
      google=segment(b"\x0d12345678Q043\1CHLO"))


def dtls(data, number=0, at=0, n=None, epoch=0, kind=22):
    n = len(data) - 4 if n is None else n
    body = (data[:4] + struct.pack(">HII", number, at, n)[:2] +
            struct.pack(">I", at)[1:] + struct.pack(">I", n)[1:] +
            data[4 + at:4 + at + n])
    return (bytes([kind]) + b"\xfe\xfd" + struct.pack(">H", epoch) + bytes(6) +
            struct.pack(">H", len(body)) + body)


COOKIE = CLIENT[:38] + b"\0" + b"\1c" + CLIENT[39:]
COOKIE = message(1, COOKIE[4:])
VERIFY = message(3, b"\xfe\xff\1c")
write("dtls", both=talk(dtls(COOKIE), dtls(SERVER)),
      verify=talk(dtls(COOKIE), dtls(VERIFY)) +
      talk(dtls(COOKIE, 1), dtls(SERVER, 1)),
      parts=segment(dtls(COOKIE, n=30)) +
      segment(dtls(COOKIE, at=30, n=len(COOKIE) - 34)),
      one=segment(dtls(COOKIE, n=30) + dtls(COOKIE, at=30, n=len(COOKIE) - 34) +
                  dtls(COOKIE, epoch=1)))
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


def pcap(order, magic=0xa1b2c3d4, minor=4, snaplen=262144, link=1, more=b""):
    record = struct.pack(order + "IIII", 1700000000, 999999, 60, 60) + more
    return struct.pack(order + "IHHIIII", magic, 2, minor, 0, 0, snaplen,
                       link) + (record + bytes(60)) * 2


def block(order, kind, body):
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order):
    return block(order, 0x0a0d0d0a,
                 struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))


def face(order, link=1, snaplen=0, options=b""):
    return block(order, 1, struct.pack(order + "HHI", link, 0, snaplen) +
                 options)


def unit(order, value):
    return struct.pack(order + "HHBxxx", 9, 1, value) + \
        struct.pack(order + "HHq", 14, 8, -3600) + bytes(4)


def packet(order, n=0, data=bytes(20)):
    return block(order, 6, struct.pack(order + "IIIII", n, 0x60a24, 0x78edc40,
                                       len(data), len(data)) + data)


SIMPLE = block("<", 3, struct.pack("<I", 20) + bytes(20))
OLD = block("<", 2, struct.pack("<HHIIII", 0, 7, 1, 2, 20, 20) + bytes(20))
write("reader",
      little=b"\0" + pcap("<"), big=b"\7" + pcap(">"),
      nano=b"\x10" + pcap("<", 0xa1b23c4d),
      modified=b"\x40" + pcap(">", 0xa1b2cd34, more=bytes(8)),
      old=b"\0" + pcap("<", minor=2), either=b"\0" + pcap("<", minor=3),
      snapped=b"\0" + pcap("<", snaplen=16, link=101),
      simple=b"\5" + section("<") + face("<", snaplen=16) + SIMPLE + OLD,
      units=b"\0" + section(">") + face(">", options=unit(">", 9)) +
      face(">", options=unit(">", 0x94)) + packet(">") + packet(">", 1),
      links=b"\x20" + section("<") + face("<") + face("<", 113) +
      packet("<") + packet("<", 1),
      sections=b"\0" + section("<") + face("<") + packet("<") +
      block("<", 5, bytes(28)) + section("<") + face("<") + packet("<") +
      section(">") + face(">") + packet(">"),
      unknown=b"\1" + section("<") + block("<", 10, bytes(40)) +
      face("<") + block("<", 0x80000001, b"") * 5 + packet("<"))

# Links: by the place of the link type in packet_fuzz.c.
LINKS = [1, 0, 12, 14, 101, 108, 113, 228, 229, 276, 147, 6, 7, 9, 10, 11, 50,
         51, 104, 105, 107, 109, 117, 119, 127, 129, 143, 149, 163, 166, 192,
         204, 205, 206, 220, 226, 239, 258, 510]


def link(dlt, data, cut=0):
    return bytes([LINKS.index(dlt), cut]) + data


SMALL = ip4(17, udp(9, b""))
SNAP = b"\xaa\xaa\3\0\0\0\x08\0" + SMALL
WLAN = b"\x08\1\0\0" + bytes(18) + b"\0\0" + SNAP
AMSDU = (b"\x88\1\0\0" + bytes(18) + b"\0\0\x80\0" + bytes(12) + b"\0\x24" +
         SNAP)
LLDP = (b"\2\7\4\2\0\0\0\0\1\4\4\5Gi1\6\2\0\x78\x0a\3sw1\0\0")
write("packet",
      mpls=link(1, eth(0x8847, b"\0\1\0\x40\0\2\1\x40" + SMALL)),
      pseudowire=link(1, eth(0x8848, b"\0\2\1\x40\0\0\0\0" +
                             eth(0x0800, SMALL))),
      pppoe=link(1, eth(0x8864, b"\x11\0\0\7\0\x1e\0\x21" + SMALL)),
      ppp=link(9, b"\xff\3\0\x3d\xc0\0\0\1\0\x31\xc0\1\0\0\0\1" +
               eth(0x0800, SMALL) + bytes(4)),
      chdlc=link(50, b"\x0f\0\x08\0" + SMALL),
      frelay=link(107, b"\x18\x41\3\0\x80\0\x80\xc2\0\7" + eth(0x0800, SMALL)),
      atm=link(11, b"\xaa\xaa\3\0\x80\xc2\0\1\0\0" + eth(0x0800, SMALL)),
      pbb=link(1, eth(0x88e7, (bytes(4) + eth(0x88e7, b"")) * 9)),
      trill=link(1, eth(0x22f3, b"\0\x7f\0\1\0\2" + bytes(4) +
                        eth(0x0800, SMALL))),
      etag=link(1, eth(0x893f, bytes(6) + b"\x81\0\0\5\x08\0" + SMALL)),
      metadata=link(1, eth(0x8909, b"\x08\0\1\1\0\1\0\7" + SMALL)),
      macsec=link(1, eth(0x88e5, b"\x20\5\0\0\0\1" + bytes(8) + b"\x08\0" +
                         SMALL + bytes(16))),
      wlan=link(105, WLAN), amsdu=link(510, AMSDU),
      radiotap=link(127, b"\0\0\x19\0\3\0\0\x80" + bytes(16) + b"\x30" + WLAN),
      ppi=link(192, b"\0\0\x20\0\x69\0\0\0\2\0\x14\0" + bytes(8) + b"\1" +
               bytes(11) + WLAN),
      prism=link(119, b"\x44\0\0\0\x0c\0\0\0" + bytes(4) + WLAN),
      pktap=link(258, b"\x6c\0\0\0\1\0\0\0\1\0\0\0" + bytes(96) +
                 eth(0x0800, SMALL)),
      nflog=link(239, b"\2\0\0\1\x08\0\1\0\x08\0\3\0\x20\0\x09\0" + SMALL),
      pflog=link(117, b"\x3d\2" + bytes(62) + SMALL),
      ring=link(6, b"\x10\x40" + bytes(6) + b"\x82" + bytes(5) +
                b"\6\x30\0\x11\0\x20" + SNAP),
      arcnet=link(7, b"\1\2\xd4\xff\xff\xff\0\0\0\1" + SMALL),
      docsis=link(143, b"\1\3\0\x33\x30\1\0\0\0" + eth(0x0800, SMALL) +
                  bytes(4)),
      lldp=link(1, eth(0x88cc, LLDP)),
      cdp=link(1, eth(34, b"\xaa\xaa\3\0\0\x0c\x20\0\2\xb4\0\0"
                      b"\0\1\0\7sw1\0\3\0\x0bGi1/0/1")),
      ndp=link(1, eth(0x86dd, ip6(58, b"\x87" + bytes(23) +
                                  b"\1\1\0\0\x5e\0\x53\1"))))


# DNS and its relatives.
def dns4(flags, counts, data):
    return struct.pack(">6H", 1, flags, *counts) + data


def rr(kind, data, owner=b"\xc0\x0c", klass=1):
    return owner + struct.pack(">HHIH", kind, klass, 60, len(data)) + data


def counted(data):
    return struct.pack(">H", len(data)) + data


ECS = b"\0\x08\0\7\0\1\x18\0\xc0\0\2"
EDNS = b"\0\0\x29\4\xd0\0\0\0\0" + counted(ECS)
V6 = b"\x20\1\x0d\xb8" + bytes(11) + b"\1"
ANSWER = dns4(0x8180, (1, 3, 0, 1), WWW + TYPE + rr(5, b"\1x\xc0\x10") +
              rr(1, b"\xc0\0\2\1", b"\xc0\x2d") + rr(28, V6, b"\xc0\x2d") +
              EDNS)
ARPA = b"\x011\x012\x010\x03192\7in-addr\4arpa\0"
FRED = b"\x20EGFCEFEECACACACACACACACACACACACA\0"
STAR = b"\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0"


def ways(first, **seeds):
    """The first byte chooses the way in dns_fuzz.c."""
    write("dns", **{name: bytes([first]) + data for name, data in seeds.items()})


ways(0, query=QUERY, root=dns(0, 1, b"\0" + TYPE),
     pointer=dns(0, 2, WWW + TYPE + b"\1a\xc0\x0c" + TYPE),
     loop=dns(0, 1, b"\xc0\x0c" + TYPE),
     many=dns(0, 65535, (b"\0" + TYPE) * 30),
     response=dns(0x8180, 1, WWW + TYPE + b"\xc0\x0c" + TYPE + bytes(10)),
     answer=ANSWER, edns=dns4(0x0100, (1, 0, 0, 1), WWW + TYPE + EDNS),
     reverse=dns4(0x8180, (1, 1, 0, 0), ARPA + b"\0\x0c\0\1" +
                  rr(12, b"\1a\0")),
     referral=dns4(0x8180, (1, 0, 1, 0), WWW + TYPE + rr(2, b"\xc0\x0c")),
     nxdomain=dns4(0x8183, (1, 0, 1, 0), WWW + TYPE + rr(6, b"")),
     update=dns4(0x2800, (1, 0, 1, 0), WWW + b"\0\6\0\1" +
                 rr(1, b"\xc0\0\2\1")))
ways(1, mdns=dns4(0x8400, (0, 2, 0, 1), rr(1, b"\xc0\0\2\1", WWW, 0x8001) +
                  rr(12, b"\xc0\x0c", ARPA) + rr(28, V6)))
ways(2, llmnr=ANSWER)
ways(3, nbns=dns4(0x0110, (1, 0, 0, 0), FRED + b"\0\x20\0\1"),
     registration=dns4(0x2910, (1, 0, 0, 1), FRED + b"\0\x20\0\1" +
                       rr(32, b"\0\0\xc0\0\2\1")),
     node=dns4(0x8400, (0, 1, 0, 0), rr(33, b"\1DESK" + b" " * 11 +
                                        b"\0\4\0", STAR)))
ways(4, content=QUERY)
ways(5, tcp=talk(counted(QUERY) * 2, counted(ANSWER) + counted(ANSWER)[:40]),
     single=segment(counted(QUERY) * 2, single=True, end=True),
     gap=segment(counted(ANSWER)[:9]) + segment(counted(ANSWER), gap=True))
ways(6, tcpany=segment(counted(QUERY)[:2]) + segment(QUERY))

# By the place of the port in dhcp_fuzz.c.
BOOTP = b"\1\1\6\0" + bytes(8) + b"\xc0\0\2\1" + bytes(220)
OPTIONS = b"\x63\x82\x53\x63\x35\1\3\x0c\4desk\x3c\4MSFT\x32\4\xc0\0\2\2"
FQDN = b"\0\x27\0\6\1\4desk"
IA = (b"\0\3\0\x28" + bytes(12) + b"\0\5\0\x18" + V6 + bytes(8))
write("dhcp", request=b"\0" + BOOTP + OPTIONS + b"\xff",
      ack=b"\0\2" + BOOTP[1:16] + b"\xc0\0\2\2" + BOOTP[20:] +
      b"\x63\x82\x53\x63\x35\1\5\x51\x09\4\0\0\4desk\0",
      overload=b"\0" + BOOTP[:44] + OPTIONS[4:] + b"\xff" +
      bytes(192 - len(OPTIONS) + 3) + OPTIONS[:4] + b"\x34\1\3\xff",
      v6=b"\1\3\1\2\3" + FQDN + IA + b"\0\x10\0\x0a\0\0\1\x37\0\4MSFT",
      relayed=b"\1\x0c\0" + V6 * 2 + b"\0\x09" + counted(
          b"\1\1\2\3" + FQDN),
      ntp=b"\2\x23" + bytes(47),
      snmp=b"\3\x30\x82\0\x0c\2\1\1\4\6public\xa0",
      syslog=b"\4<34>1 - a", octets=b"\x0d99 <34>1 - a",
      tftp=b"\5\0\1a\0octet\0",
      radius=b"\6\1\x2a\0\x1a" + bytes(16) + b"\1\6user",
      ssdp=b"\7M-SEARCH * HTTP/1.1\r\n\r\n",
      stun=b"\x08\0\1\0\0\x21\x12\xa4\x42" + bytes(12))


def part(what, offset, length, cut=0, shift=0, ms=0):
    """A fragment of fragments_fuzz.c."""
    return struct.pack(">BHHBBB", what, offset // 8, length, cut, shift, ms)


LAST, SIX, LARGE, TIME = 32, 8, 128, 64
write("fragments", two=part(1, 0, 64) + part(1 | LAST, 64, 9),
      reverse=part(1 | LAST | SIX, 64, 9) + part(1 | SIX, 0, 64),
      copies=part(2, 0, 64) * 2 + part(2 | LAST, 64, 9) * 2 + part(2, 0, 64),
      overlap=part(3, 0, 64) + part(3 | LAST, 56, 64) + part(3, 0, 64),
      head=part(3, 64, 64) + part(3, 8, 64) + part(3, 0, 8),
      other=part(3, 0, 64) + part(3, 0, 64, shift=1),
      cut=part(4, 0, 64, cut=9) + part(4 | LAST, 64, 9),
      large=part(5 | LARGE, 0, 65528) + part(5 | LARGE | LAST, 65528, 7),
      too_long=part(5 | LARGE | LAST, 65528, 8),
      late=part(6, 0, 64) + part(7, 0, 64, ms=200) + part(6 | LAST, 64, 9),
      back=part(6 | TIME, 0, 64) + b"\xff" * 7 + b"\x7f" +
      part(6 | LAST | TIME, 64, 9) + bytes(8))
# Operations: what, about, detail, milliseconds squared; 0 asks, 2 answers, 3
# lets time go on.  An odd first byte is the address book.
write("transactions", answer=b"\0" + b"\0\1\1\0" + b"\2\1\1\3",
      copies=b"\0" + b"\0\1\1\0" * 2 + b"\2\1\1\3" * 2 + b"\0\1\1\x28",
      orphan=b"\0" + b"\0\1\1\0" + b"\2\1\2\3" + b"\2\2\1\3",
      unanswered=b"\0" + b"\0\1\3\0" + b"\0\2\2\0" + b"\3\0\0\x50" +
      b"\2\1\3\0" + b"\0\1\3\0",
      alike=b"\0" + b"".join(b"\0\1%c\0" % i for i in range(1, 8)) +
      b"\2\1\0\0" * 5,
      back=b"\0" + b"\0\1\1\0" + b"\xff\1\2\0" + b"\xff" * 7 + b"\x7f" +
      b"\3\0\0\0",
      book=b"\1" + b"\0\1\4\0" + b"\0\1\5\0" + b"\x10\1\6\0" + b"\x10\1\6\xff" * 10 +
      b"\x0e\1\5\0" + b"\x0f\1\0\0" + b"\x20\1\xff\0")


# Tunnels: each carries the same packet, which differs from the one around it.
INNER = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28, 2, 0, 64, 17, 0x8E99,
                    b"\xc0\0\2\1", b"\xc6\x33\x64\1") + udp(9, b"")
INNER6 = ip6(17, udp(9, b""))
FRAME = eth(0x0800, INNER)
PPP = b"\xff\3\0\x21"
NSH = b"\x0f\xc6\1\1\0\0\1\xff" + bytes(16)
TEREDO = struct.pack(">IHBB", 6 << 28, 8, 17, 64) + (
    b"\x20\1\0\0" + bytes(11) + b"\1\x20\1\x0d\xb8" + bytes(11) + b"\2")
WIFI = b"\2\0\0\0\0\1" * 3 + b"\0\0\xaa\xaa\3\0\0\0\x08\0"


def over_ip(proto, data):
    return b"\0\0" + eth(0x0800, ip4(proto, data))


def over_udp(port, data):
    return over_ip(17, udp(port, data))


write("packet",
      gre=over_ip(47, b"\xb0\0\x08\0" + bytes(12) + INNER),
      gre_route=over_ip(47, b"\x40\0\x86\xdd" + bytes(4) +
                        b"\x08\0\0\4\1\2\3\4" + bytes(4) + INNER6),
      nvgre=over_ip(47, b"\x20\0\x65\x58" + bytes(4) + FRAME),
      wccp=over_ip(47, b"\0\0\x88\x3e" + b"\1\0\0\0" + INNER),
      pptp=over_ip(47, b"\x30\x81\x88\x0b\0\x20\0\1" + bytes(8) + PPP + INNER),
      erspan1=over_ip(47, b"\0\0\x88\xbe" + FRAME),
      erspan2=over_ip(47, b"\x10\0\x88\xbe\0\0\0\1\x10\1" + bytes(6) + FRAME),
      erspan3=over_ip(47, b"\x10\0\x22\xeb\0\0\0\1\x20\1" + bytes(9) +
                      b"\1" + bytes(8) + FRAME),
      ipip=over_ip(4, INNER), sixin4=over_ip(41, INNER6),
      mpls_ip=over_ip(137, b"\0\1\1\x40" + INNER),
      etherip=over_ip(97, b"\x30\0" + FRAME),
      ah=over_ip(51, b"\4\4" + bytes(22) + INNER),
      nsh=b"\0\0" + eth(0x894f, NSH + INNER),
      vxlan=over_udp(4789, b"\x08\0\0\0\0\0\1\0" + FRAME),
      vxlan_gpe=over_udp(4790, b"\x0c\0\0\4\0\0\1\0" + NSH + INNER),
      vxlan_twice=over_udp(4789, b"\x08\0\0\0\0\0\1\0" + eth(
          0x0800, ip4(17, udp(8472, b"\x08\0\0\0\0\0\2\0" + FRAME)))),
      geneve=over_udp(6081, b"\2\0\x65\x58\0\0\1\0\1\2\3\1" + bytes(4) +
                      FRAME),
      gtpu=over_udp(2152, b"\x34\xff\0\x24" + bytes(7) +
                    b"\x85\1\0\0\0" + INNER),
      gtp0=over_udp(3386, b"\x1e\xff\0\x1c" + bytes(5) + b"\xff\xff\xff" +
                    bytes(8) + INNER),
      teredo=over_udp(3544, b"\0\1\0\0" + bytes(9) +
                      b"\0\0\xfc\x17\xf5\xff\xff\xfe" + TEREDO +
                      udp(9, b"")),
      l2tp=over_udp(1701, b"\x4a\2\0\x2f\0\1\0\2\0\0\0\0\0\1\0" + PPP + INNER),
      l2tpv3=over_udp(1701, b"\0\3\0\0\0\0\0\x09abcd" + FRAME),
      l2tpv3_ip=over_ip(115, b"\0\0\0\x09abcdefgh\x40\0\0\1" + FRAME),
      mpls_udp=over_udp(6635, b"\0\1\1\x40" + INNER),
      gre_udp=over_udp(4754, b"\0\0\x08\0" + INNER),
      lisp=over_udp(4341, b"\x80\0\0\1\0\0\0\1" + INNER),
      ayiya=over_udp(5072, b"\x41\x52\x11\x29" + bytes(40) + INNER6),
      tzsp=over_udp(37008, b"\1\0\0\1\0\x0a\1\x20\1" + FRAME),
      capwap=over_udp(5247, b"\0\x10\x40\0\0\0\0\0" + FRAME),
      capwap_wifi=over_udp(5247, b"\0\x10\x43\0\0\0\0\0\1\x08\0\0" + WIFI +
                           INNER),
      tunnel_part=b"\0\0" + eth(0x0800, ip4(17, struct.pack(
          ">HHHH", 1000, 4789, 4096, 0) + b"\x08\0\0\0\0\0\1\0" + FRAME,
          frag=0x2000)))


def segment(conn, flags, data=b"", server=0, seq=0, ack=0, how=0, cut=0,
            time=0, kind=0):
    """A packet of conns_fuzz.c."""
    return struct.pack(">BBbbBBBB", conn | server << 3 | time << 4,
                       flags | kind << 5, seq, ack, how, cut, 0xff,
                       len(data)) + data


def opened(conn):
    return (segment(conn, 2, how=2) + segment(conn, 18, server=1, how=2) +
            segment(conn, 16))


GET = b"GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n"
DIGITS = b"0123456789"
# What waits behind a hole is more than one packet reads when it is given up.
WAITING = (opened(5) + segment(5, 16, bytes(64), seq=127) +
           segment(5, 16, bytes(64)) * 100)
write("conns",
      http=opened(0) + segment(0, 24, GET) +
      segment(0, 24, b"HTTP/1.1 204 No Content\r\n\r\n", server=1, time=3) +
      segment(0, 17) + segment(0, 17, server=1) + segment(0, 16),
      http_split=opened(0) + segment(0, 16, GET[20:], seq=20) +
      segment(0, 16, GET[:20], seq=-len(GET)),
      dns=opened(2) + segment(2, 24, struct.pack(">H", len(QUERY)) + QUERY),
      refused=segment(3, 2) + segment(3, 20, server=1),
      unanswered=segment(3, 2) + segment(3, 16, time=6, kind=6),
      both=segment(1, 2) + segment(1, 2, server=1) + segment(1, 18, seq=-1) +
      segment(1, 18, seq=-1, server=1),
      again=opened(4) + segment(4, 16, DIGITS) + segment(4, 16, DIGITS, seq=-10),
      lost=opened(4) + segment(4, 16, DIGITS, seq=10) +
      segment(4, 16, server=1) + segment(4, 16, server=1, time=3),
      wild=opened(4) + segment(4, 16, DIGITS, seq=64, how=8) +
      segment(4, 16, DIGITS) + segment(4, 16, DIGITS),
      reset=opened(0) + segment(0, 16, b"GET / ") + segment(0, 4, server=1),
      counted=opened(5) + b"".join(
          segment(5, 16, DIGITS, seq=seq) for seq in (0, 10, -20, 10, 0)),
      waiting=WAITING + segment(5, 16, server=1, time=4) * 9,
      waiting_reset=WAITING + segment(5, 4, server=1) + opened(5) +
      segment(5, 24, DIGITS, time=6, kind=6),
      counted_cut=opened(5) + segment(5, 16, DIGITS, how=1, cut=4) +
      segment(5, 16, DIGITS) + segment(5, 16, server=1, time=4) +
      segment(5, 17),
      datagram=segment(1, 0, b"\xc0\0\0\0\1\0\0\0", kind=7))


# By the place of the tunnel in tunnels_fuzz.c.
TUNNELS = [47, 4, 41, 97, 115, 137, 143, 4789, 4790, 8472, 6081, 2152, 3544,
           1701, 6635, 4754, 0x8847, 0x8864, 0x880b, 0x88e7, 0x894f, 0x22f3,
           3386, 4341, 5072, 5247, 37008]


def tunnel(key, data):
    return bytes([TUNNELS.index(key)]) + data


write("tunnels",
      gre=tunnel(47, b"\xb0\0\x08\0" + bytes(12) + INNER),
      erspan=tunnel(47, b"\x10\0\x88\xbe\0\0\0\1\x10\1" + bytes(6) + FRAME),
      ppp=tunnel(47, b"\x30\x81\x88\x0b\0\x20\0\1\0\0\0\1\0\x21" + INNER),
      ipip=tunnel(4, INNER), sit=tunnel(41, INNER6),
      etherip=tunnel(97, b"\x30\0" + FRAME),
      l2tpv3=tunnel(115, b"\0\0\0\x09" + FRAME),
      mpls=tunnel(137, b"\0\1\1\x40" + INNER),
      vxlan=tunnel(4789, b"\x08\0\0\0\0\0\1\0" + FRAME),
      gpe=tunnel(4790, b"\x0c\0\0\4\0\0\1\0" + NSH + INNER),
      geneve=tunnel(6081, b"\2\0\x65\x58\0\0\1\0\0\1\2\1" + bytes(4) +
                    FRAME),
      gtpu=tunnel(2152, b"\x34\xff\0\x24\0\0\0\1\0\0\0\x85\1\0\0\0" +
                  INNER),
      teredo=tunnel(3544, b"\0\0" + bytes(6) + TEREDO + udp(9, b"")),
      l2tp=tunnel(1701, b"\0\2\0\1\0\2" + PPP + INNER),
      labels=tunnel(0x8847, b"\0\1\0\x40\0\2\1\x40" + INNER),
      pppoe=tunnel(0x8864, b"\x11\0\0\7\0\x1e\0\x21" + INNER),
      pbb=tunnel(0x88e7, (bytes(4) + eth(0x88e7, b"")) * 3),
      lisp=tunnel(4341, b"\x80\0\0\1\0\0\0\1" + INNER),
      capwap=tunnel(5247, b"\0\x10\x40\0\0\0\0\0" + FRAME),
      tzsp=tunnel(37008, b"\1\0\0\1\0\x0a\1\x20\1" + FRAME),
      gtp0=tunnel(3386, b"\x1e\xff\0\x1c" + bytes(5) + b"\xff\xff\xff" +
                  bytes(8) + INNER),
      ayiya=tunnel(5072, b"\x41\x52\x11\x29" + bytes(40) + INNER6))

# Datagrams, or the first segment of a client.
write("services", ssh=b"SSH-2.0-OpenSSH_9.2\r\n", ssh1=b"a\r\nSSH-1.99-b\n",
      sip=b"INVITE sip:bob@example.org SIP/2.0\r\n\r\n",
      sip_response=b"SIP/2.0 200 OK\r\n\r\n", rtsp=b"OPTIONS * RTSP/1.0\r\n",
      smtp=b"EHLO a.example\r\n", banner=b"220 mail ESMTP\r\n",
      pop3=b"+OK ready\r\n", imap=b"* OK IMAP4rev1\r\n",
      smb=b"\0\0\0\x40\xfeSMB" + bytes(60), smb1=b"\0\0\0\x23\xffSMB\x72",
      ldap=b"\x30\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0",
      kerberos=b"\x6a\x10\x30\x0e\xa1\3\2\1\5", bgp=b"\xff" * 16 +
      b"\0\x1d\1\4", resp=b"*1\r\n$4\r\nPING\r\n",
      mqtt=b"\x10\x0c\0\4MQTT\4\2\0\x3c\0\0", amqp=b"AMQP\0\0\x09\1",
      xmpp=b"<?xml version='1.0'?><stream:stream ",
      rdp=b"\3\0\0\x13\x0e\xe0" + bytes(13), vnc=b"RFB 003.008\n",
      bittorrent=b"\x13BitTorrent protocol" + bytes(8),
      postgresql=b"\0\0\0\x08\4\xd2\x16\x2f", syslog=b"<34>1 - a\n",
      ike=bytes(16) + b"\x21\x20\x22\x08" + bytes(8) + b"\0\0\0\x1c",
      wireguard=b"\1\0\0\0" + bytes(144), stun=b"\0\1\0\0\x21\x12\xa4\x42" +
      bytes(12), modbus=b"\0\1\0\0\0\6\1\3\0\0\0\1",
      single=struct.pack(">BH", 0xf8, 9) + b"SSH-2.0-a" +
      struct.pack(">BH", 0xf5, 0))


def capture(*packets, link=1, step=300000000):
    """Saved packets, one every step nanoseconds; see meter_fuzz.c."""
    out = struct.pack("<IHHIIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, link)
    for i, data in enumerate(packets):
        s, ns = divmod(i * step, 1000000000)
        out += struct.pack("<IIII", 1700000000 + s, ns, len(data),
                           len(data)) + data
    return out


def tcp4(flags, seq, ack, data=b"", server=False):
    ports = (80, 40000) if server else (40000, 80)
    addrs = (b"\x0a\0\0\1", b"\x0a\0\0\2")
    head = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, flags, 1000, 0, 0)
    p = ip4(6, head + data)
    return eth(0x0800, p[:12] + b"".join(addrs[::-1] if server else addrs) +
               p[20:])


OPENED = (tcp4(2, 99, 0), tcp4(18, 199, 100, server=True), tcp4(16, 100, 200))
write("meter",
      http=b"\0" + capture(*OPENED, tcp4(24, 100, 200, GET),
                           tcp4(24, 200, 100 + len(GET),
                                b"HTTP/1.1 204 No\r\n\r\n", True),
                           tcp4(17, 100 + len(GET), 224)),
      dns=b"\2" + capture(*[eth(0x0800, ip4(17, udp(53, QUERY)))] * 3,
                         step=3000000000),
      fragments=b"\4" + capture(
          eth(0x0800, ip4(17, udp(53, QUERY)[:24], frag=0x2000)),
          eth(0x0800, ip4(17, udp(53, QUERY)[24:], frag=3))),
      tls=b"\1" + capture(*OPENED, tcp4(24, 100, 200, hello(SNI + ALPN))),
      tunnel=b"\0" + capture(*[over_udp(4789, b"\x08\0\0\0\0\0\1\0" +
                                        FRAME)[2:]] * 2, link=1),
      late=b"\5" + capture(eth(0x0806, bytes(28)), FRAME, step=-5000000000),
      v6=b"\0" + capture(ip6(58, b"\x87" + bytes(31)), ip6(17, udp(53, QUERY)),
                        link=101))

write("redis_url",
      **{n: u.encode() for n, u in dict(
          one="://h:1/2", tls="s://[::1]", unix="+unix:/run/r.sock",
          sentinel="s+sentinel://a,b:7,[::1]:8/m/2",
          cluster="+cluster://a,b:7", password="://u:p@h").items()})

NODES = (b"07c37dfe 127.0.0.1:1@11,h master - 0 0 1 connected 0-5460\n"
         b"292f8b36 ::1:2@12,two.example,shard-id=x slave - 0 0 1\n"
         b"e7d1eecc :0@0 master,noaddr - 0 0 1 disconnected\n")
BULK = b"$%d\r\n%s\r\n" % (len(NODES), NODES)
write("redis_route",
      server=b"\x80\xff+OK\r\n+OK\r\n-MOVED 1 b:2\r\n",
      sentinel=b"\x01\xff-NOAUTH x\r\n*2\r\n$3\r\n::1\r\n$4\r\n7000\r\n+OK\r\n"
      b"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n-READONLY x\r\n*-1\r\n",
      watch=b"\x41\x03*2\r\n$1\r\na\r\n$1\r\n1\r\n",
      cluster=b"\x02\x20" + BULK + b"-MOVED 1 10.0.0.1:7000\r\n" + BULK +
      b"*0\r\n-MOVED 1 :7001\r\n" + BULK + b"-CLUSTERDOWN x\r\n",
      tls=b"\x83\xff+OK\r\n" + BULK + b"-ASK 1 ::1:1\r\n-MOVED 1 ::1:7002\r\n")

def spool_bytes(data):
    return struct.pack("<H", len(data)) + data


OLD_SUM = 0x40  # zlib's CRC-32, as the first two formats had it


def spool_frame(kind, body, old=OLD_SUM):
    return struct.pack(">BH", kind | old, len(body)) + body


def spool_reader(name, settled=(), losses=()):
    return (spool_bytes(name) + bytes([len(settled)]) +
            b"".join(struct.pack("<BQQ", *s) for s in settled) +
            struct.pack("<H", len(losses)) +
            b"".join(struct.pack("<BBBQQQQBQ", *x) for x in losses))


def spool_head(committed, runs, reader=b"", blob=b"", fingerprint=1):
    streams = b"".join(
        spool_bytes(name) + struct.pack("<QQQQ", fp, k, 1000 * k, 0)
        for name, fp, k in ((b"bin", fingerprint, committed[0]),
                            (b"top", 2, committed[1])))
    return spool_frame(0, spool_bytes(b"TAPSPL1\0") + b"\2" + streams +
                       bytes([len(runs)]) +
                       b"".join(struct.pack("<QQQ", *r) for r in runs) +
                       (b"\1" + reader if reader else b"\0") +
                       spool_bytes(blob))


def spool_data(stream, k, payload=b"payload"):
    return spool_frame(1, struct.pack("<BQQQQ", stream, k, 1000 * k, 0,
                                      k * 10 ** 9) + spool_bytes(payload))


def sum_of(k):
    return struct.pack("<QQQ", 10 * k, 100 * k, 0)


def sums(magic, old, begun):
    """The second format, and since: of a counted stream (top) it has sums."""
    head = (spool_bytes(magic) + b"\2" +
            spool_bytes(b"bin") + struct.pack("<QQQQB", 1, 0, 0, 0, 0) +
            spool_bytes(b"top") + struct.pack("<QQQQB", 2, 3, 3000, 0, 1) +
            sum_of(3) +
            b"\1" + struct.pack("<QQQ", 0x3030303030303030, 0, 2) +
            sum_of(2) + b"\1" + spool_bytes(b"r1") + b"\1" +
            struct.pack("<BQQ", 1, 3, 7) + sum_of(3) +
            struct.pack("<H", 1) +
            struct.pack("<BBBQQQQBQ", 1, 0, 0, 2, 3, 5, 6, 1, 0) +
            sum_of(1) + sum_of(3) + spool_bytes(b"") + begun)
    return (spool_frame(0, head, old) +
            b"".join(spool_frame(1, struct.pack("<BQQQQ", 1, k, 1000 * k, 0,
                                                k * 10 ** 9) +
                                 spool_bytes(b"payload") + sum_of(k - 1) +
                                 struct.pack("<QQ", 10, 100), old)
                     for k in (4, 5, 8)) + spool_frame(3, b"\0", old))


SUMS = sums(b"TAPSPL2\0", OLD_SUM, b"")
# The third has where readers have begun, at the end.
NEW = sums(b"TAPSPL3\0", 0, struct.pack("<QQ", 0, 1) + sum_of(1))
RUN1 = (0x3030303030303030, 0, 0)
write("spool", sums=SUMS, new=NEW, upgrade=SUMS + NEW,
      one=spool_head((0, 0), [RUN1]) + spool_data(0, 1) + spool_data(1, 1) +
      spool_frame(3, b"\1" + spool_bytes(b"blob")) + spool_data(0, 2),
      two=spool_head((0, 0), [RUN1]) + spool_data(0, 1) +
      spool_frame(2, spool_reader(b"r1", [(0, 1, 7)])) +
      spool_frame(3, b"\0") +
      spool_head((1, 0), [RUN1, (5, 1, 0)],
                 spool_reader(b"r1", [(0, 1, 7)],
                              [(0, 1, 0, 1, 1, 5, 6, 1, 0)]), b"at") +
      spool_data(0, 2) + spool_data(1, 1) + spool_frame(3, b"\0"),
      damaged=spool_head((0, 0), [RUN1]) + spool_data(0, 1) +
      spool_frame(0x80, b"\x10\0\0\0junkjunkjunk") +
      spool_head((9, 3), [RUN1], fingerprint=8) + spool_data(0, 12) +
      spool_data(1, 4) + spool_frame(3, b"\0"))

# What outputs read: an answer's body, a Retry-After, a URL; a payload of the
# spool is tags, a bit set, fields, behind the number of its measurement.


def packed(*texts):
    return b"".join(struct.pack("<H", len(t)) + t for t in texts)


write("delivery",
      error=b"\0" + b'{"error":"partial write: unable to parse"}\n',
      seconds=b"\0" + b"120", endless=b"\0" + b"9" * 40,
      v1=b"\0" + b"[::1]:8086/my db", v2=b"\0" + b"host/org/bucket",
      path=b"\0" + b"h:1/insert/0/write?db=x", secret=b"\0" + b"h/write?p=x",
      bin=b"\0" + packed(b"s1\0", b"eth0\0") + struct.pack("<QQQ", 3, 1, 2),
      top=b"\1" + packed(b"src\0", b"", b"1\0", b"s1\0", b"60s\0") +
      struct.pack("<Q", 1) + packed(b"a\\ b,\"\0"))
