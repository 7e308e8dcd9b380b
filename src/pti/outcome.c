/* SPDX-License-Identifier: Apache-2.0 */
/* outcome.c - how what became of a link, a refresh, a roster looks as JSON. */
#include "pti/outcome.h"

#include "pti/players_part.h"
#include "service/view.h"

static void put_rating(struct arena *a, struct value map, const char *name, int32_t tenths)
{
	value_map_set(a, map, str_from(name),
		      tenths == PTI_NONE ? NULL_VALUE : value_float(pti_double(tenths)));
}

struct value outcome_fault(struct arena *a, const struct fault *f)
{
	struct value map = value_map_new(a);

	view_bool(a, map, "success", false);
	view_text(a, map, "code", str_from(f->code));
	view_text(a, map, "error", f->text);
	return map;
}

void outcome_reason(struct arena *a, struct value map, const struct err *why)
{
	view_text(a, map, "reason", str_keep(a, str_from(why->text)));
}

struct str outcome_step(struct arena *a, int32_t before, const struct storing *s)
{
	int32_t step = s->card->pti - before;

	if (s->card->pti == PTI_NONE)
		return STR("");
	if (before == PTI_NONE || (step <= PTI_STEP && step >= -PTI_STEP))
		return s->note;
	return str_printf(a, "The rating went from %s to %s at once%s%.*s", pti_text(a, before).at,
			  pti_text(a, s->card->pti).at, s->note.len > 0 ? ". " : "",
			  STR_ARG(s->note));
}

struct value outcome_linked(struct arena *a, const struct linked_outcome *o)
{
	struct value map = value_map_new(a);
	const struct card *c = &o->read->card;
	struct buf warning;

	buf_in(&warning, a, 1024);
	if (!o->name_match)
		buf_add(&warning, STR("The name on the page is not yours. "));
	if (o->read->note.len > 0)
		buf_printf(&warning, "%.*s. ", STR_ARG(o->read->note));
	if (o->accounts > 1)
		buf_printf(&warning, "%lld accounts link this page. ", (long long)o->accounts);
	view_bool(a, map, "success", true);
	put_rating(a, map, "pti", c->pti);
	view_text(a, map, "player_name", c->name);
	view_text(a, map, "club", c->club);
	view_text(
		a, map, "message",
		str_printf(a, "PTI linked successfully! Current PTI: %s", pti_text(a, c->pti).at));
	view_bool(a, map, "name_match", o->name_match);
	view_bool(a, map, "unusual", c->unusual);
	if (warning.len > 0)
		view_text(a, map, "warning", str_trim(buf_str(&warning)));
	return map;
}

struct value outcome_refreshed(struct arena *a, const struct storing *s)
{
	bool none = s->card->pti == PTI_NONE;
	struct value map = value_map_new(a);

	view_bool(a, map, "success", true);
	put_rating(a, map, "pti", none ? s->player->pti : s->card->pti);
	put_rating(a, map, "previous_pti", s->player->pti);
	view_bool(a, map, "changed", s->changed);
	if (none)
		view_bool(a, map, "no_pti", true);
	if (s->warning.len > 0)
		view_text(a, map, "warning", s->warning);
	return map;
}

struct value outcome_history(struct arena *a, const struct card *c)
{
	struct value map = value_map_new(a);

	view_bool(a, map, "success", true);
	view_text(a, map, "player_name", c->name);
	put_rating(a, map, "pti", c->pti);
	value_map_set(a, map, STR("matches"),
		      c->matches.kind == VALUE_LIST ? c->matches : value_list_new(a));
	return map;
}

static void put_count(struct arena *a, struct value map, const char *name, int32_t n)
{
	value_map_set(a, map, str_from(name), n < 0 ? NULL_VALUE : value_int(n));
}

struct value outcome_roster(struct arena *a, const struct roster *r)
{
	struct value map = value_map_new(a), list = value_list_new(a);

	for (size_t i = 0; i < r->rows; i++) {
		const struct roster_row *row = &r->row[i];
		struct value one = value_map_new(a);

		view_text(a, one, "name", row->name);
		put_rating(a, one, "pti", row->pti);
		view_text(a, one, "id", row->id);
		view_bool(a, one, "captain", row->captain);
		view_bool(a, one, "co_captain", row->co_captain);
		view_bool(a, one, "member", row->member);
		view_text(a, one, "section", row->section);
		put_count(a, one, "wins", row->wins);
		put_count(a, one, "losses", row->losses);
		value_list_add(a, list, one);
	}
	view_bool(a, map, "success", true);
	view_text(a, map, "team_name", r->team);
	view_bool(a, map, "rated", r->rated);
	value_map_set(a, map, STR("players"), list);
	return map;
}

struct value outcome_status(struct arena *a, const struct player *p, bool hide_url)
{
	struct value map = value_map_new(a);

	view_bool(a, map, "linked", p->url.len > 0);
	view_text(a, map, "print_page_url", hide_url ? STR("") : p->url);
	put_rating(a, map, "current_pti", p->pti);
	view_time(a, map, "last_synced_at", p->synced_ms);
	view_bool(a, map, "sync_enabled", p->enabled);
	return map;
}

/* ---- their members ---- */

#define SUCCESS                                                            \
	{                                                                  \
		.name = "success", .type = FIELD_BOOLEAN, .required = true \
	}
#define RATING(of)                                                                          \
	{                                                                                   \
		.name = of, .type = FIELD_NUMBER, .low = -30, .high = 120, .nullable = true \
	}
#define TEXT(of)                                                 \
	{                                                        \
		.name = of, .type = FIELD_TEXT, .nullable = true \
	}

const struct field outcome_linked_fields[] = {
	SUCCESS,
	RATING("pti"),
	TEXT("player_name"),
	TEXT("club"),
	{ .name = "message", .type = FIELD_TEXT, .required = true },
	{ .name = "name_match",
	  .type = FIELD_BOOLEAN,
	  .says = "the name on the page is the player's own" },
	{ .name = "unusual", .type = FIELD_BOOLEAN },
	TEXT("warning"),
	{ .name = NULL },
};
const struct field outcome_refreshed_fields[] = {
	SUCCESS,
	RATING("pti"),
	RATING("previous_pti"),
	{ .name = "changed", .type = FIELD_BOOLEAN, .required = true, .says = "compared at 0.1" },
	{ .name = "no_pti",
	  .type = FIELD_BOOLEAN,
	  .says = "the page has no rating now; the old one was kept" },
	TEXT("warning"),
	{ .name = NULL },
};
static const struct field name_item[] = {
	{ .name = "name", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field match_item[] = {
	{ .name = "date", .type = FIELD_TEXT, .nullable = true, .says = "YYYY-MM-DD" },
	TEXT("section"),
	TEXT("type"),
	TEXT("match"),
	TEXT("line"),
	TEXT("result"),
	RATING("rating"),
	TEXT("partner"),
	{ .name = "opponents", .type = FIELD_LIST, .of = name_item },
	{ .name = NULL },
};
static const struct field match_list[] = {
	{ .name = "match", .type = FIELD_OBJECT, .of = match_item },
	{ .name = NULL },
};
const struct field outcome_history_fields[] = {
	SUCCESS,
	TEXT("player_name"),
	RATING("pti"),
	{ .name = "matches", .type = FIELD_LIST, .required = true, .of = match_list },
	{ .name = NULL },
};
static const struct field roster_item[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	RATING("pti"),
	TEXT("id"),
	{ .name = "captain", .type = FIELD_BOOLEAN },
	{ .name = "co_captain", .type = FIELD_BOOLEAN },
	{ .name = "member", .type = FIELD_BOOLEAN },
	TEXT("section"),
	{ .name = "wins", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "losses", .type = FIELD_INTEGER, .nullable = true },
	{ .name = NULL },
};
static const struct field roster_list[] = {
	{ .name = "player", .type = FIELD_OBJECT, .of = roster_item },
	{ .name = NULL },
};
const struct field outcome_roster_fields[] = {
	SUCCESS,
	TEXT("team_name"),
	{ .name = "rated", .type = FIELD_BOOLEAN, .says = "the roster has a column of ratings" },
	{ .name = "players", .type = FIELD_LIST, .required = true, .of = roster_list },
	{ .name = NULL },
};
const struct field outcome_status_fields[] = {
	{ .name = "linked", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "print_page_url",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "the player and administrators only; null for others" },
	RATING("current_pti"),
	{ .name = "last_synced_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "sync_enabled", .type = FIELD_BOOLEAN, .required = true },
	{ .name = NULL },
};
