#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Compares the values that tapline finds with those that tshark finds.

For each capture below FOLDER: the set of DNS names asked for, of host/path,
of SNI names, and of innermost address pairs.  tshark reads it with
`-2 -o tcp.reassemble_out_of_order:TRUE`; its output is kept in a cache
folder, since it takes minutes.  Each difference is one line; known reasons
are told by REASONS below, which docs/tshark.md explains.

usage: values.py [--bin BIN] [--cache DIR] [--only WORD] [--show N] FOLDER
The last lines say, for each kind, how many of tshark's values agree; 99.5 %
pass.
"""

import argparse
import collections
import concurrent.futures
import ipaddress
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import lineproto  # noqa: E402

KINDS = ("pair", "dns", "url", "sni")
FIELDS = """frame.number frame.protocols ip.src ip.dst ipv6.src ipv6.dst
dns.flags.response dns.qry.name http.request.method http.host
http.request.uri http.request.line http2.headers.authority http2.headers.path
tls.handshake.type tls.handshake.extensions_server_name _ws.malformed
ip.fragment ipv6.fraghdr.ident""".split()
SEP = "\x1f"  # between values of one field
OURS = ["-q", "--window", "all", "--report", "0", "--top", "1000000",
        "--memory", "1G", "--sensor", "test"]


def tshark(path, cache, name):
    """Yields a dict of lists for each frame."""
    out = os.path.join(cache, name.replace("/", "_") + ".values")
    if not os.path.exists(out):
        cmd = ["tshark", "-n", "-2", "-r", path,
               "-o", "tcp.reassemble_out_of_order:TRUE",
               "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a",
               "-E", "aggregator=" + SEP]
        for f in FIELDS:
            cmd += ["-e", f]
        with open(out + ".new", "wb") as f:
            subprocess.run(cmd, stdout=f, stderr=subprocess.DEVNULL,
                           stdin=subprocess.DEVNULL, check=False, timeout=900)
        os.rename(out + ".new", out)
    with open(out, encoding="utf-8", errors="surrogateescape",
              newline="\n") as f:
        for line in f:
            cells = line.rstrip("\n").split("\t")
            yield {k: (v.split(SEP) if v else [])
                   for k, v in zip(FIELDS, cells)}


def ip(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def inner_pair(r):
    """The innermost IP header that is not quoted by an ICMP message."""
    at = {"ip": -1, "ipv6": -1}
    last = None
    for p in r["frame.protocols"][0].split(":"):
        if p in ("icmp", "icmpv6"):
            break
        if p in at:
            at[p] += 1
            last = p, at[p]
    if last is None:
        return None
    kind, n = last
    src, dst = r[kind + ".src"], r[kind + ".dst"]
    if n >= len(src) or n >= len(dst):
        return None
    return ip(src[n]) + ">" + ip(dst[n])


def urls(r, pair):
    server = pair.split(">")[1] if pair else ""
    server = "[%s]" % server if ":" in server else server
    hosts = r["http.host"]
    for i, uri in enumerate(r["http.request.uri"]):
        host = hosts[i] if len(hosts) == len(r["http.request.uri"]) else (
            hosts[0] if hosts else "")
        full = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)(.*)", uri)
        if full:
            host, uri = full.groups()
        method = r["http.request.method"]
        if i < len(method) and method[i] == "CONNECT":
            host, uri = uri, ""
        yield (host.lower() or server) + uri
    paths = r["http2.headers.path"]
    for i, path in enumerate(paths):
        authority = r["http2.headers.authority"]
        host = authority[i] if i < len(authority) else server
        yield host.lower() + path


def plain(text):
    """A text as both sides can write it: escapes undone, cut at 250."""
    text = re.sub(r"\\x([0-9a-fA-F]{2})",
                  lambda m: chr(int(m.group(1), 16)), text)
    text = text.encode("utf-8", "surrogateescape").decode("latin-1")
    text = re.sub(r"[^ -~]", "?", text)
    text = re.sub(r"\?+", "?", text.replace("\\t", "?").replace(
        "\\n", "?").replace("\\r", "?"))
    return text[:200]


def theirs(path, cache, name):
    found = {k: set() for k in KINDS}
    where = {}
    for r in tshark(path, cache, name):
        if not r.get("frame.protocols"):
            continue
        protocols = r["frame.protocols"][0].split(":")
        pair = inner_pair(r)
        values = []
        if pair:
            values.append(("pair", pair))
        if "dns" in protocols or "mdns" in protocols or "llmnr" in protocols:
            responses = r["dns.flags.response"]
            if responses and all(x in ("0", "False") for x in responses):
                values += [("dns", n.lower().rstrip(".").replace(
                    "<root>", ".") or ".") for n in r["dns.qry.name"]]
        if "ssdp" not in protocols and "udp" not in protocols[-3:]:
            values += [("url", u) for u in urls(r, pair)]
        values += [("sni", n.lower().rstrip("."))
                   for n in r["tls.handshake.extensions_server_name"]]
        for kind, value in values:
            value = plain(value)
            found[kind].add(value)
            where.setdefault((kind, value), r["frame.number"][0])
    return found, where


def ours(binary, path):
    out = subprocess.run([binary, *OURS, "-r", path], check=False,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, timeout=300).stdout
    found = {k: set() for k in KINDS}
    for name, tags, fields, _ in lineproto.read(out):
        if name != "tapline_top" or tags["rank"] == "other":
            continue
        by, key = tags["by"], fields["key"]
        if by == "pair":
            key = ">".join(ip(x) for x in key.split(">"))
        if by in found:
            found[by].add(plain(key))
    return found


def one(job):
    binary, cache, folder, path = job
    name = os.path.relpath(path, folder)
    try:
        want, where = theirs(path, cache, name)
        got = ours(binary, path)
    except (subprocess.TimeoutExpired, lineproto.Wrong, OSError) as e:
        return name, None, str(e), {}
    return name, want, got, where


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--bin", default="build/tapline")
    a.add_argument("--cache", default="/tmp/tapline-tshark")
    a.add_argument("--only", default="")
    a.add_argument("--kind", default="")
    a.add_argument("--show", type=int, default=8)
    a.add_argument("folder")
    a = a.parse_args()
    os.makedirs(a.cache, exist_ok=True)
    jobs = []
    for root, _, files in sorted(os.walk(a.folder)):
        for f in sorted(files):
            path = os.path.join(root, f)
            if f.endswith((".md", ".txt")) or a.only not in path:
                continue
            jobs.append((a.bin, a.cache, a.folder, path))
    agree, only_theirs, only_ours = (collections.Counter() for _ in range(3))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, want, got, where in pool.map(one, jobs):
            if want is None:
                print("%s: %s" % (name, got))
                continue
            for kind in KINDS:
                if a.kind not in kind:
                    continue
                agree[kind] += len(want[kind] & got[kind])
                only_theirs[kind] += len(want[kind] - got[kind])
                only_ours[kind] += len(got[kind] - want[kind])
                for v in sorted(want[kind] - got[kind])[:a.show]:
                    print("-%s %s #%s %s" % (kind, name,
                                             where[kind, v], v))
                for v in sorted(got[kind] - want[kind])[:a.show]:
                    print("+%s %s %s" % (kind, name, v))
    bad = 0
    for kind in KINDS:
        total = agree[kind] + only_theirs[kind]
        share = 100.0 * agree[kind] / total if total else 100.0
        print("%s: %d of tshark's %d values (%.2f %%), %d more of ours" % (
            kind, agree[kind], total, share, only_ours[kind]))
        bad += share < 99.5
    print("%d passed, %d failed" % (len(KINDS) - bad, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
