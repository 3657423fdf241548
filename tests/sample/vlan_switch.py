#!/usr/bin/env python3
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
"""A switch with access ports and one 802.1Q trunk, in user space, for kernels
that have no VLAN devices.

    vlan_switch.py TRUNK VID:PORT...        VID 0: untagged on the trunk
"""
import select
import socket
import struct
import sys

SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4
ETH_P_ALL, ETH_P_8021Q = 3, 0x8100


def port_open(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                      socket.htons(ETH_P_ALL))
    s.bind((name, ETH_P_ALL))
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return s


def receive(s):
    """Returns the VID and the frame without its tag, or None."""
    frame, ancillary, _, addr = s.recvmsg(65535, 256)
    if addr[2] == socket.PACKET_OUTGOING:
        return None
    # The kernel takes the tag off and tells it aside.
    for level, kind, data in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, tci = struct.unpack_from("I12xH", data)
            if status & TP_STATUS_VLAN_VALID:
                return tci & 0xfff, frame
    if frame[12:14] == struct.pack("!H", ETH_P_8021Q):
        return (struct.unpack_from("!H", frame, 14)[0] & 0xfff,
                frame[:12] + frame[16:])
    return 0, frame


def main():
    trunk = port_open(sys.argv[1])
    vid_of, port_of = {}, {}
    for arg in sys.argv[2:]:
        vid, name = arg.split(":")
        s = port_open(name)
        vid_of[s], port_of[int(vid)] = int(vid), s
    print("ready", flush=True)
    while True:
        for s in select.select([trunk, *vid_of], [], [])[0]:
            got = receive(s)
            if got is None:
                continue
            vid, frame = got
            if s is trunk:
                if vid in port_of:
                    port_of[vid].send(frame)
                continue
            vid = vid_of[s]
            if vid:
                tag = struct.pack("!HH", ETH_P_8021Q, vid)
                frame = frame[:12] + tag + frame[12:]
            trunk.send(frame)


main()
