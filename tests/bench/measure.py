#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Measures commands against each other: wall time, CPU and peak memory.

The commands take turns, so that a slow minute of the machine hurts all alike;
medians are compared.  The first command is the unit of the column "ratio".

usage: measure.py [--runs N] [--budget NAME=RATIO] NAME=COMMAND...
    NAME*K=COMMAND    the command does 1/K of the work; its time is scaled
    NAME@1=COMMAND    run once only
"""

import argparse
import os
import re
import statistics
import sys
import time


def run(command):
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.execvp("/bin/sh", ["sh", "-c", "exec " + command])
    _, status, use = os.wait4(pid, 0)
    return (time.monotonic() - start, use.ru_utime + use.ru_stime,
            use.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--runs", type=int, default=5)
    a.add_argument("--budget", default="")
    a.add_argument("commands", nargs="+")
    a = a.parse_args()
    jobs = []
    for one in a.commands:
        m = re.match(r"([^=*@]+)(?:\*([0-9.]+))?(@1)?=(.*)", one, re.S)
        jobs.append((m.group(1), float(m.group(2) or 1),
                     1 if m.group(3) else a.runs, m.group(4)))
    seen = {job[0]: [] for job in jobs}
    for i in range(a.runs):
        for name, _, runs, command in jobs:
            if i < runs:
                seen[name].append(run(command))
    failed = False
    unit = None
    print("%-24s %9s %9s %9s %8s" % ("", "wall s", "cpu s", "peak MiB",
                                     "ratio"))
    for name, scale, _, _ in jobs:
        wall, cpu, rss = (statistics.median(r[i] for r in seen[name])
                          for i in range(3))
        codes = {r[3] for r in seen[name]} - {0}
        unit = unit or wall
        ratio = wall * scale / unit
        print("%-24s %9.3f %9.3f %9.1f %7.2fx%s%s" % (
            name, wall * scale, cpu * scale, rss, ratio,
            "  (scaled by %g)" % scale if scale != 1 else "",
            "  exit %s" % sorted(codes) if codes else ""))
        if a.budget.startswith(name + "="):
            limit = float(a.budget.split("=")[1])
            ok = ratio <= limit and not codes
            failed = failed or not ok
            verdict = "%s - %s takes at most %.1f times the bare loop: %.2f" % (
                "ok" if ok else "not ok", name, limit, ratio)
    if a.budget:
        print(verdict)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
