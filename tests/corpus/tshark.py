#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Compares count.py's reading of each packet with tshark's.

The judge is judged: over any folder of captures, packet by packet, every
field that a bin or a ranking is made of.  tshark's output is kept in a cache
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

COLUMNS = """time len cap protocols ip4 src4 dst4 len4 proto4 offset4
ip6 src6 dst6 plen6 nxt6 hopopts routing fraghdr dstopts ah jumbo offset6
tcp_s tcp_d udp_s udp_d sctp_s sctp_d dccp_s dccp_d vlan vlan_ad etype
dns_response dns_count dns_name method host uri hello sni malformed
arp""".split()
LINKS = {"eth", "ethertype", "vlan", "ieee8021ad", "raw", "null", "sll",
         "lldp", "loop", "llc"}
EXT = {"ipv6.hopopts": 0, "ipv6.routing": 43, "ipv6.fraghdr": 44,
       "ipv6.dstopts": 60, "ah": 51, "mipv6": 135, "hip": 139, "shim6": 140}
L4 = ("tcp", "udp", "udplite", "sctp", "dccp")
SUPPORTED = (0, 1, 12, 14, 101, 108, 113, 228, 229, 276)


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


def first(cell):
    return cell.split(" ")[0] if cell else ""


class Seen:
    """What tshark makes of one packet, cut to what the contract counts."""

    def __init__(self, r):
        self.protocols = r["protocols"].split(":")
        at = next((i for i, p in enumerate(self.protocols)
                   if p in ("ip", "ipv6")), None)
        self.direct = at is not None and all(
            p in LINKS for p in self.protocols[:at])
        self.nested = sum(p in ("ip", "ipv6") for p in self.protocols) > 1
        self.net = self.src = self.dst = self.ip_bytes = self.proto = None
        self.sport = self.dport = None
        self.vlans = tuple((r["vlan_ad"] + " " + r["vlan"]).split()[:2])
        if not self.direct:
            return
        rest = self.protocols[at + 1:]
        if self.protocols[at] == "ip":
            if not r["src4"] or not first(r["proto4"]):
                self.direct = False
                return
            self.net, self.src, self.dst = "ip4", first(r["src4"]), first(
                r["dst4"])
            self.ip_bytes = int(first(r["len4"]) or 0)
            self.proto = int(first(r["proto4"]))
        else:
            if not r["src6"]:
                self.direct = False
                return
            self.net, self.src, self.dst = "ip6", first(r["src6"]), first(
                r["dst6"])
            self.ip_bytes = 40 + int(first(r["plen6"]) or 0)
            if r["jumbo"]:
                self.ip_bytes = 40 + int(first(r["jumbo"]))
            self.proto = int(first(r["nxt6"]) or 0)
            chain = {0: r["hopopts"], 43: r["routing"], 44: r["fraghdr"],
                     60: r["dstopts"], 51: r["ah"]}
            chain = {k: v.split() for k, v in chain.items()}
            while self.proto in chain and chain[self.proto]:
                self.proto = int(chain[self.proto].pop(0))
            while rest and rest[0] in EXT:
                rest = rest[1:]
        if rest and rest[0] in L4:
            name = "udp" if rest[0] == "udplite" else rest[0]
            if r[name + "_s"] and r[name + "_d"]:
                self.sport = int(first(r[name + "_s"]))
                self.dport = int(first(r[name + "_d"]))


def canonical(text):
    try:
        return str(count.ipaddress.ip_address(text))
    except ValueError:
        return text


def differences(p, r, s):
    """Yields (field, ours, theirs) of one packet."""
    ours_net = p.kind if p.proto is not None else None
    if ours_net != s.net:
        yield "net", p.kind, s.net or ":".join(s.protocols)
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
    yield from messages(p, r, s)


def literal(p):
    return "[%s]" % count.address(p.dst) if p.v6 else count.address(p.dst)


def messages(p, r, s):
    ours = collections.defaultdict(list)
    for by, key in p.messages:
        if key:  # a ClientHello without a name has none
            ours[by].append(key)
    theirs = []
    l4 = s.protocols.index("udp") if "udp" in s.protocols else 99
    if (not s.nested and set(s.protocols[l4:]) & {"dns", "mdns", "llmnr"} and
            first(r["dns_response"]) in ("0", "False", "")):
        n = int(first(r["dns_count"]) or 0)
        theirs = r["dns_name"].lower().split(" ")[:n] if r["dns_name"] else []
        theirs = [t.replace("<root>", ".") for t in theirs]
    if ours["dns"] != theirs:
        yield "dns", ours["dns"], theirs
    theirs = []
    if r["method"] and "tcp" in s.protocols and not s.nested:
        for i, uri in enumerate(r["uri"].split(" ")):
            hosts = r["host"].split(" ")
            host = hosts[i] if i < len(hosts) else ""
            theirs.append((host.lower() or literal(p)) + uri)
    if ours["url"] != theirs:
        yield "url", ours["url"], theirs
    theirs = []
    if r["sni"] and "tcp" in s.protocols and not s.nested:
        theirs = r["sni"].lower().split(" ")
    if ours["sni"] != theirs:
        yield "sni", ours["sni"], theirs


def reason(field, ours, theirs, p, r, s):
    """Why the two may differ, or None: a choice of the contract's, or a limit
    of tshark's."""
    if r["malformed"]:
        return "malformed"
    if s.nested:
        return "nested IP"
    if field == "ip_bytes" and r["jumbo"] and ours < theirs:
        return "a jumbo length is not believed beyond the wire"
    if field == "vlan" and p.proto is None:
        return "a tag inside an encapsulation that is not walked"
    if field == "dns" and not set(
            (p.sport, p.dport)) & set(count.DNS_PORTS):
        return "not on a port of DNS"
    if field == "dns" and not ours and theirs:
        return "a pointer that does not go back"
    if field in ("url", "sni") and ours and not theirs:
        return "tshark goes by the stream or the port"
    if field == "url" and ours:
        if len(theirs) > len(ours):
            return "a second request in the segment"
        if "://" in theirs[0] or ":" in ours[0]:
            return "absolute target or CONNECT"
    if field == "url" and int(r["cap"]) < int(r["len"]):
        return "cut by the capture"
    if field == "url" and theirs:
        return "no request line of HTTP/1.x, or the header goes on"
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
            if ours and ours[0][3] not in SUPPORTED:
                continue
            rows = list(rows_of(path, a.cache, name))
            total += 1
            packets += len(ours)
            if len(rows) != len(ours):
                classes["packets in the file", None].append(
                    (name, 0, len(ours), len(rows)))
            for n, (one, r) in enumerate(zip(ours, rows), 1):
                if len(r) != len(COLUMNS):
                    classes["a line of tshark's", None].append(
                        (name, n, "", ""))
                    break
                if one[3] not in SUPPORTED:
                    continue
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
