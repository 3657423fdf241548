#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Loss of power, live: what the promises of docs/delivery.md are then.

  POWER_ROUNDS  how often, in each of the beds (3)
  SEED          of the moments

In each round tapline counts, into a spool on the guest's disk, and at a random
moment the guest is no more.  A witness outside, another output of tapline's,
has been told each bin meanwhile.  The beds: Redis outside, which is stopped
some of the time, so that what is made is in the spool alone; the same with a
spool whose segments are short, so that one has just been closed; Redis inside,
which loses what it has acknowledged; a clock that is years behind afterwards,
whose bins get ids behind the newest, and so can't be told by them.
"""
import io
import os
import random
import re
import shutil
import signal
import subprocess
import tarfile

import guest
from guest import Guest, Sink, await_, note, result
import delivery
from resp import Redis

ROUNDS = int(os.environ.get("POWER_ROUNDS", "3"))
SEED = int(os.environ.get("SEED", random.randrange(10**6)))
BIN_MS = 100
# What wasn't synced yet may be lost, docs/delivery.md says: about a second.
UNSYNCED_MS = 2000


class Bed:
    """As delivery.py's judge wants one."""
    is_small = False
    orderly = ()

    def __init__(self, name, inside=False, size="64M", top="3", dates=()):
        self.name, self.inside, self.size, self.top = name, inside, size, top
        self.guest, self.sink = Guest(name), Sink()
        self.folder = self.guest.folder
        self.port = guest.free_port()
        self.redis = None
        self.dates = list(dates)  # that its clock has, one start after another
        self.lost_at = []  # the newest bin that the witness saw, each time

    def start_redis(self):
        if self.inside:
            # Its end may be damaged in a way that Redis doesn't mend.
            self.guest.run(
                "cd /disk; mkdir -p redis; f=redis/appendonlydir/"
                "appendonly.aof.manifest; [ ! -e $f ] || yes | "
                "redis-check-aof --fix $f | grep Success; "
                "cd /tapline; redis-server --port 6379 --daemonize "
                "yes --save '' --appendonly yes --appendfsync everysec "
                "--dir /disk/redis --logfile /disk/redis.log >/dev/null")
            self.guest.await_(30, "redis-cli ping 2>&1 | grep -q PONG")
        elif self.redis is None:
            self.redis = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind",
                 "127.0.0.1", "--save", "", "--dir", self.folder, "--logfile",
                 "r.log"])

    def start_copy(self, tar):
        """Of the Redis inside, outside."""
        folder = os.path.join(self.folder, "redis")
        with tarfile.open(fileobj=io.BytesIO(tar)) as t:
            t.extractall(folder)
        self.redis = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--save", "", "--appendonly", "yes", "--dir", folder,
             "--logfile", "r.log"])

    def start_tapline(self):
        where = "127.0.0.1:6379" if self.inside else "10.0.2.2:%d" % self.port
        self.guest.cable()
        self.guest.start(
            "ip netns exec gen ./blast g0 100000000 1000 50 >/dev/null")
        self.tapline = self.guest.start(
            "build/tapline -i c0 --bin %g --window 5 --report 1 --top %s "
            "--sensor %s --user root --ring 8M --spool /disk/spool "
            "--spool-size %s --redis-maxlen 100000000 -o redis://%s "
            "-o tcp://10.0.2.2:%d 2>>/disk/tapline.err" % (
                BIN_MS / 1000, self.top, delivery.SENSOR, self.size, where,
                self.sink.port))

    def bins(self):
        """That the witness saw, in all: time in ms: packets."""
        found = {}
        for data in list(self.sink.got):
            for m in re.finditer(
                    rb"^tapline_bin,[^\n]*[ ,]packets=(\d+)i[^\n]* "
                    rb"(\d+)000000\n", bytes(data), re.M):
                found[int(m[2])] = int(m[1])
        return found

    def power_on(self):
        n = len(self.sink.got)
        date = self.dates.pop(0) if self.dates else "utc"
        self.guest.extra = ("-rtc", "base=" + date)
        self.guest.boot()
        self.start_redis()
        self.start_tapline()
        await_(60, "a witness", lambda: len(self.sink.got) > n and
               len(self.sink.got[-1]) > 3000)
        if date != "utc":
            note("%s: it is %s there" % (self.name, self.guest.run("date")))

    def lose_power(self):
        self.guest.lose_power()
        self.lost_at.append(max(self.bins()))

    def stop(self):
        self.guest.close()
        if self.redis is not None:
            self.redis.send_signal(signal.SIGCONT)
            self.redis.kill()
            self.redis.wait()


def one_round(bed, rng):
    bed.power_on()
    if bed.redis is not None:
        bed.redis.send_signal(signal.SIGCONT)
    seen = len(bed.bins())
    wanted = rng.randrange(20, 80)
    stopped = rng.choice((0, 1, 1)) * rng.randrange(5, wanted)
    await_(120, "bins", lambda: len(bed.bins()) - seen >= wanted - stopped)
    if bed.redis is not None and stopped:
        bed.redis.send_signal(signal.SIGSTOP)
    await_(120, "bins", lambda: len(bed.bins()) - seen >= wanted)
    bed.lose_power()


def collect(bed):
    """All that is left goes to Redis; the journal and a Redis to look at."""
    bed.power_on()
    if bed.redis is not None:
        bed.redis.send_signal(signal.SIGCONT)
    seen = len(bed.bins())
    await_(120, "bins", lambda: len(bed.bins()) - seen >= 20)
    g = bed.guest
    g.run("kill %d; while kill -0 %d 2>/dev/null; do sleep 0.1; done" % (
        bed.tapline, bed.tapline))
    folder = os.path.join(bed.folder, "disk/spool")
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(g.fetch("/disk/spool"))) as tar:
        tar.extractall(folder)
    note("; ".join(g.run("cut -d' ' -f2- /disk/tapline.err | sort | uniq -c | "
                         "sort -rn | head -n 12").split("\n")))
    if bed.inside:
        bed.start_copy(g.fetch("/disk/redis"))


def answers(bed):
    try:
        return Redis(str(bed.port))("PING") == b"PONG"
    except OSError:
        return False


def judge(bed):
    await_(30, "Redis", lambda: answers(bed))
    delivery.PORT = bed.port
    j = delivery.Judge()
    j.epoch(bed)
    result("%s: %d records stored, ids and n ascend" % (bed.name, j.stored),
           j.stored > 100 and j.disorder == 0)
    result("%s: %d stored or told twice, %d both" % (
        bed.name, j.duplicates, j.both), j.duplicates + j.both == 0)
    result("%s: %d in the middle of a run neither stored nor told" % (
        bed.name, j.missing), j.missing == 0)
    result("%s: %d told as lost: %s" % (bed.name, j.lost, j.reasons),
           j.lost == 0)
    result("%s: %d in the spool that never arrived" % (bed.name, j.unsent),
           j.unsent == 0)
    result("%s: %d bins agree with those before them, %d don't" % (
        bed.name, j.sums, j.wrong), j.sums > 0 and j.wrong == 0)
    if bed.name != "battery":
        witness(bed)


def witness(bed):
    r = Redis(str(bed.port))
    stored = {}
    for eid, flat in delivery.entries(r, delivery.KEY + "bin"):
        fields = dict(zip(flat[::2], flat[1::2]))
        stored[int(eid.split(b"-")[0])] = int(fields[b"packets"])
    told = bed.bins()
    gone = sorted(set(told) - set(stored))
    other = [t for t in set(told) & set(stored) if told[t] != stored[t]]
    # Those of each loss of power, and how long before it the oldest was.
    ends, oldest, early = [0] + bed.lost_at, [], []
    for before, end in zip(ends, ends[1:]):
        mine = [end - t + BIN_MS for t in gone if before < t <= end]
        oldest.append(max(mine, default=0))
        early += [ms for ms in mine if ms > UNSYNCED_MS]
    note("%s: ms in front of each loss of power whose bins are gone: %s" % (
        bed.name, oldest))
    result("%s: the witness saw %d bins, %d of them gone, each of less than "
           "%d ms before a loss of power (%d were not)" % (
               bed.name, len(told), len(gone), UNSYNCED_MS, len(early)),
           len(told) > 20 and not early)
    result("%s: those stored have the packets that it saw" % bed.name,
           not other)


def main():
    note("POWER_ROUNDS=%d SEED=%d" % (ROUNDS, SEED))
    rng = random.Random(SEED)
    beds = {"outside": {}, "small": {"size": "1M", "top": "200"},
            "inside": {"inside": True},
            "battery": {"dates": ("utc", "2020-01-01T00:00:00")}}
    for name in os.environ.get("POWER_BEDS", " ".join(beds)).split():
        bed = Bed(name, **beds[name])
        try:
            for _ in range(ROUNDS):
                one_round(bed, rng)
            collect(bed)
            judge(bed)
        except AssertionError as e:
            result("%s: %s" % (bed.name, e), False)
        finally:
            bed.stop()
    guest.finish()


if __name__ == "__main__":
    main()
