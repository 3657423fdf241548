/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clean text of any bytes, and addresses.
 */
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char out[TEXT_MAX + 4];
	bool cut;
	size_t len = text_clean(out, data, n, &cut);

	fuzz_text(out, len, cut);
	if (n >= 16) {
		char addr[TEXT_ADDR];

		MUST(text_addr(addr, data, true) < sizeof(addr));
		MUST(text_addr(addr, data, false) < 16);
	}
	return 0;
}
