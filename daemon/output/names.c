/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/names.h"

#include <netinet/in.h>
#include <stddef.h>

#include <event2/dns.h>
#include <event2/util.h>

#include "daemon/loop.h"

bool
names_is_address(const char *host)
{
	struct in6_addr addr;

	return evutil_inet_pton(AF_INET, host, &addr) == 1 ||
	    evutil_inet_pton(AF_INET6, host, &addr) == 1;
}

struct evdns_base *
names_resolver(struct loop *loop)
{
	struct evdns_base *dns = evdns_base_new(loop_base(loop),
	    EVDNS_BASE_INITIALIZE_NAMESERVERS |
		EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	if (dns == NULL)
		return NULL;
	evdns_base_set_option(dns, "timeout:", "1");
	evdns_base_set_option(dns, "attempts:", "3");
	return dns;
}
