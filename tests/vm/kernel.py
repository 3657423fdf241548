#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Debian 12's own kernel, and network cards with a driver: what the sandbox can
do there, a capture at speed, a link that is lost, a card that is pulled out.

  KERNEL_PPS      packets a second of the capture at speed (100000)
  KERNEL_SCRIPTS  tests that are run in the guest as they are
"""
import os
import re
import time

import guest
from guest import Guest, note, result

PPS = int(os.environ.get("KERNEL_PPS", "100000"))
SCRIPTS = os.environ.get("KERNEL_SCRIPTS",
                         "sandbox.sh replay.sh follow.sh")
SERVER = "-o redis://127.0.0.1:6379"


def field(text, name, what="tapline_self"):
    lines = [x for x in text.split("\n") if x.startswith(what)]
    found = re.search(r"[ ,]%s=\"?([^,\" ]*?)i?[\", ]" % name, lines[-1])
    return found[1] if found else None


def sandbox(g):
    def started(mode, more=""):
        return g.run("build/tapline --user root --sandbox=%s -i lo %s "
                     ">/disk/s.lp 2>/disk/s.err & sleep 2; kill -0 $! "
                     "2>/dev/null && kill $!; wait $!; echo code $?; "
                     "cat /disk/s.err" % (mode, more), check=False)

    note(g.run("uname -r; dmesg | grep -i landlock").replace("\n", "; "))
    said = started("yes")
    result("sandbox=yes, no server: starts and lacks nothing",
           "code 0" in said and "sandbox: partial" not in said)
    text = g.run("cat /disk/s.lp")
    result("sandbox=\"%s\" is published" % field(text, "sandbox"),
           field(text, "sandbox") == "full")
    said = started("yes", SERVER)
    result("with a server: one line says that ports are not limited",
           "code 0" in said and said.count("sandbox: partial: ports are not "
                                           "limited: Landlock has version 2")
           == 1)
    result("sandbox=require, no server: starts",
           "code 0" in started("require"))
    said = started("require", SERVER)
    result("sandbox=require with a server: ends with 78, and says why",
           "code 78" in said and "Landlock has version 2, not 4" in said)
    asks = ("exec code fork ptrace mount socket:40 read:/etc/passwd list:/etc "
            "write:/dev/null connect:9 make:/disk/new").split()
    said = g.run("build/tests/integration/sandbox_probe %s -- --sandbox=yes "
                 "-i lo %s" % (" ".join(asks), SERVER), check=False)
    note("with a server: " + said.replace("\n", ", "))
    refused = [a for a in asks if re.search(
        r"^%s E(PERM|ACCES)$" % re.escape(a), said, re.M)]
    result("all else is refused there, but ports", set(asks) - set(refused) <=
           {"connect:9"})


def scripts(g):
    for s in SCRIPTS.split():
        said = g.run("bash tests/integration/%s 2>&1" % s, 600, check=False)
        oks = re.findall(r"^ok", said, re.M)
        skips = re.findall(r"^ok \d+ - (.*) # SKIP (.*)", said, re.M)
        bad = re.findall(r"^not ok.*", said, re.M)
        for line in bad:
            note("%s: %s" % (s, line))
        for what, why in skips:
            note("%s: not there: %s: %s" % (s, what, why))
        result("%s: %d of %d, %d skipped" % (s, len(oks), len(oks) + len(bad),
                                             len(skips)), oks and not bad)


def speed(g):
    seconds = 10
    pid = g.start("build/tapline -i c0 --user root -o file:/disk/fast.lp "
                  "2>/disk/fast.err")
    g.await_(30, "grep -q capturing /disk/fast.err")
    took = time.monotonic()
    sent = int(g.run("ip netns exec gen ./blast g0 %d %d 1000" % (
        PPS * seconds, PPS), 300).split()[0])
    took = time.monotonic() - took
    g.run("sleep 3; kill %d; while kill -0 %d 2>/dev/null; do sleep 0.1; done"
          % (pid, pid))
    text = g.fetch("/disk/fast.lp").decode()
    result("at speed: %d sent in %.1f s, %s received, %s binned, %s dropped, "
           "%s late" % (sent, took, field(text, "received"),
                        field(text, "binned"), field(text, "dropped"),
                        field(text, "late")),
           int(field(text, "received")) == sent and int(field(
               text, "binned")) + int(field(text, "dropped")) == sent)
    if guest.ACCEL == "kvm":
        result("at speed: 0 dropped", field(text, "dropped") == "0")


def state_is(g, state, seconds=5):
    """How long until it is published, in ms."""
    start = time.monotonic()
    g.await_(seconds, "[ \"$(grep ^tapline_source, /disk/nic.lp | tail -n 1 | "
             "sed 's/.*state=\"\\([a-z_]*\\)\".*/\\1/')\" = %s ]" % state)
    return (time.monotonic() - start) * 1000


def cards(g):
    """From nic1, in a namespace, over a wire to nic2."""
    g.run("ip link set eth1 netns gen && ip -n gen link set eth1 arp off up && "
          "ip link set eth2 arp off up")
    pid = g.start("build/tapline -i eth2 --user root --bin 0.2 --report 1 "
                  "--window all -o file:/disk/nic.lp 2>/disk/nic.err")
    state_is(g, "up", 30)
    sent = 0

    def blast():
        return int(g.run("ip netns exec gen ./blast eth1 20000 5000",
                         60).split()[0])

    sent += blast()
    g.monitor("set_link", name="nic2", up=False)
    note("link lost: told after %d ms" % state_is(g, "no_link"))
    g.monitor("set_link", name="nic2", up=True)
    note("link back: told after %d ms" % state_is(g, "up"))
    sent += blast()
    g.run("sleep 1")
    # What the card has passed on is what there is to be counted.
    came = int(g.run("cat /sys/class/net/eth2/statistics/rx_packets"))
    g.monitor("device_del", id="nic2")
    note("card pulled out: told after %d ms" % state_is(g, "absent"))
    time.sleep(1)
    g.monitor("netdev_del", id="n2")
    g.monitor("netdev_add", type="hubport", hubid=1, id="n3")
    g.monitor("device_add", driver="virtio-net-pci", netdev="n3", id="nic3",
              mac="52:54:00:00:00:02")
    # Its name is the first that is free.
    g.await_(20, "ip link show eth1")
    g.run("ip link set eth1 name eth2 && ip link set eth2 arp off up")
    back = state_is(g, "up")
    result("card put in again: captured from %d ms after it is up" % back,
           back < 2500)
    sent += blast()
    g.run("sleep 1")
    came += int(g.run("cat /sys/class/net/eth2/statistics/rx_packets"))
    g.run("kill %d; while kill -0 %d 2>/dev/null; do sleep 0.1; done" % (
        pid, pid))
    text = g.fetch("/disk/nic.lp").decode()
    note(g.run("cat /disk/nic.err").replace("\n", "; "))
    counted = int(field(text, "received"))
    result("cards: %d sent, %d came, %d received, %s binned, %s dropped" % (
        sent, came, counted, field(text, "binned"), field(text, "dropped")),
        counted == came and int(field(text, "binned")) == came)


def main():
    g = Guest("kernel", nics=2)
    try:
        g.boot()
        g.cable()
        for part in (sandbox, cards, speed, scripts):
            try:
                part(g)
            except AssertionError as e:
                result("%s: %s" % (part.__name__, str(e)[-600:]), False)
    finally:
        g.close()
    guest.finish()


if __name__ == "__main__":
    main()
