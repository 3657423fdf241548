#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""The option table and what is written about it agree.

Compiles tests/lib/options_table.c with config/ and compares its rows with the
sample file, both manual pages, docs/configuration.md, --help and the bash
completion. Speaks TAP; exits with 1 if a comparison fails.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
os.chdir(ROOT)
tests = []


def test(function):
    tests.append(function)
    return function


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def same(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: {got!r}, not {want!r}")


class Skip(Exception):
    pass


class Row:
    def __init__(self, line):
        (self.name, self.letter, self.type, self.default, self.metavar,
         flags) = line.split("\t")
        flags = flags.split()
        self.list = "list" in flags
        self.file = "file" in flags
        self.reload = "reload" in flags
        # Of a yes/no option the manual shows what isn't the default.
        self.shown = ("no-" if self.type == "yes/no" and
                      self.default == "yes" else "") + self.name


def build(folder):
    driver = os.path.join(folder, "options_table")
    sources = [os.path.join("config", f) for f in sorted(os.listdir("config"))
               if f.endswith(".c")]
    subprocess.run(
        shlex.split(os.environ.get("CC", "cc")) +
        ["-std=c11", "-D_DEFAULT_SOURCE", "-I.", "-o", driver,
         "tests/lib/options_table.c"] + sources + ["-linih"], check=True)
    return driver


def run(*args):
    return subprocess.run([driver, *args], capture_output=True, text=True,
                          check=True).stdout


def sample():
    """Yields name and value of each commented line, in order."""
    for line in read("config/tapline.conf").splitlines():
        m = re.fullmatch(r"#([a-z-]+) =(?: (.*))?", line)
        if m:
            yield m[1], m[2] or ""


@test
def sample_has_every_name_once_with_its_default():
    same("names and defaults", list(sample()),
         [(r.name, r.default) for r in rows if r.file])


@test
def sample_explains_every_name_and_its_flags():
    text = read("config/tapline.conf")
    for row in rows:
        if not row.file:
            continue
        m = re.search(rf"((?:^# .*\n)+)#{row.name} =", text, re.M)
        if not m:
            raise AssertionError(f"{row.name} has no comment")
        flags = re.search(r"\((list|reload|list,\s#?\s?reload)\)\s*$",
                          m[1].replace("\n# ", " "))
        flags = re.findall(r"list|reload", flags[1]) if flags else []
        same(row.name, flags,
             ["list"] * row.list + ["reload"] * row.reload)


@test
def sample_as_it_is_and_uncommented_gives_the_defaults():
    path = os.path.join(folder, "sample.conf")
    want = run("dump", "--dump-config")
    same("as it is", run("dump", "--dump-config", "-c",
                         "config/tapline.conf"), want)
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(f"{name} = {value}\n" for name, value in sample())
    same("uncommented", run("dump", "--dump-config", "-c", path), want)


@test
def manual_8_has_every_option_once():
    text = read("docs/tapline.8")
    items = re.findall(r"^\.It (Fl .*)$", text, re.M)
    same("options", sorted(items), sorted(filter(None, map(manual_item, rows))))


def manual_item(row):
    item = "Fl " + (f"{row.letter} , Fl " if row.letter != "-" else "")
    item += r"\-" + row.shown
    if row.type == "choice":
        return item + " Cm " + row.metavar.replace("|", " | ")
    return item + (f" Ar {row.metavar.lower()}" if row.metavar else "")


@test
def manual_8_says_the_defaults():
    text = re.sub(r"^\.(?:Cm|Ar) |\\&", "", read("docs/tapline.8"), flags=re.M)
    for row in rows:
        if not row.metavar or not row.default:
            continue
        m = re.search(rf"^\.It Fl .*\\-{row.name}\b.*\n((?:(?!\.It|\.El).*\n)*)",
                      text, re.M)
        if not re.search(rf"default\b[^.]*[\s,]{re.escape(row.default)}[\s,.]",
                         m[1]) and not re.search(
                rf"\b{row.default}, the default|^{row.default} ,\nthe default",
                m[1], re.M):
            raise AssertionError(f"{row.name}: default {row.default} missing")


@test
def manual_5_has_every_name_with_default_and_flags():
    text = read("docs/tapline.conf.5")
    got = {}
    for name, rest in re.findall(r"^\.It Cm (\S+) No = (.*)$", text, re.M):
        if name in got:
            raise AssertionError(f"{name} stands twice")
        m = re.search(r" Pq (.*)$", rest)
        got[name] = m[1] if m else ""
    want = {}
    for row in rows:
        if row.file:
            default = "the host's name" if row.name == "sensor" else row.default
            want[row.name] = "; ".join(
                ([f"default {default}"] if default else []) +
                ["list"] * row.list + ["reload"] * row.reload)
    same("names", list(got), list(want))
    for name, flags in want.items():
        same(name, got[name], flags)


@test
def manuals_are_clean():
    if shutil.which("mandoc") is None:
        raise Skip("no mandoc")
    for page in "docs/tapline.8", "docs/tapline.conf.5":
        out = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page],
                             capture_output=True, text=True, check=False)
        same(page, (out.stdout, out.returncode), ("", 0))


@test
def configuration_md_has_every_option():
    text = read("docs/configuration.md")
    got = []
    for line in text.splitlines():
        if not re.match(r"\| `[a-z-]+` \|", line):
            continue
        cells = [c.strip() for c in line[1:-1].split("|")]
        if len(cells) == 8:
            got.append([c.strip("`") for c in cells[:4]] + cells[5:7])
    same("number of rows", len(got), len(rows))
    for cells, row in zip(got, rows):
        default = {"sensor": "the host's name",
                   "user": "live `tapline`, or `nobody` where there is none"}.get(
                       row.name, "" if row.type == "flag" else row.default)
        same(row.name, cells, [
            row.name, "" if row.letter == "-" else "-" + row.letter,
            row.type, default, "list" if row.list else "",
            "-" if not row.file else "yes" if row.reload else "no"])


@test
def help_has_every_option():
    text = run("help")
    for row in rows:
        letter = "    " if row.letter == "-" else f"-{row.letter}, "
        option = f"  {letter}--{row.shown}" + (
            f" {row.metavar}" if row.metavar else "")
        if not re.search(f"^{re.escape(option)}( |$)", text, re.M):
            raise AssertionError(f"no {option!r}")


def complete(*words):
    script = ('. docs/tapline.bash-completion; compopt() { :; }; '
              'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tapline; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    out = subprocess.run(["bash", "-euc", script, "bash", "tapline", *words],
                         capture_output=True, text=True, check=True)
    same("standard error", out.stderr, "")
    return out.stdout.split()


@test
def completion_has_every_option():
    want = set()
    for row in rows:
        want.add("--" + row.name)
        if row.letter != "-":
            want.add("-" + row.letter)
        if row.type == "yes/no":
            want.add("--no-" + row.name)
    same("options", sorted(complete("-")), sorted(want))
    same("--re", sorted(complete("--re")), sorted(
        "--" + r.name for r in rows if r.name.startswith("re")))


@test
def completion_knows_which_options_take_a_value():
    """After one that does, no option and no capture is offered."""
    text = read("docs/tapline.bash-completion")
    body = text[text.index("case $last in"):].replace("\\\n", "")
    labels = re.findall(r"^\t(-[^)]*)\)", body, re.M)
    got = {w for label in labels for w in label.replace("|", " ").split()}
    want = set()
    for row in rows:
        if row.metavar:
            want.add("--" + row.name)
            if row.letter != "-":
                want.add("-" + row.letter)
    same("options", sorted(got), sorted(want))
    same("--key-as", complete("--key-as", "t"), ["tag"])
    same("--key-as=", complete("--key-as", "=", "b"), ["both"])
    same("--sandbox", complete("--sandbox", "r"), ["require"])
    same("-o", complete("-o", "redis"), [
        "redis://", "redis+unix:", "redis+sentinel://", "redis+cluster://",
        "rediss://", "rediss+sentinel://", "rediss+cluster://"])
    same("-i", [w for w in complete("-i", "lo") if w == "lo"], ["lo"])
    same("-c", complete("-c", "config/tap"), ["config/tapline.conf"])
    same("-r", complete("-r", "config/tap"), [])


def main():
    failed = 0
    print(f"1..{len(tests)}")
    for n, function in enumerate(tests, 1):
        name = function.__name__.replace("_", " ")
        try:
            function()
            print(f"ok {n} - {name}")
        except Skip as e:
            print(f"ok {n} - {name} # SKIP {e}")
        except (AssertionError, subprocess.CalledProcessError,
                TypeError) as e:
            failed = 1
            print(f"not ok {n} - {name}")
            for line in str(e).splitlines() or [repr(e)]:
                print(f"# {line}")
    return failed


with tempfile.TemporaryDirectory() as folder:
    driver = build(folder)
    rows = [Row(line) for line in run().splitlines()]
    sys.exit(main())
