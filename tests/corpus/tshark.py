#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Compares packet.py's reading of each packet with tshark's.

The judge is judged: over any folder of captures, packet by packet, every
field that a bin or a ranking of packets is made of; names are for values.py.  tshark's output is kept in a cache
folder, since it takes minutes.  Differences are grouped by the field and by
the reason, where one is known to be a choice of the contract; the rest is
listed in full.

usage: tshark.py [--cache DIR] [--show N] [--only WORD] FOLDER
"""

import argparse
import collections
import os
import subprocess
import sys

import captures
import count

COLUMNS = """time len cap protocols src4 dst4 len4 proto4 src6 dst6 plen6 nxt6
hopopts routing fraghdr dstopts ah jumbo tcp_s tcp_d udp_s udp_d sctp_s sctp_d
dccp_s dccp_d vlan vlan_ad malformed""".split()
L4 = ("tcp", "udp", "udplite", "sctp", "dccp")


def rows_of(path, cache, name):
    out = os.path.join(cache, name.replace("/", "_") + ".tsv")
    if not os.path.exists(out):
        here = os.path.dirname(os.path.abspath(__file__))
        subprocess.run([os.path.join(here, "tshark.sh"), path, out],
                       check=False)
    with open(out, encoding="utf-8", errors="surrogateescape",
              newline="\n") as f:
        for line in f:
            cells = line.rstrip("\n").split("\t")
            yield dict(zip(COLUMNS, cells))


def at(cell, n):
    """The n-th occurrence of a field, or None."""
    cells = cell.split(" ") if cell else []
    return cells[n] if n < len(cells) else None


class Seen:
    """What tshark makes of one packet, cut to what the contract counts: its
    innermost IP header, but none that a message of ICMP or sFlow quotes."""

    def __init__(self, r):
        self.protocols = r["protocols"].split(":")
        walked = []
        for one in self.protocols:
            walked.append(one)
            if one in ("icmp", "icmpv6", "sflow"):
                break
        self.n_ip = sum(one in ("ip", "ipv6") for one in walked)
        self.net = self.src = self.dst = self.ip_bytes = self.proto = None
        self.sport = self.dport = None
        self.vlans = tuple((r["vlan_ad"] + " " + r["vlan"]).split()[:2])
        if self.n_ip == 0:
            return
        last = max(i for i, one in enumerate(walked) if one in ("ip", "ipv6"))
        n = walked[:last].count(walked[last])
        if walked[last] == "ip":
            self.ipv4(r, n)
        else:
            self.ipv6(r, n)
        rest = walked[last + 1:]
        upper = next((one for one in rest if one in L4), None)
        if upper is not None and self.net is not None:
            name = "udp" if upper == "udplite" else upper
            n = sum(one == upper for one in walked[:last])
            self.sport, self.dport = (
                int(x) if x else None for x in (at(r[name + "_s"], n),
                                                at(r[name + "_d"], n)))

    def ipv4(self, r, n):
        self.src, self.dst = at(r["src4"], n), at(r["dst4"], n)
        self.proto = at(r["proto4"], n)
        if self.src is None or self.proto is None:
            return
        self.net, self.proto = "ip4", int(self.proto)
        if self.n_ip == 1 and self.proto == 51 and at(r["ah"], 0):
            self.proto = int(at(r["ah"], 0))
        self.ip_bytes = int(at(r["len4"], n) or 0)

    def ipv6(self, r, n):
        self.src, self.dst = at(r["src6"], n), at(r["dst6"], n)
        if self.src is None:
            return
        self.net = "ip6"
        self.ip_bytes = 40 + int(at(r["plen6"], n) or 0)
        if r["jumbo"]:
            self.ip_bytes = 40 + int(at(r["jumbo"], 0))
        self.proto = int(at(r["nxt6"], n) or 0)
        # The chain of extension headers, which tshark lists by kind.
        chain = {0: r["hopopts"], 43: r["routing"], 44: r["fraghdr"],
                 60: r["dstopts"], 51: r["ah"]}
        chain = {k: v.split() for k, v in chain.items()}
        while self.n_ip == 1 and chain.get(self.proto):
            self.proto = int(chain[self.proto].pop(0))


def canonical(text):
    try:
        return str(count.ipaddress.ip_address(text))
    except ValueError:
        return text


def differences(p, r, s):
    """Yields (field, ours, theirs) of one packet."""
    ours_net = None if p.proto is None else "ip6" if p.v6 else "ip4"
    if ours_net != s.net:
        yield "net", ours_net or p.kind, s.net or ":".join(s.protocols)
        return
    vlans = tuple(map(str, p.vlans))
    if vlans != s.vlans:
        yield "vlan", vlans, s.vlans
    if ours_net is None:
        return
    for field, a, b in (
            ("src", count.address(p.src), canonical(s.src)),
            ("dst", count.address(p.dst), canonical(s.dst)),
            ("ip_bytes", p.ip_bytes, s.ip_bytes),
            ("proto", p.proto, s.proto),
            ("ports", (p.sport, p.dport), (s.sport, s.dport))):
        if a != b:
            yield field, a, b


def reason(field, ours, theirs, p, r, s):
    """Why the two may differ, or None: a choice of the contract's, or a limit
    of tshark's."""
    if r["malformed"]:
        return "malformed"
    if field == "ip_bytes" and r["jumbo"] and ours < theirs:
        return "a jumbo length is not believed beyond the wire"
    if field == "vlan" and p.proto is None:
        return "a tag inside an encapsulation that is not walked"
    if field == "net" and s.net is None and s.n_ip > 1:
        return "an inner header that tshark shows no addresses of"
    if field == "proto" and s.n_ip > 1:
        return "extension headers in a tunnel"
    return None


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--cache", default="/tmp/tscache")
    a.add_argument("--show", type=int, default=8)
    a.add_argument("--only", default="")
    a.add_argument("folder")
    a = a.parse_args()
    os.makedirs(a.cache, exist_ok=True)
    classes = collections.defaultdict(list)
    total = packets = 0
    for root, _, files in sorted(os.walk(a.folder)):
        for f in sorted(files):
            path = os.path.join(root, f)
            name = os.path.relpath(path, a.folder)
            if f == "README.md" or a.only not in name:
                continue
            ours = list(captures.packets_of(path))
            rows = list(rows_of(path, a.cache, name))
            total += 1
            packets += len(ours)
            if len(rows) != len(ours):
                why = None if rows else "tshark reads none of this link"
                classes["packets in the file", why].append(
                    (name, 0, len(ours), len(rows)))
            for n, (one, r) in enumerate(zip(ours, rows), 1):
                if len(r) != len(COLUMNS):
                    classes["a line of tshark's", None].append(
                        (name, n, "", ""))
                    break
                p = count.parse(one[3], one[1], one[2])
                s = Seen(r)
                if one[2] != int(r["len"]) or len(one[1]) != int(r["cap"]):
                    why = None
                    if int(r["cap"]) > len(one[1]) and one[2] == int(r["len"]):
                        why = "libpcap cuts at the file's snaplen"
                    classes["len", why].append(
                        (name, n, one[2], r["len"]))
                sec, _, frac = r["time"].partition(".")
                ns = int(sec) * 10**9 + int(frac.ljust(9, "0"))
                if ns != one[0]:
                    classes["time", None].append((name, n, one[0], ns))
                for field, x, y in differences(p, r, s):
                    why = reason(field, x, y, p, r, s)
                    classes[field, why].append((name, n, x, y))
    for (field, why), found in sorted(classes.items(), key=str):
        names = {f[0] for f in found}
        print("%s, %s: %d packets in %d files" % (
            field, why or "unexplained", len(found), len(names)))
        for one in found[:a.show]:
            print("    %s #%d  ours %r  tshark %r" % one)
    print("%d packets in %d files" % (packets, total))
    return 1 if any(why is None for _, why in classes) else 0


if __name__ == "__main__":
    sys.exit(main())
