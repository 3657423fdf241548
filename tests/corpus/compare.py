#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Runs tapline over a folder of captures and checks all that it says.

Each file is replayed once more by count.py, and every bin, every ranking and
the ledger are compared to the last packet and byte.  A bare libpcap loop says
how many packets a damaged file gives.  Prints every differing file with some
of what differs, then "N passed, N failed".

usage: compare.py [options] FOLDER...          compare.py --help lists them
"""

import argparse
import collections
import ipaddress
import multiprocessing
import os
import struct
import subprocess
import sys
import tempfile
import time

import captures
import count

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import lineproto  # noqa: E402

TOP = 1000000
OPTIONS = ["-q", "--window", "all", "--report", "0", "--memory", "1G",
           "--sensor", "test"]
BIN_FIELDS = ("packets bytes ip_packets ip_bytes ip4_bytes ip6_bytes "
              "tcp_bytes udp_bytes icmp_bytes other_bytes flows").split()
# Protocols that have a name: IANA's keywords in lower case (so 4 is ipv4, not
# the ipip or ipencap of old tables), but icmpv6 and ospf, as people write them.
PROTO = {"hopopt": 0, "icmp": 1, "igmp": 2, "ipv4": 4, "tcp": 6, "udp": 17,
         "dccp": 33, "ipv6": 41, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51,
         "icmpv6": 58, "ipv6-nonxt": 59, "eigrp": 88, "ospf": 89,
         "etherip": 97, "pim": 103, "ipcomp": 108, "vrrp": 112, "l2tp": 115,
         "sctp": 132, "udplite": 136, "mpls-in-ip": 137}
# Rankings of messages whose rows are the whole that another field states: the
# count, and the amount, where it is not the bytes of packets.
WHOLES = {"dns": ("dns", "queries"), "dns_nxdomain": ("dns", "nxdomain"),
          "dns_servfail": ("dns", "servfail"), "dns_ecs": ("dns", "ecs"),
          "dns_unanswered": ("dns", "unanswered"),
          "dns_slow": ("dns", "transactions"), "dns_type": ("dns", "queries"),
          "url": ("http", "requests"), "http_status": ("http", "responses"),
          "sni": ("tls", "client_hellos"), "tls_cert": ("tls", "certificates"),
          "tcp_failed": ("tcp", "failed"), "tcp_reset": ("tcp", "resets"),
          "tcp_retransmit": ("tcp", "retransmits", "retransmit_bytes"),
          "tcp_out_of_order": ("tcp", "out_of_order"),
          "tcp_zero_window": ("tcp", "zero_windows"),
          "tcp_lost": ("tcp", "losses", "lost_bytes")}
AMOUNTS = ("bytes", "data_bytes", "us")


class Output:
    """What tapline printed, sorted into bins, rankings and the ledger."""

    def __init__(self, text):
        self.bins = {}
        self.top = collections.defaultdict(list)
        self.messages = {}
        self.self = {}  # the last one
        self.selves = []
        for name, tags, fields, ts in lineproto.read(text):
            if tags.get("sensor") != "test":
                raise lineproto.Wrong("sensor")
            if name == "tapline_bin":
                if ts in self.bins:
                    raise lineproto.Wrong("a bin twice")
                self.bins[ts] = fields
            elif name == "tapline_top":
                self.top[tags["by"]].append((tags["rank"], fields))
            elif name == "tapline_self":
                self.self = fields
                self.selves.append(fields)
            elif tags.get("window"):
                self.messages[name] = fields


# Comparing ------------------------------------------------------------------

def key_of(by, key):
    """A key in the form that count.py gives it, or None if it is ill-formed.

    Addresses are compared as addresses; their text may be any of the two
    forms that RFC 5952 allows.
    """
    if by == "proto":
        if key.isdigit() and int(key) not in PROTO.values():
            return int(key)
        return PROTO.get(key)
    if by in ("src", "dst"):
        try:
            a = ipaddress.ip_address(key)
        except ValueError:
            return None
        if key == str(a) or (a.version == 6 and "." in key):
            return str(a)
        return None
    if by in ("pair", "tunnel"):
        src, _, dst = key.partition(">")
        src, dst = key_of("src", src), key_of("dst", dst)
        return src + ">" + dst if src and dst else None
    return key


def compare_bins(want, got):
    gone = {k: v for k, v in got.items()
            if k not in want and v.get("packets", 0)}
    for ts in gone:
        yield "bin", "an extra bin", ts
    for ts, b in want.items():
        if ts not in got:
            yield "bin", "a bin missing", ts
            continue
        for f in BIN_FIELDS:
            # A flow that had to make room may be counted twice.
            twice = got[ts].get("flows_err", 0) if f == "flows" else 0
            if not b[f] <= got[ts].get(f, -1) <= b[f] + twice:
                yield "bin." + f, "%s, not %s" % (got[ts].get(f), b[f]), ts
        if got[ts].get("bin_ms") != count.BIN_NS // 10**6:
            yield "bin.bin_ms", got[ts].get("bin_ms"), ts


def compare_top(by, want, rest, rows, limit):
    unit = "count" if by == "dns" else "packets"
    if not rows or rows[-1][0] != "other":
        yield "top.other", "not the last row", by
        return
    other, rows = rows[-1][1], rows[:-1]
    if [r for r, _ in rows] != [str(i + 1) for i in range(len(rows))]:
        yield "top.rank", "ranks not 1, 2, 3 …", by
    got, last = {}, None
    for _, f in rows:
        weight = f.get("count" if unit == "count" else "bytes", 0)
        order = (-weight, f["key"].encode())
        if last is not None and order < last:
            yield "top.order", "%r after %r" % (order, last), by
        last = order
        key = key_of(by, f["key"])
        if key is None:
            yield "top.key", f["key"], by
        if f.get("err"):
            yield "top.err", f["err"], by
        if key in got:
            yield "top.key", "twice: %s" % f["key"], by
        got[key] = (f.get(unit), f.get("bytes"))
    if len(got) != min(len(want), limit):
        yield "top.rows", "%d, not %d" % (len(got), len(want)), by
    for key in want.keys() - got.keys():
        if len(got) < limit or -want[key][unit == "packets"] < last[0]:
            yield "top." + by, "missing %r %s" % (key, want[key]), by
    for key in got.keys() - want.keys():
        yield "top." + by, "extra %r %s" % (key, got[key]), by
    for key in want.keys() & got.keys():
        if tuple(want[key]) != got[key]:
            yield "top." + by, "%r %s, not %s" % (
                key, got[key], tuple(want[key])), by
    # What has no key, and the keys that are not listed: with the rows it is
    # the whole, to the last packet and byte.
    rest = [rest[i] + sum(w[i] for w in want.values()) -
            sum(g[i] for g in got.values()) for i in range(2)]
    if [other.get(unit), other.get("bytes")] != rest:
        yield "top.other", "%s, not %s" % (other, rest), by
    if other.get("key") != "":
        yield "top.other", "key is not empty", by


SUMS = {"delivered": ("decoded truncated malformed", "binned late",
                      count.NETS),
        "delivered_bytes": ("binned_bytes late_bytes",),
        "received": ("delivered dropped",),
        "records": ("stored spooled lost",),
        "lost": ("lost_full lost_error",)}


def ledger_sums(got):
    for whole, sums in SUMS.items():
        for parts in sums:
            if sum(got.get(a, 0) for a in parts.split()) != got.get(whole):
                yield "ledger.sum", "%s is not %s" % (
                    " + ".join(parts.split()), whole), ""


def compare_ledger(want, got, n):
    for a, n_want in want.items():
        if got.get(a) != n_want:
            yield "ledger." + a, "%s, not %s" % (got.get(a), n_want), ""
    if got.get("delivered") != n:
        yield "ledger.bare", "%s, the bare loop %d" % (
            got.get("delivered"), n), ""


def compare(want, out, n, limit=TOP):
    yield from compare_ledger(want["ledger"], out.self, n)
    for ledger in out.selves:
        yield from ledger_sums(ledger)
    yield from compare_bins(want["bins"], out.bins)
    if n == 0 and not out.top and not out.messages:
        return  # without a packet there is no time that a window could end at
    for by in count.RANKINGS:
        if by != "dns" or want["dns_is_all"]:
            yield from compare_top(by, want["top"][by], want["rest"][by],
                                   out.top[by], limit)
        elif limit >= TOP:
            yield from compare_part(by, want["top"][by], out.top[by])
    yield from compare_wholes(want, out)


def compare_part(by, want, rows):
    """What was counted is there; more may be, from streams and fragments."""
    got = {f["key"]: f["count"] for _, f in rows if f["key"] != ""}
    for key, (n, _) in want.items():
        if got.get(key, 0) < n:
            yield "top." + by, "%r %s, not %d" % (key, got.get(key), n), by


def compare_wholes(want, out):
    """Rows and rest of every ranking add up to a figure from elsewhere."""
    ip = [sum(r[i] for r in want["top"]["proto"].values()) for i in (0, 1)]
    for by, rows in out.top.items():
        if rows[-1][0] != "other" or rows[-1][1]["key"] != "":
            yield "top.other", "not the last row", by
            continue
        amount = next((a for a in AMOUNTS if a in rows[-1][1]), None)
        n = sum(f.get("packets", f.get("count", 0)) for _, f in rows)
        size = sum(f.get(amount, 0) for _, f in rows)
        if by == "app" and [n, size] != ip:
            yield "top.app", "%s, not %s" % ([n, size], ip), "whole"
        if by not in WHOLES:
            continue
        where, *fields = WHOLES[by]
        fields = [out.messages["tapline_" + where].get(f) for f in fields]
        if fields != [n, size][:len(fields)]:
            yield "top." + by, "%s, not %s" % ([n, size], fields), "whole"


# One file -------------------------------------------------------------------

def cut_copy(path, out, size, limit):
    """Writes a pcap with at most size bytes of each packet."""
    link, n = None, 0
    for ns, data, wire, kind in captures.packets_of(path):
        if n == limit:
            break
        if link is None:
            link = kind
            out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0,
                                  262144, link))
        if kind != link:
            break
        data = data[:size]
        out.write(struct.pack("<IIII", ns // 10**9 & 0xFFFFFFFF, ns % 10**9,
                              len(data), wire) + data)
        n += 1
    out.flush()


def bare_loop(bare, path):
    """Packets of a bare libpcap loop, and whether it read to the end."""
    with open(path, "rb") as f:
        head = f.read(4)
    if head[:2] == b"\x1f\x8b" or head == b"\x28\xb5\x2f\xfd":
        with tempfile.NamedTemporaryFile() as t:
            t.write(captures.read_bytes(path))
            t.flush()
            return bare_loop(bare, t.name)
    r = subprocess.run([bare, path], check=False, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL)
    return int(r.stdout.split()[0]), r.returncode == 0


class Judge:
    def __init__(self, a):
        self.a = a
        self.took = 0

    def run(self, paths):
        args = [x for p in paths for x in ("-r", p)]
        start = time.monotonic()
        try:
            r = subprocess.run([self.a.bin, "--top", str(self.a.top)] +
                               OPTIONS + args, check=False,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL,
                               timeout=self.a.time * 10)
        except subprocess.TimeoutExpired:
            return None
        r.took = time.monotonic() - start
        self.took = max(self.took, r.took)
        return r

    def __call__(self, path):
        """What differs, and the longest run."""
        self.took = 0
        return list(self.file(path)), self.took

    def file(self, path):
        """Yields (kind, what, where) for each difference."""
        n, whole = bare_loop(self.a.bare, path)
        with tempfile.NamedTemporaryFile(suffix=".pcap") as t:
            if self.a.cut:
                if n == 0:
                    return
                cut_copy(path, t, self.a.cut, n)
                path = t.name
                n, whole = bare_loop(self.a.bare, path)
            yield from self.judge(path, n, whole)

    def judge(self, path, n, whole):
        paths = [path] * self.a.repeat
        r = self.run(paths)
        if r is None or r.took > self.a.time:
            yield "time", "over %g s" % self.a.time, ""
            if r is None:
                return
        err = r.stderr.decode("utf-8", "replace")
        if "Sanitizer" in err or "runtime error" in err:
            yield "sanitizer", err[:300], ""
            return
        if r.returncode != (0 if whole else 1):
            yield "exit", "%d, not %d: %s" % (
                r.returncode, 0 if whole else 1, err[:120].strip()), ""
        lines = err.split("\n")[:-1]
        if len(lines) != (0 if whole else len(paths)) or any(
                not one.startswith("tapline: ") for one in lines):
            yield "message", err[:200].strip() or "none", ""
        if n == 0 and not r.stdout:
            return
        try:
            out = Output(r.stdout)
        except lineproto.Wrong as e:
            yield "line", str(e), ""
            return
        want = count.count(paths, [n] * len(paths))
        yield from compare(want, out, n * len(paths), self.a.top)
        if self.a.twice:
            again = self.run(paths)
            if again is None or again.stdout != r.stdout:
                yield "again", "a second run gives other bytes", ""


def files_of(folders):
    for folder in folders:
        if os.path.isfile(folder):
            yield folder
        for root, dirs, files in os.walk(folder):
            dirs.sort()
            for f in sorted(files):
                if not f.endswith((".md", ".txt")):
                    yield os.path.join(root, f)


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    a.add_argument("--bin", default="build/tapline")
    a.add_argument("--bare", default="build/tests/bench/bare")
    a.add_argument("--cut", type=int, default=0,
                   help="judge copies with at most so many bytes a packet")
    a.add_argument("--repeat", type=int, default=1,
                   help="read each file so many times in one run")
    a.add_argument("--twice", action="store_true",
                   help="run twice and want the same bytes")
    a.add_argument("--time", type=float, default=2, help="seconds a file")
    a.add_argument("--top", type=int, default=TOP, help="keys a ranking")
    a.add_argument("--only", default="", help="files whose path has this")
    a.add_argument("--jobs", type=int, default=2, help="processes")
    a.add_argument("--show", type=int, default=3, help="examples of a file")
    a.add_argument("folders", nargs="+")
    a = a.parse_args()
    files = [f for f in files_of(a.folders) if a.only in f]
    slowest = (0, "")
    failed = 0
    with multiprocessing.Pool(a.jobs) as pool:
        for path, (found, took) in zip(files, pool.imap(Judge(a), files, 8)):
            slowest = max(slowest, (took, path))
            failed += bool(found)
            if found:
                print("differs: %s: %d" % (path, len(found)))
            for kind, what, where in found[:a.show]:
                print("    %s %s: %s" % (kind, where, str(what)[:200]))
    print("slowest: %.2f s %s" % slowest)
    print("%d passed, %d failed" % (len(files) - failed, failed))
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
