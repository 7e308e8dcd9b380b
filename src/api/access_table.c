/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access_table.c - the tables of users, sessions, tokens and grants as they are made and grow.
 */
#include "api/access_table.h"

#include "store/ddl.h"
#include "store/sql.h"

#include <sodium.h>

#define COLUMNS_MAX 9
#define HASH_BYTES 32

/* ---- secrets ---- */

struct str secret_hash(struct arena *a, struct str secret)
{
	char *hex = arena_alloc(a, 2 * HASH_BYTES + 1);
	unsigned char hash[HASH_BYTES];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)secret.at, secret.len, NULL,
			   0);
	sodium_bin2hex(hex, 2 * HASH_BYTES + 1, hash, sizeof(hash));
	return str_from(hex);
}

bool secret_hash_eq(struct str x, struct str y)
{
	return x.len == y.len && sodium_memcmp(x.at, y.at, x.len) == 0;
}

bool access_name_ok(struct str name)
{
	static const char fit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	for (size_t i = 0; i < name.len; i++)
		if (!name.at[i] || !strchr(fit, name.at[i]))
			return false;
	return name.len > 0 && name.len <= USER_NAME_MAX && !strchr("._-", name.at[0]);
}

/* ---- tables ---- */

static const char key_text[] = "K"; /* a text that compares byte by byte */
/* Of a column that came later: what older rows have in it stands behind the type. */
#define LATER_TEXT "text DEFAULT ''"

struct access_table {
	const char *name, *key, *unique; /* unique: a column, or NULL */
	struct {
		const char *name, *type;
	} column[COLUMNS_MAX];
};

static const struct access_table tables[] = {
	{ "lockstep_users",
	  "id",
	  "name",
	  { { "id", key_text },
	    { "name", key_text },
	    { "password", "text" },
	    { "role", "text" },
	    { "disabled", "integer" },
	    { "made_ms", "bigint" },
	    { "seen_ms", "bigint" } } },
	{ "lockstep_logins",
	  "hash",
	  NULL,
	  { { "hash", key_text },
	    { "user_id", key_text },
	    { "made_ms", "bigint" },
	    { "seen_ms", "bigint" },
	    { "expires_ms", "bigint" },
	    { "kind", "text DEFAULT 'user'" },
	    { "name", LATER_TEXT },
	    { "provider", LATER_TEXT },
	    { "sealed", LATER_TEXT } } },
	{ "lockstep_embed_tokens",
	  "hash",
	  NULL,
	  { { "hash", key_text }, { "player", key_text }, { "expires_ms", "bigint" } } },
	{ "lockstep_api_tokens",
	  "id",
	  "name",
	  { { "id", key_text },
	    { "name", key_text },
	    { "role", "text" },
	    { "prefix", key_text },
	    { "hash", "text" },
	    { "made_by", "text" },
	    { "made_ms", "bigint" },
	    { "used_ms", "bigint" },
	    { "expires_ms", "bigint" } } },
	{ "lockstep_grants",
	  "issuer, subject",
	  NULL,
	  { { "issuer", key_text },
	    { "subject", key_text },
	    { "role", "text" },
	    { "denied", "integer" } } },
};

static struct ddl_column column_of(struct ddl *l, const struct access_table *t, size_t i)
{
	const char *type = t->column[i].type;
	const char *word = type == key_text ? sql_words(l->db)->text_type : type;

	return (struct ddl_column){ str_from(t->column[i].name),
				    str_printf(l->a, "%s NOT NULL", word) };
}

static void make_table(struct ddl *l, const struct access_table *t)
{
	struct ddl_column column[COLUMNS_MAX];
	size_t n = 0;

	for (; n < COLUMNS_MAX && t->column[n].name; n++)
		column[n] = column_of(l, t, n);
	ddl_create(l, str_from(t->name), column, n,
		   str_printf(l->a, ",\n  PRIMARY KEY (%s)", t->key));
	if (t->unique)
		ddl_index(l, str_from(t->name), &(struct str){ t->unique, strlen(t->unique) }, 1,
			  true);
}

/* One of an older version, with rows in it. */
static void grow_table(struct ddl *l, const struct access_table *t, const struct table_shape *shape)
{
	for (size_t i = 0; i < COLUMNS_MAX && t->column[i].name; i++) {
		struct ddl_column column = column_of(l, t, i);

		if (!shape_find(shape, column.name))
			ddl_add_column(l, str_from(t->name), &column);
	}
}

bool access_cleanup(struct db *d, int64_t now_ms, int64_t *removed, struct err *e)
{
	const struct value now = value_int(now_ms);
	int64_t logins = 0, embed_tokens = 0;

	if (!db_exec(d, "DELETE FROM lockstep_logins WHERE expires_ms <= ?1", &now, 1, &logins,
		     e) ||
	    !db_exec(d, "DELETE FROM lockstep_embed_tokens WHERE expires_ms <= ?1", &now, 1,
		     &embed_tokens, e))
		return err_wrap(e, "sessions");
	*removed = logins + embed_tokens;
	return true;
}

bool access_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		 struct err *e)
{
	struct table_shape shape;
	struct ddl l;

	ddl_init(&l, d, a);
	for (size_t i = 0; i < COUNT(tables); i++) {
		if (!table_shape(d, a, str_from(tables[i].name), &shape, e))
			return err_wrap(e, "table '%s'", tables[i].name);
		if (shape.exists)
			grow_table(&l, &tables[i], &shape);
		else
			make_table(&l, &tables[i]);
	}
	*statement = l.statement;
	*statements = l.statements;
	return true;
}
