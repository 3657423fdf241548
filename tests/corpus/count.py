#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""An independent count of a capture: every bin and every ranking.

This is the judge of tapline's numbers.  It was written from the published
contract (docs/schema.md) and shares nothing with the program: its own reader
of pcap and pcapng (captures.py), its own packet parser (packet.py), its own
text rules, in plain Python.  It is slow and simple on purpose; where it and
tapline differ, one of them misreads the contract.

What needs streams or datagrams put together (names over TCP, requests, server
names, the quality of connections) it does not count: values.py compares names
with tshark's.  Of DNS it counts the questions of whole datagrams on DNS's own
ports; "dns_is_all" says whether the files hold nothing where more could be.

usage: count.py [--packets N] [--repeat N] FILE...      prints JSON
"""

import argparse
import ipaddress
import json
import struct
import sys

from captures import packets_of
from packet import CLAMP, DNS_PORTS, LAYERS, parse

BIN_NS = 2 * 10**9
# What no 64-bit count of ns holds, and the last few windows before its end,
# stands still at this.
TIME_MAX = (2**63 // 10**9 - 8) * 10**9
NAME_BYTES = 256
QUESTIONS = 25
RANKINGS = ("src", "dst", "sport", "dport", "port", "pair", "proto", "vlan",
            "tunnel", "dns")
NETS = "ip4 ip6 arp llc wifi other unknown"


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
            "len_clamped fragments".split() + NETS.split(), 0)
        self.names = {}
        self.dns_is_all = True

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
        # The window that never ends has late packets, too; bins don't.
        if p.proto is not None:
            self.rank(p)
        if self.newest is not None and now < self.newest - 1:
            led["late"] += 1
            led["late_bytes"] += size
            return p
        if self.newest is None or now > self.newest:
            self.newest = now
        led["binned"] += 1
        led["binned_bytes"] += size
        self.bin(now, p, size)
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
        keys += self.questions(p)
        for by, key in keys:
            row = self.rest[by] if key == "" else \
                self.top[by].setdefault(key, [0, 0])
            row[0] += 1
            row[1] += p.ip_bytes
        if p.n_ip > 1:
            src, dst = map(self.name, p.outer)
            row = self.top["tunnel"].setdefault(src + ">" + dst, [0, 0])
            row[0] += 1
            row[1] += p.outer_bytes

    def questions(self, p):
        if p.has_data or p.fragment:
            self.dns_is_all = False
        if p.udp is None or p.fragment or p.layers >= LAYERS:
            return ()
        if p.sport in DNS_PORTS or p.dport in DNS_PORTS:
            return dns(p.udp)
        # Elsewhere it is recognised by its content, one question at least.
        if len(p.udp) >= 17 and p.udp[4:6] == b"\0\1":
            self.dns_is_all = False
        return ()

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
                "ledger": self.ledger, "dns_is_all": self.dns_is_all}


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
