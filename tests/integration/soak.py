#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""One tapline under load and faults in rotation, and a judge that adds up what
the sender, the kernel, a file and Redis have, and knows nothing of its code.

  soak.py TAPLINE FOLDER NS_CAPTURE NS_SENDER SECONDS PPS SEED

Runs in the namespace of Redis.  FOLDER/blast sends; FOLDER/results gets the
verdicts.  What was sent has either passed the cable, by the counters of both
its ends, or was sent while the other end was down.  The sender pauses while
the cable is pulled or goes up or down: the kernel alone decides what becomes
of a packet that is just then in between.
"""
import glob
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

from delivery import PORT, await_, nft
from resp import Redis, entries, told

SENSOR = "s"
KEY = "tapline:{%s}:" % SENSOR
MIB = 1024  # KiB
SHORT = 120  # seconds, in which tables still fill


def run(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout


class Sender(threading.Thread):
    """Packets in parts of a quarter of a second; can be paused between."""

    def __init__(self, bed, pps):
        super().__init__(daemon=True)
        self.bed, self.pps = bed, pps
        self.sent = self.refused = 0  # refused: sent while it was down
        self.error = None
        self.is_over = False
        self.busy = threading.RLock()  # held: nothing is on its way

    def blast(self, count, pps, sources):
        with self.busy:
            out = run("nsenter", "--net=/run/netns/" + self.bed.sender,
                      os.path.join(self.bed.folder, "blast"), "g0",
                      str(count), str(pps), str(sources))
            self.sent += int(out.split()[0])
            self.refused += 0 if self.bed.is_up else int(out.split()[0])

    def run(self):
        due = time.monotonic()
        try:
            while not self.is_over:
                self.blast(self.pps // 4, self.pps, 1000)
                due = max(due + 0.25, time.monotonic() - 0.5)
                time.sleep(max(0.002, due - time.monotonic()))
        except (OSError, ValueError, subprocess.SubprocessError) as e:
            self.error = e


class Sampler(threading.Thread):
    """Each second: anonymous memory in KiB, what the descriptors are, and
    whether all was well just then."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.seen, self.is_quiet = pid, [], False
        self.is_over = False

    def descriptors(self):
        folder, names = "/proc/%d/fd" % self.pid, []
        for fd in os.listdir(folder):
            try:
                name = os.readlink(os.path.join(folder, fd))
            except FileNotFoundError:
                continue  # closed just now
            names.append(re.sub(r":\[\d+\]", "", os.path.basename(name)))
        return names

    def run(self):
        while not self.is_over:
            quiet = self.is_quiet
            try:
                with open("/proc/%d/status" % self.pid) as f:
                    kib = int(re.search(r"RssAnon:\s+(\d+)", f.read())[1])
                fds = self.descriptors()
            except (OSError, TypeError):
                return
            self.seen.append((kib, fds, quiet and self.is_quiet))
            time.sleep(1)


class Bed:
    def __init__(self, tapline, folder, capture, sender, rng):
        self.tapline, self.folder = tapline, folder
        self.capture, self.sender, self.rng = capture, sender, rng
        self.passed = self.arrived = 0
        self.is_up = True
        self.redis = self.tap = None
        self.n_back = self.n_rotated = self.n_hup = 0
        self.err = os.path.join(folder, "tapline.err")

    # --- the cable -------------------------------------------------------
    def plug(self):
        run("ip", "link", "add", "g0", "netns", self.sender, "type", "veth",
            "peer", "name", "c0", "netns", self.capture)
        for ns, name in ((self.sender, "g0"), (self.capture, "c0")):
            for o in ("gro", "gso", "tso", "tx", "rx"):
                subprocess.run(["ip", "netns", "exec", ns, "ethtool", "-K",
                                name, o, "off"], stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
            run("ip", "-n", ns, "link", "set", name, "arp", "off", "up")
        # What arrives ends after the packet sockets, and is counted there.
        subprocess.run(
            ["ip", "netns", "exec", self.capture, "nft", "-f", "-"],
            input=b"""table netdev silence
                delete table netdev silence
                table netdev silence {
                    chain arrived {
                        type filter hook ingress device "c0" priority 0
                        counter drop
                    }
                }
""", check=True)

    def counters(self):
        link = json.loads(run("ip", "-n", self.sender, "-j", "-s", "link",
                              "show", "dev", "g0"))[0]["stats64"]["tx"]
        out = run("ip", "netns", "exec", self.capture, "nft", "list", "table",
                  "netdev", "silence").decode()
        return (link["packets"],
                int(re.search(r"counter packets (\d+)", out)[1]))

    def settle(self):
        """The sender pauses: until what passed has arrived."""
        await_(10, "packets under way",
               lambda: self.counters()[0] == self.counters()[1])

    def add_up(self):
        """The cable's counters, once, before it goes."""
        self.settle()
        passed, arrived = self.counters()
        self.passed += passed
        self.arrived += arrived

    def has_link(self):
        return json.loads(run("ip", "-n", self.sender, "-j", "link", "show",
                              "dev", "g0"))[0]["operstate"] == "UP"

    def is_back(self):
        """It said once more that it captures again."""
        with open(self.err) as f:
            return f.read().count("capturing again") >= self.n_back

    # --- Redis -------------------------------------------------------------
    def redis_start(self):
        self.redis = subprocess.Popen(
            ["redis-server", "--port", str(PORT), "--bind", "10.9.0.2",
             "127.0.0.1", "--protected-mode", "no", "--save", "",
             "--dir", self.folder, "--appendonly", "yes", "--appendfsync",
             "everysec", "--logfile", "redis.log"])
        await_(60, "Redis", lambda: self.r("PING") == b"PONG")

    def r(self, *args):
        return Redis(str(PORT))(*args)

    def has_bin_of(self, then):
        """Redis has a bin that began after that time."""
        tip = self.r("XREVRANGE", KEY + "bin", "+", "-", "COUNT", 1)
        ms = int(tip[0][0].split(b"-")[0])
        return ms >= then * 1000

    # --- tapline ----------------------------------------------------------
    def tap_start(self):
        self.tap = subprocess.Popen(
            ["ip", "netns", "exec", self.capture, self.tapline, "-i", "c0",
             "--bin", "0.5", "--window", "10", "--report", "5", "--top", "3",
             "--sensor", SENSOR, "--user", "root", "--memory", "4M",
             "--spool", os.path.join(self.folder, "spool"),
             "--spool-time", "60",
             "--redis-maxlen", "1000000000",
             "-o", "redis://10.9.0.2:%d" % PORT,
             "-o", "file:" + os.path.join(self.folder, "out.lp")],
            stderr=open(self.err, "ab"))

    def stop(self):
        for p in (self.redis, self.tap):
            if p is not None and p.poll() is None:
                p.send_signal(signal.SIGCONT)
                p.kill()
                p.wait()


# --- faults: each sleeps as long as it lasts -------------------------------
def spoof(bed, sender):
    """Far more sources than the tables hold."""
    sender.blast(200000, 0, 200000)


def redis_kill(bed, _):
    bed.redis.kill()
    bed.redis.wait()
    time.sleep(bed.rng.uniform(0.1, 2))
    bed.redis_start()


def flap(bed, sender):
    """While it is down, packets are refused, and counted so."""
    with sender.busy:
        bed.settle()
        run("ip", "-n", bed.capture, "link", "set", "c0", "down")
        bed.is_up = False
    time.sleep(bed.rng.uniform(0.5, 2))
    with sender.busy:
        run("ip", "-n", bed.capture, "link", "set", "c0", "up")
        bed.n_back += 1
        await_(10, "a capture after a flap", bed.is_back)
        await_(10, "the link", bed.has_link)
        bed.is_up = True


def redis_stop(bed, _):
    bed.redis.send_signal(signal.SIGSTOP)
    time.sleep(bed.rng.choice((1, 6.5)))
    bed.redis.send_signal(signal.SIGCONT)


def hup(bed, _):
    bed.tap.send_signal(signal.SIGHUP)
    bed.n_hup += 1


def partition(bed, _):
    cut(bed, "drop")


def removal(bed, sender):
    with sender.busy:
        bed.add_up()
        run("ip", "-n", bed.capture, "link", "del", "c0")
        time.sleep(bed.rng.uniform(0.1, 2))
        bed.plug()
        bed.n_back += 1
        await_(10, "a capture after a removal", bed.is_back)


def reset(bed, _):
    cut(bed, "reject with tcp reset")


def usr1(bed, _):
    bed.tap.send_signal(signal.SIGUSR1)


def kill_connections(bed, _):
    for _ in range(3):
        bed.r("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(bed.rng.uniform(0.05, 0.5))


def rotate(bed, _):
    out = os.path.join(bed.folder, "out.lp")
    bed.n_rotated += 1
    os.rename(out, "%s.%06d" % (out, bed.n_rotated))
    bed.tap.send_signal(signal.SIGHUP)
    bed.n_hup += 1
    await_(10, "the file to be opened again", lambda: os.path.exists(out))


def cut(bed, verdict):
    nft("""table inet cut {
        chain input {
            type filter hook input priority 0
            iifname "r1" tcp dport %d %s
        }
    }
""" % (PORT, verdict))
    time.sleep(bed.rng.choice((1, 6.5)))
    nft("delete table inet cut")


def slow(bed, _):
    qdisc = ("tc", "-n", bed.capture, "qdisc")
    run(*qdisc, "add", "dev", "r0", "root", "tbf", "rate", "256kbit",
        "burst", "4kb", "latency", "2s")
    time.sleep(bed.rng.choice((1, 6.5)))
    run(*qdisc, "del", "dev", "r0", "root")


FAULTS = (spoof, redis_kill, flap, redis_stop, slow, rotate, partition,
          removal, reset, usr1, kill_connections, hup)


# --- the judge -------------------------------------------------------------
# At every time; what the kernel has received may still be in the ring.
RECEIVED = ("delivered", "self_packets", "dropped")
LEDGER = (
    ("delivered", ("decoded", "truncated", "malformed")),
    ("delivered", ("binned", "late")),
    ("records", ("stored", "spooled", "lost")),
    ("lost", ("lost_full", "lost_error", "lost_rollback", "lost_spool")),
)
OF_OUTPUTS = ("records", "stored", "spooled", "lost")


class Lines:
    """What is in the file, and in those that it was before."""

    def __init__(self, folder):
        self.last, self.bins, self.packets, self.drops = {}, 0, 0, 0
        self.outputs, self.wrong, self.points = {}, [], 0
        for path in sorted(glob.glob(os.path.join(folder, "out.lp.*"))) + [
                os.path.join(folder, "out.lp")]:
            with open(path) as f:
                for line in f:
                    self.line(line)

    def line(self, line):
        tags, rest = line.split(" ", 1)
        tags = dict(t.split("=") for t in ("m=" + tags).split(","))
        f = {k: int(v) for k, v in re.findall(r"(\w+)=(-?\d+)i", rest)}
        self.points += 1
        if tags["m"] == "tapline_bin":
            self.bins += 1
            self.packets += f["packets"]
            self.drops += f["drops"]
        elif tags["m"] == "tapline_self":
            self.ledger(f, LEDGER, line)
            if f["received"] < sum(f.get(x, 0) for x in RECEIVED):
                self.wrong.append(("received", line[:60]))
            self.last = f
        elif tags["m"] == "tapline_output":
            self.ledger(f, LEDGER[3:], line)
            self.outputs[tags["output"]] = f

    def ledger(self, f, laws, line):
        for left, right in laws:
            if left in f and f[left] != sum(f.get(x, 0) for x in right):
                self.wrong.append((left, line[:60]))


def in_redis():
    r, bins = Redis(str(PORT)), []
    for _, flat in entries(r, KEY + "bin"):
        bins.append(int(dict(zip(flat[::2], flat[1::2]))[b"packets"]))
    last = r("XREVRANGE", KEY + "self", "+", "-", "COUNT", 1)[0][1]
    last = {k.decode(): int(v) for k, v in zip(last[::2], last[1::2])
            if re.fullmatch(rb"-?\d+", v)}
    streams = 0
    for key in r("KEYS", KEY + "*"):
        if r("TYPE", key) == b"stream":
            streams += r("XLEN", key)
    return r, bins, last, streams


def judge_records(result, lines, s):
    r, bins, last, streams = in_redis()
    result("Redis: %d packets in %d bins; the file: %d in %d; binned: %d" % (
        sum(bins), len(bins), lines.packets, lines.bins, s["binned"]),
        sum(bins) == lines.packets == s["binned"] and
        len(bins) == lines.bins)
    same = [k for k in ("received", "delivered", "binned", "dropped", "late")
            if last[k] != s[k]]
    result("Redis and the file end with the same ledger %s" % same, not same)
    result("%d entries in Redis, %d lines in the file" % (
        streams, lines.points), streams == lines.points)
    try:
        told(r, SENSOR)
        result("every n of the run is there once", True)
    except AssertionError as e:
        result("every n of the run is there once, or told as lost: %s" % e,
               False)
    for name, f in sorted(lines.outputs.items()):
        print("# %s: %s" % (name, {k: f[k] for k in OF_OUTPUTS}))
    sums = {k: sum(f[k] for f in lines.outputs.values()) for k in OF_OUTPUTS}
    result("two outputs, whose sum has nothing lost: %s" % sums,
           len(lines.outputs) == 2 and sums["lost"] == 0)


def judge_packets(result, bed, sender, lines, s):
    result("sent %d = passed %d + refused by what was down %d" % (
        sender.sent, bed.passed, sender.refused),
        sender.sent == bed.passed + sender.refused > 0)
    result("received %d = what passed = what arrived %d" % (
        s["received"], bed.arrived),
        s["received"] == bed.passed == bed.arrived)
    result("received = delivered %d + self %d + dropped %d" % (
        s["delivered"], s.get("self_packets", 0), s["dropped"]),
        s["received"] == s["delivered"] + s.get("self_packets", 0) +
        s["dropped"])
    result("delivered = binned %d + late %d" % (s["binned"], s["late"]),
           s["delivered"] == s["binned"] + s["late"])
    result("the bins' drops are the kernel's: %d" % lines.drops,
           lines.drops == s["dropped"])
    result("%d reloads, wanted %d" % (s["reloads"], bed.n_hup),
           s["reloads"] == bed.n_hup)
    result("at every time the ledgers hold %s" % lines.wrong[:3],
           not lines.wrong and len(lines.last) > 0)


def medians(seen, parts):
    n = max(1, len(seen) // parts)
    return [statistics.median(x[0] for x in seen[i * n:][:n])
            for i in range(parts)]


def judge_memory(result, seen, limit):
    """Its median over the last quarter against that over the second: by then
    most of the tables, which are small here, has been touched.  An outage
    fills the window of what waits for a while; a leak stays."""
    print("# RssAnon, KiB: medians of the tenths %s, highest %d, last %d" % (
        " ".join("%d" % x for x in medians(seen, 10)),
        max(x[0] for x in seen), seen[-1][0]))
    quarters = medians(seen, 4)
    growth = quarters[3] - quarters[1]
    result("memory is flat: %+d KiB from the second quarter to the last, of "
           "%s allowed" % (growth, limit), growth < limit)
    counts = [len(x[1]) for x in seen]
    calm = [len(x[1]) for x in seen if x[2]]
    half = len(calm) // 2
    print("# descriptors: %d to %d in all, %d to %d when all is well" % (
        min(counts), max(counts), min(calm), max(calm)))
    most = max((x[1] for x in seen), key=len)
    print("# the most:", " ".join(sorted(most)))
    # The spool opens a file for a moment now and then; a leak stays.
    first, second = min(calm[:half]), min(calm[half:])
    result("descriptors when all is well: at least %d in the first half, %d "
           "in the second" % (first, second), first == second)
    result("descriptors: at most %d" % max(counts), max(counts) < first + 8)


def soak(bed, sender, sampler, seconds):
    """Until the time is over and every fault was there."""
    end, i, times = time.monotonic() + seconds, 0, {}
    while time.monotonic() < end or i < len(FAULTS):
        fault = FAULTS[i % len(FAULTS)]
        sampler.is_quiet = False
        fault(bed, sender)
        start = time.monotonic()
        await_(60, "recovery from " + fault.__name__,
               lambda then=time.time(): bed.has_bin_of(then))
        if sender.error is not None or bed.tap.poll() is not None:
            raise AssertionError("in %s: %s, tapline: %s" % (
                fault.__name__, sender.error, bed.tap.poll()))
        times.setdefault(fault.__name__, []).append(time.monotonic() - start)
        sampler.is_quiet = True
        time.sleep(1.1 if seconds < SHORT else 2.5)
        i += 1
    for name, t in sorted(times.items()):
        print("# %-16s %3d times, a new bin in Redis after %.1f s at most" % (
            name, len(t), max(t)))
    return i


def the_end(bed, sender):
    """Nothing is on its way any more, and tapline ends."""
    sender.is_over = True
    sender.join()
    bed.add_up()
    bed.tap.send_signal(signal.SIGTERM)
    if bed.tap.wait(timeout=20) != 0:
        raise AssertionError("exit code %d" % bed.tap.returncode)


def main():
    tapline, folder, capture, ns_sender, seconds, pps, seed = sys.argv[1:]
    bed = Bed(tapline, folder, capture, ns_sender, random.Random(int(seed)))
    sender = Sender(bed, int(pps))
    results = open(os.path.join(folder, "results"), "w")

    def result(what, ok):
        print("ok" if ok else "not-ok", what, file=results, flush=True)

    try:
        start = time.monotonic()
        bed.plug()
        bed.redis_start()
        bed.tap_start()
        await_(20, "the first records", lambda: bed.has_bin_of(0))
        sender.start()
        sampler = Sampler(bed.tap.pid)
        sampler.start()
        n = soak(bed, sender, sampler, int(seconds))
        sampler.is_over = True
        sampler.join()
        the_end(bed, sender)
        took = time.monotonic() - start
        result("%d faults in %d s" % (n, took), n >= len(FAULTS))
        with open(bed.err) as f:
            print("# %d packets/s sent; tapline said %d lines" % (
                sender.sent / took, len(f.readlines())))
        lines = Lines(folder)
        judge_packets(result, bed, sender, lines, lines.last)
        judge_records(result, lines, lines.last)
        limit = 2 * MIB if int(seconds) < SHORT else MIB
        if b"san.so" in run("ldd", tapline):
            limit = float("inf")  # sanitizers keep what is freed
        judge_memory(result, sampler.seen, limit)
    except (AssertionError, OSError, subprocess.SubprocessError) as e:
        result(str(e), False)
        subprocess.run(["tail", "-n", "20", bed.err], check=False)
    finally:
        sender.is_over = True
        bed.stop()


if __name__ == "__main__":
    main()
