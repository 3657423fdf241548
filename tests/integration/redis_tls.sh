#!/bin/bash
# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Redis over TLS: a private redis-server with certificates made here, good ones
# and bad ones.  What can't be trusted costs one line and gets no byte.
cd "$(dirname "$0")/../.." || exit 1

for c in redis-server redis-cli openssl python3; do
	command -v $c >/dev/null || { echo "SKIP redis_tls: no $c"; exit 0; }
done
T=$(mktemp -d) || exit 1
. tests/integration/places.sh
. tests/integration/driver.sh

# --- certificates ------------------------------------------------------------
authority() {	# NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$T/$1.key" -out "$T/$1.pem" -days 2 -subj "/CN=$1" \
	    2>/dev/null
}
certificate() {	# NAME AUTHORITY SAN [FROM TO]
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$T/$1.key" -out "$T/$1.csr" -subj "/CN=$1" 2>/dev/null
	cat >"$T/ca.cnf" <<-END
		[ca]
		default_ca = d
		[d]
		database = $T/index
		new_certs_dir = $T
		rand_serial = yes
		default_md = sha256
		policy = p
		x509_extensions = e
		[p]
		commonName = supplied
		[e]
		subjectAltName = $3
	END
	: >"$T/index"
	openssl ca -batch -notext -config "$T/ca.cnf" -in "$T/$1.csr" \
	    -cert "$T/$2.pem" -keyfile "$T/$2.key" -out "$T/$1.pem" \
	    -startdate "${4:-20200101000000Z}" -enddate "${5:-20491231235959Z}" \
	    2>"$T/out" || { sed 's/^/# /' "$T/out"; exit 1; }
}
authority ca
authority foreign
certificate good ca IP:127.0.0.1,DNS:localhost
certificate name ca DNS:other.example
certificate address ca DNS:127.0.0.1
certificate old ca IP:127.0.0.1,DNS:localhost 20200101000000Z 20200102000000Z
certificate early ca IP:127.0.0.1 20480101000000Z
certificate client ca DNS:sensor
certificate stranger foreign DNS:sensor
openssl ec -in "$T/client.key" -aes128 -passout pass:geheim \
    -out "$T/locked.key" 2>/dev/null
cat "$T/client.pem" "$T/client.key" >"$T/both.pem"

free_ports r plain
tls_server() {	# CERTIFICATE ARGUMENTS…: the server r with that certificate
	[ -z "${server[r]:-}" ] || kill_server r
	start r --port 0 --tls-port "${port[r]}" --tls-cert-file "$T/$1.pem" \
	    --tls-key-file "$T/$1.key" --tls-ca-cert-file "$T/ca.pem" \
	    --tls-auth-clients "${auth:-no}" "${@:2}"
}
url=rediss://127.0.0.1:${port[r]}
echo geheim >"$T/pw"

# --- it works ----------------------------------------------------------------
tls_server good --requirepass geheim
cli() { redis-cli -s "$T/r.sock" -a geheim --no-auth-warning "${@:2}"; }
run -A "$T/ca.pem" -p "$T/pw" -b 20 "$url"
check "a certificate for the address: all is stored" is stored=260 spooled=0
run -A "$T/ca.pem" -p "$T/pw" -s name -b 20 rediss://localhost:"${port[r]}/2"
check "one for the name, and a database" is stored=260
check "is there" test "$(cli r -n 2 xlen 'tapline:{name}:bin')" = 20
SSL_CERT_FILE=$T/ca.pem run -p "$T/pw" -s system -b 2 "$url"
check "the system's authorities" is stored=26
unset -f cli
cli() { redis-cli -s "$T/$1.sock" "${@:2}"; }
tls_server good --appendonly yes --appendfsync always
run -A "$T/ca.pem" -R -s replay -b 3000 "$url"
check "a replay of 39 000 points" is stored=39000
check "is in order" resp r streams replay 3000
BG=1 run -A "$T/ca.pem" -s cut -b 300 -i 5 "$url"
for i in $(seq 10); do
	cli r client kill type normal skipme yes >/dev/null
	sleep .05
done
check "its connections killed: more entries" resp r wait 10 'tapline:{cut}:bin' 150
kill_server r
tls_server good --appendonly yes --appendfsync always
wait $drv
check "then the server: all is stored" is stored=3900 lost_full=0 lost_error=0
check "nothing lost, nothing twice" resp r streams cut 300

# --- the program -------------------------------------------------------------
replay=("${BIN:-${BUILD:-build}/tapline}" -q -r tests/sample/sample.pcap
    --sensor demo --window all --report 0)
"${replay[@]}" >"$T/lines" 2>"$T/err"
check "tapline's own options" timeout 60 "${replay[@]}" --tls-ca "$T/ca.pem" \
    -o "$url"
check "bring the same as its lines" resp r same demo "$T/lines"
check "a file that is missing: exit 1" test "$(timeout 60 "${replay[@]}" \
    --tls-ca "$T/none" -o "$url" >/dev/null 2>"$T/err"; echo $?)" = 1
check "and the reason" logged "tls-ca $T/none: No such file"

# --- it can't be trusted -------------------------------------------------------
# refused TEXT WHY ARGUMENTS…: records wait, one line says why, and the server
# has not heard a command.
refused() {
	local what=$1 why=$2
	cli r config resetstat >/dev/null
	run -p "$T/pw" -b 3 -d 700 "${@:3}" "$url"
	check "$what: nothing is stored" is records=39 stored=0 spooled=39
	check "$what: somebody has to see to it" is config_error=1 waiting=0
	check "$what: says why" logged "$url: .*$why.*: records wait"
	check "$what: once" warned "records wait" 1
	check "$what: the server hears nothing" heard_nothing
}
heard_nothing() {
	[ "$(cli r info commandstats | grep -vE 'cmdstat_(config|info)' |
		grep -c cmdstat_)" -eq 0 ]
}
tls_server good
refused "no authority that we know" "certificate: self-signed certificate in"
refused "another authority" "certificate: self-signed certificate in" -A "$T/foreign.pem"
tls_server name
refused "another's name" "IP address mismatch" -A "$T/ca.pem"
url=rediss://localhost:${port[r]}
refused "another's name again" "hostname mismatch" -A "$T/ca.pem"
url=rediss://127.0.0.1:${port[r]}
tls_server address
refused "an address as a name" "IP address mismatch" -A "$T/ca.pem"
tls_server old
refused "an expired one" "certificate has expired" -A "$T/ca.pem"
tls_server early
refused "one of the future" "certificate is not yet valid" -A "$T/ca.pem"
kill_server r

# --- certificates of ours ------------------------------------------------------
auth=yes tls_server good
refused "none of ours where one is wanted" "alert certificate required" \
    -A "$T/ca.pem"
refused "a stranger's" "alert unknown ca" -A "$T/ca.pem" \
    -C "$T/stranger.pem" -K "$T/stranger.key"
run -A "$T/ca.pem" -C "$T/client.pem" -K "$T/client.key" -b 3 "$url"
check "ours: all is stored" is stored=39
run -A "$T/ca.pem" -C "$T/both.pem" -s both -b 3 "$url"
check "with its key in the same file" is stored=39
fails() {	# TEXT WHY ARGUMENTS…: it doesn't start
	check "$1: refused at the start" test \
	    "$("$driver" "${@:3}" -b 3 "$url" 2>"$T/err" </dev/null; echo $?)" = 78
	check "$1: with the reason" logged "$2"
}
fails "a key with a passphrase" "tls-key $T/locked.key: has a passphrase" \
    -C "$T/client.pem" -K "$T/locked.key"
fails "another's key" "tls-key $T/good.key: key values mismatch" \
    -C "$T/client.pem" -K "$T/good.key"
fails "no key" "tls-key $T/client.pem: " -C "$T/client.pem"
fails "authorities that are none" "tls-ca $T/pw: " -A "$T/pw"
auth=no tls_server good

# --- SIGHUP --------------------------------------------------------------------
cp "$T/foreign.pem" "$T/now.pem"
BG=1 run -A "$T/now.pem" -s hup -b 3 "$url"
check "the wrong authority" await 5 logged "records wait"
echo none >"$T/now.pem"
kill -HUP $drv
check "replaced by garbage: the old one stays" await 5 logged \
    "old certificates stay"
cp "$T/ca.pem" "$T/now.pem"
kill -HUP $drv
wait $drv
check "replaced by the right one: all is stored" is stored=39
check "and in order" resp r streams hup 3

# --- sentinels and clusters --------------------------------------------------
# What a server names is checked as well as what the URL names.
free_ports s
mkdir "$T/s"
cat >"$T/s.conf" <<-END
	port 0
	tls-port ${port[s]}
	tls-cert-file $T/good.pem
	tls-key-file $T/good.key
	tls-ca-cert-file $T/ca.pem
	tls-auth-clients no
	tls-replication yes
	bind 127.0.0.1
	unixsocket $T/s.sock
	dir $T/s
	sentinel monitor m 127.0.0.1 ${port[r]} 1
END
SENTINEL=1 start s "$T/s.conf"
run -A "$T/ca.pem" -s sentinel -b 3 rediss+sentinel://127.0.0.1:"${port[s]}"/m
check "rediss+sentinel: all is stored" is stored=39
tls_server name
run -A "$T/ca.pem" -s wrong -b 3 -d 700 rediss+sentinel://127.0.0.1:"${port[s]}"/m
check "a master of another name: says so" logged \
    "127.0.0.1:${port[r]}: TLS: .*IP address mismatch"
check "and nothing is stored" is stored=0 spooled=39
kill_server s
tls_server good --cluster-enabled yes --tls-cluster yes
cli r cluster addslotsrange 0 16383 >/dev/null
cluster_is_up() { cli r cluster info | grep -q cluster_state:ok; }
await 5 cluster_is_up
run -A "$T/ca.pem" -s cluster -b 3 rediss+cluster://localhost:"${port[r]}"
check "rediss+cluster: all is stored" is stored=39

# --- what isn't TLS, or too little of it ---------------------------------------
start plain --port "${port[plain]}"
run -A "$T/ca.pem" -b 3 -d 6000 rediss://127.0.0.1:"${port[plain]}"
check "a server without TLS: says so" logged "no TLS connection for 5 s"
check "and nothing is stored" is stored=0 spooled=39
run -b 3 -d 300 redis://127.0.0.1:"${port[r]}"
check "TLS that nobody asked for: says so" logged "records wait"
check "and nothing is stored" is stored=0 spooled=39
kill_server r
run -A "$T/ca.pem" -b 3 -d 300 "$url"
check "no server: says so" logged "Connection refused: records wait"
auth=no tls_server good --tls-protocols TLSv1.1 \
    --tls-ciphers ALL:@SECLEVEL=0
run -A "$T/ca.pem" -b 3 -d 300 "$url"
check "TLS 1.1 only: says so" logged "TLS: .*protocol version: records wait"
check "and nothing is stored" is stored=0 spooled=39
kill_server r
kill_server plain

[ "${SAN:-0}" = 0 ] || check "the sanitizers are silent" sanitizers_are_silent
echo "1..$n"
[ $failed -eq 0 ]
