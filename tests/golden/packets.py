# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Packets and files, byte by byte, for the golden cases."""

import itertools
import socket
import struct

T0 = 1700000000
ETHER, NULL, LOOP, RAW, SLL, SLL2 = 1, 0, 108, 101, 113, 276
A, B, C = "192.0.2.1", "198.51.100.2", "203.0.113.3"
A6, B6 = "2001:db8::1", "2001:db8:1::2"


# Packets --------------------------------------------------------------------

def addr(text):
    return socket.inet_pton(
        socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


IDENT = itertools.count(1)  # equal packets would be copies of one


def ip4(src, dst, proto, data, total=None, frag=0, options=b"", ident=None):
    head = 20 + len(options)
    if ident is None:
        ident = 7 if frag & 0x3FFF else next(IDENT) & 0xFFFF
    if total is None:
        total = head + len(data)
    h = struct.pack(">BBHHHBBH", 0x40 | head // 4, 0, total, ident, frag, 64,
                    proto, 0) + addr(src) + addr(dst) + options
    return h[:10] + struct.pack(">H", checksum(h)) + h[12:] + data


def ip6(src, dst, proto, data, size=None):
    if size is None:
        size = len(data)
    return struct.pack(">IHBB", 0x60000000, size, proto, 64) + \
        addr(src) + addr(dst) + data


def udp(sport, dport, data):
    return struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data


def tcp(sport, dport, data=b"", flags=0x18, options=b"", seq=1000, ack=2000,
        window=64240):
    options += bytes(-len(options) % 4)
    return struct.pack(">HHIIBBHHH", sport, dport, seq, ack,
                       (5 + len(options) // 4) << 4, flags, window, 0, 0) + \
        options + data


def icmp(kind, code=0, data=b"x" * 8):
    return struct.pack(">BBHHH", kind, code, 0, 1, 1) + data


def ether(data, kind=None):
    if kind is None:
        kind = 0x86DD if data[0] >> 4 == 6 else 0x0800
    return bytes.fromhex("020000000002020000000001") + \
        struct.pack(">H", kind) + data


def tagged(tags, data, kind=None):
    """tags: a list of (ethertype, VLAN)."""
    if kind is None:
        kind = 0x86DD if data[0] >> 4 == 6 else 0x0800
    kinds = [t[0] for t in tags] + [kind]
    out = b"".join(struct.pack(">HH", vlan, kinds[i + 1])
                   for i, (_, vlan) in enumerate(tags))
    return ether(out + data, kinds[0])


def arp():
    return struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20) + bytes(18)


def qname(name):
    if isinstance(name, str):
        name = [part.encode() for part in name.split(".")] if name else []
    return b"".join(bytes([len(p)]) + p for p in name) + b"\0"


def dns(*names, flags=0x0100, kind=1, ident=77):
    return struct.pack(">HHHHHH", ident, flags, len(names), 0, 0, 0) + b"".join(
        qname(n) + struct.pack(">HH", kind, 1) for n in names)


def http(target, host, method="GET", version="HTTP/1.1"):
    def raw(x):
        return x.encode() if isinstance(x, str) else x
    lines = [raw(method) + b" " + raw(target) + b" " + raw(version),
             b"User-Agent: golden"]
    if host is not None:
        lines.append(b"Host: " + raw(host))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def hello(name):
    ext = b""
    if name is not None:
        raw = name.encode() if isinstance(name, str) else name
        ext = struct.pack(">HHHBH", 0, len(raw) + 5, len(raw) + 3, 0,
                          len(raw)) + raw
    ext += struct.pack(">HHBH", 43, 3, 2, 0x0304)
    body = b"\x03\x03" + bytes(range(32)) + b"\0" + \
        struct.pack(">HH", 2, 0x1301) + b"\x01\0" + \
        struct.pack(">H", len(ext)) + ext
    shake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(shake)) + shake


def ping(src=A, dst=B, size=8):
    return ip4(src, dst, 1, icmp(8, data=b"x" * size))


# Files ----------------------------------------------------------------------

def pcap(packets, link=ETHER, order="<", nano=False, snaplen=262144):
    """packets: (seconds after T0, bytes[, length on the wire])."""
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4,
                       2, 4, 0, 0, snaplen, link)]
    for t, data, *wire in packets:
        ns = round(t * 10**9)
        sec, frac = T0 + ns // 10**9, ns % 10**9 // (1 if nano else 1000)
        out.append(record(order, sec, frac, data, *wire))
    return b"".join(out)


def record(order, sec, frac, data, wire=None):
    return struct.pack(order + "IIII", sec, frac, len(data),
                       len(data) if wire is None else wire) + data


def pcapng(packets, order="<", links=(ETHER,), exp=6):
    """packets: (seconds after T0, bytes[, interface])."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + size + body + size
    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    for link in links:
        out += block(1, struct.pack(order + "HHI", link, 0, 262144) +
                     struct.pack(order + "HHBxxxHH", 9, 1, exp, 0, 0))
    for t, data, *face in packets:
        units = (T0 * 10**9 + round(t * 10**9)) // 10**(9 - exp)
        out += block(6, struct.pack(
            order + "IIIII", face[0] if face else 0, units >> 32,
            units & 0xFFFFFFFF, len(data), len(data)) + data)
    return out
