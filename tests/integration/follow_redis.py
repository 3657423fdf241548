#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Writes captures at a pace, kills who follows them, and looks at what a Redis
has then, knowing nothing of tapline's code.

  follow_redis.py TAPLINE FOLDER KILLS SEED

A writer makes files that grow and are rotated every 500 packets; some are
renamed, and of the old ones many are deleted.  tapline is killed at random
moments, at times while it catches up, and some of these at once again.
"""
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from resp import Redis, entries

BIN = 0.1
PER_FILE = 500
KEEP = 12  # files that stay
KEY = "tapline:{f}:"


class Writer(threading.Thread):
    """A packet each 0.5 ms or so; in spurts, as files are written."""

    def __init__(self, folder, seed):
        super().__init__()
        self.folder, self.rng = folder, random.Random(seed)
        self.n, self.quits, self.f, self.names = 0, False, None, []

    def rotate(self):
        if self.f is not None:
            self.f.close()
            if self.rng.random() < 0.5:
                os.rename(self.names[-1], self.names[-1] + ".old")
                self.names[-1] += ".old"
        while len(self.names) > KEEP:
            os.unlink(self.names.pop(0))
        name = "%s/cap-%06d" % (self.folder, self.n // PER_FILE)
        self.names.append(name)
        self.f = open(name, "wb", buffering=0)
        self.f.write(struct.pack("<IHHIIII", 0xa1b23c4d, 2, 4, 0, 0, 65535,
                                 1))

    def write(self):
        if self.n % PER_FILE == 0:
            self.rotate()
        ns = time.time_ns()
        frame = struct.pack(">6s6sHBBHHHBBHIIHHHHQ", b"\2" * 6, b"\4" * 6,
                            0x800, 0x45, 0, 36, 0, 0, 64, 17, 0,
                            0x0a000001 + self.n % 50, 0xc0a80001, 4000, 5000,
                            16, 0, self.n)
        self.f.write(struct.pack("<IIII", ns // 10**9, ns % 10**9,
                                 len(frame), len(frame)) + frame)
        self.n += 1

    def run(self):
        while not self.quits:
            for _ in range(self.rng.randrange(1, 20)):
                self.write()
            time.sleep(0.005)


class Bed:
    def __init__(self, tapline, folder):
        self.tapline, self.folder = tapline, folder
        self.tap = None
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        self.port = s.getsockname()[1]
        s.close()
        self.redis = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--save", "", "--dir", folder, "--logfile", "r.log"])
        self.log = open(folder + "/tapline.err", "ab")

    def r(self):
        return Redis(str(self.port))

    def start(self):
        self.tap = subprocess.Popen(
            [self.tapline, "-F", self.folder + "/in/cap-*", "--bin", str(BIN),
             "--window", "1", "--report", "0.5", "--follow-wait", "3",
             "--sensor", "f", "--state", self.folder + "/state",
             "--spool", self.folder + "/spool", "--redis-maxlen", "100000000",
             "-o", "redis://127.0.0.1:%d" % self.port], stderr=self.log)

    def kill(self, signo=signal.SIGKILL):
        self.tap.send_signal(signo)
        self.tap.wait()

    def close(self):
        for p in (self.tap, self.redis):
            if p is not None and p.poll() is None:
                p.kill()
                p.wait()


def await_(seconds, condition):
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return True
        except (OSError, TypeError):
            pass
        if time.monotonic() > end:
            return False
        time.sleep(0.05)


def rounds(bed, kills, rng):
    bed.start()
    for i in range(kills):
        # Soon, it has the past to read; later, the present.
        time.sleep(rng.choice((rng.uniform(0.01, 0.15),
                               rng.uniform(0.1, 0.6))))
        bed.kill()
        if i % 5 == 4:  # the files that stay last for 2 s and more
            time.sleep(rng.uniform(0, 0.8))
        bed.start()


def fields(entry):
    return dict(zip(entry[1][::2], entry[1][1::2]))


def packets(r):
    return sum(int(fields(e)[b"packets"]) for e in entries(r, KEY + "bin"))


def judge(r, writer, results):
    def result(what, ok):
        print("ok" if ok else "not_ok", what, file=results, flush=True)

    def gaps(stream):
        runs = {}
        for e in entries(r, KEY + stream):
            f = fields(e)
            runs.setdefault(f[b"run"], []).append(int(f[b"n"]))
        return len(runs), sum(ns != list(range(len(ns)))
                              for ns in runs.values())

    n = packets(r)
    result("%d packets written, %d in bins" % (writer.n, n), n == writer.n)
    # An id is the bin's time; one that came again has the last one's time.
    times = [int(e[0].split(b"-")[0]) for e in entries(r, KEY + "bin")]
    steps = [b - a for a, b in zip(times, times[1:])]
    odd = sum(step != BIN * 1000 for step in steps)
    result("%d bins, %d of them not right behind the one before" % (
        len(times), odd), odd == 0 and len(times) > 10)
    for stream in ("bin", "window", "top"):
        runs, bad = gaps(stream)
        result("%s: %d runs, n with gaps in %d" % (stream, runs, bad),
               bad == 0 and runs > 0)
    cut = max(int(fields(e)[b"files_cut"]) for e in entries(r, KEY + "self"))
    result("%d files gone before they were read" % cut, cut == 0)


def main():
    tapline, folder, kills, seed = sys.argv[1:]
    os.mkdir(folder + "/in")
    bed, writer = Bed(tapline, folder), Writer(folder + "/in", int(seed))
    try:
        assert await_(10, lambda: bed.r()("PING") == b"PONG"), "no Redis"
        writer.start()
        rounds(bed, int(kills), random.Random(int(seed)))
        writer.quits = True
        writer.join()
        await_(20, lambda: packets(bed.r()) >= writer.n)
        bed.kill(signal.SIGTERM)
        with open(folder + "/results", "w") as results:
            judge(bed.r(), writer, results)
    finally:
        writer.quits = True
        bed.close()


if __name__ == "__main__":
    main()
