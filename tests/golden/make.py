#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of the golden cases, byte by byte.

No capture is stored: each case is a function that writes its files into a
folder, always the same bytes.  Addresses are those of RFC 5737 and RFC 3849,
names those of RFC 2606.

usage: make.py CASE FOLDER        make.py lists the cases
"""

import gzip
import os
import socket
import struct
import subprocess
import sys

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


def ip4(src, dst, proto, data, total=None, frag=0, options=b"", ident=7):
    head = 20 + len(options)
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


def tcp(sport, dport, data=b"", flags=0x18, options=b""):
    return struct.pack(">HHIIBBHHH", sport, dport, 1000, 2000,
                       (5 + len(options) // 4) << 4, flags, 64240, 0, 0) + \
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


def dns(*names, flags=0x0100, kind=1):
    return struct.pack(">HHHHHH", 77, flags, len(names), 0, 0, 0) + b"".join(
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


# Cases ----------------------------------------------------------------------

def some(link_header=ether, start=0):
    """A few packets of every kind, one second apart."""
    inner = [ip4(A, B, 6, tcp(40000, 80, http("/a?b=1", "www.example.com"))),
             ip4(B, A, 6, tcp(80, 40000, b"HTTP/1.1 200 OK\r\n\r\n")),
             ip4(A, C, 17, udp(40001, 53, dns("www.example.org"))),
             ip6(A6, B6, 17, udp(40002, 53, dns("v6.example.net", kind=28))),
             ip6(A6, B6, 58, icmp(128)), ping(),
             ip6(A6, B6, 6, tcp(40003, 443, hello("tls.example.com")))]
    return [(start + i, link_header(p)) for i, p in enumerate(inner)]


def links():
    def family(order, v6):
        return lambda p: struct.pack(
            order + "I", v6 if p[0] >> 4 == 6 else 2) + p

    def sll(p):
        return struct.pack(">HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1", 0x86DD if
                           p[0] >> 4 == 6 else 0x0800) + p

    def sll2(p):
        return struct.pack(">HHIHBB8s", 0x86DD if p[0] >> 4 == 6 else 0x0800,
                           0, 2, 1, 0, 6, b"\2\0\0\0\0\1") + p
    other = [(0, ether(arp(), 0x0806)), (0, ether(b"\x42\x42\3" + bytes(43),
                                                  0x26)),
             (0, ether(bytes(46), 0x88CC))]
    return {"ether.pcap": pcap(some() + other),
            "raw.pcap": pcap(some(lambda p: p, 10), RAW),
            "raw4.pcap": pcap([(20, ping()), (20, ip6(A6, B6, 59, b""))], 228),
            "raw6.pcap": pcap([(20, ip6(A6, B6, 58, icmp(128))),
                               (20, ping())], 229),
            "null.pcap": pcap(some(family("<", 30), 30), NULL),
            "null-be.pcap": pcap(some(family(">", 24), 40), NULL),
            "loop.pcap": pcap(some(family(">", 28), 50), LOOP),
            "sll.pcap": pcap(some(sll, 60), SLL),
            "sll2.pcap": pcap(some(sll2, 70), SLL2),
            "other.pcap": pcap([(80, bytes(60))], 147)}


def vlan():
    q = 0x8100
    return {"in.pcap": pcap([
        (0, tagged([(q, 100)], ping())),
        (0, tagged([(q, 0xE064)], ping(B, A))),
        (0, tagged([(q, 0)], ping(size=20))),
        (0, tagged([(q, 1)], arp(), 0x0806)),
        (1, tagged([(0x88A8, 100), (q, 200)],
                   ip6(A6, B6, 17, udp(1, 2, b"xy")))),
        (1, tagged([(0x9100, 100), (q, 201)],
                   ip4(A, B, 6, tcp(5, 6, flags=2)))),
        (1, tagged([(q, 1), (q, 2), (q, 3)], ping(A, C))),
        (1, tagged([(q, 4095)] * 14, ping(A, C))),
        (1, tagged([(q, 7)], ping())[:17], 60),
        (1, ether(ping(C, A)))])}


def fragments():
    big = udp(5000, 53, dns("first.example") + bytes(1000))
    whole = udp(6000, 6001, bytes(64))
    head6 = struct.pack(">BBHI", 17, 0, 1, 99)
    rest6 = struct.pack(">BBHI", 17, 0, 128, 99)
    atomic = struct.pack(">BBHI", 17, 0, 0, 5)
    return {"in.pcap": pcap([
        (0, ether(ip4(A, B, 17, big[:512], frag=0x2000))),
        (0, ether(ip4(A, B, 17, big[512:], frag=512 // 8))),
        (0, ether(ip4(A, B, 17, whole, frag=0x4000))),
        (0, ether(ip4(A, B, 6, tcp(1, 2)[:8], frag=0x2000))),
        (0, ether(ip4(A, B, 6, b"\0\1\0\2", frag=0x2001))),
        (1, ether(ip6(A6, B6, 44, head6 + big[:128]))),
        (1, ether(ip6(A6, B6, 44, rest6 + big[128:200]))),
        (1, ether(ip6(A6, B6, 44, atomic + udp(
            7000, 53, dns("atomic.example"))))),
        (1, ether(ip4(A, B, 17, b"\0\x35", frag=0x2000)))])}


def extensions():
    def ext(after, words=0, data=None):
        return bytes([after, words]) + (data or b"\1\4\0\0\0\0").ljust(
            words * 8 + 6, b"\0")
    u = udp(1111, 53, dns("ext.example"))
    ah = struct.pack(">BBHII", 17, 1, 0, 1, 1)
    large = udp(1112, 2222, bytes(65527))

    def jumbo(size):
        return bytes([17, 0, 0xC2, 4]) + struct.pack(">I", 8 + size)
    chain = ext(60) + ext(60) * 11 + ext(17)
    return {"in.pcap": pcap([(0, ether(p)) for p in (
        ip6(A6, B6, 0, ext(17) + u),
        ip6(A6, B6, 43, ext(17, 2) + u),
        ip6(A6, B6, 60, ext(17, 1) + u),
        ip6(A6, B6, 0, ext(43) + ext(44) + struct.pack(
            ">BBHI", 60, 0, 0, 1) + ext(17) + u),
        ip6(A6, B6, 51, ah + u),
        ip6(A6, B6, 0, ext(59)),
        ip6(A6, B6, 59, b""),
        ip6(A6, B6, 0, jumbo(len(large)) + large, 0),
        ip6(A6, B6, 0, jumbo(len(large) + 18) + large, 0),
        ip6(A6, B6, 0, jumbo(len(u)) + u, 0),
        ip6(A6, B6, 60, ext(6, 200)),
        ip6(A6, B6, 60, b"\6"),
        ip6(A6, B6, 60, chain[:64] + u),
        ip6(A6, B6, 60, ext(60) * 200 + ext(17) + u),
        ip6(A6, B6, 50, bytes(24)),
        ip6(A6, B6, 132, b"\0\x09\0\x0a" + bytes(8)),
        ip6(A6, B6, 253, bytes(8)))])}


def time_travel():
    def at(sec, frac=0):
        return record("<", sec, frac, ether(ping()))
    head = pcap([])
    return {"in.pcap": head + b"".join((
        at(T0), at(T0 + 1, 999999), at(T0 + 2), at(T0 + 1, 5),
        at(T0 + 4), at(T0 + 1), at(T0 + 2, 7), at(T0 - 86400),
        at(T0 + 13), at(T0 + 14, 2500000), at(T0 + 15, 4000000000),
        at(0), at(T0 + 4015, 1), at(T0 + 4012), at(T0 + 4014),
        at(0x7FFFFFFF), at(0xFFFFFFFF, 999999), at(T0)))}


def formats():
    def at(start):
        return some(start=start)
    return {"micro.pcap": pcap(at(0)),
            "nano.pcap": pcap([(t + 0.999999999, p) for t, p in at(10)],
                              nano=True),
            "big.pcap": pcap(at(20), order=">"),
            "big-nano.pcap": pcap(at(30), order=">", nano=True),
            "little.pcapng": pcapng(at(40)),
            "big.pcapng": pcapng(at(50), order=">", exp=9),
            "faces.pcapng": pcapng([(t, p, i % 2) for i, (t, p) in
                                    enumerate(at(60))],
                                   links=(ETHER, ETHER)),
            "packed.pcap.gz": gzip.compress(pcap(at(70)), mtime=0)}


def zst():
    plain = pcap(some())
    packed = subprocess.run(["zstd", "-cq"], input=plain, check=True,
                            stdout=subprocess.PIPE).stdout
    return {"in.pcap.zst": packed}


def names():
    hostile = [b"a\nb", b"a\r\nb", b"a b", b"a,b=c", b'q"u"', b"back\\", b"\\",
               b"%s%n", b"\0nul", b"\x1b[31mred", b"\x7f", b"\xff\xfe",
               b"\xc3\xa9t\xc3\xa9", b"\xc2\x85nel", b"\xe2\x80\xa8line",
               b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"<script>",
               b"../../etc", b"-", b"=", b"#x", b"MiXeD", b"a.b"]
    packets = []
    for n in hostile:
        packets += [ip4(A, B, 17, udp(999, 53, dns([n, b"example"]))),
                    ip4(A, B, 6, tcp(999, 443, hello(n + b".example")))]
        if not set(n) & set(b"\n\r "):
            packets.append(ip4(A, B, 6, tcp(999, 80, http(
                b"/" + n, "example.com"))))
    long = [b"x" * 63, b"y" * 63, b"z" * 63, b"w" * 61]
    pointer = struct.pack(">HHHHHH", 1, 0x100, 2, 0, 0, 0) + \
        qname("back.example") + b"\0\1\0\1\3two\xc0\x0c\0\1\0\1"
    ahead = struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0) + \
        b"\xc0\x0e\4loop\xc0\x0c\0\1\0\1"
    packets += [ip4(A, B, 17, udp(999, port, data)) for port, data in (
        (53, dns("")), (53, dns(long)), (53, pointer), (53, ahead),
        (5353, dns("printer.local")), (5355, dns("wpad")),
        (53, dns("answer.example", flags=0x8180)), (54, dns("no.example")),
        (53, dns(*["q%d.example" % i for i in range(40)])),
        (53, dns("cut.example")[:-3]), (53, dns([b"\xff" * 63] * 3)))]
    packets += [ip4(A, B, 6, tcp(999, 80, data)) for data in (
        http("/" + "l" * 300, "long.example"),
        http("/\u20ac" * 100, "euro.example"),
        hello("UPPER.Example."), hello(None), hello(b""), hello("n" * 300))]
    return {"in.pcap": pcap([(i / 1000, ether(p))
                             for i, p in enumerate(packets)])}


def requests():
    full = http("/whole", "www.example.com")
    return {"in.pcap": pcap([(i / 100, ether(p)) for i, p in enumerate([
        ip4(A, B, 6, tcp(1024, 8081, http("/p?q=1", "Host.Example:8081"))),
        ip4(A, B, 6, tcp(1024, 80, http("/", None))),
        ip6(A6, B6, 6, tcp(1024, 80, http("/six", None))),
        ip4(A, B, 6, tcp(1024, 3128, http("http://abs.example/x", "other"))),
        ip4(A, B, 6, tcp(1024, 3128, http("c.example:443", "c.example:443",
                                          "CONNECT"))),
        ip4(A, B, 6, tcp(1024, 80, http("/form", "f.example", "POST"))),
        ip4(A, B, 6, tcp(1024, 80, full[:20])),
        ip4(A, B, 6, tcp(1024, 80, full[:-2])),
        ip4(A, B, 6, tcp(1024, 80, full[:-6])),
        ip4(A, B, 6, tcp(1024, 80, http("/v", "v", version="HTTP/2.0"))),
        ip4(A, B, 6, tcp(1024, 80, b"GET /nothing")),
        ip4(A, B, 6, tcp(1024, 80, full.replace(b"\r\n", b"\n"))),
        ip4(A, B, 6, tcp(1024, 80, full, options=b"\1" * 12)),
        ip4(A, B, 6, tcp(1024, 80, full), options=b"\1" * 8),
        ip4(A, B, 6, tcp(1024, 443, hello("one.example"))),
        ip4(A, B, 6, tcp(1024, 8443, b"\x14\3\3\0\1\1" +
                         hello("retry.example"))),
        ip4(A, B, 6, tcp(1024, 443, hello("split.example")[:60])),
        ip4(A, B, 17, udp(1024, 443, hello("udp.example"))),
        ip4(A, B, 17, udp(1024, 1900, http("*", "239.255.255.250:1900",
                                           "M-SEARCH")))])])}


def damaged():
    p = ip4(A, B, 17, udp(1, 2, bytes(22)))
    h = ether(p)
    return {"in.pcap": pcap([
        (0, b"", 60), (0, b"", 0), (0, h[:13], 64), (0, h[:14], 64),
        (0, h[:33], 64), (0, h[:34], 64), (0, h[:37], 64), (0, h[:38], 64),
        (0, h, 0xFFFFFFFF), (0, h, 262145), (0, h, 10),
        (1, ether(ip4(A, B, 17, p[20:], total=19))),
        (1, ether(ip4(A, B, 17, p[20:], total=20))),
        (1, ether(ip4(A, B, 17, p[20:], total=23))),
        (1, ether(ip4(A, B, 17, p[20:], total=65535))),
        (1, ether(ip4(A, B, 17, p[20:], total=0)), 3000),
        (1, ether(b"\x44" + p[1:])), (1, ether(b"\x4f" + p[1:])),
        (1, ether(b"\x55" + p[1:], 0x0800)), (1, ether(p, 0x86DD)),
        (1, ether(p + bytes(10))),
        (1, ether(ip6(A6, B6, 17, p[20:], 0))),
        (1, ether(ip6(A6, B6, 17, p[20:], 2))),
        (1, ether(ip6(A6, B6, 17, p[20:], 65535))),
        (1, ether(ip6(A6, B6, 17, b"")[:39], 0x86DD))]),
        "cut.pcap": pcap(some())[:-5],
        "none.pcap": b"this is no capture\n",
        "after.pcap": pcap(some())}


def several():
    return {"1.pcap": pcap([(0, ether(ping())), (3, ether(ping(B, A)))]),
            "2.pcap": pcap([(2, ether(ping(A, C))), (9, ether(ping(C, A)))]),
            "3.pcap": pcap([(1, ether(ping(B, C))), (9.5, ether(ping()))])}


def windows():
    return {"in.pcap": pcap([
        (t, ether(ip4(A, "198.51.100.%d" % (t % 16), 17, udp(
            1000 + t % 16, 53, dns("h%d.example" % (t % 5))))))
        for t in list(range(50)) + [60, 61, 100]])}


def key_as():
    return {"in.pcap": pcap(some() + [
        (7, ether(ip4(A, B, 17, udp(1, 53, dns([n])))))
        for n in (b"tail\\", b"a,b c=d", b'"q"')])}


CASES = {"links": links, "vlan": vlan, "fragments": fragments,
         "extensions": extensions, "time": time_travel, "formats": formats,
         "zst": zst, "names": names, "requests": requests,
         "damaged": damaged, "several": several, "windows": windows,
         "key-as-tag": key_as, "key-as-both": key_as,
         "filter": lambda: {"in.pcap": pcap(some())}}


def main():
    if len(sys.argv) != 3:
        print("\n".join(CASES))
        return 2
    os.makedirs(sys.argv[2], exist_ok=True)
    for name, data in CASES[sys.argv[1]]().items():
        with open(os.path.join(sys.argv[2], name), "wb") as f:
            f.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
