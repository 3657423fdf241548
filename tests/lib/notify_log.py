#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""Stands in for a service manager: writes what arrives at a notify socket to
standard output, one assignment a line, each message behind the monotonic
clock's seconds.

    notify_log.py SOCKET
"""
import os
import socket
import sys
import time

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
while True:
    text = s.recv(4096).decode("utf-8", "replace")
    print("%.3f %s" % (time.monotonic(), text), flush=True)
