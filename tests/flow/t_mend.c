/* SPDX-License-Identifier: Apache-2.0 */
/* t_mend.c - one record out of quarantine: by the vendor, by a person, or not at all. */
#include "world.h"

#include "data/json.h"
#include "flow/mend.h"
#include "store/quarantine.h"
#include "tap.h"

static struct world w;

/* A thing whose amount is no number is in quarantine. */
static struct quarantine_item spoilt(const char *plan)
{
	struct quarantine_item q = { 0 };
	struct run_result r;
	bool found = false;

	world_open(&w, plan, NULL);
	world_fill(&w, 1, 6);
	snprintf(w.thing[4].amount, sizeof(w.thing[4].amount), "\"many\"");
	must(world_run(&w, MODE_FULL, &r, &oops));
	OK(r.counts.failed == 1, "one is refused");
	must(quarantine_get(w.real, w.arena, w.connection->name, STR("things"),
			    str_from(world_text(&w, "SELECT record_key FROM lockstep_quarantine")),
			    &q, &found, &oops));
	OK(found, "and waits");
	return q;
}

static int64_t noted;

static bool note(void *arg, enum mend_outcome o, struct err *e)
{
	(void)arg;
	(void)e;
	noted = noted * 10 + (int64_t)o + 1;
	return true;
}

static struct mend_result mended(const struct quarantine_item *q, const char *record)
{
	struct mend_options o = { .record = str_from(record), .also = note };
	struct mend_result r = { 0 };
	struct mender *m;

	must(mender_open(&w.engine, w.connection, w.arena, &m, &oops));
	must(mend(m, q, &o, w.arena, &r, &oops));
	mender_close(m);
	return r;
}

static int64_t waiting(void)
{
	return world_int(&w, "SELECT count(*) FROM lockstep_quarantine");
}

static void the_vendor_is_asked_for_the_one_record(void)
{
	struct quarantine_item q = spoilt("single");
	struct mend_result r;
	size_t asked;

	OK(mend_can_ask(w.connection, &q), "it can be asked for alone");
	r = mended(&q, "");
	OK(r.outcome == MEND_REFUSED && r.source == MEND_VENDOR && waiting() == 1,
	   "as the vendor has it, it is refused");
	OK(r.refusals == 1 && str_eq(r.refusal[0].column, STR("amount")) &&
		   str_eq(r.refusal[0].pointer, STR("/amount")),
	   "because of that member");
	OK(world_int(&w, "SELECT tries FROM lockstep_quarantine") == 2, "that was a try");
	snprintf(w.thing[4].amount, sizeof(w.thing[4].amount), "12.5");
	world_change(&w, &w.thing[4]);
	asked = w.wire.logged;
	noted = 0;
	r = mended(&q, "");
	OK(r.outcome == MEND_CREATED && waiting() == 0, "mended there, it is a row");
	OK(w.wire.logged == asked + 1, "for one request");
	OK(noted == MEND_CREATED + 1, "what belongs to it was done once");
	OK(world_differences(&w, INT64_MAX) == 0, "all as the vendor has it");
	world_close(&w);
}

static void a_person_corrects_it(void)
{
	struct quarantine_item q = spoilt("tiny");
	struct mend_result r;

	noted = 0;
	r = mended(&q, "{\"id\":\"6\",\"name\":\"x\",\"amount\":\"still many\",\"updated_at\":7}");
	OK(r.outcome == MEND_REFUSED && r.source == MEND_GIVEN && r.refusals >= 2,
	   "every complaint at once");
	OK(world_int(&w, "SELECT tries FROM lockstep_quarantine") == 1 && noted == 0 &&
		   world_int(&w, "SELECT count(*) FROM things") == 5,
	   "and nothing of it is kept");
	r = mended(&q,
		   str_printf(w.arena,
			      "{\"id\":\"%.*s\",\"name\":\"x\",\"amount\":3.5,\"shelf\":{\"id\":"
			      "\"1\"},\"updated_at\":\"2026-11-21T10:00:00Z\"}",
			      STR_ARG(q.key))
			   .at);
	OK(r.outcome == MEND_CREATED && str_eq(r.key, q.key) && waiting() == 0, "corrected");
	OK(world_int(&w,
		     "SELECT count(*) FROM things WHERE amount = 3.5 AND shelf_id IS NOT NULL") ==
		   1,
	   "a row, with its shelf");
	world_close(&w);
}

static void another_key_takes_the_item_out_all_the_same(void)
{
	struct quarantine_item q = spoilt("tiny");

	OK(mended(&q, "{\"id\":\"99\",\"name\":\"x\",\"amount\":1,\"shelf\":{\"id\":\"1\"},"
		      "\"updated_at\":\"2026-11-21T10:00:00Z\"}")
				   .outcome == MEND_CREATED &&
		   waiting() == 0,
	   "the old key does not wait for ever");
	world_close(&w);
}

/* A whole thing of that key and amount. */
static const char *thing_of(struct str key, int amount)
{
	return str_printf(w.arena,
			  "{\"id\":\"%.*s\",\"name\":\"x\",\"amount\":%d,\"shelf\":{\"id\":\"1\"},"
			  "\"updated_at\":\"2026-11-21T10:00:00Z\"}",
			  STR_ARG(key), amount)
		.at;
}

static void what_somebody_else_stored_meanwhile_is_kept(void)
{
	struct quarantine_item q = spoilt("tiny");
	struct mend_options o = { .record = str_from(thing_of(q.key, 1)) };
	struct mend_result r;
	struct mender *m;
	struct err e = { 0 };

	r = mended(&q, thing_of(q.key, 2));
	OK(r.outcome == MEND_CREATED, "one person mends it");
	must(mender_open(&w.engine, w.connection, w.arena, &m, &oops));
	OK(!mend(m, &q, &o, w.arena, &r, &e) && e.kind == ERR_MISSING,
	   "another, who still looks at it, is told");
	mender_close(m);
	OK(world_int(&w, "SELECT count(*) FROM things WHERE amount = 2") == 1,
	   "and overwrites nothing");
	world_close(&w);
}

static void nobody_else_writes_meanwhile(void)
{
	struct quarantine_item q = spoilt("tiny");
	struct mender *m, *other;
	struct err e = { 0 };

	must(mender_open(&w.engine, w.connection, w.arena, &m, &oops));
	OK(!mender_open(&w.engine, w.connection, w.arena, &other, &e) && e.kind == ERR_BUSY,
	   "one at a time");
	must(db_exec(w.real, "UPDATE lockstep_leases SET token = token + 1", NULL, 0, NULL, &oops));
	{
		struct mend_options o = { .record = STR("{\"id\":\"6\",\"amount\":1}") };
		struct mend_result r;

		OK(!mend(m, &q, &o, w.arena, &r, &e) && e.kind == ERR_FENCED,
		   "a lease that was taken over writes nothing");
	}
	OK(waiting() == 1, "it still waits");
	world_close(&w);
}

static void what_is_wrong_is_known_before_anything_is_tried(void)
{
	struct quarantine_item q = spoilt("tiny");
	struct refusal *list;
	struct str plain;
	struct value record;
	size_t n;

	must(seal_read(w.seal, w.arena, STR("quarantine"), q.sealed, &plain, &oops));
	must(json_parse(w.arena, plain, &record, NULL, &oops));
	must(mend_look(&w.engine, w.connection, &q, record, w.arena, &list, &n, &oops));
	OK(n == 1 && str_eq(list[0].code, STR("type")), "one complaint");
	q.column = STR("name");
	q.code = STR("unique");
	must(mend_look(&w.engine, w.connection, &q, record, w.arena, &list, &n, &oops));
	OK(n == 2 && str_eq(list[1].pointer, STR("/name")), "and what the database said");
	world_close(&w);
}

int main(void)
{
	the_vendor_is_asked_for_the_one_record();
	a_person_corrects_it();
	another_key_takes_the_item_out_all_the_same();
	what_somebody_else_stored_meanwhile_is_kept();
	nobody_else_writes_meanwhile();
	what_is_wrong_is_known_before_anything_is_tried();
	return tap_done();
}
