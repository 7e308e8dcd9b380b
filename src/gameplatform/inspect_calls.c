/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_calls.c - the vendor's calls as the smoke test makes them, and what to do when they fail.
 */
#include "gameplatform/inspect_part.h"
#include "gameplatform/vendor.h"

#include <inttypes.h>

/* Nobody has it; the vendor's own documents use it for this. */
#define NOBODY STR("sandbox-user-1")
#define INDEX_BYTES_MAX ((size_t)1 << 20)
/* Scores are asked for by our clock, less an overlap of ten minutes in the shipped plan. */
#define SKEW_MAX_MS 120000

#define BASE_URL "GAME_PLATFORM_API_BASE_URL"
#define NEXT_URL \
	"Is " BASE_URL " right? The vendor's own ends in /integrations/syned/v1, without a slash."

/* ---- what to do about a fault ---- */

static const char *next_of(enum vendor_code code)
{
	switch (code) {
	case VENDOR_UNAUTHORIZED:
		return "Set GAME_PLATFORM_API_TOKEN to the token that MetaCTF gave you, without the "
		       "word Bearer.";
	case VENDOR_NOT_FOUND:
	case VENDOR_BAD_RESPONSE:
	case VENDOR_REFUSED:
		return NEXT_URL;
	case VENDOR_NOT_APPROVED:
		return "Ask MetaCTF whether the token may read this.";
	case VENDOR_RATE_LIMITED:
		return "Wait a minute, and try again.";
	case VENDOR_SERVER:
		return "MetaCTF has a failure. Changes wait here meanwhile; try again later.";
	case VENDOR_TIMEOUT:
	case VENDOR_NETWORK:
		return "Is " BASE_URL " right, and may this machine reach it?";
	case VENDOR_NONE:
	case VENDOR_VALIDATION:
	case VENDOR_CONFLICT:
	case VENDOR_CODES:
		break;
	}
	return "The runbook (docs/runbook-game-platform.md) says what to send to MetaCTF.";
}

/* Our own failures have no fault. */
static void tell_fault(const struct inspection *x, const char *what, const struct vendor *v,
		       const struct err *e)
{
	const struct vendor_fault *f = &v->fault;

	if (f->code == VENDOR_NONE) {
		inspect_ill(x, what, str_from(e->text), NULL, e);
		return;
	}
	inspect_ill(
		x, what,
		str_printf(x->arena, "%s: %.*s", vendor_code_name(f->code), STR_ARG(f->message)),
		next_of(f->code), e);
}

/* ---- the index: no token is needed for it ---- */

static bool check_index(const struct inspection *x, const struct vendor *v)
{
	const struct network_plan *n = &x->connection->network;
	struct str url = value_get_text(x->connection->config, "base_url");
	struct request r = { .method = "GET",
			     .url = str_printf(x->arena, "%.*s/", STR_ARG(url)),
			     .connect_ms = n->connect_ms,
			     .stall_ms = n->stall_ms,
			     .total_ms = n->total_ms,
			     .body_bytes_max = INDEX_BYTES_MAX,
			     .policy = &v->session->policy };
	struct response answer;
	struct err e;

	if (!client_send(x->engine->client, &r, x->arena, x->engine->stop, &answer, &e)) {
		inspect_ill(x, "index", str_from(e.text), next_of(VENDOR_NETWORK), &e);
		return false;
	}
	if (answer.status / 100 == 2)
		inspect_well(x, "index",
			     str_printf(x->arena, "answers with HTTP %d in %" PRId64 " ms",
					answer.status, answer.took_ms),
			     NULL);
	else
		inspect_well(x, "index",
			     str_printf(x->arena, "answers, but with HTTP %d", answer.status),
			     NEXT_URL);
	return true;
}

/* ---- the rest ---- */

static bool check_assignments(const struct inspection *x, struct vendor *v)
{
	int64_t began_ms = clock_steady_ms(x->engine->clock);
	struct vendor_assignment *list;
	struct err e;
	size_t n, on = 0;

	if (!vendor_assignments(v, STR(""), &list, &n, &e)) {
		tell_fault(x, "assignments", v, &e);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		on += list[i].team.len > 0;
	inspect_well(x, "assignments",
		     str_printf(x->arena, "%zu users on teams, answered in %" PRId64 " ms", on,
				clock_steady_ms(x->engine->clock) - began_ms),
		     NULL);
	return true;
}

static void check_clock(const struct inspection *x, const struct vendor *v)
{
	int64_t there_ms = v->session->vendor_ms;
	int64_t skew_ms = there_ms - clock_wall_ms(x->engine->clock);
	int64_t far_s = (skew_ms < 0 ? -skew_ms : skew_ms) / 1000;
	struct str says;
	struct err why;

	if (there_ms == 0) {
		inspect_well(x, "clock", STR("MetaCTF does not say what time it is"), NULL);
		return;
	}
	if (far_s <= 2) { /* the header has no fractions, and the answer took a while */
		inspect_well(x, "clock", STR("the same here and there"), NULL);
		return;
	}
	says = str_printf(x->arena, "this machine's clock is %" PRId64 " s %s MetaCTF's", far_s,
			  skew_ms < 0 ? "ahead of" : "behind");
	if (far_s * 1000 <= SKEW_MAX_MS) {
		inspect_well(x, "clock", says, NULL);
		return;
	}
	err_set(&why, ERR_REMOTE, "%.*s", STR_ARG(says));
	inspect_ill(x, "clock", says,
		    "Set it right (timedatectl): scores are asked for by the time of the last "
		    "answer.",
		    &why);
}

/* Asked since now, so that the answer is small. */
static void check_scores(const struct inspection *x, struct vendor *v, struct str user)
{
	int64_t now_s = clock_wall_ms(x->engine->clock) / 1000;
	struct vendor_scores scores;
	struct err e;

	if (vendor_scores(v, user.len ? user : NOBODY, now_s, &scores, &e)) {
		inspect_well(x, "scores",
			     user.len ? STR("answers for a competitor who is registered")
				      : STR("answers for an id that nobody here has"),
			     NULL);
		return;
	}
	if (user.len == 0 &&
	    (v->fault.code == VENDOR_NOT_FOUND || v->fault.code == VENDOR_NOT_APPROVED)) {
		inspect_well(x, "scores",
			     str_printf(x->arena,
					"nobody is registered yet; an unknown id gets HTTP %d, as "
					"it should",
					v->fault.status),
			     NULL);
		return;
	}
	if (user.len &&
	    (v->fault.code == VENDOR_NOT_FOUND || v->fault.code == VENDOR_NOT_APPROVED)) {
		inspect_ill(x, "scores",
			    str_printf(x->arena, "of a competitor who is registered here: %.*s",
				       STR_ARG(v->fault.message)),
			    "GET /api/game-platform/drift?users=true lists everybody whom MetaCTF "
			    "does not know, or knows otherwise.",
			    &e);
		return;
	}
	tell_fault(x, "scores", v, &e);
}

static void check_events(const struct inspection *x, struct vendor *v, struct str user)
{
	struct vendor_event *list;
	struct err e;
	size_t n;

	if (vendor_events(v, user.len ? user : NOBODY, &list, &n, &e))
		inspect_well(x, "flash", STR("the feed of Flash CTFs answers"), NULL);
	else
		tell_fault(x, "flash", v, &e);
}

static bool check_token(const struct inspection *x)
{
	struct value token = value_get(x->connection->config, STR("token"));
	struct err why;

	if (token.kind == VALUE_STR && str_trim(token.s).len > 0) {
		inspect_well(x, "token", STR("there is one"), NULL);
		return true;
	}
	err_set(&why, ERR_AUTH, "Missing GAME_PLATFORM_API_TOKEN configuration");
	inspect_ill(x, "token", str_from(why.text), next_of(VENDOR_UNAUTHORIZED), &why);
	return false;
}

bool inspect_calls(const struct inspection *x, struct str user)
{
	struct vendor v;
	struct err e;
	bool token = check_token(x);

	if (!vendor_open(x->arena, x->engine, x->connection, &v, &e)) {
		inspect_ill(x, "connection", str_from(e.text), NULL, &e);
		return false;
	}
	if (!check_index(x, &v) || !token || !check_assignments(x, &v))
		return false;
	check_clock(x, &v);
	check_scores(x, &v, user);
	check_events(x, &v, user);
	return true;
}
