/* SPDX-License-Identifier: Apache-2.0 */
/* t_alert.c - the rules of alerts, and when one is said again. */
#include "base/buf.h"
#include "service/alert.h"
#include "tap.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define NOW_MS ((int64_t)1800000000000)

static struct arena *a;
static const struct alert_limits limits = { 3, HOUR_MS, 80, 5, 95 };

/* The fingerprints and measures, "print=n print=n". */
static const char *found(const struct health *h)
{
	struct alert *al;
	struct buf b;
	size_t n;

	alert_judge(a, h, &limits, &al, &n);
	buf_in(&b, a, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s=%lld", i ? " " : "", STR_ARG(al[i].fingerprint),
			   (long long)al[i].n);
	return buf_str(&b).at;
}

static void failures_are_told_from_the_third_on(void)
{
	struct task_health t[] = { { STR("task:a"), 2, false },
				   { STR("connection:pp"), 3, false },
				   { STR("task:b"), 1, true } };
	struct health h = { .task = t, .tasks = COUNT(t) };

	IS(found(&h), "repeated_failures:connection:pp=3 attention:task:b=1", "failures");
}

static void a_sync_is_stuck_after_an_hour_without_progress(void)
{
	struct sync_health s[] = { { STR("pp"), HOUR_MS - 1 }, { STR("ctf"), HOUR_MS } };
	struct health h = { .sync = s, .syncs = COUNT(s) };

	IS(found(&h), "sync_stuck:connection:ctf=3600000", "stuck");
}

static void of_two_policies_the_fuller_one_counts(void)
{
	struct budget_health b[] = { { STR("pp"), 240, 300 }, /* 80 % is allowed */
				     { STR("ctf"), 82, 100 },
				     { STR("ctf"), 95, 100 },
				     { STR("free"), 10, 0 } };
	struct health h = { .budget = b, .budgets = COUNT(b) };

	IS(found(&h), "budget_use:connection:ctf=95", "budget");
	b[0].used = 241;
	IS(found(&h), "budget_use:connection:pp=80 budget_use:connection:ctf=95",
	   "a part of a percent is enough");
}

static void rates_need_enough_to_go_by(void)
{
	struct run_health r[] = { { STR("few"), ALERT_RUNS_MIN - 1, 0, 99, 99 },
				  { STR("good"), 100, 95, 1000, 50 },
				  { STR("bad"), 100, 94, 1000, 51 } };
	struct health h = { .run = r, .runs = COUNT(r) };

	IS(found(&h), "error_rate:connection:bad=5 success_rate:connection:bad=94", "rates");
}

static void a_tier_that_breaks_its_promise_is_told(void)
{
	struct freshness_health f[] = { { STR("ctf"), STR("odl"), STR("high"), 2, 60, 30 },
					{ STR("ctf"), STR("odl"), STR("low"), 0, 60, 480 } };
	struct health h = { .freshness = f, .freshnesses = COUNT(f) };

	IS(found(&h), "freshness:rotation:ctf/odl/high=60", "freshness");
}

static void nothing_is_told_of_nothing(void)
{
	struct health h = { .tasks = 0 };

	IS(found(&h), "", "all is well");
}

/* ---- saying it ---- */

static const char *const act_word[] = { "raise", "remind", "hold", "clear" };

static const char *decided(const struct alert *now, size_t n, const struct alert_memory *m,
			   size_t memories)
{
	struct alert_step *s;
	struct buf b;
	size_t steps;

	alert_decide(a, &(struct alert_news){ now, n, m, memories }, NOW_MS, &s, &steps);
	buf_in(&b, a, 65536);
	for (size_t i = 0; i < steps; i++)
		buf_printf(&b, "%s%s%s %.*s", i ? ", " : "", act_word[s[i].act],
			   s[i].quiet ? " quietly" : "", STR_ARG(s[i].alert.fingerprint));
	return buf_str(&b).at;
}

static struct alert alert(const char *print)
{
	return (struct alert){ ALERT_STUCK, STR("x"), str_from(print), 1, 1 };
}

static struct alert_memory memory(const char *print, int64_t raised_ago, int64_t told_ago,
				  bool open)
{
	return (struct alert_memory){ .fingerprint = str_from(print),
				      .subject = STR("x"),
				      .raised_ms = NOW_MS - raised_ago,
				      .told_ms = told_ago < 0 ? 0 : NOW_MS - told_ago,
				      .open = open };
}

static void one_trouble_is_told_once_an_hour(void)
{
	struct alert now[] = { alert("f") };
	struct alert_memory m = memory("f", 30 * 60000, 30 * 60000, true);

	IS(decided(now, 1, NULL, 0), "raise f", "the first time");
	IS(decided(now, 1, &m, 1), "hold f", "half an hour later");
	m = memory("f", HOUR_MS, HOUR_MS, true);
	IS(decided(now, 1, &m, 1), "remind f", "an hour later");
}

static void what_is_over_is_told_once(void)
{
	struct alert now[] = { alert("f") };
	struct alert_memory m = memory("f", 60000, 60000, true);

	IS(decided(NULL, 0, &m, 1), "clear f", "it is over");
	m.open = false;
	IS(decided(NULL, 0, &m, 1), "", "it stays over");
	IS(decided(now, 1, &m, 1), "hold f", "it flaps within the hour");
	m = memory("f", 3 * HOUR_MS, 2 * HOUR_MS, false);
	IS(decided(now, 1, &m, 1), "raise f", "it comes back much later");
	m = memory("f", 60000, -1, true);
	IS(decided(NULL, 0, &m, 1), "clear quietly f", "nobody was told that it was there");
	m = memory("f", 60000, 2 * HOUR_MS, true);
	IS(decided(NULL, 0, &m, 1), "clear quietly f", "nor that it had come back");
}

static void a_flood_is_cut(void)
{
	struct alert now[ALERT_TOLD_MAX + 5];
	struct alert_memory m[2] = { memory("old", 60000, 60000, false),
				     memory("older", 2 * HOUR_MS, 2 * HOUR_MS, false) };
	struct alert_step *s;
	size_t steps, told = 0;

	for (size_t i = 0; i < COUNT(now); i++)
		now[i] = alert(str_printf(a, "f%zu", i).at);
	alert_decide(a, &(struct alert_news){ now, COUNT(now), m, 2 }, NOW_MS, &s, &steps);
	for (size_t i = 0; i < steps; i++)
		told += s[i].act == ALERT_RAISE;
	OK(told == ALERT_TOLD_MAX - 1, "one was told in this hour already, %zu more are", told);
	OK(steps == COUNT(now) && s[steps - 1].act == ALERT_HOLD, "the rest is remembered");
}

static void every_code_has_its_sentence(void)
{
	for (int i = 0; i < ALERT_CODES; i++) {
		struct alert al = { (enum alert_code)i, STR("connection:pp"), STR("f"), 7, 5 };
		struct str text = alert_text(a, &al);

		OK(str_find(text, STR("connection:pp")) >= 0, "%.*s", STR_ARG(text));
	}
}

int main(void)
{
	a = arena_new("test", (size_t)16 * 1024 * 1024);
	failures_are_told_from_the_third_on();
	a_sync_is_stuck_after_an_hour_without_progress();
	of_two_policies_the_fuller_one_counts();
	rates_need_enough_to_go_by();
	a_tier_that_breaks_its_promise_is_told();
	nothing_is_told_of_nothing();
	one_trouble_is_told_once_an_hour();
	what_is_over_is_told_once();
	a_flood_is_cut();
	every_code_has_its_sentence();
	arena_free(a);
	return tap_done();
}
