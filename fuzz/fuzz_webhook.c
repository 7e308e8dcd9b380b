/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_webhook.c - strangers' calls: no bytes are genuine without the secret.
 *
 * The input is the signature's header, a line break, and the body.
 */
#include "flow/webhook.h"

#include <stdlib.h>

#define NOW_MS INT64_C(1700000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct webhook_plan ways[] = {
	{ .secret = { "not in any corpus 1", 19 },
	  .signature_header = { "sig", 3 },
	  .signature_prefix = { "sha256=", 7 },
	  .signed_text = { "{body}", 6 } },
	{ .secret = { "not in any corpus 2", 19 },
	  .old_secret = { "whsec_!!", 8 },
	  .signature_header = { "sig", 3 },
	  .signature_prefix = { "v1=", 3 },
	  .signed_text = { "{timestamp}.{body}", 18 },
	  .timestamp_header = { "sig", 3 },
	  .timestamp_prefix = { "t=", 2 },
	  .tolerance_ms = 300000 },
	{ .secret = { "not in any corpus 3", 19 },
	  .signature_header = { "sig", 3 },
	  .encoding = WEBHOOK_BASE64,
	  .signed_text = { "{id}{", 5 },
	  .id_header = { "sig", 3 } },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = { (const char *)data, size };
	const struct header header = { STR("sig"), str_cut(&body, '\n') };
	struct webhook_call call = { &header, 1, body };

	for (size_t i = 0; i < COUNT(ways); i++)
		if (!webhook_check(&ways[i], &call, NOW_MS))
			abort();
	return 0;
}
