/* SPDX-License-Identifier: Apache-2.0 */
/* reading.c - what came of asking for a player's card or a team's roster. */
#include "pti/reading.h"

#include "pti/card_part.h"

#define COULD_NOT "Could not extract PTI from page"

static void fail(struct reading *out, const char *code, struct str error)
{
	out->ok = false;
	out->code = code;
	out->error = error;
}

static struct str model_text(struct value model, const char *name)
{
	struct value v = value_get(model, str_from(name));

	return v.kind == VALUE_STR ? str_trim(v.s) : STR("");
}

static void of_model(const struct fetched *f, struct arena *a, struct reading *out)
{
	struct card *c = &out->card;

	c->name = model_text(f->model, "player_name");
	c->club = model_text(f->model, "club");
	c->outcome = CARD_OK;
	if (!pti_from(value_get(f->model, STR("pti")), &c->pti)) {
		c->outcome = CARD_NO_PTI;
		fail(out, "no_pti", STR(COULD_NOT));
		return;
	}
	c->unusual = c->pti < PTI_USUAL_LOW || c->pti > PTI_USUAL_HIGH;
	if (c->unusual)
		c->why = str_printf(a, "A PTI of %.*s is unusual", STR_ARG(pti_text(a, c->pti)));
	out->note = c->why;
}

/* Both were asked: the page has won already. */
static void compare(const struct fetched *f, struct arena *a, struct reading *out)
{
	struct str page = pti_text(a, out->card.pti);
	int32_t model;

	if (f->model.kind != VALUE_MAP || !pti_from(value_get(f->model, STR("pti")), &model) ||
	    model == out->card.pti)
		return;
	out->note = str_printf(a, "The page says %.*s, a language model read %.*s", STR_ARG(page),
			       STR_ARG(pti_text(a, model)));
}

static void of_card(const struct fetched *f, struct arena *a, struct reading *out)
{
	switch (out->card.outcome) {
	case CARD_OK:
		out->note = out->card.why;
		if (f->cached && !out->note.len)
			out->note = STR("The service had kept the page: it may be some days old");
		compare(f, a, out);
		return;
	case CARD_NO_PTI:
		fail(out, "no_pti", STR(COULD_NOT));
		return;
	case CARD_NOT_FOUND:
		fail(out, "not_found", out->card.why);
		return;
	case CARD_BLOCKED:
		fail(out, "blocked", out->card.why);
		return;
	case CARD_REFUSED:
		fail(out, "refused", out->card.why);
		return;
	}
}

bool reading_take(const struct pages *p, const struct fetched *f, struct arena *a, size_t matches,
		  struct reading *out, struct err *e)
{
	struct reading r = { .ok = true, .card = { .pti = PTI_NONE, .matches = NULL_VALUE } };

	if (f->outcome != FETCH_OK) {
		fail(&r, f->code, f->why);
	} else if (f->html.len) {
		if (!p)
			return err_set(e, ERR_CONFIG,
				       "there is no tenniscores.pages.yaml beside the manifest");
		if (!card_read(p, f->html, a, matches, &r.card, e))
			return false;
		of_card(f, a, &r);
	} else {
		of_model(f, a, &r);
	}
	*out = r;
	return true;
}

/* ---- rosters ---- */

#define ROWS_MAX 1000 /* that a model may tell */

static void roster_of_model(struct value model, struct arena *a, struct roster *out)
{
	struct value list = value_get(model, STR("players"));
	size_t n = value_len(list) < ROWS_MAX ? value_len(list) : ROWS_MAX;

	out->team = model_text(model, "team_name");
	out->row = arena_new_array(a, struct roster_row, n);
	for (size_t i = 0; i < n; i++) {
		struct roster_row row = { .name = model_text(value_at(list, i), "name"),
					  .id = STR(""),
					  .section = STR(""),
					  .wins = -1,
					  .losses = -1 };

		row.pti = sight_rating(value_at(list, i), "pti");
		out->rated = out->rated || row.pti != PTI_NONE;
		if (row.name.len > 0)
			out->row[out->rows++] = row;
	}
	if (!out->team.len && !out->rows) {
		out->outcome = CARD_NOT_FOUND;
		out->why = STR("The league has no such team");
	}
}

bool roster_take(const struct pages *p, const struct fetched *f, struct arena *a,
		 struct roster *out, struct err *e)
{
	if (f->html.len || f->model.kind != VALUE_MAP)
		return roster_read(p, f->html, a, out, e);
	*out = (struct roster){ .outcome = CARD_OK, .why = STR("") };
	roster_of_model(f->model, a, out);
	return true;
}
