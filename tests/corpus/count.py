#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""An independent count of a capture: every bin and every ranking.

This is the judge of tapline's numbers.  It was written from the published
contract (docs/schema.md) and shares nothing with the program: its own reader
of pcap and pcapng, its own packet parser, its own text rules, in plain
Python.  It is slow and simple on purpose; where it and tapline differ, one of
them misreads the contract.

usage: count.py [--packets N] [--repeat N] FILE...      prints JSON
"""

import argparse
import ipaddress
import json
import struct
import sys

from captures import packets_of

BIN_NS = 2 * 10**9
CLAMP = 262144
# What no 64-bit count of ns holds, and the last few windows before its end,
# stands still at this.
TIME_MAX = (2**63 // 10**9 - 8) * 10**9
NAME_BYTES = 256
QUESTIONS = 25
TAGS = (0x8100, 0x88A8, 0x9100)
# Link, each tag, LLC, IP, transport, message: what is deeper is not walked.
# IPv6's extension headers are a part of IP, with a bound of their own.
LAYERS = 16
EXTENSIONS_MAX = 65
PORTS = (6, 17, 33, 132, 136)
EXTENSIONS = (0, 43, 44, 51, 60, 135, 139, 140)
# These may be a message of their own, behind which nothing follows (59).
MESSAGE_EXTENSIONS = (135, 139, 140)
DNS_PORTS = (53, 5353, 5355)
HEADER_BYTES = 16384
HEADER_FIELDS = 100
HELLO_EXTENSIONS = 64
METHODS = frozenset(
    b"GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH "
    b"MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT MKACTIVITY CHECKOUT MERGE "
    b"NOTIFY SUBSCRIBE UNSUBSCRIBE".split())
RANKINGS = ("src", "dst", "sport", "dport", "port", "pair", "proto", "vlan",
            "dns", "url", "sni")


# Packets ------------------------------------------------------------------

class Packet:
    """What one packet says.  proto is None unless it was counted as IP."""

    __slots__ = ("kind", "src", "dst", "v6", "proto", "sport", "dport",
                 "vlans", "ip_bytes", "fragment", "messages", "layers")

    def __init__(self):
        self.kind = "unknown"
        self.src = self.dst = self.proto = self.sport = self.dport = None
        self.v6 = self.fragment = False
        self.vlans = ()
        self.ip_bytes = 0
        self.messages = ()
        self.layers = 0

    def enter(self):
        """Whether one more layer may be looked at."""
        self.layers += 1
        return self.layers <= LAYERS


def parse(link, data, wire):
    p = Packet()
    wire = max(min(wire, CLAMP), min(len(data), CLAMP))
    p.enter()
    if link == 1:
        if len(data) >= 14:
            ether(p, data, wire, 14, 12)
    elif link == 113:
        if len(data) >= 16:
            cooked(p, data, wire, 16, 14)
    elif link == 276:
        if len(data) >= 20:
            cooked(p, data, wire, 20, 0)
    elif link in (12, 14, 101, 228, 229):
        # 228 promises IPv4 and 229 IPv6; the version decides all the same,
        # as with tshark: a wrong promise of the file's is no reason to call
        # good packets unknown.
        if data:
            if data[0] >> 4 == 4:
                ipv4(p, data, wire, 0)
            elif data[0] >> 4 == 6:
                ipv6(p, data, wire, 0)
    elif link in (0, 108):
        if len(data) >= 4:
            # The writer's byte order, which nothing but the value tells.
            family = struct.unpack_from(">I", data)[0]
            if family > 0xFFFF:
                family = struct.unpack_from("<I", data)[0]
            if family == 2:
                ipv4(p, data, wire, 4)
            elif family in (10, 23, 24, 28, 30):
                ipv6(p, data, wire, 4)
            elif 0x600 <= family <= 0xFFFF:
                ethertype(p, data, wire, 4, family)
    return p


def ether(p, data, wire, at, type_at):
    kind = struct.unpack_from(">H", data, type_at)[0]
    ethertype(p, data, wire, at, kind)


def cooked(p, data, wire, at, type_at):
    """Linux's own numbers: 1 and 4 are 802.3 without and with LLC."""
    kind = struct.unpack_from(">H", data, type_at)[0]
    if kind in (1, 4):
        llc(p, data, wire, at)
    elif kind > 1500:
        ethertype(p, data, wire, at, kind)


def ethertype(p, data, wire, at, kind):
    while kind in TAGS and p.enter() and at + 4 <= len(data):
        tag, kind = struct.unpack_from(">HH", data, at)
        if len(p.vlans) < 2:
            p.vlans += (tag & 0xFFF,)
        at += 4
    if kind in TAGS:
        return
    if kind == 0x0800:
        ipv4(p, data, wire, at)
    elif kind == 0x86DD:
        ipv6(p, data, wire, at)
    elif kind in (0x0806, 0x8035):
        if p.enter():
            p.kind = "arp"
    elif kind <= 1500:
        # IEEE 802.3: a length, and what follows it is padding.
        llc(p, data[:at + kind], min(wire, at + kind), at)


def llc(p, data, wire, at):
    """IEEE 802.2.  IP inside counts as IP, as with tshark: it is as much
    traffic of its addresses as any other, and old networks speak so."""
    if not p.enter():
        return
    p.kind = "llc"
    head = data[at:at + 8]
    if len(head) >= 3 and head[0] == 6 and head[2] == 3:
        ipv4(p, data, wire, at + 3)
    elif len(head) == 8 and head[:6] in (b"\xaa\xaa\3\0\0\0",
                                         b"\xaa\xaa\3\0\0\xf8"):
        kind = struct.unpack_from(">H", head, 6)[0]
        if kind > 1500:
            ethertype(p, data, wire, at + 8, kind)


def ipv4(p, data, wire, at):
    if not p.enter():
        return
    if at < len(data) and data[at] >> 4 == 6:
        # Announced as IPv4, IPv6 by its version: tshark goes by that.
        ipv6(p, data, wire, at)
        return
    if at + 20 > len(data) or data[at] >> 4 != 4:
        return
    head = (data[at] & 15) * 4
    total, frag = struct.unpack_from(">HxxH", data, at + 2)
    if total == 0:
        total = wire - at
    if head < 20 or total < head:
        return
    p.kind = "ip4"
    p.ip_bytes = total
    p.src = data[at + 12:at + 16]
    p.dst = data[at + 16:at + 20]
    p.proto = data[at + 9]
    if at + head > len(data):
        return
    p.fragment = bool(frag & 0x3FFF)
    if not frag & 0x1FFF:
        upper(p, data[at + head:at + total])


def ipv6(p, data, wire, at):
    if not p.enter():
        return
    if at + 40 > len(data) or data[at] >> 4 != 6:
        return
    size = struct.unpack_from(">H", data, at + 4)[0]
    p.kind = "ip6"
    p.v6 = True
    p.src = data[at + 8:at + 24]
    p.dst = data[at + 24:at + 40]
    proto = data[at + 6]
    at += 40
    if size == 0 and proto == 0:
        # A jumbo length is not believed beyond the wire: 4 GB in a short
        # packet would be all that the bin shows.
        size = min(jumbo(data[at:]), wire - at)
    p.ip_bytes = 40 + size
    data = data[at:at + size]
    at, first, left = 0, True, EXTENSIONS_MAX
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
    if first:
        upper(p, data[at:])


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


def upper(p, data):
    if p.proto not in PORTS or not p.enter() or len(data) < 4:
        return
    p.sport, p.dport = struct.unpack_from(">HH", data)
    if not p.enter():
        return
    if p.proto in (17, 136) and len(data) >= 8:
        size = struct.unpack_from(">H", data, 4)[0]
        if p.proto == 136 or size == 0 and p.v6:
            # UDP-Lite has no length there, and a jumbogram's is 0.
            size = len(data)
        if size >= 8 and (p.sport in DNS_PORTS or p.dport in DNS_PORTS):
            p.messages = dns(data[8:size])
    elif p.proto == 6 and len(data) >= 20:
        head = (data[12] >> 4) * 4
        if 20 <= head <= len(data):
            p.messages = http(data[head:], p) or hello(data[head:])


# Messages -----------------------------------------------------------------

def clean(raw, lower):
    """Clean text of hostile bytes: printable, one line, at most 256 bytes."""
    text = raw.decode("utf-8", "surrogateescape")
    out, size = [], 0
    for c in text:
        if 0xDC80 <= ord(c) <= 0xDCFF:
            piece = "\\x%02x" % (ord(c) - 0xDC00)
        elif ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029":
            piece = "".join("\\x%02x" % b for b in c.encode())
        else:
            piece = c.lower() if lower and c.isascii() else c
        n = len(piece.encode())
        if size + n > NAME_BYTES:
            return "".join(out) + "\u2026"
        out.append(piece)
        size += n
    return "".join(out)


def dns(data):
    if len(data) < 12:
        return ()
    flags, count = struct.unpack_from(">HH", data, 2)
    if flags & 0x8000:
        return ()
    found, at = [], 12
    for _ in range(min(count, QUESTIONS)):
        name, at = dns_name(data, at)
        if name is None or at + 4 > len(data):
            break
        at += 4
        found.append(("dns", clean(name, True) or "."))
    return found


def dns_name(data, at):
    """The name at an offset and the offset behind it; (None, 0) if bad."""
    labels, after, size, limit, jumps = [], None, 1, at, 0
    while at < len(data):
        n = data[at]
        if n == 0:
            return b".".join(labels), after if after is not None else at + 1
        if n >= 0xC0:
            if at + 2 > len(data):
                break
            to = (n & 0x3F) << 8 | data[at + 1]
            if after is None:
                after = at + 2
            jumps += 1
            if to >= limit or jumps > 16:
                break
            at = limit = to
            continue
        if n >= 0x40 or at + 1 + n > len(data):
            break
        size += n + 1
        if size > 255:
            break
        labels.append(data[at + 1:at + 1 + n])
        at += 1 + n
    return None, 0


def http(data, p):
    # A header is looked at so far and no further: a bound on the work.
    space = data.find(b" ")
    data = data[:space + 1 + HEADER_BYTES]
    end = data.find(b"\n")
    if end < 0:
        return ()
    words = data[:end].rstrip(b"\r").split(b" ")
    if (len(words) != 3 or words[0] not in METHODS or not words[1] or
            words[2] not in (b"HTTP/1.0", b"HTTP/1.1")):
        return ()
    host, fields = None, 0
    at = end + 1
    while host is None:
        end = data.find(b"\n", at)
        if end < 0:
            return ()
        line = data[at:end].rstrip(b"\r")
        at = end + 1
        if not line:
            break
        fields += 1
        if fields > HEADER_FIELDS:
            return ()
        name, _, value = line.partition(b":")
        if name.lower() == b"host":
            host = value.strip(b" \t")
    target = words[1]
    for scheme in (b"http://", b"https://"):
        if target[:len(scheme)].lower() == scheme:
            host, slash, target = target[len(scheme):].partition(b"/")
            return [("url", clean(host.lower() + slash + target, False))]
    if words[0] == b"CONNECT":
        return [("url", clean(target.lower(), False))]
    if not host:
        host = address(p.dst).encode()
        if p.v6:
            host = b"[" + host + b"]"
    return [("url", clean(host.lower() + target, False))]


def hello(data):
    """A ClientHello's server name, "" if it has none."""
    # A second hello, after a retry request, may follow this record.
    if data[:1] == b"\x14" and data[1:2] == b"\x03" and \
            data[3:6] == b"\0\1\1":
        data = data[6:]
    if len(data) < 9 or data[0] != 22 or data[1] != 3 or data[5] != 1:
        return ()
    record = struct.unpack_from(">H", data, 3)[0]
    size = int.from_bytes(data[6:9], "big")
    # What goes on in another record or segment is no message yet.
    if size + 4 > record or 5 + record > len(data):
        return ()
    name = server_name(data[9:9 + size])
    return () if name is None else [("sni", clean(name, True))]


def server_name(body):
    """None if the lengths inside the hello contradict each other."""
    def take(n, what):
        nonlocal body
        if n > len(body):
            raise ValueError(what)
        part, body = body[:n], body[n:]
        return part

    def vector(width, what):
        return take(int.from_bytes(take(width, what), "big"), what)
    try:
        take(34, "version and random")
        vector(1, "session")
        vector(2, "cipher suites")
        vector(1, "compression")
        if not body:
            return b""
        body = vector(2, "extensions")
        name = b""
        for n in range(HELLO_EXTENSIONS + 1):
            if not body:
                return name[:-1] if name.endswith(b".") else name
            if n == HELLO_EXTENSIONS:
                break
            kind = int.from_bytes(take(2, "type"), "big")
            rest = vector(2, "extension")
            if kind == 0 and not name and rest:
                rest, body = body, rest
                body = vector(2, "server names")
                if body and take(1, "name type") == b"\0":
                    name = vector(2, "name")
                elif body:
                    vector(2, "other name")
                body = rest
    except ValueError:
        pass
    return None


# Counting -----------------------------------------------------------------

def address(raw):
    return str(ipaddress.ip_address(raw))


class Count:
    """Bins, rankings over everything, and the ledger."""

    def __init__(self):
        self.bins = {}
        self.top = {by: {} for by in RANKINGS}
        # By ranking: what has no key, and so is in none of its rows.
        self.rest = {by: [0, 0] for by in RANKINGS}
        self.newest = None
        self.ledger = dict.fromkeys(
            "delivered delivered_bytes binned binned_bytes late late_bytes "
            "len_clamped ip4 ip6 arp llc unknown fragments".split(), 0)
        self.names = {}

    def add(self, ns, data, wire, link):
        p = parse(link, data, wire)
        ns = min(max(ns, 0), TIME_MAX)
        size = min(wire, CLAMP)
        now = ns // BIN_NS
        led = self.ledger
        led["delivered"] += 1
        led["delivered_bytes"] += size
        led[p.kind] += 1
        led["fragments"] += p.fragment
        led["len_clamped"] += wire > CLAMP
        if self.newest is not None and now < self.newest - 1:
            led["late"] += 1
            led["late_bytes"] += size
            return p
        if self.newest is None or now > self.newest:
            self.newest = now
        led["binned"] += 1
        led["binned_bytes"] += size
        self.bin(now, p, size)
        if p.proto is not None:
            self.rank(p)
        return p

    def bin(self, now, p, size):
        b = self.bins.get(now)
        if b is None:
            b = self.bins[now] = dict.fromkeys(
                "packets bytes ip_packets ip_bytes ip4_bytes ip6_bytes "
                "tcp_bytes udp_bytes icmp_bytes other_bytes".split(), 0)
            b["flows"] = set()
        b["packets"] += 1
        b["bytes"] += size
        if p.proto is None:
            return
        b["ip_packets"] += 1
        b["ip_bytes"] += p.ip_bytes
        b["ip6_bytes" if p.v6 else "ip4_bytes"] += p.ip_bytes
        b[{6: "tcp_bytes", 17: "udp_bytes", 1: "icmp_bytes",
           58: "icmp_bytes"}.get(p.proto, "other_bytes")] += p.ip_bytes
        b["flows"].add((p.src, p.dst, p.proto, p.sport, p.dport, p.vlans))

    def rank(self, p):
        """Each ranking of packets gets the packet once, under its key or in
        the rest; port alone gets it twice, if its two ports differ."""
        src, dst = self.name(p.src), self.name(p.dst)
        keys = [("src", src), ("dst", dst), ("pair", src + ">" + dst),
                ("proto", p.proto),
                ("vlan", ".".join(map(str, p.vlans)))]
        if p.sport is None:
            keys += [("sport", ""), ("dport", ""), ("port", "")]
        else:
            keys += [("sport", str(p.sport)), ("dport", str(p.dport)),
                     ("port", str(p.sport))]
            if p.sport != p.dport:
                keys.append(("port", str(p.dport)))
        keys += p.messages
        for by, key in keys:
            row = self.rest[by] if key == "" else \
                self.top[by].setdefault(key, [0, 0])
            row[0] += 1
            row[1] += p.ip_bytes

    def name(self, raw):
        text = self.names.get(raw)
        if text is None:
            text = self.names[raw] = address(raw)
        return text

    def result(self):
        bins = {}
        for now, b in sorted(self.bins.items()):
            bins[now * BIN_NS] = dict(b, flows=len(b["flows"]))
        return {"bins": bins, "top": self.top, "rest": self.rest,
                "ledger": self.ledger}


def count(paths, packets=None):
    """Counts files in order; packets limits each file's, a list or None."""
    c = Count()
    for i, path in enumerate(paths):
        limit = packets[i] if packets else None
        for n, one in enumerate(packets_of(path)):
            if n == limit:
                break
            c.add(*one)
    return c.result()


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--packets", type=int, help="at most so many of each file")
    a.add_argument("--repeat", type=int, default=1)
    a.add_argument("files", nargs="+")
    a = a.parse_args()
    files = a.files * a.repeat
    limits = [a.packets] * len(files) if a.packets is not None else None
    json.dump(count(files, limits), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
