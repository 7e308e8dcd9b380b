/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition.c - the slices of a stream.
 *
 * The first router is walked as it is read; those after it are read once and held, and every slice
 * of the first is combined with each of theirs (the cartesian product).
 */
#include "flow/partition.h"

#include "base/map.h"
#include "data/json.h"
#include "flow/reader.h"
#include "flow/rota.h"

#define HELD_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define SLICE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define KEY_BYTES_MAX ((size_t)65536)

/* One value of one router. */
struct part {
	struct value slice;
	struct partition_option option;
};

/* A router being walked: a list in memory, or parents being read. */
struct walk {
	const struct router *router;
	struct value list; /* LIST: its values */
	struct value_iter at;
	const struct partition_feed *feed; /* LIST: who has them instead; or NULL */
	size_t parent;                     /* SUBSTREAM: which one is being read */
	struct reader *reader;
	struct page page;
	size_t record;
	struct map *seen; /* values of the current parent, so that one that comes twice is one
			     partition */
};

struct partitions {
	struct session *session;
	const struct stream *stream;
	unsigned nesting;
	struct arena *arena;       /* the caller's */
	struct arena *held_arena;  /* the later routers' values */
	struct arena *slice_arena; /* the current partition */
	struct walk first;
	struct part current;
	bool have_current;
	struct part **held; /* per later router */
	size_t *held_n;
	size_t *odometer;
	bool done;
};

/* ---- one router ---- */

static bool list_values(const struct router *r, const struct scope *scope, struct value *out,
			struct err *e)
{
	if (!mould_value(&r->values, scope, out, e))
		return false;
	if (out->kind != VALUE_LIST)
		return err_set(e, ERR_CONFIG, "partition values are %s, not a list",
			       value_kind_name(*out));
	return true;
}

static bool member_values(struct partitions *p, struct value *out, struct err *e)
{
	struct session *s = p->session;
	struct rota_choice choice = { .connection = s->connection,
				      .stream = p->stream,
				      .now_ms = clock_wall_ms(s->engine->clock) };
	const struct rota_member *member;
	struct rota *rota;
	size_t n;

	if (!rota_choose(s->engine->db, p->arena, &choice, &rota, e))
		return false;
	member = rota_members(rota, &n);
	*out = value_list_new(p->arena);
	for (size_t i = 0; i < n; i++)
		value_list_add(p->arena, *out, value_str(member[i].id));
	return true;
}

static bool walk_open(struct partitions *p, const struct router *r, struct walk *w, struct err *e)
{
	struct scope scope = session_scope(p->session, p->arena);
	const struct partition_feed *feed = p->session->feed;
	bool rotates = plan_rotation(p->session->connection, p->stream) != NULL;

	*w = (struct walk){ .router = r };
	if (r->kind == ROUTER_SUBSTREAM)
		return true;
	if (rotates && feed && feed->stream == p->stream) {
		w->feed = feed;
		return true;
	}
	if (!(rotates ? member_values(p, &w->list, e) : list_values(r, &scope, &w->list, e)))
		return false;
	w->at = value_iter(w->list);
	return true;
}

static bool parent_open(struct partitions *p, struct walk *w, struct err *e)
{
	const struct parent *parent = &w->router->parent[w->parent];
	struct reader_options o = { .stream = parent->stream,
				    .page_size = p->session->connection->page_size,
				    .nesting = p->nesting + 1,
				    .begin = reader_from_start };

	if (p->nesting + 1 > PARTITION_NESTING_MAX)
		return err_set(e, ERR_LIMIT, "more than %d parent streams above each other",
			       PARTITION_NESTING_MAX);
	w->record = 0;
	w->page = (struct page){ 0 };
	w->seen = map_new(p->arena);
	return reader_open(p->session, p->arena, &o, &w->reader, e);
}

/* A parent's key may be a dotted path. */
static struct value parent_value(struct arena *a, struct value record, struct str key)
{
	struct value v = value_get(record, key);
	struct path path = { arena_new_array(a, struct str, key.len + 1), 0 };

	if (v.kind != VALUE_UNDEFINED)
		return v;
	while (key.len > 0)
		path.step[path.n++] = str_cut(&key, '.');
	return path_get(record, path);
}

static bool parent_part(struct partitions *p, struct walk *w, struct arena *a, struct value record,
			struct part *out, bool *usable, struct err *e)
{
	const struct parent *parent = &w->router->parent[w->parent];
	struct scope scope = session_scope(p->session, a);
	struct str key, field, text;
	struct value v, extra = value_map_new(a);

	if (!slot_text(&parent->parent_key, &scope, &key, e) ||
	    !slot_text(&parent->partition_field, &scope, &field, e))
		return false;
	v = value_keep(a, parent_value(a, record, key));
	*usable = !value_is_nothing(v);
	if (!*usable)
		return true;
	if (!value_as_text(p->arena, v, &text, e))
		return false;
	*usable = map_put(w->seen, str_keep(p->arena, text), w) == NULL;
	if (!*usable)
		return true;
	for (size_t i = 0; i < parent->extra_fields; i++)
		value_map_set(a, extra, path_text(a, parent->extra_field[i]),
			      value_keep(a, path_get(record, parent->extra_field[i])));
	*out = (struct part){ .slice = value_map_new(a) };
	value_map_set(a, out->slice, field, v);
	value_map_set(a, out->slice, STR("parent_slice"), value_keep(a, w->page.partition->slice));
	if (parent->extra_fields > 0)
		value_map_set(a, out->slice, STR("extra_fields"), extra);
	if (parent->has_option)
		out->option = (struct partition_option){ &parent->option, v };
	return true;
}

static bool substream_next(struct partitions *p, struct walk *w, struct arena *a, struct part *out,
			   bool *more, struct err *e)
{
	bool usable;

	for (;;) {
		if (w->parent == w->router->parents) {
			*more = false;
			return true;
		}
		if (!w->reader && !parent_open(p, w, e))
			return false;
		while (w->record < w->page.records) {
			if (!parent_part(p, w, a, w->page.record[w->record++], out, &usable, e))
				return false;
			*more = usable;
			if (usable)
				return true;
		}
		w->record = 0;
		if (!reader_next(w->reader, &w->page, more, e))
			return err_wrap(e, "parent stream");
		if (!*more) {
			reader_close(w->reader);
			w->reader = NULL;
			w->parent++;
		}
	}
}

static bool list_next(struct partitions *p, struct walk *w, struct arena *a, struct part *out,
		      bool *more, struct err *e)
{
	struct scope scope = session_scope(p->session, a);
	struct str key, field;
	struct value v;

	if (w->feed && !w->feed->next(w->feed->arg, &v, more, e))
		return false;
	if (!w->feed)
		*more = value_next(&w->at, &key, &v);
	if (!*more)
		return true;
	if (!slot_text(&w->router->cursor_field, &scope, &field, e))
		return false;
	*out = (struct part){ .slice = value_map_new(a) };
	value_map_set(a, out->slice, field, v);
	if (w->router->has_option)
		out->option = (struct partition_option){ &w->router->option, v };
	return true;
}

static bool walk_next(struct partitions *p, struct walk *w, struct arena *a, struct part *out,
		      bool *more, struct err *e)
{
	if (w->router->kind == ROUTER_LIST)
		return list_next(p, w, a, out, more, e);
	return substream_next(p, w, a, out, more, e);
}

/* ---- several routers ---- */

static bool hold(struct partitions *p, const struct router *r, struct part **out, size_t *out_n,
		 struct err *e)
{
	struct part *part = NULL, next;
	size_t n = 0, cap = 0;
	struct walk w;
	bool more;

	if (!walk_open(p, r, &w, e))
		return false;
	while (walk_next(p, &w, p->held_arena, &next, &more, e)) {
		if (!more) {
			*out = part;
			*out_n = n;
			return true;
		}
		if (n == PARTITION_VALUES_MAX) {
			err_set(e, ERR_LIMIT, "more than %d partitions to hold",
				PARTITION_VALUES_MAX);
			break;
		}
		if (n == cap) {
			part = arena_grow(p->held_arena, part, cap * sizeof(*part),
					  (cap ? 2 * cap : 16) * sizeof(*part));
			cap = cap ? 2 * cap : 16;
		}
		part[n++] = next;
	}
	reader_close(w.reader);
	return false;
}

bool partitions_open(struct session *s, const struct stream *st, struct arena *a, unsigned nesting,
		     struct partitions **out, struct err *e)
{
	struct partitions *p = arena_new_struct(a, struct partitions);

	p->session = s;
	p->stream = st;
	p->nesting = nesting;
	p->arena = a;
	p->held_arena = arena_new("partitions", HELD_BYTES_MAX);
	p->slice_arena = arena_new("partition", SLICE_BYTES_MAX);
	*out = p;
	if (st->routers == 0)
		return true;
	p->held = arena_new_array(a, struct part *, st->routers);
	p->held_n = arena_new_array(a, size_t, st->routers);
	p->odometer = arena_new_array(a, size_t, st->routers);
	if (!walk_open(p, &st->router[0], &p->first, e))
		goto failed;
	for (size_t i = 1; i < st->routers; i++) {
		if (!hold(p, &st->router[i], &p->held[i], &p->held_n[i], e))
			goto failed;
		p->done = p->done || p->held_n[i] == 0;
	}
	return true;
failed:
	partitions_close(p);
	return false;
}

void partitions_close(struct partitions *p)
{
	if (!p)
		return;
	reader_close(p->first.reader);
	arena_free(p->held_arena);
	arena_free(p->slice_arena);
	p->first.reader = NULL;
	p->held_arena = p->slice_arena = NULL;
}

/* Turns the odometer of the later routers; false when it came round. */
static bool turn(struct partitions *p)
{
	for (size_t i = p->stream->routers; i-- > 1;) {
		if (++p->odometer[i] < p->held_n[i])
			return true;
		p->odometer[i] = 0;
	}
	return false;
}

static void merge(struct partition *out, const struct part *part, struct arena *a)
{
	struct value_iter it = value_iter(part->slice);
	struct value item;
	struct str key;

	while (value_next(&it, &key, &item))
		value_map_set(a, out->slice, key, item);
	if (part->option.option && out->options < COUNT(out->option))
		out->option[out->options++] = part->option;
}

static bool combine(struct partitions *p, struct partition *out, struct err *e)
{
	struct partition made = { .slice = value_map_new(p->slice_arena) };
	struct buf key;

	merge(&made, &p->current, p->slice_arena);
	for (size_t i = 1; i < p->stream->routers; i++)
		merge(&made, &p->held[i][p->odometer[i]], p->slice_arena);
	buf_in(&key, p->slice_arena, KEY_BYTES_MAX);
	if (!json_write(&key, made.slice, e))
		return err_wrap(e, "partition key");
	made.key = buf_str(&key);
	*out = made;
	return true;
}

bool partitions_next(struct partitions *p, struct partition *out, bool *more, struct err *e)
{
	*more = !p->done;
	if (p->done)
		return true;
	if (p->stream->routers == 0) {
		p->done = true;
		*out = (struct partition){ .slice = value_map_new(p->arena), .key = STR("") };
		return true;
	}
	if (p->have_current && turn(p))
		return combine(p, out, e);
	arena_reset(p->slice_arena);
	if (!walk_next(p, &p->first, p->slice_arena, &p->current, more, e))
		return false;
	p->have_current = *more;
	p->done = !*more;
	return !*more || combine(p, out, e);
}

bool partition_inject(const struct partition *p, struct draft *d, const struct scope *scope,
		      struct err *e)
{
	for (size_t i = 0; i < p->options; i++)
		if (!draft_inject(d, p->option[i].option, p->option[i].value, scope, e))
			return false;
	return true;
}
