#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# In the guest, as process 1: does what guest.py says over the second serial
# port, a command a line in base64, and answers with what it prints, \1 and its
# exit code.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
for d in /run /tmp /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs "$d"; done
mount -t cgroup2 cgroup /sys/fs/cgroup
ln -sfn /proc/self/fd /dev/fd
hostname guest
echo '127.0.0.1 localhost' >/etc/hosts
modprobe -a virtio_net veth button
for f in all default; do echo 1 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; done
ip link set lo up
if [ -e /sys/class/net/eth0 ]; then
	ip addr add 10.0.2.15/24 dev eth0
	ip link set eth0 up
	ip route add default via 10.0.2.2
fi
[ ! -e /dev/vdc ] || mount -t ext4 /dev/vdc /disk
cd /tapline || exit
stty -F /dev/ttyS1 raw -echo
exec 3</dev/ttyS1 >/dev/ttyS1 2>&1
printf '\001ready\n'
while read -r -u 3 line; do
	eval "$(base64 -d <<<"$line")" </dev/null
	printf '\001%d\n' $?
done
