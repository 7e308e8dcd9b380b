/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metric.c - counters, gauges and histograms, written as OpenMetrics text.
 *
 * Always: everything is read and written under one lock; a metric is in the list exactly when it is
 * `known`, in the order of first use, and lives as long as the process.
 */
#include "base/metric.h"

#include "base/thread.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BUCKETS_MAX 32

struct metric_series {
	struct metric_series *next;
	char *value[METRIC_LABELS_MAX]; /* NULL where the metric has no label */
	double sum;                     /* COUNTER, GAUGE: the value */
	uint64_t count;
	uint64_t bucket[]; /* HISTOGRAM: not cumulated; the last is +Inf */
};

static struct mutex lock = { PTHREAD_MUTEX_INITIALIZER };
static struct metric *first, **last = &first;

static const char other[] = "other";

static size_t labels_of(const struct metric *m)
{
	size_t n = 0;

	while (n < METRIC_LABELS_MAX && m->label[n])
		n++;
	return n;
}

static size_t buckets_of(const struct metric *m)
{
	size_t n = 0;

	while (m->bucket && n < BUCKETS_MAX && m->bucket[n] != 0)
		n++;
	return n;
}

static bool is_series(const struct metric_series *s, const char *const *values, size_t labels)
{
	for (size_t i = 0; i < labels; i++)
		if (strcmp(s->value[i], values[i]) != 0)
			return false;
	return true;
}

static struct metric_series *series_new(const struct metric *m, const char *const *values,
					size_t labels)
{
	size_t buckets = m->kind == METRIC_HISTOGRAM ? buckets_of(m) + 1 : 0;
	struct metric_series *s = calloc(1, sizeof(*s) + buckets * sizeof(s->bucket[0]));

	if (!s)
		abort();
	for (size_t i = 0; i < labels; i++) {
		s->value[i] = strdup(values[i]);
		if (!s->value[i])
			abort();
	}
	return s;
}

/* The series of these label values; the one that takes all further ones when there are too many. */
static struct metric_series *series_get(struct metric *m, const char *const *values)
{
	static const char *const others[METRIC_LABELS_MAX] = { other, other, other, other };
	struct metric_series **end = &m->series;
	size_t n = 0, labels = labels_of(m);

	assert(labels == 0 || values);
	for (; *end; end = &(*end)->next, n++)
		if (is_series(*end, values, labels))
			return *end;
	if (n >= METRIC_SERIES_MAX - 1 && values != others)
		return series_get(m, others);
	return *end = series_new(m, values, labels);
}

static struct metric_series *enter(struct metric *m, const char *const *values,
				   enum metric_kind kind)
{
	assert(m->kind == kind && m->name && m->help);
	mutex_lock(&lock);
	if (!m->known) {
		m->known = true;
		*last = m;
		last = &m->next;
	}
	return series_get(m, values);
}

void metric_add(struct metric *m, const char *const *values, double n)
{
	assert(n >= 0);
	enter(m, values, METRIC_COUNTER)->sum += n;
	mutex_unlock(&lock);
}

void metric_set(struct metric *m, const char *const *values, double n)
{
	enter(m, values, METRIC_GAUGE)->sum = n;
	mutex_unlock(&lock);
}

void metric_observe(struct metric *m, const char *const *values, double n)
{
	struct metric_series *s = enter(m, values, METRIC_HISTOGRAM);
	size_t i = 0, buckets = buckets_of(m);

	while (i < buckets && n > m->bucket[i])
		i++;
	s->bucket[i]++;
	s->count++;
	s->sum += n;
	mutex_unlock(&lock);
}

/* Whole numbers without an exponent, so that counts read as counts. */
static void write_number(struct buf *b, double n)
{
	if (isnan(n) || isinf(n))
		buf_add(b, isnan(n) ? STR("NaN") : n > 0 ? STR("+Inf") : STR("-Inf"));
	else if (n == floor(n) && fabs(n) < 1e15)
		buf_printf(b, "%.0f", n);
	else
		buf_printf(b, "%.9g", n);
}

static void write_escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '"')
			buf_char(b, '\\');
		if (*s == '\n')
			buf_add(b, STR("\\n"));
		else
			buf_char(b, *s);
	}
}

/* The name ends with the unit, whether the struct's does or not. */
static void write_name(struct buf *b, const struct metric *m)
{
	size_t n = strlen(m->name), u = m->unit ? strlen(m->unit) : 0;

	buf_add(b, str_from(m->name));
	if (u && !(n > u && m->name[n - u - 1] == '_' && strcmp(m->name + n - u, m->unit) == 0))
		buf_printf(b, "_%s", m->unit);
}

/* name_unit<suffix>{label="value",…,le="…"} */
static void write_sample(struct buf *b, const struct metric *m, const struct metric_series *s,
			 const char *suffix, const char *le)
{
	const char *sep = "{";

	write_name(b, m);
	buf_add(b, str_from(suffix));
	for (size_t i = 0; i < METRIC_LABELS_MAX && m->label[i]; i++) {
		buf_printf(b, "%s%s=\"", sep, m->label[i]);
		write_escaped(b, s->value[i]);
		buf_char(b, '"');
		sep = ",";
	}
	if (le) {
		buf_printf(b, "%sle=\"%s\"", sep, le);
		sep = ",";
	}
	if (*sep == ',')
		buf_char(b, '}');
	buf_char(b, ' ');
}

static void write_histogram(struct buf *b, const struct metric *m, const struct metric_series *s)
{
	size_t buckets = buckets_of(m);
	uint64_t sum = 0;

	for (size_t i = 0; i <= buckets; i++) {
		char le[32] = "+Inf";

		sum += s->bucket[i];
		if (i < buckets)
			snprintf(le, sizeof(le), "%.9g", m->bucket[i]);
		write_sample(b, m, s, "_bucket", le);
		buf_printf(b, "%llu\n", (unsigned long long)sum);
	}
	write_sample(b, m, s, "_count", NULL);
	buf_printf(b, "%llu\n", (unsigned long long)s->count);
	write_sample(b, m, s, "_sum", NULL);
	write_number(b, s->sum);
	buf_char(b, '\n');
}

static void write_metric(struct buf *b, const struct metric *m)
{
	static const char *const kind[] = { "counter", "gauge", "histogram" };

	buf_add(b, STR("# TYPE "));
	write_name(b, m);
	buf_printf(b, " %s\n", kind[m->kind]);
	if (m->unit) {
		buf_add(b, STR("# UNIT "));
		write_name(b, m);
		buf_printf(b, " %s\n", m->unit);
	}
	buf_add(b, STR("# HELP "));
	write_name(b, m);
	buf_char(b, ' ');
	write_escaped(b, m->help);
	buf_char(b, '\n');
	for (const struct metric_series *s = m->series; s; s = s->next) {
		if (m->kind == METRIC_HISTOGRAM) {
			write_histogram(b, m, s);
			continue;
		}
		write_sample(b, m, s, m->kind == METRIC_COUNTER ? "_total" : "", NULL);
		write_number(b, s->sum);
		buf_char(b, '\n');
	}
}

void metric_write(struct buf *b)
{
	mutex_lock(&lock);
	for (const struct metric *m = first; m; m = m->next)
		write_metric(b, m);
	mutex_unlock(&lock);
	buf_add(b, STR("# EOF\n"));
}
