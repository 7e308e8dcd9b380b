/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.c - how long to wait before trying again.
 *
 * Pure: everything follows from the arguments.  Whatever is not exact is rounded up, because a
 * request that comes a millisecond too early is refused like one that comes an hour too early.
 */
#include "http/backoff.h"

#define SECOND_MS ((int64_t)1000)
#define DAY_MS (86400 * SECOND_MS)
#define RETRY_AFTER_DAYS_MAX 366 /* more than a year is a mistake or malice, not a wish */
#define RETRY_AFTER_MS_MAX (RETRY_AFTER_DAYS_MAX * DAY_MS)

int64_t backoff_full_jitter_ms(int64_t base_ms, int64_t cap_ms, unsigned attempt, struct rng *rng)
{
	int64_t span_ms = base_ms;

	assert(base_ms >= 0 && base_ms <= cap_ms && cap_ms < INT64_MAX);
	while (attempt > 0 && span_ms > 0 && span_ms < cap_ms) {
		span_ms = span_ms > cap_ms / 2 ? cap_ms : 2 * span_ms;
		attempt--;
	}
	return (int64_t)rng_below(rng, (uint64_t)span_ms + 1);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cuts leading decimal digits off *rest; more than `*value` can hold count as "very many". */
static size_t cut_digits(struct str *rest, int64_t *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < rest->len && is_digit(rest->at[n]); n++)
		if (*value <= RETRY_AFTER_MS_MAX)
			*value = *value * 10 + (rest->at[n] - '0');
	*rest = str_slice(*rest, n, rest->len);
	return n;
}

/* Digits after the point to milliseconds, rounded up. */
static int64_t fraction_ms(struct str digits)
{
	int64_t ms = 0;
	bool more = false;

	for (size_t i = 0; i < 3; i++)
		ms = ms * 10 + (i < digits.len ? digits.at[i] - '0' : 0);
	for (size_t i = 3; i < digits.len; i++)
		more |= digits.at[i] != '0';
	return ms + more;
}

static bool seconds_parse(struct str text, int64_t *ms)
{
	struct str rest = text, fraction = { NULL, 0 };
	int64_t whole, ignored;
	size_t digits = cut_digits(&rest, &whole);

	if (rest.len > 0 && rest.at[0] == '.') {
		fraction = str_slice(rest, 1, rest.len);
		rest = fraction;
		fraction.len = cut_digits(&rest, &ignored);
		digits += fraction.len;
	}
	if (digits == 0 || rest.len > 0 || whole > RETRY_AFTER_MS_MAX / SECOND_MS)
		return false;
	*ms = whole * SECOND_MS + fraction_ms(fraction);
	return true;
}

/*
 * The three forms of RFC 9110, 5.6.7, each as a pattern: a letter stands for a part, everything
 * else for itself.  w and W weekday, short and long; d day; m month; Y and y year with four and two
 * digits; h i s time of day; z the zone.
 */
static const char *const date_form[] = {
	"w, d m Y h:i:s z",
	"W, d-m-y h:i:s z",
	"w m d h:i:s Y",
};

static const char *const weekday_name[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
					    "Thursday", "Friday", "Saturday" };
static const char *const month_name[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const zone_name[] = { "GMT", "UTC" };

struct date {
	int64_t year, month, day, hour, minute, second;
	bool short_year;
};

/* Cuts one of `name` off *rest, its first `letters` only when that is not 0; its index or -1. */
static int cut_name(struct str *rest, const char *const *name, size_t n, size_t letters)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = letters ? letters : strlen(name[i]);
		struct str head = str_slice(*rest, 0, len);

		if (!str_eq_nocase(head, (struct str){ name[i], len }))
			continue;
		*rest = str_slice(*rest, len, rest->len);
		return (int)i;
	}
	return -1;
}

static bool cut_number(struct str *rest, size_t digits, int64_t *value)
{
	struct str head = str_slice(*rest, 0, digits);

	*rest = str_slice(*rest, digits, rest->len);
	return head.len == digits && cut_digits(&head, value) == digits;
}

/* Two digits; one alone, or after a space, is as clear. */
static bool cut_day(struct str *rest, int64_t *value)
{
	bool padded = rest->len > 0 && rest->at[0] == ' ';
	struct str head = str_slice(*rest, padded, 2);
	size_t digits = cut_digits(&head, value);

	*rest = str_slice(*rest, padded + digits, rest->len);
	return digits > 0;
}

static bool cut_month(struct str *rest, int64_t *month)
{
	*month = cut_name(rest, month_name, COUNT(month_name), 3) + 1;
	return *month > 0;
}

static bool cut_char(struct str *rest, char c)
{
	if (rest->len == 0 || rest->at[0] != c)
		return false;
	*rest = str_slice(*rest, 1, rest->len);
	return true;
}

static bool cut_part(struct str *rest, char part, struct date *d)
{
	switch (part) {
	case 'w':
		return cut_name(rest, weekday_name, COUNT(weekday_name), 3) >= 0;
	case 'W':
		return cut_name(rest, weekday_name, COUNT(weekday_name), 0) >= 0;
	case 'd':
		return cut_day(rest, &d->day);
	case 'm':
		return cut_month(rest, &d->month);
	case 'Y':
		return cut_number(rest, 4, &d->year);
	case 'y':
		d->short_year = true;
		return cut_number(rest, 2, &d->year);
	case 'h':
		return cut_number(rest, 2, &d->hour);
	case 'i':
		return cut_number(rest, 2, &d->minute);
	case 's':
		return cut_number(rest, 2, &d->second);
	case 'z':
		return cut_name(rest, zone_name, COUNT(zone_name), 0) >= 0;
	default:
		return cut_char(rest, part);
	}
}

static bool date_matches(struct str text, const char *form, struct date *d)
{
	*d = (struct date){ 0 };
	for (const char *part = form; *part; part++)
		if (!cut_part(&text, *part, d))
			return false;
	return text.len == 0;
}

/* Days from 1970-01-01 in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
 * algorithms"): years run from March, so that the leap day is the last. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
	int64_t y = year - (month <= 2) + 400; /* never negative for years from 0 on */
	int64_t era = y / 400, of_era = y % 400;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return (era - 1) * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool date_is_real(const struct date *d)
{
	int64_t next = d->month == 12 ? days_from_civil(d->year + 1, 1, 1)
				      : days_from_civil(d->year, d->month + 1, 1);
	int64_t days = next - days_from_civil(d->year, d->month, 1);

	return d->day >= 1 && d->day <= days && d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

static int64_t date_to_ms(const struct date *d)
{
	int64_t days = days_from_civil(d->year, d->month, d->day);

	return days * DAY_MS + ((d->hour * 60 + d->minute) * 60 + d->second) * SECOND_MS;
}

/*
 * A year of two digits is the one with these digits that is at most 50 years in the future (RFC
 * 9110, 5.6.7).  A year is taken as 365.2425 days: the century does not hang on a few hours.
 */
static int64_t full_year(int64_t year, int64_t now_wall_ms)
{
	int64_t now_year = 1970 + now_wall_ms / (DAY_MS * 3652425 / 10000);
	int64_t full = now_year - now_year % 100 + year;

	if (full > now_year + 50)
		return full - 100;
	if (full <= now_year - 50)
		return full + 100;
	return full;
}

static bool date_parse(struct str text, int64_t now_wall_ms, int64_t *wall_ms)
{
	struct date d;

	for (size_t i = 0; i < COUNT(date_form); i++) {
		if (!date_matches(text, date_form[i], &d))
			continue;
		if (d.short_year)
			d.year = full_year(d.year, now_wall_ms);
		if (!date_is_real(&d))
			return false;
		*wall_ms = date_to_ms(&d);
		return true;
	}
	return false;
}

/* 2020-07-01: with it, years of two digits are 1971 to 2070. */
#define SHORT_YEAR_NOW_MS ((int64_t)1593561600000)

bool http_date_parse(struct str value, int64_t *wall_ms)
{
	return date_parse(str_trim(value), SHORT_YEAR_NOW_MS, wall_ms);
}

bool retry_after_ms(struct str value, int64_t now_wall_ms, int64_t *wait_ms)
{
	struct str text = str_trim(value);
	int64_t ms;

	if (!seconds_parse(text, &ms)) {
		if (!date_parse(text, now_wall_ms, &ms))
			return false;
		ms -= now_wall_ms;
	}
	if (ms > RETRY_AFTER_MS_MAX)
		return false;
	*wait_ms = ms > 0 ? ms : 0;
	return true;
}

enum http_class http_class(int status)
{
	if (status >= 200 && status <= 299)
		return HTTP_OK;
	if (status == 401 || status == 403)
		return HTTP_AUTH;
	if (status == 429)
		return HTTP_LIMITED;
	if (status == 408 || status == 425 || (status >= 500 && status <= 599))
		return HTTP_RETRY;
	if (status >= 400 && status <= 499)
		return HTTP_REFUSED;
	return HTTP_ODD;
}
