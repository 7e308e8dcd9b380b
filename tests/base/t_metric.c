/* SPDX-License-Identifier: Apache-2.0 */
/* t_metric.c - what is counted, as OpenMetrics text. */
#include "base/metric.h"
#include "base/thread.h"
#include "tap.h"

#define THREADS 4
#define EACH 1000

static const double bounds[] = { 0.1, 1, 0 };

static struct metric jobs = { .kind = METRIC_COUNTER,
			      .name = "test_jobs",
			      .help = "Jobs \"done\"\\n",
			      .label = { "task", "outcome" } };
static struct metric depth = { .kind = METRIC_GAUGE, .name = "test_depth", .help = "Depth" };
static struct metric times = { .kind = METRIC_HISTOGRAM,
			       .name = "test_time",
			       .unit = "seconds",
			       .help = "Times",
			       .label = { "task" },
			       .bucket = bounds };
static struct metric named = {
	.kind = METRIC_COUNTER, .name = "test_cpu_seconds", .unit = "seconds", .help = "CPU"
};

static struct str written(struct buf *b)
{
	buf_reset(b);
	metric_write(b);
	return buf_str(b);
}

static bool has(struct str text, const char *line)
{
	return str_find(text, str_from(line)) >= 0;
}

static void each_kind_has_its_form(struct buf *b)
{
	const char *done[] = { "sync", "done" }, *quoted[] = { "a\"b\\c\nd", "x" };
	struct str text;

	OK(str_eq(written(b), STR("# EOF\n")), "nothing is shown before its first use");
	metric_add(&jobs, done, 1);
	metric_add(&jobs, done, 2.5);
	metric_add(&jobs, quoted, 1);
	metric_set(&depth, NULL, 7);
	metric_set(&depth, NULL, -2);
	metric_add(&named, NULL, 0);
	metric_observe(&times, done, 0.1);
	metric_observe(&times, done, 0.5);
	metric_observe(&times, done, 99);
	text = written(b);
	OK(has(text, "# TYPE test_jobs counter\n# HELP test_jobs Jobs \\\"done\\\"\\\\n\n"
		     "test_jobs_total{task=\"sync\",outcome=\"done\"} 3.5\n"),
	   "a counter");
	OK(has(text, "test_jobs_total{task=\"a\\\"b\\\\c\\nd\",outcome=\"x\"} 1\n"), "quoted");
	OK(has(text, "# TYPE test_depth gauge\n# HELP test_depth Depth\ntest_depth -2\n"),
	   "a gauge");
	OK(has(text, "# UNIT test_cpu_seconds seconds\n") &&
		   has(text, "test_cpu_seconds_total 0\n"),
	   "a unit stands once in a name");
	OK(has(text, "# TYPE test_time_seconds histogram\n# UNIT test_time_seconds seconds\n"
		     "# HELP test_time_seconds Times\n"
		     "test_time_seconds_bucket{task=\"sync\",le=\"0.1\"} 1\n"
		     "test_time_seconds_bucket{task=\"sync\",le=\"1\"} 2\n"
		     "test_time_seconds_bucket{task=\"sync\",le=\"+Inf\"} 3\n"
		     "test_time_seconds_count{task=\"sync\"} 3\n"
		     "test_time_seconds_sum{task=\"sync\"} 99.6\n"),
	   "a histogram");
	OK(str_ends(text, STR("\n# EOF\n")), "the end");
}

static void *count(void *arg)
{
	const char *values[] = { "threads", "done" };

	(void)arg;
	for (int i = 0; i < EACH; i++)
		metric_add(&jobs, values, 1);
	return NULL;
}

static void threads_count_together(struct buf *b)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		t[i] = thread_start(count, NULL);
	for (int i = 0; i < THREADS; i++)
		thread_join(t[i]);
	OK(has(written(b), "test_jobs_total{task=\"threads\",outcome=\"done\"} 4000\n"),
	   "nothing is lost");
}

static void the_number_of_series_is_bounded(struct buf *b)
{
	struct str text;
	size_t lines = 0;

	for (int i = 0; i < 1000; i++) {
		char name[16];
		const char *values[] = { name };

		snprintf(name, sizeof(name), "task%d", i);
		metric_observe(&times, values, 1);
	}
	text = written(b);
	for (struct str rest = text; rest.len;)
		lines += str_starts(str_cut(&rest, '\n'), STR("test_time_seconds_count"));
	OK(lines == METRIC_SERIES_MAX, "%zu series", lines);
	OK(has(text, "test_time_seconds_count{task=\"other\"} 746\n"),
	   "others are counted together");
}

int main(void)
{
	AUTO_BUF b;

	buf_init(&b, 1 << 20);
	each_kind_has_its_form(&b);
	threads_count_together(&b);
	the_number_of_series_is_bounded(&b);
	return tap_done();
}
