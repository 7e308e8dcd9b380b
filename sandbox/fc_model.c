/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fc_model.c - a language model that is asked for a page's names and numbers.
 *
 * It fills in each property of the schema that it understands.  Where the page has no number and
 * the schema takes nothing but one, it makes one up, as models do that are told to fill in all.
 */
#include "fc.h"

#include "data/json.h"
#include "mc_people.h"

#define INVENTED 420
#define KIND_MODEL 80
#define OFF_TENTHS 2

/* What the model is reading. */
struct reader {
	const struct fc *fc;
	const struct tc_seen *seen;
	enum fc_llm how;
	struct arena *scratch;
};

static bool takes_null(yyjson_val *property)
{
	yyjson_val *type = yyjson_obj_get(property, "type"), *one;
	yyjson_arr_iter it = yyjson_arr_iter_with(type);

	while ((one = yyjson_arr_iter_next(&it)))
		if (yyjson_equals_str(one, "null"))
			return true;
	return yyjson_is_true(yyjson_obj_get(property, "nullable"));
}

static void put_number(const struct reader *m, int32_t pti, yyjson_val *property, struct buf *b)
{
	int32_t off = (int32_t)m->fc->modes.llm_off_tenths;

	if (m->how == LLM_WORD) {
		buf_add(b, STR("\"N/A\""));
		return;
	}
	if (pti == TC_NO_PTI && m->how != LLM_INVENTS && takes_null(property)) {
		buf_add(b, STR("null"));
		return;
	}
	if (m->seen->misread != TC_NO_PTI && m->seen->kind == TC_CARD &&
	    (pti == TC_NO_PTI || m->seen->misread - pti == OFF_TENTHS))
		pti = m->seen->misread;
	if (pti == TC_NO_PTI)
		pti = INVENTED;
	if (m->how == LLM_OFF)
		off += OFF_TENTHS;
	if (m->how == LLM_STRING)
		buf_char(b, '"');
	tc_put_pti(b, pti + off);
	if (m->how == LLM_STRING)
		buf_char(b, '"');
}

static struct str joined(const struct reader *m, const struct tc_player *p)
{
	return str_trim(str_printf(m->scratch, "%.*s %.*s", STR_ARG(p->first), STR_ARG(p->last)));
}

static void put_seats(const struct reader *m, struct buf *b)
{
	const struct tc_roster *r = &m->seen->roster;

	buf_char(b, '[');
	for (size_t i = 0; i < r->n; i++) {
		buf_add(b, i ? STR(",{\"name\":") : STR("{\"name\":"));
		json_write_str(b, joined(m, &r->seat[i].player));
		buf_add(b, STR(",\"pti\":"));
		if (r->seat[i].player.pti == TC_NO_PTI)
			buf_add(b, STR("null"));
		else
			put_number(m, r->seat[i].player.pti, NULL, b);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void put_property(const struct reader *m, struct str name, yyjson_val *property,
			 struct buf *b)
{
	if (str_find(name, STR("pti")) >= 0 || str_find(name, STR("rating")) >= 0)
		put_number(m, m->seen->player.pti, property, b);
	else if (str_find(name, STR("players")) >= 0)
		put_seats(m, b);
	else if (str_find(name, STR("team")) >= 0)
		json_write_str(b, m->seen->roster.team);
	else if (str_find(name, STR("club")) >= 0)
		json_write_str(b, m->seen->player.club);
	else if (str_find(name, STR("name")) >= 0)
		json_write_str(b, joined(m, &m->seen->player));
	else
		buf_add(b, STR("null"));
}

/* How it answers this time. */
static enum fc_llm mood(const struct fc *fc, enum fc_llm asked)
{
	static const enum fc_llm wrong[] = { LLM_NULL, LLM_STRING, LLM_OFF, LLM_INVENTS,
					     LLM_MISSING };
	const struct fc_modes *m = &fc->modes;
	uint64_t pick = mc_pick(fc->world->setup.seed, KIND_MODEL, fc->scrapes, 0);

	if (asked != LLM_FAIR)
		return asked;
	if (m->llm_null)
		return LLM_NULL;
	if (m->llm_missing)
		return LLM_MISSING;
	if (m->llm_string)
		return LLM_STRING;
	if (m->llm_invents)
		return LLM_INVENTS;
	if ((int64_t)(pick % 100) < m->llm_wrong_percent)
		return wrong[(pick >> 32) % COUNT(wrong)];
	return LLM_FAIR;
}

bool fc_model_put(const struct fc *fc, const struct fc_want *want, enum fc_llm how,
		  const struct tc_seen *seen, struct buf *b)
{
	static const char *const otherwise[] = { "player_name", "pti", "club" };
	struct reader m = { fc, seen, mood(fc, how), fc->server->scratch };
	yyjson_val *properties = yyjson_obj_get(want->schema, "properties"), *key;
	yyjson_obj_iter it = yyjson_obj_iter_with(properties);
	const char *comma = "{";

	/* Self-hosted, nobody has set up a model. */
	if (m.how == LLM_MISSING || fc->self_hosted)
		return false;
	if (m.how == LLM_NULL) {
		buf_add(b, STR("null"));
		return true;
	}
	while ((key = yyjson_obj_iter_next(&it))) {
		buf_add(b, str_from(comma));
		json_write_str(b, str_from(yyjson_get_str(key)));
		buf_char(b, ':');
		put_property(&m, str_from(yyjson_get_str(key)), yyjson_obj_iter_get_val(key), b);
		comma = ",";
	}
	for (size_t i = 0; !properties && i < COUNT(otherwise); i++) {
		buf_printf(b, "%s\"%s\":", comma, otherwise[i]);
		put_property(&m, str_from(otherwise[i]), NULL, b);
		comma = ",";
	}
	buf_add(b, *comma == '{' ? STR("{}") : STR("}"));
	return true;
}
