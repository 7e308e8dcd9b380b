/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migration.c - what the database lacks: Lockstep's own tables and those of a connection.
 *
 * The statements are worked out without a lock and run under one, so of two processes that migrate
 * at once the second may find its work done; it then looks again.
 */
#include "service/migration.h"

#include "api/api.h"
#include "flow/push.h"
#include "service/alert_store.h"
#include "service/error_mute.h"
#include "service/sample.h"
#include "store/audit.h"
#include "store/control.h"
#include "store/delivery.h"
#include "work/queue.h"
#include "work/schedule.h"

#define STATEMENTS_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define TRIES 3

/* ---- the plan's tables ---- */

/* The table of the plan whose id the column holds, or empty: what a foreign key may be made of. */
static struct str parent_of(const struct connection *c, const struct plan_column *col)
{
	if (col->refs == 0 || col->value)
		return STR("");
	for (size_t i = 0; i < c->tables; i++)
		if (str_eq(c->table[i].name, col->ref[0].table) &&
		    str_eq(c->table[i].id, col->ref[0].take) && str_eq(c->table[i].id, STR("id")))
			return c->table[i].name;
	return STR("");
}

static bool looks_up(const struct plan_column *col, struct str table, struct str column)
{
	for (size_t i = 0; i < col->refs; i++)
		if (str_eq(col->ref[i].table, table) && str_eq(col->ref[i].match, column))
			return true;
	return false;
}

static bool is_looked_up(const struct connection *c, const struct plan_table *t, struct str column)
{
	for (size_t i = 0; i < c->tables; i++)
		for (size_t k = 0; k < c->table[i].columns; k++)
			if (looks_up(&c->table[i].column[k], t->name, column))
				return true;
	return false;
}

static bool is_followed(const struct plan_table *t, struct str column)
{
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq(t->column[i].follow, column))
			return true;
	return false;
}

static void add_column(struct schema_table *s, struct str name, enum column_type type)
{
	if (name.len > 0)
		s->column[s->columns++] = (struct schema_column){ .name = name, .type = type };
}

static struct schema_table schema_table(struct arena *a, const struct connection *c,
					const struct plan_table *t)
{
	struct schema_table s = { .name = t->name, .keys = t->keys };

	s.column = arena_new_array(a, struct schema_column, t->columns + 2);
	for (size_t i = 0; i < t->columns; i++) {
		const struct plan_column *col = &t->column[i];

		s.column[s.columns++] = (struct schema_column){
			.name = col->name,
			.type = col->type,
			.references = parent_of(c, col),
			.indexed = i >= t->keys &&
				   (is_looked_up(c, t, col->name) || is_followed(t, col->name)),
		};
	}
	add_column(&s, t->raw, COLUMN_JSON);
	add_column(&s, t->stamp, COLUMN_TIMESTAMP);
	for (size_t i = 0; i < t->keys; i++)
		s.key[i] = t->column[i].name;
	return s;
}

static bool must_exist(struct db *d, struct arena *a, const struct plan_table *t, struct err *e)
{
	struct table_shape shape;

	if (!table_shape(d, a, t->name, &shape, e))
		return false;
	if (!shape.exists)
		return err_set(e, ERR_CONFIG,
			       "table '%.*s' does not exist and the plan says `create: false`",
			       STR_ARG(t->name));
	return true;
}

static bool plan_tables(struct db *d, struct arena *a, const struct connection *c,
			struct str **statement, size_t *n, struct err *e)
{
	struct schema_table *table = arena_new_array(a, struct schema_table, c->tables);

	for (size_t i = 0; i < c->tables; i++) {
		table[i] = schema_table(a, c, &c->table[i]);
		if (!c->table[i].create && !must_exist(d, a, &c->table[i], e))
			return false;
	}
	return schema_plan(d, a, table, c->tables, statement, n, e);
}

/* ---- ours ---- */

/* In this order: later ones may speak of tables of earlier ones. */
static bool (*const own[])(struct db *d, struct arena *a, struct str **statement, size_t *n,
			   struct err *e) = {
	control_plan, queue_plan, schedule_plan, access_plan,     api_plan,
	audit_plan,   alert_plan, delivery_plan, error_mute_plan, sample_plan,
};

/* ---- the outbox and its triggers, behind the connection's tables ---- */

static bool integration_makes(const struct integration *i, struct str table)
{
	for (const char *const *t = i->tables; t && *t; t++)
		if (str_eq(str_from(*t), table))
			return true;
	return false;
}

/* Whether the table is one of the connection's, or of the integration's that is behind it. */
static bool makes(const struct migration *m, const struct connection *c, struct str table)
{
	for (size_t i = 0; i < c->tables; i++)
		if (str_eq(c->table[i].name, table))
			return true;
	for (size_t i = 0; m->integrations && m->integrations[i]; i++)
		if (integration_is(m->integrations[i], c) &&
		    integration_makes(m->integrations[i], table))
			return true;
	return false;
}

static bool plan_makes(const struct migration *m, struct str table)
{
	for (size_t i = 0; i < m->plan->connections; i++)
		if (makes(m, &m->plan->connection[i], table))
			return true;
	return false;
}

/* A table that another connection will make gets its triggers with that one. */
static bool plan_outbox(struct db *d, struct arena *a, const struct migration *m,
			const struct connection *c, struct str **statement, size_t *n,
			struct err *e)
{
	size_t watches, kept = 0;
	struct outbox_watch *watch = push_watches(a, m->plan, &watches);

	for (size_t i = 0; i < watches; i++) {
		struct table_shape shape;

		if (!table_shape(d, a, watch[i].table, &shape, e))
			return false;
		watch[i].made = plan_makes(m, watch[i].table);
		if (shape.exists || !watch[i].made || makes(m, c, watch[i].table))
			watch[kept++] = watch[i];
	}
	return outbox_plan(d, a, watch, kept, statement, n, e);
}

/* ---- all of it ---- */

struct list {
	struct str *at;
	size_t n;
};

static void append(struct arena *a, struct list *l, const struct str *more, size_t n)
{
	l->at = arena_grow(a, l->at, l->n * sizeof(*l->at), (l->n + n + 1) * sizeof(*l->at));
	if (n)
		memcpy(l->at + l->n, more, n * sizeof(*l->at));
	l->n += n;
}

/* What the integrations behind the connection add. */
static bool plan_integrations(struct db *d, struct arena *a, const struct migration *m,
			      const struct connection *c, struct list *all, struct err *e)
{
	struct str *part;
	size_t n;

	for (size_t i = 0; m->integrations && m->integrations[i]; i++) {
		const struct integration *one = m->integrations[i];

		if (!one->schema || !integration_is(one, c))
			continue;
		if (!one->schema(d, a, c, &part, &n, e))
			return err_wrap(e, "tables of %s", one->connector);
		append(a, all, part, n);
	}
	return true;
}

static bool plan_connection_parts(struct db *d, struct arena *a, const struct migration *m,
				  const struct connection *c, struct list *all, struct err *e)
{
	struct str *part;
	size_t n;

	if (!plan_tables(d, a, c, &part, &n, e))
		return false;
	append(a, all, part, n);
	if (!plan_integrations(d, a, m, c, all, e) || !plan_outbox(d, a, m, c, &part, &n, e))
		return false;
	append(a, all, part, n);
	return true;
}

/* ---- what tells of changes, behind everything it stands on ---- */

static bool plan_beacons(struct db *d, struct arena *a, const struct migration *m,
			 const struct connection *c, struct list *all, struct err *e)
{
	const struct beacon_watch **watch;
	size_t n = 0;
	struct str *part;

	while (m->integrations && m->integrations[n])
		n++;
	watch = arena_new_array(a, const struct beacon_watch *, n + 3);
	n = 0;
	watch[n++] = beacon_own;
	if (c)
		watch[n++] = beacon_outbox;
	for (size_t i = 0; c && m->integrations && m->integrations[i]; i++)
		if (m->integrations[i]->watched && integration_is(m->integrations[i], c))
			watch[n++] = m->integrations[i]->watched;
	if (!beacon_plan(d, a, watch, &part, &n, e))
		return false;
	append(a, all, part, n);
	return true;
}

bool migration_plan(struct db *d, struct arena *a, const struct migration *m,
		    const struct connection *c, struct str **statement, size_t *statements,
		    struct err *e)
{
	struct list all = { NULL, 0 };
	struct str *part;
	size_t n;

	for (size_t i = 0; i < COUNT(own); i++) {
		if (!own[i](d, a, &part, &n, e))
			return err_wrap(e, "migration");
		append(a, &all, part, n);
	}
	if ((c && !plan_connection_parts(d, a, m, c, &all, e)) ||
	    !plan_beacons(d, a, m, c, &all, e))
		return err_wrap(e, "migration");
	*statement = all.at;
	*statements = all.n;
	return true;
}

static bool run_once(struct db *d, const struct migration *m, const struct connection *c,
		     size_t *statements, struct err *e)
{
	AUTO_ARENA *a = arena_new("migration", STATEMENTS_BYTES_MAX);
	struct str *statement;

	return migration_plan(d, a, m, c, &statement, statements, e) &&
	       (*statements == 0 || schema_apply(d, statement, *statements, e) ||
		err_wrap(e, "migration"));
}

bool migration_run(struct db *d, const struct migration *m, const struct connection *c,
		   size_t *statements, struct err *e)
{
	bool ok = false;

	for (int i = 0; !ok && i < TRIES; i++) {
		ok = run_once(d, m, c, statements, e);
		if (!ok && e->kind != ERR_STORE && e->kind != ERR_TRANSIENT)
			return false;
	}
	return ok;
}

bool migration_run_all(struct db *d, const struct migration *m, size_t *statements, struct err *e)
{
	size_t n;

	*statements = 0;
	for (size_t i = 0; i < m->plan->connections; i++) {
		if (!migration_run(d, m, &m->plan->connection[i], &n, e))
			return err_wrap(e, "connection '%.*s'",
					STR_ARG(m->plan->connection[i].name));
		*statements += n;
	}
	return true;
}
