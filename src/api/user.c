/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user.c - local users: a name, a role, a hashed password.
 *
 * What changes a user is called inside the transaction of its audit entry.  A password that is
 * changed and a user that is disabled or deleted end all sessions with them.
 */
#include "api/access_table.h"
#include "api/password.h"
#include "store/seal.h"

#define ARENA_BYTES_MAX ((size_t)1024 * 1024)

static bool role_ok(unsigned role, struct err *e)
{
	return role_name((enum role)role) ||
	       err_set(e, ERR_USAGE, "a role is admin, coach, player or viewer");
}

static bool missing(struct err *e, struct str name)
{
	return err_set(e, ERR_MISSING, "there is no user '%.*s'", STR_ARG(name));
}

bool user_add(struct db *d, struct str name, struct str password, unsigned role, struct err *e)
{
	AUTO_ARENA *a = arena_new("user", ARENA_BYTES_MAX);
	int64_t added = 0;
	struct str hash;

	if (!access_name_ok(name))
		return err_set(e, ERR_USAGE,
			       "a name has 1 to %d letters, digits, '.', '_' or '-', and begins "
			       "with a letter or digit",
			       USER_NAME_MAX);
	if (!role_ok(role, e) || !password_ok(name, password, e) ||
	    !password_hash(a, password, &hash, e))
		return false;

	const struct value param[] = { value_str(uuid_new(a)), value_str(name), value_str(hash),
				       value_str(str_from(role_name((enum role)role))),
				       value_int(clock_wall_now()) };

	if (!db_exec(d,
		     "INSERT INTO lockstep_users (id, name, password, role, disabled, made_ms, "
		     "seen_ms) VALUES (?1, ?2, ?3, ?4, 0, ?5, 0) ON CONFLICT (name) DO NOTHING",
		     param, COUNT(param), &added, e))
		return err_wrap(e, "users");
	return added == 1 || err_set(e, ERR_BUSY, "there is a user '%.*s' already", STR_ARG(name));
}

/* One statement about the user ?1 with one value ?2. */
static bool change(struct db *d, const char *sql, struct str name, struct value to, struct err *e)
{
	const struct value param[] = { value_str(name), to };
	int64_t changed = 0;

	if (!db_exec(d, sql, param, to.kind == VALUE_UNDEFINED ? 1 : 2, &changed, e))
		return err_wrap(e, "users");
	return changed == 1 || missing(e, name);
}

bool user_password(struct db *d, struct str name, struct str password, struct err *e)
{
	AUTO_ARENA *a = arena_new("user", ARENA_BYTES_MAX);
	struct str hash;

	return password_ok(name, password, e) && password_hash(a, password, &hash, e) &&
	       change(d, "UPDATE lockstep_users SET password = ?2 WHERE name = ?1", name,
		      value_str(hash), e) &&
	       login_end_all(d, name, e);
}

bool user_role(struct db *d, struct str name, unsigned role, struct err *e)
{
	return role_ok(role, e) && change(d, "UPDATE lockstep_users SET role = ?2 WHERE name = ?1",
					  name, value_str(str_from(role_name((enum role)role))), e);
}

bool user_disable(struct db *d, struct str name, bool disabled, struct err *e)
{
	if (!change(d, "UPDATE lockstep_users SET disabled = ?2 WHERE name = ?1", name,
		    value_int(disabled), e))
		return false;
	return !disabled || login_end_all(d, name, e);
}

bool user_delete(struct db *d, struct str name, struct err *e)
{
	return login_end_all(d, name, e) &&
	       change(d, "DELETE FROM lockstep_users WHERE name = ?1", name, UNDEFINED, e);
}

bool user_list(struct db *d, struct arena *a, struct user_row **out, size_t *n, struct err *e)
{
	struct user_row *row;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT id, name, role, made_ms, seen_ms, disabled FROM lockstep_users "
		      "ORDER BY name",
		      NULL, 0, &r, e))
		return err_wrap(e, "users");
	row = arena_new_array(a, struct user_row, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		row[i] = (struct user_row){ .id = db_cell(&r, i, 0).s,
					    .name = db_cell(&r, i, 1).s,
					    .role = db_cell(&r, i, 2).s,
					    .made_ms = db_cell(&r, i, 3).i,
					    .seen_ms = db_cell(&r, i, 4).i,
					    .disabled = db_cell(&r, i, 5).i != 0 };
	*out = row;
	*n = r.rows;
	return true;
}

bool user_find(struct db *d, struct arena *a, struct str name, struct user *out, bool *found,
	       struct err *e)
{
	const struct value param = value_str(name);
	struct db_result r;

	*found = false;
	if (!access_name_ok(name))
		return true;
	if (!db_query(d, a,
		      "SELECT id, name, role, password, disabled FROM lockstep_users "
		      "WHERE name = ?1",
		      &param, 1, &r, e))
		return err_wrap(e, "users");
	*found = r.rows == 1;
	if (*found)
		*out = (struct user){ .id = db_cell(&r, 0, 0).s,
				      .name = db_cell(&r, 0, 1).s,
				      .role = db_cell(&r, 0, 2).s,
				      .password = db_cell(&r, 0, 3).s,
				      .disabled = db_cell(&r, 0, 4).i != 0 };
	return true;
}
