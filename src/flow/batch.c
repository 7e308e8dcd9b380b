/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.c - rows of one table that wait for one transaction.
 *
 * Writing goes set by set: references are looked up, stored rows are read where the plan's rules
 * need them, all rows are upserted, what was refused goes to quarantine, what was not found is
 * noted.
 */
#include "flow/batch.h"

#include "data/json.h"
#include "flow/image.h"
#include "flow/selection.h"
#include "store/cell.h"

#define BATCH_BYTES_MAX ((size_t)2 * 1024 * 1024 * 1024)
#define RECORD_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct batch {
	struct session *session;
	struct mapping *mapping;
	struct mapped *row;
	size_t rows, rows_max, wanted; /* wanted: full */
	struct arena *arena;           /* the rows; reset by batch_clear() */
	struct arena *scratch;         /* one record, or one writing */
	bool quarantined;              /* there may be items of this table to take out */
	bool conflicts;                /* there may be conflicts of this table to forget */
	bool refs_missing; /* there may be noted references of this table to take back */
};

static bool conflicts_any(struct batch *b, struct err *e)
{
	struct conflict_filter f = { .connection = b->session->connection->name,
				     .table = b->mapping->table.name,
				     .limit = 1 };
	struct conflict *c;
	size_t n = 0;

	if (!conflict_list(b->session->engine->db, b->scratch, &f, &c, &n, e))
		return false;
	b->conflicts = n > 0;
	return true;
}

bool batch_open(struct session *s, struct mapping *m, size_t rows_max, struct arena *a,
		struct batch **out, struct err *e)
{
	struct batch *b = arena_new_struct(a, struct batch);

	assert(rows_max > 0 && rows_max <= BATCH_ROWS_MAX);
	m->table.before = s->images && s->images->on;
	b->session = s;
	b->mapping = m;
	b->wanted = rows_max;
	b->arena = arena_new("batch", BATCH_BYTES_MAX);
	b->scratch = arena_new("batch scratch", BATCH_BYTES_MAX);
	if (quarantine_any(s->engine->db, s->connection->name, m->table.name, &b->quarantined, e) &&
	    missing_ref_any(s->engine->db, s->connection->name, m->table.name, &b->refs_missing,
			    e) &&
	    conflicts_any(b, e)) {
		*out = b;
		return true;
	}
	batch_close(b);
	return false;
}

void batch_close(struct batch *b)
{
	if (!b)
		return;
	arena_free(b->arena);
	arena_free(b->scratch);
	b->arena = b->scratch = NULL;
}

size_t batch_rows(const struct batch *b)
{
	return b->rows;
}

bool batch_full(const struct batch *b)
{
	return b->rows >= b->wanted;
}

void batch_clear(struct batch *b)
{
	b->row = NULL;
	b->rows = b->rows_max = 0;
	arena_reset(b->arena);
	arena_reset(b->scratch);
}

static struct mapped *room(struct batch *b)
{
	size_t more = b->rows_max ? 2 * b->rows_max : 256;

	if (b->rows == b->rows_max) {
		b->row = arena_grow(b->arena, b->row, b->rows_max * sizeof(*b->row),
				    more * sizeof(*b->row));
		b->rows_max = more;
	}
	return &b->row[b->rows++];
}

static struct value *keep_cells(struct arena *a, const struct value *v, size_t n)
{
	struct value *copy = arena_new_array(a, struct value, n);

	for (size_t i = 0; i < n; i++)
		copy[i] = value_keep(a, v[i]);
	return copy;
}

static void keep_row(struct batch *b, const struct mapped *row)
{
	const struct mapping *m = b->mapping;
	struct mapped *to = room(b);

	*to = *row;
	to->record = str_keep(b->arena, row->record);
	to->cell = arena_new_array(b->arena, struct value, m->table.columns);
	for (size_t i = 0; i < m->table.columns; i++)
		to->cell[i] = (int)i == m->raw && row->cell[i].kind == VALUE_STR &&
					      row->cell[i].s.at == row->record.at
				      ? value_str(to->record)
				      : value_keep(b->arena, row->cell[i]);
	to->row.cell = to->cell;
	to->ref = m->refs ? keep_cells(b->arena, row->ref, m->refs) : NULL;
	if (row->update) {
		to->update =
			arena_new_array(b->arena, const struct map_target *, 2 * m->plan->columns);
		memcpy(to->update, row->update, 2 * m->plan->columns * sizeof(*to->update));
	}
	to->key = str_keep(b->arena, row->key);
	to->says = str_keep(b->arena, row->says);
}

bool batch_add(struct batch *b, const struct scope *scope, struct value record, struct err *e)
{
	struct mapped row;
	struct buf text;
	bool wanted;

	arena_reset(b->scratch);
	buf_in(&text, b->scratch, RECORD_BYTES_MAX);
	if (!json_write(&text, record, e))
		return err_wrap(e, "record");
	mapping_apply(b->mapping, b->scratch, scope, record, buf_str(&text), &row, &wanted);
	if (!wanted ||
	    (b->session->selection && !selection_takes_key(b->session->selection, row.key)))
		return true;
	if (row.key.len == 0)
		row.key = str_printf(b->scratch, "record:%016llx",
				     (unsigned long long)str_hash(row.record));
	keep_row(b, &row);
	return true;
}

const uint64_t *batch_hashes(struct batch *b, size_t *n)
{
	uint64_t *hash = arena_new_array(b->arena, uint64_t, b->rows + 1);

	for (size_t i = 0; i < b->rows; i++)
		hash[i] = str_hash(b->row[i].key);
	*n = b->rows;
	return hash;
}

/* ---- references ---- */

static struct table_lookup lookup_of(const struct ref_plan *r)
{
	return (struct table_lookup){ .table = r->table,
				      .match = r->match,
				      .take = r->take,
				      .prefer = r->prefer,
				      .fold_case = r->fold_case };
}

/* One reference over all rows that have no value yet. */
static bool refs_find(struct batch *b, size_t column, size_t at, const struct ref_plan *r,
		      struct err *e)
{
	struct table_lookup l = lookup_of(r);
	struct value *want = arena_new_array(b->scratch, struct value, b->rows + 1);
	struct value *found = arena_new_array(b->scratch, struct value, b->rows + 1);
	size_t *of = arena_new_array(b->scratch, size_t, b->rows + 1), n = 0;

	for (size_t i = 0; i < b->rows; i++) {
		struct mapped *row = &b->row[i];

		if (row->rejected || !value_is_nothing(row->cell[column]) ||
		    value_is_nothing(row->ref[at]))
			continue;
		want[n] = row->ref[at];
		of[n++] = i;
	}
	if (n == 0)
		return true;
	if (!table_find(b->session->engine->db, &l, want, n, b->scratch, found, e))
		return err_wrap(e, "looking up %.*s.%.*s", STR_ARG(r->table), STR_ARG(r->match));
	for (size_t i = 0; i < n; i++) {
		struct mapped *row = &b->row[of[i]];
		const struct plan_column *col = &b->mapping->plan->column[column];
		struct value cell = found[i];
		bool repaired;

		if (cell.kind == VALUE_UNDEFINED)
			continue;
		row->ref[at] = UNDEFINED; /* found: it waits for nothing */
		/* A JSON cell is JSON text already: casting would make a JSON string of it. */
		if (col->type != COLUMN_JSON &&
		    !column_cast(b->scratch, col->type, col->zone, found[i], &cell, &repaired, e))
			return err_wrap(e, "%.*s.%.*s as %s", STR_ARG(r->table), STR_ARG(r->take),
					column_type_name(col->type));
		row->cell[column] = value_keep(b->arena, cell);
	}
	return true;
}

static bool looked_for(const struct mapped *row, size_t at, size_t refs)
{
	for (size_t k = 0; k < refs; k++)
		if (!value_is_nothing(row->ref[at + k]))
			return true;
	return false;
}

/* Tells every unresolved reference; `relink` ones are noted after the upsert. */
static void refs_missing(struct batch *b, size_t column, size_t at)
{
	const struct plan_column *col = &b->mapping->plan->column[column];

	for (size_t i = 0; i < b->rows; i++) {
		struct mapped *row = &b->row[i];

		if (row->rejected || !value_is_nothing(row->cell[column]))
			continue;
		if (looked_for(row, at, col->refs)) {
			b->mapping->missing[column] += col->warn_missing;
			if (col->reject_missing)
				mapped_reject(row, col->name, "missing_reference",
					      STR("the row it refers to is not there"));
		}
		if (col->required)
			mapped_reject(row, col->name, "required",
				      STR("no value where one is required"));
	}
}

static bool refs_fill(struct batch *b, struct err *e)
{
	const struct plan_table *t = b->mapping->plan;
	size_t at = 0;

	for (size_t i = 0; i < t->columns; at += t->column[i++].refs) {
		if (t->column[i].refs == 0)
			continue;
		for (size_t k = 0; k < t->column[i].refs; k++)
			if (!refs_find(b, i, at + k, &t->column[i].ref[k], e))
				return false;
		refs_missing(b, i, at);
	}
	return true;
}

/* Notes what waits for its parent, takes back what does not wait any more. */
static bool refs_note(struct batch *b, const struct mapped *row, struct err *e)
{
	const struct mapping *m = b->mapping;
	struct db *db = b->session->engine->db;
	struct str connection = b->session->connection->name;
	size_t at = 0;

	for (size_t i = 0; i < m->plan->columns; at += m->plan->column[i++].refs) {
		const struct plan_column *col = &m->plan->column[i];
		bool waits = value_is_nothing(row->cell[i]) && looked_for(row, at, col->refs);
		struct missing_ref ref = { .table = m->table.name,
					   .key_column = m->table.column[0].name,
					   .key = row->key,
					   .column = col->name };

		if (!col->relink || m->table.keys != 1)
			continue;
		for (size_t k = 0; waits && k < col->refs; k++) {
			if (value_is_nothing(row->ref[at + k]))
				continue;
			ref.lookup = lookup_of(&col->ref[k]);
			if (!value_as_text(b->scratch, row->ref[at + k], &ref.value, e) ||
			    !missing_ref_put(db, connection, &ref, e))
				return false;
			b->refs_missing = true;
			break;
		}
		if (!waits && b->refs_missing &&
		    !missing_ref_remove(db, connection, ref.table, ref.key, ref.column, e))
			return false;
	}
	return true;
}

/* ---- quarantine ---- */

static bool quarantine(struct batch *b, const struct mapped *row, struct err *e)
{
	struct session *s = b->session;
	int64_t now_ms = clock_wall_ms(s->engine->clock);
	struct quarantine_item q = { .connection = s->connection->name,
				     .stream = b->mapping->plan->stream->name,
				     .table = b->mapping->table.name,
				     .key = row->key,
				     .column = row->column,
				     .code = row->code,
				     .says = row->says,
				     .tries = 1,
				     .first_ms = now_ms,
				     .last_ms = now_ms };

	q.sealed = seal_text(s->engine->seal, b->scratch, STR("quarantine"), row->record);
	b->quarantined = true;
	return quarantine_put(s->engine->db, &q, e);
}

/* ---- writing ---- */

/* The rows that are not rejected, side by side for the store. */
static struct row *rows_of(struct batch *b, size_t **of, size_t *n)
{
	struct row *row = arena_new_array(b->scratch, struct row, b->rows + 1);

	*of = arena_new_array(b->scratch, size_t, b->rows + 1);
	*n = 0;
	for (size_t i = 0; i < b->rows; i++) {
		if (b->row[i].rejected)
			continue;
		row[*n] = b->row[i].row;
		(*of)[(*n)++] = i;
	}
	return row;
}

static bool stored_read(struct batch *b, const struct value ***stored, size_t **of, size_t *n,
			struct err *e)
{
	struct row *row = rows_of(b, of, n);

	*stored = arena_new_array(b->scratch, const struct value *, b->rows + 1);
	return table_read(b->session->engine->db, &b->mapping->table, row, *n, b->scratch, *stored,
			  e);
}

/* When people changed the rows last: a column of the application's own, which is only read. */
static bool times_read(struct batch *b, const size_t *of, size_t n, struct err *e)
{
	const struct mapping *m = b->mapping;
	const struct value **found = arena_new_array(b->scratch, const struct value *, n + 1);
	struct row *row = arena_new_array(b->scratch, struct row, n + 1);
	struct table t = m->table;

	t.columns = m->table.keys;
	t.column[t.columns++] = (struct table_column){ m->plan->conflict_time.local,
						       COLUMN_TIMESTAMP, WRITE_ALWAYS };
	for (size_t i = 0; i < n; i++)
		row[i] = b->row[of[i]].row;
	if (!table_read(b->session->engine->db, &t, row, n, b->scratch, found, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (found[i] && found[i][t.columns - 1].kind == VALUE_TIME)
			b->row[of[i]].local_us = found[i][t.columns - 1].us;
	return true;
}

static bool settle(struct batch *b, const struct value **stored, const size_t *of, size_t n,
		   struct err *e)
{
	struct scope scope = session_scope(b->session, b->scratch);

	if (b->mapping->needs_time && !times_read(b, of, n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct mapped *row = &b->row[of[i]];
		struct value record = UNDEFINED;

		if (stored[i] && !json_parse(b->scratch, row->record, &record, NULL, e))
			return false;
		mapping_settle(b->mapping, b->scratch, &scope, record, stored[i], row);
	}
	return true;
}

/* ---- conflicts ---- */

static bool conflict_note(struct batch *b, const struct mapped *row, size_t i, struct err *e)
{
	struct session *s = b->session;
	struct value map = value_map_new(b->scratch), cell = row->cell[i];
	struct conflict c = { .connection = s->connection->name,
			      .table = b->mapping->table.name,
			      .key = row->key,
			      .column = b->mapping->table.column[i].name,
			      .since_ms = clock_wall_ms(s->engine->clock) };
	struct buf json;

	if (!value_is_nothing(cell))
		cell = value_str(cell_text(b->scratch, cell));
	value_map_set(b->scratch, map, STR("vendor"), cell);
	buf_in(&json, b->scratch, RECORD_BYTES_MAX);
	if (!json_write(&json, map, e))
		return false;
	c.sealed = seal_text(s->engine->seal, b->scratch, STR("conflict"), buf_str(&json));
	return conflict_put(s->engine->db, &c, e);
}

/* Notes the cells that a person must decide on, forgets those that the vendor's value went into. */
static bool conflicts_note(struct batch *b, const struct mapped *row, struct err *e)
{
	const struct plan_table *t = b->mapping->plan;

	for (size_t i = 0; i < t->columns; i++) {
		struct conflict over = { .connection = b->session->connection->name,
					 .table = t->name,
					 .key = row->key,
					 .column = t->column[i].name };

		if (row->conflicts >> i & 1) {
			b->conflicts = true;
			if (!conflict_note(b, row, i, e))
				return false;
		} else if (b->conflicts && t->column[i].conflict != CONFLICT_OFF &&
			   !(row->row.keep >> i & 1) &&
			   !conflict_remove(b->session->engine->db, &over, e)) {
			return false;
		}
	}
	return true;
}

static bool after_upsert(struct batch *b, const struct mapped *row, struct err *e)
{
	if (row->rejected)
		return quarantine(b, row, e);
	if (b->quarantined &&
	    !quarantine_remove(b->session->engine->db, b->session->connection->name,
			       b->mapping->table.name, row->key, e))
		return false;
	if ((b->conflicts || row->conflicts) && !conflicts_note(b, row, e))
		return false;
	return b->mapping->refs == 0 || refs_note(b, row, e);
}

static void count(struct batch_counts *c, enum row_outcome outcome)
{
	c->created += outcome == ROW_CREATED;
	c->updated += outcome == ROW_UPDATED;
	c->unchanged += outcome == ROW_UNCHANGED;
	c->failed += outcome == ROW_REJECTED;
}

static bool upsert(struct batch *b, struct batch_counts *out, struct err *e)
{
	struct row_result *result = arena_new_array(b->scratch, struct row_result, b->rows + 1);
	size_t *of, n;
	struct row *row = rows_of(b, &of, &n);

	if (!table_upsert(b->session->engine->db, &b->mapping->table, row, n, b->scratch, result,
			  e))
		return err_wrap(e, "table '%.*s'", STR_ARG(b->mapping->table.name));
	if (!images_put(b->session, b->scratch, &b->mapping->table, row, result, n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (result[i].outcome == ROW_REJECTED)
			mapped_reject(&b->row[of[i]], str_keep(b->arena, result[i].column),
				      str_keep(b->arena, result[i].code).at,
				      str_keep(b->arena, result[i].says));
		count(out, result[i].outcome);
		b->row[of[i]].outcome = result[i].outcome;
	}
	out->failed += (int64_t)(b->rows - n);
	return true;
}

enum row_outcome batch_outcome(const struct batch *b, size_t row)
{
	assert(row < b->rows);
	return b->row[row].rejected ? ROW_REJECTED : b->row[row].outcome;
}

struct refusal batch_refusal(const struct batch *b, size_t row)
{
	const struct mapped *m = &b->row[row];

	assert(row < b->rows && m->rejected);
	return (struct refusal){ .column = m->column, .code = m->code, .says = m->says };
}

struct str batch_key(const struct batch *b, size_t row)
{
	assert(row < b->rows);
	return b->row[row].key;
}

bool batch_write(struct batch *b, struct batch_counts *out, struct err *e)
{
	struct batch_counts counts = { .processed = (int64_t)b->rows };
	const struct value **stored;
	size_t *of, n;

	if (b->rows == 0) {
		*out = counts;
		return true;
	}
	arena_reset(b->scratch);
	if (b->mapping->refs > 0 && !refs_fill(b, e))
		return false;
	if (b->mapping->needs_stored &&
	    (!stored_read(b, &stored, &of, &n, e) || !settle(b, stored, of, n, e)))
		return false;
	if (!upsert(b, &counts, e))
		return false;
	for (size_t i = 0; i < b->rows; i++)
		if (!after_upsert(b, &b->row[i], e))
			return false;
	*out = counts;
	return true;
}

static void compare_row(struct batch *b, const struct mapped *row, const struct value *stored,
			const struct change_sink *sink, struct batch_counts *counts)
{
	struct change c = { .table = &b->mapping->table,
			    .key = row->key,
			    .changed = mapping_changes(b->mapping, row, stored),
			    .before = stored,
			    .after = row->cell };

	if (!stored && b->mapping->table.update_only)
		c.changed = 0;
	count(counts, c.changed == 0 ? ROW_UNCHANGED : stored ? ROW_UPDATED : ROW_CREATED);
	if (c.changed != 0 && sink && sink->tell)
		sink->tell(sink->arg, &c);
}

bool batch_compare(struct batch *b, const struct change_sink *sink, struct batch_counts *out,
		   struct err *e)
{
	struct batch_counts counts = { .processed = (int64_t)b->rows };
	const struct value **stored;
	size_t *of, n = 0;

	arena_reset(b->scratch);
	if (b->rows > 0 && (!refs_fill(b, e) || !stored_read(b, &stored, &of, &n, e) ||
			    !settle(b, stored, of, n, e)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!b->row[of[i]].rejected)
			compare_row(b, &b->row[of[i]], stored[i], sink, &counts);
	for (size_t i = 0; i < b->rows; i++)
		counts.failed += b->row[i].rejected;
	*out = counts;
	return true;
}
