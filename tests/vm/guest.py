# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""A virtual machine with Debian 12, and what the scenarios need around it.

The host's loopback is 10.0.2.2 for the guest.  What is killed with lose_power
has lost what it had not yet written to its disk: the host keeps the rest, as
a disk without a cache of its own does.
"""
import base64
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = os.environ["VM_IMAGES"]
FOLDER = os.environ["VM_FOLDER"]
sys.path.insert(0, os.path.join(HERE, "../integration"))
# A /dev/kvm without these is for kernels that know of it alone.
ACCEL = "kvm" if os.access("/dev/kvm", os.W_OK) and any(
    os.path.exists("/sys/module/" + m) for m in ("kvm_amd", "kvm_intel")
) else "tcg,thread=multi"
n_results = n_failed = 0


def result(what, good):
    global n_results, n_failed
    n_results += 1
    n_failed += not good
    print("%sok %d - %s" % ("" if good else "not ", n_results, what),
          flush=True)


def note(what):
    print("#", what, flush=True)


def finish():
    print("1..%d" % n_results)
    sys.exit(n_failed > 0)


def await_(seconds, what, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited %d s for %s" % (seconds, what))
        time.sleep(0.05)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sink(threading.Thread):
    """Takes what connections bring, each connection's bytes by themselves."""

    def __init__(self):
        super().__init__(daemon=True)
        self.s = socket.create_server(("127.0.0.1", 0))
        self.port = self.s.getsockname()[1]
        self.got = []
        self.start()

    def run(self):
        while True:
            c, _ = self.s.accept()
            self.got.append(bytearray())
            threading.Thread(target=self.read, args=(c, self.got[-1]),
                             daemon=True).start()

    def read(self, c, into):
        while True:
            try:
                data = c.recv(65536)
            except OSError:
                data = b""
            if not data:
                c.close()
                return
            into += data


class Guest:
    def __init__(self, name, memory=1024, nics=0, extra=()):
        self.name, self.memory, self.nics = name, memory, nics
        self.extra = extra
        self.folder = os.path.join(FOLDER, name)
        os.makedirs(self.folder)
        self.disk = os.path.join(self.folder, "disk.img")
        subprocess.run(["mke2fs", "-q", "-t", "ext4", self.disk, "1G"],
                       stdout=subprocess.DEVNULL,
                       check=True)
        self.p, self.n_boots = None, 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def argv(self):
        argv = ["qemu-system-x86_64", "-M", "pc", "-accel", ACCEL, "-cpu",
                "max,arch-capabilities=off", "-m", str(self.memory),
                "-smp", "2", "-nodefaults",
                "-display", "none", "-no-reboot",
                "-kernel", IMAGES + "/vmlinuz", "-initrd", IMAGES + "/initrd",
                "-append", "console=ttyS0 quiet panic=-1 net.ifnames=0",
                "-serial", "file:" + self.path("console"),
                "-serial", "unix:%s,server=on,wait=off" % self.path("ctl"),
                "-qmp", "unix:%s,server=on,wait=off" % self.path("qmp"),
                "-netdev", "user,id=n0",
                "-device", "virtio-net-pci,netdev=n0,id=nic0"]
        # The others are all on one wire.
        for i in range(1, self.nics + 1):
            argv += ["-netdev", "hubport,hubid=1,id=n%d" % i,
                     "-device", "virtio-net-pci,netdev=n%d,id=nic%d,"
                     "mac=52:54:00:00:00:%02x" % (i, i, i)]
        for image, mode in ((IMAGES + "/debian.img", "snapshot=on"),
                            (IMAGES + "/work.img", "snapshot=on"),
                            (self.disk, "cache=writeback")):
            argv += ["-drive", "if=virtio,format=raw,file=%s,%s" % (image,
                                                                   mode)]
        return argv + list(self.extra)

    def boot(self):
        for name in ("ctl", "qmp"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        self.n_boots += 1
        self.p = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL)
        self.buffer = b""
        await_(10, "qemu", lambda: os.path.exists(self.path("qmp")))
        self.qmp = self.connect("qmp")
        self.qmp_file = self.qmp.makefile("rb")
        self.qmp_file.readline()
        self.monitor("qmp_capabilities")
        self.ctl = self.connect("ctl")
        self.answer(240)

    def connect(self, name):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.path(name))
        return s

    def monitor(self, command, **arguments):
        self.qmp.sendall(json.dumps({"execute": command,
                                     "arguments": arguments}).encode())
        while True:
            said = json.loads(self.qmp_file.readline())
            if "error" in said:
                raise AssertionError("%s: %s" % (command, said["error"]))
            if "return" in said:
                return said["return"]

    def answer(self, seconds):
        """What the guest prints, and how that ended."""
        end = time.monotonic() + seconds
        while True:
            text, mark, rest = self.buffer.partition(b"\1")
            if mark and b"\n" in rest:
                code, _, self.buffer = rest.partition(b"\n")
                return text.decode(errors="replace"), code
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.ctl], [], [], left)[0]:
                raise AssertionError("%s does not answer: %r" % (
                    self.name, self.buffer[-200:]))
            data = self.ctl.recv(65536)
            if not data:
                raise AssertionError("%s has ended" % self.name)
            self.buffer += data

    def ask(self, command):
        self.ctl.sendall(base64.b64encode(command.encode()) + b"\n")

    def run(self, command, seconds=60, check=True):
        self.ask(command)
        text, code = self.answer(seconds)
        if check and code != b"0":
            raise AssertionError("%s: %s: %s" % (command, code, text))
        return text.strip()

    def start(self, command):
        """In the background; returns its process's number."""
        return int(self.run("setsid %s & echo $!" % command))

    def await_(self, seconds, condition):
        self.run("end=$((SECONDS + %d)); { until %s; do sleep 0.05; "
                 "[ $SECONDS -lt $end ] || break; done; %s; } 2>/dev/null || "
                 "{ cat /disk/*.err; false; }" % (
                     seconds, condition, condition), seconds + 30)

    def fetch(self, path):
        """A file's bytes, or a folder's as a tar."""
        sink = Sink()
        self.run("d=%s; { if [ -d $d ]; then tar c -C $d .; else cat $d; fi; "
                 "} >/dev/tcp/10.0.2.2/%d" % (path, sink.port), 120)
        time.sleep(0.2)
        return bytes(sink.got[0])

    def cable(self):
        """From g0, in a namespace of its own, to c0."""
        self.run("ip netns add gen && ip link add c0 type veth peer name g0 "
                 "netns gen && ip netns exec gen sysctl -q -w "
                 "net.ipv6.conf.all.disable_ipv6=1 && "
                 "for o in gro gso tso tx rx; do ethtool -K c0 $o off; ip "
                 "netns exec gen ethtool -K g0 $o off; done >/dev/null 2>&1; "
                 "ip link set c0 arp off txqueuelen 10000 up && ip -n gen "
                 "link set g0 arp off txqueuelen 10000 up")

    def lose_power(self):
        self.p.send_signal(signal.SIGKILL)
        self.p.wait()
        self.ctl.close()
        self.qmp.close()

    def close(self):
        if self.p is not None and self.p.poll() is None:
            self.lose_power()
