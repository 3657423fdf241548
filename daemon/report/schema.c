/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema's tables, made from the lists in the header.
 */
#include "daemon/report/schema.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define X_FIELD(index, name, type, help) { name, FIELD_##type, help },
#define K_FIELD(index, name, kind, help) { name, FIELD_INT, help },

static const struct schema_field bin_fields[] = { SCHEMA_BIN(X_FIELD) };
static const struct schema_field source_fields[] = { SCHEMA_SOURCE(X_FIELD) };
static const struct schema_field top_fields[] = { SCHEMA_TOP(X_FIELD) };
static const struct schema_field dns_fields[] = { SCHEMA_DNS(X_FIELD,
    K_FIELD) };
static const struct schema_field http_fields[] = { SCHEMA_HTTP(X_FIELD,
    K_FIELD) };
static const struct schema_field tls_fields[] = { SCHEMA_TLS(X_FIELD,
    K_FIELD) };
static const struct schema_field tcp_fields[] = { SCHEMA_TCP(X_FIELD,
    K_FIELD) };
static const struct schema_field window_fields[] = { SCHEMA_WINDOW(X_FIELD) };
static const struct schema_field track_fields[] = { SCHEMA_TRACK(X_FIELD) };
static const struct schema_field self_fields[] = { SCHEMA_SELF(X_FIELD) };
static const struct schema_field output_fields[] = { SCHEMA_OUTPUT(X_FIELD) };
static const struct schema_field health_fields[] = { SCHEMA_HEALTH(X_FIELD) };
static const struct schema_field loss_fields[] = { SCHEMA_LOSS(X_FIELD) };

static const char *const bin_tags[] = { "sensor", "source" };
static const char *const top_tags[] = { "by", "key", "rank", "sensor",
	"window" };
static const char *const window_tags[] = { "sensor", "window" };
static const char *const self_tags[] = { "sensor" };
static const char *const output_tags[] = { "output", "sensor" };
static const char *const health_tags[] = { "dissector", "sensor" };
static const char *const loss_tags[] = { "output", "reason", "sensor",
	"stream" };

#define MEASUREMENT(thing, tag_list)                \
	const struct measurement schema_##thing = { \
		.name = #thing,                     \
		.tags = tag_list,                   \
		.n_tags = N(tag_list),              \
		.fields = thing##_fields,           \
		.n_fields = N(thing##_fields),      \
	}

MEASUREMENT(bin, bin_tags);
MEASUREMENT(source, bin_tags);
MEASUREMENT(top, top_tags);
MEASUREMENT(dns, window_tags);
MEASUREMENT(http, window_tags);
MEASUREMENT(tls, window_tags);
MEASUREMENT(tcp, window_tags);
MEASUREMENT(window, window_tags);
MEASUREMENT(track, self_tags);
MEASUREMENT(self, self_tags);
MEASUREMENT(output, output_tags);
MEASUREMENT(health, health_tags);
MEASUREMENT(loss, loss_tags);

const struct measurement *const schema_all[] = {
	&schema_bin,
	&schema_source,
	&schema_top,
	&schema_dns,
	&schema_http,
	&schema_tls,
	&schema_tcp,
	&schema_window,
	&schema_track,
	&schema_self,
	&schema_output,
	&schema_health,
	&schema_loss,
	NULL,
};
