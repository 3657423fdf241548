#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""tapline at the limits of memory, descriptors and threads: it starts, or says
in one error why not; once it runs, it goes on.

  limits.py TAPLINE FOLDER NS_CAPTURE NS_SENDER SEED PART...

FOLDER holds starve.so (tests/lib/starve.c) and blast; FOLDER/results gets the
verdicts.  A PART is the name of a function below.  STEP=1 in the environment
tries every place where the start may fail.
"""
import ctypes
import glob
import gzip
import http.server
import os
import resource
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

from resp import Redis
from soak import Lines

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
SAMPLE = os.path.join(ROOT, "tests/sample/sample.pcap")
STEP = int(os.environ.get("STEP", "0"))
ERRORS = (1, 2, 78)  # what the manual page says of a start that fails
LIBC = ctypes.CDLL(None, use_errno=True)
NEWNET = 0x40000000


def await_(seconds, what, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if "Content-Length" not in self.headers:
            self.server.n_torn += 1
            self.send_error(411)
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.server.n_lines += gzip.decompress(body).count(b"\n")
        except (OSError, EOFError):
            self.server.n_torn += 1
        self.server.n += 1
        self.send_response(204)
        if self.server.is_brief and self.server.n % 4 == 0:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_):
        pass


class HTTPServer(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # a connection that breaks is what is tried


class Servers:
    """What the outputs of a run talk to, on sockets of files; InfluxDB's place
    is inside of the namespace of the capture."""
    kind = "four outputs"
    is_brief = False  # InfluxDB closes connections
    options = ()  # of tapline, for these

    def __init__(self, bed):
        self.bed, self.redis = bed, None
        self.http = self.sink = None
        self.n_swallowed = 0

    def start(self):
        with self.bed.inside():
            self.http = HTTPServer(("127.0.0.1", 0), Answers)
        self.http.n = self.http.n_lines = self.http.n_torn = 0
        self.http.is_brief = self.is_brief
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.sink = self.listen()
        threading.Thread(target=self.swallow, daemon=True).start()
        self.redis_start()

    def listen(self):
        s = socket.socket(socket.AF_UNIX)
        if os.path.exists(self.bed.path("sink")):
            os.unlink(self.bed.path("sink"))
        s.bind(self.bed.path("sink"))
        s.listen(64)
        return s

    def swallow(self):
        while True:
            try:
                s, _ = self.sink.accept()
            except OSError:
                return
            threading.Thread(target=lambda s=s: [
                None for _ in iter(lambda: self.take(s), b"")],
                daemon=True).start()

    def take(self, s):
        try:
            part = s.recv(65536)
        except OSError:
            return b""
        self.n_swallowed += len(part)
        return part

    def redis_start(self, *more):
        self.redis = subprocess.Popen(
            ["ip", "netns", "exec", self.bed.capture,
             "redis-server", "--port", "0", "--unixsocket",
             self.bed.path("redis"), "--save", "", "--appendonly", "yes",
             "--dir", self.bed.folder, "--logfile", "redis.log", *more])
        await_(20, "Redis", self.answers)

    def answers(self):
        try:
            return Redis(self.bed.path("redis"))("PING") == b"PONG"
        except OSError:
            return False

    def redis_kill(self):
        self.redis.kill()
        self.redis.wait()

    def urls(self):
        return ["redis+unix:" + self.bed.path("redis"),
                "file:" + self.bed.path("out.lp"),
                "unix:" + self.bed.path("sink"),
                "influx://127.0.0.1:%d/write?db=d" % self.http.server_address[1]]

    def stop(self):
        if self.redis is not None and self.redis.poll() is None:
            self.redis_kill()
        if self.http is not None:
            self.http.shutdown()
            self.http.server_close()
            self.sink.close()


class Names(threading.Thread):
    """A name server for which every name is 127.0.0.1."""

    def __init__(self, bed):
        super().__init__(daemon=True)
        with bed.inside():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.start()

    def run(self):
        while True:
            try:
                q, peer = self.socket.recvfrom(512)
            except OSError:
                return
            end = q.index(b"\0", 12) + 5
            is_a = q[end - 4:end - 2] == b"\0\1"
            self.socket.sendto(
                q[:2] + b"\x81\x80\0\1" + bytes([0, is_a]) + bytes(4) +
                q[12:end] + (b"\xc0\x0c\0\1\0\1" + bytes(4) +
                             b"\0\4\x7f\0\0\1" if is_a else b""), peer)


class Secure(Servers):
    """The same behind names and TLS."""
    NAME = "server.example"
    kind = "names, TLS"
    is_brief = True

    def start(self):
        self.names = Names(self.bed)
        self.options = ("--tls-ca", self.bed.path("cert.pem"))
        super().start()
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(self.bed.path("cert.pem"), self.bed.path("key.pem"))
        self.http.socket = c.wrap_socket(
            self.http.socket, server_side=True, do_handshake_on_connect=False)

    def listen(self):
        with self.bed.inside():
            return socket.create_server(("127.0.0.1", 0))

    def redis_start(self):
        super().redis_start(
            "--tls-port", "6380", "--bind", "127.0.0.1",
            "--tls-auth-clients", "no",
            "--tls-cert-file", self.bed.path("cert.pem"),
            "--tls-key-file", self.bed.path("key.pem"))

    def urls(self):
        return ["rediss://%s:6380" % self.NAME,
                "file:" + self.bed.path("out.lp"),
                "tcp://%s:%d" % (self.NAME, self.sink.getsockname()[1]),
                "influxs://%s:%d/write?db=d" % (
                    self.NAME, self.http.server_address[1])]

    def stop(self):
        super().stop()
        self.names.socket.close()


class Bed:
    def __init__(self, tapline, folder, capture, sender, seed):
        self.tapline, self.folder = tapline, folder
        self.capture, self.sender, self.seed = capture, sender, seed
        self.results = open(os.path.join(folder, "results"), "w")
        self.procs = []
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path("notify"))
        os.chmod(self.path("notify"), 0o777)
        self.notify.setblocking(False)

    def path(self, name):
        return os.path.join(self.folder, name)

    def result(self, what, ok):
        self.results.write("%s %s\n" % ("ok" if ok else "not_ok", what))
        self.results.flush()

    def inside(self):
        return Inside("/run/netns/" + self.capture)

    def blast(self, count, pps, sources):
        """In the background."""
        p = subprocess.Popen(
            ["ip", "netns", "exec", self.sender, self.path("blast"), "g0",
             str(count), str(pps), str(sources)], stdout=subprocess.DEVNULL)
        self.procs.append(p)
        return p

    def start(self, args, env=None, limits=(), user=None, out=None):
        """tapline, in the namespace of the capture."""
        def prepare():
            fd = os.open("/run/netns/" + self.capture, os.O_RDONLY)
            if LIBC.setns(fd, NEWNET) != 0:
                os._exit(99)
            os.close(fd)
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            for what, n in limits:
                resource.setrlimit(what, (n, n))

        while True:  # what an earlier one had to say
            try:
                self.notify.recv(4096)
            except BlockingIOError:
                break
        p = subprocess.Popen(
            [self.tapline] + args, preexec_fn=prepare,
            env=dict(os.environ, NOTIFY_SOCKET=self.path("notify"),
                     **(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=out if out is not None else subprocess.DEVNULL,
            stderr=open(self.path("err"), "wb"))
        self.procs.append(p)
        return p

    def err(self):
        with open(self.path("err"), errors="replace") as f:
            return f.read().splitlines()

    def is_ready(self, p):
        """It says that it is; False if it ends first, or says nothing."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if select.select([self.notify], [], [], 0.02)[0]:
                if b"READY=1" in self.notify.recv(4096):
                    return True
            elif p.poll() is not None:
                return False
        return False

    def close(self):
        for p in self.procs:
            if p.poll() is None:
                p.kill()
                p.wait()


class Inside:
    """This thread in another network namespace."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.switch(os.open(self.path, os.O_RDONLY))

    def __exit__(self, *_):
        self.switch(self.home)

    @staticmethod
    def switch(fd):
        if LIBC.setns(fd, NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(fd)


class Starve:
    """tests/lib/starve.c from outside."""

    def __init__(self, bed, letters, **how):
        self.gate, self.told = bed.path("gate"), bed.path("told")
        for path in (self.gate, self.told):
            if os.path.exists(path):
                os.unlink(path)
        self.env = {"LD_PRELOAD": bed.path("starve.so"),
                    "STARVE_IN": letters, "STARVE_TELL": self.told,
                    "STARVE_SEED": str(bed.seed)}
        for k, v in how.items():
            self.env["STARVE_" + k.upper()] = str(v)

    def gated(self):
        self.env["STARVE_GATE"] = self.gate
        return self

    def open(self, is_open):
        with open(self.gate, "r+b") as f:
            f.write(b"1" if is_open else b"0")

    def calls(self):
        with open(self.told, "rb") as f:
            return struct.unpack("QQ", f.read(16))


# --- starts ----------------------------------------------------------------
class Kind:
    """A way to run tapline: what is to be the same each time it starts."""

    def __init__(self, bed, name, args, fresh=(), is_service=True):
        self.bed, self.name, self.args = bed, name, args
        self.fresh, self.is_service = fresh, is_service
        self.reference = None

    def once(self, **how):
        """Exit code (None: it hangs), what it wrote, what it said."""
        for name in self.fresh:
            shutil.rmtree(self.bed.path(name), ignore_errors=True)
        out = self.bed.path("stdout")
        with open(out, "wb") as f:
            p = self.bed.start(self.args, out=f, **how)
        ready = self.is_service and self.bed.is_ready(p)
        if ready:
            p.send_signal(signal.SIGTERM)
        try:
            code = p.wait(10)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
            code = None
        with open(out, "rb") as f:
            return code, ready, f.read(), self.bed.err()

    def verdict(self, got):
        """'starts', 'refuses', or what is wrong."""
        code, ready, out, err = got
        errors = [x for x in err if not x.startswith("tapline: try")]
        if code == 0 and (ready or not self.is_service):
            if self.is_service or out == self.reference:
                return "starts"
            last = out.rfind(b"tapline_self,")
            return "starts" if b"hpack_refused=" in out[last:] else \
                "writes something else"
        if code == 127 and "loading shared libraries" in " ".join(err):
            return "refuses"  # the loader does, before there is a tapline
        if code not in ERRORS:
            return "ends with %s" % code
        return "refuses" if 1 <= len(errors) <= 2 else \
            "says %s" % errors[:4]


def kinds(bed, servers):
    os.makedirs(bed.path("caps"), exist_ok=True)
    shutil.copy(SAMPLE, bed.path("caps/a.pcap"))
    outputs = [x for url in servers.urls() for x in ("-o", url)]
    common = ["-q", "--sensor", "s", "--user", "root"]
    replay = Kind(bed, "replay", ["-q", "--sensor", "s", "-r", SAMPLE],
                  is_service=False)
    replay.reference = replay.once()[2]
    assert len(replay.reference) > 10000
    return [
        replay,
        Kind(bed, "live, four outputs, a spool",
             ["-i", "c0", "--ring", "2M", "--spool", bed.path("spool")] +
             common + outputs, fresh=("spool",)),
        Kind(bed, "follow", ["-F", bed.path("caps/*.pcap"), "--state",
                             bed.path("state")] + common +
             ["udp", "or", "tcp"], fresh=("state",)),
    ]


def sweep(bed, kind, what, tries):
    """tries: pairs of a name and what once() takes."""
    seen, wrong = {}, []
    for name, how in tries:
        v = kind.verdict(kind.once(**how))
        seen[v] = seen.get(v, 0) + 1
        if v not in ("starts", "refuses"):
            wrong.append("%s: %s" % (name, v))
    bed.result("%s, %s: starts %d times, refuses %d times; else: %s" % (
        kind.name, what, seen.get("starts", 0), seen.get("refuses", 0),
        "; ".join(wrong[:5]) or "never"),
        not wrong and sum(seen.values()) > 0)
    return seen


def starved_starts(bed, servers):
    """Some allocations of the start fail, one each time; with STEP those of the
    libraries, too, which don't all survive that."""
    for kind in kinds(bed, servers):
        for letters, step in (("c", 7), ("t", 0), ("m", 127), ("s", 0)):
            if letters == "s" and not STEP:
                continue
            starve = Starve(bed, letters)
            kind.once(env=starve.env)
            calls = starve.calls()[0]
            step = STEP or step or max(1, calls // 8)
            tries = []
            for k in range(1 + bed.seed % step, calls + 1, step):
                tries.append(("number %d of %s" % (k, letters), {
                    "env": Starve(bed, letters, nth=k).env}))
            sweep(bed, kind, "an allocation (%s) fails" % letters, tries)


def few_descriptors(bed, servers):
    for kind in kinds(bed, servers):
        # Around where it changes; each one that starts also has to end.
        seen = sweep(bed, kind, "3 to 40 descriptors", [
            (n, {"limits": [(resource.RLIMIT_NOFILE, n)]})
            for n in range(3, 41) if STEP or n < 16 or n == 40])
        bed.result("%s: 40 descriptors are enough, 3 are not" % kind.name,
                   len(seen) == 2)


def little_room(bed, servers):
    for kind in kinds(bed, servers):
        sweep(bed, kind, "8 to 400 MiB of addresses", [
            ("%d MiB" % n, {"limits": [(resource.RLIMIT_AS, n << 20)]})
            for n in range(8, 401, STEP or 56)])


def no_threads(bed, servers):
    """One thread does everything."""
    env = Starve(bed, "t", threads=1).env
    for kind in kinds(bed, servers):
        v = kind.verdict(kind.once(env=env))
        bed.result("%s, no threads: %s" % (kind.name, v), v == "starts")
    replay = kinds(bed, servers)[0]
    v = replay.verdict(replay.once(
        user=65534, limits=[(resource.RLIMIT_NPROC, 0)]))
    bed.result("replay, a user who may have no threads: %s" % v,
               v == "starts")


# --- runs --------------------------------------------------------------------
class Run:
    """Live, four outputs, a spool, under load; and a second one that
    follows."""

    def __init__(self, bed, servers, **how):
        self.bed, self.servers = bed, servers
        shutil.rmtree(bed.path("spool"), ignore_errors=True)
        for path in glob.glob(bed.path("out.lp*")):
            os.unlink(path)
        with open(bed.path("conf"), "w") as f:
            f.write("top = 3\n")
        self.n_rotated = 0
        self.p = bed.start(
            ["-i", "c0", "--ring", "4M", "--bin", "0.1", "--window", "1",
             "--report", "0.3", "--sensor", "s", "--user", "root",
             "--memory", "8M", "--spool", bed.path("spool"), "-c",
             bed.path("conf")] + list(servers.options) +
            [x for url in servers.urls() for x in ("-o", url)], **how)
        assert bed.is_ready(self.p), bed.err()

    def lines(self):
        open(self.bed.path("out.lp"), "a").close()  # if tapline couldn't
        return Lines(self.bed.folder)

    def self(self, field):
        return self.lines().last.get(field, 0)

    def rotate(self):
        out = self.bed.path("out.lp")
        if not os.path.exists(out):
            return
        self.n_rotated += 1
        os.rename(out, "%s.%06d" % (out, self.n_rotated))

    def trouble(self, rounds):
        """What makes a running tapline allocate and open."""
        for i in range(rounds):
            self.rotate()
            with open(self.bed.path("conf"), "w") as f:
                f.write("top = %d\n" % (3 + i % 3))
            self.p.send_signal(signal.SIGHUP)
            time.sleep(0.05)
            self.p.send_signal(signal.SIGUSR1)
            try:
                Redis(self.bed.path("redis"))(
                    "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            except OSError:
                pass
            time.sleep(0.15)
            if i % 8 == 4:
                self.servers.redis_kill()
                time.sleep(0.1)
                self.servers.redis_start()
            if self.p.poll() is not None:
                return

    def is_well(self):
        """It reloads, opens its file again, and all servers get what comes."""
        n_taken = self.servers.http.n, self.servers.n_swallowed
        self.p.send_signal(signal.SIGHUP)
        try:
            await_(10, "the file", lambda: self.p.poll() is not None or
                   os.path.exists(self.bed.path("out.lp")))
        except TimeoutError:
            return False
        if self.p.poll() is not None:
            return False
        r = Redis(self.bed.path("redis"))
        before = r("XLEN", "tapline:{s}:bin")
        n = self.lines().bins
        try:
            await_(15, "bins", lambda: self.p.poll() is not None or
                   (r("XLEN", "tapline:{s}:bin") > before and
                    self.servers.http.n > n_taken[0] and
                    self.servers.n_swallowed > n_taken[1] and
                    self.lines().bins > n))
        except TimeoutError:
            return False
        return self.p.poll() is None

    def end(self):
        if self.p.poll() is None:
            self.p.send_signal(signal.SIGTERM)
        try:
            return self.p.wait(10)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
            return None


def judge(bed, what, run):
    """At its end: the code, and the laws of every ledger on the way."""
    well = run.is_well()
    bed.result("%s: it recovers" % what, well)
    code = run.end()
    bed.result("%s: it ends with %s %s" % (
        what, code, bed.err()[-3:] if code != 0 else ""), code == 0)
    lines = run.lines()
    last = lines.last
    bed.result("%s: the ledgers hold %s" % (what, lines.wrong[:3]),
               bool(last) and not lines.wrong)
    bed.result("%s: received %d = delivered %d + self %d + dropped %d" % (
        what, last.get("received", -1), last.get("delivered", -1),
        last.get("self_packets", 0), last.get("dropped", -1)),
        last.get("received", -1) == last.get("delivered", 0) +
        last.get("self_packets", 0) + last.get("dropped", 0) > 0)
    return last


def starved_run(bed, servers, letters, one_in, rounds):
    what = "one allocation of %d (%s) fails, %s" % (one_in, letters,
                                                    servers.kind)
    starve = Starve(bed, letters, one_in=one_in).gated()
    run = Run(bed, servers, env=starve.env)
    load = bed.blast(10000 * (rounds // 4 + 3), 10000, 20000)
    starve.open(True)
    run.trouble(rounds)
    calls, failed = starve.calls()
    starve.open(False)
    bed.result("%s: it lives, %d of %d failed" % (what, failed, calls),
               run.p.poll() is None and failed > 0)
    last = judge(bed, what, run)
    bed.result("%s: every POST was whole (%d)" % (what, servers.http.n),
               servers.http.n_torn == 0)
    print("# %s: %s" % (what, {k: v for k, v in last.items() if v and k in (
        "lost", "lost_full", "lost_error", "lost_spool", "spool_errors",
        "reloads", "reloads_failed", "alloc_failed")}))
    load.wait()


def runs():
    """The seed goes on from one to the next."""
    return range(int(os.environ.get("RUNS", "1")))


def starved_runs(bed, servers):
    rounds = int(os.environ.get("ROUNDS", "5"))
    for _ in runs():
        starved_run(bed, servers, "tm", 5, rounds)
        starved_run(bed, servers, "s", 20, rounds)
        starved_run(bed, servers, "tms", 1000, rounds)
        bed.seed += 1


def starved_tls(bed, servers):
    """What connects does so by a name, and with certificates."""
    rounds = int(os.environ.get("ROUNDS", "5"))
    servers.stop()
    secure = Secure(bed)
    try:
        secure.start()
        for _ in runs():
            starved_run(bed, secure, "tms", 20, rounds)
            starved_run(bed, secure, "tms", 1000, rounds)
            bed.seed += 1
    finally:
        secure.stop()
        servers.start()


def later(path, seconds):
    """The bytes of a capture, all of whose packets are so much later, and how
    many these are."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    at, n = 24, 0
    while at < len(data):
        s, _, caplen = struct.unpack_from("<III", data, at)
        struct.pack_into("<I", data, at, s + seconds)
        at += 16 + caplen
        n += 1
    return data, n


def starved_follow(bed, _):
    """Files come while one allocation of three fails; then all goes well, and
    every packet is in a bin once."""
    what = "following, one allocation of 3 (tms) fails"
    rounds = int(os.environ.get("ROUNDS", "8"))
    for name in ("caps", "state"):
        shutil.rmtree(bed.path(name), ignore_errors=True)
    os.mkdir(bed.path("caps"))
    starve = Starve(bed, "tms", one_in=3).gated()
    with open(bed.path("follow.lp"), "wb") as out:
        p = bed.start(["-F", bed.path("caps/*.pcap"), "--sensor", "s",
                       "--user", "root", "--state", bed.path("state"),
                       "--bin", "0.5", "--window", "all", "--report", "0.5",
                       "--memory", "8M"], env=starve.env, out=out)
        assert bed.is_ready(p), bed.err()
        starve.open(True)
        for i in range(rounds):
            data, n = later(SAMPLE, i * 3600 - 40000000)
            with open(bed.path("caps/.new"), "wb") as f:
                f.write(data)
            os.rename(bed.path("caps/.new"), bed.path("caps/%d.pcap" % i))
            p.send_signal(signal.SIGUSR1)
            time.sleep(0.1)
        calls, failed = starve.calls()
        starve.open(False)
        bed.result("%s: it lives, %d of %d failed" % (what, failed, calls),
                   p.poll() is None and failed > 0)
        want = n * rounds

        def last():
            with open(bed.path("follow.lp")) as f:
                said = [x for x in f if x.startswith("tapline_self,")]
            return dict(x.split("=") for x in said[-1].split(" ")[1]
                        .replace("i,", ",").rstrip("i").split(",")
                        if x.split("=")[1].isdigit()) if said else {}

        def is_all():
            p.send_signal(signal.SIGUSR1)
            time.sleep(0.1)
            return p.poll() is not None or \
                int(last().get("delivered", 0)) >= want
        try:
            await_(20, "all packets", is_all)
        except TimeoutError:
            pass
        p.send_signal(signal.SIGTERM)
        code = p.wait(15)
    got = last()
    bed.result("%s: ends with %s %s" % (
        what, code, bed.err()[-3:] if code else ""), code == 0)
    bed.result("%s: delivered %s of %d = binned %s + late %s" % (
        what, got.get("delivered"), want, got.get("binned"),
        got.get("late")), int(got.get("delivered", 0)) == want ==
        int(got["binned"]) + int(got["late"]))


def descriptors_gone(bed, servers):
    """While it runs, none is to be had any more, and everything that needs
    one happens; then they are back."""
    what = "no more descriptors"
    run = Run(bed, servers)
    load = bed.blast(60000, 10000, 20000)
    highest = max(int(x) for x in os.listdir("/proc/%d/fd" % run.p.pid))
    free = set(range(highest)) - {
        int(x) for x in os.listdir("/proc/%d/fd" % run.p.pid)}
    limit = min(free) if free else highest + 1
    resource.prlimit(run.p.pid, resource.RLIMIT_NOFILE, (limit, 1024))
    run.trouble(int(os.environ.get("ROUNDS", "8")))
    self = run.lines().last
    bed.result("%s (%d): it lives; %d reloads failed" % (
        what, limit, self.get("reloads_failed", 0)), run.p.poll() is None)
    resource.prlimit(run.p.pid, resource.RLIMIT_NOFILE, (1024, 1024))
    last = judge(bed, what, run)
    bed.result("%s: nothing is lost while the spool has room: %s" % (
        what, {k: last.get(k) for k in ("lost", "lost_spool", "lost_error",
                                        "lost_full", "spool_errors")}),
        last.get("lost_spool", 0) == 0)
    load.wait()
    said = [x for x in bed.err() if "damaged" in x or "read again" in x]
    bed.result("%s: nothing on disk is taken for damaged %s" % (
        what, said[:2]), not said)


def spool_survives(bed, servers):
    """A start that has no descriptors leaves what an earlier run spooled."""
    kind = kinds(bed, servers)[1]
    kind.fresh = ()
    shutil.rmtree(bed.path("spool"), ignore_errors=True)
    servers.redis_kill()
    run = Run(bed, servers)
    load = bed.blast(5000, 10000, 1000)
    await_(10, "records", lambda: run.lines().bins > 5)
    load.wait()
    run.p.kill()
    run.p.wait()
    before = sorted((x, os.path.getsize(x))
                    for x in glob.glob(bed.path("spool/*")))
    gone = []
    for n in range(5, 41 if STEP else 14):
        code = kind.once(limits=[(resource.RLIMIT_NOFILE, n)])[0]
        names = {x for x in glob.glob(bed.path("spool/*"))}
        if code != 0 and not all(x in names for x, _ in before):
            gone.append(n)
    bed.result("a start that fails leaves the spool's files: %d of them, %s" %
               (len(before), gone), len(before) > 0 and not gone)
    servers.redis_start()


def flood(bed, servers):
    """64 MiB are never reached with the defaults, whatever comes."""
    group = "/sys/fs/cgroup/memory/tapline-limits-%d" % os.getpid()
    try:
        os.mkdir(group)
    except OSError as e:
        bed.results.write("skip no memory cgroup of version 1 (%s)\n" %
                          e.strerror)
        return
    try:
        with open(group + "/memory.limit_in_bytes", "w") as f:
            f.write(str(64 << 20))
        p = bed.start(["-i", "c0", "--user", "root", "-o",
                       "file:" + bed.path("flood.lp")])
        with open(group + "/cgroup.procs", "w") as f:
            f.write(str(p.pid))
        assert bed.is_ready(p), bed.err()
        n = int(os.environ.get("SOURCES", "500000"))
        bed.blast(n, 0, n).wait()
        # Reads and folds what the flood has left.
        await_(30, "a report", lambda: "by=src" in open(
            bed.path("flood.lp")).read())
        p.send_signal(signal.SIGTERM)
        code = p.wait(20)

        def of(name):
            with open(group + "/memory." + name) as f:
                return f.read()
        bed.result("%d spoofed sources, default memory, 64 MiB allowed: ends "
                   "with %d, reached %s times, %.1f MiB at most" % (
                       n, code, of("failcnt").strip(),
                       int(of("max_usage_in_bytes")) / 2**20),
                   code == 0 and int(of("failcnt")) == 0)
    finally:
        bed.close()
        os.rmdir(group)


PARTS = {f.__name__: f for f in (
    starved_starts, few_descriptors, little_room, no_threads, starved_runs,
    starved_tls, starved_follow, descriptors_gone, spool_survives, flood)}


def main():
    tapline, folder, capture, sender, seed = sys.argv[1:6]
    bed = Bed(tapline, folder, capture, sender, int(seed))
    servers = Servers(bed)
    try:
        servers.start()
        for part in sys.argv[6:] or PARTS:
            began = time.monotonic()
            PARTS[part](bed, servers)
            print("# %s: %.1f s" % (part, time.monotonic() - began))
    finally:
        bed.close()
        servers.stop()


if __name__ == "__main__":
    main()
