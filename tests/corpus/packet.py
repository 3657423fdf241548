# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""What one packet says, for count.py: a parser of its own, in plain Python.

It was written from the formats' specifications and from what docs/ and the
comments at the head of each dissector say is walked.  A layer is a function:
it takes what is left of the packet, notes what it finds, and returns the next
layer and what is left for it.
"""

import struct

CLAMP = 262144
# Layers that one packet may have: what is deeper is not walked.  IPv6's
# extension headers are a part of IP, with a bound of their own.
LAYERS = 24
EXTENSIONS_MAX = 65
PORTS = (6, 17, 33, 132, 136)
EXTENSIONS = (0, 43, 44, 51, 60, 135, 139, 140)
# These may be a message of their own, behind which nothing follows (59).
MESSAGE_EXTENSIONS = (135, 139, 140)
DNS_PORTS = (53, 5353, 5355)


class Packet:
    """proto is None unless it was counted as IP."""

    __slots__ = ("kind", "src", "dst", "v6", "proto", "sport", "dport",
                 "vlans", "ip_bytes", "fragment", "layers", "n_ip", "outer",
                 "outer_bytes", "udp", "has_data")

    def __init__(self):
        self.kind = "unknown"
        self.src = self.dst = self.proto = self.sport = self.dport = None
        self.v6 = self.fragment = False
        self.vlans = ()
        self.ip_bytes = self.outer_bytes = 0
        self.layers = self.n_ip = 0
        self.outer = None  # addresses of the outermost header
        self.udp = None  # the innermost datagram's data, if it is whole
        self.has_data = False  # of TCP

    def note(self, kind):
        """What the outermost network layer is: the first that says so."""
        if self.kind == "unknown":
            self.kind = kind

    def ip(self, kind, src, dst, proto, size):
        if self.kind in ("unknown", "llc"):
            self.kind = kind
        if self.n_ip == 1:
            self.outer = self.src, self.dst
            self.outer_bytes = self.ip_bytes
        self.n_ip += 1
        self.v6 = kind == "ip6"
        self.src, self.dst, self.proto, self.ip_bytes = src, dst, proto, size
        self.sport = self.dport = self.udp = None


class Rest:
    """What is left of a packet: bytes that were captured, and how many there
    were on the wire."""

    __slots__ = ("data", "wire")

    def __init__(self, data, wire):
        self.data = data
        self.wire = wire

    def __len__(self):
        return len(self.data)

    def be16(self, at):
        return self.data[at] << 8 | self.data[at + 1]

    def be32(self, at):
        return int.from_bytes(self.data[at:at + 4], "big")

    def le(self, at, size):
        return int.from_bytes(self.data[at:at + size], "little")

    def skip(self, n):
        """Without n bytes, or None if they were not captured."""
        if n > len(self.data):
            return None
        return Rest(self.data[n:], self.wire - n)

    def cut(self, n):
        """At most n bytes: what follows is padding."""
        return Rest(self.data[:n], min(self.wire, n))

    def trim(self, n):
        """Without n bytes at the end, if it has so many."""
        return self.cut(self.wire - n) if self.wire >= n else self


# Layers: each returns (family, key, rest) or None. ------------------------

def to(family, key, rest):
    return None if rest is None else (family, key, rest)


def to_type(kind, rest):
    """A type or a length (IEEE 802.3, 3.2.6)."""
    if rest is None:
        return None
    if kind > 1500:
        return "type", kind, rest
    return "type", "llc", rest.cut(kind)


def ethernet(p, r, key):
    return to_type(r.be16(12), r.skip(14)) if len(r) >= 14 else None


def raw(p, r, key):
    kind = {4: 0x0800, 6: 0x86DD}.get(r.data[0] >> 4) if len(r) else None
    return ("type", kind, r) if kind else None


def null(p, r, key):
    if len(r) < 4:
        return None
    # The writer's byte order, which nothing but the value tells.
    family = r.be32(0)
    if family > 0xFFFF:
        family = r.le(0, 4)
    kind = {2: 0x0800, 10: 0x86DD, 23: 0x86DD, 24: 0x86DD, 28: 0x86DD,
            30: 0x86DD}.get(family, family)
    return ("type", kind, r.skip(4)) if 1500 < kind <= 0xFFFF else None


def cooked(p, r, key):
    size, device, at = (16, 2, 14) if key == 113 else (20, 8, 0)
    if len(r) < size:
        return None
    device, kind, r = r.be16(device), r.be16(at), r.skip(size)
    link = {770: 107, 801: 105, 802: 119, 803: 127, 824: 253}.get(device)
    if link is not None:
        return "link", link, r
    if kind == 3:
        return "link", 1, r
    # Linux's own numbers: 1 and 4 are 802.3 without and with LLC.
    if kind in (1, 4):
        return "type", "llc", r
    return ("type", kind, r) if kind > 1500 or kind in (12, 13) else None


def vlan(p, r, key):
    if len(r) < 4:
        return None
    if len(p.vlans) < 2:
        p.vlans += (r.be16(0) & 0xFFF,)
    return to_type(r.be16(2), r.skip(4))


def tags(p, r, key):
    if len(r) < 2:
        return None
    frame = {0x88E7: 4, 0x22F3: 6 + (r.be16(0) >> 6 & 31) * 4,
             0x8903: 2}.get(key)
    if frame is not None:
        return to("link", 1, r.skip(frame))
    if key == 0x8909 and r.be16(0) > 1500:
        if len(r) < 4:
            return None
        return to_type(r.be16(0), r.skip(4 + r.data[3] * 4))
    n = {0x8926: 4, 0x893F: 6}.get(key) or 2 + r.data[1] * 4
    return to_type(r.be16(n), r.skip(n + 2)) if len(r) >= n + 2 else None


def llc(p, r, key):
    """IEEE 802.2.  IP inside counts as IP, as with tshark: it is as much
    traffic of its addresses as any other, and old networks speak so."""
    p.note("llc")
    if len(r) < 3 or r.data[2] != 3:
        return None
    if r.data[:2] == b"\xaa\xaa":
        return snap(r.skip(3), 0)
    if r.data[0] == 6:
        return "type", 0x0800, r.skip(3)
    return None


def snap(r, pad):
    if len(r) < 5:
        return None
    oui, kind, r = r.data[:3], r.be16(3), r.skip(5)
    if oui in (b"\0\0\0", b"\0\0\xf8"):
        return ("type", kind, r) if kind > 1500 else None
    if oui == b"\0\0\x0c":
        return "cisco", kind, r
    if oui == b"\0\x80\xc2" and kind in (1, 7):  # bridged, 1: with its FCS
        return to("link", 1, (r.trim(4) if kind == 1 else r).skip(pad))
    return None


def cisco(p, r, key):
    if key == 0x2000:
        p.note("other")


def other(p, r, key):
    p.note("other")


def arp(p, r, key):
    if p.kind in ("unknown", "llc"):
        p.kind = "arp"


USUAL = (0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8, 0x9100, 0x8847, 0x8848,
         0x8863, 0x8864, 0x8809, 0x888E, 0x88E5, 0x88E7, 0x88CC, 0x8902,
         0x9000)


def is_frame(r, at):
    """Whether Ethernet at an offset makes sense, for pseudo-wires."""
    if len(r) < at + 14:
        return False
    kind = r.be16(at + 12)
    return kind in USUAL or 2 < kind <= 1500 and at + 14 + kind <= r.wire


def mpls(p, r, key):
    for _ in range(64):
        if len(r) < 4:
            return None
        bottom = r.data[2] & 1
        r = r.skip(4)
        if bottom:
            break
    else:
        return other(p, r, key)
    if not len(r):
        return None
    nibble = r.data[0] >> 4
    if nibble in (4, 6):
        return "type", 0x0800 if nibble == 4 else 0x86DD, r
    # RFC 4385: a control word begins with 0, the channel's with 1.
    if nibble == 0 and is_frame(r, 4):
        return "link", 1, r.skip(4)
    if nibble != 1 and is_frame(r, 0):
        return "link", 1, r
    return other(p, r, key)


def pppoe(p, r, key):
    if len(r) < 6 or r.data[0] != 0x11:
        return None
    if r.data[1]:
        return other(p, r, key)
    return "type", 0x880B, r.skip(6).cut(r.be16(4))


def ppp_link(p, r, key):
    if len(r) and r.data[0] in (0x0F, 0x8F):
        return "link", 104, r
    if key == 166:
        r = r.skip(2)
    return None if r is None else ppp(p, r, key)


def ppp(p, r, key):
    at = 0
    if r.data[:1] == b"\xff":
        if r.data[1:2] != b"\3":
            return None
        at = 2
    if len(r) <= at:
        return None
    kind = r.data[at]
    at += 1
    if not kind & 1:
        if len(r) <= at:
            return None
        kind, at = kind << 8 | r.data[at], at + 1
    r = r.skip(at)
    into = {0x21: 0x0800, 0x57: 0x86DD, 0x281: 0x8847, 0x283: 0x8847}
    if kind in into:
        return "type", into[kind], r
    if kind == 0x3D:  # multilink: a whole packet, or a part of one
        if len(r) < 4:
            return None
        if r.data[0] & 0xC0 == 0xC0:
            return "type", 0x880B, r.skip(4)
        return other(p, r, key)
    if kind == 0x31:  # bridged
        if len(r) < 2:
            return None
        flags = r.data[0]
        if r.data[1] != 1 or flags & 0x20:
            return other(p, r, key)
        r = r.skip(6 if flags & 0x40 else 2)
        if r is not None and flags & 0x80:
            r = r.trim(4)
        return to("link", 1, r)
    if kind >= 0x8000 or kind in (0xFD, 0x53, 0x2D, 0x2F, 0x23, 0x207):
        return other(p, r, key)
    return None


def chdlc(p, r, key):
    if len(r) < 4:
        return None
    kind = r.be16(2)
    if kind in (0x8035, 0x2000, 0xFEFE):
        return other(p, r, key)
    return ("type", kind, r.skip(4)) if kind > 1500 else None


def frelay(p, r, key):
    n = 2
    while n <= len(r) and not r.data[n - 1] & 1 and n < 4:
        n += 1
    if n + 2 > len(r):
        return None
    r = r.skip(n)
    if r.data[0] != 3:
        kind = r.be16(0)
        return ("type", kind, r.skip(2)) if kind > 1500 else None
    at = 1 if r.data[1] else 2
    if at >= len(r):
        return None
    kind, r = r.data[at], r.skip(at + 1)
    if kind == 0x80:
        return snap(r, 0)
    into = {0xCC: 0x0800, 0x8E: 0x86DD, 0xCF: 0x880B}
    if kind in into:
        return "type", into[kind], r
    return other(p, r, key) if kind in (8, 0x81, 0x82, 0x83) else None


def macsec(p, r, key):
    """Opaque, unless only its integrity is protected."""
    if len(r) < 6 or r.data[0] & 0x80:
        return None
    n = 14 if r.data[0] & 0x20 else 6
    if len(r) < n:
        return None
    if r.data[0] & 0x0C:
        return other(p, r, key)
    if len(r) < n + 2:
        return None
    return to_type(r.be16(n), r.skip(n + 2).trim(16))


def wlan(p, r, key):
    if len(r) < 2:
        return None
    first, flags = r.data[0], r.data[1]
    if first & 15 != 8 or first & 0x40:
        p.note("wifi")
        return None
    n = 24
    if flags & 3 == 3:
        n += 6
    qos = n
    if first & 0x80:
        n += 6 if flags & 0x80 else 2
    if key == "padded":
        n = (n + 3) // 4 * 4
    if len(r) < n:
        return None
    if flags & 0x44 or r.data[22] & 15:  # encrypted, or a part
        p.note("wifi")
        return None
    aggregate = first & 0x80 and r.data[qos] & 0x80
    r = r.skip(n)
    if not aggregate:
        return "type", "llc", r
    return ("type", "llc", r.skip(14).cut(r.be16(12))) if len(r) >= 14 \
        else None


def radiotap(p, r, key):
    if len(r) < 8 or r.data[0] or r.le(2, 2) < 8 or r.le(2, 2) > len(r):
        return None
    n, flags = r.le(2, 2), 0
    words, at = [r.le(4, 4)], 8
    while words[-1] & 0x80000000 and len(words) <= 32 and at + 4 <= n:
        words.append(r.le(at, 4))
        at += 4
    if not words[-1] & 0x80000000:
        if words[0] & 1:
            at = (at + 7) // 8 * 8 + 8
        if words[0] & 2 and at < n:
            flags = r.data[at]
    if flags & 0x40:  # damaged on the air
        p.note("wifi")
        return None
    r = r.skip(n)
    return "link", "padded" if flags & 0x20 else 105, \
        r.trim(4) if flags & 0x10 else r


def ppi(p, r, key):
    if len(r) < 8 or not 8 <= r.le(2, 2) <= len(r):
        return None
    n, link, flags, at = r.le(2, 2), r.le(4, 4), 0, 8
    for _ in range(32):
        if at + 4 > n:
            break
        kind, size = r.le(at, 2), r.le(at + 2, 2)
        if at + 4 + size > n:
            break
        if kind == 2:
            flags = r.le(at + 12, 2) if size >= 10 else 0
            break
        at += 4 + size
    r = r.skip(n)
    if link == 105 and flags & 4:
        p.note("wifi")
        return None
    return "link", link, r.trim(4) if link == 105 and flags & 1 else r


def prism(p, r, key):
    if len(r) < 8:
        return None
    n = r.be32(4)
    if r.be32(0) >> 12 != 0x80211 and n > 1024:
        n = r.le(4, 4)
    return to("link", 105, r.skip(n)) if 8 <= n <= 1024 else None


def pktap(p, r, key):
    if len(r) < 52:
        return None
    order = "little" if r.le(0, 4) <= 4096 else "big"
    n, kind, link = (int.from_bytes(r.data[i:i + 4], order)
                     for i in (0, 4, 8))
    trailer = int.from_bytes(r.data[48:52], order)
    if not 52 <= n <= 4096 or n > len(r):
        return None
    if kind != 1:
        return other(p, r, key)
    return "link", link, r.skip(n).trim(trailer)


def nflog(p, r, key):
    if len(r) < 4 or r.data[1]:
        return None
    family, kind, r = r.data[0], 0, r.skip(4)
    order = "little"
    if len(r) >= 2 and r.le(0, 2) > r.be16(0):
        order = "big"
    for _ in range(64):
        if r.wire <= 0:
            break
        if len(r) < 4:
            return None
        n = int.from_bytes(r.data[:2], order)
        what = int.from_bytes(r.data[2:4], order)
        r = r.skip(4)
        if n < 4 or n - 4 > r.wire:
            return None
        if what == 9:
            r = r.cut(n - 4)
            if family == 3:
                return "type", 0x0806, r
            if family == 7 and kind > 1500:
                return "type", kind, r
            return "link", 12, r
        n = min((n + 3) // 4 * 4 - 4, r.wire)
        if n > len(r):
            return None
        if what == 1 and n >= 2:
            kind = r.be16(0)
        r = r.skip(n)
    return other(p, r, key)


def pseudo(p, r, key):
    """Headers of which only the length matters."""
    if not len(r):
        return None
    n, link = {117: ((r.data[0] + 3) // 4 * 4, 12), 109: (12, 12),
               226: (24, 12), 204: (1, 9), 205: (1, 104),
               206: (1, 107)}[key]
    return to("link", link, r.skip(n)) if key != 117 or n >= 8 else None


def ring(p, r, key):
    if key == 6:
        if len(r) < 14:
            return None
        is_data, routed = r.data[1] >> 6 == 1, r.data[8] & 0x80
        r = r.skip(14)
        if routed:
            if not len(r) or r.data[0] & 31 < 2 or r.data[0] & 31 > len(r):
                return None
            r = r.skip(r.data[0] & 31)
    else:
        if len(r) < 13:
            return None
        is_data, r = r.data[0] & 0x70 == 0x50, r.skip(13)
    return ("type", "llc", r) if is_data else other(p, r, key)


def arcnet(p, r, key):
    n = 5 if key == 129 else 3
    if len(r) < n:
        return None
    proto, r = r.data[n - 1], r.skip(n)
    kind = {212: 0x0800, 240: 0x0800, 213: 0x0806, 241: 0x0806,
            214: 0x8035, 196: 0x86DD}.get(proto)
    if proto < 240:
        if len(r) < 3:
            return None
        at = 4 if r.data[0] == 0xFF else 0
        if len(r) < at + 3:
            return None
        if r.data[at]:
            kind = None  # a part
        r = r.skip(at + 3)
    return ("type", kind, r) if kind else other(p, r, key)


def atm(p, r, key):
    p.note("llc")
    if len(r) < 3:
        return None
    if r.data[:3] == b"\xaa\xaa\3":
        return snap(r.skip(3), 2)
    return "type", 0x0800 if r.data[0] == 0x45 else "llc", r


def docsis(p, r, key):
    if len(r) < 4:
        return None
    if r.data[0] >> 6:
        return other(p, r, key)
    n = 2 + (r.data[1] if r.data[0] & 1 else 0)
    r = r.skip(4).cut(r.be16(2) + 2).skip(n)
    return None if r is None else ("link", 1, r.trim(4))


# IP and what it carries ---------------------------------------------------

def ipv4(p, r, key):
    if len(r) and r.data[0] >> 4 == 6:
        # Announced as IPv4, IPv6 by its version: tshark goes by that.
        return "type", 0x86DD, r
    if len(r) < 20 or r.data[0] >> 4 != 4:
        return None
    head = (r.data[0] & 15) * 4
    total, frag = r.be16(2) or r.wire, r.be16(6)
    if head < 20 or total < head:
        return None
    p.ip("ip4", r.data[12:16], r.data[16:20], r.data[9], total)
    if head > len(r):
        return None
    if frag & 0x3FFF:
        p.fragment = True
    if frag & 0x1FFF:
        return None
    return "proto", p.proto, r.skip(head).cut(total - head)


def ipv6(p, r, key):
    if len(r) < 40 or r.data[0] >> 4 != 6:
        return None
    size, proto = r.be16(4), r.data[6]
    src, dst, r = r.data[8:24], r.data[24:40], r.skip(40)
    if size == 0 and proto == 0:
        # A jumbo length is not believed beyond the wire: 4 GB in a short
        # packet would be all that the bin shows.
        size = min(jumbo(r.data), r.wire)
    p.ip("ip6", src, dst, proto, 40 + size)
    r = r.cut(size)
    at, first, data = 0, True, r.data
    left = EXTENSIONS_MAX
    while proto in EXTENSIONS:
        if at + 8 > len(data):
            first = False
            break
        after = data[at]
        if proto in MESSAGE_EXTENSIONS and after == 59:
            first = False
            break
        if proto == 44:
            frag = struct.unpack_from(">H", data, at + 2)[0]
            step = 8
            if frag & 0xFFF9:
                p.fragment = True
            if frag & 0xFFF8:
                proto, first = after, False
                break
        elif proto == 51:
            step = (data[at + 1] + 2) * 4
        else:
            step = (data[at + 1] + 1) * 8
        if at + step > len(data):
            proto, first = after, False
            break
        proto = after
        at += step
        left -= 1
        if left == 0:
            first = False
            break
    p.proto = proto
    return ("proto", proto, r.skip(at)) if first else None


def jumbo(data):
    """The length that a hop-by-hop option states (RFC 2675), or 0."""
    if len(data) < 8:
        return 0
    end = min((data[1] + 1) * 8, len(data))
    at = 2
    while at < end:
        if data[at] == 0:
            at += 1
            continue
        if at + 2 > end:
            break
        if data[at] == 0xC2 and data[at + 1] == 4 and at + 6 <= end:
            size = struct.unpack_from(">I", data, at + 2)[0]
            return size if size > 65535 else 0
        at += 2 + data[at + 1]
    return 0


def extension(p, r, key):
    """IPv4's authentication header; the others have no business there."""
    if len(r) < 8:
        return None
    p.proto = r.data[0]
    n = (r.data[1] + 2) * 4 if key == 51 else (r.data[1] + 1) * 8
    return to("proto", p.proto, r.skip(n))


def ports(p, r, key):
    if len(r) < 4:
        return None
    p.sport, p.dport = r.be16(0), r.be16(2)
    if key == 6 and len(r) >= 20 and 20 <= (r.data[12] >> 4) * 4 <= len(r):
        p.has_data = r.wire > (r.data[12] >> 4) * 4
    if key not in (17, 136) or len(r) < 8:
        return None
    size = r.be16(4)
    if key == 136 or size == 0 and p.v6:
        # UDP-Lite has no length there, and a jumbogram's is 0.
        size = r.wire
    if size < 8:
        return None
    r = r.skip(8).cut(size - 8)
    p.udp = r.data
    return "udp", None, r


def gre(p, r, key):
    if len(r) < 4:
        return None
    flags, kind = r.be16(0), r.be16(2)
    n = 4
    if flags & 7 == 1:  # PPTP's, RFC 2637
        if kind != 0x880B or flags & 0xE000 != 0x2000:
            return None
        n += 4 + (4 if flags & 0x1000 else 0) + (4 if flags & 0x80 else 0)
        if n > len(r) or not flags & 0x1000 or not r.be16(4):
            return None
        return "type", kind, r.skip(n).cut(r.be16(4))
    if flags & 7:
        return None
    n += sum(4 for bits in (0xC000, 0x2000, 0x1000) if flags & bits)
    r = r.skip(n)
    for _ in range(64 if flags & 0x4000 else 0):  # RFC 1701
        if r is None or len(r) < 4:
            return None
        if not r.be16(0) and not r.data[3]:
            r = r.skip(4)
            break
        r = r.skip(4 + r.data[3])
    else:
        if flags & 0x4000:
            return None
    if r is None:
        return None
    if kind == 0x883E:  # WCCP, of two versions
        if len(r) and r.data[0] >> 4 != 4:
            r = r.skip(4)
        return to("type", 0x0800, r)
    if kind == 0x88BE and not flags & 0x1000 or kind == 0x6400:
        kind = 0x6558
    return carried(kind, r)


def carried(kind, r):
    """By a protocol type as GRE has it: no length may stand there."""
    if kind == 0x6558:
        return to("link", 1, r)
    return to("type", kind, r) if kind >= 0x600 else None


def erspan(p, r, key):
    if p.n_ip == 0 or not len(r):
        return None
    if r.data[0] >> 4 == 1:
        return to("link", 1, r.skip(8))
    if r.data[0] >> 4 != 2 or len(r) < 12:
        return None
    kind = r.data[10] >> 2 & 31
    r = r.skip(20 if r.data[11] & 1 else 12)
    return to("link", {0: 1, 2: 12}[kind], r) if kind in (0, 2) else None


def ipip(p, r, key):
    return {4: ("type", 0x0800, r), 41: ("type", 0x86DD, r),
            137: ("type", 0x8847, r), 143: ("link", 1, r)}[key]


def etherip(p, r, key):
    return to("link", 1, r.skip(2)) if len(r) >= 2 and \
        r.data[0] >> 4 == 3 else None


def nsh(p, r, key):
    if len(r) < 8:
        return None
    words = r.data[1] & 63
    if r.data[0] >> 6 or words < 2 or r.data[2] & 15 == 1 and words != 6:
        return None
    return numbered(r.data[3], r.skip(words * 4))


def numbered(n, r):
    kind = {1: 0x0800, 2: 0x86DD, 3: 0x6558, 4: 0x894F, 5: 0x8847}.get(n)
    return carried(kind, r) if kind else None


def checksum_holds(h):
    total = sum(struct.unpack(">10H", h))
    return (total & 0xFFFF) + (total >> 16) == 0xFFFF


def l2tpv3(p, r, key):
    """Nobody says how long the header is: a frame must fit to the byte."""
    if len(r) < 4 or not r.be32(0):
        return None
    r = r.skip(4)
    for n in (0, 4, 8, 12):
        f = r.skip(n)
        if f is None:
            continue
        at = 14
        for _ in range(2):
            if len(f) >= at + 4 and f.be16(at - 2) in (0x8100, 0x88A8):
                at += 4
        if len(f) < at + 20:
            continue
        kind = f.be16(at - 2)
        if kind == 0x0800 and f.data[at] == 0x45 and \
                checksum_holds(f.data[at:at + 20]):
            size = at + f.be16(at + 2)
        elif kind == 0x86DD and f.data[at] >> 4 == 6:
            size = at + 40 + f.be16(at + 4)
        else:
            continue
        if size == f.wire or size < f.wire <= 64:
            return "link", 1, f
    return None


# On ports of UDP: each says None if these bytes are not its own, and "end"
# if they are and carry nothing.

END = ("end", None, None)


def vxlan(p, r):
    if len(r) < 8:
        return None
    ports_ = (p.sport, p.dport)
    if 4790 in ports_:
        if r.data[0] & 0xF0 or r.be16(1) or r.data[7]:
            return None
        if r.data[0] & 1:
            return END
        if not r.data[0] & 4:
            return "link", 1, r.skip(8)
        return numbered(r.data[3], r.skip(8)) or END
    if r.data[0] & 0x7F != 8 or r.data[7]:
        return None
    if 8472 in ports_ and r.be32(0) != 0x08000000:
        return None
    return "link", 1, r.skip(8)


def geneve(p, r):
    if len(r) < 8 or r.data[0] >> 6 or r.data[1] & 63 or r.data[7] or \
            r.be16(2) < 0x600:
        return None
    return carried(r.be16(2), r.skip(8 + (r.data[0] & 63) * 4)) or END


def gtpu(p, r):
    if 3386 in (p.sport, p.dport):  # version 0, 20 bytes
        if len(r) < 20 or r.data[0] & 0xFE != 0x1E or r.data[1] != 255 or \
                r.be16(2) + 20 > r.wire and not p.fragment:
            return None
        return in_session(r.skip(20).cut(r.be16(2)))
    if len(r) < 8:
        return None
    size, flags, kind = r.be16(2), r.data[0], r.data[1]
    if flags & 0xF8 != 0x30 or kind not in (1, 2, 26, 31, 253, 254, 255) or \
            size + 8 > r.wire and not p.fragment:
        return None
    if kind != 255:
        return END
    r = r.skip(8).cut(size)
    if flags & 7:
        if len(r) < 4:
            return END
        kind = r.data[3] if flags & 4 else 0
        r = r.skip(4)
        for _ in range(16):
            if not kind:
                break
            n = r.data[0] * 4 if len(r) else 0
            if not n or n > len(r):
                return END
            kind, r = r.data[n - 1], r.skip(n)
        if kind:
            return END
    return in_session(r)


def in_session(r):
    if not len(r) or not (0x45 <= r.data[0] <= 0x4F or
                          r.data[0] >> 4 == 6):
        return END
    return "link", 12, r


def teredo(p, r):
    n = 0
    if len(r) >= 4 and r.be16(0) == 1:
        n = 4 + r.data[2] + r.data[3] + 9
    if len(r) >= n + 2 and r.be16(n) == 0:
        n += 8
    if len(r) < n + 40 or r.data[n] >> 4 != 6:
        return None
    if not any(a[:4] in (b"\x20\1\0\0", b"\x3f\xfe\x83\x1f") or
               a[0] == 0xFE and a[1] & 0xC0 == 0x80
               for a in (r.data[n + 8:n + 24], r.data[n + 24:n + 40])):
        return None
    if n + 40 + r.be16(n + 4) > r.wire and not p.fragment:
        return None
    return "type", 0x86DD, r.skip(n)


def l2tp(p, r):
    if len(r) < 4 or r.be16(0) & 0x34F0:
        return None
    flags = r.be16(0)
    if flags & 0x8000:
        if len(r) < 12 or flags & 15 not in (2, 3) or \
                flags & 0x4800 != 0x4800 or r.be16(2) < 12 or \
                r.be16(2) > r.wire and not p.fragment:
            return None
        return END
    if flags & 15 != 2:
        return ("proto", 115, r.skip(4)) if r.be32(0) == 3 << 16 else None
    at = 4 if flags & 0x4000 else 2
    n = at + 4 + (4 if flags & 0x800 else 0) + (2 if flags & 0x200 else 0)
    if len(r) < n:
        return None
    size = r.be16(2) if at == 4 else r.wire
    if size < n or not r.be16(at + 2) or size > r.wire and not p.fragment:
        return None
    pad = r.be16(n - 2) if flags & 0x200 else 0
    return to("type", 0x880B, r.cut(size).skip(n + pad)) or END


def in_udp(p, r):
    """MPLS and GRE without a header between."""
    if len(r) < 4:
        return None
    if 6635 in (p.sport, p.dport):
        for at in range(0, 32, 4):
            if at + 4 > len(r) or not r.data[at + 3]:
                return None
            if r.data[at + 2] & 1:
                return "type", 0x8847, r
        return None
    return None if r.be16(0) & 0x4FFF else ("proto", 47, r)


def lisp(p, r):
    if len(r) < 14:
        return None
    size = {4: r.be16(10), 6: r.be16(12) + 40}.get(r.data[8] >> 4)
    if size is None or size + 8 != r.wire and not p.fragment:
        return None
    return "link", 12, r.skip(8)


def ayiya(p, r):
    if len(r) < 8 or r.data[0] >> 4 > 4 or r.data[2] & 15 != 1:
        return None
    kind = {4: 0x0800, 41: 0x86DD}.get(r.data[3])
    n = 8 + (1 << (r.data[0] >> 4)) + (r.data[1] >> 4) * 4
    if kind is None or n > r.wire:
        return None
    return to("type", kind, r.skip(n)) or END


def tzsp(p, r):
    if len(r) < 4 or r.data[0] != 1 or r.data[1] > 1:
        return None
    link = {1: 1, 18: 105}.get(r.be16(2))
    at = 4
    for _ in range(64):
        if link is None or at >= len(r):
            break
        kind, at = r.data[at], at + 1
        if kind == 1:
            return "link", link, r.skip(at)
        if kind:
            if at >= len(r) or at + 1 + r.data[at] > len(r):
                break
            at += 1 + r.data[at]
    return None


def capwap(p, r):
    if len(r) < 8:
        return None
    if r.data[:4] == b"\1\0\0\0":  # DTLS
        return END
    n, bits = (r.data[1] >> 3) * 4, r.be16(2)
    if r.data[0] or n < 8 or n > r.wire or bits & 7 or r.data[7] & 7:
        return None
    binding, r = r.data[2] >> 1 & 31, r.skip(n)
    if r is None or bits & 0x88:  # a part, or a sign of life
        return END
    if not bits & 0x100:
        return "link", 1, r
    if binding != 1 or len(r) < 2:
        return END
    if r.data[0] & 15 == 8 or r.data[1] & 15 != 8:
        return "link", 105, r
    # Frame control with its two bytes exchanged.
    if r.data[1] & 0x40 or r.data[0] & 0x44:
        return END
    n = 24 + (6 if r.data[0] & 3 == 3 else 0) + (2 if r.data[1] & 0x80 else 0)
    return to("type", "llc", r.skip(n)) or END


UDP = {4789: vxlan, 8472: vxlan, 4790: vxlan, 6081: geneve, 2152: gtpu,
       3544: teredo, 1701: l2tp, 6635: in_udp, 4754: in_udp,
       3386: gtpu, 4341: lisp, 5072: ayiya, 37008: tzsp, 5247: capwap}


def datagram(p, r, key):
    """The source port's first, then the other's, if it is another."""
    asked = []
    for port in (p.sport, p.dport):
        one = UDP.get(port)
        if one is None or one in asked:
            continue
        asked.append(one)
        p.layers += 1
        if p.layers > LAYERS:
            return None
        found = one(p, r)
        if found is not None:
            p.udp = None
            return found
    return None


# The walk -----------------------------------------------------------------

LINKS = {0: null, 108: null, 1: ethernet, 6: ring, 10: ring, 7: arcnet,
         129: arcnet, 9: ppp_link, 50: ppp_link, 166: ppp_link, 100: atm,
         51: pppoe, 104: chdlc, 105: wlan, "padded": wlan, 107: frelay,
         113: cooked, 276: cooked, 119: prism, 163: prism, 127: radiotap,
         143: docsis, 192: ppi, 239: nflog, 258: pktap, 149: pktap}
LINKS.update(dict.fromkeys((12, 14, 101, 228, 229), raw))
LINKS.update(dict.fromkeys((109, 117, 204, 205, 206, 226), pseudo))
LINKS.update(dict.fromkeys((
    186, 189, 220, 249, 266, 288, 187, 201, 251, 254, 255, 256, 272, 195,
    215, 230, 283, 190, 227, 253, 231, 271), other))
TYPES = {0x0800: ipv4, 0x86DD: ipv6, 0x0806: arp, 0x8035: arp, "llc": llc,
         0x8870: llc, 0x8847: mpls, 0x8848: mpls, 0x8864: pppoe,
         0x880B: ppp, 0x88E5: macsec, 0x894F: nsh, 0x88BE: erspan,
         0x22EB: erspan}
TYPES.update(dict.fromkeys((0x8100, 0x88A8, 0x9100, 0x9200, 0x9300), vlan))
TYPES.update(dict.fromkeys((0x88E7, 0x22F3, 0x8903, 0x8926, 0x893F, 0x8909),
                           tags))
# Aruba's numbers for 802.11 in GRE.
TYPES.update(dict.fromkeys(range(0x8200, 0x8380, 16), wlan))
TYPES.update(dict.fromkeys((
    0x8863, 0x8808, 0x8809, 0x888E, 0x9000, 0x8902, 0x88F7, 0x0842, 0x88D9,
    0x8899, 0x887B, 0x88E1, 0x893A, 0x88F5, 0x88F6, 0x22F0, 0x22F4, 0x886F,
    0x8906, 0x8914, 0x88A2, 0x8892, 0x88A4, 0x88AB, 0x88B8, 0x88B9, 0x88BA,
    0x88CD, 0x892F, 0x88FB, 0x8137, 0x8138, 0x6001, 0x6002, 0x6003, 0x6004,
    0x809B, 0x80F3, 0x8191, 0x0BAD, 12, 13, 0x88CC, 0x2000), other))
PROTOS = {4: ipip, 41: ipip, 137: ipip, 143: ipip, 43: extension,
          51: extension, 60: extension, 47: gre, 97: etherip, 115: l2tpv3}
PROTOS.update(dict.fromkeys(PORTS, ports))
FAMILIES = {"link": LINKS, "type": TYPES, "proto": PROTOS}


def parse(link, data, wire):
    p = Packet()
    wire = max(min(wire, CLAMP), min(len(data), CLAMP))
    step = "link", link, Rest(data, wire)
    while step is not None and step[0] != "end":
        family, key, rest = step
        if family == "udp":  # a part of UDP, not a layer of its own
            step = datagram(p, rest, key)
            continue
        layer = cisco if family == "cisco" else FAMILIES[family].get(key)
        if layer is None or p.layers == LAYERS:
            break
        p.layers += 1
        step = layer(p, rest, key)
    return p
