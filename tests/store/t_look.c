/* SPDX-License-Identifier: Apache-2.0 */
/* t_look.c - how people look through runs and quarantine: the same on every store. */
#include "fixture.h"
#include "store/quarantine.h"
#include "store/run_span.h"
#include "store/run_stats.h"
#include "tap.h"

static struct fixture open_control(void)
{
	struct fixture f = fixture_open(NULL);

	make_control(&f);
	return f;
}

/* The runs that a filter finds, by the seconds at which they began: "3 1". */
static const char *began(struct fixture *f, struct run_filter filter, int64_t base_ms)
{
	struct run_log *list;
	struct buf b;
	size_t n;

	filter.limit = filter.limit ? filter.limit : 10;
	must(run_log_list(f->db, f->a, &filter, &list, &n, NULL, &oops));
	buf_in(&b, f->a, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%lld", i ? " " : "",
			   (long long)((list[i].started_ms - base_ms) / 1000));
	buf_char(&b, 0);
	return b.at;
}

/* Runs of 1 to 5 seconds, and one that is under way. */
static void look_at_the_span(struct fixture *f, int64_t base_ms)
{
	struct run_span span = { STR("pp"), base_ms, base_ms + 60000 };
	struct run_times_all times;
	struct run_fault *fault;
	struct run_sums sums;
	size_t faults;

	must(run_span_times(f->db, f->a, &span, &times, &oops));
	OK(times.all.runs == 5 && times.all.p50_ms == 3000 && times.all.p95_ms == 5000 &&
		   times.all.max_ms == 5000,
	   "durations by the nearest rank");
	OK(times.days == 1 && times.types == 1 && str_eq(times.type[0].name, STR("full")),
	   "by day and type");
	must(run_stats_between(f->db, f->a, STR("pp"), base_ms + 1000, base_ms + 3000, &sums,
			       &oops));
	OK(sums.total == 2 && sums.processed == 17, "the sums of a span");
	must(db_exec(f->db,
		     "UPDATE sync_logs SET status = 'error', error_message = 'away', details = "
		     "'{\"error_kind\":\"transient\"}' WHERE records_processed IN (6, 8)",
		     NULL, 0, NULL, &oops));
	must(db_exec(f->db, "UPDATE sync_logs SET status = 'partial' WHERE records_processed = 9",
		     NULL, 0, NULL, &oops));
	must(run_span_faults(f->db, f->a, &span, &fault, &faults, &oops));
	OK(faults == 2 && str_eq(fault[0].kind, STR("transient")) && fault[0].runs == 2 &&
		   fault[0].last_ms == base_ms + 4000 && str_eq(fault[0].last, STR("away")) &&
		   str_eq(fault[1].kind, STR("records")),
	   "errors by their kind, with the newest");
	span.from_ms = base_ms + 90000;
	span.to_ms = base_ms + 99000;
	must(run_span_times(f->db, f->a, &span, &times, &oops));
	OK(times.all.runs == 0 && times.days == 0, "nothing comes of nothing");
}

static void runs_are_found_by_all_that_is_asked(void)
{
	struct fixture f = open_control();
	const int64_t base_ms = 1795226400000;
	struct run_log run[6], *list;
	int64_t total;
	size_t n;

	must(db_begin(f.db, &oops));
	for (int i = 0; i < 6; i++) {
		run[i] = (struct run_log){ .connection = STR("pp"),
					   .type = STR("full"),
					   .started_ms = base_ms + i * 1000,
					   .details = i % 2 ? STR("{\"trigger\":\"schedule\"}")
							    : STR("{\"trigger\":\"manual\"}") };
		must(run_log_start(f.db, f.a, &run[i], &oops));
		run[i].status = RUN_SUCCESS;
		run[i].completed_ms = i == 5 ? 0 : run[i].started_ms + 1000 * ((i * 2) % 5 + 1);
		run[i].counts = (struct run_counts){ .processed = 10 - i, .failed = i % 3 };
		must(run_log_update(f.db, &run[i], &oops));
	}
	must(db_commit(f.db, &oops));
	IS(began(&f, (struct run_filter){ .trigger = STR("schedule") }, base_ms), "5 3 1",
	   "by what triggered them");
	IS(began(&f, (struct run_filter){ .from_ms = base_ms + 1000, .to_ms = base_ms + 4000 },
		 base_ms),
	   "3 2 1", "from and to");
	IS(began(&f, (struct run_filter){ .after = run[3].id, .limit = 2 }, base_ms), "2 1",
	   "the page after a run");
	IS(began(&f, (struct run_filter){ .after = run[3].id, .sort = RUN_OLDEST }, base_ms), "4 5",
	   "the other way round");
	IS(began(&f, (struct run_filter){ .sort = RUN_LONGEST }, base_ms), "2 4 1 3 0 5",
	   "the longest first, what still runs last");
	IS(began(&f, (struct run_filter){ .sort = RUN_MOST, .limit = 2, .offset = 1 }, base_ms),
	   "1 2", "by records, a page of it");
	IS(began(&f, (struct run_filter){ .sort = RUN_MOST_FAILED, .limit = 3 }, base_ms), "5 2 4",
	   "by failures");
	IS(began(&f, (struct run_filter){ .id = str_printf(f.a, "%.*s", STR_ARG(run[2].id)) },
		 base_ms),
	   "2", "by id");
	IS(began(&f, (struct run_filter){ .id = STR("no uuid at all") }, base_ms), "",
	   "what is no uuid names no run");
	must(run_log_list(f.db, f.a, &(struct run_filter){ .limit = 1, .count_max = 4 }, &list, &n,
			  &total, &oops));
	OK(n == 1 && total == 4, "counting stops where it is told to");
	look_at_the_span(&f, base_ms);
	fixture_close(&f);
}

/* The keys that a question finds, in order. */
static const char *found_keys(struct fixture *f, struct quarantine_query q)
{
	struct quarantine_item *item;
	struct buf b;
	size_t n;

	q.limit = q.limit ? q.limit : 10;
	must(quarantine_find(f->db, f->a, &q, &item, &n, &oops));
	buf_in(&b, f->a, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s", i ? " " : "", STR_ARG(item[i].key));
	buf_char(&b, 0);
	return b.at;
}

static void put_three(struct fixture *f)
{
	static const char *const code[] = { "required", "type", "required" };

	must(db_begin(f->db, &oops));
	for (int i = 0; i < 3; i++) {
		struct quarantine_item q = { .connection = STR("pp"),
					     .stream = STR("contacts"),
					     .table = STR("contacts"),
					     .key = str_printf(f->a, "50%%_%d", i),
					     .column = i ? STR("Email") : STR("phone"),
					     .code = str_from(code[i]),
					     .says = STR("no value"),
					     .sealed = STR("sealed"),
					     .first_ms = 1000 * (i + 1),
					     .last_ms = 10000 * (i + 1) };

		must(quarantine_put(f->db, &q, &oops));
	}
	must(db_commit(f->db, &oops));
}

static void people_look_through_the_quarantine(void)
{
	struct fixture f = open_control();
	struct quarantine_query any = { .count_max = 2 };
	struct quarantine_group *group;
	struct quarantine_item one;
	int64_t n = 0;
	size_t groups;
	bool found;

	put_three(&f);
	IS(found_keys(&f, (struct quarantine_query){ .connection = STR("pp") }),
	   "50%_2 50%_1 50%_0", "what was seen last comes first");
	IS(found_keys(
		   &f,
		   (struct quarantine_query){ .code = STR("required"), .limit = 1, .offset = 1 }),
	   "50%_0", "by reason, a page of it");
	IS(found_keys(&f, (struct quarantine_query){ .text = STR("EMAIL") }), "50%_2 50%_1",
	   "by a part of the field, whatever its case");
	IS(found_keys(&f, (struct quarantine_query){ .text = STR("%_1") }), "50%_1",
	   "what was typed is no pattern");
	IS(found_keys(&f, (struct quarantine_query){ .text = STR("_2_") }), "", "nor here");
	IS(found_keys(&f, (struct quarantine_query){ .from_ms = 15000, .to_ms = 25000 }), "50%_1",
	   "seen last in that time");
	IS(found_keys(
		   &f,
		   (struct quarantine_query){ .from_ms = 15000, .to_ms = 25000, .during = true }),
	   "50%_2 50%_1", "there at any moment of it");
	must(quarantine_total(f.db, &any, &n, &oops));
	OK(n == 2, "counting stops");
	must(quarantine_groups(f.db, f.a, &any, &group, &groups, &oops));
	OK(groups == 2 && group[0].n == 2 && str_eq(group[0].code, STR("required")),
	   "groups, the largest first");
	must(quarantine_get(f.db, f.a, STR("pp"), STR("contacts"), STR("50%_1"), &one, &found,
			    &oops));
	OK(found && str_eq(one.sealed, STR("sealed")), "one, with its record");
	must(quarantine_get(f.db, f.a, STR("pp"), STR("tasks"), STR("50%_1"), &one, &found, &oops));
	OK(!found, "not of another table");
	fixture_close(&f);
}

/* SQLite says it by a plan; PostgreSQL's depends on how much there is. */
static void counting_reads_no_record(void)
{
	struct fixture f = fixture_open(NULL);
	struct db_result r;
	bool good;

	make_control(&f);
	must(db_query(f.db, f.a,
		      on_postgres() ? "SELECT indexdef FROM pg_indexes WHERE tablename = "
				      "'lockstep_quarantine' AND indexdef LIKE '%(connection, "
				      "table_name, code, first_at)'"
				    : "EXPLAIN QUERY PLAN SELECT connection, table_name, code, "
				      "count(*) FROM lockstep_quarantine GROUP BY connection, "
				      "table_name, code",
		      NULL, 0, &r, &oops));
	good = r.rows == 1 &&
	       (on_postgres() || str_find(db_cell(&r, 0, 3).s, STR("USING COVERING INDEX")) >= 0);
	OK(good, "groups are counted from an index, and neither records nor rows are sorted");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	counting_reads_no_record();
	runs_are_found_by_all_that_is_asked();
	people_look_through_the_quarantine();
	return tap_done();
}
