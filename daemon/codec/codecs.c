/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/codec/codecs.h"

#include "daemon/codec/crypto.h"
#include "daemon/codec/hpack.h"

static const struct codecs codecs = {
	.sha256 = crypto_sha256,
	.hmac_sha256 = crypto_hmac_sha256,
	.aes128 = crypto_aes128,
	.aes128_gcm_open = crypto_aes128_gcm_open,
	.hpack_new = hpack_new,
	.hpack_free = hpack_free,
	.hpack_read = hpack_read,
};

const struct codecs *
codecs_get(void)
{
	return &codecs;
}
