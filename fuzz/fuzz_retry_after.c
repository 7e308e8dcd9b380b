/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_retry_after.c - a Retry-After header from a stranger: no crash, and a sane wait or none. */
#include "http/backoff.h"

#define NOW_MS ((int64_t)1767225600000)
#define YEAR_MS ((int64_t)366 * 86400 * 1000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	int64_t wait_ms = -1, wall_ms = 0;
	bool ok = retry_after_ms(text, NOW_MS, &wait_ms);

	assert(ok ? wait_ms >= 0 && wait_ms <= YEAR_MS : wait_ms == -1);
	if (http_date_parse(text, &wall_ms))
		assert(wall_ms < (int64_t)10000 * YEAR_MS);
	return 0;
}
