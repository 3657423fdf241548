#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""What faults.sh asks of what tapline wrote.

    faults.py stamp                each line of standard input, behind the time
    faults.py late STAMPED         how late the latest bin was, in ms
    faults.py gap NOTIFIED         the longest time without a ping, in ms
    faults.py lines FILE           reads strict line protocol; how many points
    faults.py stored SOCKET FILE SENSOR
                                   judges Redis by the lines of a file: as many
                                   bins, of the same times, none goes back
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import lineproto  # noqa: E402
from resp import Redis, entries, told  # noqa: E402


def points(path):
    with open(path, "rb") as f:
        return list(lineproto.read(f.read()))


def stamp():
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(b"%d %s" % (time.time_ns(), line))
        sys.stdout.buffer.flush()


def late(path):
    worst = 0
    with open(path, "rb") as f:
        for line in f:
            if not line.endswith(b"\n"):
                break  # it is just being written
            seen, text = line.split(b" ", 1)
            for name, _, fields, at in lineproto.read(text):
                if name == "tapline_bin":
                    due = at + fields["bin_ms"] * 10**6
                    worst = max(worst, int(seen) - due)
    print(worst // 10**6)


def gap(path):
    with open(path, encoding="utf-8") as f:
        times = [float(line.split()[0]) for line in f if "WATCHDOG=1" in line]
    gaps = [b - a for a, b in zip(times, times[1:])]
    print(round(1000 * max(gaps, default=0)))


def lines(path):
    print(len(points(path)))


def stored(socket, path, sensor):
    r = Redis(socket)
    have = entries(r, "tapline:{%s}:bin" % sensor)
    ids = [tuple(map(int, i.split(b"-"))) for i, _ in have]
    want = [at for name, _, _, at in points(path) if name == "tapline_bin"]
    assert [ms for ms, _ in ids] == [at // 10**6 for at in want], \
        "%d bins in Redis, %d lines" % (len(ids), len(want))
    assert want == sorted(set(want)), "a time goes back, or comes twice"
    packets = [dict(zip(f[::2], f[1::2]))[b"packets"] for _, f in have]
    told(r, sensor)
    print(sum(map(int, packets)))


if __name__ == "__main__":
    {f.__name__: f for f in (stamp, late, gap, lines, stored)}[sys.argv[1]](
        *sys.argv[2:])
