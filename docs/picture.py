#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Draws what tapline says about a capture, as one SVG without anything outside.

usage: picture.py TAPLINE CAPTURE OUT.svg

The same capture gives the same bytes.  All text from the capture is cut to its
column, cleaned of what XML cannot hold, and escaped.
"""

import datetime
import math
import os
import re
import subprocess
import sys
import unicodedata
from xml.sax.saxutils import escape

OPTIONS = ["--window", "all", "--report", "0", "--top", "6", "--sensor", "demo"]
WIDTH = 960
MARGIN = 28
GAP = 36
ROW = 19
INK, QUIET, FAINT, RULE = "#1f2933", "#61707f", "#8896a4", "#e3e8ed"
# Name, colour, width of the name.
PROTOCOLS = [("tcp", "#3b6ea8", 25), ("udp", "#e0973a", 26),
             ("icmp", "#6a9f58", 31), ("other", "#9aa5b1", 31)]
BAR, NAME_BAR = "#c9d9ea", "#d5e3cf"
SANS = ("-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',"
        "'Liberation Sans',Arial,sans-serif")
MONO = ("ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',"
        "'Liberation Mono',monospace")
MONO_EM = 0.61  # the widest of MONO, so that text fits with all of them

TOKEN = re.compile(r'(?:[^, \\"]|\\.|"(?:[^"\\]|\\.)*")+')


def value(text):
    if text.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return int(text[:-1]) if text.endswith("i") else float(text)


def parse(line):
    """Measurement, tags, fields and nanoseconds of a line."""
    head = re.match(r"(?:[^ \\]|\\.)*", line).group()
    rest, ns = line[len(head) + 1:].rsplit(" ", 1)
    name, *tags = TOKEN.findall(head)
    pairs = (re.sub(r"\\(.)", r"\1", t).split("=", 1) for t in tags)
    fields = (f.split("=", 1) for f in TOKEN.findall(rest))
    return name, dict(pairs), {k: value(v) for k, v in fields}, int(ns)


def digits(n):
    return f"{n:,}".replace(",", "\u2009")


def human(n, unit="B"):
    if n < 1000:
        return f"{n:g}\u2009{unit}".rstrip()
    prefix = 0
    while n >= 999.95 and prefix < 6:
        n /= 1000
        prefix += 1
    return f"{n:.1f}\u2009{' kMGTPE'[prefix]}{unit}"


def clean(text):
    """Without what XML cannot hold or what turns the direction of writing."""
    return "".join(
        f"\\u{{{ord(c):x}}}" if unicodedata.category(c)[0] == "C" or
        unicodedata.bidirectional(c) in ("R", "AL") else c for c in text)


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


def fit(text, columns):
    text = clean(text)
    if cells(text) <= columns:
        return text
    while cells(text) > columns - 1:
        text = text[:-1]
    return text + "…"


def nice(top, ticks=4):
    """A round step so that about that many reach top."""
    raw = max(top, 1) / ticks
    e = 10 ** math.floor(math.log10(raw))
    return max(1, next(m * e for m in (1, 2, 2.5, 5, 10) if m * e >= raw))


class Svg:
    def __init__(self):
        self.parts = []

    def rect(self, x, y, w, h, fill, extra=""):
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" '
                          f'height="{h:g}" fill="{fill}"{extra}/>')

    def line(self, x1, y1, x2, y2, colour=RULE):
        self.parts.append(f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" '
                          f'stroke="{colour}"/>')

    def text(self, x, y, text, style="", anchor=""):
        a = f' text-anchor="{anchor}"' if anchor else ""
        c = f' class="{style}"' if style else ""
        self.parts.append(f'<text x="{x:g}" y="{y:g}"{c}{a}>'
                          f'{escape(text)}</text>')

    def document(self, height, title, about):
        css = (f"text{{font:12px {SANS};fill:{INK}}}"
               f".m{{font:12px {MONO}}}.c{{font-size:11px;fill:{QUIET}}}"
               f".n{{font-variant-numeric:tabular-nums;fill:{INK}}}"
               f".q{{fill:{QUIET}}}.f{{fill:{FAINT};font-size:11px}}"
               ".h{font-weight:600;font-size:13px}"
               ".t{font-weight:600;font-size:18px}")
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
                f'height="{height:g}" viewBox="0 0 {WIDTH} {height:g}" '
                f'role="img" aria-labelledby="t d">\n'
                f'<title id="t">{escape(title)}</title>\n'
                f'<desc id="d">{escape(about)}</desc>\n'
                f"<style>{css}</style>\n"
                f'<rect x=".5" y=".5" width="{WIDTH - 1}" '
                f'height="{height - 1:g}" rx="6" fill="#fff" '
                f'stroke="#d5dbe1"/>\n' +
                "\n".join(self.parts) + "\n</svg>\n")


def chart(svg, y, bins):
    """Bytes of the bins, stacked by protocol.  Returns the y below."""
    left, right, height = MARGIN + 50, WIDTH - MARGIN, 168
    start, width_ns = bins[0][1], bins[0][0]["bin_ms"] * 10 ** 6
    span = bins[-1][1] - start
    width_ns *= span // width_ns // 300 + 1  # a long capture: merge bins
    count = span // width_ns + 1
    stacks = {}
    for f, ns in bins:
        at = stacks.setdefault((ns - start) // width_ns, [0] * len(PROTOCOLS))
        for i, (p, *_) in enumerate(PROTOCOLS):
            at[i] += f[p + "_bytes"]
    top = max(map(sum, stacks.values()))
    step = nice(top)
    top = math.ceil(max(top, 1) / step) * step
    seconds = width_ns / 10 ** 9

    svg.text(MARGIN, y + 12, f"IP bytes per {seconds:g} s", "h")
    x = right
    for i, (p, colour, width) in reversed(list(enumerate(PROTOCOLS))):
        if any(s[i] for s in stacks.values()):
            svg.text(x, y + 12, p if p == "other" else p.upper(), "q", "end")
            svg.rect(x - width - 16, y + 3, 10, 10, colour, ' rx="2"')
            x -= width + 32
    y += 28
    base = y + height
    for i in range(round(top / step) + 1):
        at = base - height * i * step / top
        svg.line(left, round(at) + .5, right, round(at) + .5,
                 RULE if i else FAINT)
        svg.text(left - 8, round(at) + 4,
                 human(i * step).replace(".0", "") if i else "0", "f", "end")
    pitch = (right - left) / count
    bar = min(pitch * .78, 48) if pitch > 3 else pitch
    for i, stack in sorted(stacks.items()):
        low = base
        for n, (_, colour, _) in zip(stack, PROTOCOLS):
            if n:
                h = round(height * n / top, 2)
                low = round(low - h, 2)
                svg.rect(round(left + pitch * i + (pitch - bar) / 2, 2), low,
                         round(bar, 2), h, colour)
    time_axis(svg, base, left, right, start, count * seconds)
    return base + 34


def time_axis(svg, base, left, right, start_ns, span):
    """Clock times at round seconds of the day."""
    start = start_ns / 10 ** 9
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
                             3600, 7200, 14400, 86400)
                 if span / s <= 8), span // 345600 * 86400)
    layout = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86400 else "%F"
    at = math.ceil(start / step) * step
    while at <= start + span:
        x = left + (right - left) * (at - start) / span
        svg.line(round(x) + .5, base, round(x) + .5, base + 4, FAINT)
        when = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
        anchor = "end" if x > right - 24 else "middle"
        svg.text(round(x), base + 17, when.strftime(layout), "f", anchor)
        at += step


def ranking(svg, x, y, width, title, unit, rows, colour):
    """A ranking with bars behind its keys.  Returns the y below."""
    svg.text(x, y + 12, title, "h")
    columns = [("count", 56)] if unit == "count" else [("bytes", 66),
                                                      ("packets", 58)]
    right = x + width
    for name, w in reversed(columns):
        svg.text(right, y + 12, name, "f", "end")
        right -= w
    svg.line(x, y + 19.5, x + width, y + 19.5)
    y += 22
    room = int((right - x - 12) / (12 * MONO_EM))
    most = max((r[unit] for r in rows if r["key"]), default=0)
    if not rows:
        svg.text(x + 6, y + 14, "none", "q")
        y += ROW
    for r in rows:
        other = not r["key"]
        if not other and most:
            svg.rect(x, y + 1.5, round((right - x) * r[unit] / most, 2),
                     ROW - 3, colour, ' rx="2"')
        if other:
            svg.text(x + 6, y + 14, "all others", "q")
        else:
            svg.text(x + 6, y + 14, fit(r["key"], room), "m")
        at = x + width
        for name, w in reversed(columns):
            svg.text(at, y + 14, human(r[name]) if name == "bytes"
                     else digits(r[name]), "n q" if other else "n", "end")
            at -= w
        y += ROW
    return y


def draw(lines, capture):
    bins, tops, ledger = [], {}, {}
    for name, tags, fields, ns in map(parse, lines):
        if name == "tapline_bin":
            bins.append((fields, ns))
        elif name == "tapline_top":
            if fields["key"] or fields.get("count", fields["bytes"]):
                tops.setdefault(tags["by"], []).append(fields)
        elif name == "tapline_self":
            ledger = fields
    if not bins or not ledger["binned"]:
        sys.exit("picture.py: no packets in " + capture)

    bins.sort(key=lambda b: b[1])

    svg = Svg()
    start = datetime.datetime.fromtimestamp(bins[0][1] // 10 ** 9,
                                            datetime.timezone.utc)
    svg.text(MARGIN, 40, "tapline", "t")
    facts = " · ".join([
        os.path.basename(capture), start.strftime("%F %H:%M:%S UTC"),
        digits(ledger["delivered"]) + " packets",
        human(ledger["delivered_bytes"])])
    svg.text(WIDTH - MARGIN, 40, clean(facts), "q", "end")
    y = chart(svg, 62, bins) + 14

    def row(y, unit, colour, *tables):
        n = len(tables)
        width = (WIDTH - 2 * MARGIN - (n - 1) * GAP) / n
        below = [ranking(svg, MARGIN + i * (width + GAP), y, width, title, unit,
                         tops.get(by, []), colour)
                 for i, (by, title) in enumerate(tables)]
        return max(below) + 22

    y = row(y, "bytes", BAR, ("src", "Sources"), ("dst", "Destinations"))
    y = row(y, "bytes", BAR, ("pair", "Pairs"), ("port", "Ports"))
    y = row(y, "count", NAME_BAR, ("dns", "DNS names"), ("url", "URLs"),
            ("sni", "TLS names (SNI)"))
    svg.line(MARGIN, y - 3.5, WIDTH - MARGIN, y - 3.5)
    svg.text(MARGIN, y + 16, f"{digits(ledger['delivered'])} packets: " +
             ", ".join(f"{digits(ledger[k])} {k}" for k in
                       ("decoded", "truncated", "malformed", "late")), "q")
    svg.text(MARGIN, y + 38, f"Drawn from {digits(len(lines))} lines of line "
             "protocol, such as", "q")
    example = next((n for n in lines if n.startswith("tapline_top")), lines[0])
    svg.text(MARGIN, y + 56, fit(example, 126), "m c")
    return svg.document(y + 76, "What tapline shows of a capture",
                        "Bytes per bin by protocol, and rankings of addresses, "
                        "pairs, ports, DNS names, URLs and TLS names")


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: picture.py TAPLINE CAPTURE OUT.svg")
    tapline, capture, out = sys.argv[1:]
    r = subprocess.run([tapline, "-q", "-r", capture] + OPTIONS,
                       stdout=subprocess.PIPE, check=False)
    if r.returncode != 0:
        sys.exit(f"picture.py: {tapline} failed")
    picture = draw(r.stdout.decode().split("\n")[:-1], capture)
    with open(out, "w", encoding="utf-8") as f:
        f.write(picture)


if __name__ == "__main__":
    main()
