/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - whether a run's figures look as they should. */
#include "flow/check.h"

static struct str percent(struct arena *a, int64_t hundredths)
{
	return hundredths % 100 ? str_printf(a, "%lld.%02lld %%", (long long)(hundredths / 100),
					     (long long)(hundredths % 100))
				: str_printf(a, "%lld %%", (long long)(hundredths / 100));
}

/* More than `max` of `whole`, both not negative.  Rows are far fewer than 2^63 / 10000. */
static bool exceeds(int64_t part, int64_t whole, int64_t max)
{
	return max != SHARE_OFF && part * 10000 > whole * max;
}

static struct check_verdict judge(const char *check, struct str excused, int64_t part,
				  int64_t whole, int64_t max, const char *of, struct arena *a)
{
	if (whole == 0 || !exceeds(part, whole, max) || str_eq(excused, str_from(check)))
		return (struct check_verdict){ 0 };
	return (struct check_verdict){
		.check = check,
		.seen = str_printf(a, "%.*s (%lld of %lld %s)",
				   STR_ARG(percent(a, part * 10000 / whole)), (long long)part,
				   (long long)whole, of),
		.expected = str_printf(a, "at most %.*s", STR_ARG(percent(a, max))),
	};
}

struct check_verdict check_rows(const struct checks_plan *c, const struct check_figures *f,
				struct arena *a)
{
	int64_t least = f->read ? CHECK_ROWS_MIN : CHECK_SAMPLE_MIN;
	int64_t there = f->counts.updated + f->counts.unchanged;
	struct check_verdict v = { 0 };

	if (f->counts.processed >= least)
		v = judge("failed_max", f->excused, f->counts.failed, f->counts.processed,
			  c->failed_max, "records failed", a);
	if (!v.check && f->full && there >= least)
		v = judge("changed_max", f->excused, f->counts.updated, there, c->changed_max,
			  "rows would change", a);
	return v;
}

struct check_verdict check_total(const struct checks_plan *c, struct str excused, int64_t records,
				 int64_t before, struct arena *a)
{
	if (before < CHECK_ROWS_MIN || records >= before)
		return (struct check_verdict){ 0 };
	return judge("rows_drop_max", excused, before - records, before, c->rows_drop_max,
		     "records are no longer sent", a);
}
