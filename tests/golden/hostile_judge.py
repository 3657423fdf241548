#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Judges what tapline made of the captures of hostile.py.

Of every output it wants: strict line protocol, the same tags and types for a
measurement everywhere, the sums of the ledger, the numbers of the independent
count, and from the names, their escapes undone, the very bytes that were sent.
A folder has of each case NAME.pcap, its output NAME.lp and that of a second
run, .again, what was said, .err, and the exit code, .rc.

usage: hostile_judge.py FOLDER
"""

import collections
import os
import re
import sys

from hostile import CASES, Made

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "corpus"))
import compare  # noqa: E402
import count  # noqa: E402
lineproto = compare.lineproto

TAGS = {"tapline_bin": "sensor source", "tapline_dns": "sensor window",
        "tapline_http": "sensor window", "tapline_tls": "sensor window",
        "tapline_tcp": "sensor window", "tapline_window": "sensor window",
        "tapline_self": "sensor", "tapline_track": "sensor",
        "tapline_health": "dissector sensor",
        "tapline_top": "by key rank sensor window"}


def restore(key):
    """The bytes that a key stands for, and whether it was cut."""
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda x: bytes([int(x[1], 16)]),
                 key.encode())
    return (raw[:-3], True) if key.endswith("\u2026") else (raw, False)


def judge_names(sent, got, by):
    sent = collections.Counter(sent)
    # Whole names first: the others are told by what is left.
    for key, n in sorted(got.items(), key=lambda x: restore(x[0])[1]):
        raw, is_cut = restore(key)
        if len(key.encode()) > 259:
            yield "%s: a key of %d bytes" % (by, len(key.encode()))
        if is_cut:
            fits = [s for s in sent if s.startswith(raw) and len(s) > 60]
        else:
            fits = [raw] if raw in sent else []
        if not fits or sum(sent[s] for s in fits) < n:
            yield "%s: %r %d times, which nobody sent" % (by, key, n)
            continue
        for s in fits:
            part = min(n, sent[s])
            sent[s] -= part
            n -= part
    for s, n in sent.items():
        if n:
            yield "%s: %r is missing %d times" % (by, s[:60], n)


def judge_lines(points, types):
    """Tags and types; adds to types, which all cases share."""
    for name, tags, fields, _ in points:
        want = TAGS.get(name, "").split()
        if tags.get("rank") == "other":
            want.remove("key")
        if sorted(tags) != want:
            yield "tags of %s: %s" % (name, sorted(tags))
        for field, value in fields.items():
            if types.setdefault((name, field), type(value)) != type(value):
                yield "type of %s %s" % (name, field)
        if tags.get("key", "") != fields.get("key", "").replace("\\", "/"):
            yield "key: tag %r, field %r" % (tags.get("key"), fields["key"])


def judge(folder, name, types):
    def read(ending):
        with open(os.path.join(folder, name + ending), "rb") as f:
            return f.read()
    rc = int(read(".rc"))
    if rc:
        yield "exit %d" % rc
    if read(".lp") != read(".again"):
        yield "a second run gives other bytes"
    if read(".err"):
        yield "message: %r" % read(".err")[:200]
    m = Made()
    CASES[name](m)
    text = read(".lp")
    try:
        points = list(lineproto.read(text))
        out = compare.Output(text)
    except lineproto.Wrong as e:
        yield str(e)
        return
    if len(points) != text.count(b"\n"):
        yield "lines"
    yield from judge_lines(points, types)
    want = count.count([os.path.join(folder, name + ".pcap")])
    n = want["ledger"]["delivered"]
    if not n or not m.file and n != len(m.packets):
        yield "%d packets, not %d" % (n, len(m.packets))
    top = int(m.options[-1]) if "--top" in m.options else compare.TOP
    if out.self.get("key_evicts"):
        found = judge_full(want, out, n)
    else:
        found = compare.compare(want, out, n, top)
    for kind, what, where in found:
        yield "%s %s: %s" % (kind, where, str(what)[:300])
    for by, sent in m.names.items():
        got = {f["key"]: f["count"] for _, tags, f, _ in points
               if tags.get("by") == by and tags["rank"] != "other"}
        if "--top" in m.options:
            if len(got) > top:
                yield "%s: %d rows" % (by, len(got))
        elif sent is not None:
            # A name of no bytes is a message without a key.
            yield from judge_names([s for s in sent if s], got, by)


def judge_full(want, out, n):
    """Tables too small for what came: totals are exact all the same, rows
    and rest still sum to the whole, and no row is off by more than err."""
    yield from compare.compare_bins(want["bins"], out.bins)
    yield from compare.compare_ledger(want["ledger"], out.self, n)
    yield from compare.ledger_sums(out.self)
    yield from compare.compare_wholes(want, out)
    for by in count.RANKINGS:
        if by == "dns" and not want["dns_is_all"]:
            continue
        unit = "count" if by == "dns" else "packets"
        rows, true = out.top[by], want["top"][by]
        for i, field in enumerate((unit, "bytes")):
            whole = want["rest"][by][i] + sum(w[i] for w in true.values())
            if sum(f[field] for _, f in rows) != whole:
                yield "top.sum", "%s is not %d" % (field, whole), by
        weight = 0 if unit == "count" else 1
        best = max(true.values(), key=lambda w: w[weight], default=None)
        for rank, f in rows[:-1]:
            w = true.get(compare.key_of(by, f["key"]))
            have = f[unit if weight == 0 else "bytes"]
            if w is None or abs(have - w[weight]) > f.get("err", 0):
                yield "top." + by, "%s, not %s" % (f, w), by
            elif rank == "1" and w != best:
                yield "top." + by, "%s is not first: %s" % (best, f), by


def main():
    folder = sys.argv[1]
    types, failed = {}, 0
    for n, name in enumerate(CASES, 1):
        found = list(judge(folder, name, types))
        failed += bool(found)
        print("%sok %d - hostile %s" % ("not " * bool(found), n, name))
        for line in found[:10]:
            print("# " + line)
    print("1..%d" % len(CASES))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
