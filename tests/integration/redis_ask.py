#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Moves a sensor's slot from node to node of a cluster, as an operator does,
and looks at its streams wherever they are, knowing nothing of tapline's code.

  redis_ask.py open FROM TO SENSOR     the slot is open: no key has moved yet
  redis_ask.py move FROM TO SENSOR N KEY…
                                       moves these streams, or N keys of it
                                       that are chosen at random; 0: all
  redis_ask.py close FROM TO SENSOR    moves what is left, TO has the slot
  redis_ask.py wait SECONDS FROM TO SENSOR N
                                       until three streams have N more entries
  redis_ask.py check FROM TO SENSOR N [BINS]
                                       no key at both; every stream: ids
                                       ascending, each n of each of the N runs
                                       once and in order, and so many bins
  redis_ask.py cut PORT TO SEED        a proxy on PORT to port TO that cuts
                                       connections at random moments

  redis_ask.py say PORT ERROR          answers every command so

FROM and TO are SOCKET:PORT of nodes.
"""
import random
import socket
import sys
import threading
import time

from resp import Redis, entries


class Node(Redis):
    def __init__(self, name):
        path, self.port = name.split(":")
        super().__init__(path)
        self.id = self("CLUSTER", "MYID")

    def __call__(self, *args):
        reply = super().__call__(*args)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def asking(self, *args):
        if args[0] not in ("AUTH", "CLUSTER"):
            self("ASKING")
        return self(*args)


class Asking:
    """The same node, where it only takes over."""
    def __init__(self, node):
        self.node = node

    def __call__(self, *args):
        return self.node.asking(*args)


def slot_of(node, sensor):
    return node("CLUSTER", "KEYSLOT", "tapline:{%s}:bin" % sensor)


def keys(node, slot):
    return node("CLUSTER", "GETKEYSINSLOT", slot, 10000)


def open_slot(a, b, sensor):
    slot = slot_of(a, sensor)
    b("CLUSTER", "SETSLOT", slot, "IMPORTING", a.id)
    a("CLUSTER", "SETSLOT", slot, "MIGRATING", b.id)


def migrate(a, b, key):
    # BUSYKEY is an exception, and so the end.
    a("MIGRATE", "127.0.0.1", b.port, key, 0, 5000)


def move(a, b, sensor, n, *names):
    there = keys(a, slot_of(a, sensor))
    chosen = [b"tapline:{%s}:%s" % (sensor.encode(), x.encode())
              for x in names]
    if not chosen:
        chosen = random.sample(there, min(int(n) or len(there), len(there)))
    for key in chosen:
        migrate(a, b, key)


def close_slot(a, b, sensor):
    slot = slot_of(a, sensor)
    while True:
        left = keys(a, slot)
        if not left:
            break
        for key in left:
            migrate(a, b, key)
    b("CLUSTER", "SETSLOT", slot, "NODE", b.id)
    a("CLUSTER", "SETSLOT", slot, "NODE", b.id)


def lengths(a, b, sensor):
    """Of the streams that the driver fills all the time."""
    slot, found = slot_of(a, sensor), {}
    for node in a, b:
        for key in keys(node, slot):
            name = key.rsplit(b":", 1)[1]
            if name in (b"bin", b"self", b"top"):
                found[name] = node.asking("XLEN", key)
    return found


def wait(seconds, a, b, sensor, n):
    end = time.monotonic() + float(seconds)
    first = lengths(a, b, sensor)
    while True:
        now = lengths(a, b, sensor)
        if len(now) == 3 and all(now[i] >= first.get(i, 0) + int(n)
                                 for i in now):
            return
        if time.monotonic() > end:
            raise SystemExit("only from %s to %s" % (first, now))
        time.sleep(0.01)


def streams(a, b, sensor):
    slot, where = slot_of(a, sensor), {}
    for node in a, b:
        for key in keys(node, slot):
            assert key not in where, ("at both", key)
            where[key] = node
    for key, node in sorted(where.items()):
        if node.asking("TYPE", key) == b"stream":
            yield key, entries(Asking(node), key)


def check(a, b, sensor, want_runs, bins=None):
    seen = 0
    for key, all_entries in streams(a, b, sensor):
        last, runs = (-1, -1), {}
        for eid, flat in all_entries:
            now = tuple(int(x) for x in eid.split(b"-"))
            assert now > last, (key, eid)
            last = now
            fields = dict(zip(flat[::2], flat[1::2]))
            n, run = int(fields[b"n"]), fields[b"run"]
            assert n == runs.get(run, -1) + 1, (key, run, n, runs.get(run))
            runs[run] = n
        seen += 1
        assert len(runs) == int(want_runs), (key, len(runs))
        print(key.decode(), len(all_entries), "runs", len(runs))
        if bins is not None and key.endswith(b":bin"):
            assert len(all_entries) == int(bins), (key, len(all_entries))
    assert seen >= 3, seen


def pump(source, sink, limit):
    try:
        while limit > 0:
            data = source.recv(min(limit, 65536))
            if not data:
                break
            sink.sendall(data)
            limit -= len(data)
    except OSError:
        pass
    for s in source, sink:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def accepted(port):
    """Says that it listens, and gives each connection, for ever."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(port)))
    s.listen(50)
    print("ready", flush=True)
    while True:
        yield s.accept()[0]


def cut(port, to, seed):
    rng = random.Random(int(seed))
    for client in accepted(port):
        try:
            server = socket.create_connection(("127.0.0.1", int(to)))
        except OSError:
            client.close()
            continue
        # Of what is asked or of what is answered, after so many bytes.
        limits = [1 << 60, 1 << 60]
        limits[rng.randrange(2)] = rng.choice((3000, 30000, 300000)) + \
            rng.randrange(30000)
        for args in (client, server, limits[0]), (server, client, limits[1]):
            threading.Thread(target=pump, args=args, daemon=True).start()


def say(port, error):
    for c in accepted(port):
        threading.Thread(target=say_to, args=(c, error.encode()),
                         daemon=True).start()


def say_to(c, error):
    try:
        while data := c.recv(1 << 20):
            commands = (b"\r\n" + data).count(b"\r\n*")
            c.sendall((b"-" + error + b"\r\n") * commands)
    except OSError:
        pass
    c.close()


def main():
    what, *args = sys.argv[1:]
    if what == "cut":
        cut(*args)
    elif what == "say":
        say(*args)
    elif what == "wait":
        wait(args[0], Node(args[1]), Node(args[2]), *args[3:])
    else:
        {"open": open_slot, "move": move, "close": close_slot,
         "check": check}[what](Node(args[0]), Node(args[1]), *args[2:])


if __name__ == "__main__":
    main()
