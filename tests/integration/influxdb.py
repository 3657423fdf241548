#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Reads back from InfluxDB what output_driver -x has made, and compares.

  influxdb.py QUERY_URL BINS ROWS
"""
import json
import sys
import urllib.parse
import urllib.request

HOSTILE = [
    "new\nline v=7", "cr\r\nlf", "a,b=c d", 'quote"d', "back\\", "back\\\\",
    "*3\r\n$3\r\nDEL\r\n", "%s%n", "\x1b[2J", "\x7f", "caf\u00e9", "=", ",",
    " ", '"', "'", "{}", "#", "tab\there", "${jndi:x}", "<script>",
    "../../etc/passwd", "-rf", "\u2028",
]
START, STEP = 1700000000 * 10**9, 2 * 10**9
MAX = 2**63 - 1


def clean(text, backslash):
    out = ""
    for c in text:
        if ord(c) < 0x20 or ord(c) == 0x7f:
            out += "%sx%02x" % (backslash, ord(c))
        else:
            out += backslash if c == "\\" else c
    return out


def expected(bins, rows):
    """{(measurement, sorted tags, time): fields}"""
    want = {}

    def add(name, tags, time, **fields):
        want[name, tuple(sorted(tags.items())), time] = fields

    for b in range(bins):
        t = START + b * STEP
        add("tapline_bin", {"sensor": "s1", "source": "eth0"}, t,
            packets=b, bytes=100 * b, ip_bytes=MAX, bin_ms=2000)
        add("tapline_self", {"sensor": "s1"}, t, received=b)
        for i in range(rows + 1):
            tags = {"by": "src", "sensor": "s1", "window": "60s",
                    "rank": str(i + 1) if i < rows else "other"}
            key = "" if i == rows else "10.0.0.%d" % i
            if i < len(HOSTILE):
                key = clean(HOSTILE[i], "\\")
                tags["key"] = clean(HOSTILE[i], "/")
            add("tapline_top", tags, t, key=key, packets=rows - i,
                bytes=1000 * (rows - i))
    return want


def read(url, query):
    data = urllib.parse.urlencode({"db": "t", "epoch": "ns", "q": query})
    with urllib.request.urlopen(url + "?" + data) as f:
        result = json.load(f)["results"][0]
    assert "error" not in result, result
    return result.get("series", [])


def main():
    url, bins, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    want, got = expected(bins, rows), {}
    names = [v[0] for s in read(url, "SHOW MEASUREMENTS") for v in s["values"]]
    assert sorted(names) == sorted({k[0] for k in want}), names
    for name in names:
        # A ranking's key is a tag and a field here; say which is meant.
        fields = [v[0] for s in read(url, "SHOW FIELD KEYS FROM " + name)
                  for v in s["values"]]
        columns = ", ".join('"%s"::field' % f for f in fields)
        for s in read(url, "SELECT %s FROM %s GROUP BY *" % (columns, name)):
            tags = tuple(sorted((k, v) for k, v in s["tags"].items() if v))
            for row in s["values"]:
                got[name, tags, row[0]] = {
                    f: v for f, v in zip(fields, row[1:]) if v is not None}
    for key in want.keys() | got.keys():
        if want.get(key) != got.get(key):
            print("#", key, "want", want.get(key), "got", got.get(key))
    print("# %d points" % len(got))
    sys.exit(want != got)


if __name__ == "__main__":
    main()
