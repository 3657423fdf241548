# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""A reader of pcap and pcapng, also packed, for count.py.

It reads what libpcap reads, and stops where libpcap gives up; what a damaged
file gives is for a bare loop of libpcap to say.
"""

import shutil
import struct
import subprocess
import sys
import zlib

# What libpcap takes for a snapshot length that says nothing.
SNAPLEN = 262144


def read_bytes(path):
    """The file's bytes, unpacked as far as they can be."""
    if path == "-":
        raw = sys.stdin.buffer.read()
    else:
        with open(path, "rb") as f:
            raw = f.read()
    if raw[:2] == b"\x1f\x8b":
        out = b""
        while raw[:2] == b"\x1f\x8b":
            z = zlib.decompressobj(31)
            try:
                out += z.decompress(raw)
            except zlib.error:
                break
            if not z.eof:
                break
            raw = z.unused_data
        return out
    if raw[:4] == b"\x28\xb5\x2f\xfd" and shutil.which("zstd"):
        return subprocess.run(["zstd", "-dcq"], input=raw, check=False,
                              stdout=subprocess.PIPE).stdout
    return raw


# The magic, as its bytes stand in the file: byte order, fraction of a second
# in ns, length of a record's header.
CLASSIC = {}
for _magic, _unit, _size in ((0xA1B2C3D4, 1000, 16), (0xA1B23C4D, 1, 16),
                             (0xA1B2CD34, 1000, 24)):
    for _order in "<>":
        CLASSIC[struct.pack(_order + "I", _magic)] = (_order, _unit, _size)


def packets_of(path):
    """Yields (ns, captured bytes, length on the wire, link type)."""
    data = read_bytes(path)
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        yield from pcapng(data)
    elif data[:4] in CLASSIC:
        yield from classic(data)


def classic(data):
    order, unit, size = CLASSIC[data[:4]]
    if len(data) < 24:
        return
    major, minor = struct.unpack_from(order + "HH", data, 4)
    snaplen, link = struct.unpack_from(order + "II", data, 16)
    link &= 0x03FFFFFF
    if snaplen == 0 or snaplen > 0x7FFFFFFF:
        snaplen = SNAPLEN
    at = 24
    while at + size <= len(data):
        sec, frac, caplen, wire = struct.unpack_from(order + "4I", data, at)
        at += size
        # Old writers had the two lengths the other way round.
        if (major, minor) in ((2, 0), (2, 1), (2, 2), (543, 0)) or (
                (major, minor) == (2, 3) and caplen > wire):
            caplen, wire = wire, caplen
        if caplen > 0x8000000 or at + caplen > len(data):
            return
        yield (sec * 10**9 + frac * unit,
               data[at:at + min(caplen, snaplen)], wire, link)
        at += caplen


def options(data, order):
    at = 0
    while at + 4 <= len(data):
        code, size = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4:at + 4 + size]
        at += 4 + (size + 3) // 4 * 4


def interface(body, order):
    link, _, snaplen = struct.unpack_from(order + "HHI", body, 0)
    per_s, offset = 10**6, 0
    for code, value in options(body[8:], order):
        if code == 9 and len(value) >= 1:
            exp = value[0] & 0x7F
            per_s = 2**exp if value[0] & 0x80 else 10**exp
        elif code == 14 and len(value) >= 8:
            offset = struct.unpack(order + "q", value[:8])[0]
    return link, snaplen, per_s, offset


def pcapng(data):
    order, faces, at = "<", [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            faces = []
        kind, size = struct.unpack_from(order + "II", data, at)
        if size < 12 or size % 4 or at + size > len(data):
            return
        body = data[at + 8:at + size - 4]
        at += size
        if kind == 1 and len(body) >= 8:
            faces.append(interface(body, order))
        elif kind == 6 and len(body) >= 20:
            n, high, low, caplen, wire = struct.unpack_from(
                order + "5I", body, 0)
            yield from block(faces, n, high, low, body[20:], caplen, wire)
        elif kind == 2 and len(body) >= 20:
            n, _, high, low, caplen, wire = struct.unpack_from(
                order + "HHIIII", body, 0)
            yield from block(faces, n, high, low, body[20:], caplen, wire)
        elif kind == 3 and len(body) >= 4 and faces:
            wire = struct.unpack_from(order + "I", body, 0)[0]
            caplen = min(wire, faces[0][1] or wire, len(body) - 4)
            yield 0, body[4:4 + caplen], wire, faces[0][0]


def block(faces, n, high, low, data, caplen, wire):
    if n >= len(faces) or caplen > len(data):
        return
    link, snaplen, per_s, offset = faces[n]
    units = high << 32 | low
    ns = units * 10**9 // per_s + offset * 10**9
    yield ns, data[:min(caplen, snaplen or caplen)], wire, link
