/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc_admin.c - the routes below /sandbox/ about leagues and players: what is true, and what a test
 * sets.  The scraper's stand-in has them too, for the same world.
 */
#include "tc.h"

#include "data/json.h"

#include <stdlib.h>

#define FIXTURES "/sandbox/fixtures/"
#define ROW_BYTES_MAX ((size_t)16 << 20)

struct truth_source {
	struct source source;
	const struct tc_world *world;
	const struct tc_league *only;
	struct arena *scratch;
	int64_t now_ms, league, k;
};

static void put_member(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, ",\"%s\":", name);
	json_write_str(b, value);
}

static void put_value(struct buf *b, const char *name, int32_t pti)
{
	buf_printf(b, ",\"%s\":", name);
	if (pti == TC_NO_PTI)
		buf_add(b, STR("null"));
	else
		tc_put_pti(b, pti);
}

/* As a person would say it: single blanks. */
static struct str joined_name(struct arena *a, const struct tc_player *p)
{
	struct str s = str_printf(a, "%.*s %.*s", STR_ARG(p->first), STR_ARG(p->last));
	char *out = arena_alloc(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != ' ' || (n && out[n - 1] != ' '))
			out[n++] = s.at[i];
	return str_trim((struct str){ out, n });
}

static void put_truth(const struct truth_source *t, const struct tc_league *l, struct buf *b)
{
	struct arena *a = t->scratch;
	struct tc_player p = tc_player_at(t->world, l, t->k, t->now_ms, a);

	buf_printf(b, "{\"league\":\"%.*s\"", STR_ARG(l->name));
	put_member(b, "id", tc_id(a, l->first_number + t->k));
	put_member(b, "team", tc_id(a, l->first_number + t->k / TC_TEAM_SEATS));
	put_member(b, "name", joined_name(a, &p));
	put_member(b, "first", p.first);
	put_member(b, "last", p.last);
	put_member(b, "club", p.club);
	put_value(b, "pti", p.pti);
	put_value(b, "hidden", l->rated ? tc_hidden_pti(t->world, l, t->k, t->now_ms) : TC_NO_PTI);
	buf_add(b, STR("}\n"));
}

static bool truth_next(struct source *source, struct buf *out)
{
	struct truth_source *t = CONTAINER(source, struct truth_source, source);

	while (t->league < t->world->setup.leagues) {
		const struct tc_league *l = &t->world->leagues[t->league];

		if (t->k < l->players && (!t->only || t->only == l)) {
			put_truth(t, l, out);
			arena_reset(t->scratch);
			t->k++;
			return true;
		}
		t->league++;
		t->k = 0;
	}
	return false;
}

static void truth_free(struct source *source)
{
	struct truth_source *t = CONTAINER(source, struct truth_source, source);

	arena_free(t->scratch);
	free(t);
}

static void truth(const struct tc_ask *ask, const struct request *r, struct reply *reply)
{
	struct truth_source *t = calloc(1, sizeof *t);
	struct str league;

	if (!t)
		abort();
	*t = (struct truth_source){ .source = { truth_next, truth_free },
				    .world = ask->world,
				    .scratch = arena_new("truth", ROW_BYTES_MAX) };
	t->now_ms = request_number(r, "at", ask->now_ms / MS_PER_S) * MS_PER_S;
	if (!request_number(r, "at", 0))
		t->now_ms = ask->now_ms;
	if (request_param(r, "league", &league))
		t->only = tc_league_find(ask->world, league);
	reply->type = TYPE_NDJSON;
	reply->source = &t->source;
}

static void leagues(const struct tc_ask *ask, struct buf *b)
{
	for (int64_t i = 0; i < ask->world->setup.leagues; i++) {
		const struct tc_league *l = &ask->world->leagues[i];

		buf_printf(b, "%s{\"league\":\"%.*s\"", i ? "," : "[", STR_ARG(l->name));
		put_member(b, "title", l->title);
		buf_printf(b, ",\"rated\":%s,\"players\":%lld,\"teams\":%lld,\"bye\":",
			   l->rated ? "true" : "false", (long long)l->players, (long long)l->teams);
		json_write_str(b, tc_id(ask->scratch, l->first_number + l->teams));
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void fixture(struct tc_ask *ask, const struct request *r, struct reply *reply)
{
	int which = tc_case_find(str_slice(r->path, sizeof FIXTURES - 1, r->path.len));
	struct str league;
	struct tc_seen seen;

	if (request_param(r, "league", &league))
		ask->league = tc_league_find(ask->world, league);
	if (which < 0 || !ask->league) {
		reply_message(reply, 404, "There is no such fixture or league.");
		return;
	}
	reply->type = TYPE_HTML;
	tc_case_answer(ask, which, reply, &seen);
	reply->delivery = DELIVER_WHOLE;
	reply->status = 200;
}

static struct str kept(struct tc_world *w, yyjson_val *v)
{
	const char *s = yyjson_get_str(v);

	return s ? str_keep(w->arena, str_from(s)) : (struct str){ NULL, 0 };
}

static bool read_page(yyjson_val *page, struct tc_edit *e)
{
	e->sets_page = page != NULL;
	e->page = yyjson_is_str(page) ? tc_case_find(str_from(yyjson_get_str(page))) : -1;
	return !yyjson_is_str(page) || e->page >= 0;
}

/* Reads the player whom `root` names; its pti is a number or null. */
static bool read_edit(struct tc_world *w, yyjson_val *root, struct tc_edit *e)
{
	yyjson_val *pti = yyjson_obj_get(root, "pti");
	const char *league = yyjson_get_str(yyjson_obj_get(root, "league"));
	const char *id = yyjson_get_str(yyjson_obj_get(root, "id"));
	double tenths = yyjson_get_num(pti) * 10;
	int64_t number;

	e->league = tc_league_find(w, str_from(league ? league : "gbpta"));
	if (!e->league || !id || !tc_id_number(str_from(id), &number))
		return false;
	e->k = number - e->league->first_number;
	if (e->k < 0 || e->k >= e->league->players)
		return false;
	if (pti && !yyjson_is_null(pti) && !(yyjson_is_num(pti) && tenths < 1e8 && tenths > -1e8))
		return false;
	e->sets_pti = pti != NULL;
	e->pti = yyjson_is_num(pti) ? (int32_t)(tenths + (tenths < 0 ? -0.5 : 0.5)) : TC_NO_PTI;
	e->first = kept(w, yyjson_obj_get(root, "first"));
	e->last = kept(w, yyjson_obj_get(root, "last"));
	e->club = kept(w, yyjson_obj_get(root, "club"));
	return !e->first.at == !e->last.at && read_page(yyjson_obj_get(root, "page"), e);
}

static void edit(struct tc_world *w, const struct tc_ask *ask, const struct request *r,
		 struct reply *reply)
{
	yyjson_doc *doc = yyjson_read(r->body.at, r->body.len, 0);
	struct tc_edit *e = arena_new_struct(w->arena, struct tc_edit);

	if (read_edit(w, yyjson_doc_get_root(doc), e)) {
		e->from_ms = ask->now_ms;
		e->next = w->edits;
		w->edits = e;
		buf_add(&reply->body, STR("{}"));
	} else {
		reply_message(reply, 400, "league, id of a player, and what to set");
	}
	yyjson_doc_free(doc);
}

bool tc_admin(struct tc_world *w, const struct tc_modes *m, const struct request *r,
	      struct reply *reply)
{
	struct tc_ask ask = { .world = w,
			      .modes = m,
			      .scratch = r->server->scratch,
			      .league = &w->leagues[0],
			      .now_ms = timepiece_now(&r->server->time) };
	bool post = str_eq(r->method, STR("POST"));

	if (!post && str_starts(r->path, STR(FIXTURES)))
		fixture(&ask, r, reply);
	else if (!post && str_eq(r->path, STR("/sandbox/fixtures")))
		tc_case_list(&ask, &reply->body);
	else if (!post && str_eq(r->path, STR("/sandbox/leagues")))
		leagues(&ask, &reply->body);
	else if (!post && str_eq(r->path, STR("/sandbox/truth")))
		truth(&ask, r, reply);
	else if (post && str_eq(r->path, STR("/sandbox/players")))
		edit(w, &ask, r, reply);
	else
		return false;
	return true;
}
