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
import struct
import subprocess
import sys

import hellos
import talk
import tunnels
from packets import (  # noqa: F401: hostile.py uses what cases don't
    A, A6, B, B6, C, ETHER, LOOP, NULL, RAW, SLL, SLL2, T0, arp, dns, ether,
    hello, http, icmp, ip4, ip6, pcap, pcapng, ping, qname, record, tagged, tcp,
    udp)


# Cases ----------------------------------------------------------------------

def some(link_header=ether, start=0):
    """A few packets of every kind, one second apart."""
    request, port = http("/a?b=1", "www.example.com"), 40100 + start
    inner = [ip4(A, B, 6, tcp(port, 80, request)),
             ip4(B, A, 6, tcp(80, port, b"HTTP/1.1 200 OK\r\n\r\n",
                              seq=2000, ack=1000 + len(request))),
             ip4(A, C, 17, udp(40001, 53, dns("www.example.org"))),
             ip6(A6, B6, 17, udp(40002, 53, dns("v6.example.net", kind=28))),
             ip6(A6, B6, 58, icmp(128)), ping(),
             ip6(A6, B6, 6, tcp(port, 443, hello("tls.example.com")))]
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
        (1, tagged([(q, 4095)] * 23, ping(A, C))),
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
    for i, n in enumerate(hostile):
        packets += [ip4(A, B, 17, udp(999, 53, dns([n, b"example"]))),
                    ip4(A, B, 6, tcp(1000 + i, 443, hello(n + b".example")))]
        if not set(n) & set(b"\n\r "):
            packets.append(ip4(A, B, 6, tcp(1000 + i, 80, http(
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
    packets += [ip4(A, B, 6, tcp(1100 + i, 80, data)) for i, data in enumerate((
        http("/" + "l" * 300, "long.example"),
        http("/\u20ac" * 100, "euro.example"),
        hello("UPPER.Example."), hello(None), hello(b""), hello("n" * 300)))]
    return {"in.pcap": pcap([(i / 1000, ether(p))
                             for i, p in enumerate(packets)])}


def requests():
    full = http("/whole", "www.example.com")
    return {"in.pcap": pcap([(i / 100, ether(p)) for i, p in enumerate([
        ip4(A, B, 6, tcp(1024, 8081, http("/p?q=1", "Host.Example:8081"))),
        ip4(A, B, 6, tcp(1025, 80, http("/", None))),
        ip6(A6, B6, 6, tcp(1026, 80, http("/six", None))),
        ip4(A, B, 6, tcp(1027, 3128, http("http://abs.example/x", "other"))),
        ip4(A, B, 6, tcp(1028, 3128, http("c.example:443", "c.example:443",
                                          "CONNECT"))),
        ip4(A, B, 6, tcp(1029, 80, http("/form", "f.example", "POST"))),
        ip4(A, B, 6, tcp(1030, 80, full[:20])),
        ip4(A, B, 6, tcp(1031, 80, full[:-2])),
        ip4(A, B, 6, tcp(1032, 80, full[:-6])),
        ip4(A, B, 6, tcp(1033, 80, http("/v", "v", version="HTTP/2.0"))),
        ip4(A, B, 6, tcp(1034, 80, b"GET /nothing")),
        ip4(A, B, 6, tcp(1035, 80, full.replace(b"\r\n", b"\n"))),
        ip4(A, B, 6, tcp(1036, 80, full, options=b"\1" * 12)),
        ip4(A, B, 6, tcp(1037, 80, full), options=b"\1" * 8),
        ip4(A, B, 6, tcp(1038, 443, hello("one.example"))),
        ip4(A, B, 6, tcp(1039, 8443, b"\x14\3\3\0\1\1" +
                         hello("retry.example"))),
        ip4(A, B, 6, tcp(1040, 443, hello("split.example")[:60])),
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
        "after.pcap": pcap(some(start=10))}


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
         "filter": lambda: {"in.pcap": pcap(some())},
         "tunnels": tunnels.tunnels, "links2": tunnels.links2,
         "shims": tunnels.shims, "reassembly": tunnels.reassembly,
         "streams": talk.streams, "trouble": talk.trouble,
         "answers": talk.answers, "host-names": talk.host_names,
         "hellos": hellos.hellos}


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
