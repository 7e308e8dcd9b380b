/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metric.h - counters, gauges and histograms of this process, written as OpenMetrics text.
 *
 * A metric is a static struct that registers itself at its first use.  Label values come from small
 * closed sets (a task, an outcome, a status class): never ids, names of people, URLs.  A metric
 * holds at most METRIC_SERIES_MAX series; further label values fall into the series "other".
 */
#ifndef METRIC_H
#define METRIC_H

#include "base/buf.h"

#define METRIC_SERIES_MAX 256
#define METRIC_LABELS_MAX 4

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_series;

struct metric {
	enum metric_kind kind;
	const char *name; /* "lockstep_jobs_finished" ("_total" is added to counters) */
	const char *unit; /* "seconds", or NULL */
	const char *help;
	const char *label[METRIC_LABELS_MAX]; /* names; NULL behind the last */
	const double *bucket;                 /* HISTOGRAM: upper bounds, growing; ends with 0 */
	struct metric_series *series;         /* metric.c's own from here on */
	struct metric *next;
	bool known;
};

/* `values` are as many as the metric has labels (NULL when it has none).  From any thread. */
void metric_add(struct metric *m, const char *const *values, double n);     /* COUNTER */
void metric_set(struct metric *m, const char *const *values, double n);     /* GAUGE */
void metric_observe(struct metric *m, const char *const *values, double n); /* HISTOGRAM */

/* All of them in the OpenMetrics 1.0 text format, "# EOF" included. */
void metric_write(struct buf *b);

#endif
