#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Writes MaxMind DB files for tests: good ones of each layout, and bad ones.

    mmdb.py DIR           writes all of them into DIR

The format is MaxMind DB 2.0.  The addresses are real ones, since special
ones are never looked up; what is said of them is made up.
"""
import ipaddress
import os
import struct
import sys

MARKER = b"\xab\xcd\xefMaxMind.com"


class U16(int):
    pass


class U64(int):
    pass


class U128(int):
    pass


class Raw(bytes):
    """Bytes that stand for a value as they are."""


def control(kind, size):
    ext = b"" if kind <= 7 else bytes([kind - 7])
    first = kind if kind <= 7 else 0
    if size < 29:
        return bytes([first << 5 | size]) + ext
    if size < 285:
        return bytes([first << 5 | 29]) + ext + bytes([size - 29])
    if size < 65821:
        return bytes([first << 5 | 30]) + ext + struct.pack(">H", size - 285)
    return (bytes([first << 5 | 31]) + ext +
            struct.pack(">I", size - 65821)[1:])


def number(kind, v):
    b = int(v).to_bytes((int(v).bit_length() + 7) // 8, "big")
    return control(kind, len(b)) + b


def pointer(to):
    if to < 2048:
        return struct.pack(">H", 1 << 13 | to)
    return b"\x38" + struct.pack(">I", to)


def encode(v):
    if isinstance(v, Raw):
        return bytes(v)
    if isinstance(v, bool):
        return control(14, int(v))
    if isinstance(v, U16):
        return number(5, v)
    if isinstance(v, U64):
        return number(9, v)
    if isinstance(v, U128):
        return number(10, v)
    if isinstance(v, int):
        return number(6, v)
    if isinstance(v, float):
        return control(3, 8) + struct.pack(">d", v)
    if isinstance(v, str):
        b = v.encode("utf-8", "surrogateescape")
        return control(2, len(b)) + b
    if isinstance(v, (list, tuple)):
        return control(11, len(v)) + b"".join(encode(x) for x in v)
    return control(7, len(v)) + b"".join(
        encode(k) + encode(x) for k, x in v.items())


class Database:
    def __init__(self, kind, version=6, record=24):
        self.kind, self.version, self.record = kind, version, record
        self.root = [None, None]
        self.data = b""
        self.seen = {}

    def store(self, value):
        raw = encode(value)
        if raw not in self.seen:
            self.seen[raw] = len(self.data)
            self.data += raw
        return self.seen[raw]

    def add(self, net, value):
        n = ipaddress.ip_network(net)
        bits, addr = n.prefixlen, int(n.network_address)
        width = n.max_prefixlen
        if self.version == 6 and n.version == 4:
            bits, width = bits + 96, 128
        node = self.root
        for i in range(bits - 1):
            side = addr >> (width - 1 - i) & 1
            if not isinstance(node[side], list):
                node[side] = [node[side], node[side]]
            node = node[side]
        node[addr >> (width - bits) & 1] = self.store(value)

    def metadata(self, count):
        return {
            "binary_format_major_version": U16(2),
            "binary_format_minor_version": U16(0),
            "build_epoch": U64(1700000000),
            "database_type": self.kind,
            "description": {"en": "made by tests/lib/mmdb.py"},
            "ip_version": U16(self.version),
            "languages": ["en"],
            "node_count": count,
            "record_size": U16(self.record),
        }

    def bytes(self, **changes):
        nodes, todo = [], [self.root]
        number_of = {id(self.root): 0}
        while todo:
            node = todo.pop(0)
            nodes.append(node)
            for child in node:
                if isinstance(child, list):
                    number_of[id(child)] = len(number_of)
                    todo.append(child)
        tree = b""
        for node in nodes:
            left, right = (
                number_of[id(c)] if isinstance(c, list) else
                len(nodes) if c is None else len(nodes) + 16 + c
                for c in node)
            if self.record == 24:
                tree += struct.pack(">I", left)[1:] + struct.pack(
                    ">I", right)[1:]
            elif self.record == 28:
                tree += (struct.pack(">I", left)[1:] +
                         bytes([left >> 24 << 4 | right >> 24]) +
                         struct.pack(">I", right)[1:])
            else:
                tree += struct.pack(">II", left, right)
        meta = {**self.metadata(len(nodes)), **changes}
        return tree + bytes(16) + self.data + MARKER + encode(meta)


def nested_country(code):
    return {"country": {"iso_code": code, "names": {"en": "?"}}}


def good():
    db = Database("GeoLite2-City")
    db.add("81.2.69.0/24", {
        **nested_country("GB"),
        "city": {"names": {"de": "nein", "en": "London"}},
        "location": {"latitude": 51.5, "longitude": -0.1},
        "subdivisions": [{"iso_code": "ENG"}], "proxy": True})
    db.add("2a00:1450::/32", {
        **nested_country("IE"), "city": {"names": {"en": "Dublin"}}})
    db.add("8.8.4.0/24", {"registered_country": {"iso_code": "US"}})
    db.add("8.8.5.0/24", {
        **nested_country("DE"), "registered_country": {"iso_code": "US"}})
    # What a hostile database says.
    db.add("9.0.0.0/24", {
        **nested_country("D\n"), "city": {"names": {"en": "a\nb,c=\x1b[1m"}}})
    db.add("9.0.1.0/24", {
        **nested_country("DEU"), "city": {"names": {"en": "ä" * 60}}})
    db.add("9.0.2.0/24", {
        "country": {"iso_code": 49}, "city": {"names": ["en"]}})
    db.add("9.0.3.0/24", {"city": {"names": {"en": "x" * 70000}}})
    db.add("9.0.4.0/24", {"city": {"names": {"en": "\udcff\udcfe"}}})
    # Special-purpose addresses must not be found even if they are there.
    for net in ("10.0.0.0/8", "192.0.2.0/24", "127.0.0.0/8", "224.0.0.0/4",
                "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8"):
        db.add(net, nested_country("XX"))
    yield "city", db.bytes()

    db = Database("GeoLite2-ASN", record=28)
    db.add("1.128.0.0/11", {
        "autonomous_system_number": 1221,
        "autonomous_system_organization": "Example Telco Pty Ltd"})
    db.add("1.0.0.0/24", {"autonomous_system_number": U16(13335)})
    db.add("1.0.1.0/24", {"autonomous_system_number": U64(4200000001)})
    db.add("1.0.2.0/24", {"autonomous_system_number": U64(1 << 32)})
    db.add("1.0.3.0/24", {"autonomous_system_number": U128(1 << 90)})
    db.add("81.2.69.0/24", {
        "autonomous_system_number": 20712,
        "autonomous_system_organization": "Example Networks"})
    yield "asn", db.bytes()

    db = Database("country ipvAll", record=32)
    db.add("81.2.69.0/24", {"country_code": "FR"})
    db.add("9.9.9.0/24", {"country_code": "ch"})
    db.add("9.9.8.0/24", {"country_code": ""})
    db.add("2001:218::/32", {"country_code": "JP"})
    yield "flat-country", db.bytes()

    db = Database("city ipv4", version=4)
    db.add("9.9.9.0/24", {
        "city": "Zürich", "country_code": "CH", "latitude": 47.4,
        "postcode": "", "state1": "", "state2": "", "timezone": ""})
    yield "flat-city-ipv4", db.bytes()

    db = Database("asn ipvAll")
    db.add("9.9.9.0/24", {"as_number": 19281, "as_organization": "Quad"})
    db.add("9.9.8.0/24", {"asn": "AS64496", "as_name": "Text"})
    yield "flat-asn", db.bytes()

    db = Database("GeoLite2-Country")
    db.add("9.9.9.0/24", nested_country("CH"))
    # A value that is reached through pointers, as real databases do it.
    at = db.store({"iso_code": "SE", "names": {"en": "?"}})
    db.data += bytes(3000)
    far = db.store("country")
    db.add("9.9.8.0/24",
           Raw(control(7, 1) + pointer(far) + pointer(at)))
    yield "pointers", db.bytes()


def bad():
    def one(value, net="81.2.69.0/24"):
        db = Database("GeoLite2-City")
        db.add("9.9.9.0/24", nested_country("CH"))
        db.add(net, value)
        return db

    whole = one(nested_country("GB")).bytes()
    yield "empty", b""
    yield "text", b"this is no database\n" * 100
    yield "marker-only", MARKER
    yield "no-metadata", whole[:whole.rindex(MARKER)]
    yield "cut-in-metadata", whole[:-30]
    yield "cut-in-half", whole[:len(whole) // 2]
    yield "metadata-no-map", whole[:whole.rindex(MARKER)] + MARKER + b"\x41a"
    yield "wrong-version", one({}).bytes(
        binary_format_major_version=U16(3))
    yield "node-count", one({}).bytes(node_count=1 << 20)
    # Times six, in 32 bits: nearly nothing.
    yield "node-count-wraps", one({}).bytes(node_count=0xffffffff)
    good = one({}).bytes()
    at = good.rindex(MARKER) + len(MARKER)
    size = good[at] & 31
    yield "node-count-hidden", (
        good[:at] + control(7, size + 1) + pointer(len(good) + 20 - at) +
        encode(0xffffffff) + good[at + 1:] +
        bytes(20 - len(pointer(len(good) + 20 - at)) + 2) +
        encode("node_count"))
    yield "node-count-missing", good.replace(b"node_count", b"node_kount")
    yield "record-size", one({}).bytes(record_size=U16(25))
    yield "metadata-deep", one({}).bytes(
        aaa=Raw(control(11, 1) * 60000 + encode("")))
    # These open, and are harmless when they are asked.
    deep = control(7, 1) + encode("a")
    yield "deep-maps", one(Raw(deep * 3000000 + encode(""))).bytes()
    yield "deep-arrays", one(Raw(
        control(7, 2) + encode("a") + control(11, 1) * 5000000 +
        encode("") + encode("country_code") + encode("GB"))).bytes()
    yield "huge-map", one(Raw(b"\xff\xff\xff\xff" + bytes(64))).bytes()
    yield "huge-array", one(Raw(b"\x1f\x04\xff\xff\xff" + bytes(64))).bytes()
    yield "string-past-end", one(Raw(
        control(7, 1) + encode("country_code") + b"\x5f\xff\xff\xff")).bytes()
    yield "many-values", one(Raw(
        control(7, 1) + encode("a") + control(11, 60000) +
        encode(1) * 60000)).bytes()
    db = one(nested_country("GB"))
    at = len(db.data)
    db.add("81.2.69.0/24", Raw(control(7, 1) + encode("country") +
                               pointer(at)))
    yield "cycle", db.bytes()
    yield "pointer-past-end", one(Raw(
        control(7, 1) + encode("country_code") + pointer(1 << 30))).bytes()
    b = bytearray(whole)
    b[0:6] = b"\xff" * 6
    yield "tree-past-end", bytes(b)


def main():
    for group in (good, bad):
        for name, data in group():
            path = os.path.join(sys.argv[1], name + ".mmdb")
            with open(path, "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
