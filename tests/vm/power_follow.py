#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Loss of power while captures on the guest's disk are followed into a Redis
outside, with --state and --spool.

  POWER_ROUNDS  how often, for each kind of writer (3)
  SEED          of the moments

A packet's time is its number, so a bin of 0.1 s has 100 of them.  The writer
doesn't sync what it writes, or does when it begins the next file: what of a
capture was not on the disk is no more, though it may have been counted.  Each
packet that is there afterwards is in one bin; none is in two.
"""
import io
import os
import random
import signal
import struct
import subprocess
import tarfile

import guest
from guest import Guest, await_, note, result
from resp import Redis, entries
from writer import EPOCH

ROUNDS = int(os.environ.get("POWER_ROUNDS", "3"))
SEED = int(os.environ.get("SEED", random.randrange(10**6)))
BIN_MS = 100
SLOT = 40_000  # packets at most between two losses of power
KEY = "tapline:{f}:"


class Bed:
    def __init__(self, name, sync):
        self.name, self.sync = name, sync
        self.guest = Guest(name)
        self.port = guest.free_port()
        self.redis = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--save", "", "--dir", self.guest.folder, "--logfile", "r.log"])

    def bins(self):
        """What is in Redis: (time in ms, packets), in its order."""
        found = []
        for eid, flat in entries(Redis(str(self.port)), KEY + "bin"):
            fields = dict(zip(flat[::2], flat[1::2]))
            found.append((int(eid.split(b"-")[0]), int(fields[b"packets"])))
        return found

    def power_on(self, number):
        g = self.guest
        g.boot()
        g.run("mkdir -p /disk/in")
        self.tapline = g.start(
            "build/tapline -F '/disk/in/cap-*' --bin %g --window 5 --report 1 "
            "--follow-wait 3 --sensor f --state /disk/state --spool "
            "/disk/spool --redis-maxlen 100000000 --user root "
            "-o redis://10.0.2.2:%d 2>>/disk/tapline.err" % (
                BIN_MS / 1000, self.port))
        g.start("python3 tests/vm/writer.py /disk/in %d %d" % (
            number * SLOT, self.sync))

    def stop(self):
        self.guest.close()
        self.redis.send_signal(signal.SIGCONT)
        self.redis.kill()
        self.redis.wait()


def one_round(bed, number, rng):
    bed.redis.send_signal(signal.SIGCONT)
    bed.power_on(number)
    first = EPOCH * 1000 + number * SLOT
    wanted = rng.randrange(10, 60)

    def has(n):
        return lambda: sum(t >= first for t, _ in bed.bins()) >= n

    await_(60, "bins", has(wanted))
    if rng.random() < 0.7:
        bed.redis.send_signal(signal.SIGSTOP)
    # Redis can't be asked now how far it is.
    bed.guest.run("sleep %g" % rng.uniform(0.1, 4))
    bed.guest.lose_power()


def packets_of(data):
    """The numbers of a capture's whole packets."""
    at = 24
    while at + 16 <= len(data):
        seconds, us, n, _ = struct.unpack_from("<IIII", data, at)
        if n == 0 or at + 16 + n > len(data):
            return
        yield (seconds - EPOCH) * 1000 + us // 1000
        at += 16 + n


def judge(bed, number):
    g = bed.guest
    bed.redis.send_signal(signal.SIGCONT)
    bed.power_on(number)
    g.run("sleep 4; pkill -f writer.py; sleep 5")
    g.run("kill %d; while kill -0 %d 2>/dev/null; do sleep 0.1; done" % (
        bed.tapline, bed.tapline))
    note("; ".join(g.run("cut -d' ' -f2- /disk/tapline.err | sort | uniq -c | "
                         "sort -rn | head -n 12").split("\n")))
    there = {}
    with tarfile.open(fileobj=io.BytesIO(g.fetch("/disk/in"))) as tar:
        for member in tar:
            if member.isfile():
                for i in packets_of(tar.extractfile(member).read()):
                    when = EPOCH * 1000 + i // BIN_MS * BIN_MS
                    there[when] = there.get(when, 0) + 1
    bins = bed.bins()
    times = [t for t, _ in bins]
    found = {}
    for t, n in bins:
        found[t] = found.get(t, 0) + n
    result("%s: %d bins, each once, in order" % (bed.name, len(bins)),
           len(bins) > 50 and times == sorted(set(times)))
    lacks = {t: (n, found.get(t, 0)) for t, n in there.items()
             if found.get(t, 0) < n}
    if lacks:
        note("%s: not counted: %s" % (bed.name, sorted(lacks.items())[:8]))
    result("%s: %d packets are on the disk, %d of them in no bin" % (
        bed.name, sum(there.values()),
        sum(n - got for n, got in lacks.values())), not lacks)
    more = [t for t, n in found.items() if n > BIN_MS]
    result("%s: %d bins have more packets than were written" % (
        bed.name, len(more)), not more)
    note("%s: %d packets in bins are on the disk no more" % (
        bed.name, sum(max(0, n - there.get(t, 0)) for t, n in found.items())))


def main():
    note("POWER_ROUNDS=%d SEED=%d" % (ROUNDS, SEED))
    rng = random.Random(SEED)
    for name, sync in (("unsynced", False), ("synced", True)):
        bed = Bed(name, sync)
        try:
            for i in range(ROUNDS):
                one_round(bed, i, rng)
            judge(bed, ROUNDS)
        except AssertionError as e:
            result("%s: %s" % (bed.name, e), False)
        finally:
            bed.stop()
    guest.finish()


if __name__ == "__main__":
    main()
