/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter expression for saved packets: compiled by libpcap for each link
 * type and byte order that comes, once, and applied to one packet at a time.
 */
#ifndef DAEMON_CAPTURE_FILTER_H
#define DAEMON_CAPTURE_FILTER_H

#include "daemon/capture/capture.h"

struct filter;

/* expression is borrowed.  NULL if memory is out. */
struct filter *filter_new(const char *expression);
void filter_free(struct filter *f);

enum filter_result {
	FILTER_PASS,
	FILTER_DROP,
	FILTER_BAD /* it does not compile for this link type: err says why */
};

/*
 * linktype is as it stands in files; is_swapped if the file has the other
 * byte order than this machine, in which a few link types have fields.
 */
enum filter_result filter_packet(struct filter *f, uint32_t linktype,
    bool is_swapped, const struct capture_packet *p, char *err,
    size_t err_size);

#endif
