/* SPDX-License-Identifier: Apache-2.0 */
/* t_lookout.c - hints are few, none is lost, and what one process does others hear of. */
#include "api/identity.h"
#include "base/thread.h"
#include "service/lookout.h"
#include "store/beacon.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>

/* Who looks: counts what is told, and can wait for it. */
struct ear {
	struct mutex lock;
	struct condition told;
	int jobs, empty, others;
	unsigned roles;
};

static void publish(void *arg, const char *kind, struct str data, unsigned roles)
{
	struct ear *x = arg;

	mutex_lock(&x->lock);
	if (strcmp(kind, "job") == 0)
		x->jobs++;
	else
		x->others++;
	x->empty += str_eq(data, STR("{}"));
	x->roles |= roles;
	condition_broadcast(&x->told);
	mutex_unlock(&x->lock);
}

static size_t readers(void *arg)
{
	(void)arg; /* somebody always looks */
	return 1;
}

static bool wait_for(struct ear *x, const int *count, int at_least)
{
	int64_t until_ms = clock_steady_now() + 10000;
	bool there;

	mutex_lock(&x->lock);
	while (*count < at_least && clock_steady_now() < until_ms)
		condition_wait_for(&x->told, &x->lock, 100);
	there = *count >= at_least;
	mutex_unlock(&x->lock);
	return there;
}

static void prepare(struct str url)
{
	struct db_options o = { .create = true };
	struct err e;
	struct db *d;
	bool ok = db_open(url, &o, &d, &e) &&
		  db_exec(d, "CREATE TABLE lockstep_ticks (kind TEXT PRIMARY KEY, n INTEGER)", NULL,
			  0, NULL, &e);

	for (size_t i = 0; ok && i < BEACON_KINDS; i++) {
		struct value param = value_str(str_from(beacon_name((enum beacon_kind)i)));

		ok = db_exec(d, "INSERT INTO lockstep_ticks VALUES (?1, 0)", &param, 1, NULL, &e);
	}
	OK(ok, "a database");
	db_close(d);
}

static struct lookout *begin(struct str url, struct ear *x)
{
	struct lookout_options o = {
		.database = url, .publish = publish, .readers = readers, .arg = x
	};
	struct lookout *l = NULL;
	struct err e;

	mutex_init(&x->lock);
	condition_init(&x->told);
	OK(lookout_open(&o, &l, &e), "a lookout");
	return l;
}

static void end(struct lookout *l, struct ear *x)
{
	lookout_close(l);
	mutex_done(&x->lock);
	condition_done(&x->told);
}

static int64_t number(struct db *d, const char *sql)
{
	AUTO_ARENA *a = arena_new("number", (size_t)1 << 16);
	struct db_result r;
	struct err e;

	return db_query(d, a, sql, NULL, 0, &r, &e) ? db_cell(&r, 0, 0).i : -1;
}

/* The database refuses what is told, and counts how often it did. */
static void what_could_not_be_told_is_told_later(struct str url)
{
	static const char *const refusal[] = {
		"CREATE TABLE refused (n INTEGER)",
		"CREATE TRIGGER refuse BEFORE UPDATE ON lockstep_ticks BEGIN INSERT INTO refused "
		"VALUES (1); SELECT RAISE(FAIL, 'not now'); END",
	};
	struct ear one = { 0 }, two = { 0 };
	struct lookout *first, *second;
	int64_t until_ms = clock_steady_now() + 10000;
	struct db_options o = { 0 };
	struct db *d;
	struct err e;
	bool ok;

	ok = db_open(url, &o, &d, &e);
	for (size_t i = 0; ok && i < COUNT(refusal); i++)
		ok = db_exec(d, refusal[i], NULL, 0, NULL, &e);
	first = begin(url, &one);
	second = begin(url, &two);
	lookout_tell(first, "job", STR("{}"), ROLE_ADMIN);
	mutex_lock(&two.lock);
	while (number(d, "SELECT count(*) FROM refused") < 1 && clock_steady_now() < until_ms)
		condition_wait_for(&two.told, &two.lock, 50);
	mutex_unlock(&two.lock);
	OK(ok && number(d, "SELECT count(*) FROM refused") > 0, "what is told is refused");
	ok = db_exec(d, "DROP TRIGGER refuse", NULL, 0, NULL, &e);
	OK(ok && wait_for(&two, &two.jobs, 1), "and told when the database is there again");
	end(second, &two);
	end(first, &one);
	db_close(d);
}

int main(void)
{
	char folder[] = "/tmp/lockstep-lookout-XXXXXX", url[64];
	struct ear one = { 0 }, two = { 0 };
	struct lookout *first, *second;

	if (!mkdtemp(folder))
		return 1;
	snprintf(url, sizeof(url), "sqlite:%s/a.db", folder);
	prepare(str_from(url));
	first = begin(str_from(url), &one);
	second = begin(str_from(url), &two);
	/* The second has found its place when it hears of something for the first time. */
	for (int i = 0; i < 100 && two.others == 0; i++) {
		lookout_tell(first, "pti", STR("{}"), ROLE_ALL);
		if (wait_for(&two, &two.others, 1))
			break;
	}
	OK(two.others > 0, "another process hears");

	for (int i = 0; i < 1000; i++)
		lookout_tell(first, "job", STR("{\"id\":\"1\"}"), ROLE_ADMIN);
	OK(wait_for(&one, &one.jobs, LOOKOUT_A_SECOND + 1), "what was held back is told as well");
	mutex_lock(&one.lock);
	OK(one.jobs < 20, "of a thousand hints %d were told", one.jobs);
	OK(one.empty > 0, "those that stand for many say nothing of one");
	mutex_unlock(&one.lock);
	OK(wait_for(&two, &two.jobs, 1), "the other process hears of jobs");
	OK((two.roles & ROLE_VIEWER) != 0, "and lets viewers know");
	lookout_tell(first, "unheard", STR("{}"), ROLE_ADMIN);
	OK(wait_for(&one, &one.others, 2), "kinds of which others need not hear are told here");
	end(second, &two);
	end(first, &one);
	what_could_not_be_told_is_told_later(str_from(url));
	return tap_done();
}
