/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - before-images of a run: made, kept, read again. */
#include "flow/image.h"

#include "data/json.h"
#include "store/cell.h"

#define IMAGE_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define BIT(i) ((uint64_t)1 << (i))

uint64_t image_columns(const struct table *t)
{
	uint64_t columns = 0;

	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].write == WRITE_ALWAYS ||
		    (t->column[i].write == WRITE_ON_INSERT && !str_eq(t->column[i].name, t->id)))
			columns |= BIT(i);
	return columns;
}

/* The columns in any order give the same: plans may be rewritten meanwhile. */
static uint64_t cell_hash(struct str column, enum column_type type, struct value cell)
{
	uint64_t h = str_hash(column) ^ (column_hash(type, cell) * 0x9E3779B97F4A7C15u);

	return (h ^ h >> 29) * 0xBF58476D1CE4E5B9u;
}

static struct str hash_text(struct arena *a, uint64_t hash)
{
	return str_printf(a, "%016llx", (unsigned long long)hash);
}

struct str image_hash(struct arena *a, const struct table *t, const struct value *cell,
		      uint64_t columns)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->columns; i++)
		if (columns & BIT(i))
			sum += cell_hash(t->column[i].name, t->column[i].type, cell[i]);
	return hash_text(a, sum);
}

static void write_member(struct arena *a, struct buf *b, struct str column, struct value cell)
{
	buf_char(b, b->len ? ',' : '{');
	json_write_str(b, column);
	buf_char(b, ':');
	if (value_is_nothing(cell))
		buf_add(b, STR("null"));
	else
		json_write_str(b, cell_text(a, cell));
}

static bool written(struct buf *b, struct str *out, struct err *e)
{
	buf_add(b, b->len ? STR("}") : STR("{}"));
	if (b->failed)
		return err_set(e, ERR_LIMIT, "a before-image is larger than %zu bytes",
			       IMAGE_BYTES_MAX);
	*out = buf_str(b);
	return true;
}

bool image_write(struct arena *a, const struct table *t, const struct value *cell, uint64_t columns,
		 struct str *out, struct err *e)
{
	struct buf b;

	buf_in(&b, a, IMAGE_BYTES_MAX);
	for (size_t i = 0; i < t->columns; i++)
		if (columns & BIT(i))
			write_member(a, &b, t->column[i].name, cell[i]);
	return written(&b, out, e);
}

static bool find_column(const struct table *t, struct str name, size_t *out)
{
	for (*out = 0; *out < t->columns; ++*out)
		if (str_eq(t->column[*out].name, name))
			return true;
	return false;
}

bool image_read(struct arena *a, const struct table *t, struct str image, struct value *cell,
		uint64_t *columns, struct err *e)
{
	struct value map, item;
	struct value_iter it;
	struct str name;
	bool repaired;
	size_t i;

	if (!json_parse(a, image, &map, NULL, e))
		return err_wrap(e, "before-image");
	*columns = 0;
	it = value_iter(map);
	while (value_next(&it, &name, &item)) {
		if (!find_column(t, name, &i))
			return err_set(e, ERR_MISSING, "the plan has no column '%.*s'",
				       STR_ARG(name));
		*columns |= BIT(i);
		cell[i] = item;
		/* Text is kept as it is, blank too, and JSON is text already. */
		if (t->column[i].type != COLUMN_TEXT && t->column[i].type != COLUMN_JSON &&
		    !column_cast(a, t->column[i].type, NULL, item, &cell[i], &repaired, e))
			return err_wrap(e, "column '%.*s'", STR_ARG(name));
	}
	return true;
}

/* ---- keeping ---- */

static bool put(struct session *s, const struct before_image *image, size_t n, struct err *e)
{
	struct before_run r = { .run = s->images->run,
				.connection = s->connection->name,
				.now_ms = clock_wall_ms(s->engine->clock) };

	return before_put(s->engine->db, &r, image, n, e);
}

static uint64_t changed_columns(const struct table *t, const struct row *row,
				const struct value *before)
{
	uint64_t changed = 0;

	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].write == WRITE_ALWAYS && !(row->keep & BIT(i)) &&
		    !column_eq(t->column[i].type, row->cell[i], before[i]))
			changed |= BIT(i);
	return changed;
}

static bool image_of(struct session *s, struct arena *a, const struct table *t,
		     const struct row *row, const struct row_result *result,
		     struct before_image *out, struct err *e)
{
	uint64_t columns = image_columns(t);

	*out = (struct before_image){ .number = ++s->images->number,
				      .change = BEFORE_CREATED,
				      .table = t->name,
				      .key = table_key_text(a, t, row->cell) };
	if (result->outcome == ROW_UPDATED) {
		out->change = BEFORE_UPDATED;
		columns = changed_columns(t, row, result->before);
		if (!image_write(a, t, result->before, columns, &out->before, e))
			return false;
	}
	out->after = image_hash(a, t, row->cell, columns);
	return true;
}

bool images_put(struct session *s, struct arena *a, const struct table *t, const struct row *row,
		const struct row_result *result, size_t n, struct err *e)
{
	struct before_image *image;
	size_t images = 0;

	if (!s->images || !s->images->on)
		return true;
	image = arena_new_array(a, struct before_image, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (result[i].outcome != ROW_CREATED && result[i].outcome != ROW_UPDATED)
			continue;
		if (!image_of(s, a, t, &row[i], &result[i], &image[images++], e))
			return false;
	}
	return images == 0 || put(s, image, images, e);
}

/* Others refer to a row by its id: it comes back with it. */
static uint64_t id_column(const struct table *t)
{
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq(t->column[i].name, t->id))
			return BIT(i);
	return 0;
}

bool image_put_deleted(struct session *s, struct arena *a, const struct table *t,
		       const struct value *cell, struct err *e)
{
	struct before_image image = { .number = ++s->images->number,
				      .change = BEFORE_DELETED,
				      .table = t->name,
				      .key = table_key_text(a, t, cell) };

	return image_write(a, t, cell, image_columns(t) | id_column(t), &image.before, e) &&
	       put(s, &image, 1, e);
}

static const struct plan_column *plan_column_of(const struct connection *c, struct str table,
						struct str column)
{
	for (size_t i = 0; i < c->tables; i++)
		for (size_t k = 0; str_eq(c->table[i].name, table) && k < c->table[i].columns; k++)
			if (str_eq(c->table[i].column[k].name, column))
				return &c->table[i].column[k];
	return NULL;
}

bool image_put_link(struct session *s, const struct link_change *c, struct err *e)
{
	AUTO_ARENA *a = arena_new("before-image", 4 * IMAGE_BYTES_MAX);
	const struct plan_column *col = plan_column_of(s->connection, c->table, c->column);
	enum column_type type = col ? col->type : COLUMN_TEXT;
	struct value after = cell_from_stored(a, type, c->after);
	struct before_image image = { .number = ++s->images->number,
				      .change = BEFORE_UPDATED,
				      .table = c->table,
				      .key = c->key };
	struct buf b;

	buf_in(&b, a, IMAGE_BYTES_MAX);
	write_member(a, &b, c->column, cell_from_stored(a, type, c->before));
	image.after = hash_text(a, cell_hash(c->column, type, after));
	return written(&b, &image.before, e) && put(s, &image, 1, e);
}
