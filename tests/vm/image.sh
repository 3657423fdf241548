#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes what the guests boot from, in FOLDER: Debian 12's kernel for virtual
# machines (its package is unpacked, not installed), an initramfs, a disk with
# Debian 12, and one with this tree and what was built of it.
#
#   image.sh FOLDER BUILD
#
# The first two are made once; remove FOLDER to have newer ones.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
cd "$1"
build=$2
packages=python3,mount,gcc,libc6-dev,make,redis-server,redis-tools,iproute2
packages=$packages,ethtool,nftables,procps,kmod,tcpdump,faketime,util-linux
packages=$packages,libpcap0.8,libevent-2.1-7,libevent-openssl-2.1-7
packages=$packages,libmaxminddb0,libhiredis0.14,zlib1g,libzstd1,libnghttp2-14
packages=$packages,libssl3,libseccomp2,openssl,gzip,zstd,jq,curl

# disk FILE FOLDER SIZE
disk() {
	rm -f "$1.new"
	mke2fs -q -t ext4 -d "$2" "$1.new" "$3"
	mv "$1.new" "$1"
}

kernel() {
	local package
	package=$(apt-cache depends linux-image-cloud-amd64 |
		sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p')
	rm -rf kernel
	mkdir kernel
	(cd kernel && apt-get -qq download "$package" 2>/dev/null)
	dpkg -x kernel/linux-image-*.deb kernel
	rm kernel/linux-image-*.deb
}

initrd() {
	rm -rf initramfs
	mkdir -p initramfs/bin initramfs/m
	cp /bin/busybox initramfs/bin/
	cp "$root/tests/vm/init" initramfs/init
	chmod 755 initramfs/init
	find kernel/lib/modules -name 'virtio*.ko' -exec cp {} initramfs/m/ \;
	(cd initramfs && find . | busybox cpio -o -H newc 2>/dev/null) |
		gzip -1 >initrd
	rm -rf initramfs
}

debian() {
	local tree=tree version
	version=$(basename kernel/lib/modules/*)
	rm -rf $tree
	mmdebstrap --quiet --variant=apt --include="$packages" bookworm $tree
	cp -a kernel/lib/modules $tree/lib/
	chroot $tree depmod "$version"
	mkdir -p $tree/tapline $tree/disk
	rm -rf $tree/var/cache/apt/* $tree/var/lib/apt/lists/*
	disk debian.img $tree 2G
	rm -rf $tree
}

# With the times of the files, so that make has nothing to do in there.
work() {
	rm -rf work
	mkdir -p work
	(cd "$root" && git ls-files -coz --exclude-standard | xargs -0 tar c) |
		tar x -C work
	(cd "$root" && find "$build" -name vm -prune -o -type f -print0 |
		xargs -0 tar c) | tar x -C work
	# What the scenarios run has no compiler's time to spend.
	cc -std=c11 -O2 -D_GNU_SOURCE -o work/blast \
		"$root/tests/integration/blast.c"
	disk work.img work 512M
	rm -rf work
}

[ -e kernel/boot ] || kernel
initrd
cp kernel/boot/vmlinuz-* vmlinuz
[ -e debian.img ] || debian
work
