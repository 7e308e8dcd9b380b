/* SPDX-License-Identifier: Apache-2.0 */
/* t_mapping.c - from a record to a row: casts, maps, whose word counts, references. */
#include "flow/mapping.h"

#include "data/json.h"
#include "tap.h"
#include "world.h"

static struct world w;
static struct mapping *m;
static struct mapped row;
static bool wanted;
static struct value record;

static const char *json(struct value v)
{
	struct buf b;

	if (v.kind == VALUE_TIME)
		return moment_text(w.arena, v.us).at;
	buf_in(&b, w.arena, 65536);
	must(json_write(&b, v, &oops));
	return buf_str(&b).at;
}

static size_t column_of(const char *name)
{
	for (size_t i = 0; i < m->table.columns; i++)
		if (str_eq(m->table.column[i].name, str_from(name)))
			return i;
	assert(!"column");
	return 0;
}

static const char *cell(const char *column)
{
	return json(row.cell[column_of(column)]);
}

static bool kept(const char *column)
{
	return row.row.keep >> column_of(column) & 1;
}

static struct scope scope_here(void)
{
	return (struct scope){ .arena = w.arena, .clock = &w.clock.clock };
}

static void map(const char *text)
{
	struct scope scope = scope_here();

	must(json_parse(w.arena, str_from(text), &record, NULL, &oops));
	mapping_apply(m, w.arena, &scope, record, str_from(text), &row, &wanted);
}

/* What is stored is what the record before would have made, but for the cells that are set. */
static const struct value *stored_as(const char *before, const char *column, const char *value)
{
	struct value *stored;
	struct scope scope = scope_here();

	map(before);
	mapping_settle(m, w.arena, &scope, record, NULL, &row);
	stored = arena_new_array(w.arena, struct value, m->table.columns);
	memcpy(stored, row.cell, m->table.columns * sizeof(*stored));
	if (column)
		stored[column_of(column)] = value_str(str_from(value));
	return stored;
}

static void settle(const char *text, const struct value *stored)
{
	struct scope scope = scope_here();

	map(text);
	mapping_settle(m, w.arena, &scope, record, stored, &row);
}

static const char *why(void)
{
	return row.rejected
		       ? str_printf(w.arena, "%.*s: %.*s", STR_ARG(row.column), STR_ARG(row.code))
				 .at
		       : "accepted";
}

#define REC(more) "{\"id\":1,\"strict\":\"a\"" more "}"

static void given(void)
{
	world_open(&w, "mapping", NULL);
	must(mapping_open(w.arena, w.connection, &w.connection->table[0], &m, &oops));
}

static void cells_are_cast_to_their_columns(void)
{
	given();
	map(REC(",\"amount\":12.50,\"due\":\"2026-03-01T05:00:00Z\",\"name\":\"x\""));
	IS(why(), "accepted", "a good record");
	IS(json(value_str(row.key)), "\"1\"", "the key is text");
	IS(cell("amount"), "\"12.50\"", "money keeps its digits");
	IS(cell("due"), "\"2026-02-28\"", "a day is the firm's day");
	IS(str_keep(w.arena, row.record).at,
	   cell("raw")[0] ? str_keep(w.arena, row.cell[m->raw].s).at : "", "raw is the record");
	IS(cell("seen_at"), "2026-03-01T12:00:00Z", "the stamp is now");
	map(REC(",\"amount\":\"many\""));
	IS(why(), "amount: type", "what cannot be cast is refused");
	map(REC(",\"due\":\"soon\""));
	IS(why(), "due: type", "a day that is none too");
	map("{\"id\":null,\"strict\":\"a\"}");
	IS(why(), "ref: required", "a record without a key");
	map(REC(",\"hidden\":true"));
	OK(!wanted, "one that the plan leaves out");
	world_close(&w);
}

static void values_are_mapped_and_new_rows_may_differ_from_old(void)
{
	const struct value *was;

	given();
	settle(REC(",\"status\":\"NOT_started\""), NULL);
	IS(cell("status"), "\"NEW\"", "case and signs do not count");
	settle(REC(",\"status\":\"done\""), NULL);
	IS(cell("status"), "\"DONE\"", "a new row");
	was = stored_as(REC(",\"status\":\"not started\""), NULL, NULL);
	settle(REC(",\"status\":\"done\""), was);
	OK(kept("status"), "an old row keeps what it has");
	settle(REC(",\"status\":\"spam\""), was);
	IS(why(), "status: unknown_value", "one that is refused");
	settle(REC(",\"status\":\"what\""), NULL);
	IS(cell("status"), "null", "a new row has nothing to keep");
	settle(REC(",\"status\":\"what\""), was);
	OK(kept("status") && m->unknown[column_of("status")] == 2, "unknown values are counted");
	settle(REC(""), NULL);
	IS(cell("status"), "\"NEW\"", "no value, new row");
	settle(REC(""), was);
	OK(kept("status"), "no value, old row");
	settle("{\"id\":1,\"strict\":\"b\"}", NULL);
	IS(why(), "strict: unknown_value", "a map without a word on it refuses");
	world_close(&w);
}

static void a_persons_word_stays(void)
{
	const struct value *was;

	given();
	was = stored_as(REC(",\"name\":\"vendor's\""), "careful", "a person's");
	settle(REC(",\"name\":\"vendor's\""), was);
	OK(kept("careful"), "as long as the vendor's did not change");
	settle(REC(",\"name\":\"new\""), was);
	OK(!kept("careful"), "then the vendor's counts again");
	IS(cell("careful"), "\"new\"", "and is written");
	OK(mapping_changes(m, &row, was) & (uint64_t)1 << column_of("careful"), "as a change");
	OK(!(mapping_changes(m, &row, was) & (uint64_t)1 << column_of("mine")),
	   "a column that is a person's from the start is never one");
	was = stored_as(REC(",\"level\":\"LOW\""), "level", "HIGH");
	settle(REC(",\"level\":\"LOW\""), was);
	OK(kept("level"), "LOW never replaces HIGH");
	settle(REC(",\"level\":\"MIDDLE\""), was);
	OK(!kept("level"), "MIDDLE may");
	was = stored_as(REC(",\"level\":\"OTHER\""), NULL, NULL);
	settle(REC(",\"level\":\"LOW\""), was);
	OK(!kept("level"), "LOW replaces others");
	world_close(&w);
}

static void a_row_that_was_there_before_us_keeps_what_it_has(void)
{
	struct value *was;

	given();
	was = arena_new_array(w.arena, struct value, m->table.columns);
	memcpy(was, stored_as(REC(",\"name\":\"x\""), "careful", "a person's"),
	       m->table.columns * sizeof(*was));
	was[m->raw] = NULL_VALUE;
	settle(REC(",\"name\":\"x\""), was);
	OK(kept("careful"), "what stands there stays");
	was[column_of("careful")] = NULL_VALUE;
	settle(REC(",\"name\":\"x\""), was);
	OK(!kept("careful"), "what is empty is filled");
	world_close(&w);
}

static void an_unchanged_row_has_no_changes(void)
{
	const struct value *was;

	given();
	was = stored_as(REC(",\"status\":\"done\",\"amount\":1.0,\"name\":\"x\""), NULL, NULL);
	test_clock_pass(&w.clock, 1000);
	settle(REC(",\"status\":\"done\",\"amount\":1.0,\"name\":\"x\""), was);
	OK(mapping_changes(m, &row, was) == 0, "a new stamp is none");
	OK(mapping_changes(m, &row, NULL) != 0, "a new row is one");
	world_close(&w);
}

/* ---- references, as a whole run fills them ---- */

static struct run_result run(void)
{
	struct run_result r = { 0 };

	must(world_run(&w, MODE_INCREMENTAL, &r, &oops));
	return r;
}

static void a_column_follows_its_parent(void)
{
	world_open(&w, "following", NULL);
	world_fill(&w, 2, 6);
	run();
	IS(world_text(&w, "SELECT label FROM things WHERE ref = '3'"), "Thing 1, version 1",
	   "taken from the parent");
	IS(world_text(&w, "SELECT name FROM things WHERE ref = '3'"), "Thing 3, version 1",
	   "a value of its own comes before the reference");
	test_clock_pass(&w.clock, 600000);
	world_change(&w, &w.thing[0]);
	run();
	IS(world_text(&w, "SELECT label FROM things WHERE ref = '3'"), "Thing 1, version 2",
	   "the parent changed, the child's record did not");
	IS(world_text(&w, "SELECT label FROM things WHERE ref = '4'"), "Thing 2, version 1",
	   "others did not");
	world_close(&w);
}

static void a_missing_parent_is_waited_for_or_refused(void)
{
	struct run_result r;

	world_open(&w, "following", NULL);
	world_fill(&w, 1, 3);
	w.thing[2].on = 5;
	r = run();
	OK(r.waiting == 1 && r.counts.failed == 1, "one waits, one is refused");
	IS(world_text(&w, "SELECT code FROM lockstep_quarantine"), "missing_reference", "why");
	world_add(&w, 0);
	test_clock_pass(&w.clock, 600000);
	world_add_shelf(&w)->id = 5;
	w.thing[4].id = 50;
	w.thing[5].id = 5;
	r = run();
	OK(r.waiting == 0, "the parent came");
	IS(world_text(&w, "SELECT label FROM things WHERE ref = '3'"), "Thing 5, version 1",
	   "the child knows it, though its record was not read again");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_quarantine") == 0 &&
		   world_int(&w, "SELECT count(*) FROM strict") == 4,
	   "and so does what was refused");
	world_close(&w);
}

int main(void)
{
	cells_are_cast_to_their_columns();
	values_are_mapped_and_new_rows_may_differ_from_old();
	a_persons_word_stays();
	a_row_that_was_there_before_us_keeps_what_it_has();
	an_unchanged_row_has_no_changes();
	a_column_follows_its_parent();
	a_missing_parent_is_waited_for_or_refused();
	return tap_done();
}
