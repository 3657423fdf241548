#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""influx.py DRIVER FOLDER: writes over HTTP, to servers good and bad.

INFLUX_ROUNDS says how often influxd is killed under load, 5 by default.
"""

import base64
import gzip
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
from outputs_run import (Driver, await_that, differ, finish, made_lines,
                         result, skip)

driver, folder = sys.argv[1:3]
rounds = int(os.environ.get("INFLUX_ROUNDS", 5))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server(http.server.ThreadingHTTPServer):
    """Stores what it is sent, but for what answer() says of a request: None,
    or a status, headers and a body."""

    daemon_threads = True

    def __init__(self, answer=None, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer or (lambda n, lines: None)
        self.requests, self.lines, self.n_connections = [], [], 0
        self.bodies = []
        self.lock = threading.Lock()
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]
        self.url = f"influx{'s' if context else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def finish_request(self, request, client_address):
        self.n_connections += 1
        super().finish_request(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        raw = gzip.decompress(body)
        lines = raw.splitlines(keepends=True)
        server = self.server
        with server.lock:
            server.requests.append((time.monotonic(), self.path,
                                    dict(self.headers), len(body), len(raw),
                                    len(lines)))
            answer = server.answer(len(server.requests), lines)
            if answer is None:
                server.lines += lines
                answer = 204, {}, b""
        status, headers, text = answer
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
        if headers.get("Connection") == "close":
            self.close_connection = True

    def log_message(self, *args):
        pass


def n_bins_stored(server):
    """Lines without their repetitions, as a database has them."""
    return len(set(server.lines))


def requests_as_they_should_be():
    token = f"{folder}/token"
    with open(token, "w", encoding="utf-8") as f:
        f.write("sEcret==\n")
    s = Server()
    made = made_lines(driver, folder, 2000)
    d = Driver(driver, "-R", "-b", 2000, "-T", token, f"{s.url}/my org/b&c")
    d.wait()
    _, path, headers, n_body, n_raw, _ = s.requests[0]
    result("InfluxDB 2 (a stand-in): path and query",
           differ(path, "/api/v2/write?org=my%20org&bucket=b%26c&precision=ns"))
    result("InfluxDB 2 (a stand-in): the token",
           differ(headers.get("Authorization"), "Token sEcret=="))
    result("gzip, and it pays",
           differ(headers["Content-Encoding"], "gzip") or
           (max(r[3] for r in s.requests) > max(r[4] for r in s.requests) / 4
            and "hardly"))
    result("the same lines as in a file",
           d.ledger(stored=len(made)) or differ(s.lines == made, True))
    result("batches: at most 5000 lines and 512 KiB",
           max((r[5], r[4]) for r in s.requests) > (5000, 512 << 10) and
           "larger")
    result("one connection for all",
           differ(s.n_connections, 1) or differ(d.number("connects", d_name(s,
               "/my org/b&c")), 1))
    result("the secret is in no message", b"sEcret" in d.err and d.err)
    s = Server()
    Driver(driver, "-R", "-b", 1, "-p", token, "-I", "joe",
           f"{s.url}/db").wait()
    result("InfluxDB 1: user and password, path and query",
           differ(s.requests[0][2].get("Authorization"), "Basic " +
                  base64.b64encode(b"joe:sEcret==").decode()) or
           differ(s.requests[0][1], "/write?db=db&precision=ns"))
    s = Server()
    Driver(driver, "-R", "-b", 1, f"{s.url}/insert/0/influx/write?db=x").wait()
    result("a path of /write as it stands", differ(s.requests[0][1],
           "/insert/0/influx/write?db=x&precision=ns"))


def d_name(server, path):
    return server.url + path


def urls():
    for url in ("influx://", "influx://h", "influx://h/", "influx://h/a/b/c",
                "influx://u:p@h/db", "influx://h/write?p=x",
                "influx://h/write?db=d&token=x", "influx://h/db?x=y",
                "influx://h/write?precision=s", "influx://h:0/db",
                "influx://h/a b/write", "influxs://h"):
        d = Driver(driver, "-b", 1, url).wait()
        if d.process.returncode != 78:
            result("malformed URLs are refused", f"{url} isn't")
            return
    d = Driver(driver, "-T", f"{folder}/none", "influx://127.0.0.1:1/x").wait()
    result("malformed URLs are refused",
           differ(d.process.returncode, 78, "without the token's file"))


def patience():
    """503 twice with Retry-After, then well."""
    s = Server(lambda n, lines: (503, {"Retry-After": "1"}, b"busy")
               if n <= 2 else None)
    d = Driver(driver, "-b", 100, "-i", 1, f"{s.url}/db").wait()
    waits = s.requests[2][0] - s.requests[0][0]
    result("503: repeated until it is stored",
           d.ledger(stored=1300) or differ(len(s.lines), 1300))
    result("Retry-After is heeded", waits < 2 and f"{waits:.2f} s")
    result("said once, and that it is over",
           (d.err.count(b"503"), d.err.count(b"takes records again")) != (1, 1)
           and d.err)
    s = Server(lambda n, lines: (429, {"Retry-After": "99999999999999999"}, b"")
               if n == 1 else None)
    d = Driver(driver, "-b", 1, "-d", 300, f"{s.url}/db").wait()
    result("an endless Retry-After is no overflow",
           d.ledger(spooled=13) or differ(len(s.requests), 1))


def bad_lines():
    """One line is refused: the others are stored."""
    made = made_lines(driver, folder, 1000)
    bad = made[5678]
    s = Server(lambda n, lines: (400, {}, b'{"error":"unable to parse"}\n')
               if bad in lines else None)
    d = Driver(driver, "-R", "-b", 1000, f"{s.url}/db").wait()
    result("400: the bad line is found and counted, the others are stored",
           d.ledger(spooled=0, lost_error=1) or
           differ({line for line in s.lines
                   if not line.startswith(b"tapline_loss")} ==
                  set(made) - {bad}, True))
    result("400: that it is lost is told there as well", differ(
        sum(line.startswith(b"tapline_loss") for line in set(s.lines)), 1))
    result("400: the bad line is shown", bad[:60] not in d.err and d.err)
    result("400: it takes few requests",
           len(s.requests) > 60 and f"{len(s.requests)}")
    s = Server(lambda n, lines: (400, {}, b"no"))
    d = Driver(driver, "-R", "-b", 100, "-d", 1500, f"{s.url}/db").wait()
    result("400 for everything: not for ever, and not at speed",
           d.ledger(lost_error=16, stored=0) or
           differ(d.number("one_config_error", s.url + "/db"), 1) or
           (len(s.requests) > 40 and f"{len(s.requests)} requests"))


def too_large():
    s = Server(lambda n, lines: (413, {}, b"too large")
               if sum(map(len, lines)) > 50000 else None)
    d = Driver(driver, "-R", "-b", 1000, f"{s.url}/db").wait()
    result("413: smaller batches", d.ledger(stored=13000) or
           (sum(r[4] > 50000 for r in s.requests) > 10 and
            "it doesn't learn"))


def login():
    token = f"{folder}/token2"
    with open(token, "w", encoding="utf-8") as f:
        f.write("old\n")
    s = Server()
    s.answer = lambda n, lines: (
        None if s.requests[-1][2]["Authorization"] == "Token new"
        else (401, {}, b'{"code":"unauthorized"}'))
    d = Driver(driver, "-b", 300, "-i", 5, "-T", token, f"{s.url}/o/b")
    said = d.said("401")
    time.sleep(0.3)
    asked = len(s.requests)
    with open(token, "w", encoding="utf-8") as f:
        f.write("new\n")
    d.process.send_signal(signal.SIGHUP)
    d.wait()
    result("401: records wait, and it is said",
           not said and d.err or differ(asked, 1))
    result("a new token and SIGHUP: nothing is lost", d.ledger(stored=3900))
    for status in 301, 403, 404:
        s = Server(lambda n, lines: (status, {"Location": "/x"}, b""))
        d = Driver(driver, "-b", 1, "-d", 300, f"{s.url}/db").wait()
        result(f"{status}: records wait", d.ledger(spooled=13) or
               differ(len(s.requests), 1))


class Rude(threading.Thread):
    """A server whose connections get what is said here, byte for byte."""

    def __init__(self, *answers):
        super().__init__(daemon=True)
        self.s = socket.socket()
        self.s.bind(("127.0.0.1", 0))
        self.s.listen(8)
        self.url = f"influx://127.0.0.1:{self.s.getsockname()[1]}"
        self.answers, self.open = answers, []
        self.start()

    def run(self):
        i = 0
        while True:
            conn = self.s.accept()[0]
            answer = self.answers[min(i, len(self.answers) - 1)]
            i += 1
            threading.Thread(target=self.serve, args=(conn, answer),
                             daemon=True).start()

    def serve(self, conn, answer):
        data = b""
        try:
            while answer is not None:
                while b"\r\n\r\n" not in data:
                    chunk = conn.recv(1 << 16)
                    if not chunk:
                        return
                    data += chunk
                head, data = data.split(b"\r\n\r\n", 1)
                n = int(re.search(rb"Content-Length: (\d+)", head)[1])
                while len(data) < n:
                    data += conn.recv(1 << 16)
                data = data[n:]
                if callable(answer):
                    answer(conn)
                else:
                    conn.sendall(answer)
                if answer != OK:
                    conn.close()
                    return
            self.open.append(conn)
        except OSError:
            pass


OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def endless(start, more):
    def send(conn):
        conn.sendall(start)
        for _ in range(1 << 14):
            conn.sendall(more)
    return send


def rude():
    answers = {
        "garbage": b"\0\1\2*3\r\n$3\r\n",
        "nothing": b"",
        "half a header": b"HTTP/1.1 20",
        "a header without end": endless(b"HTTP/1.1 200 OK\r\nX: ",
                                        b"x" * 10000),
        "headers without end": endless(b"HTTP/1.1 200 OK\r\n",
                                       b"X: y\r\n" * 1000),
        "a body without end": endless(b"HTTP/1.1 503 No\r\n\r\n",
                                      b"x" * 10000),
        "chunks without end": endless(
            b"HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        "a chunk of the wrong kind":
            b"HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"-5\r\nxx\r\n",
        "a length of the wrong kind":
            b"HTTP/1.1 204 No\r\nContent-Length: -1\r\n\r\n",
        "a status of the wrong kind": b"HTTP/1.1 -204 x\r\n\r\n",
    }
    for what, answer in answers.items():
        s = Rude(answer, OK)
        d = Driver(driver, "-b", 50, "-d", 8000, s.url + "/db").wait()
        result(f"{what}: repeated, and stored once it answers",
               d.ledger(stored=650) or
               (d.number("anon_kb") > 20000 and
                os.environ.get("SAN", "0") == "0" and "memory"))
    s = Rude(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    d = Driver(driver, "-b", 50, "-i", 2, s.url + "/db").wait()
    result("a connection for each", d.ledger(stored=650))
    text = b"\x1b[2J\r\ntapline: fake\n%s%n\xff"
    s = Rude(b"HTTP/1.1 404 No\r\nContent-Length: %d\r\n\r\n%s" %
             (len(text), text))
    d = Driver(driver, "-b", 1, "-d", 300, s.url + "/db").wait()
    result("what it says is clean in the log",
           b"\\x1b[2J\\x0d\\x0atapline" not in d.err and d.err)


def hanging():
    """It accepts and says nothing; the second time it answers."""
    s = Rude(None, OK)
    start = time.monotonic()
    d = Driver(driver, "-b", 100, "-d", 20000, s.url + "/db").wait()
    took = time.monotonic() - start
    result("a server that hangs: given up after 10 s, then repeated",
           d.ledger(stored=1300) or (not 10 <= took < 15 and f"{took:.1f} s"))
    result("and it is said", b"no answer" not in d.err and d.err)


def slow_link():
    """A link of 100 kB/s: everything comes, late."""
    s = Server()
    relay = socket.socket()
    relay.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    relay.bind(("127.0.0.1", 0))
    relay.listen(8)

    def carry(a, b, pace):
        try:
            while True:
                data = a.recv(2000)
                if not data:
                    break
                if pace:
                    time.sleep(len(data) / 100000)
                b.sendall(data)
        except OSError:
            pass
        b.close()

    def serve():
        while True:
            a = relay.accept()[0]
            b = socket.create_connection(("127.0.0.1", s.port))
            threading.Thread(target=carry, args=(a, b, True),
                             daemon=True).start()
            threading.Thread(target=carry, args=(b, a, False),
                             daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    d = Driver(driver, "-R", "-b", 4000, "-d", 30000,
               f"influx://127.0.0.1:{relay.getsockname()[1]}/db").wait()
    result("a slow link: nothing is lost",
           d.ledger(stored=52000) or differ(n_bins_stored(s), 52000))


def tls():
    if not shutil.which("openssl"):
        skip("TLS", "no openssl")
        return
    for who in "ca", "other":
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", f"{folder}/{who}.key", "-out", f"{folder}/{who}.crt",
             "-days", "2", "-subj", f"/CN={who}", "-addext",
             "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/ca.crt", f"{folder}/ca.key")
    s = Server(context=context)
    d = Driver(driver, "-R", "-b", 3000, "-A", f"{folder}/ca.crt",
               f"{s.url}/db").wait()
    result("influxs: stored over TLS", d.ledger(stored=39000) or
           differ(len(s.lines), 39000))
    n = len(s.requests)
    d = Driver(driver, "-b", 1, "-d", 500, "-A", f"{folder}/other.crt",
               f"{s.url}/db").wait()
    result("influxs: a certificate that nobody vouches for: nothing is sent",
           d.ledger(spooled=13) or differ(len(s.requests), n) or
           (b"certificate" not in d.err and d.err))
    result("influxs: somebody has to see to it",
           differ(d.number("one_config_error", s.url + "/db"), 1) or
           differ(d.number("one_waiting", s.url + "/db"), 0))
    s = Server(lambda n, lines: (204, {"Connection": "close"}, b""), context)
    d = Driver(driver, "-b", 50, "-i", 5, "-A", f"{folder}/ca.crt",
               f"{s.url}/db").wait()
    result("influxs: a connection for each", d.ledger(stored=650))


def outage():
    """The server goes away and comes back, at another connection each."""
    port = free_port()
    d = Driver(driver, "-b", 200, "-i", 2, "-d", 10000,
               f"influx://127.0.0.1:{port}/db")
    said = d.said("no connection")
    s = http.server.ThreadingHTTPServer.__new__(Server)
    # At the port that was refused.
    s.allow_reuse_address = True
    http.server.ThreadingHTTPServer.__init__(s, ("127.0.0.1", port), Handler)
    s.answer, s.requests, s.lines = (lambda n, lines: None), [], []
    s.n_connections, s.lock = 0, threading.Lock()
    threading.Thread(target=s.serve_forever, daemon=True).start()
    d.wait()
    result("a server that comes late misses nothing",
           not said and "not said" or d.ledger(stored=2600))


def overflow():
    s = Rude(None)
    d = Driver(driver, "-b", 10000, "-d", 100, "-k", 60, s.url + "/db").wait()
    result("a queue that is full loses its oldest, and counts them",
           d.ledger() or (d.number("lost_full") == 0 and "none"))
    if os.environ.get("SAN", "0") == "0":
        result("and memory stays in bounds",
               d.number("anon_kb") > 30000 and f"{d.number('anon_kb')} KiB")


def spool():
    """The process dies while the server hangs; its successor sends all."""
    journal = f"{folder}/spool"
    s = Server()
    s.answer = lambda n, lines: (503, {}, b"")
    for i in range(4):
        d = Driver(driver, "-S", journal, "-s", f"run{i}", "-b", 100000, "-i",
                   1, f"{s.url}/db")
        d.said("503")
        time.sleep(random.uniform(0.2, 1))
        d.process.kill()
        d.wait()
    s.answer = lambda n, lines: None
    d = Driver(driver, "-S", journal, "-s", "last", "-b", 100, "-d", 20000,
               f"{s.url}/db").wait()
    result("spool: the ledger holds after four deaths",
           d.ledger(spooled=0, lost_full=0, lost_error=0))
    lines = set(s.lines)
    problem = None
    for sensor in [f"run{i}" for i in range(4)] + ["last"]:
        mine = [line for line in lines if b"sensor=%s" % sensor.encode() in
                line]
        bins = sorted(int(re.search(rb" packets=(\d+)i,bytes=", line)[1])
                      for line in mine if line.startswith(b"tapline_bin"))
        if not bins or bins != list(range(len(bins))):
            problem = problem or f"{sensor}: bins {bins[:3]}...{bins[-3:]}"
        if len(mine) != 13 * len(bins):
            problem = problem or f"{sensor}: {len(mine)} lines"
    result("spool: every line of every life is stored, without a gap", problem)


class Influxd:
    def __init__(self):
        self.port, self.dir = free_port(), f"{folder}/influxd"
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()
        self.query("CREATE DATABASE t")

    def start(self):
        env = dict(os.environ, INFLUXDB_REPORTING_DISABLED="true",
                   INFLUXDB_BIND_ADDRESS="127.0.0.1:0",
                   INFLUXDB_META_DIR=f"{self.dir}/m",
                   INFLUXDB_DATA_DIR=f"{self.dir}/d",
                   INFLUXDB_DATA_WAL_DIR=f"{self.dir}/w",
                   INFLUXDB_HTTP_BIND_ADDRESS=f"127.0.0.1:{self.port}",
                   INFLUXDB_HTTP_LOG_ENABLED="false",
                   INFLUXDB_MONITOR_STORE_ENABLED="false")
        with open(f"{folder}/influxd.log", "ab") as log:
            self.process = subprocess.Popen(["influxd", "-config", ""],
                                            env=env, stdout=log, stderr=log)
        if not await_that(self.is_up, 30):
            raise RuntimeError("influxd didn't start")

    def is_up(self):
        try:
            return urllib.request.urlopen(f"{self.url}/ping").status == 204
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def query(self, q):
        data = urllib.parse.urlencode({"q": q, "db": "t"}).encode()
        with urllib.request.urlopen(f"{self.url}/query", data) as r:
            return json.load(r)["results"]

    def sums(self, sensor):
        """Points and sums of fields of each measurement of this sensor."""
        found = {}
        for m, field in (("bin", "packets"), ("self", "received"),
                         ("top", "bytes")):
            r = self.query(f"SELECT count({field}), sum({field}) FROM "
                           f"tapline_{m} WHERE sensor='{sensor}'")
            found[m] = tuple(r[0]["series"][0]["values"][0][1:])
        return found


def sums_of_lines(lines):
    found = {"bin": [0, 0], "self": [0, 0], "top": [0, 0]}
    for line in lines:
        m = re.match(rb"tapline_([a-z]+),.*[ ,](?:packets|received|bytes)="
                     rb"(\d+)i", line)
        kind = m[1].decode()
        field = {"bin": b"packets", "self": b"received", "top": b"bytes"}[kind]
        value = re.search(rb"[ ,]%s=(\d+)i" % field, line)[1]
        found[kind][0] += 1
        found[kind][1] += int(value)
    return {kind: tuple(v) for kind, v in found.items()}


def influxdb():
    if not shutil.which("influxd"):
        skip("InfluxDB 1", "no influxd")
        return
    server = Influxd()
    try:
        url = f"influx://127.0.0.1:{server.port}/t"
        want = sums_of_lines(made_lines(driver, folder, 5000))
        d = Driver(driver, "-R", "-b", 5000, url).wait()
        result("InfluxDB 1: a replay, point for point",
               d.ledger(stored=65000) or differ(server.sums("s1"), want))
        # At least as long as the kills take.
        d = Driver(driver, "-s", "killed", "-b", 5000, "-i", 1, "-d", 30000,
                   url)
        for _ in range(rounds):
            time.sleep(random.uniform(0.05, 0.8))
            server.kill()
            time.sleep(random.uniform(0, 0.3))
            server.start()
        d.wait(120)
        result(f"InfluxDB 1: killed {rounds} times: nothing is lost or double",
               d.ledger(stored=65000) or differ(server.sums("killed"), want))
        d = Driver(driver, "-b", 1, "-d", 500,
                   f"influx://127.0.0.1:{server.port}/none").wait()
        result("InfluxDB 1: a database that isn't there: records wait",
               d.ledger(spooled=13) or
               (b"database not found" not in d.err and d.err))
        d = Driver(driver, "-x", "-b", 3, "-k", 30, "-s", "hostile",
                   url).wait()
        result("InfluxDB 1: hostile names: every line is taken",
               d.ledger(stored=99))
        # A field of another type: the server refuses that one line.
        urllib.request.urlopen(urllib.request.Request(
            f"{server.url}/write?db=t", b"tapline_self,sensor=typed "
            b'received="x" 1500000000000000000', method="POST"))
        d = Driver(driver, "-b", 3, "-s", "typed", "-t", 1500000000000,
                   url).wait()
        result("InfluxDB 1: lines that it can't store are given up alone",
               d.ledger() or (d.number("lost_error") != 3 and
                              f"{d.number('lost_error')} of 39"))
    finally:
        server.kill()


def victoria():
    if not shutil.which("victoria-metrics"):
        skip("VictoriaMetrics", "no victoria-metrics")
        return
    port = free_port()
    with open(f"{folder}/vm.log", "wb") as log:
        process = subprocess.Popen(
            ["victoria-metrics", f"-storageDataPath={folder}/vm",
             f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=100y",
             "-loggerLevel=WARN"], stdout=log, stderr=log)

    def get(path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as r:
                return r.read().decode()
        except OSError:
            return ""

    try:
        if not await_that(lambda: get("/health"), 30):
            raise RuntimeError("victoria-metrics didn't start")
        for path in "db", "write":
            d = Driver(driver, "-R", "-b", 500, "-s", f"vm{path}",
                       f"influx://127.0.0.1:{port}/{path}").wait()
            get("/internal/force_flush")
            got = [json.loads(line) for line in get(
                "/api/v1/export?match[]=tapline_bin_packets%7Bsensor=%22vm" +
                path + "%22%7D").splitlines()]
            result(f"VictoriaMetrics: /{path}",
                   d.ledger(stored=6500) or
                   differ([sum(v["values"]) for v in got],
                          [sum(range(500))]))
    finally:
        process.terminate()
        process.wait()


for test in (urls, requests_as_they_should_be, patience, bad_lines, too_large,
             login, rude, hanging, slow_link, tls, outage, overflow, spool, influxdb,
             victoria):
    try:
        test()
    except Exception as e:  # a test that breaks is a test that fails
        result(test.__name__, f"{type(e).__name__}: {e}")
finish()
