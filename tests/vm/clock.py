#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""A wall clock that is really set, and a machine that really sleeps, while
packets come: the kernel's stamps follow, as they can't where it is pretended.

Each width of a bin has one bin, times never go back, each packet that was sent
is in one bin, none is late; in Redis the same bins are there, in order.
"""
import os
import re
import subprocess
import time

import guest
from guest import Guest, await_, note, result
from resp import Redis, entries

PPS = 5000
PARTS = os.environ.get("CLOCK_PARTS", "steps suspend").split()
LIVE = ("build/tapline -i c0 --bin %s --window 6 --report 2 --sensor k --user "
        "root --spool /disk/%s --redis-maxlen 100000000 -o file:/disk/%s.lp "
        "-o redis://10.0.2.2:%d/%d 2>/disk/%s.err")


class Bed:
    def __init__(self):
        self.guest = Guest("clock")
        self.port = guest.free_port()
        self.redis = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--save", "", "--dir", self.guest.folder, "--logfile", "r.log"])
        self.db = 0

    def start(self, name, width):
        self.name, self.width = name, width
        self.db += 1
        self.pid = self.guest.start(LIVE % (
            width, name, name, self.port, self.db, name))
        self.guest.await_(30, "grep -q ^tapline_bin /disk/%s.lp" % name)
        self.blast = self.guest.start(
            "ip netns exec gen ./blast g0 1000000000 %d 50 >/dev/null" % PPS)

    def end(self):
        """What it wrote, once all that was sent is counted."""
        g = self.guest
        g.run("kill %d; sleep 1" % self.blast)
        self.sent = int(g.run("ip netns exec gen cat "
                              "/sys/class/net/g0/statistics/tx_packets"))
        g.run("kill %d; while kill -0 %d 2>/dev/null; do sleep 0.1; done" % (
            self.pid, self.pid))
        note("; ".join(g.run("cat /disk/%s.err" % self.name).split("\n")))
        return g.fetch("/disk/%s.lp" % self.name).decode()

    def stop(self):
        self.guest.close()
        self.redis.kill()
        self.redis.wait()


def points(text, what):
    """(time in ns, fields) of each."""
    for m in re.finditer(r"^%s,\S+ (\S+) (\d+)$" % what, text, re.M):
        fields = {k: v.rstrip("i") for k, _, v in
                  (f.partition("=") for f in m[1].split(","))}
        yield int(m[2]), fields


def judge(bed, before, text, gaps, what):
    """gaps: how often the wall clock leads to a time beyond the next bin's."""
    width = int(float(bed.width) * 1e9)
    bins = list(points(text, "tapline_bin"))
    last = list(points(text, "tapline_self"))[-1][1]
    times = [t for t, _ in bins]
    steps = [b - a for a, b in zip(times, times[1:])]
    back = sum(s <= 0 for s in steps)
    wide = [s for s in steps if s > width]
    counted = sum(int(f["packets"]) for _, f in bins)
    result("%s: %d bins, no time goes back or comes twice (%d)" % (
        what, len(bins), back), back == 0 and len(bins) > 10)
    result("%s: gaps of %s s, where the clock was set forward (%s)" % (
        what, [round(w / 1e9, 1) for w in wide], gaps), len(wide) <= gaps)
    result("%s: %d packets sent, %d in bins" % (what, bed.sent - before,
                                                counted),
           counted == bed.sent - before)
    result("%s: late=%s dropped=%s" % (what, last["late"], last["dropped"]),
           last["late"] == last["dropped"] == "0")
    note("%s: clock_steps=%s time_odd=%s clock_ahead_ms=%s suspended_ms=%s" % (
        what, last.get("clock_steps"), last.get("time_odd"),
        last.get("clock_ahead_ms"), last.get("suspended_ms")))
    r = Redis(str(bed.port))
    r("SELECT", bed.db)
    ids = [tuple(map(int, e[0].split(b"-")))
           for e in entries(r, "tapline:{k}:bin")]
    result("%s: %d bins in Redis, in order" % (what, len(ids)),
           len(ids) == len(bins) and ids == sorted(set(ids)))
    return last, bins


def set_clock(bed, seconds):
    bed.guest.run("date -s @$(awk -v n=$(date +%%s.%%N) 'BEGIN { printf "
                  "\"%%.6f\", n + %f }') >/dev/null" % seconds)


def steps(bed, name, width, all_steps, pause):
    g = bed.guest
    before = int(g.run("ip netns exec gen cat "
                       "/sys/class/net/g0/statistics/tx_packets"))
    bed.start(name, width)
    for s in all_steps:
        g.run("sleep %g" % pause)
        set_clock(bed, s)
    g.run("sleep %g" % pause)
    text = bed.end()
    forward = sum(s > float(width) / 2 for s in all_steps)
    last, _ = judge(bed, before, text, forward, name)
    sent = bed.sent - before
    result("%s: at most 2%% of the packets fit no clock (%s of %d)" % (
        name, last["time_odd"], sent), int(last["time_odd"]) <= sent / 50)
    big = sum(abs(s) > 0.1 for s in all_steps)
    note("%s: %d of %d steps are above 100 ms" % (name, big, len(all_steps)))


def suspend(bed, mode, seconds):
    """In the guest; from outside it is woken."""
    g, name = bed.guest, "suspend_" + mode
    before = int(g.run("ip netns exec gen cat "
                       "/sys/class/net/g0/statistics/tx_packets"))
    bed.start(name, "0.2")
    g.run("sleep 3")
    g.ask("echo %s >/sys/power/mem_sleep; echo mem >/sys/power/state" % mode)
    if mode == "deep":
        await_(30, "sleep", lambda: g.monitor("query-status")["status"] ==
               "suspended")
    time.sleep(seconds)
    # From s2idle only a button wakes; nobody there acts on it.
    g.monitor("system_wakeup" if mode == "deep" else "system_powerdown")
    g.answer(60)
    note(g.run("dmesg | grep -E 'PM: suspend (entry|exit)' | tail -n 2"
               ).replace("\n", "; "))
    g.run("sleep 4")
    text = bed.end()
    last, bins = judge(bed, before, text, 1, name)
    asleep = int(last["suspended_ms"])
    times = [t for t, _ in bins]
    widest = max(b - a for a, b in zip(times, times[1:])) / 1e6
    # Where the monotonic clock goes on there are bins, without packets.
    empty = sum(f["packets"] == "0" for _, f in bins) * 200
    note("%s: asleep about %d s" % (name, seconds))
    result("%s: %d ms suspended, %d ms of bins without packets" % (
        name, asleep, empty), abs(asleep + empty - seconds * 1000) < 3000)
    result("%s: the bins lack %d ms, no more than that" % (name, widest - 200),
           abs(widest - 200 - asleep) <= 400)


def main():
    bed = Bed()
    try:
        bed.guest.boot()
        bed.guest.cable()
        if "steps" in PARTS:
            steps(bed, "far", "0.2", [-3600, 3600, 86400, -86400, 86400], 3)
            steps(bed, "wide", "2", [-3600, 86400 + 3600], 5)
            steps(bed, "near", "0.2", [0.05, -0.05, 0.2, -0.2, 0.5, -0.5,
                                       -0.1, 0.09, 0.3, -0.4] * 2, 1)
        if "suspend" in PARTS:
            suspend(bed, "deep", 8)
            suspend(bed, "s2idle", 8)
    except AssertionError as e:
        result("clock: %s" % e, False)
    finally:
        bed.stop()
    guest.finish()


if __name__ == "__main__":
    main()
