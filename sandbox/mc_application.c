/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_application.c - the other side of the platform: the application's rows for the same people.
 *
 * Statements that SQLite and PostgreSQL both read, parents before children.  Of the competitors
 * that the vendor does not know yet one in three is ready to be registered, one lacks a release,
 * one lacks a profile.
 */
#include "mc.h"
#include "mc_people.h"

#define PERSON_BYTES_MAX ((size_t)64 << 10)
#define RELEASED "'2026-09-15T12:00:00Z'"

enum { SALT_DETAIL = 16 };

static const char *const genders[] = { "female", "male", "nonbinary", "undisclosed" };
static const char *const races[] = { "asian", "black", "white", "multiracial", "undisclosed" };
static const char *const ethnicities[] = { "hispanic", "not_hispanic" };
static const char *const technology[] = { "beginner", "intermediate", "advanced" };

/* 'text' with the quotes inside doubled, or NULL. */
static void put_text(struct buf *b, const char *before, struct str s)
{
	buf_add(b, str_from(before));
	if (!s.at) {
		buf_add(b, STR("NULL"));
		return;
	}
	buf_char(b, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\'')
			buf_char(b, '\'');
		buf_char(b, s.at[i]);
	}
	buf_char(b, '\'');
}

static void put_profile(const struct mc_world *w, int64_t coach, struct arena *a, struct buf *b)
{
	struct mc_user u = mc_person(a, &w->setup, MC_COACH, coach);

	buf_add(b, STR("INSERT INTO profiles (id, email, role, full_name, first_name, last_name, "
		       "school_name, division, region, is_approved) VALUES ("));
	put_text(b, "", u.id);
	put_text(b, ", ", u.email);
	put_text(b, ", ", STR("coach"));
	put_text(b, ", ", str_printf(a, "%.*s %.*s", STR_ARG(u.first), STR_ARG(u.last)));
	put_text(b, ", ", u.first);
	put_text(b, ", ", u.last);
	put_text(b, ", ", u.school);
	put_text(b, ", ", u.region);
	put_text(b, ", ", STR("west"));
	buf_add(b, STR(", TRUE);\n"));
}

/* How far a competitor has come. */
enum stage { STAGE_PENDING, STAGE_PROFILE, STAGE_COMPLIANCE, STAGE_COMPLETE, STAGES };
static const char *const stages[STAGES] = { "pending", "profile", "compliance", "complete" };

static enum stage stage_of(const struct mc_layout *l, int64_t competitor)
{
	if (competitor < l->competitors)
		return STAGE_COMPLETE;
	return (enum stage)(STAGE_COMPLIANCE - (competitor - l->competitors) % 3);
}

static enum mc_division division_of(const struct mc_layout *l, int64_t competitor)
{
	return (enum mc_division)(mc_team_of(l, competitor) % MC_DIVISIONS);
}

/* What a profile must tell, and what has been signed. */
static void put_details(const struct mc_world *w, int64_t competitor, enum stage stage,
			enum mc_division division, struct buf *b)
{
	static const char *const grades[MC_DIVISIONS] = { "11", "8", "college" };
	uint64_t pick = mc_pick(w->setup.seed, MC_COMPETITOR, competitor, SALT_DETAIL);
	bool adult = division == MC_COLLEGE, told = stage > STAGE_PENDING;
	bool released = stage > STAGE_PROFILE;

	buf_printf(b, ", %s", adult ? "TRUE" : "FALSE");
	put_text(b, ", ", str_from(grades[division]));
	put_text(b, ", ", str_from(genders[pick % COUNT(genders)]));
	put_text(b, ", ", told ? str_from(races[(pick >> 8) % COUNT(races)]) : (struct str){ 0 });
	put_text(b, ", ", str_from(ethnicities[(pick >> 16) % COUNT(ethnicities)]));
	put_text(b, ", ", str_from(technology[(pick >> 24) % COUNT(technology)]));
	buf_printf(b, ", %u", (unsigned)(pick >> 32) % 5);
	if (adult)
		buf_add(b, STR(", NULL, NULL"));
	else
		buf_printf(b, ", 'Parent %lld', 'parent%lld@family.example.org'",
			   (long long)competitor + 1, (long long)competitor + 1);
	buf_printf(b, ", %s, %s", !adult && released ? RELEASED : "NULL",
		   adult && released ? RELEASED : "NULL");
}

static void put_competitor(const struct mc_world *w, const struct mc_layout *l, int64_t competitor,
			   struct arena *a, struct buf *b)
{
	struct mc_user u = mc_person(a, &w->setup, MC_COMPETITOR, competitor);
	enum stage stage = stage_of(l, competitor);
	enum mc_division division = division_of(l, competitor);
	struct str personal = str_printf(a, "c%lld@home.example.org", (long long)competitor + 1);

	buf_add(b, STR("INSERT INTO competitors (id, coach_id, first_name, last_name, "
		       "email_personal, email_school, is_18_or_over, grade, gender, race, "
		       "ethnicity, level_of_technology, years_competing, parent_name, "
		       "parent_email, media_release_date, participation_agreement_date, division, "
		       "is_active, game_platform_id, status) VALUES ("));
	put_text(b, "", u.id);
	put_text(b, ", ", u.coach_id);
	put_text(b, ", ", u.first);
	put_text(b, ", ", u.last);
	put_text(b, ", ", personal);
	put_text(b, ", ", u.email);
	put_details(w, competitor, stage, division, b);
	put_text(b, ", ", str_from(mc_division_names[division]));
	buf_add(b, STR(", TRUE"));
	put_text(b, ", ", stage == STAGE_COMPLETE ? u.id : (struct str){ 0 });
	put_text(b, ", ", str_from(stages[stage]));
	buf_add(b, STR(");\n"));
}

static void put_team(const struct mc_world *w, const struct mc_layout *l, int64_t team,
		     struct arena *a, struct buf *b)
{
	int64_t coach = mc_coach_of(l, team);
	struct str id = mc_id(a, w->setup.seed, MC_TEAM, team);

	buf_add(b, STR("INSERT INTO teams (id, coach_id, name, division, affiliation, status, "
		       "game_platform_id) VALUES ("));
	put_text(b, "", id);
	put_text(b, ", ", mc_id(a, w->setup.seed, MC_COACH, coach));
	put_text(b, ", ", mc_team_name(a, w->setup.seed, team));
	put_text(b, ", ", str_from(mc_division_names[team % MC_DIVISIONS]));
	put_text(b, ", ", mc_school(a, w->setup.seed, coach));
	put_text(b, ", ", STR("active"));
	put_text(b, ", ", id);
	buf_add(b, STR(");\n"));
}

static void put_member(const struct mc_world *w, const struct mc_layout *l, int64_t competitor,
		       struct arena *a, struct buf *b)
{
	uint64_t seed = w->setup.seed;

	if (!mc_is_seated(l, competitor))
		return;
	buf_add(b, STR("INSERT INTO team_members (id, team_id, competitor_id, position) VALUES ("));
	put_text(b, "", mc_id(a, seed, MC_MEMBERSHIP, competitor));
	put_text(b, ", ", mc_id(a, seed, MC_TEAM, mc_team_of(l, competitor)));
	put_text(b, ", ", mc_id(a, seed, MC_COMPETITOR, competitor));
	buf_printf(b, ", %lld);\n", (long long)(competitor % l->slots) + 1);
}

void mc_put_application(const struct mc_world *w, struct buf *b)
{
	struct mc_layout l = mc_layout_of(&w->setup);
	int64_t people = l.competitors + (l.coaches ? w->setup.shape.waiting : 0);
	struct arena *a = arena_new("row", PERSON_BYTES_MAX);

	for (int64_t i = 0; i < l.coaches; i++, arena_reset(a))
		put_profile(w, i, a, b);
	for (int64_t i = 0; i < people; i++, arena_reset(a))
		put_competitor(w, &l, i, a, b);
	for (int64_t i = 0; i < l.teams; i++, arena_reset(a))
		put_team(w, &l, i, a, b);
	for (int64_t i = 0; i < l.competitors; i++, arena_reset(a))
		put_member(w, &l, i, a, b);
	arena_free(a);
}
