# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Golden cases of what packets are wrapped in: tunnels, links, fragments.

In each wrapping is a query for a name that tells what it was.
"""

import itertools
import struct
import zlib

from packets import (
    A, A6, B, B6, arp, dns, ether, icmp, ip4, ip6, pcap, pcapng, udp)

INNER, INNER6 = ("203.0.113.7", "203.0.113.8"), ("2001:db8:7::7",
                                                 "2001:db8:7::8")
TEREDO = ("2001:0:cb00:7102::1", "2001:db8:7::9")


def query(name, v6=False, pair=None):
    src, dst = pair or (INNER6 if v6 else INNER)
    # Not the built-in hash, which is another in each run.
    ident = zlib.crc32(name.encode()) & 0xFFFF
    data = udp(1024, 53, dns(name + ".example", ident=ident))
    return (ip6 if v6 else ip4)(src, dst, 17, data)


def frame(name):
    return ether(query(name))


def gre(kind, data, flags=0, rest=b""):
    return struct.pack(">HH", flags, kind) + rest + data


def labels(*numbers):
    return b"".join(struct.pack(
        ">I", n << 12 | (i == len(numbers) - 1) << 8 | 64)
        for i, n in enumerate(numbers))


def ppp(data, v6=False):
    return (b"\0\x57" if v6 else b"\0\x21") + data


def vxlan(data):
    return b"\x08\0\0\0\0\0\7\0" + data


def geneve(kind, data, options=b""):
    return struct.pack(">BBHI", len(options) // 4, 0, kind, 7 << 8) + \
        options + data


def gtpu(data, flags=0x30, rest=b""):
    return struct.pack(">BBHI", flags, 255, len(rest + data), 99) + \
        rest + data


def over_udp():
    """By the port: what is in the datagram."""
    return [
        (4789, vxlan(frame("vxlan"))),
        (8472, vxlan(frame("vxlan-linux"))),
        (4789, b"\x88\0\0\x2a\0\0\7\0" + frame("vxlan-group")),
        (4790, b"\x0c\0\0\1\0\0\7\0" + query("vxlan-gpe")),
        (4790, b"\x0c\0\0\4\0\0\7\0" + b"\x0f\xc6\1\1\0\0\7\xff" +
         bytes(16) + query("nsh")),
        (6081, geneve(0x6558, frame("geneve"))),
        (6081, geneve(0x0800, query("geneve-options"),
                      b"\1\2\3\1abcd" + b"\1\2\4\0")),
        (2152, gtpu(query("gtpu"))),
        (2152, gtpu(query("gtpu-extensions", True), 0x34,
                    b"\0\0\0\x85" + b"\1\0\0\xc0" + b"\1\0\0\0")),
        (2152, b"\x32\1\0\4\0\0\0\0\0\1\0\0"),
        (3544, query("teredo", True, TEREDO)),
        (3544, b"\0\1\0\0" + bytes(9) + b"\0\0" + bytes(6) +
         query("teredo-indicators", True, TEREDO)),
        (1701, b"\0\2\0\1\0\2" + ppp(query("l2tpv2"))),
        (1701, b"\x4a\2" + struct.pack(
            ">HHHHHH", len(query("l2tpv2-all")) + 20, 1, 2, 3, 4, 2) +
         b"\0\0" + b"\xff\3" + ppp(query("l2tpv2-all"))),
        (1701, b"\xc8\2\0\x0c\0\1\0\0\0\0\0\0"),
        (1701, b"\0\3\0\0\0\0\0\7" + frame("l2tpv3-udp")),
        (6635, labels(16, 17) + query("mpls-udp")),
        (4754, gre(0x86DD, query("gre-udp", True))),
        (3386, b"\x1e\xff" + struct.pack(">H", len(query("gtp-0"))) +
         bytes(16) + query("gtp-0")),
        (4341, bytes(8) + query("lisp")),
        (5072, b"\x44\x52\x11\x29" + bytes(40) + query("ayiya", True)),
        (37008, b"\1\0\0\1" + b"\x0a\1\x20\0\1" + frame("tzsp")),
        (37008, b"\1\0\0\x12\1" + wlan(query("tzsp-wlan"))),
        (5247, b"\0\x10\2\0\0\0\0\0" + frame("capwap")),
        (5247, b"\0\x10\3\0\0\0\0\0" + wlan(query("capwap-wlan"))),
        (5247, b"\0\x10\3\0\0\0\0\0" + wlan(
            query("capwap-exchanged"), b"\x02\x08")),
        (5247, b"\1\0\0\0\x17\xfe\xfd" + bytes(20))]


def over_ip():
    """By the protocol: what is in the packet."""
    return [
        (47, gre(0x0800, query("gre"))),
        (47, gre(0x0800, query("gre-fields"), 0xB000, b"\1\2\0\0" +
                 b"\0\0\0\7" + b"\0\0\0\1")),
        (47, gre(0x6558, frame("nvgre"), 0x2000, b"\0\0\7\1")),
        (47, gre(0x88BE, frame("erspan-1"))),
        (47, gre(0x88BE, b"\x10\7\x10\1\0\0\0\1" + frame("erspan-2"),
                 0x1000, b"\0\0\0\1")),
        (47, gre(0x22EB, b"\x20\7\x10\1" + bytes(6) + b"\0\0" +
                 frame("erspan-3"), 0x1000, b"\0\0\0\2")),
        (47, gre(0x22EB, b"\x20\7\x10\1" + bytes(6) + b"\0\1" + bytes(8) +
                 frame("erspan-3-platform"), 0x1000, b"\0\0\0\3")),
        (47, gre(0x22EB, b"\x20\7\x10\1" + bytes(6) + b"\x08\0" +
                 query("erspan-3-ip"), 0x1000, b"\0\0\0\4")),
        (47, gre(0x880B, ppp(query("pptp")), 0x3081, struct.pack(
            ">HHII", len(query("pptp")) + 2, 9, 1, 1))),
        (47, gre(0x883E, query("wccp"))),
        (47, gre(0x883E, b"\0\1\2\3" + query("wccp-2"))),
        (47, gre(0x8847, labels(20) + query("mpls-gre"))),
        (47, gre(0x0800, query("gre-version"), 0x0002)),
        (4, query("ipip")),
        (41, query("6in4", True)),
        (97, b"\x30\0" + frame("etherip")),
        (97, b"\x40\0" + frame("etherip-4")),
        (115, b"\0\0\0\7" + frame("l2tpv3")),
        (115, b"\0\0\0\7" + b"cook" + bytes(4) +
         frame("l2tpv3-cookie")),
        (137, labels(21) + query("mpls-ip")),
        (143, frame("ethernet-ip")),
        (51, b"\4\4\0\0" + bytes(20) + query("ah-ipip"))]


def tunnels():
    """Each in a packet between two hosts of its own number."""
    number = itertools.count(1)

    def outer(proto, data):
        n = next(number)
        return ether(ip4("192.0.2.%d" % n, "198.51.100.%d" % n, proto, data))
    packets = [outer(17, udp(49152, port, data)) for port, data in over_udp()]
    packets += [outer(proto, data) for proto, data in over_ip()]
    packets += [ether(ip6(A6, B6, proto, data)) for proto, data in (
        (4, query("4in6")), (41, query("6in6", True)),
        (47, gre(0x0800, query("gre-6"))),
        (17, udp(49152, 4789, vxlan(frame("vxlan-6")))))]
    # What a station's own port is called by chance is no tunnel.
    packets += [outer(17, udp(4789, 2152, b"neither of them")),
                outer(17, udp(2152, 4789, vxlan(frame("vxlan-second-port"))))]
    bomb = frame("too-deep")
    for _ in range(7):
        bomb = ether(ip4(*INNER, 17, udp(49152, 4789, vxlan(bomb))))
    return {"in.pcap": pcap([(i / 100, p) for i, p in enumerate(
        packets + [bomb])])}


# Links ----------------------------------------------------------------------

def wlan(data, control=b"\x08\x02", qos=b""):
    """A data frame from an access point, with LLC and SNAP."""
    return control + b"\0\0" + bytes(18) + b"\x10\0" + qos + \
        b"\xaa\xaa\3\0\0\0\x08\0" + data


def radiotap(data, flags=0):
    return struct.pack("<BBHIQB", 0, 0, 17, 3, 1, flags) + data


def nflog(data):
    def field(kind, value):
        return struct.pack("<HH", len(value) + 4, kind) + value + bytes(
            -len(value) % 4)
    return b"\2\0\0\7" + field(1, b"\x08\0\1\0") + field(10, b"rule\0") + \
        field(9, data)


def aggregate(*names):
    out = b""
    for n in names:
        part = b"\xaa\xaa\3\0\0\0\x08\0" + query(n)
        out += bytes(12) + struct.pack(">H", len(part)) + part + bytes(
            -(14 + len(part)) % 4)
    return b"\x88\x02\0\0" + bytes(18) + b"\x10\0\x80\0" + out


SNAP = b"\xaa\xaa\3\0\0\0\x08\0"
# (link type, bytes), each an interface of its own in one file.
LINKS = [
    (105, wlan(query("wlan"))),
    (105, wlan(query("wlan-qos"), b"\x88\x02", b"\0\0")),
    (105, aggregate("wlan-aggregate", "wlan-second")),
    (105, wlan(query("wlan-encrypted"), b"\x08\x42")),
    (105, b"\x80\0" + bytes(34)),
    (127, radiotap(wlan(query("radiotap")))),
    (127, radiotap(wlan(query("radiotap-fcs")) + b"fcs!", 0x10)),
    (127, radiotap(wlan(query("radiotap-bad")) + b"fcs!", 0x50)),
    (127, radiotap(b"\x88\x02\0\0" + bytes(18) + b"\x10\0\0\0" + bytes(2) +
                   SNAP + query("radiotap-padded"), 0x20)),
    (192, struct.pack("<BBHI", 0, 0, 8, 105) + wlan(query("ppi"))),
    (119, struct.pack("<II", 0x44, 144) + bytes(136) + wlan(query("prism"))),
    (163, struct.pack(">II", 0x80211001, 64) + bytes(56) +
     wlan(query("avs"))),
    (9, b"\xff\3" + ppp(query("ppp"))),
    (9, b"\x21" + query("ppp-compressed")),
    (50, b"\x0f\0\x08\0" + query("hdlc-of-cisco")),
    (166, b"\0\1" + b"\0\x57" + query("pppd", True)),
    (9, b"\xff\3\xc0\x21\1\1\0\4"),
    (51, b"\x11\0\0\7" + struct.pack(">H", len(query("pppoe-link")) + 2) +
     ppp(query("pppoe-link"))),
    (104, b"\x0f\0\x08\0" + query("chdlc")),
    (107, b"\x18\x41\3\xcc" + query("frame-relay")),
    (107, b"\x18\x41\3\0\x80\0\0\0\x08\0" + query("frame-relay-snap")),
    (100, SNAP + query("atm")),
    (100, b"\xaa\xaa\3\0\x80\xc2\0\7\0\0" + frame("atm-bridged")),
    (6, b"\x10\x40" + bytes(12) + SNAP + query("token-ring")),
    (10, b"\x50" + bytes(12) + SNAP + query("fddi")),
    (7, b"\1\2\xd4\0\0\1" + query("arcnet")),
    (129, b"\1\2\0\0\xf0" + query("arcnet-old")),
    (117, b"\x3d\2\0\0" + bytes(60) + query("pflog")),
    (109, struct.pack("<III", 2, 0, 0) + query("enc")),
    (239, nflog(query("nflog"))),
    (258, struct.pack("<III", 108, 1, 1) + bytes(96) + frame("pktap")),
    (143, b"\0\0" + struct.pack(">H", len(frame("docsis")) + 6) + b"\0\0" +
     frame("docsis") + b"fcs!"),
    (189, bytes(48)), (187, b"\1" + bytes(8)), (195, bytes(16)),
    (227, bytes(16)),
]


def links2():
    kinds = sorted({link for link, _ in LINKS})
    return {"in.pcapng": pcapng(
        [(i / 100, data, kinds.index(link))
         for i, (link, data) in enumerate(LINKS)], links=kinds)}


def shims():
    """What stands between Ethernet and IP."""
    def pppoe(data):
        return b"\x11\0\0\7" + struct.pack(">H", len(data)) + data
    packets = [
        ether(labels(16, 17, 18) + query("mpls"), 0x8847),
        ether(labels(16) + query("mpls-6", True), 0x8847),
        ether(labels(16) + bytes(4) + frame("pseudo-wire"), 0x8847),
        ether(labels(16) + frame("pseudo-wire-bare"), 0x8847),
        ether(labels(16) + b"\x10\0\0\7" + bytes(20), 0x8847),
        ether(labels(*range(16, 96)) + query("mpls-too-many"), 0x8847),
        ether(pppoe(ppp(query("pppoe"))), 0x8864),
        ether(pppoe(ppp(query("pppoe-6", True), True)) + bytes(6), 0x8864),
        ether(b"\x11\x09\0\0\0\0", 0x8863),
        ether(b"\0\0\0\7" + frame("mac-in-mac"), 0x88E7),
        ether(b"\0\x20\0\1\0\2" + frame("trill"), 0x22F3),
        ether(b"\0\0\0\0" + struct.pack(">H", 0x0800) + query("vn-tag"),
              0x8926),
        ether(bytes(6) + struct.pack(">H", 0x0800) + query("e-tag"), 0x893F),
        ether(b"\1\1\0\1\0\7" + struct.pack(">H", 0x0800) +
              query("metadata"), 0x8909),
        ether(b"\x20\0\0\0\0\1" + bytes(8) + b"\x08\0" + query("macsec") +
              b"integrity-check!", 0x88E5),
        ether(b"\x2c\0\0\0\0\2" + bytes(8) + bytes(range(60)), 0x88E5),
        ether(b"\6\6\3" + query("llc-ip"), 3 + len(query("llc-ip"))),
        ether(SNAP + query("snap"), 8 + len(query("snap"))),
        ether(b"\xaa\xaa\3\0\0\x0c\x20\0" + bytes(20), 28),
        ether(b"\x42\x42\3" + bytes(43), 46), ether(arp(), 0x0806),
        ether(bytes(46), 0x88CC), ether(bytes(46), 0x9000),
        ether(bytes(46), 0xABCD)]
    return {"in.pcap": pcap([(i / 100, p) for i, p in enumerate(packets)])}


# Fragments --------------------------------------------------------------------

def pieces(ident, data, *cuts):
    """A datagram in parts, cut at these offsets."""
    cuts = (0,) + cuts + (len(data),)
    for at, end in zip(cuts, cuts[1:]):
        more = 0x2000 if end < len(data) else 0
        yield ip4(A, B, 17, data[at:end], frag=more | at // 8, ident=ident)


def pieces6(ident, data, *cuts):
    cuts = (0,) + cuts + (len(data),)
    for at, end in zip(cuts, cuts[1:]):
        yield ip6(A6, B6, 44, struct.pack(
            ">BBHI", 17, 0, at | (end < len(data)), ident) + data[at:end])


def long_query(name):
    """Its second question is in another part."""
    return udp(1024, 53, dns("a." + name + ".example", "x" * 40 + "." + name,
                             "c." + name + ".example",
                             ident=zlib.crc32(name.encode()) & 0xFFFF))


def reassembly():
    ident = itertools.count(100)
    packets = []

    def add(name, order, cuts=(24, 64), cut=pieces):
        parts = list(cut(next(ident), long_query(name), *cuts))
        packets.extend((0, ether(parts[i])) for i in order)
    add("in-order", (0, 1, 2))
    add("reversed", (2, 1, 0))
    add("shuffled", (1, 0, 2))
    add("twice", (0, 1, 1, 0, 2))
    add("v6", (0, 1, 2), cut=pieces6)
    add("v6-reversed", (2, 1, 0), cut=pieces6)
    add("hole", (0, 2))
    # RFC 5722 (and RFC 8200, 4.5): what overlaps is given up, all of it.
    data = long_query("overlap")
    packets += [(0, ether(p)) for p in (
        ip4(A, B, 17, data[:32], frag=0x2000, ident=90),
        ip4(A, B, 17, b"!" * 16, frag=0x2000 | 3, ident=90),
        ip4(A, B, 17, data[32:], frag=4, ident=90))]
    late = list(pieces(91, long_query("late"), 24))
    cut = list(pieces(92, long_query("cut"), 24))
    tunnel = list(pieces(93, udp(49152, 4789, vxlan(ether(ip4(
        *INNER, 17, long_query("tunnelled"))))), 96))
    packets += [(0, ether(cut[0])), (0, ether(cut[1])[:50], 200)]
    packets += [(0, ether(p)) for p in tunnel]
    # Two datagrams of one number at a time, by their protocol.
    other = ip4(A, B, 1, icmp(8, data=bytes(32))[:24], frag=0x2000, ident=94)
    same = list(pieces(94, long_query("same-number"), 24))
    packets += [(0, ether(p)) for p in (other, same[0], same[1])]
    packets += [(0, ether(late[0])), (100, ether(late[1]))]
    # Longer than a datagram can be.
    packets += [(100, ether(ip4(A, B, 17, bytes(64), frag=0x1FFF, ident=95)))]
    return {"in.pcap": pcap([(t + i / 100, *rest) for i, (t, *rest) in
                             enumerate(packets)])}
