/* SPDX-License-Identifier: Apache-2.0 */
/* t_push_order.c - a change that becomes a job of a task. */
#include "pushed.h"

#include "tap.h"

static struct pushed p;
static bool queue_fails;

/* A queue of which only the orders are of interest. */
static bool take_order(void *arg, struct db *d, const struct job_order *o, struct err *e)
{
	struct value param[] = { value_str(o->task), value_str(o->args), value_str(o->key),
				 value_str(o->lane), value_str(o->trigger) };

	(void)arg;
	if (queue_fails)
		return err_set(e, ERR_STORE, "no more jobs");
	return db_exec(d,
		       "INSERT INTO orders (task, args, key, lane, origin) VALUES "
		       "(?1, ?2, ?3, ?4, ?5)",
		       param, COUNT(param), NULL, e);
}

static void given(void)
{
	queue_fails = false;
	pushed_open(&p, NULL);
	pushed_sql(&p, "CREATE TABLE orders (id INTEGER PRIMARY KEY, task, args, key, lane,"
		       " origin)");
	p.w.engine.order = take_order;
}

static const char *orders(void)
{
	return world_text(&p.w, "SELECT group_concat(task || args || '|' || key || '|' || lane,"
				" ' ') FROM (SELECT * FROM orders ORDER BY id)");
}

static const char *states(void)
{
	return world_text(&p.w, "SELECT group_concat(state) FROM (SELECT state FROM"
				" lockstep_outbox ORDER BY id)");
}

static void a_change_calls_for_a_job(void)
{
	struct push_result r;

	given();
	pushed_sql(&p, "INSERT INTO members (id, team, who) VALUES (1, 'a', 'x')");
	r = pushed_through(&p, "members", "1");
	OK(r.outcome == PUSH_CLEAR && r.done == 1 && r.requests == 0 && p.requests == 0,
	   "without a request");
	IS(orders(), "mend{\"team\":\"a\"}|mend a|lane a", "with its arguments, key and lane");
	IS(states(), "done", "and the change is over");
	IS(world_text(&p.w, "SELECT action FROM lockstep_outbox"), "mend",
	   "the outbox says by what");
	pushed_close(&p);
}

static void a_move_concerns_two(void)
{
	given();
	pushed_sql(&p, "INSERT INTO members (id, team, who) VALUES (1, 'a', 'x')");
	pushed_through(&p, "members", "1");
	pushed_sql(&p, "DELETE FROM orders");
	pushed_sql(&p, "UPDATE members SET team = 'b'");
	pushed_through(&p, "members", "1");
	IS(orders(), "mend{\"team\":\"b\"}|mend b| mend{\"team\":\"a\"}|mend a|", "both teams");
	pushed_sql(&p, "DELETE FROM orders");
	pushed_sql(&p, "UPDATE members SET who = 'y'");
	pushed_through(&p, "members", "1");
	IS(orders(), "mend{\"team\":\"b\"}|mend b|", "what stays where it is concerns one");
	pushed_sql(&p, "DELETE FROM orders");
	pushed_close(&p);
}

/* A job of any of these teams may have run in between, and seen the member there. */
static void no_change_goes_with_another(void)
{
	given();
	pushed_sql(&p, "INSERT INTO members (id, team, who) VALUES (1, 'a', 'x')");
	pushed_sql(&p, "UPDATE members SET team = 'b'");
	pushed_sql(&p, "UPDATE members SET team = 'c'");
	pushed_through(&p, "members", "1");
	IS(world_text(&p.w,
		      "SELECT group_concat(key, ', ') FROM (SELECT * FROM orders ORDER BY id)"),
	   "mend a, mend b, mend a, mend c, mend b", "every team where it was is told");
	IS(states(), "done,done,done", "by the change that names it");
	pushed_sql(&p, "DELETE FROM orders");
	pushed_sql(&p, "UPDATE members SET team = 'd', note = 'n'");
	pushed_sql(&p, "DELETE FROM members");
	pushed_through(&p, "members", "1");
	IS(world_text(&p.w,
		      "SELECT group_concat(args, ' ') FROM (SELECT * FROM orders ORDER BY id)"),
	   "{\"team\":\"d\"} {\"team\":\"c\"} {\"team\":\"d\",\"note\":\"n\"}",
	   "and the one that it left for good");
	pushed_sql(&p, "DELETE FROM orders");
	pushed_sql(&p, "INSERT INTO members (id, team, who) VALUES (2, 'e', 'x')");
	pushed_sql(&p, "DELETE FROM members");
	pushed_through(&p, "members", "2");
	IS(world_text(&p.w, "SELECT group_concat(key, ', ') FROM orders"),
	   "mend e, mend:{\"team\":\"e\",\"note\":null}",
	   "who came and went may have been seen too");
	pushed_close(&p);
}

static void one_that_cannot_say_is_passed(void)
{
	struct push_result r;

	given();
	pushed_sql(&p, "INSERT INTO members (id, team, who) VALUES (1, 'a', 'x')");
	pushed_sql(&p, "UPDATE lockstep_outbox SET state = 'failed', last_error = 'why'");
	r = pushed_through(&p, "members", "1");
	OK(r.outcome == PUSH_BLOCKED, "alone it waits for a person");
	pushed_sql(&p, "UPDATE members SET team = 'b'");
	r = pushed_through(&p, "members", "1");
	OK(r.outcome == PUSH_CLEAR && r.done == 1, "a later change goes");
	IS(states(), "cancelled,done", "in its place");
	pushed_close(&p);
}

static void a_delete_tells_what_was(void)
{
	given();
	pushed_sql(&p, "INSERT INTO members (id, team, who, note) VALUES (1, 'a', 'x', 'n')");
	pushed_through(&p, "members", "1");
	pushed_sql(&p, "DELETE FROM orders");
	pushed_sql(&p, "DELETE FROM members");
	pushed_through(&p, "members", "1");
	IS(orders(), "mend{\"team\":\"a\",\"note\":\"n\"}|mend:{\"team\":\"a\",\"note\":\"n\"}|",
	   "by default the arguments are the key");
	pushed_close(&p);
}

static void a_condition_may_say_no(void)
{
	given();
	pushed_sql(&p, "INSERT INTO members (id, team, who) VALUES (1, 'a', 'nobody')");
	pushed_through(&p, "members", "1");
	IS(orders(), "(null)", "no job");
	IS(states(), "cancelled", "and the change is over");
	pushed_close(&p);
}

static void change_and_job_stand_or_fall_together(void)
{
	struct push_result r;
	struct err e;

	given();
	pushed_sql(&p, "INSERT INTO members (id, team, who) VALUES (1, 'a', 'x')");
	queue_fails = true;
	OK(!pushed_once(&p, "members", "1", &r, &e) && e.kind == ERR_STORE, "no job, no success");
	IS(states(), "pending", "the change waits");
	queue_fails = false;
	pushed_through(&p, "members", "1");
	IS(orders(), "mend{\"team\":\"a\"}|mend a|lane a", "for its job");
	pushed_sql(&p, "UPDATE members SET team = 'b'");
	p.w.engine.order = NULL;
	OK(!pushed_once(&p, "members", "1", &r, &e) && e.kind == ERR_CONFIG,
	   "where there is no queue it says so");
	IS(states(), "done,pending", "and waits too");
	pushed_close(&p);
}

int main(void)
{
	a_change_calls_for_a_job();
	a_move_concerns_two();
	no_change_goes_with_another();
	one_that_cannot_say_is_passed();
	a_delete_tells_what_was();
	a_condition_may_say_no();
	change_and_job_stand_or_fall_together();
	return tap_done();
}
