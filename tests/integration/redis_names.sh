#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# The name of a Redis: from /etc/hosts, and from a name server that answers,
# that says nothing and that talks nonsense; each in a network and with files
# of our own.  Nobody waits for a name.
cd "$(dirname "$0")/../.." || exit 1

for c in redis-server redis-cli python3 unshare ip; do
	command -v $c >/dev/null || { echo "SKIP redis_names: no $c"; exit 0; }
done
if [ "${INSIDE:-}" != 1 ]; then
	unshare -mn true 2>/dev/null ||
		{ echo "SKIP redis_names: no namespaces"; exit 0; }
	INSIDE=1 exec unshare -mn --propagation private "$0"
fi
T=$(mktemp -d) || exit 1
. tests/integration/places.sh
. tests/integration/driver.sh

# libevent keeps what waits for a name until that is given up, also at the end.
printf 'leak:%s\n' evdns_getaddrinfo bufferevent_socket_new evbuffer_new \
    evbuffer_add_cb >"$T/suppressions"
export LSAN_OPTIONS=suppressions=$T/suppressions:print_suppressions=0

ip link set lo up
printf '127.0.0.1 localhost\n127.0.0.1 in-hosts.example\n' >"$T/hosts"
echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
mount --bind "$T/hosts" /etc/hosts && mount --bind "$T/resolv.conf" /etc/resolv.conf ||
	{ echo "SKIP redis_names: no bind mounts"; exit 0; }
cat >"$T/names.py" <<'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    q, peer = s.recvfrom(512)
    end = q.index(b"\0", 12) + 5
    name, kind = q[12:end - 4].lower(), q[end - 4:end - 2]
    if name.startswith(b"\x04good"):
        a = kind == b"\0\1"
        s.sendto(q[:2] + b"\x81\x80\0\1\0" + bytes([a]) + bytes(4) +
                 q[12:end] + (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1"
                              if a else b""), peer)
    elif name.startswith(b"\x04none"):
        s.sendto(q[:2] + b"\x81\x83\0\1" + bytes(6) + q[12:end], peer)
    elif name.startswith(b"\x08nonsense"):
        for bad in (b"", q[:2], q[:2] + b"\xff" * 40,
                    q[:2] + b"\x81\x80\0\1\xff\xff" + bytes(4) + q[12:end] +
                    b"\xc0\x0c" * 200, q[:12] + b"\xc0\x0c"):
            s.sendto(bad, peer)
END
python3 "$T/names.py" >"$T/names" 2>&1 &
server[names]=$!
await 5 grep -q ready "$T/names"
free_ports r
start r --port "${port[r]}"
url() { echo "redis://$1:${port[r]}"; }
below() { [ "$SAN$1" = 1anon_kb ] || [ "$(stat "$1")" -lt "$2" ] || { echo "$1 is $(stat "$1")"; return 1; }; }

run -b 3 -s hosts "$(url in-hosts.example)"
check "a name in /etc/hosts: all is stored" is stored=39
run -b 3 -s dns "$(url good.example)"
check "a name that the name server knows: all is stored" is stored=39
run -b 3 -d 1000 "$(url none.example)"
check "one that it doesn't know: says so" logged "nodename nor servname.*records wait"
check "and keeps the records" is spooled=39
run -b 50 -i 20 -d 5000 "$(url silent.example)"
check "a name server that says nothing: says so" logged "name resolution: records wait"
check "nobody waits for it" below worst_gap_ms 2000
check "and the records are kept" is spooled=650
run -b 50 -i 20 -d 500 "$(url nonsense.example)"
check "one that talks nonsense: nobody waits" below worst_gap_ms 2000
check "and the records are kept" is spooled=650
kill_server names
run -b 50 -i 20 -d 500 "$(url good.example)"
check "no name server: nobody waits" below worst_gap_ms 2000
check "and the records are kept" is spooled=650

[ "${SAN:-0}" = 0 ] || check "the sanitizers are silent" sanitizers_are_silent
echo "1..$n"
[ $failed -eq 0 ]
