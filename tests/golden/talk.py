# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Golden cases of conversations: TCP's streams and its troubles, DNS, names."""

import struct

from packets import (
    A, A6, B, B6, C, addr, arp, dns, ether, hello, http, ip4, ip6, pcap, qname,
    tcp, udp)

FIN, SYN, RST, ACK = 1, 2, 4, 16


class Connection:
    """A connection seen from the middle: both sides' numbers, packets with
    their times."""

    def __init__(self, packets, t, sport, dport=80, client=A, server=B):
        self.packets = packets
        self.t = t
        self.hosts = {True: (client, sport), False: (server, dport)}
        self.next = {True: 1000 * sport, False: 777 * sport}

    def segment(self, is_client, data=b"", flags=ACK, dt=0.01, seq=None,
                ack=None, options=b"", window=64240):
        self.t += dt
        (src, sport), (dst, dport) = (self.hosts[is_client],
                                      self.hosts[not is_client])
        data = data.encode() if isinstance(data, str) else data
        seq = self.next[is_client] if seq is None else seq
        ack = self.next[not is_client] if ack is None else ack
        one = tcp(sport, dport, data, flags, options, seq & 0xFFFFFFFF,
                  ack & 0xFFFFFFFF if flags & ACK else 0, window)
        self.packets.append((self.t, ether(
            (ip6 if ":" in src else ip4)(src, dst, 6, one))))
        end = seq + len(data) + bool(flags & SYN) + bool(flags & FIN)
        self.next[is_client] = max(self.next[is_client], end)
        return self

    def open(self, there=0.02, back=0.01):
        self.segment(True, flags=SYN, options=b"\2\4\5\xb4\3\3\7")
        self.segment(False, flags=SYN | ACK, dt=there,
                     options=b"\2\4\5\xb4\3\3\7")
        return self.segment(True, dt=back)

    def ask(self, data, **more):
        return self.segment(True, data, **more)

    def answer(self, data, **more):
        return self.segment(False, data, **more)

    def close(self):
        return self.segment(True, flags=FIN | ACK).segment(
            False, flags=FIN | ACK).segment(True)


def response(body=b"ok", status="200 OK", kind="text/html", more=b""):
    return (b"HTTP/1.1 %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n"
            % (status.encode(), kind.encode(), more, len(body))) + body


def get(name):
    return http("/" + name, "www.example.com")


def h2_frame(kind, flags, stream, data):
    return len(data).to_bytes(3, "big") + bytes([kind, flags]) + \
        stream.to_bytes(4, "big") + data


def h2_text(index, text):
    """A literal with an indexed name (RFC 7541, 6.2.1), no Huffman code."""
    return bytes([0x40 | index, len(text)]) + text.encode()


def streams():
    p = []
    port = iter(range(2001, 2100))

    def one(**more):
        return Connection(p, len(p) / 10, next(port), **more).open()
    r = get("segments")
    one().ask(r[:10]).ask(r[10:40]).ask(r[40:]).answer(response()).close()
    r = get("out-of-order")
    c = one()
    at = c.next[True]
    c.ask(r[40:], seq=at + 40).ask(r[10:40], seq=at + 10).ask(r[:10], seq=at)
    c.answer(response()).close()
    r = get("retransmitted")
    c = one()
    at = c.next[True]
    c.ask(r[:40]).ask(r[:40], seq=at, dt=0.3).ask(r[40:]).answer(response())
    # The first bytes that came count; what says otherwise is an overlap.
    r = get("overlapping")
    c = one()
    at = c.next[True]
    c.ask(r[:40]).ask(r[20:60], seq=at + 20).ask(
        b"#" * 20 + r[60:], seq=at + 40).answer(response())
    # What is missing is never joined; the next request is read again.
    r = get("with-a-gap")
    c = one()
    at = c.next[True]
    c.ask(r[:20]).ask(r[50:], seq=at + 50).answer(response(), ack=at + len(r))
    c.ask(get("behind-the-gap")).answer(response()).close()
    c = one().ask(get("pipelined-1") + get("pipelined-2"))
    c.answer(response() + response(status="404 Not Found")).close()
    c = one().ask(get("chunked")).answer(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"10;x=y\r\nHTTP/1.1 500 No \r\n0\r\nTrailer: 1\r\n\r\n"
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n")
    c.ask(b"POST /form HTTP/1.1\r\nHost: www.example.com\r\n"
          b"Content-Length: 40\r\n\r\n" + b"GET /body HTTP/1.1\r\nHost: x\r\n")
    c.ask(b"12345678901").answer(response(b"x" * 3000)[:1200]).close()
    one(dport=3128).ask(http("c.example:443", "c.example:443", "CONNECT")) \
        .answer(b"HTTP/1.1 200 Connection established\r\n\r\n") \
        .ask(hello("through-connect.example")).close()
    one().ask(b"GET /chat HTTP/1.1\r\nHost: ws.example\r\n"
              b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n").answer(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\n\r\n").ask(b"\x81\x85abcd12345").close()
    headers = b"\x82\x86" + h2_text(1, "h2.example") + h2_text(4, "/prior")
    one().ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + h2_frame(4, 0, 0, b"") +
              h2_frame(1, 5, 1, headers)).answer(
        h2_frame(4, 0, 0, b"") + h2_frame(1, 5, 1, b"\x88")).close()
    q1, q2 = (dns("tcp-%d.example" % i, ident=i) for i in (1, 2))
    both = b"".join(struct.pack(">H", len(q)) + q for q in (q1, q2))
    one(dport=53).ask(both[:1]).ask(both[1:-4]).ask(both[-4:]).answer(
        b"".join(struct.pack(">H", len(q)) + q for q in (
            dns("tcp-1.example", ident=1, flags=0x8180),
            dns("tcp-2.example", ident=2, flags=0x8183)))).close()
    one(client=A6, server=B6).ask(get("v6")).answer(
        response(status="503 Service Unavailable")).close()
    # No handshake seen; and one whose numbers pass zero.
    Connection(p, len(p) / 10, next(port)).ask(get("midway")).answer(
        response())
    c = Connection(p, len(p) / 10, next(port))
    c.next[True] = 0xFFFFFFF0
    c.open().ask(get("over-zero")[:30]).ask(get("over-zero")[30:]).answer(
        response()).close()
    one(dport=22).answer(b"SSH-2.0-OpenSSH_9.2\r\n").ask(
        b"SSH-2.0-golden\r\n").close()
    return {"in.pcap": pcap(p)}


def trouble():
    """What tapline_tcp counts."""
    p = []
    Connection(p, 0, 3001).open(0.050, 0.010).ask(b"a" * 100).answer(
        b"", dt=0.060).answer(b"b" * 100).ask(b"", dt=0.020).close()
    Connection(p, 1, 3002, client=A6, server=B6).open(0.100, 0.020).close()
    # Not answered for 10 s; repeated, it is one attempt.
    c = Connection(p, 2, 3003, dport=81, server=C)
    at = c.next[True]
    c.segment(True, flags=SYN).segment(True, flags=SYN, seq=at, dt=1)
    c.segment(True, flags=SYN, seq=at, dt=2)
    Connection(p, 3, 3004, dport=82).segment(True, flags=SYN).segment(
        False, flags=RST | ACK)
    c = Connection(p, 4, 3005).open()
    at = c.next[True]
    c.ask(b"c" * 500).ask(b"c" * 500, seq=at, dt=0.3).answer(b"")
    c.segment(False, flags=RST | ACK)
    c = Connection(p, 5, 3006).open()
    at = c.next[True]
    c.ask(b"d" * 300, seq=at + 300, dt=0.01).ask(b"d" * 300, seq=at,
                                                 dt=0.001).answer(b"")
    c.close()
    c = Connection(p, 6, 3007).open().ask(b"e" * 600)
    c.answer(b"", window=0).answer(b"", window=0, dt=0.5).answer(
        b"", window=500, dt=0.5).close()
    # The tap saw nothing of 400 bytes that the server acknowledged.
    c = Connection(p, 8, 3008).open().ask(b"f" * 200)
    c.next[True] += 400
    c.ask(b"f" * 200).answer(b"").close()
    # A span port that gives both directions of two ports: all of it twice.
    first = len(p)
    Connection(p, 9, 3009).open().ask(b"g" * 250).answer(b"").close()
    for t, data in p[first:]:
        p.append((t + 0.0002, data))
    p.sort(key=lambda one: one[0])
    # Time goes on, so that what waits is given up.
    p.append((30, ether(ip4(A, C, 17, udp(7, 9, b"later")))))
    return {"in.pcap": pcap(p)}


# DNS --------------------------------------------------------------------------

def record(name, kind, data, ttl=60, klass=1):
    return name + struct.pack(">HHIH", kind, klass, ttl, len(data)) + data


def reply(name, *answers, rcode=0, kind=1, ident=77, flags=0x8180, more=b"",
          n_more=0):
    return struct.pack(">HHHHHH", ident, flags | rcode, 1, len(answers), 0,
                       n_more) + qname(name) + struct.pack(
        ">HH", kind, 1) + b"".join(answers) + more


def opt(size=1232, data=b"", high=0):
    """high: the upper bits of the response code."""
    return record(b"\0", 41, data, high << 24, size)


def asked(name, more, kind=1, ident=77):
    return struct.pack(">HHHHHH", ident, 0x0100, 1, 0, 0, 1) + qname(name) + \
        struct.pack(">HH", kind, 1) + more


POINTER = b"\xc0\x0c"
CLIENT, SERVER = "192.0.2.10", "192.0.2.53"


def encoded(name, suffix):
    """NetBIOS' own disguise (RFC 1001, 14.1)."""
    raw = name.ljust(15).encode() + bytes([suffix])
    return bytes([32]) + b"".join(bytes([65 + (b >> 4), 65 + (b & 15)])
                                  for b in raw) + b"\0"


def answers():
    p = []

    def say(t, data, back=False, sport=5000, port=53, src=CLIENT, dst=SERVER):
        one = (dst, src, udp(port, sport, data)) if back else (
            src, dst, udp(sport, port, data))
        p.append((t, ether(ip4(*one[:2], 17, one[2]))))

    for i, took in enumerate((0.010, 0.020, 0.030, 0.200)):
        t, name = i / 10, "a%d.example" % i
        say(t, dns(name, ident=i))
        say(t + took, reply(name, record(POINTER, 1, addr("198.51.100.%d" %
                                                          i)), ident=i), True)
    for i, rcode in enumerate((0, 2, 3, 5, 9)):
        t, name = 1 + i / 10, "rcode-%d.example" % rcode
        say(t, dns(name, ident=10 + i, kind=28))
        say(t + 0.01, reply(name, rcode=rcode, kind=28, ident=10 + i), True)
    say(2, dns("nobody.example", ident=20))
    say(2.1, dns("nobody.example", ident=20))  # repeated: one transaction
    say(2.2, reply("never-asked.example", ident=21), True)
    say(2.3, dns("truncated.example", ident=22))
    say(2.31, reply("truncated.example", ident=22, flags=0x8380), True)
    # Not in the order asked, and a response to another name.
    say(2.4, dns("first.example", ident=23))
    say(2.41, dns("second.example", ident=24))
    say(2.42, reply("second.example", ident=24), True)
    say(2.43, reply("first.example", ident=23), True)
    say(2.5, dns("mine.example", ident=25))
    say(2.51, reply("other.example", ident=25), True)
    subnet = struct.pack(">HHHBB", 8, 7, 1, 24, 0) + b"\xc0\0\2"
    say(2.6, asked("ecs.example", opt(4096, subnet), ident=26))
    say(2.61, reply("ecs.example", ident=26, more=opt(1232, subnet),
                    n_more=1), True)
    say(2.7, asked("extended.example", opt(), ident=27))
    say(2.71, reply("extended.example", ident=27, more=opt(high=1),
                    n_more=1), True)  # BADVERS: 16
    for i, kind in enumerate((15, 16, 33, 65, 255, 65280)):
        say(2.8 + i / 100, dns("type.example", ident=30 + i, kind=kind))
    multicast = {"sport": 5353, "port": 5353, "dst": "224.0.0.251"}
    say(3, dns("printer.local", flags=0, ident=0), **multicast)
    say(3.01, struct.pack(">HHHHHH", 0, 0x8400, 0, 1, 0, 0) + record(
        qname("printer.local"), 1, addr("192.0.2.77"), 120, 0x8001),
        **multicast)
    say(3.1, dns("wpad", flags=0), port=5355, dst="224.0.0.252")
    say(3.2, struct.pack(">HHHHHH", 7, 0x0110, 1, 0, 0, 0) + encoded(
        "FILESERVER", 0x20) + b"\0\x20\0\1", sport=137, port=137,
        dst="192.0.2.255")
    say(3.3, dns("elsewhere.example", ident=40), port=5300)
    say(3.31, reply("elsewhere.example", ident=40), True, port=5300)
    p.append((20, ether(ip4(A, C, 17, udp(7, 9, b"later")))))
    return {"in.pcap": pcap(p)}


# Names ------------------------------------------------------------------------

def dhcp(kind, mac, client="0.0.0.0", name=b"", vendor=b""):
    options = b"\x35\1" + bytes([kind])
    for code, value in ((12, name), (60, vendor)):
        if value:
            options += bytes([code, len(value)]) + value
    return struct.pack(">BBBBIHH4s4s4s4s16s192x", 2 if kind in (2, 5) else 1,
                       1, 6, 0, 99, 0, 0, addr(client), addr(client), bytes(4),
                       bytes(4), mac) + b"\x63\x82\x53\x63" + options + b"\xff"


def arp_reply(mac, ip):
    return struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + mac + addr(ip) + \
        bytes(10) + bytes(18)


def host_names():
    """Who is called how, by whom, and has which station's address."""
    p, mac = [], bytes.fromhex("00005e005301")
    say = "192.0.2.%d"

    def add(t, *args):
        p.append((t, ether(ip4(*args))))
    # By an answer, through an alias: the name that was asked for.
    add(0, say % 1, say % 53, 17, udp(5000, 53, dns("www.example.com")))
    add(0.01, say % 53, say % 1, 17, udp(53, 5000, reply(
        "www.example.com", record(POINTER, 5, b"\3cdn" + qname("example.net")),
        record(qname("cdn.example.net"), 1, addr("198.51.100.1")))))
    Connection(p, 0.1, 5001, 443, say % 1, "198.51.100.1").open().ask(
        hello("not-this.example")).close()
    Connection(p, 0.3, 5002, 443, say % 1, "198.51.100.2").open().ask(
        hello("sni.example")).close()
    Connection(p, 0.5, 5003, 80, say % 1, "198.51.100.3").open().ask(
        http("/", "host.example:8080")).close()
    # A host that is only an address names nobody.
    Connection(p, 0.7, 5004, 80, say % 1, "198.51.100.4").open().ask(
        http("/", "198.51.100.4")).close()
    add(1, "0.0.0.0", "255.255.255.255", 17, udp(68, 67, dhcp(
        3, mac, name=b"laptop", vendor=b"golden 1.0")))
    add(1.01, say % 53, "255.255.255.255", 17, udp(67, 68, dhcp(
        5, mac, say % 5, name=b"laptop")))
    p.append((1.1, ether(arp_reply(mac, say % 5), 0x0806)))
    add(1.2, say % 6, say % 255, 17, udp(137, 137, struct.pack(
        ">HHHHHH", 8, 0x2910, 1, 0, 0, 1) + encoded("FILESERVER", 0x20) +
        b"\0\x20\0\1" + record(POINTER, 0x20, b"\0\0" + addr(say % 6), 300)))
    add(1.3, say % 7, "224.0.0.251", 17, udp(5353, 5353, struct.pack(
        ">HHHHHH", 0, 0x8400, 0, 1, 0, 0) + record(
        qname("printer.local"), 1, addr(say % 7), 120, 0x8001)))
    # NDP: a neighbour says which station it is.
    advert = b"\x88\0\0\0\x60\0\0\0" + addr(A6) + b"\2\1" + mac
    p.append((1.4, ether(ip6(A6, B6, 58, advert)[:7] + b"\xff" +
                         ip6(A6, B6, 58, advert)[8:])))
    # Traffic of each, so that it is ranked.
    for i, n in enumerate((5, 6, 7)):
        add(1.5 + i / 10, say % n, "198.51.100.9", 17,
            udp(7, 9, bytes(1000 * (i + 1))))
    return {"in.pcap": pcap(p)}
