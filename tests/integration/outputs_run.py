# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of outputs in Python share: results in TAP, the driver as a
process whose ledger can be read, and waits for events."""

import re
import subprocess
import sys
import threading
import time

LINE = re.compile(rb"tapline_[a-z]+,[^ \n]* [^\n]* [0-9]+")

n_results = 0
n_failed = 0


def result(what, problem=None):
    """One result; problem says what is wrong, None or False: nothing."""
    global n_results, n_failed
    n_results += 1
    if problem:
        n_failed += 1
        print(f"not ok {n_results} - {what}: {problem}")
    else:
        print(f"ok {n_results} - {what}")
    sys.stdout.flush()


def skip(what, why):
    global n_results
    n_results += 1
    print(f"ok {n_results} - {what} # SKIP {why}")


def finish():
    print(f"1..{n_results}")
    sys.exit(1 if n_failed else 0)


def differ(got, want, what="got"):
    """What to say if the two differ."""
    return None if got == want else f"{what} {got!r}, not {want!r}"


def await_that(condition, seconds=20):
    """True when the condition holds; False when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Driver:
    """output_driver, with what it says."""

    def __init__(self, path, *args, stdout=subprocess.DEVNULL):
        self.process = subprocess.Popen([path, *map(str, args)],
                                        stdout=stdout, stderr=subprocess.PIPE)
        self.err = b""
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stderr:
            self.err += line

    def said(self, text, seconds=20):
        return await_that(lambda: text.encode() in self.err, seconds)

    def wait(self, seconds=60):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.err += b"\n(killed: it didn't end)\n"
        self.thread.join()
        return self

    def number(self, name, output=None):
        """Of the last ledger: of all outputs, or of the one so called."""
        if output is not None:
            line = re.search(rb"^output=%s .*$" % re.escape(output.encode()),
                             self.err, re.M)[0]
            if name in ("records", "stored", "spooled", "lost_full",
                        "lost_error"):
                name = "one_" + name
        else:
            line = re.search(rb"^made=.*$", self.err, re.M)[0]
        return int(re.search(rb"\b%s=(\d+)" % name.encode(), line)[1])

    def ledger(self, **want):
        """What is wrong with it, or None."""
        try:
            got = {name: self.number(name) for name in
                   ("records", "stored", "spooled", "lost_full", "lost_error",
                    "lost_rollback", "lost_spool")}
        except TypeError:
            return f"no ledger: {self.err[-500:]!r}"
        if got["records"] != sum(got.values()) - got["records"]:
            return f"the sum doesn't hold: {got}"
        for name, value in want.items():
            if got[name] != value:
                return f"{name} is {got[name]}, not {value}: {got}"
        return None


def made_lines(driver, folder, bins):
    """The lines that the driver makes."""
    path = f"{folder}/made.{bins}"
    Driver(driver, "-R", "-b", bins, f"file:{path}").wait()
    with open(path, "rb") as f:
        return f.read().splitlines(keepends=True)
