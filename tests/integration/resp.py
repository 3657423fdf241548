#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""A Redis client of the standard library only, and a check of tapline's
streams that knows nothing of tapline's code.

  resp.py ADDRESS cmd ARG...        prints a reply
  resp.py ADDRESS wait SECONDS KEY N  until stream KEY has N entries or more
  resp.py ADDRESS streams SENSOR N  every stream: N entries (0: any number),
                                    ids ascending, n contiguous in each run
  resp.py ADDRESS kept SENSOR       the same, but that the server may have lost
                                    what it had acknowledged: prints what part
                                    of each run is there
  resp.py ADDRESS told SENSOR       in each run, every n is there once or told
                                    as lost once
  resp.py ADDRESS added SENSOR OUTPUT  in each run, every n from some one on is
                                    there once or told as lost once, by OUTPUT:
                                    prints from which one on
  resp.py ADDRESS top SENSOR ROWS   the sorted set and the state
  resp.py ADDRESS same SENSOR LINES every ranking and the state hold what the
                                    lines of the same replay say
  resp.py PORT fake WHAT            a server that answers wrongly
  resp.py PORT say REPLY            one that answers anything with REPLY
  resp.py PORT proxy SOCKET N       forwards to SOCKET; N times, all that is
                                    asked arrives there and the answers are cut
  resp.py PORT refuse SOCKET N      forwards to SOCKET; N times, it ends when
                                    records come, before they arrive there

ADDRESS is the path of a socket or a port on 127.0.0.1; PASSWORD in the
environment is the server's.
"""
import os
import re
import socket
import sys
import threading
import time


class Redis:
    def __init__(self, address):
        if address.isdigit():
            self.s = socket.create_connection(("127.0.0.1", int(address)))
        else:
            self.s = socket.socket(socket.AF_UNIX)
            self.s.connect(address)
        self.f = self.s.makefile("rb")
        if "PASSWORD" in os.environ:
            self("AUTH", os.environ["PASSWORD"])

    def __call__(self, *args):
        out = b"*%d\r\n" % len(args)
        for a in args:
            a = a if isinstance(a, bytes) else str(a).encode()
            out += b"$%d\r\n%s\r\n" % (len(a), a)
        self.s.sendall(out)
        return self.reply()

    def reply(self):
        line = self.f.readline()
        kind, rest = line[:1], line[1:-2]
        if kind in b"+":
            return rest
        if kind == b"-":
            return Exception(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            n = int(rest)
            return None if n < 0 else self.f.read(n + 2)[:-2]
        if kind == b"*":
            n = int(rest)
            return None if n < 0 else [self.reply() for _ in range(n)]
        raise SystemExit("not RESP: %r" % line)


def entries(r, key):
    at, out = b"-", []
    while True:
        part = r("XRANGE", key, at, "+", "COUNT", 5000)
        out += part
        if len(part) < 5000:
            return out
        ms, seq = part[-1][0].split(b"-")
        at = b"%s-%d" % (ms, int(seq) + 1)


def streams(r, sensor, want):
    for key in sorted(r("KEYS", "tapline:{%s}:*" % sensor)):
        if r("TYPE", key) != b"stream":
            continue
        last, names, runs = (-1, -1), None, {}
        all_entries = entries(r, key)
        for eid, flat in all_entries:
            now = tuple(int(x) for x in eid.split(b"-"))
            assert now > last, (key, eid)
            last = now
            fields = dict(zip(flat[::2], flat[1::2]))
            assert len(fields) * 2 == len(flat), ("a name twice", flat)
            assert names in (None, flat[::2]), ("other fields", flat)
            names = flat[::2]
            n, run = int(fields[b"n"]), fields[b"run"]
            assert len(run) == 16, run
            assert n == runs.get(run, -1) + 1, (key, run, n, runs.get(run))
            runs[run] = n
        assert want == 0 or len(all_entries) in (
            want, want * TOP_ROWS), (key, len(all_entries))
        print(key.decode(), len(all_entries), "runs", len(runs))


def kept(r, sensor):
    there = wanted = 0
    for key in sorted(r("KEYS", "tapline:{%s}:*" % sensor)):
        if r("TYPE", key) != b"stream":
            continue
        last, runs = (-1, -1), {}
        for eid, flat in entries(r, key):
            now = tuple(int(x) for x in eid.split(b"-"))
            assert now > last, (key, eid)
            last = now
            fields = dict(zip(flat[::2], flat[1::2]))
            runs.setdefault(fields[b"run"], []).append(int(fields[b"n"]))
        for run, ns in runs.items():
            assert all(a < b for a, b in zip(ns, ns[1:])), (key, run)
            there += len(ns)
            wanted += ns[-1] + 1
    assert there > 0
    print(there, "of", wanted)


def told(r, sensor):
    have, amounts = {}, {}
    for key in r("KEYS", "tapline:{%s}:*" % sensor):
        if r("TYPE", key) != b"stream":
            continue
        stream = key.rsplit(b":", 1)[1]
        for _, flat in entries(r, key):
            f = dict(zip(flat[::2], flat[1::2]))
            have.setdefault((stream, f[b"run"]), []).append(int(f[b"n"]))
            if stream == b"bin":
                amounts.setdefault(f[b"run"], []).append((int(f[b"n"]), *(
                    int(f[x]) for x in (b"packets", b"bytes", b"run_packets",
                                        b"run_bytes"))))
            if stream == b"loss":
                if f[b"stream"] == b"bin":
                    amounts.setdefault(f[b"of_run"], []).append((
                        int(f[b"last_n"]), int(f[b"packets"]),
                        int(f[b"bytes"])))
                    assert f[b"uncounted"] == b"0", f
                first, last = int(f[b"first_n"]), int(f[b"last_n"])
                assert last - first + 1 == int(f[b"records"]), f
                have.setdefault((f[b"stream"], f[b"of_run"]), []).extend(
                    range(first, last + 1))
    for key, ns in have.items():
        assert sorted(ns) == list(range(len(ns))), (key, len(ns), max(ns))
    # What a bin says of its run is what was stored and told before it.
    for bins in amounts.values():
        packets = octets = 0
        for n, p, o, *of_run in sorted(bins):
            packets += p
            octets += o
            assert not of_run or of_run == [packets, octets], (n, of_run)


def added(r, sensor, output):
    """Prints where each run begins, of a server that may have come later."""
    have = {}
    for key in r("KEYS", "tapline:{%s}:*" % sensor):
        if r("TYPE", key) != b"stream":
            continue
        stream = key.rsplit(b":", 1)[1]
        for _, flat in entries(r, key):
            f = dict(zip(flat[::2], flat[1::2]))
            have.setdefault((stream, f[b"run"]), []).append(int(f[b"n"]))
            if stream == b"loss" and f[b"output"].decode() == output:
                have.setdefault((f[b"stream"], f[b"of_run"]), []).extend(
                    range(int(f[b"first_n"]), int(f[b"last_n"]) + 1))
    for (stream, run), ns in sorted(have.items()):
        want = list(range(min(ns), min(ns) + len(ns)))
        assert sorted(ns) == want, (stream, run, len(ns), min(ns), max(ns))
        print(stream.decode(), run.decode(), min(ns))


TOP_ROWS = 11


def top(r, sensor, rows):
    key = "tapline:{%s}:top:src" % sensor
    got = r("ZRANGE", key, 0, -1, "WITHSCORES")
    assert len(got) == 2 * rows, got
    assert sorted(int(x) for x in got[1::2]) == [
        1000 * (i + 1) for i in range(rows)], got
    assert r("EXISTS", key + ":tmp") == 0
    assert 0 < r("PTTL", key) <= 180000
    state = r("HGETALL", "tapline:{%s}:state" % sensor)
    state = dict(zip(state[::2], state[1::2]))
    for name in b"packets", b"received", b"run", b"version", b"time":
        assert name in state, (name, state)
    assert 0 < r("PTTL", "tapline:{%s}:state" % sensor) <= 180000


def same(r, sensor, path):
    want, last = {}, {}
    for line in open(path):
        name, rest = line[:-1].split(",", 1)
        tags = dict(t.split("=") for t in rest.split(" ", 1)[0].split(","))
        fields = dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)',
                                 rest.split(" ", 1)[1].rsplit(" ", 1)[0]))
        last[name] = fields
        if name == "tapline_top" and tags["rank"] != "other":
            key = re.sub(r"\\(.)", r"\1", fields["key"][1:-1])
            score = next(fields[f] for f in ("us", "data_bytes", "count",
                                             "bytes") if f in fields)
            want.setdefault(tags["by"], []).append((score[:-1], key))
    assert "src" in want and "dns" in want, list(want)
    for by, rows in want.items():
        key = "tapline:{%s}:top:%s" % (sensor, by)
        got = [x.decode() for x in r("ZREVRANGE", key, 0, -1, "WITHSCORES")]
        assert sorted(zip(got[1::2], got[::2])) == sorted(rows), (got, rows)
        assert [int(x) for x in got[1::2]] == [int(x) for x, _ in rows], got
        assert 0 < r("PTTL", key) <= 180000, key
    state = r("HGETALL", "tapline:{%s}:state" % sensor)
    state = dict(zip(state[::2], state[1::2]))
    for name, field in (("bin", "packets"), ("self", "received")):
        value = last["tapline_" + name][field][:-1].encode()
        assert state[field.encode()] == value, (field, value, state)
    assert 0 < r("PTTL", "tapline:{%s}:state" % sensor) <= 180000


def listen(port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(port)))
    s.listen(50)
    print("ready", flush=True)
    return s


def say(port, reply):
    reply = reply.encode().decode("unicode_escape").encode("latin-1")
    s = listen(port)
    while True:
        c, _ = s.accept()
        threading.Thread(target=say_to, args=(c, reply), daemon=True).start()


def say_to(c, reply):
    try:
        while c.recv(65536):
            c.sendall(reply)
    except OSError:
        pass
    c.close()


PONG = (b"+PONG\r\n", 1)
FAKES = {  # what is sent, and how often
    "garbage": [(b"HTTP/1.1 400 Bad Request\r\n\r\n", 1)],
    "unasked": [(b"+OK\r\n", 3)],
    "array": [PONG, (b"*2000000000\r\n", 1)],
    "endless": [(b"$500000000\r\n", 1), (b"x" * 65536, 64)],
    "deep": [(b"*1\r\n", 1000)],
    "wide": [PONG, (b"*2000\r\n", 1),
             (b"*2000\r\n" + b":1\r\n" * 2000, 2000)],
    "large": [PONG, (b"*1000\r\n", 1),
              (b"$60000\r\n" + b"x" * 60000 + b"\r\n", 1000)],
    "tip": [PONG, (b"*1\r\n*2\r\n$1\r\nx\r\n*0\r\n", 3)],
    "integer": [PONG, (b":1\r\n", 3)],
    "slow": [PONG, (b"$9000\r\n", 1)],
}


def fake(port, what):
    s = listen(port)
    while True:
        c, _ = s.accept()
        try:
            for data, times in FAKES[what]:
                for _ in range(times):
                    c.sendall(data)
            while what == "slow":
                c.sendall(b"x")
                time.sleep(0.02)
            while c.recv(65536):
                pass
        except OSError:
            pass
        c.close()


def pump(source, sink, limit):
    try:
        while limit != 0:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data if limit < 0 else data[:limit])
            limit = limit if limit < 0 else max(0, limit - len(data))
    except OSError:
        pass


def between(port, path, times):
    """Each connection from a client, with one to the server behind path, and
    whether something is to be done to it still."""
    s = listen(port)
    for i in range(int(times) + 1):
        client, _ = s.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        yield i, i < int(times), client, server


def beside(source, sink):
    threading.Thread(target=pump, args=(source, sink, -1),
                     daemon=True).start()


def proxy(port, path, cuts):
    for i, is_cut, client, server in between(port, path, cuts):
        beside(client, server)
        # The answers to a connection's first commands are about 600 bytes.
        pump(server, client, 1500 + 137 * i if is_cut else -1)
        client.shutdown(socket.SHUT_RDWR)
        client.close()


def refuse(port, path, times):
    for _, is_refused, client, server in between(port, path, times):
        beside(server, client)
        data = client.recv(65536)
        while data and not (is_refused and b"MULTI" in data):
            server.sendall(data)
            data = client.recv(65536)
        server.close()
        client.close()


def main():
    address, what, *args = sys.argv[1:]
    if what == "fake":
        fake(address, *args)
        return
    if what == "say":
        say(address, *args)
        return
    if what == "proxy":
        proxy(address, *args)
        return
    if what == "refuse":
        refuse(address, *args)
        return
    r = Redis(address)
    if what == "cmd":
        reply = r(*args)
        print(reply.decode() if isinstance(reply, bytes) else reply)
    elif what == "wait":
        end = time.monotonic() + float(args[0])
        while r("XLEN", args[1]) < int(args[2]):
            if time.monotonic() > end:
                raise SystemExit("only %d" % r("XLEN", args[1]))
            time.sleep(0.01)
    elif what == "streams":
        streams(r, args[0], int(args[1]))
    elif what == "kept":
        kept(r, *args)
    elif what == "told":
        told(r, args[0])
    elif what == "added":
        added(r, *args)
    elif what == "top":
        top(r, args[0], int(args[1]))
    elif what == "same":
        same(r, *args)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
