/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/redis_dial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/util.h>

#include "daemon/output/names.h"
#include "daemon/output/tls.h"

bool
redis_dial(struct bufferevent *bev, const struct redis_route *route,
    struct loop *loop, struct evdns_base **dns)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool is_name = !names_is_address(route->at.host);

	if (route->url.n_places == 0) {
		memcpy(un.sun_path, route->url.path, sizeof(un.sun_path));
		return bufferevent_socket_connect(bev, (struct sockaddr *)&un,
			   sizeof(un)) == 0;
	}
	/*
	 * A bufferevent outlives bufferevent_free until its name has been
	 * answered or given up; that comes before the connection's deadline.
	 */
	if (is_name && *dns == NULL)
		*dns = names_resolver(loop);
	if (is_name && *dns == NULL)
		return false;
	return bufferevent_socket_connect_hostname(bev, is_name ? *dns : NULL,
		   AF_UNSPEC, route->at.host, route->at.port) == 0;
}

bool
redis_dial_error(struct bufferevent *bev, short what, bool is_tls,
    char why[ROUTE_WHY])
{
	const char *reason = errno != 0 ? strerror(errno) : "no connection";
	int dns = bufferevent_socket_get_dns_error(bev);
	char text[ROUTE_WHY] = "";
	bool is_denied = is_tls && tls_reason(bev, text, sizeof(text));

	if (dns != 0)
		reason = evutil_gai_strerror(dns);
	else if (text[0] != '\0')
		reason = text;
	else if (what & BEV_EVENT_EOF)
		reason = "the server closed the connection";
	snprintf(why, ROUTE_WHY, "%s", reason);
	return is_denied;
}
