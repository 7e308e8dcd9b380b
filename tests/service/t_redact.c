/* SPDX-License-Identifier: Apache-2.0 */
/* t_redact.c - arguments without secrets, and back when they were edited. */
#include "data/json.h"
#include "service/redact.h"
#include "tap.h"

static const char *text(struct arena *a, struct value v)
{
	struct buf b;
	struct err e;

	buf_in(&b, a, 4096);
	return json_write(&b, v, &e) ? buf_str(&b).at : "no JSON";
}

static struct value parse(struct arena *a, const char *json)
{
	struct value v;
	struct err e;

	return json_parse(a, str_from(json), &v, NULL, &e) ? v : NULL_VALUE;
}

int main(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)1 << 20);
	struct value was =
		parse(a, "{\"connection\":\"pp\",\"API-Key\":\"x\",\"list\":[{\"Access_Token\":1,"
			 "\"n\":2}],\"secret\":null}");

	IS(text(a, redact(a, was)),
	   "{\"connection\":\"pp\",\"API-Key\":\"(hidden)\",\"list\":[{\"Access_Token\":\"(hidden)\","
	   "\"n\":2}],\"secret\":null}",
	   "what is named like a secret is hidden, however deep and however spelled");
	IS(text(a,
		redact_undo(a, parse(a, "{\"connection\":\"q\",\"API-Key\":\"(hidden)\"}"), was)),
	   "{\"connection\":\"q\",\"API-Key\":\"x\"}", "what was left hidden is what it was");
	IS(text(a, redact_undo(a, parse(a, "{\"API-Key\":\"new\",\"other\":\"(hidden)\"}"), was)),
	   "{\"API-Key\":\"new\",\"other\":\"(hidden)\"}", "what was changed is what it became");
	IS(text(a, redact_undo(a, parse(a, "{\"list\":[{\"Access_Token\":\"(hidden)\",\"n\":3}]}"),
			       was)),
	   "{\"list\":[{\"Access_Token\":1,\"n\":3}]}", "also in the items of a list");
	IS(text(a,
		redact_undo(a, parse(a, "{\"list\":[{\"n\":3},{\"Access_Token\":\"(hidden)\"}]}"),
			    was)),
	   "{\"list\":[{\"n\":3},{\"Access_Token\":\"(hidden)\"}]}",
	   "but not in those of another list, where it might be another's");
	return tap_done();
}
