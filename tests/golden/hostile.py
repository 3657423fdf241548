#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Makes captures that attack their reader and the reader of its output.

Each case is a function named like its capture, which adds packets and says
which names they ask for.  hostile.sh replays them, hostile_judge.py judges.

usage: hostile.py FOLDER      prints each case and its options
"""

import os
import struct
import sys
from fractions import Fraction

import make
from make import A, A6, B, B6, C, T0, arp, dns, ether, hello, http, ip4, \
    ip6, pcap, pcapng, qname, record, tagged, tcp, udp

LEN_MAX = 0xFFFFFFFF
CASES = {}
# Bytes that end lines, quotes, fields, commands, terminals' patience, or
# strings of some language; none has a literal \xHH, which could not be told
# from an escape.
EVIL = [b"\n", b"\r\n", b"a\nb", b"a\rb", b"a\tb", b"a b", b"a,b", b"a=b", b'"',
        b'a"b', b'a",b="c', b"a\\", b"\\", b"\\\\", b'\\"', b"'", b"`id`",
        b"$(id)", b";", b"|", b"&", b"%s%s%n", b"%00", b"\0", b"a\0b",
        b"\x1b[2m", b"\x1b]0;t\x07", b"\x08", b"\x7f", b"\x80", b"\xff",
        b"\xff\xfe\xfd", b"\xc3", b"\xc3\xa9", b"\xc0\xaf", b"\xe0\x80\xaf",
        b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xef\xbf\xbf", b"\xf4\x90\x80\x80",
        b"\xf0\x9f\x92\xa3", b"\xc2\x80", b"\xc2\x9b", b"\xc2\x85",
        b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"<script>", b"<!--", b"]]>", b"&lt;",
        b"../..", b"/etc", b"-rf", b"-", b"#", b"*3\r\n$3\r\nset\r\n",
        b"+ok\r\n", b"\r\nflushall\r\n", b"m,t=1 f=1i 1\n", b"other", b"null"]


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


class Made:
    """A capture as it grows, and the names that it asks for."""

    def __init__(self):
        self.packets = []
        self.names = {"dns": [], "url": [], "sni": []}
        self.file = None
        self.options = []
        self.last_port = 1023

    def port(self):
        """Each TCP message is a connection's first."""
        self.last_port += 1
        return self.last_port

    def add(self, data, wire=None, t=None):
        t = len(self.packets) / 1000 if t is None else t
        self.packets.append((t, data) if wire is None else (t, data, wire))

    def ip(self, proto, data, **more):
        self.add(ether(ip4(A, B, proto, data, **more)))

    def ask(self, data, *names, port=53):
        self.ip(17, udp(999, port, data))
        self.names["dns"] += names

    def get(self, data, *names):
        self.ip(6, tcp(self.port(), 80, data))
        self.names["url"] += names

    def tls(self, data, *names):
        self.ip(6, tcp(self.port(), 443, data))
        self.names["sni"] += names

    def every_length(self, make_one, kind, name):
        """Each shorter capture of a packet, and each packet that ends so;
        make_one makes it from the client's port."""
        for n in range(len(make_one(1)) + 1):
            data = make_one(self.port())
            self.add(data[:n], len(data))
            data = make_one(self.port())
            self.add(data[:n])
        self.names[kind] += [name] * 2


# Lengths that lie, layer by layer -------------------------------------------

@case
def cut_dns(m):
    m.every_length(lambda port: tagged([(0x88A8, 1), (0x8100, 2)], ip4(
        A, B, 17, udp(port, 53, dns("cut.example")))), "dns", b"cut.example")


@case
def cut_tls(m):
    m.every_length(lambda port: ether(ip6(
        A6, B6, 0, bytes([6, 0, 1, 4, 0, 0, 0, 0]) + tcp(
            port, 443, hello("cut.example"), options=b"\1" * 8))),
        "sni", b"cut.example")
    # The name is whole, though the hello's last extension is missing.
    m.names["sni"] += [b"cut.example"] * 14


@case
def cut_http(m):
    request = http("/", "cut.example")
    m.every_length(lambda port: ether(ip4(A, B, 6, tcp(port, 80, request),
                                          options=b"\1" * 40)),
                   "url", b"cut.example/")
    # The Host line is whole, though the header's end is missing; and where
    # the capture cut that line off, the host is known by its address only.
    m.names["url"] += [b"cut.example/"] * 4 + [B.encode() + b"/"] * 49


@case
def cut_snap(m):
    m.every_length(lambda port: ether(b"\xaa\xaa\3\0\0\0\x08\0" + ip4(
        A, B, 17, udp(port, 53, dns("cut.example"))), 67), "dns",
        b"cut.example")


@case
def nothing_captured(m):
    for wire in (0, 1, 60, 1514, 262144, 262145, LEN_MAX):
        m.add(b"", wire)


@case
def four_gigabytes(m):
    ping = ether(make.ping())
    for i in range(300):
        m.add(ping, LEN_MAX - i)
    m.add(ether(ip4(A, B, 17, udp(1, 2, b""), total=0)), LEN_MAX)
    jumbo = struct.pack(">BBBBI", 17, 0, 0xC2, 4, LEN_MAX)
    m.add(ether(ip6(A6, B6, 0, jumbo + udp(1, 2, b""), size=0)), LEN_MAX)


@case
def lying_ip4(m):
    whole = ip4(A, B, 17, udp(999, 53, dns("ip.example")))
    for first in range(256):
        m.add(ether(bytes([first]) + whole[1:], 0x0800))
    for total in list(range(60)) + [255, 256, 1500, 32767, 32768, 65535]:
        m.add(ether(whole[:2] + struct.pack(">H", total) + whole[4:]))
    for frag in (0x8000, 0x4000, 0x2000, 0x3FFF, 0xFFFF, 1, 0x1FFF):
        m.ip(17, udp(999, 53, dns("ip.example")), frag=frag)
    m.names["dns"] = None


@case
def lying_ip6(m):
    data = udp(999, 53, dns("ip.example"))
    for size in list(range(64)) + [255, 256, 32767, 32768, 65535]:
        m.add(ether(ip6(A6, B6, 17, data, size)))
    for kind in (0, 43, 44, 51, 60, 135, 139, 140, 253, 255):
        for words in (0, 1, 2, 4, 127, 255):
            m.add(ether(ip6(A6, B6, kind, bytes([17, words]) + bytes(6) +
                            data)))
    for option in (b"\xc2\4" + struct.pack(">I", n) for n in
                   (0, 1, 48, 65535, 65536, 0x7FFFFFFF, LEN_MAX)):
        for size in (0, 8 + len(data), 65535):
            m.add(ether(ip6(A6, B6, 0, b"\x11\0" + option + data, size)))
    for option in (b"\xc2\3\0\1\0\0", b"\xc2\5\0\1\0\0", b"\xc2\xff\0\1\0\0",
                   b"\1\xff\0\0\0\0", b"\0\0\0\0\0\xc2", b"\0\0\0\0\0\1"):
        m.add(ether(ip6(A6, B6, 0, b"\x11\0" + option + data, 0)))
    m.names["dns"] = None


@case
def lying_udp(m):
    for build, a, b in ((ip4, A, B), (ip6, A6, B6)):
        whole = udp(999, 53, dns("udp.example"))
        for size in list(range(60)) + [255, 256, 32768, 65535]:
            m.add(ether(build(a, b, 17, whole[:4] + struct.pack(">H", size) +
                              whole[6:])))
            m.add(ether(build(a, b, 136, whole[:4] + struct.pack(">H", size) +
                              whole[6:])))
    m.names["dns"] = None


@case
def lying_tcp(m):
    for words in range(16):
        whole = tcp(m.port(), 80, b"\1" * 40 + http("/", "tcp.example"))
        m.ip(6, whole[:12] + bytes([words << 4]) + whole[13:])
    m.names["url"] = [b"tcp.example/"]  # where the header is 60 bytes long
    for proto in (33, 132):
        for at in range(0, 14):
            m.ip(proto, whole[:at] + b"\xff" + whole[at + 1:20])


@case
def lying_link(m):
    snap = b"\xaa\xaa\3\0\0\0\x08\0"
    inner = ip4(A, B, 17, udp(999, 53, dns("llc.example")))
    for size in list(range(0, 90)) + [1499, 1500, 1501, 1535, 1536]:
        m.add(ether(snap + inner, size))
        m.add(tagged([(0x8100, 5)], b"\6\6\3" + inner, size))
    for kind in range(0, 65536, 251):
        m.add(ether(inner, kind))
    for i in range(8):
        m.add(ether(arp()[:i * 4], 0x0806))
    m.add(ether(b"\0\1\x08\0\xff\xff\0\1" + bytes(20), 0x0806))
    m.names["dns"] = None


@case
def lying_dns(m):
    base = dns("dns.example")
    for field in (2, 4, 6, 8, 10):
        for value in (0, 2, 0x7FFF, 0x8000, 0xFFFF):
            m.ask(base[:field] + struct.pack(">H", value) + base[field + 2:],
                  *[b"dns.example"] * (value < 0x8000 if field == 2 else
                                       value > 0 if field == 4 else 1))
    for n in range(12, len(base)):
        m.ask(base[:n])
    for size in (12, 13, 63, 64, 65, 127, 128, 191):
        m.ask(base[:12] + bytes([size]) + base[13:])


@case
def lying_tls(m):
    base = hello("tls.example")
    at = base.index(b"tls.example")
    for where in range(3, at):
        for value in (0, 1, 127, 255):
            m.tls(base[:where] + bytes([value]) + base[where + 1:])
    for n in (0, 0x4000, 0x4800, 0x4801, 0xFFFF):
        m.tls(base[:3] + struct.pack(">H", n) + base[5:])
    m.names["sni"] = None


# Names that loop, grow or never end -----------------------------------------

def message(body, questions=1):
    return struct.pack(">HHHHHH", 1, 0x100, questions, 0, 0, 0) + body


TAIL = b"\0\1\0\1"


@case
def dns_pointers(m):
    m.ask(message(b"\xc0\x0c" + TAIL))  # to itself
    m.ask(message(b"\1a\xc0\x0c" + TAIL))  # to the beginning of its own name
    m.ask(message(b"\xc0\x0e\xc0\x0c" + TAIL))  # two that face each other
    m.ask(message(b"\xc0\x12" + TAIL + b"\1a\0"))  # ahead
    m.ask(message(b"\xff\xff" + TAIL))  # past the end
    m.ask(message(b"\xc0"))  # cut in two
    m.ask(message(b"\xc0\x00" + TAIL))  # into the header: label of 0 bytes
    m.names["dns"].append(b".")
    m.ask(message(qname("back.example") + TAIL + b"\xc0\x0c" + TAIL, 2),
          b"back.example", b"back.example")


@case
def dns_pointer_chain(m):
    # Each pointer leads to the one before: 16 are followed, not 17.
    for n in (15, 16, 17, 100):
        body = qname("chain.example") + TAIL
        at = 12
        for _ in range(n):
            here = 12 + len(body)
            body += struct.pack(">H", 0xC000 | at) + TAIL
            at = here
        m.ask(message(body, n + 1), *[b"chain.example"] * min(n + 1, 17))


@case
def dns_long_names(m):
    label = b"\x3f" + b"n" * 63
    name = b"n" * 63 + b"." + b"n" * 63 + b"." + b"n" * 63 + b"."
    for n in (60, 61, 62, 63):
        m.ask(message(label * 3 + bytes([n]) + b"l" * n + b"\0" + TAIL),
              *[name + b"l" * n] * (n <= 61))
    m.ask(message(label * 4 + b"\0" + TAIL))
    m.ask(message(label * 900))
    m.ask(message(b"\1o" * 127 + b"\0" + TAIL), b".".join([b"o"] * 127))
    m.ask(message(b"\1o" * 128 + b"\0" + TAIL))
    # A name that a pointer makes too long.
    m.ask(message(label * 3 + b"\0" + TAIL + label + b"\xc0\x0c" + TAIL, 2),
          name[:-1])


@case
def dns_many_questions(m):
    m.ask(message(b"", 65535))
    m.ask(message(b"\0" + TAIL, 65535), b".")
    m.ask(message((b"\0" + TAIL) * 12000, 65535), *[b"."] * 25)
    m.ask(message(qname([b"n" * 63] * 3 + [b"n" * 61]) + TAIL +
                  (b"\xc0\x0c" + TAIL) * 10000, 65535),
          *[b".".join([b"n" * 63] * 3 + [b"n" * 61])] * 25)


# Nests ----------------------------------------------------------------------

@case
def vlan_nest(m):
    inner = ip4(A, B, 17, udp(999, 53, dns("nest.example")))
    for n in list(range(1, 28)) + [64, 300]:
        m.add(tagged([((0x8100, 0x88A8, 0x9100)[i % 3], i) for i in range(n)],
                     inner))
    # Link, tags, IP, UDP and DNS are 24 layers at most.
    m.names["dns"] = [b"nest.example"] * 20


@case
def tunnel_nest(m):
    def deep(n, wrap, data):
        for _ in range(n):
            data = wrap(data)
        return ether(data)
    gre = b"\0\0\x08\0"
    core = ip4(A, B, 17, udp(999, 53, dns("nest.example")))
    for n in (1, 2, 8, 64):
        m.add(deep(n, lambda d: ip4(A, B, 4, d), core))
        m.add(deep(n, lambda d: ip6(A6, B6, 41, d), ip6(A6, B6, 59, b"")))
        m.add(deep(n, lambda d: ip4(A, B, 47, gre + d), core))
    for n in (1, 20):
        m.add(deep(n, lambda d: ip4(A, B, 17, udp(
            999, 4789, b"\x08\0\0\0\0\0\1\0" + ether(d))), core))
    for n in (1, 3, 300):
        m.add(ether(b"\0\1\0\x40" * n + b"\0\1\1\x40" + core, 0x8847))
    # All but 64 headers, 20 of VXLAN (four layers each) and 300 labels.
    m.names["dns"] = [b"nest.example"] * (3 + 3 + 1 + 2)


@case
def extension_nest(m):
    data = udp(999, 53, dns("nest.example"))
    for kind in (0, 43, 60, 44):
        body = b"\0\0" + bytes(5) + b"\1" if kind == 44 else \
            b"\0\0\1\4\0\0\0\0"
        for n in (1, 7, 63, 64, 65, 66, 182):
            chain = (bytes([kind]) + body[1:]) * (n - 1) + b"\x11" + body[1:]
            m.add(ether(ip6(A6, B6, kind, chain + data)))
    m.names["dns"] = None


@case
def llc_nest(m):
    core = ip4(A, B, 17, udp(999, 53, dns("nest.example")))
    snap = b"\xaa\xaa\3\0\0\0"
    for n in (1, 2, 6, 7, 10, 11, 30):
        data, kind = core, b"\x08\0"
        for _ in range(n):
            data = snap + kind + data
            data, kind = b"\0\1" + struct.pack(">H", len(data)) + data, \
                b"\x81\0"
        m.add(ether(data, 0x8100))
    # Link, n tags and n times LLC, IP, UDP, DNS.
    m.names["dns"] = [b"nest.example"] * 5


# Names that attack the reader of the output ---------------------------------

@case
def evil_dns(m):
    for name in EVIL:
        for at in (b"%s", b"x%s", b"%sx"):
            label = at.replace(b"%s", name)
            m.ask(dns([label]), label)
            m.ask(dns([b"x", label, b"example"], kind=28),
                  b"x." + label + b".example", port=5353)


@case
def evil_sni(m):
    for name in EVIL:
        # A final dot is the root's, and not shown.
        m.tls(hello(b"x" + name), (b"x" + name).removesuffix(b"."))
        m.tls(hello(name + b".example"), name + b".example")


@case
def evil_host(m):
    for name in EVIL:
        if b"\n" in name:
            continue
        m.get(http("/", b"x" + name + b"x"), b"x" + name + b"x/")
        m.get(http("/", name + b".example"), name + b".example/")


@case
def evil_url(m):
    for name in EVIL:
        if set(name) & set(b"\n "):
            continue
        m.get(http(b"/" + name, "h"), b"h/" + name)
        m.get(http(b"/" + name + b"/x?" + name, "h"),
              b"h/" + name + b"/x?" + name)


@case
def every_byte(m):
    for b in range(256):
        for c in (b"", b"\xbf", b"\x80\x80"):
            name = bytes([b]) + c
            m.ask(dns([name + b"z"]), name.lower() + b"z")
            m.tls(hello(b"s" + name + b"z"), b"s" + name.lower() + b"z")


@case
def long_names(m):
    for n in (255, 256, 257, 300, 1000, 16000):
        for piece in (b"a", b"\xff", b"\xc3\xa9", b"\xe2\x82\xac", b'"',
                      b"\\", b"\x1b", b"\xf0\x9f\x92\xa3"):
            name = (piece * n)[:n]
            m.tls(hello(name), name)
            m.get(http("/", b"h" + name), b"h" + name + b"/")
            m.get(http(b"/" + name, "h"), b"h/" + name)


@case
def many_names(m):
    for i in range(3000):
        m.ask(dns("q%d.example" % i), b"q%d.example" % i)
        m.get(http("/%d" % i, "h"), b"h/%d" % i)
        m.tls(hello("s%d.example" % i), b"s%d.example" % i)
    m.options = ["--top", "10"]


@case
def many_sources(m):
    # More than the budget holds, and a heavy hitter among them: what needs no
    # table stays exact, and err says how far off the rest may be.
    for i in range(20000):
        src = "10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255)
        t = i / 7000
        m.add(ether(ip4(src, B, 17, udp(i + 1, 53, dns("n%d" % i)))), t=t)
        if i % 10 == 0:
            m.add(ether(ip4(A, B, 6, tcp(40000, 443, bytes(1000)))), t=t)
            m.add(ether(ip4(C, B, 17, udp(40000, 53, dns("heavy")))), t=t)
    m.options = ["--memory", "1M", "--top", "10"]
    m.names["dns"] = None


# HTTP and TLS ---------------------------------------------------------------

@case
def http_without_end(m):
    m.get(b"GET /" + b"a" * 60000)
    m.get(b"GET / HTTP/1.1\r\n" + b"a" * 60000)
    m.get(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 10000)
    m.get(b"GET / HTTP/1.1\n" + b"a\n" * 30000)
    m.get(b"GET / HTTP/1.1\r\n" + b":" * 60000 + b"\r\n\r\n")
    m.get(b"GET " + b" " * 60000)
    m.get(b"GET" * 20000)
    m.get(b"GET / HTTP/1.1\r" * 4000)


@case
def http_many_fields(m):
    many = b"a: b\r\n" * 1000
    m.get(b"GET /first HTTP/1.1\r\nHost: h\r\n" + many + b"\r\n", b"h/first")
    m.get(b"GET /last HTTP/1.1\r\n" + many + b"Host: h\r\n\r\n")
    m.get(b"GET /99 HTTP/1.1\r\n" + b"a: b\r\n" * 99 + b"Host: h\r\n\r\n",
          b"h/99")
    m.get(b"GET /100 HTTP/1.1\r\n" + b"a: b\r\n" * 100 + b"Host: h\r\n\r\n")


@case
def http_odd(m):
    addr = B.encode()
    m.get(b"GET /a HTTP/1.1\r\nHost:\r\n folded\r\n\r\n", addr + b"/a")
    m.get(b"GET /b HTTP/1.1\r\nX: y\r\n Host: no\r\nHost: yes\r\n\r\n",
          b"yes/b")
    m.get(b"GET /c HTTP/1.1\r\nHost: one\r\nHost: two\r\n\r\n", b"one/c")
    m.get(b"POST /d HTTP/1.1\r\nContent-Length: 8\r\nContent-Length: 7\r\n"
          b"Host: h\r\n\r\n", b"h/d")
    m.get(b"POST /D HTTP/1.1\r\nContent-Length: 7\r\n"
          b"Transfer-Encoding: chunked\r\nHost: h\r\n\r\n"
          b"ffffffffffffffff\r\n", b"h/D")
    m.get(b"GET /e HTTP/1.1\r\nHost: h\r\n\r\n" * 20, *[b"h/e"] * 20)
    m.get(b"GET http:// HTTP/1.1\r\nHost: h\r\n\r\n", addr)
    m.get(b"GET  /f HTTP/1.1\r\nHost: h\r\n\r\n")
    m.get(b"GET /g HTTP/1.1 \r\nHost: h\r\n\r\n")
    m.get(b"GET /h HTTP/9.9\r\nHost: h\r\n\r\n")
    m.get(b"GET /i\r\n\r\n", addr + b"/i")
    m.get(b"get /j HTTP/1.1\r\nHost: h\r\n\r\n")
    m.get(b"NOTAMETHOD /k HTTP/1.1\r\nHost: h\r\n\r\n")
    m.get(b"GET /l HTTP/1.1\r\nhOsT: \t H.Example \t\r\n\r\n", b"h.example/l")
    m.get(b"CONNECT \0:0 HTTP/1.1\r\nHost: h\r\n\r\n", b"\0:0")


def wide_hello(n, name=b"wide.example"):
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0,
                      len(name)) + name
    ext = b"".join(struct.pack(">HH", 60000 + i, 0) for i in range(n - 1)) + sni
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + \
        struct.pack(">H", len(ext)) + ext
    body = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + struct.pack(">H", len(body)) + body


@case
def tls_many_extensions(m):
    m.tls(wide_hello(63), b"wide.example")
    m.tls(wide_hello(64), b"wide.example")
    m.tls(wide_hello(65), b"wide.example")
    m.tls(wide_hello(4000), b"wide.example")
    m.tls(b"\x14\3\3\0\1\1" * 5000)
    m.tls(b"\x14\3\3\0\1\1" + hello("after.example"), b"after.example")
    # A second one follows a retry request; there is no third.
    m.tls(hello("one.example") * 50, b"one.example", b"one.example")


# Clocks ---------------------------------------------------------------------

def clock(m, times):
    data = ether(make.ping())
    m.file = pcap([]) + b"".join(
        record("<", sec, frac, data) for sec, frac in times)


@case
def clock_1970_2106(m):
    clock(m, [(T0, 0), (0, 0), (0xFFFFFFFF, 0), (0x7FFFFFFF, 0),
              (0x80000000, 0)] * 50)


@case
def clock_backwards(m):
    clock(m, [(T0 - i, 0) for i in range(500)])


@case
def clock_leaps(m):
    # Each leap is a gap of which a thousand bins are published, no more.
    clock(m, [(i << 28, 0) for i in range(16)])


@case
def clock_fractions(m):
    clock(m, [(T0 + i // 4, f) for i, f in enumerate(
        (0, 999999, 1000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF) * 9)])


@case
def clock_pcapng(m):
    # 64 bits of microseconds, and of nanoseconds: over what 64 bits of
    # nanoseconds hold, time stands still there.
    data = ether(make.ping())
    m.file = pcapng([(Fraction(us, 10**6) - T0, data) for us in (
        T0 * 10**6, 0, 2**62, 2**63 - 1, 2**63, 2**64 - 1, T0 * 10**6)])


def main():
    folder = sys.argv[1]
    for name, function in CASES.items():
        m = Made()
        function(m)
        with open(os.path.join(folder, name + ".pcap"), "wb") as f:
            f.write(m.file or pcap(m.packets))
        print(name, *m.options)


if __name__ == "__main__":
    main()
