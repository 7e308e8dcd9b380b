/* SPDX-License-Identifier: Apache-2.0 */
/* t_push.c - changes go to the vendor once, in order, or are shown as unknown. */
#include "pushed.h"

#include "tap.h"

static struct pushed p;

static bool at_vendor(const char *ref, const char *name)
{
	const struct person *who = pushed_find(&p, ref);

	return who && strcmp(who->name, name) == 0;
}

static const char *state_of(const char *watch)
{
	return world_text(&p.w, str_printf(p.w.arena,
					   "SELECT group_concat(state) FROM (SELECT state FROM "
					   "lockstep_outbox WHERE watch = '%s' ORDER BY id)",
					   watch)
					.at);
}

static void what_is_inserted_is_created(void)
{
	struct push_result r;

	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO shelves (ref, name) VALUES ('s1', 'upper')");
	pushed_sql(&p, "DELETE FROM lockstep_outbox");
	pushed_sql(&p, "INSERT INTO people (id, name, shelf) VALUES (1, 'Ada', 's1')");
	r = pushed_through(&p, "people", "1");
	OK(r.outcome == PUSH_CLEAR && r.done == 1 && r.requests == 1, "an insert is sent");
	OK(pushed_count(&p, "p1") == 1 && at_vendor("p1", "Ada"), "and created at the vendor");
	IS(pushed_find(&p, "p1")->shelf, "upper", "with what a row of another table says");
	IS(world_text(&p.w, "SELECT vendor_id FROM people"), "1", "its id is written back");
	IS(state_of("people"), "done", "which is no change to be sent");
	IS(world_text(&p.w, "SELECT after_row FROM lockstep_outbox"), "(null)",
	   "and the outbox keeps nothing of the record");
	pushed_sql(&p, "UPDATE people SET name = 'Ada L.'");
	pushed_through(&p, "people", "1");
	OK(at_vendor("p1", "Ada L."), "an update is sent");
	pushed_sql(&p, "DELETE FROM people");
	pushed_through(&p, "people", "1");
	OK(pushed_find(&p, "p1")->gone, "a delete is sent");
	pushed_close(&p);
}

static void changes_before_sending_are_one(void)
{
	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (1, 'a')");
	pushed_sql(&p, "UPDATE people SET name = 'b'");
	pushed_sql(&p, "UPDATE people SET name = 'c'");
	pushed_through(&p, "people", "1");
	OK(p.requests == 1 && at_vendor("p1", "c"), "three changes are one request");
	IS(state_of("people"), "done,cancelled,cancelled", "the others went with the first");
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (2, 'x')");
	pushed_sql(&p, "DELETE FROM people WHERE id = 2");
	OK(pushed_through(&p, "people", "2").requests == 0, "made and deleted is nothing");
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (3, 'x')");
	pushed_sql(&p, "UPDATE people SET active = 0 WHERE id = 3");
	OK(pushed_through(&p, "people", "3").requests == 0,
	   "nor is what no longer meets the conditions");
	pushed_close(&p);
}

static void a_refusal_fails_and_a_mend_heals(void)
{
	struct push_result r;

	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (1, 'bad')");
	p.status = 422;
	p.status_times = 1;
	r = pushed_through(&p, "people", "1");
	OK(r.outcome == PUSH_BLOCKED && p.requests == 1, "422 is not tried again");
	OK(strstr(world_text(&p.w, "SELECT problem FROM people"), "422") != NULL,
	   "the record says why");
	pushed_sql(&p, "UPDATE people SET name = 'good'");
	r = pushed_through(&p, "people", "1");
	OK(r.outcome == PUSH_CLEAR && at_vendor("p1", "good"),
	   "a later change is the insert that is still owed");
	IS(world_text(&p.w, "SELECT problem FROM people"), "(null)", "and clears the problem");
	pushed_close(&p);
}

static void a_lost_answer_is_looked_up(void)
{
	struct push_result r;

	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (1, 'a')");
	canned_fault(&p.w.wire, 1, FAULT_TRANSIENT, 0);
	pushed_through(&p, "people", "1");
	OK(pushed_count(&p, "p1") == 1 && p.requests == 2, "found: it is not sent again");
	IS(world_text(&p.w, "SELECT vendor_id FROM people"), "1",
	   "the lookup's id is written back");
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (2, 'b')");
	canned_fault(&p.w.wire, 3, FAULT_TRANSIENT, 0);
	p.deaf = true;
	pushed_sql(&p, "UPDATE people SET name = 'b2' WHERE id = 2");
	must(pushed_once(&p, "people", "2", &r, &oops));
	IS(state_of("people"), "done,unknown,cancelled", "until then it is unknown");
	OK(r.outcome == PUSH_WAIT && r.wait_ms >= 9000,
	   "what was sent gets time to arrive before it is looked for");
	p.deaf = false;
	pushed_through(&p, "people", "2");
	OK(pushed_count(&p, "p2") == 1, "not found: it is sent again");
	pushed_close(&p);
}

static void a_lookup_that_is_put_off_is_no_attempt(void)
{
	struct push_result r;

	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (1, 'a')");
	canned_fault(&p.w.wire, 1, FAULT_TRANSIENT, 0);
	must(pushed_once(&p, "people", "1", &r, &oops));
	IS(state_of("people"), "unknown", "its answer was lost");
	test_clock_pass(&p.w.clock, r.wait_ms + 1);
	canned_fault(&p.w.wire, 2, FAULT_LIMITED, 7200);
	must(pushed_once(&p, "people", "1", &r, &oops));
	OK(r.outcome == PUSH_WAIT && r.wait_ms > 7190000, "it waits for as long as it is asked");
	OK(world_int(&p.w, "SELECT attempts FROM lockstep_outbox") == 1, "uncounted");
	pushed_through(&p, "people", "1");
	OK(pushed_count(&p, "p1") == 1, "then it is found");
	pushed_close(&p);
}

static void without_a_lookup_a_person_decides(void)
{
	struct push_result r;
	int before;

	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO blind (id, name) VALUES (1, 'a')");
	canned_fault(&p.w.wire, 1, FAULT_TRANSIENT, 0);
	r = pushed_through(&p, "blind", "1");
	OK(r.outcome == PUSH_BLOCKED && pushed_count(&p, "b1") == 1, "it is unknown");
	IS(state_of("blind"), "unknown", "and shown as that");
	before = p.requests;
	pushed_sql(&p, "UPDATE blind SET name = 'b'");
	test_clock_pass(&p.w.clock, 86400000);
	r = pushed_through(&p, "blind", "1");
	OK(r.outcome == PUSH_BLOCKED && p.requests == before, "never repeated, never overtaken");
	pushed_close(&p);
}

static void a_key_makes_it_one(void)
{
	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO keyed (id, name) VALUES (1, 'a')");
	canned_fault(&p.w.wire, 1, FAULT_TRANSIENT, 0);
	canned_fault(&p.w.wire, 2, FAULT_STATUS, 503);
	pushed_through(&p, "keyed", "1");
	OK(p.requests == 3 && pushed_count(&p, "k1") == 1 && p.keyed == 1,
	   "the same key with every attempt");
	IS(state_of("keyed"), "done", "and it is done");
	pushed_sql(&p, "INSERT INTO keyed (id, name) VALUES (2, 'a')");
	pushed_through(&p, "keyed", "2");
	OK(pushed_count(&p, "k2") == 1 && p.keyed == 2, "another change has another key");
	pushed_close(&p);
}

static void what_was_in_doubt_goes_again_as_it_was(void)
{
	struct push_result r;

	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO keyed (id, name) VALUES (1, 'a')");
	canned_fault(&p.w.wire, 1, FAULT_TRANSIENT, 0);
	must(pushed_once(&p, "keyed", "1", &r, &oops));
	pushed_sql(&p, "UPDATE keyed SET name = 'b'");
	pushed_through(&p, "keyed", "1");
	OK(str_eq(p.w.wire.log[0].body, p.w.wire.log[1].body),
	   "a later change is not mixed into a request that may have been carried out");
	pushed_close(&p);
}

static void limits_wait_and_do_not_count(void)
{
	struct push_result r;

	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO blind (id, name) VALUES (1, 'a')");
	canned_fault(&p.w.wire, 1, FAULT_LIMITED, 30);
	p.deaf = true;
	must(pushed_once(&p, "blind", "1", &r, &oops));
	OK(r.outcome == PUSH_WAIT && r.wait_ms >= 30000, "Retry-After is honoured");
	OK(world_int(&p.w, "SELECT attempts FROM lockstep_outbox") == 0, "and is no attempt");
	p.deaf = false;
	pushed_through(&p, "blind", "1");
	IS(state_of("blind"), "done", "then it goes");
	pushed_close(&p);
}

/* The change that was made while the insert was under way did not know the vendor's id. */
static void changes_meanwhile_learn_the_id(void)
{
	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (1, 'a')");
	p.meanwhile = "UPDATE people SET name = 'b'";
	pushed_through(&p, "people", "1");
	OK(pushed_count(&p, "p1") == 1 && at_vendor("p1", "b"),
	   "an update during the insert is sent after it");
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (2, 'a')");
	p.meanwhile = "DELETE FROM people WHERE id = 2";
	pushed_through(&p, "people", "2");
	OK(pushed_find(&p, "p2")->gone, "a delete during the insert leaves nothing behind");
	pushed_sql(&p, "INSERT INTO people (id, name) VALUES (3, 'a')");
	p.meanwhile = "UPDATE people SET name = 'c', vendor_id = '1' WHERE id = 3";
	pushed_through(&p, "people", "3");
	OK(pushed_count(&p, "p3") == 1 && at_vendor("p1", "c"),
	   "but not over what the application said itself");
	pushed_close(&p);
}

static void a_sync_is_no_change_of_ours(void)
{
	pushed_open(&p, NULL);
	world_add_shelf(&p.w);
	OK(world_run_until_done(&p.w, MODE_FULL, 1) &&
		   world_int(&p.w, "SELECT count(*) FROM shelves") == 1,
	   "a sync fills a table that is watched");
	IS(state_of("racks"), "(null)", "which is not sent back");
	world_change(&p.w, &p.w.thing[0]);
	OK(world_run_until_done(&p.w, MODE_FULL, 1), "nor when it changes");
	IS(state_of("racks"), "(null)", "at the vendor");
	pushed_sql(&p, "UPDATE shelves SET name = 'ours'");
	IS(state_of("racks"), "pending", "what the application changes is");
	pushed_close(&p);
}

static void server_errors_are_doubt(void)
{
	pushed_open(&p, NULL);
	pushed_sql(&p, "INSERT INTO blind (id, name) VALUES (1, 'a')");
	p.status = 500;
	p.status_times = 1;
	p.acts = true;
	pushed_through(&p, "blind", "1");
	OK(p.requests == 1 && pushed_count(&p, "b1") == 1, "a 500 may have been carried out");
	IS(state_of("blind"), "unknown", "so it is unknown");
	pushed_close(&p);
}

int main(void)
{
	what_is_inserted_is_created();
	changes_before_sending_are_one();
	a_refusal_fails_and_a_mend_heals();
	a_lost_answer_is_looked_up();
	a_lookup_that_is_put_off_is_no_attempt();
	without_a_lookup_a_person_decides();
	a_key_makes_it_one();
	what_was_in_doubt_goes_again_as_it_was();
	limits_wait_and_do_not_count();
	changes_meanwhile_learn_the_id();
	a_sync_is_no_change_of_ours();
	server_errors_are_doubt();
	return tap_done();
}
