# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Servers that fail, for leaks.py: each fault is a function of the server and
a connection."""
import os
import select
import socket
import socketserver
import ssl
import struct
import threading
import time


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


class Server(threading.Thread):
    """In front of a real one: every other connection meets a fault, those
    between work until something was stored, and are closed then."""

    def __init__(self, fault, upstream, context=None, wait_for=b"EXEC"):
        super().__init__(daemon=True)
        self.fault, self.upstream, self.context = fault, upstream, context
        self.wait_for = wait_for
        # Lines have no answer: a connection is well once it lasts.
        self.hold = 1.2 if wait_for == b"\n" else 0.1
        self.n_good = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        is_good = False
        while True:
            s, _ = self.listener.accept()
            try:
                s.settimeout(10)
                if not is_good:
                    self.fault(self, s)
                elif self.good(s):
                    self.n_good += 1
            except OSError:
                pass
            s.close()
            is_good = not is_good

    def wrap(self, s):
        if self.context is None:
            return s
        return self.context.wrap_socket(s, server_side=True)

    def good(self, s):
        """Passes on what both say, until something was stored."""
        s, asked, is_asked, end = self.wrap(s), b"", False, 1 << 60
        with socket.create_connection(("127.0.0.1", self.upstream)) as up:
            while time.monotonic() < end:
                ready = select.select([s, up], [], [], 0.02)[0]
                while s in ready or getattr(s, "pending", int)():
                    part = s.recv(65536)
                    if not part:
                        return False
                    asked = asked[-8:] + part
                    if self.wait_for in asked and not is_asked:
                        is_asked = True
                        end = time.monotonic() + self.hold
                    up.sendall(part)
                    ready = [i for i in ready if i is not s]
                if up in ready:
                    s.sendall(up.recv(65536))
        # Closed with something unread, it would take back the answer.
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
        return True


def close(_, s):
    s.close()


def rst(_, s):
    reset(s)


def rst_later(server, s):
    """In the middle of what it says."""
    s = server.wrap(s)
    s.recv(16)
    reset(s)


def says(text):
    """To whatever is asked, until we are left or some more was asked."""
    def fault(server, s):
        s = server.wrap(s)
        s.settimeout(0.1)
        try:
            while s.recv(65536):
                s.sendall(text)
        except socket.timeout:
            pass
    return fault


def garbage_hello(_, s):
    s.recv(65536)
    s.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 50)


def handshake_only(server, s):
    server.wrap(s).close()


def elsewhere(server, s):
    says(b"-MOVED 1 127.0.0.1:%d\r\n" % server.port)(server, s)


def mute(server, s):
    """Until its deadline has passed."""
    s.settimeout(60)
    while s.recv(65536):
        pass


def context(folder, cert="cert.pem", key="key.pem"):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(os.path.join(folder, cert), os.path.join(folder, key))
    return c


class Sink(socketserver.BaseRequestHandler):
    """An InfluxDB, or a socket of lines, that takes everything."""

    def handle(self):
        asked = b"-"
        try:
            while asked:
                asked = self.request.recv(65536)
                if asked.startswith(b"POST"):
                    self.request.sendall(b"HTTP/1.1 204 Stored\r\n\r\n")
        except OSError:
            pass  # the connection was broken on purpose


def sink():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
