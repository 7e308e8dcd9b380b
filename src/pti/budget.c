/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget.c - credits by the month: granted before a request, settled after its answer.
 *
 * A grant is one UPDATE with its condition in the WHERE, so no lock of ours is needed.  Grants are
 * kept in two half hours, this one and the one before: what is older belonged to a process that
 * died, and no longer counts.  One grant is like another, so settling takes from the younger half
 * hour first.
 */
#include "pti/budget.h"

#include "data/moment.h"
#include "pti/setting.h"

#include <stdio.h>

#define HALF_HOUR_MS INT64_C(1800000)
#define CREDITS_DEFAULT 500
#define RESERVE_PERCENT_DEFAULT 20

const char budget_table_sql[] =
	"CREATE TABLE IF NOT EXISTS lockstep_pti_spend ("
	"month text NOT NULL, source text NOT NULL, credits bigint NOT NULL DEFAULT 0, "
	"requests bigint NOT NULL DEFAULT 0, reserved bigint NOT NULL DEFAULT 0, "
	"reserved_before bigint NOT NULL DEFAULT 0, half_hour bigint NOT NULL DEFAULT 0, "
	"PRIMARY KEY (month, source))";

/* Grants that still count at half hour ?3. */
#define LIVE                                                                         \
	"CASE WHEN half_hour >= CAST(?3 AS bigint) THEN reserved + reserved_before " \
	"WHEN half_hour = CAST(?3 AS bigint) - 1 THEN reserved ELSE 0 END"

/* ?1 month, ?2 source, ?3 the half hour. */
struct ledger_place {
	char month[sizeof("2026-01")];
	struct value param[3];
};

static void place_at(const struct connection *c, int64_t now_ms, struct ledger_place *out)
{
	struct civil t = civil_from_us(now_ms * 1000);

	snprintf(out->month, sizeof(out->month), "%04u-%02u", (unsigned)t.year % 10000,
		 (unsigned)t.month % 100);
	out->param[0] = value_str(str_from(out->month));
	out->param[1] = value_str(c->name);
	out->param[2] = value_int(now_ms / HALF_HOUR_MS);
}

static int64_t limit_of(const struct connection *c)
{
	return setting_number(c, "credits_per_month", CREDITS_DEFAULT);
}

static int64_t reserve_of(const struct connection *c)
{
	int64_t percent = setting_number(c, "reserve_percent", RESERVE_PERCENT_DEFAULT);

	return limit_of(c) / 100 * (percent > 100 ? 100 : percent) +
	       limit_of(c) % 100 * (percent > 100 ? 100 : percent) / 100;
}

static bool row_make(struct db *d, const struct ledger_place *p, struct err *e)
{
	return db_exec(d,
		       "INSERT INTO lockstep_pti_spend (month, source) VALUES (?1, ?2) "
		       "ON CONFLICT (month, source) DO NOTHING",
		       p->param, 2, NULL, e);
}

bool budget_take(struct db *d, const struct connection *c, int64_t now_ms, int64_t credits,
		 bool person, bool *granted, struct err *e)
{
	int64_t limit = limit_of(c), changed = 0;
	int64_t ours = person ? limit : limit - reserve_of(c);
	struct ledger_place p = { .month = "" };

	place_at(c, now_ms, &p);
	*granted = credits <= 0;
	if (*granted)
		return true;
	if (!row_make(d, &p, e) ||
	    !db_exec(d,
		     "UPDATE lockstep_pti_spend SET "
		     "reserved_before = CASE WHEN half_hour >= CAST(?3 AS bigint) THEN "
		     "reserved_before WHEN half_hour = CAST(?3 AS bigint) - 1 THEN reserved ELSE 0 "
		     "END, reserved = CASE WHEN half_hour >= CAST(?3 AS bigint) THEN reserved "
		     "ELSE 0 END + CAST(?4 AS bigint), "
		     "half_hour = CASE WHEN half_hour >= CAST(?3 AS bigint) THEN half_hour ELSE "
		     "CAST(?3 AS bigint) END WHERE month = ?1 AND source = ?2 AND "
		     "(CAST(?5 AS bigint) = 0 OR credits + " LIVE
		     " + CAST(?4 AS bigint) <= CAST(?6 AS bigint))",
		     (struct value[]){ p.param[0], p.param[1], p.param[2], value_int(credits),
				       value_int(limit), value_int(ours) },
		     6, &changed, e))
		return err_wrap(e, "budget of credits");
	*granted = changed > 0;
	return true;
}

static bool settle(struct db *d, const struct connection *c, int64_t now_ms,
		   const int64_t amount[3], struct err *e)
{
	struct ledger_place p = { .month = "" };

	place_at(c, now_ms, &p);
	if (row_make(d, &p, e) &&
	    db_exec(d,
		    "UPDATE lockstep_pti_spend SET credits = credits + CAST(?4 AS bigint), "
		    "requests = requests + CAST(?5 AS bigint), "
		    "reserved_before = CASE WHEN reserved >= CAST(?3 AS bigint) THEN "
		    "reserved_before WHEN reserved + reserved_before >= CAST(?3 AS bigint) THEN "
		    "reserved + reserved_before - CAST(?3 AS bigint) ELSE 0 END, "
		    "reserved = CASE WHEN reserved >= CAST(?3 AS bigint) THEN "
		    "reserved - CAST(?3 AS bigint) ELSE 0 END WHERE month = ?1 AND source = ?2",
		    (struct value[]){ p.param[0], p.param[1], value_int(amount[0]),
				      value_int(amount[1]), value_int(amount[2]) },
		    5, NULL, e))
		return true;
	return err_wrap(e, "budget of credits");
}

bool budget_spent(struct db *d, const struct connection *c, int64_t now_ms, int64_t granted,
		  int64_t spent, struct err *e)
{
	return settle(d, c, now_ms, (int64_t[]){ granted, spent, 1 }, e);
}

bool budget_return(struct db *d, const struct connection *c, int64_t now_ms, int64_t granted,
		   struct err *e)
{
	return settle(d, c, now_ms, (int64_t[]){ granted, 0, 0 }, e);
}

static int64_t left_of(int64_t limit, int64_t of, int64_t used)
{
	if (limit == 0)
		return INT64_MAX;
	return of > used ? of - used : 0;
}

bool budget_state(struct db *d, struct arena *a, const struct connection *c, int64_t now_ms,
		  struct budget_state *out, struct err *e)
{
	struct budget_state s = { .limit = limit_of(c), .reserve = reserve_of(c) };
	struct ledger_place p = { .month = "" };
	struct db_result r;

	place_at(c, now_ms, &p);
	s.month = str_keep(a, str_from(p.month));
	if (!db_query(d, a,
		      "SELECT credits, " LIVE ", requests FROM lockstep_pti_spend "
		      "WHERE month = ?1 AND source = ?2",
		      p.param, 3, &r, e))
		return err_wrap(e, "budget of credits");
	if (r.rows > 0) {
		s.spent = db_cell(&r, 0, 0).i;
		s.granted = db_cell(&r, 0, 1).i;
		s.requests = db_cell(&r, 0, 2).i;
	}
	s.left_job = left_of(s.limit, s.limit - s.reserve, s.spent + s.granted);
	s.left_person = left_of(s.limit, s.limit, s.spent + s.granted);
	*out = s;
	return true;
}
