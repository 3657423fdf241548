#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Faults at random times, and a check of what Redis has afterwards that knows
nothing of tapline's code.

  delivery.py TAPLINE FOLDER NS_CAPTURE NS_SENDER ROUNDS SEED

Runs in the namespace of Redis.  FOLDER/disk is a file system of its own for
the spool.  Rounds come in epochs, each with a new Redis and a new spool; in
every fourth the spool is too small on purpose.  After an epoch every stream is
read: ids ascend; of each run, every n from 0 on is there once, or in one
published loss, never in both; what the spool's files hold is there.  Each bin
says what its run has counted so far: that are the packets and bytes of the
bins stored before and of those told as lost, and at the end of a run that
ended in order they are those of its ledger.
"""
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

from resp import Redis, entries

PORT = 6379
EPOCH = 20
SENSOR = "d"
KEY = "tapline:{%s}:" % SENSOR
STREAMS = ("bin", "source", "top", "dns", "http", "tls", "tcp", "window",
           "track", "self", "output", "health", "loss")


def sh(*argv, check=True):
    return subprocess.run(argv, check=check, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode


def await_(seconds, what, condition):
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (OSError, ValueError, TypeError, IndexError):
            pass
        if time.monotonic() > end:
            raise AssertionError("waited %d s for %s" % (seconds, what))
        time.sleep(0.05)


class Bed:
    def __init__(self, tapline, folder, capture, sender, rng):
        self.tapline, self.folder = tapline, folder
        self.capture, self.sender, self.rng = capture, sender, rng
        self.redis = self.tap = self.blast = None
        self.anon, self.fds, self.recovery = [], [], []
        self.log = open(os.path.join(folder, "tapline.err"), "ab")

    # --- Redis ---------------------------------------------------------
    def redis_start(self):
        args = ["--appendonly", "yes", "--appendfsync", "everysec",
                "--auto-aof-rewrite-percentage", "0"]
        if not self.is_aof:
            args = ["--appendonly", "no"]
        self.redis = subprocess.Popen(
            ["redis-server", "--port", str(PORT), "--bind", "10.9.0.2",
             "127.0.0.1", "--protected-mode", "no", "--save", "",
             "--dir", self.data, "--enable-protected-configs", "yes",
             "--logfile", "r.log"] + args)
        await_(20, "Redis", lambda: self.r("PING") == b"PONG")

    def redis_kill(self):
        self.redis.send_signal(signal.SIGCONT)
        self.redis.kill()
        self.redis.wait()

    def r(self, *args):
        return Redis(str(PORT))(*args)

    # --- tapline ----------------------------------------------------------
    def tap_start(self):
        size, top = ("1M", "400") if self.is_small else ("64M", "3")
        self.tap = subprocess.Popen(
            ["ip", "netns", "exec", self.capture, self.tapline, "-i", "c0",
             "--bin", "0.1", "--window", "5", "--report", "1", "--top", top,
             "--sensor", SENSOR, "--user", "root", "--ring", "64M",
             "--spool", os.path.join(self.folder, "disk/spool"),
             "--spool-size", size, "--redis-maxlen", "1000000000",
             "-o", "redis://10.9.0.2:%d" % PORT], stderr=self.log)

    def tap_end(self, signo):
        self.tap.send_signal(signal.SIGCONT)
        self.tap.send_signal(signo)
        self.tap.wait()

    def hup(self):
        self.tap.send_signal(signal.SIGHUP)

    def sample(self):
        pid = self.tap.pid
        if os.readlink("/proc/%d/exe" % pid) != os.path.realpath(self.tapline):
            return  # still ip netns exec
        with open("/proc/%d/status" % pid) as f:
            self.anon.append(int(re.search(r"RssAnon:\s+(\d+)", f.read())[1]))
        self.fds.append(len(os.listdir("/proc/%d/fd" % pid)))

    def has_caught_up(self):
        tip = self.r("XREVRANGE", KEY + "bin", "+", "-", "COUNT", 1)
        ms = int(tip[0][0].split(b"-")[0])
        return time.time() * 1000 - ms < 1500

    # --- an epoch -----------------------------------------------------------
    def end_in_order(self):
        self.tap_end(signal.SIGTERM)
        self.orderly.append(newest_run(os.path.join(self.folder,
                                                    "disk/spool")))

    def epoch_start(self, number):
        self.orderly = []
        self.is_small = number % 4 == 3
        self.is_aof = number % 2 == 0
        self.data = os.path.join(self.folder, "redis%d" % number)
        os.mkdir(self.data)
        shutil.rmtree(os.path.join(self.folder, "disk/spool"),
                      ignore_errors=True)
        self.redis_start()
        self.tap_start()
        self.blast = subprocess.Popen(
            ["ip", "netns", "exec", self.sender,
             os.path.join(self.folder, "blast"), "g0", "100000000", "2000",
             "1000" if self.is_small else "50"], stdout=subprocess.DEVNULL)
        await_(20, "the first records", self.has_caught_up)

    def epoch_end(self):
        self.blast.kill()
        self.blast.wait()
        time.sleep(0.5)
        await_(60, "the last records", self.has_caught_up)
        self.end_in_order()

    def stop(self):
        for p in (self.redis, self.tap, self.blast):
            if p is not None and p.poll() is None:
                p.send_signal(signal.SIGCONT)
                p.kill()
                p.wait()


# --- faults: each sleeps as long as it lasts -------------------------------
def outage(bed):
    return bed.rng.uniform(4, 8) if bed.is_small else bed.rng.choice(
        (bed.rng.uniform(0.1, 2), bed.rng.uniform(0.1, 2),
         bed.rng.uniform(5, 7)))


def short(bed):
    return bed.rng.uniform(0.05, 1.5)


def maybe_kill_tapline(bed):
    """In the middle of another fault."""
    if bed.rng.random() < 0.3:
        bed.tap_end(signal.SIGKILL)
        time.sleep(short(bed) / 3)
        bed.tap_start()
        return True
    return False


def redis_kill(bed):
    if not bed.is_aof:
        bed.r("SAVE")
        time.sleep(short(bed))
    bed.redis_kill()
    maybe_kill_tapline(bed)
    time.sleep(short(bed))
    bed.redis_start()


def redis_empty(bed):
    bed.redis_kill()
    shutil.rmtree(bed.data)
    os.mkdir(bed.data)
    maybe_kill_tapline(bed)
    time.sleep(short(bed))
    bed.redis_start()


def redis_stop(bed):
    bed.redis.send_signal(signal.SIGSTOP)
    time.sleep(outage(bed))
    maybe_kill_tapline(bed)
    bed.redis.send_signal(signal.SIGCONT)


def redis_pause(bed):
    bed.r("CLIENT", "PAUSE", int(outage(bed) * 1000), "ALL")
    maybe_kill_tapline(bed)


def nft(rules):
    subprocess.run(["nft", "-f", "-"], input=rules.encode(), check=True)


def cut(bed, verdict):
    nft("""table inet cut {
        chain input {
            type filter hook input priority 0
            iifname "r1" tcp dport %d %s
        }
    }
""" % (PORT, verdict))
    time.sleep(outage(bed))
    maybe_kill_tapline(bed)
    nft("delete table inet cut")


def partition(bed):
    cut(bed, "drop")


def reject(bed):
    cut(bed, "reject with tcp reset")


def reset(bed):
    for _ in range(bed.rng.randrange(1, 5)):
        sh("nsenter", "--net=/run/netns/" + bed.capture, "ss", "-K", "dst",
           "10.9.0.2")
        time.sleep(short(bed) / 3)


def slow(bed):
    where = ("nsenter", "--net=/run/netns/" + bed.capture)
    sh(*where, "tc", "qdisc", "add", "dev", "r0", "root", "tbf", "rate",
       "256kbit", "burst", "4kb", "latency", "2s")
    time.sleep(outage(bed))
    maybe_kill_tapline(bed)
    sh(*where, "tc", "qdisc", "del", "dev", "r0", "root")


def oom(bed):
    bed.r("CONFIG", "SET", "maxmemory", 1)
    time.sleep(short(bed))
    maybe_kill_tapline(bed)
    bed.r("CONFIG", "SET", "maxmemory", 0)


def readonly(bed):
    bed.r("REPLICAOF", "127.0.0.1", 1)
    time.sleep(short(bed))
    maybe_kill_tapline(bed)
    bed.r("REPLICAOF", "NO", "ONE")


def noauth(bed):
    bed.r("CONFIG", "SET", "requirepass", "x")
    r = Redis(str(PORT))
    r("AUTH", "x")
    r("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    time.sleep(short(bed))
    r("CONFIG", "SET", "requirepass", "")
    bed.hup()


def wrongtype(bed):
    r = Redis(str(PORT))
    for args in (("MULTI",), ("RENAME", KEY + "bin", KEY + "away"),
                 ("SET", KEY + "bin", "x"), ("EXEC",)):
        r(*args)
    time.sleep(short(bed))
    maybe_kill_tapline(bed)
    for args in (("MULTI",), ("DEL", KEY + "bin"),
                 ("RENAME", KEY + "away", KEY + "bin"), ("EXEC",)):
        r(*args)
    time.sleep(0.2)
    bed.hup()


def misconf(bed):
    bad = os.path.join(bed.data, "bad.rdb")
    os.makedirs(bad, exist_ok=True)
    bed.r("CONFIG", "SET", "dbfilename", "bad.rdb")
    bed.r("CONFIG", "SET", "save", "3600 1000000")
    bed.r("BGSAVE")
    time.sleep(short(bed))
    bed.r("CONFIG", "SET", "save", "")
    bed.r("CONFIG", "SET", "dbfilename", "dump.rdb")


def tapline_kill(bed):
    for _ in range(bed.rng.randrange(1, 4)):
        bed.tap_end(signal.SIGKILL)
        time.sleep(bed.rng.uniform(0, 0.5))
        bed.tap_start()
        time.sleep(bed.rng.uniform(0, 0.8))


def tapline_term(bed):
    bed.end_in_order()
    bed.tap_start()


def tapline_stop(bed):
    bed.tap.send_signal(signal.SIGSTOP)
    time.sleep(short(bed))
    bed.tap.send_signal(signal.SIGCONT)


def disk_full(bed):
    path = os.path.join(bed.folder, "disk/fill")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(fd, bytes(65536))
    except OSError:
        os.close(fd)
    time.sleep(short(bed))
    os.remove(path)
    time.sleep(1.2)


FAULTS = (redis_kill, redis_empty, redis_stop, redis_pause, partition, reject,
          reset, slow, oom, readonly, noauth, wrongtype, misconf,
          tapline_kill, tapline_term, tapline_stop, disk_full)


# --- the judge ----------------------------------------------------------------
def remainders():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82f63b78 if byte & 1 else 0)
        yield byte


REMAINDERS = tuple(remainders())


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ REMAINDERS[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


def frames(data):
    at = 0
    while at + 9 <= len(data):
        n, told, kind = struct.unpack_from("<IIB", data, at)
        if at + 9 + n > len(data):
            return
        if crc32c(data[at:at + 4] + data[at + 8:at + 9 + n]) != told:
            raise ValueError("a frame in the spool has a wrong sum")
        yield kind, data[at + 9:at + 9 + n]
        at += 9 + n


def text(data, at):
    n, = struct.unpack_from("<H", data, at)
    return data[at + 2:at + 2 + n], at + 2 + n


def head(body):
    """Of a segment: its streams' names, its run, what came before that."""
    names, counted, base = [], [], []
    _, at = text(body, 0)
    n = body[at]
    at += 1
    for _ in range(n):
        stream, at = text(body, at)
        names.append(stream.decode())
        counted.append(body[at + 32])
        at += 33 + 24 * counted[-1]
    size = 8 + sum(8 + 24 * c for c in counted)
    at += 1 + (body[at] - 1) * size
    run, = struct.unpack_from("<Q", body, at)
    at += 8
    for c in counted:
        base.append(struct.unpack_from("<Q", body, at)[0])
        at += 8 + 24 * c
    return names, "%016x" % run, base


def segments(folder):
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            yield f.read()


def newest_run(folder):
    *_, newest = segments(folder)
    return head(next(frames(newest))[1])[1]


def journal(folder):
    """The records in the spool's files: (stream, run, n)."""
    found = set()
    for data in segments(folder):
        names, base, run = [], [], None
        for kind, body in frames(data):
            if kind == 1:
                names, run, base = head(body)
            elif kind == 2:
                stream, k = struct.unpack_from("<BQ", body, 0)
                found.add((names[stream], run, k - base[stream] - 1))
    return found


class Judge:
    def __init__(self):
        self.stored = self.lost = self.duplicates = self.missing = 0
        self.both = self.disorder = self.unsent = self.unexpected = 0
        self.reasons = {}
        self.bins = self.binned = self.dropped = 0
        self.runs = self.told = self.sums = self.wrong = self.uncounted = 0

    def read(self, r, stream, have, losses):
        last = (-1, -1)
        for eid, flat in entries(r, KEY + stream):
            now = tuple(int(x) for x in eid.split(b"-"))
            self.disorder += now <= last
            last = now
            fields = dict(zip(flat[::2], flat[1::2]))
            run, n = fields[b"run"].decode(), int(fields[b"n"])
            mine = have.setdefault((stream, run), [])
            self.disorder += bool(mine) and n < mine[-1]
            mine.append(n)
            if stream == "loss":
                losses.append(fields)
            if stream == "bin":
                self.amounts.setdefault(run, []).append((n, *(
                    int(fields[b]) for b in (b"packets", b"bytes",
                                             b"run_packets", b"run_bytes"))))
            if stream == "self":
                self.selves[run] = n, fields
                self.last_self = fields

    def check_amounts(self, losses):
        """What each bin says of its run so far; the sums of the runs."""
        told, sums = {}, {}
        for f in losses:
            if f[b"stream"] == b"bin":
                told.setdefault(f[b"of_run"].decode(), []).append((
                    int(f[b"last_n"]), int(f[b"packets"]), int(f[b"bytes"])))
                self.uncounted += int(f[b"uncounted"])
                self.told += int(f[b"packets"])
        for run in set(self.amounts) | set(told):
            packets = octets = 0
            for _, p, o, *of_run in sorted(self.amounts.get(run, []) +
                                           told.get(run, [])):
                packets += p
                octets += o
                if not of_run:
                    continue
                self.sums += 1
                if of_run != [packets, octets]:
                    self.wrong += 1
                    print("# run", run, "says", of_run, "and bins say",
                          packets, octets)
            sums[run] = packets, octets
        return sums

    def check_ledger(self, run, sums, have, gone):
        """Of a run that ended in order, if its last ledger arrived."""
        n, fields = self.selves.get(run, (-1, None))
        if n != max(have.get(("self", run), [-1]) +
                    gone.get(("self", run), [0])):
            return
        packets, octets = sums.get(run, (0, 0))
        self.runs += 1
        self.bins += packets
        self.binned += int(fields[b"binned"])
        if (packets, octets) != (int(fields[b"binned"]),
                                 int(fields[b"binned_bytes"])):
            self.wrong += 1
            print("# run", run, "binned", fields[b"binned"],
                  fields[b"binned_bytes"], "and bins say", packets, octets)

    def epoch(self, bed):
        have, losses = {}, []
        self.amounts, self.selves = {}, {}
        r = Redis(str(PORT))
        for stream in STREAMS:
            self.read(r, stream, have, losses)
        gone = {}
        for f in losses:
            reason = f[b"reason"].decode()
            count = int(f[b"records"])
            self.reasons[reason] = self.reasons.get(reason, 0) + count
            self.lost += count
            if not bed.is_small:
                print("# lost", {k: v for k, v in f.items()})
            key = f[b"stream"].decode(), f[b"of_run"].decode()
            gone.setdefault(key, []).extend(
                range(int(f[b"first_n"]), int(f[b"last_n"]) + 1))
        if losses and not bed.is_small:
            self.unexpected += sum(int(f[b"records"]) for f in losses)
        for key in set(have) | set(gone):
            ns, lost = have.get(key, []), gone.get(key, [])
            self.stored += len(ns)
            self.duplicates += len(ns) - len(set(ns))
            self.duplicates += len(lost) - len(set(lost))
            self.both += len(set(ns) & set(lost))
            union = set(ns) | set(lost)
            missing = set(range(max(union) + 1)) - union
            self.missing += len(missing)
            if missing:
                print("# missing", key, sorted(missing)[:10], len(missing))
        spool = journal(os.path.join(bed.folder, "disk/spool"))
        for stream, run, n in spool:
            key = stream, run
            if n not in have.get(key, ()) and n not in gone.get(key, ()):
                self.unsent += 1
        sums = self.check_amounts(losses)
        for run in bed.orderly:
            self.check_ledger(run, sums, have, gone)
        self.dropped += int(self.last_self[b"dropped"])


def main():
    tapline, folder, capture, sender, rounds, seed = sys.argv[1:]
    rng = random.Random(int(seed))
    bed, judge = Bed(tapline, folder, capture, sender, rng), Judge()
    results = open(os.path.join(folder, "results"), "w")
    times = {}

    def result(what, ok):
        print("ok" if ok else "not-ok", what, file=results, flush=True)

    deck, done, epoch = [], 0, 0
    # A short test has one of each kind of epoch, too.
    size = min(EPOCH, max(1, int(rounds) // 2))
    try:
        while done < int(rounds):
            number = epoch if int(rounds) > EPOCH else (0, 3)[epoch % 2]
            bed.epoch_start(number)
            for _ in range(min(size, int(rounds) - done)):
                if not deck:
                    deck = list(FAULTS)
                    rng.shuffle(deck)
                fault = deck.pop()
                time.sleep(rng.uniform(0.1, 0.6))
                print("# round", done, fault.__name__, flush=True)
                fault(bed)
                start = time.monotonic()
                await_(60, "recovery from " + fault.__name__,
                       bed.has_caught_up)
                times.setdefault(fault.__name__, []).append(
                    time.monotonic() - start)
                bed.sample()
                done += 1
            bed.epoch_end()
            judge.epoch(bed)
            bed.stop()
            epoch += 1
    except AssertionError as e:
        result("%s, in round %d of seed %s" % (e, done, seed), False)
    finally:
        bed.stop()
    for name, t in sorted(times.items()):
        print("# recovery %-14s n=%d median %.1f s, worst %.1f s" % (
            name, len(t), sorted(t)[len(t) // 2], max(t)))
    result("%d rounds of faults" % done, done == int(rounds))
    result("%d records stored, ids ascend, n ascends" % judge.stored,
           judge.stored > 0 and judge.disorder == 0)
    result("%d stored or told twice" % judge.duplicates,
           judge.duplicates == 0)
    result("%d neither stored nor told as lost" % judge.missing,
           judge.missing == 0)
    result("%d both stored and told as lost" % judge.both, judge.both == 0)
    result("%d lost where the spool had room" % judge.unexpected,
           judge.unexpected == 0)
    result("%d told as lost where it had not: %s" % (
        judge.lost, judge.reasons), set(judge.reasons) <= {"full",
                                                            "rollback"})
    result("%d in the spool that never arrived" % judge.unsent,
           judge.unsent == 0)
    result("packets of %d runs that ended in order: %d in bins stored or told "
           "as lost, %d in the ledger" % (judge.runs, judge.bins,
                                          judge.binned),
           judge.runs > 0 and judge.bins == judge.binned)
    result("%d bins agree with what was stored and told before them, packets "
           "and bytes; %d don't; %d packets told as lost" % (
               judge.sums, judge.wrong, judge.told),
           judge.sums > 0 and judge.wrong == 0)
    result("%d bins lost whose packets nobody knows" % judge.uncounted,
           judge.uncounted == 0)
    result("%d packets dropped by the kernel" % judge.dropped,
           judge.dropped == 0)
    if bed.anon:
        print("# RssAnon %d to %d KiB, descriptors %d to %d" % (
            min(bed.anon), max(bed.anon), min(bed.fds), max(bed.fds)))
        result("at most %d descriptors" % max(bed.fds), max(bed.fds) < 64)


if __name__ == "__main__":
    main()
