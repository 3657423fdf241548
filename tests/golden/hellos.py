# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Golden case of hellos: TLS over TCP and QUIC, both sides."""

import os
import re
import struct

from packets import A, B, ether, ip4, pcap, udp
from talk import Connection

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib",
                       "quic_samples.h")


def vector(width, data):
    return len(data).to_bytes(width, "big") + data


def extension(kind, data):
    return struct.pack(">H", kind) + vector(2, data)


def shake(kind, body):
    return bytes([kind]) + vector(3, body)


def record(data, kind=22):
    return bytes([kind]) + b"\3\3" + vector(2, data)


def client(name, ciphers=(0x1301, 0xC02F), alpn=(b"h2", b"http/1.1"),
           versions=(0x0304, 0x0303)):
    ext = b""
    if name:
        ext += extension(0, vector(2, b"\0" + vector(2, name)))
    ext += extension(10, vector(2, b"\0\x1d\0\x17"))
    ext += extension(13, vector(2, b"\4\3\x08\4"))
    if alpn:
        ext += extension(16, vector(2, b"".join(vector(1, p) for p in alpn)))
    if versions:
        ext += extension(43, vector(1, b"".join(
            struct.pack(">H", v) for v in versions)))
    return shake(1, b"\3\3" + bytes(range(32)) + vector(1, b"") + vector(
        2, b"".join(struct.pack(">H", c) for c in ciphers)) + b"\1\0" +
        vector(2, ext))


def server(cipher=0x1301, version=0x0304, rand=bytes(32)):
    ext = extension(43, struct.pack(">H", version)) if version > 0x303 else b""
    return shake(2, b"\3\3" + rand + vector(1, b"") +
                 struct.pack(">HB", cipher, 0) + vector(2, ext))


RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891"
                      "c2a211167abb8c5e079e09e2c8a8339c")


def der(tag, *parts):
    data = b"".join(parts)
    size = bytes([len(data)]) if len(data) < 128 else b"\x82" + struct.pack(
        ">H", len(data))
    return bytes([tag]) + size + data


def name(*pairs):
    return der(0x30, *(der(0x31, der(0x30, der(6, oid), der(0x0C, text)))
                       for oid, text in pairs))


def certificate(subject, organisation):
    """As much of one as has a subject (RFC 5280, 4.1)."""
    algorithm = der(0x30, der(6, b"\x2a\x86\x48\xce\x3d\4\3\2"))
    valid = der(0x30, der(0x17, b"240101000000Z"), der(0x17, b"340101000000Z"))
    body = der(0x30, der(0xA0, der(2, b"\2")), der(2, b"\1"), algorithm,
               name((b"\x55\4\3", b"Golden CA")), valid,
               name((b"\x55\4\x0a", organisation), (b"\x55\4\3", subject)),
               der(0x30, algorithm, der(3, bytes(66))))
    return der(0x30, body, algorithm, der(3, bytes(71)))


def certificates(*ders):
    return shake(11, vector(3, b"".join(vector(3, d) for d in ders)))


def quic_samples():
    with open(SAMPLES, encoding="utf-8") as f:
        text = f.read()
    for which in ("client_v1", "server_v1", "client_v2", "server_v2"):
        part = text[text.index("quic_" + which + "["):].split(";")[0]
        yield bytes(int(x, 16) for x in re.findall(r"\\x([0-9a-f]{2})", part))


def hellos():
    p = []

    def one(port):
        return Connection(p, len(p) / 10, port, 443).open()
    one(4001).ask(record(client(b"tls13.example"))).answer(
        record(server())).close()
    chain = certificates(certificate(b"tls12.example", b"Example, Inc."),
                         certificate(b"Golden CA", b"Example, Inc."))
    one(4002).ask(record(client(b"tls12.example", (0xC02F,), (b"http/1.1",),
                                ()))).answer(
        record(server(0xC02F, 0x0303) + chain)).close()
    # Over records and segments, cut in the name and in the certificate.
    hello, cert = client(b"split.example"), server(0xC030, 0x0303) + chain
    wire = record(hello[:60]) + record(hello[60:])
    back = record(cert[:200]) + record(cert[200:])
    c = one(4003)
    for at in range(0, len(wire), 33):
        c.ask(wire[at:at + 33])
    for at in range(0, len(back), 150):
        c.answer(back[at:at + 150])
    c.close()
    # A retry request: the second hello counts, too.
    one(4004).ask(record(client(b"retry.example"))).answer(
        record(server(rand=RETRY)) + record(b"\1", 20)).ask(
        record(b"\1", 20) + record(client(b"retry.example"))).answer(
        record(server(0x1302))).close()
    one(4005).ask(record(client(b""))).answer(
        b"\x15\3\3\0\2\2\x28").close()  # refused: an alert
    for i, (ask, answer) in enumerate(zip(*[iter(quic_samples())] * 2)):
        t = 6 + i
        p.append((t, ether(ip4(A, B, 17, udp(5001 + i, 443, ask)))))
        p.append((t + 0.03, ether(ip4(B, A, 17, udp(443, 5001 + i, answer)))))
    return {"in.pcap": pcap(p)}
