/* SPDX-License-Identifier: Apache-2.0 */
/* plan_checks.c - what a run's figures may look like before somebody has to look at them. */
#include "connector/plan_read.h"

#include "data/decimal.h"

#define HUNDREDTHS_MAX 10000

/* "20%", "0.5%" or "20", in hundredths of a percent. */
static bool share_read(struct plan_loader *p, struct str text, int64_t *out)
{
	struct str number = text;
	struct decimal d;
	struct str digits;

	if (str_eq_nocase(text, STR("off"))) {
		*out = SHARE_OFF;
		return true;
	}
	if (str_ends(number, STR("%")))
		number = str_trim(str_slice(number, 0, number.len - 1));
	digits = str_printf(p->a, "%.*se2", STR_ARG(number));
	return decimal_parse(digits, &d) && decimal_to_i64(d, out) && *out >= 0 &&
	       *out <= HUNDREDTHS_MAX;
}

static void read_share(struct plan_loader *p, const struct node *n, void *into)
{
	struct str text;
	int64_t share;

	if (!plan_scalar(p, n, KEY_TEXT, &text))
		return;
	if (share_read(p, text, &share))
		*(int64_t *)into = share;
	else
		plan_complain(p, n, "%s is not a share such as 20%% or 0.5%%, nor off",
			      plan_quote(p, n));
}

static const struct plan_key check_rows[] = {
	{ .name = "failed_max",
	  .type = KEY_TEXT,
	  .read = read_share,
	  .fallback = "off",
	  .offset = offsetof(struct checks_plan, failed_max),
	  .says = "The share of records that may fail, such as 5%. Of a table: the connection's "
		  "by default." },
	{ .name = "changed_max",
	  .type = KEY_TEXT,
	  .read = read_share,
	  .fallback = "off",
	  .offset = offsetof(struct checks_plan, changed_max),
	  .says = "The share of the rows that are there which a full run may change." },
	{ .name = "rows_drop_max",
	  .type = KEY_TEXT,
	  .read = read_share,
	  .fallback = "off",
	  .offset = offsetof(struct checks_plan, rows_drop_max),
	  .says = "By how much fewer records a full run may find than the last complete one." },
};

const struct plan_keys plan_checks_keys = {
	.name = "checks",
	.says = "Figures past which a run stops and the table is held until a person releases it "
		"(`lockstep hold`).",
	.key = check_rows,
	.n = COUNT(check_rows),
};
