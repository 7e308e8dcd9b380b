/* SPDX-License-Identifier: Apache-2.0 */
/* mc_put.c - users, teams and scores as the vendor's JSON, good or as a mode wants it. */
#include "mc.h"

#include "data/json.h"

struct mc_view mc_view_of(const struct mc *mc, struct arena *scratch)
{
	/* A mode may have changed since the last request. */
	mc->world->late_seconds = mc->modes.late_seconds;
	return (struct mc_view){ mc->world, &mc->modes, scratch, mc_now(mc) };
}

/* `before` is punctuation and a name: `,"title":`. */
static void put_text(struct buf *b, const char *before, struct str text)
{
	buf_add(b, str_from(before));
	json_write_str(b, text);
}

static void put_number(struct buf *b, const char *before, int64_t n)
{
	buf_printf(b, "%s%lld", before, (long long)n);
}

static void put_extra(const struct mc_view *v, struct buf *b)
{
	if (v->modes->extra_fields)
		buf_add(b, STR(",\"future_field\":{\"since\":2031,\"values\":[1,null,\"x\"]}"));
}

void mc_put_user(const struct mc_view *v, const struct mc_user *u, struct buf *b)
{
	const char *status = v->modes->unknown_enum ? "archived" : mc_status_names[u->status];

	put_number(b, "{\"metactf_user_id\":", u->number);
	put_text(b, ",\"metactf_username\":", u->username);
	put_text(b, ",\"syned_user_id\":", u->id);
	put_text(b, ",\"metactf_user_status\":", str_from(status));
	if (v->modes->newer_api && u->last_login)
		put_number(b, ",\"last_login_unix_timestamp\":", u->last_login);
	else if (v->modes->newer_api)
		buf_add(b, STR(",\"last_login_unix_timestamp\":null"));
	put_extra(v, b);
	buf_char(b, '}');
}

void mc_put_team(const struct mc_view *v, const struct mc_team *t, struct buf *b)
{
	const char *division =
		v->modes->unknown_enum ? "elementary" : mc_division_names[t->division];

	put_number(b, "{\"metactf_team_id\":", t->number);
	buf_printf(b, ",\"metactf_coach_id\":\"%lld\"",
		   (long long)(t->coach ? t->coach->number : 0));
	put_text(b, ",\"syned_team_id\":", t->id);
	put_text(b, ",\"team_name\":", t->name);
	put_text(b, ",\"division\":", str_from(division));
	put_text(b, ",\"affiliation\":", t->affiliation);
	put_extra(v, b);
	buf_char(b, '}');
}

void mc_put_assignment(const struct mc_user *u, bool with_team, struct buf *b)
{
	buf_char(b, '{');
	if (with_team) {
		put_text(b, "\"syned_team_id\":", u->team->id);
		buf_char(b, ',');
	}
	put_text(b, "\"syned_user_id\":", u->id);
	buf_char(b, '}');
}

static void put_solve(const struct mc_view *v, const struct mc_solve *s, struct buf *b)
{
	const struct mc_challenge *c = &s->challenge;

	buf_char(b, '{');
	if (!v->modes->missing_solve_id) {
		put_number(b, "\"challenge_solve_id\":", v->modes->zero_solve_id ? 0 : s->id);
		buf_char(b, ',');
	}
	put_number(b, "\"challenge_id\":", c->id);
	put_text(b, ",\"challenge_title\":", c->title);
	put_number(b, ",\"challenge_points\":", c->points);
	if (v->modes->float_numbers)
		buf_add(b, STR(".0"));
	put_text(b, ",\"challenge_category\":",
		 v->modes->unknown_enum ? STR("quantum_gardening") : c->category);
	put_number(b, ",\"timestamp_unix\":", s->at);
	buf_printf(b, ",\"challenge_retired\":%s", c->retired ? "true" : "false");
	buf_add(b, STR(",\"nist_nice_work_roles\":"));
	buf_add(b, c->roles);
	put_extra(v, b);
	buf_char(b, '}');
}

/* The last `duplicate_ids` of a list come once more. */
static void put_solves(const struct mc_view *v, struct mc_solves s, struct buf *b)
{
	size_t again =
		(size_t)v->modes->duplicate_ids < s.n ? (size_t)v->modes->duplicate_ids : s.n;

	buf_char(b, '[');
	for (size_t i = 0; i < s.n + again; i++) {
		if (i)
			buf_char(b, ',');
		put_solve(v, &s.at[i < s.n ? i : i - again], b);
	}
	buf_char(b, ']');
}

static struct mc_solves after_only(const struct mc_view *v, struct mc_solves s, int64_t after)
{
	struct mc_solve *kept = arena_new_array(v->scratch, struct mc_solve, s.n + 1);
	struct mc_solves out = { kept, 0 };

	for (size_t i = 0; i < s.n; i++)
		if (s.at[i].at > after || (v->modes->after_inclusive && s.at[i].at == after))
			kept[out.n++] = s.at[i];
	return out;
}

struct category_sum {
	struct str name;
	int64_t points;
};

static void put_categories(const struct mc_view *v, struct mc_solves s, struct buf *b)
{
	struct category_sum *sums = arena_new_array(v->scratch, struct category_sum, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		size_t j = 0;

		while (j < n && !str_eq(sums[j].name, s.at[i].challenge.category))
			j++;
		sums[j].name = s.at[i].challenge.category;
		sums[j].points += s.at[i].challenge.points;
		n += j == n;
	}
	buf_char(b, '{');
	for (size_t j = 0; j < n; j++) {
		json_write_str(b, sums[j].name);
		buf_printf(b, ":%lld%s", (long long)sums[j].points, j + 1 < n ? "," : "");
	}
	buf_char(b, '}');
}

static int64_t points_of(struct mc_solves s)
{
	int64_t points = 0;

	for (size_t i = 0; i < s.n; i++)
		points += s.at[i].challenge.points;
	return points;
}

/* When the user was last seen: a test says so, or the newest solve shows it. */
static int64_t last_access(const struct mc_view *v, const struct mc_user *u, struct mc_solves s)
{
	int64_t last = u->last_access;

	if (v->modes->last_accessed_zero)
		return 0;
	return s.n && s.at[s.n - 1].at > last ? s.at[s.n - 1].at : last;
}

void mc_put_odl(const struct mc_view *v, const struct mc_user *u, const int64_t *after,
		struct buf *b)
{
	struct mc_solves all = mc_solves_at(v->world, u, v->now, v->scratch), shown = all, summed;

	if (after && !v->modes->ignore_after)
		shown = after_only(v, all, *after);
	summed = v->modes->filter_totals ? shown : all;
	put_text(b, "{\"syned_user_id\":", u->id);
	put_number(b, ",\"metactf_user_id\":", u->number);
	put_number(b, ",\"total_challenges_solved\":", (int64_t)summed.n);
	put_number(b, ",\"total_points\":", points_of(summed));
	put_number(b, ",\"last_accessed_unix_timestamp\":", last_access(v, u, all));
	buf_add(b, STR(",\"category_points\":"));
	put_categories(v, summed, b);
	buf_add(b, STR(",\"challenge_solves\":"));
	put_solves(v, shown, b);
	put_extra(v, b);
	buf_char(b, '}');
}

static void put_part(const struct mc_view *v, const struct mc_part *part, struct buf *b)
{
	struct mc_solves s = { part->solves, part->n };

	put_text(b, "{\"flash_ctf_name\":", part->event->name);
	put_number(b, ",\"flash_ctf_time_start_unix\":", part->event->start);
	put_number(b, ",\"challenges_solved\":", (int64_t)s.n);
	buf_add(b, STR(",\"challenge_solves\":"));
	put_solves(v, s, b);
	put_number(b, ",\"points_earned\":", points_of(s));
	put_number(b, ",\"rank\":", part->rank);
	if (v->modes->newer_api)
		buf_add(b, STR(",\"max_points_possible\":6000"));
	put_extra(v, b);
	buf_char(b, '}');
}

void mc_put_flash(const struct mc_view *v, const struct mc_user *u, struct buf *b)
{
	struct mc_parts p = mc_parts_at(v->world, u, v->now, v->scratch);

	put_text(b, "{\"syned_user_id\":", u->id);
	buf_add(b, STR(",\"flash_ctfs\":["));
	for (size_t i = 0; i < p.n; i++) {
		if (i)
			buf_char(b, ',');
		put_part(v, &p.at[i], b);
	}
	buf_char(b, ']');
	put_extra(v, b);
	buf_char(b, '}');
}
