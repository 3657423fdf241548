#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""sockets.py DRIVER FOLDER: outputs over sockets, judged by a reader."""

import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from outputs_run import (LINE, Driver, await_that, differ, finish, made_lines,
                         result)

driver, folder = sys.argv[1:3]


def tcp_listener(port=0, rcvbuf=None):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.bind(("127.0.0.1", port))
    s.listen(8)
    s.settimeout(20)
    return s, f"tcp://127.0.0.1:{s.getsockname()[1]}"


def unix_listener(name):
    path = f"{folder}/{name}"
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen(8)
    s.settimeout(20)
    return s, f"unix:{path}"


def free_port(kind):
    with socket.socket(type=kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read_all(conn):
    data = b""
    while True:
        chunk = conn.recv(1 << 16)
        if not chunk:
            return data
        data += chunk


def reset(conn):
    """Closes with a RST, whatever was read."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    conn.close()


def in_order(got, made):
    """Whether got is made with some left out, none doubled or moved."""
    rest = iter(made)
    return all(any(line == other for other in rest) for line in got)


def streams():
    made = made_lines(driver, folder, 2000)
    for listener, url in (tcp_listener(), unix_listener("stream")):
        kind = url.split(":")[0]
        d = Driver(driver, "-R", "-b", 2000, url)
        got = read_all(listener.accept()[0])
        d.wait()
        result(f"{kind}: the same bytes as in a file",
               got != b"".join(made) and "they differ")
        result(f"{kind}: the ledger says so", d.ledger(stored=len(made)))


def name():
    listener, url = tcp_listener()
    d = Driver(driver, "-R", "-b", 10, url.replace("127.0.0.1", "localhost"))
    got = read_all(listener.accept()[0])
    d.wait()
    result("tcp: a name", differ(got.count(b"\n"), 130))
    d = Driver(driver, "-b", 10, "-d", 300, "tcp://nobody.invalid:9")
    d.wait()
    result("tcp: a name that isn't there: records wait",
           d.ledger(spooled=130) or
           (b"records wait" not in d.err and "not said"))


def late():
    for kind in "tcp", "unix":
        path = f"{folder}/late"
        port = free_port(socket.SOCK_STREAM)
        url = f"tcp://127.0.0.1:{port}" if kind == "tcp" else f"unix:{path}"
        d = Driver(driver, "-b", 100, url)
        said = d.said("records wait")
        listener = (tcp_listener(port) if kind == "tcp" else
                    unix_listener("late"))[0]
        got = read_all(listener.accept()[0])
        d.wait()
        result(f"{kind}: a reader that comes late misses nothing",
               not said and "not said" or d.ledger(stored=1300) or
               differ(got.count(b"\n"), 1300))


def resets():
    """A reader that resets its connections after some thousand bytes."""
    made = made_lines(driver, folder, 3000)
    for kind, (listener, url) in (("tcp", tcp_listener(rcvbuf=4096)),
                                  ("unix", unix_listener("rude"))):
        d = Driver(driver, "-b", 3000, "-i", 1, url)
        got, torn, previous = [], None, b""
        for size in 5000, 100, 70001, 33333, 1, None:
            conn = listener.accept()[0]
            data = b""
            while size is None or len(data) < size:
                chunk = conn.recv(min(1 << 16, (size or 1 << 30) - len(data)))
                if not chunk:
                    break
                data += chunk
            reset(conn)
            lines = data.splitlines(keepends=True)
            if lines and not (LINE.match(lines[0]) or
                              b"tapline_".startswith(lines[0][:8])):
                torn = torn or f"begins with {lines[0]!r}"
            if lines and not lines[-1].endswith(b"\n"):
                lines.pop()
            got += lines
        d.wait()
        result(f"{kind}: every connection begins with a whole line", torn)
        result(f"{kind}: none comes twice, all in order",
               not in_order(got, made) and f"{len(got)} lines")
        lost = len(made) - len(got)
        result(f"{kind}: the ledger holds over resets",
               d.ledger(spooled=0, lost_full=0) or
               differ(d.number("connects", url), 6))
        # What the other kernel had and its program never read is beyond us;
        # on a unix socket nothing is.
        result(f"{kind}: what is lost is counted",
               d.number("lost_error") == 0 and "nothing is" or
               (kind == "unix" and d.number("lost_error") < lost and
                f"{d.number('lost_error')} of {lost}"))


def unread():
    """TCP: what the other kernel hadn't acknowledged is counted."""
    listener, url = tcp_listener(rcvbuf=4096)
    d = Driver(driver, "-b", 100000, "-d", 20000, url)
    conn = listener.accept()[0]
    d.said("the queue is full")
    conn.recv(1, socket.MSG_WAITALL)
    time.sleep(0.3)  # until both kernels are full
    reset(conn)
    listener.close()
    ok = d.said("records wait")
    d.process.terminate()
    d.wait(30)
    result("tcp: a connection that breaks under load: the ledger holds",
           not ok and "not said" or d.ledger() or
           (d.number("lost_error") < 100 and
            f"{d.number('lost_error')} in flight"))


def closing():
    """A proxy without a server: it accepts and closes, and loses nothing."""
    listener, url = tcp_listener()
    d = Driver(driver, "-b", 200, "-i", 2, url)
    for _ in range(3):
        listener.accept()[0].close()
    got = read_all(listener.accept()[0])
    d.wait()
    result("tcp: connections closed at once cost nothing",
           d.ledger(stored=2600) or differ(got.count(b"\n"), 2600))


class Reader(threading.Thread):
    """Reads a pipe, and knows the longest silence."""

    def __init__(self, fd):
        super().__init__(daemon=True)
        self.fd, self.data, self.gap = fd, b"", 0
        self.start()

    def run(self):
        last = None
        while True:
            chunk = os.read(self.fd, 1 << 16)
            now = time.monotonic()
            if last is not None:
                self.gap = max(self.gap, now - last)
            if not chunk:
                return
            last = now
            self.data += chunk


def side_by_side():
    """Outputs that are stopped, hanging and dead beside one that is well."""
    stopped, tcp = tcp_listener(rcvbuf=4096)
    hanging = tcp_listener()[0]
    http = f"influx://127.0.0.1:{hanging.getsockname()[1]}/db"
    redis = f"redis://127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    gone = f"unix:{folder}/nobody"
    r, w = os.pipe()
    bins = 2000
    d = Driver(driver, "-b", bins, "-i", 2, "-k", 60, "-d", 200, tcp, http,
               redis, gone, "stdout:", stdout=w)
    os.close(w)
    reader = Reader(r)
    d.wait()
    reader.join(10)
    n = bins * 63
    result("beside four that take nothing, stdout has all of it",
           differ(reader.data.count(b"\n"), n) or d.ledger())
    result("and on time", reader.gap > 2 and f"{reader.gap:.1f} s of silence")
    result("stdout's own ledger",
           differ(d.number("stored", "stdout:"), n))
    for url in tcp, http, redis, gone:
        parts = [d.number(p, url) for p in
                 ("stored", "spooled", "lost_full", "lost_error")]
        result(f"{url.split(':')[0]}: its own ledger holds",
               differ(sum(parts), n) or (parts[0] > n / 2 and "it took all"))
    if os.environ.get("SAN", "0") == "0":
        result("memory stays in bounds",
               d.number("anon_kb") > 60000 and f"{d.number('anon_kb')} KiB")
    stopped.close()
    hanging.close()


def datagrams(sock, stop, into):
    sock.settimeout(0.2)
    while not stop.is_set():
        try:
            into.append(sock.recv(1 << 16))
        except socket.timeout:
            continue


def udp():
    s = socket.socket(type=socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind(("127.0.0.1", 0))
    url = f"udp://127.0.0.1:{s.getsockname()[1]}"
    stop, got = threading.Event(), []
    t = threading.Thread(target=datagrams, args=(s, stop, got))
    t.start()
    d = Driver(driver, "-b", 500, "-i", 1, url).wait()
    await_that(lambda: sum(g.count(b"\n") for g in got) >= 6500, 5)
    stop.set()
    t.join()
    made = made_lines(driver, folder, 500)
    result("udp: every line comes", differ(b"".join(got) == b"".join(made),
                                           True) or d.ledger(stored=6500))
    result("udp: whole lines, at most 1400 bytes",
           any(len(g) > 1400 or not g.endswith(b"\n") for g in got) and "no")
    result("udp: several a datagram",
           len(got) > 6500 / 3 and f"{len(got)} datagrams")


def udp_nobody():
    port = free_port(socket.SOCK_DGRAM)
    url = f"udp://127.0.0.1:{port}"
    d = Driver(driver, "-b", 300, "-i", 5, url)
    said = d.said("Connection refused")
    time.sleep(0.5)
    s = socket.socket(type=socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind(("127.0.0.1", port))
    stop, got = threading.Event(), []
    t = threading.Thread(target=datagrams, args=(s, stop, got))
    t.start()
    d.wait()
    n = lambda: sum(g.count(b"\n") for g in got)
    await_that(lambda: n() + d.number("lost_error") >= 3900, 3)
    stop.set()
    t.join()
    result("udp: nobody listens: said once",
           not said or d.err.count(b"refused") != 1 and d.err)
    result("udp: what was refused is counted, the rest comes later",
           d.ledger(spooled=0) or differ(n() + d.number("lost_error"), 3900))
    there = sum(int(p) for g in got
                for p in re.findall(rb"^tapline_bin.* packets=(\d+)i", g,
                                    re.M))
    result("udp: with the packets of its bins",
           differ(there + d.number("lost_packets"), 300 * 299 // 2))
    result("udp: few were risked",
           not 0 < d.number("lost_error") < 200 and d.number("lost_error"))


def unixgram():
    path = f"{folder}/gram"
    d = Driver(driver, "-b", 200, f"unixgram:{path}")
    said = d.said("No such file")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    got = []
    s.settimeout(10)
    while sum(g.count(b"\n") for g in got) < 2600:
        got.append(s.recv(1 << 16))
        time.sleep(0.002)  # a slow reader: its queue is full all the time
    d.wait()
    made = made_lines(driver, folder, 200)
    result("unixgram: a late and slow reader gets all, in order",
           not said and "not said" or d.ledger(stored=2600) or
           differ(b"".join(got) == b"".join(made), True))


def unixgram_restart():
    path = f"{folder}/gram2"
    got = []

    def serve(enough):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.bind(path)
        s.settimeout(10)
        while sum(g.count(b"\n") for g in got) < enough:
            got.append(s.recv(1 << 16))
        s.settimeout(0)
        os.unlink(path)  # nobody comes any more; what is there is read
        try:
            while True:
                got.append(s.recv(1 << 16))
        except BlockingIOError:
            s.close()

    d = Driver(driver, "-b", 300, "-i", 2, f"unixgram:{path}")
    serve(1000)
    d.said("records wait")
    serve(3900)
    d.wait()
    result("unixgram: a reader that is started again: the ledger holds",
           d.ledger(spooled=0, lost_full=0))


def check_urls():
    for url in ("tcp://x", "tcp://:1", "tcp://x:0", "tcp://x:65536",
                "udp://[::1:5", "udp://u:p@x:1", "unix:", "unixgram:",
                "unix:" + "x" * 108, "tcp://x:1/y"):
        d = Driver(driver, url).wait()
        if d.process.returncode != 78:
            result("malformed URLs are refused", f"{url} isn't")
            return
    result("malformed URLs are refused")


for test in (check_urls, streams, name, late, resets, unread, closing, udp,
             udp_nobody, unixgram,
             unixgram_restart, side_by_side):
    try:
        test()
    except Exception as e:  # a test that breaks is a test that fails
        result(test.__name__, f"{type(e).__name__}: {e}")
finish()
