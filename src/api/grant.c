/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grant.c - what is said here of somebody else's users, before what their tokens claim.
 *
 * lockstep_grants is written by a person, by the functions below or by the application itself.
 * Where it has a row, the token's claim says nothing: access can be taken away before it expires.
 */
#include "api/access_table.h"

#define SUBJECT_BYTES_MAX 255
#define ISSUER_BYTES_MAX 1000

static const char none_word[] = "none", denied_word[] = "denied";

/* An odd role, which an application may have written, is none. */
static struct str access_word(struct str role, bool denied)
{
	if (denied)
		return str_from(denied_word);
	return role_from(role) ? role : str_from(none_word);
}

bool grant_find(struct db *d, struct arena *a, struct str issuer, struct str subject,
		struct grant *out, struct err *e)
{
	const struct value param[] = { value_str(issuer), value_str(subject) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT role, denied FROM lockstep_grants WHERE issuer = ?1 AND subject = ?2",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "grants");
	*out = (struct grant){ .there = r.rows > 0 };
	if (out->there) {
		out->roles = role_from(db_cell(&r, 0, 0).s);
		out->denied = db_cell(&r, 0, 1).i != 0;
	}
	return true;
}

bool grant_list(struct db *d, struct arena *a, struct grant_row **out, size_t *n, struct err *e)
{
	struct grant_row *row;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT issuer, subject, role, denied FROM lockstep_grants "
		      "ORDER BY issuer, subject",
		      NULL, 0, &r, e))
		return err_wrap(e, "grants");
	row = arena_new_array(a, struct grant_row, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		row[i] = (struct grant_row){ .issuer = db_cell(&r, i, 0).s,
					     .subject = db_cell(&r, i, 1).s,
					     .access = access_word(db_cell(&r, i, 2).s,
								   db_cell(&r, i, 3).i != 0) };
	*out = row;
	*n = r.rows;
	return true;
}

bool grant_put(struct db *d, const struct grant_row *g, struct err *e)
{
	bool denied = str_eq(g->access, str_from(denied_word));
	bool role = role_from(g->access) != 0;
	const struct value param[] = { value_str(g->issuer), value_str(g->subject),
				       value_str(role ? g->access : STR("")), value_int(denied) };

	if (!denied && !role && !str_eq(g->access, str_from(none_word)))
		return err_set(e, ERR_USAGE,
			       "access is admin, coach, player, viewer, none or denied");
	if (!g->issuer.len || g->issuer.len > ISSUER_BYTES_MAX || !g->subject.len ||
	    g->subject.len > SUBJECT_BYTES_MAX)
		return err_set(e, ERR_USAGE, "an issuer has 1 to %d bytes, a subject 1 to %d",
			       ISSUER_BYTES_MAX, SUBJECT_BYTES_MAX);
	return db_exec(d,
		       "INSERT INTO lockstep_grants (issuer, subject, role, denied) "
		       "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (issuer, subject) DO UPDATE SET "
		       "role = excluded.role, denied = excluded.denied",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "grants");
}

bool grant_remove(struct db *d, struct str issuer, struct str subject, struct err *e)
{
	const struct value param[] = { value_str(issuer), value_str(subject) };
	int64_t removed = 0;

	if (!db_exec(d, "DELETE FROM lockstep_grants WHERE issuer = ?1 AND subject = ?2", param,
		     COUNT(param), &removed, e))
		return err_wrap(e, "grants");
	return removed == 1 || err_set(e, ERR_MISSING, "nothing is said of that subject here");
}
