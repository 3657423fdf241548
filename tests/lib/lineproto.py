# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""A strict reader of line protocol, as docs/schema.md promises it.

It is independent of the program, and takes less than InfluxDB does: what has
two readings, or one that a careless reader would miss, is wrong.
`python3 lineproto.py` tests it.
"""

import re

# One unit of a measurement, a tag or a key.  A backslash stands before comma,
# equals sign or space and nowhere else: line protocol can't escape it.
WORD = r"(?:[^\\, =]|\\[, =])+"
HEAD = re.compile(r"([a-z][a-z0-9_]*)((?:,%s=%s)*) " % (WORD, WORD))
TAG = re.compile(",(%s)=(%s)" % (WORD, WORD))
FIELD = re.compile(
    r'(%s)=(?:"((?:[^"\\]|\\["\\])*)"|(0|-?[1-9][0-9]*)i|'
    r"(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?))(?=[, ])" % WORD)
TIME = re.compile(r"0|-?[1-9][0-9]*")
# Whatever ends a line or moves a cursor, for some reader or terminal.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
INT = range(-2**63, 2**63)


class Wrong(Exception):
    """Not line protocol as the schema has it."""


def unescape(word):
    return re.sub(r"\\([, =])", r"\1", word)


def read_point(line):
    """(measurement, tags, fields, time) of a line without its line end."""
    if CONTROL.search(line):
        raise Wrong("a control character")
    head = HEAD.match(line)
    if not head:
        raise Wrong("measurement or tags")
    tags = {}
    for key, value in TAG.findall(head.group(2)):
        key = unescape(key)
        if tags and key <= max(tags):
            raise Wrong("tags not sorted")
        tags[key] = unescape(value)
    fields = {}
    at = head.end()
    while True:
        m = FIELD.match(line, at)
        if not m:
            raise Wrong("field at %d" % at)
        key = unescape(m.group(1))
        if key in fields or key in tags and key != "key":
            raise Wrong("twice: " + key)
        if m.group(2) is not None:
            fields[key] = re.sub(r'\\(["\\])', r"\1", m.group(2))
        elif m.group(3) is not None:
            fields[key] = int(m.group(3))
            if fields[key] not in INT:
                raise Wrong("over 64 bits: " + key)
        else:
            fields[key] = float(m.group(4))
        at = m.end() + 1
        if line[m.end()] == " ":
            break
    if not TIME.fullmatch(line, at) or int(line[at:]) not in INT:
        raise Wrong("time")
    return head.group(1), tags, fields, int(line[at:])


def read(text):
    """The points of all bytes of an output, which end in a line feed."""
    if text and not text.endswith(b"\n"):
        raise Wrong("no line feed at the end")
    try:
        lines = text.decode("utf-8").split("\n")[:-1]
    except UnicodeDecodeError as e:
        raise Wrong("not UTF-8") from e
    for n, line in enumerate(lines, 1):
        try:
            yield read_point(line)
        except Wrong as e:
            raise Wrong("line %d: %s: %s" % (n, e, line[:120])) from e


GOOD = {
    "m f=1i 0": ("m", {}, {"f": 1}, 0),
    "m,a=b,c=d f=1i,g=-2i -5": ("m", {"a": "b", "c": "d"},
                                {"f": 1, "g": -2}, -5),
    'm,a=\\,\\=\\  f="q\\"b\\\\" 1': ("m", {"a": ",= "}, {"f": 'q"b\\'}, 1),
    'm f="a,b=c d" 1': ("m", {}, {"f": "a,b=c d"}, 1),
    "m f=0.5,g=1e-7 1": ("m", {}, {"f": 0.5, "g": 1e-7}, 1),
    'm f="" 1': ("m", {}, {"f": ""}, 1)}
BAD = ["", "m", "m f=1i", "m f=1i ", "m  f=1i 1", "m f=1i  1", "m f=1i 1 ",
       "m f=1i 01", "m f=01i 1", "m f=+1i 1", "m f= 1", "m =1i 1", "m, f=1i 1",
       "m,a= f=1i 1", "m,=b f=1i 1", "m,a=b\\ f=1i 1", "m,a=\\x f=1i 1",
       "m,b=1,a=1 f=1i 1", "m,a=1,a=1 f=1i 1", "m f=1i,f=1i 1", 'm f="a 1',
       'm f="a"b" 1', 'm f="a\\n" 1', 'm f="a\\" 1', "m f=1i, 1", "m,f=1i 1",
       "m f=nan 1", "m f=inf 1", "m f=9223372036854775808i 1",
       "m f=1i 9223372036854775808", "m f=1i 1.5", 'm f="\x1b" 1',
       'm f="\x85" 1', 'm f="\u2028" 1', "m,a=b=c f=1i 1", "m,f=a f=1i 1"]


def main():
    for line, want in GOOD.items():
        assert read_point(line) == want, line
    for line in BAD:
        try:
            read_point(line)
        except Wrong:
            continue
        raise AssertionError("taken: " + line)
    print("ok the reader of line protocol: %d lines" % (len(GOOD) + len(BAD)))


if __name__ == "__main__":
    main()
