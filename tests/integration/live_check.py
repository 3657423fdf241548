#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Judges the times in what tapline wrote while it captured live.

    live_check.py FILE SOURCE

Prints one line: the bins of a source, the gaps between their starts that are
not one bin wide, times that go back (of any measurement), and seconds that the
greatest gap is wide.
"""
import re
import sys

starts, last, back, width = [], {}, 0, 0
with open(sys.argv[1], encoding="utf-8") as f:
    for line in f:
        m = re.fullmatch(r"(\w+)(\S*) .* (\d+)\n", line)
        if not m:
            continue
        thing, tags, time = m[1], m[2], int(m[3])
        back += time < last.get(thing, 0)
        last[thing] = time
        if thing == "tapline_bin" and f"source={sys.argv[2]}" in tags:
            starts.append(time)
            width = int(re.search(r"bin_ms=(\d+)i", line)[1]) * 1000000
gaps = [b - a for a, b in zip(starts, starts[1:]) if b - a != width]
print(len(starts), len(gaps), back, max(gaps, default=0) // 1000000000)
