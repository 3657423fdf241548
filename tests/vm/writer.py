#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Writes captures at a pace, 1000 packets a second of time and of theirs.

  writer.py FOLDER FIRST SYNC

Packet number i, from FIRST on, is of i ms after EPOCH.  Files are rotated every
500 packets; with SYNC 1 each is synced then.
"""
import os
import struct
import sys
import time

EPOCH = 1_700_000_000
PER_FILE = 500


def main():
    folder, first, sync = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1"
    start, i, f = time.monotonic(), first, None
    while True:
        if i % PER_FILE == 0 or f is None:
            if f is not None and sync:
                os.fsync(f.fileno())
            f = open("%s/cap-%09d" % (folder, i), "wb", buffering=0)
            f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        frame = struct.pack(">6s6sHBBHHHBBHIIHHHHQ", b"\2" * 6, b"\4" * 6,
                            0x800, 0x45, 0, 36, 0, 0, 64, 17, 0,
                            0x0a000001 + i % 50, 0xc0a80001, 4000, 5000,
                            16, 0, i)
        f.write(struct.pack("<IIII", EPOCH + i // 1000, i % 1000 * 1000,
                            len(frame), len(frame)) + frame)
        i += 1
        ahead = start + (i - first) / 1000 - time.monotonic()
        if ahead > 0.01:
            time.sleep(ahead)


if __name__ == "__main__":
    main()
