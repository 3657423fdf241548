#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Checks the golden captures against the independent count.

Golden files say that nothing changed; this says that the numbers are right.
Each case's captures, in the order of its args, are replayed with all keys and
one window, and compared with tests/corpus/count.py; and with its own args, for
the sums of the ledger in every report.

usage: verify.py [CASE]...     BIN=build/tapline
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "corpus"))
import compare  # noqa: E402
import count  # noqa: E402
import make  # noqa: E402


def replay(binary, args, folder):
    r = subprocess.run([binary] + args, check=False, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, cwd=folder)
    return compare.Output(r.stdout)


def verify(binary, case):
    with open(os.path.join(HERE, case, "args"), encoding="utf-8") as f:
        args = f.read().split()
    files = [args[i + 1] for i, a in enumerate(args) if a == "-r"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, os.path.join(HERE, "make.py"), case,
                        folder], check=True)
        try:
            out = replay(binary, ["--top", str(compare.TOP)] +
                         compare.OPTIONS + [x for f in files
                                            for x in ("-r", f)], folder)
            reports = replay(binary, args, folder).selves
        except compare.lineproto.Wrong as e:
            return [("line", str(e), "")]
        paths = [os.path.join(folder, f) for f in files]
        want = count.count([p for p in paths if os.path.exists(p)])
    found = list(compare.compare(want, out, want["ledger"]["delivered"]))
    # The ledger's sums hold in every report, not only in the last.
    for ledger in reports:
        found += compare.ledger_sums(ledger)
    return found


def main():
    binary = os.path.join(ROOT, os.environ.get("BIN", "build/tapline"))
    cases = sys.argv[1:] or list(make.CASES)
    failed = 0
    for n, case in enumerate(cases, 1):
        found = verify(binary, case)
        failed += bool(found)
        print("%s %d - golden %s against the independent count" % (
            "not ok" if found else "ok", n, case))
        for kind, what, where in found[:40]:
            print("# %s %s: %s" % (kind, where, what))
    print("1..%d" % len(cases))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
