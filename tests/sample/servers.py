#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""The servers of the sample: HTTP on port 80 and HTTPS on port 443, each
over IPv4 and IPv6.

    servers.py CERTIFICATE KEY
"""
import http.server
import random
import socket
import ssl
import sys
import threading


def words(n):
    r = random.Random(n)
    return " ".join("".join(r.choice("abcdefghijklmnop") for _ in range(5))
                    for _ in range(n // 6)).encode()


PAGES = {
    "/": ("text/html", b"<!DOCTYPE html><title>Example</title><p>" +
          words(6000)),
    "/style.css": ("text/css", words(2500)),
    "/app.js": ("text/javascript", words(9000)),
    "/logo.bin": ("application/octet-stream", random.Random(1).randbytes(4000)),
    "/news": ("text/html", b"<!DOCTYPE html><p>" + words(3000)),
    "/v1/status": ("application/json", b'{"status":"ok"}\n'),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sample/1", ""

    def answer(self, code, kind, body):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        page = PAGES.get(self.path.split("?")[0])
        if page:
            self.answer(200, *page)
        else:
            self.answer(404, "text/plain", b"not found\n")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(201, "application/json", b'{"stored":true}\n')

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def handle_error(self, *args):
        pass


def main():
    plain = Server(("::", 80), Handler)
    tls = Server(("::", 443), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    tls.socket = context.wrap_socket(tls.socket, server_side=True)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    print("ready", flush=True)
    tls.serve_forever()


main()
