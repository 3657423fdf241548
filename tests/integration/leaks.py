#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Many events of one kind, and whether the heap in use is as large after twice
as many: see leaks.sh.

  leaks.py TAPLINE DRIVER FOLDER EVENTS [KIND...]

Each kind has a process of its own, with heap_count.c in it.  What it needs
anyway goes up and down; so it is looked at after each event, and the least of
the first half is compared with the least of the second.  Runs in a network
namespace of its own.
"""
import mmap
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from leaks_servers import (Server, close, context, elsewhere, garbage_hello,
                           handshake_only, mute, rst, rst_later, says, sink)

SIZES = 1024
REDIS = 6379
TAPLINE, DRIVER, FOLDER = sys.argv[1:4]
EVENTS = int(sys.argv[4])


def path(*names):
    return os.path.join(FOLDER, *names)


def await_(seconds, what, ready):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise AssertionError("waited for " + what)
        time.sleep(0.005)


class Heap:
    """A process, and what it has of the heap."""

    def __init__(self, name, argv):
        file = path(name + ".heap")
        env = dict(os.environ, LD_PRELOAD=path("heap.so"), HEAP_COUNT=file,
                   NOTIFY_SOCKET=path(name, "notify"))
        with open(path(name + ".err"), "wb") as err:
            self.process = subprocess.Popen(argv, env=env, stderr=err,
                                            stdout=subprocess.DEVNULL)
        size = 8 * (3 + SIZES)
        await_(10, "heap_count.c", lambda: os.path.exists(file) and
               os.path.getsize(file) == size)
        with open(file, "rb") as f:
            self.map = mmap.mmap(f.fileno(), size, access=mmap.ACCESS_READ)

    def in_use(self):
        return struct.unpack_from("2q", self.map)

    def sizes(self):
        return struct.unpack_from("%dq" % SIZES, self.map, 24)

    def signal(self, number):
        self.process.send_signal(number)

    def lines(self, file, text):
        with open(file, errors="replace") as f:
            return f.read().count(text)

    def end(self):
        self.process.kill()
        self.process.wait()



class Kind:
    """start gives the heap; event ends when all is well again."""
    heap = None
    per_event = 1  # how many it is really
    keeps = 0  # blocks that each leaves, by design
    slack = 8192  # bytes, for what is never quite the same
    part = 1  # one in so many of the events: others take too long

    def start(self, name):
        raise NotImplementedError

    def event(self):
        raise NotImplementedError


class Reconnect(Kind):
    def __init__(self, scheme, fault, tail="", more=(), tls=None,
                 wait_for=b"EXEC"):
        self.args = scheme, tail, more
        self.make = lambda: Server(
            fault, REDIS if wait_for == b"EXEC" else sink(),
            context(FOLDER) if tls else None, wait_for)

    def start(self, name):
        scheme, tail, more = self.args
        self.server = self.make()
        url = scheme % self.server.port + tail
        self.heap = Heap(name, [DRIVER, "-b", "1000000", "-i", "20", "-k", "30",
                                "-s", name, "-S", path(name + ".spool"),
                                "-z", "131072", *more, url])

    def event(self):
        n = self.server.n_good
        await_(20, "a connection that works", lambda: self.server.n_good > n)


# --- tapline itself ----------------------------------------------------------
class Tap(Kind):
    """A live capture with two outputs, a spool and places, its memory small."""
    n = 0

    def start(self, name):
        Tap.n += 1
        self.id = Tap.n
        self.name, self.n_back = name, 0
        os.makedirs(path(name), exist_ok=True)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path(name, "notify"))
        self.notify.settimeout(10)
        self.plug()
        with open(path(name, "tapline.conf"), "w") as f:
            f.write("geoip = %s\n" % path("mmdb", "city.mmdb") +
                    "geoip = %s\n" % path("mmdb", "asn.mmdb"))
        self.out, self.err = path(name, "out.lp"), path(name + ".err")
        self.heap = Heap(name, [
            TAPLINE, "-i", "c%d" % self.id, "-c", path(name, "tapline.conf"),
            "--bin", "0.2", "--window", "1", "--report", "1", "--user", "root",
            "--sensor", name, "--memory", "4M", "--ring", "2M",
            "--spool", path(name, "spool"), "--spool-time", "1",
            "-o", "redis://127.0.0.1:%d" % REDIS, "-o", "file:" + self.out])
        await_(10, "bins", self.has_bins)
        self.load()

    def has_bins(self):
        return os.path.exists(self.out) and self.heap.lines(
            self.out, "tapline_bin") > 3

    def plug(self):
        g, c = "g%d" % self.id, "c%d" % self.id
        subprocess.run(["ip", "link", "add", g, "type", "veth", "peer", "name",
                        c], check=True)
        for i in (g, c):
            subprocess.run(["ip", "link", "set", i, "arp", "off", "up"],
                           check=True)

    def load(self):
        """Packets, of hosts that have places, too."""
        subprocess.run([path("blast"), "g%d" % self.id, "200", "0", "100"],
                       check=True, stdout=subprocess.DEVNULL)

    def said(self, text, n):
        await_(20, text, lambda: self.heap.lines(self.err, text) >= n)

    def hup(self, verdict):
        """The log may leave out what it said a moment ago."""
        self.heap.signal(signal.SIGHUP)
        while not self.notify.recv(4096).startswith(b"STATUS=" + verdict):
            pass

    def link(self, *words):
        subprocess.run(["ip", "link", *words], check=True)


class Flap(Tap):
    part = 4

    def event(self):
        self.n_back += 1
        self.link("set", "c%d" % self.id, "down")
        self.said("it is down", self.n_back)
        self.link("set", "c%d" % self.id, "up")
        self.said("capturing again", self.n_back)
        self.load()


class Removal(Tap):
    part = 4

    def event(self):
        self.n_back += 1
        self.load()
        self.link("del", "c%d" % self.id)
        self.said("any more", self.n_back)
        self.plug()
        self.said("capturing again", self.n_back)


class Hup(Tap):
    def event(self):
        self.load()
        self.hup(b"configuration reloaded")


class BadHup(Tap):
    """By turns a file that is no good, and databases that are none."""
    n_bad = 0

    def event(self):
        with open(path(self.name, "tapline.conf"), "w") as f:
            f.write(("nonsense = 1\n", "geoip = %s\n" % path("heap.so"),
                     "top = 3\nwindow = 1\n")[self.n_bad % 3])
        self.n_bad += 1
        self.hup(b"reload failed")


class Usr1(Tap):
    def event(self):
        self.load()
        n = self.heap.lines(self.out, "tapline_self")
        self.heap.signal(signal.SIGUSR1)
        await_(10, "a report", lambda: self.heap.lines(
            self.out, "tapline_self") > n)


class Rotate(Tap):
    def event(self):
        os.rename(self.out, self.out + ".1")
        self.heap.signal(signal.SIGHUP)
        await_(10, "the file", self.has_bins)


class Follow(Kind):
    """Captures that come, are read, and go.  It remembers each for ten
    minutes, with one block."""
    per_event, part = 50, 5
    keeps = 1
    slack = 65536

    def start(self, name):
        self.folder, self.out = path(name), path(name + ".lp")
        os.makedirs(self.folder)
        self.n = 0
        self.heap = Heap(name, [
            TAPLINE, "-F", self.folder + "/*.pcap", "--state", path("state"),
            "--bin", "0.2", "--window", "1", "--report", "1", "--user", "root",
            "--sensor", name, "--memory", "4M", "--follow-wait", "1",
            "-o", "file:" + self.out])

    def event(self):
        names = []
        for _ in range(self.per_event):
            self.n += 1
            names.append(os.path.join(self.folder, "%06d.pcap" % self.n))
            with open(names[-1] + ".part", "wb") as f:
                f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                                    1))
                f.write(struct.pack("<IIII", 1700000000 + self.n, 0, 60, 60) +
                        b"%060d" % self.n)
            os.rename(names[-1] + ".part", names[-1])
        last = " %d" % ((1700000000 + self.n) * 10 ** 9)
        await_(10, "their bins", lambda: os.path.exists(self.out) and
               self.heap.lines(self.out, last) > 0)
        for i in names:
            os.unlink(i)


# --- names ---------------------------------------------------------------------
class Names(threading.Thread):
    """A name server: good… has an address, ptr queries have a name each third
    time, none and nothing at all otherwise."""

    def __init__(self):
        super().__init__(daemon=True)
        self.s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind(("127.0.0.1", 53))
        self.asked = {}
        self.n = 0
        self.start()

    def run(self):
        while True:
            q, peer = self.s.recvfrom(512)
            end = q.index(b"\0", 12) + 5
            name, kind = q[12:end - 4].lower(), q[end - 4:end - 2]
            key = name[1:1 + name[0]] if name[0] else b""
            self.n += 1
            n = self.asked[key] = self.asked.get(key, 0) + 1
            data = b""
            if kind == b"\0\1" and n % 4 < 2:
                data = b"\0\4\x7f\0\0\1"
            elif kind == b"\0\x0c" and self.n % 3 == 0:
                data = b"\0\6\4host\0"
            elif kind == b"\0\x0c" and self.n % 3 == 1:
                continue
            flags = b"\x81\x80" if data else b"\x81\x83"
            rr = b"\xc0\x0c" + kind + b"\0\1\0\0\0\1" + data if data else b""
            self.s.sendto(q[:2] + flags + b"\0\1\0" + bytes([bool(data)]) +
                          bytes(4) + q[12:end] + rr, peer)


class Resolve(Tap):
    """Hosts that were never seen before, and their names."""
    at = 0

    def start(self, name):
        super().start(name)
        self.heap.end()
        self.heap = Heap(name, self.heap.process.args + ["--resolve"])

    def load(self):
        subprocess.run([path("blast"), "g%d" % self.id, "100", "0", "100"],
                       check=True, stdout=subprocess.DEVNULL)

    def event(self):
        n = names.n
        self.load()
        time.sleep(0.3)
        self.looked_up = names.n - n


ENDLESS = b"*2\r\n$500000000\r\nx"
R, C = "redis://127.0.0.1:%d", "redis+cluster://127.0.0.1:%d"
TLS = ("rediss://127.0.0.1:%d", ("-A", path("cert.pem")))


N = "redis://good.example:%d"
I = "influx://127.0.0.1:%d"


def lines(scheme, fault):
    kind = Reconnect(scheme, fault, wait_for=b"\n")
    kind.part = 4
    return kind


def influx(fault):
    return Reconnect(I, fault, tail="/net", wait_for=b"POST")


def tls(fault):
    return Reconnect(TLS[0], fault, more=TLS[1], tls=True)


KINDS = {
    "redis-closes": Reconnect(R, close),
    "redis-resets": Reconnect(R, rst),
    "redis-resets-later": Reconnect(R, rst_later),
    "redis-garbage": Reconnect(R, says(b"what?\r\n" * 1000)),
    "redis-endless": Reconnect(R, says(ENDLESS)),
    "redis-loading": Reconnect(R, says(b"-LOADING dataset\r\n")),
    "redis-readonly": Reconnect(R, says(b"-READONLY replica\r\n")),
    "redis-oom": Reconnect(R, says(b"-OOM command not allowed\r\n")),
    "cluster-moved": Reconnect(C, elsewhere),
    "cluster-down": Reconnect(C, says(b"-CLUSTERDOWN slot\r\n")),
    "tls-closes": tls(close),
    "tls-resets": tls(rst),
    "tls-handshake": tls(handshake_only),
    "tls-resets-later": tls(rst_later),
    "tls-garbage": tls(garbage_hello),
    "tls-loading": tls(says(b"-LOADING dataset\r\n")),
    "redis-name": Reconnect(N, close),
    "influx-closes": influx(close),
    "influx-resets-later": influx(rst_later),
    "influx-fails": influx(says(b"HTTP/1.1 500 Oops\r\n"
                                b"Content-Length: 2\r\n\r\nno")),
    "influx-garbage": influx(says(b"what?" * 5000)),
    "lines-closes": lines("tcp://127.0.0.1:%d", close),
    "lines-resets": lines("tcp://127.0.0.1:%d", rst),
    "interface-down": Flap(),
    "interface-removed": Removal(),
    "SIGHUP": Hup(),
    "SIGHUP-refused": BadHup(),
    "SIGUSR1": Usr1(),
    "file-renamed": Rotate(),
    "follow": Follow(),
    "resolve": Resolve(),
}
# Only when asked for: each takes the five seconds of a deadline.
SLOW = {
    "redis-mute": Reconnect(R, mute),
    "redis-noauth": Reconnect(R, says(b"-NOAUTH Authentication required\r\n")),
    "redis-wrongtype": Reconnect(R, says(b"-WRONGTYPE of key\r\n")),
    "tls-mute": tls(mute),
}
names = None


class Observer(threading.Thread):
    """The least that is in use, blocks and bytes, until it is stopped."""

    def __init__(self, heap):
        super().__init__(daemon=True)
        self.heap, self.is_over = heap, False
        self.blocks = self.bytes = 1 << 60
        self.start()

    def run(self):
        while not self.is_over:
            blocks, size = self.heap.in_use()
            if blocks < self.blocks:
                self.blocks, self.sizes = blocks, self.heap.sizes()
            self.bytes = min(self.bytes, size)
            time.sleep(0.002)


def observe(kind, n):
    o = Observer(kind.heap)
    for _ in range(n):
        kind.event()
    o.is_over = True
    o.join()
    return o


def judge(name, kind, results, lock):
    try:
        kind.start(name)
        events = max(2, EVENTS // kind.part)
        observe(kind, max(8 if kind.part == 1 else 3, events // 3))
        one, two = observe(kind, events), observe(kind, events)
        n = events * kind.per_event
        blocks, size = two.blocks - one.blocks, two.bytes - one.bytes
        kept = kind.keeps * n
        ok = (blocks - kept < max(2, n / 2) and
              size - 432 * kept < kind.slack + 4 * n)
        text = "%s, %d times: %+d blocks of %d, %+d bytes of %d" % (
            name, n, blocks, one.blocks, size, one.bytes)
        if not ok:
            text += "; more by size: %s" % {
                16 * i: two.sizes[i] - one.sizes[i] for i in range(SIZES)
                if two.sizes[i] > one.sizes[i]}
    except (AssertionError, OSError, subprocess.SubprocessError) as e:
        ok, text = False, "%s: %s" % (name, e)
    finally:
        if kind.heap is not None:
            kind.heap.end()
    with lock:
        print("ok" if ok else "not-ok", text, file=results, flush=True)


def main():
    global names
    redis = subprocess.Popen(
        ["redis-server", "--port", str(REDIS), "--save", "", "--appendonly",
         "no", "--dir", FOLDER, "--logfile", path("redis.log")])
    names = Names()

    def answers():
        try:
            socket.create_connection(("127.0.0.1", REDIS)).close()
            return True
        except OSError:
            return False
    await_(10, "Redis", answers)
    lock, threads = threading.Lock(), []
    wanted = sys.argv[5:] or KINDS
    try:
        with open(path("results"), "w") as results:
            for name in wanted:
                t = threading.Thread(target=judge, args=(
                    name, {**KINDS, **SLOW}[name], results, lock))
                t.start()
                threads.append(t)
            for t in threads:
                t.join()
    finally:
        redis.kill()
        redis.wait()


if __name__ == "__main__":
    main()
