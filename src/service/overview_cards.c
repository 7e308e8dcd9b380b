/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overview_cards.c - five numbers of now with their last 24 hours.
 *
 * What the run log tells is compared with the day before; of what is only measured (sample.h) the
 * day's peak is.
 */
#include "data/moment.h"
#include "service/budget_routes.h"
#include "service/overview_part.h"
#include "service/sample.h"
#include "store/cell.h"
#include "store/ledger_use.h"

#define HOURS 24
#define DAY_MS (HOURS * SAMPLE_HOUR_MS)

const struct field overview_card_fields[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true },
	{ .name = "label", .type = FIELD_TEXT, .required = true },
	{ .name = "value",
	  .type = FIELD_NUMBER,
	  .nullable = true,
	  .says = "null: nothing to tell" },
	{ .name = "of", .type = FIELD_NUMBER, .nullable = true, .says = "the most that it can be" },
	{ .name = "unit", .type = FIELD_TEXT, .nullable = true, .says = "%, seconds, or nothing" },
	{ .name = "delta", .type = FIELD_NUMBER, .nullable = true, .says = "to the day before" },
	{ .name = "better",
	  .type = FIELD_TEXT,
	  .one_of = "up|down|neither",
	  .says = "which way is good" },
	{ .name = "detail", .type = FIELD_TEXT, .nullable = true },
	{ .name = "spark", .type = FIELD_LIST, .says = "24 hours; null where nothing happened" },
	{ .name = "href", .type = FIELD_TEXT },
	{ .name = NULL },
};

struct card {
	const char *id, *label, *unit, *better, *href;
	struct value value, of, delta;
	struct str detail;
	struct value spark;
};

static void add_card(const struct overview *o, struct value list, const struct card *k)
{
	struct arena *a = o->call->arena;
	struct value map = value_map_new(a);

	view_text(a, map, "id", str_from(k->id));
	view_text(a, map, "label", str_from(k->label));
	value_map_set(a, map, STR("value"), k->value);
	value_map_set(a, map, STR("of"), value_is_nothing(k->of) ? NULL_VALUE : k->of);
	view_text(a, map, "unit", str_from(k->unit));
	value_map_set(a, map, STR("delta"), k->delta);
	view_text(a, map, "better", str_from(k->better));
	view_text(a, map, "detail", k->detail);
	value_map_set(a, map, STR("spark"), k->spark);
	view_text(a, map, "href", str_from(k->href));
	value_list_add(a, list, map);
}

/* ---- what the run log tells ---- */

struct run_hour {
	int64_t ended, success, records;
};

static const char *const hour_text[] = {
	[DB_SQLITE] = "substr(started_at, 1, 13)",
	[DB_POSTGRES] = "to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24')",
};

/* The last two days by the hour; hour[2 * HOURS - 1] is this one. */
static bool read_hours(const struct overview *o, struct run_hour hour[2 * HOURS], struct err *e)
{
	struct call *c = o->call;
	int64_t first_ms =
		o->now_ms - o->now_ms % SAMPLE_HOUR_MS - (2 * HOURS - 1) * SAMPLE_HOUR_MS;
	struct value since = cell_from_ms(first_ms);
	struct str sql = str_printf(
		c->arena,
		"SELECT %s, count(*), CAST(sum(CASE WHEN status = 'success' THEN 1 ELSE 0 END) AS "
		"bigint), CAST(coalesce(sum(records_processed), 0) AS bigint) FROM sync_logs "
		"WHERE started_at >= ?1 AND parent_id IS NULL AND status IN ('success', 'partial', "
		"'error') GROUP BY 1",
		hour_text[c->db->ops->dialect]);
	struct db_result r;

	if (!db_query(c->db, c->arena, sql.at, &since, 1, &r, e))
		return err_wrap(e, "table 'sync_logs'");
	for (size_t i = 0; i < r.rows; i++) {
		struct str text = str_printf(c->arena, "%.*s:00:00Z", STR_ARG(db_cell(&r, i, 0).s));
		int64_t at = (cell_time_ms(value_str(text)) - first_ms) / SAMPLE_HOUR_MS;

		if (at >= 0 && at < 2 * HOURS)
			hour[at] = (struct run_hour){ db_cell(&r, i, 1).i, db_cell(&r, i, 2).i,
						      db_cell(&r, i, 3).i };
	}
	return true;
}

static struct run_hour sum(const struct run_hour *hour)
{
	struct run_hour all = { 0 };

	for (int i = 0; i < HOURS; i++) {
		all.ended += hour[i].ended;
		all.success += hour[i].success;
		all.records += hour[i].records;
	}
	return all;
}

static struct value percent(const struct run_hour *h)
{
	return h->ended ? value_float((double)h->success * 100 / (double)h->ended) : NULL_VALUE;
}

static struct value difference(struct value now, struct value before)
{
	if (value_is_nothing(now) || value_is_nothing(before))
		return NULL_VALUE;
	return value_float(value_to_double(now) - value_to_double(before));
}

static void add_runs(const struct overview *o, struct value list, const struct run_hour *hour)
{
	struct run_hour before = sum(hour), now = sum(hour + HOURS);
	struct arena *a = o->call->arena;
	struct str day = str_slice(moment_text(a, (o->now_ms - DAY_MS) * 1000), 0, 10);
	const char *href = str_printf(a, "/runs?from=%.*s", STR_ARG(day)).at;
	struct card rate = { .id = "success_rate",
			     .label = "Success, 24 h",
			     .unit = "%",
			     .better = "up",
			     .href = href,
			     .value = percent(&now),
			     .delta = difference(percent(&now), percent(&before)),
			     .spark = value_list_new(a) };
	struct card records = { .id = "records_per_hour",
				.label = "Records an hour",
				.unit = "",
				.better = "neither",
				.href = href,
				.value = value_float((double)now.records / HOURS),
				.spark = value_list_new(a) };

	records.delta = before.ended ? difference(records.value,
						  value_float((double)before.records / HOURS))
				     : NULL_VALUE;
	rate.detail = now.ended ? str_printf(a, "%lld of %lld runs", (long long)now.success,
					     (long long)now.ended)
				: STR("no run has ended");
	records.detail = str_printf(a, "%lld in 24 h", (long long)now.records);
	for (int i = HOURS; i < 2 * HOURS; i++) {
		value_list_add(a, rate.spark, percent(&hour[i]));
		value_list_add(a, records.spark, value_int(hour[i].records));
	}
	add_card(o, list, &rate);
	add_card(o, list, &records);
}

/* ---- what the watch measures ---- */

/* The card's line and its difference; `divide` the sample's unit into the card's. */
static bool put_peaks(const struct overview *o, const char *name, int64_t divide, struct card *k,
		      struct err *e)
{
	int64_t peak[2 * HOURS], now = 0, before = 0;
	struct arena *a = o->call->arena;

	if (!sample_peaks(o->call->db, name, o->now_ms, peak, COUNT(peak), e))
		return false;
	k->spark = value_list_new(a);
	for (int i = 0; i < 2 * HOURS; i++) {
		int64_t *most = i < HOURS ? &before : &now;

		*most = peak[i] > *most ? peak[i] : *most;
		if (i >= HOURS)
			value_list_add(a, k->spark, value_float((double)peak[i] / (double)divide));
	}
	k->delta = before ? value_float((double)(now - before) / (double)divide) : NULL_VALUE;
	return true;
}

static bool add_oldest(const struct overview *o, struct value list, struct err *e)
{
	struct card k = { .id = "oldest_ready",
			  .label = "Oldest waiting job",
			  .unit = "seconds",
			  .better = "down",
			  .href = "/jobs?state=ready" };
	int64_t age_ms;

	if (!queue_oldest_ready(o->call->db, &age_ms, e) ||
	    !put_peaks(o, SAMPLE_OLDEST, 1000, &k, e))
		return false;
	k.value = value_float((double)age_ms / 1000);
	k.detail = age_ms > 0 ? STR("is due and waits for a worker") : STR("nothing waits");
	add_card(o, list, &k);
	return true;
}

static bool add_running(const struct overview *o, struct value list, struct err *e)
{
	struct card k = { .id = "running",
			  .label = "Jobs that run",
			  .unit = "",
			  .better = "neither",
			  .href = "/jobs?state=running" };
	struct session_row *row;
	struct db_result r;
	int64_t slots = 0;
	size_t n;

	/* What the workers say of themselves is a few seconds old. */
	if (!session_list(o->call->db, o->call->arena, &row, &n, e) ||
	    !db_query(o->call->db, o->call->arena,
		      "SELECT count(*) FROM lockstep_jobs WHERE state = 1", NULL, 0, &r, e) ||
	    !put_peaks(o, SAMPLE_RUNNING, 1, &k, e))
		return false;
	for (size_t i = 0; i < n; i++)
		slots += row[i].slots;
	k.value = value_int(db_cell(&r, 0, 0).i);
	k.of = value_int(slots);
	k.detail = str_printf(o->call->arena, "%zu %s, %lld at a time", n,
			      n == 1 ? "worker" : "workers", (long long)slots);
	add_card(o, list, &k);
	return true;
}

static bool add_budget(const struct overview *o, struct value list, struct err *e)
{
	struct card k = { .id = "rate_limit",
			  .label = "Vendors' limits in use",
			  .unit = "%",
			  .better = "down",
			  .href = "/budgets",
			  .value = NULL_VALUE };
	struct arena *a = o->call->arena;
	struct budget_limit *limit;
	double most = -1;
	size_t n;

	if (!budget_limits(o->call->arg, a, o->call->db, o->plan, &limit, &n, e) ||
	    !put_peaks(o, SAMPLE_BUDGET, 1, &k, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct ledger_use use;
		double part;

		if (!ledger_use(o->call->db, limit[i].ledger_key, limit[i].interval_ms, &use, e))
			return false;
		part = (double)use.used * 100 / (double)limit[i].limit;
		if (part <= most)
			continue;
		most = part;
		k.value = value_float(part);
		k.detail =
			str_printf(a, "%.*s: %lld of %lld %s", STR_ARG(limit[i].connection->name),
				   (long long)use.used, (long long)limit[i].limit, limit[i].what);
	}
	add_card(o, list, &k);
	return true;
}

bool overview_cards(const struct overview *o, struct value map, struct err *e)
{
	struct value list = value_list_new(o->call->arena);
	struct run_hour hour[2 * HOURS] = { 0 };

	if (!read_hours(o, hour, e))
		return false;
	add_runs(o, list, hour);
	if (!add_oldest(o, list, e) || !add_running(o, list, e) || !add_budget(o, list, e))
		return false;
	value_map_set(o->call->arena, map, STR("cards"), list);
	return true;
}
