/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every dissector there is: one line each, which makes both the declaration
 * and the entry.  Where two have one key, the first wins.
 */
#include "dissect/registry.h"

#define DISSECTORS(X)   \
	X(ethernet)     \
	X(vlan)         \
	X(null)         \
	X(raw)          \
	X(sll)          \
	X(sll2)         \
	X(llc)          \
	X(mpls)         \
	X(pppoe)        \
	X(pppoe_link)   \
	X(ppp)          \
	X(ppp_link)     \
	X(chdlc)        \
	X(frelay)       \
	X(tags)         \
	X(macsec)       \
	X(wlan)         \
	X(wlan_gre)     \
	X(radiotap)     \
	X(ppi)          \
	X(prism)        \
	X(pktap)        \
	X(nflog)        \
	X(pseudo)       \
	X(ring)         \
	X(arcnet)       \
	X(atm)          \
	X(docsis)       \
	X(ndp)          \
	X(lldp)         \
	X(cdp)          \
	X(cdp_gre)      \
	X(other_link)   \
	X(other_type)   \
	X(other_sap)    \
	X(arp)          \
	X(ipv4)         \
	X(ipv6)         \
	X(tcp)          \
	X(udp)          \
	X(udplite)      \
	X(dccp)         \
	X(icmp)         \
	X(sctp)         \
	X(gre)          \
	X(erspan)       \
	X(ipip)         \
	X(etherip)      \
	X(extension)    \
	X(nsh)          \
	X(vxlan)        \
	X(geneve)       \
	X(gtpu)         \
	X(teredo)       \
	X(l2tp)         \
	X(l2tpv3)       \
	X(udptunnel)    \
	X(lisp)         \
	X(ayiya)        \
	X(tzsp)         \
	X(capwap)       \
	X(dns)          \
	X(dns_tcp)      \
	X(mdns)         \
	X(llmnr)        \
	X(llmnr_tcp)    \
	X(nbns)         \
	X(dns_any)      \
	X(dns_tcpany)   \
	X(stun)         \
	X(dhcp)         \
	X(dhcpv6)       \
	X(ntp)          \
	X(snmp)         \
	X(syslog)       \
	X(syslog_tcp)   \
	X(tftp)         \
	X(radius)       \
	X(ssdp)         \
	X(ssh)          \
	X(sip)          \
	X(sip_tcp)      \
	X(rtsp)         \
	X(smb)          \
	X(kerberos)     \
	X(kerberos_tcp) \
	X(ldap)         \
	X(ldap_tcp)     \
	X(bgp)          \
	X(smtp)         \
	X(ftp)          \
	X(pop3)         \
	X(imap)         \
	X(mysql)        \
	X(modbus)       \
	X(resp)         \
	X(postgresql)   \
	X(mqtt)         \
	X(amqp)         \
	X(xmpp)         \
	X(rdp)          \
	X(rdpudp)       \
	X(vnc)          \
	X(bittorrent)   \
	X(ike)          \
	X(natt)         \
	X(wireguard)    \
	X(http)         \
	X(http2)        \
	X(tls)          \
	X(dtls)         \
	X(quic)

#define X(name) extern const struct dissector name##_dissector;
DISSECTORS(X)
#undef X

#define X(name) &name##_dissector,
const struct dissector *const registry[] = { DISSECTORS(X) };
#undef X

const unsigned registry_n = sizeof(registry) / sizeof(registry[0]);

_Static_assert(sizeof(registry) / sizeof(registry[0]) <= DISSECTORS_MAX,
    "indices and their tables are sized by DISSECTORS_MAX");
