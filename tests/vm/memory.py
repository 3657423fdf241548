#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""A machine with little memory and no swap: what tapline takes of it with its
defaults while a million sources come, and what is left.  In the smallest the
default ring of 64 MiB has no room: there it is given 8.

  SOURCES      1000000
"""
import os
import re

import guest
from guest import Guest, note, result
from kernel import field

SOURCES = int(os.environ.get("SOURCES", "1000000"))


def flood(mib, options):
    g = Guest("memory%d" % mib, memory=mib)
    try:
        g.boot()
        g.cable()
        note(g.run("free -m | sed -n 2p"))
        pid = g.start("build/tapline -i c0 --user root --spool /disk/spool "
                      "-o file:/disk/m.lp -o redis://10.0.2.2:1 %s "
                      "2>/disk/m.err" % options)
        g.await_(60, "grep -q capturing /disk/m.err")
        sent = int(g.run("ip netns exec gen ./blast g0 %d 20000 %d" % (
            SOURCES, SOURCES), 600).split()[0])
        g.run("sleep 5")
        note(g.run("grep -E 'VmHWM|RssAnon|RssFile' /proc/%d/status; free -m "
                   "| sed -n 2p" % pid, check=False).replace("\n", "; "))
        alive = g.run("kill -0 %d && echo yes" % pid, check=False)
        killed = g.run("dmesg | grep -ci 'out of memory' || :")
        result("%d MiB %s, %d sources: nothing is killed for memory" % (
            mib, options, SOURCES), alive == "yes" and killed == "0")
        g.run("kill %d; while kill -0 %d 2>/dev/null; do sleep 0.1; done" % (
            pid, pid), check=False)
        note(g.run("cat /disk/m.err").replace("\n", "; "))
        text = g.fetch("/disk/m.lp").decode()
        figures = [int(field(text, f)) for f in ("received", "binned",
                                                 "dropped", "late")]
        result("%d sent, %d received, %d binned, %d dropped, %d late" % (
            sent, *figures),
            figures[0] == sent and figures[1] + figures[2] == sent)
        evicts = re.findall(r"key_evicts=(\d+)i", text)
        note("evicted keys: %s" % (evicts[-1] if evicts else "none"))
    except AssertionError as e:
        result("memory: %s" % str(e)[-600:], False)
        with open(g.path("console")) as f:
            note(f.read()[-800:].replace("\n", "\n# "))
    finally:
        g.close()


def main():
    flood(256, "")
    flood(128, "--ring 8M")
    guest.finish()


if __name__ == "__main__":
    main()
