/* SPDX-License-Identifier: Apache-2.0 */
/* t_backoff.c - waiting: jitter, Retry-After, dates, what a status means. */
#include "http/backoff.h"
#include "tap.h"

#include <math.h>
#include <time.h>

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define EXAMPLE_MS ((int64_t)784111777000)
#define DAY_MS ((int64_t)86400000)

static void jitter_stays_in_its_window(void)
{
	struct rng rng = { 7 };
	bool inside = true, low = false, high = false;

	for (unsigned attempt = 0; attempt < 100; attempt++) {
		for (int i = 0; i < 200; i++) {
			int64_t limit = attempt < 7 ? 100 << attempt : 10000;
			int64_t ms = backoff_full_jitter_ms(100, 10000, attempt, &rng);

			if (limit > 10000)
				limit = 10000;
			inside &= ms >= 0 && ms <= limit;
			low |= attempt > 10 && ms < 1000;
			high |= attempt > 10 && ms > 9000;
		}
	}
	OK(inside, "never negative, never above min(cap, base * 2^attempt)");
	OK(low && high, "and spread over the whole window");
	OK(backoff_full_jitter_ms(0, 0, 5, &rng) == 0, "nothing to wait is nothing to wait");
	OK(backoff_full_jitter_ms(1, INT64_MAX - 1, 4000000000u, &rng) >= 0,
	   "a huge cap and attempt do not overflow");
	OK(backoff_full_jitter_ms(0, 1000, 4000000000u, &rng) == 0, "a base of 0 ends");
}

static const struct {
	const char *value;
	int64_t wait_ms; /* -1: refused */
} retry_after[] = {
	{ "0", 0 },
	{ "120", 120000 },
	{ " 7\t", 7000 },
	{ "007", 7000 },
	{ "0.493", 493 },
	{ "0.4931", 494 },
	{ "0.49300", 493 },
	{ "0.4930000000000000000000000000000000000001", 494 },
	{ "0.0000001", 1 },
	{ "1.5", 1500 },
	{ "1.9999", 2000 },
	{ ".5", 500 },
	{ "3.", 3000 },
	{ "31622400", 366 * DAY_MS },
	{ "31622400.0", 366 * DAY_MS },
	{ "31622400.001", -1 },
	{ "31622401", -1 },
	{ "1764547200", -1 }, /* a Unix time, not a wait */
	{ "99999999999999999999999999", -1 },
	{ "18446744073709551617", -1 },
	{ "-1", -1 },
	{ "-0.5", -1 },
	{ "+5", -1 },
	{ "", -1 },
	{ ".", -1 },
	{ " ", -1 },
	{ "1.2.3", -1 },
	{ "1e3", -1 },
	{ "0x10", -1 },
	{ "5s", -1 },
	{ "1,5", -1 },
	{ "120, 120", -1 },
	{ "inf", -1 },
	{ "nan", -1 },
	{ "soon", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
	{ "Sun, 06 Nov 1994 08:49:38 GMT", 1000 },
	{ "Sunday, 06-Nov-94 08:49:39 GMT", 2000 },
	{ "Sun Nov  6 08:49:40 1994", 3000 },
	{ "Sun, 06 Nov 1994 08:49:36 GMT", 0 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Tue, 07 Nov 1995 08:49:37 GMT", 366 * DAY_MS },
	{ "Tue, 07 Nov 1995 08:49:38 GMT", -1 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", -1 },
};

static void every_form_of_retry_after_is_understood(void)
{
	for (size_t i = 0; i < COUNT(retry_after); i++) {
		int64_t got = -1;
		bool ok = retry_after_ms(str_from(retry_after[i].value), EXAMPLE_MS, &got);

		OK(got == retry_after[i].wait_ms && ok == (got >= 0), "Retry-After '%s' is %lld ms",
		   retry_after[i].value, (long long)retry_after[i].wait_ms);
	}
}

static void a_fraction_of_now_is_not_lost(void)
{
	int64_t wait_ms = -1;

	OK(retry_after_ms(STR("Sun, 06 Nov 1994 08:49:38 GMT"), EXAMPLE_MS + 1, &wait_ms) &&
		   wait_ms == 999,
	   "a date is waited for to the millisecond");
}

static const struct {
	const char *value;
	int64_t wall_ms; /* -1: refused */
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE_MS },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE_MS },
	{ "Sun Nov  6 08:49:37 1994", EXAMPLE_MS },
	{ "sun, 06 nov 1994 08:49:37 gmt", EXAMPLE_MS },
	{ "Sun, 06 Nov 1994 08:49:37 UTC", EXAMPLE_MS },
	{ "Sun, 6 Nov 1994 08:49:37 GMT", EXAMPLE_MS }, /* not legal, but seen and clear */
	{ "Wed Nov 16 08:49:37 1994", EXAMPLE_MS + 10 * DAY_MS },
	{ "Thursday, 29-Feb-24 00:00:00 GMT", 1709164800000 },
	{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400000 },
	{ "Wed, 31 Dec 2025 23:59:60 GMT", 1767225600000 },
	{ "Thursday, 01-Jan-70 00:00:00 GMT", 3155760000000 }, /* 2070: at most 50 years off */
	{ "Friday, 01-Jan-71 00:00:00 GMT", 31536000000 },
	{ "Thu, 29 Feb 1900 00:00:00 GMT", -1 },
	{ "Wed, 29 Feb 2023 00:00:00 GMT", -1 },
	{ "Sun, 00 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 31 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 Foo 1994 08:49:37 GMT", -1 },
	{ "Xyz, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:60:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:49:61 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 PST", -1 },
	{ "Sun, 06 Nov 1994 08:49:37", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT+1", -1 },
	{ "Sun, 06 Nov 94 08:49:37 GMT", -1 },
	{ "Sun, 06 Nov -994 08:49:37 GMT", -1 },
	{ "1994-11-06T08:49:37Z", -1 },
	{ "Sun, ", -1 },
	{ "", -1 },
};

static void three_forms_of_a_date(void)
{
	for (size_t i = 0; i < COUNT(dates); i++) {
		int64_t got = -1;
		bool ok = http_date_parse(str_from(dates[i].value), &got);

		OK(got == dates[i].wall_ms && ok == (got != -1), "date '%s'", dates[i].value);
	}
}

/* Not with %y: the compiler is against years of two digits, and rightly so. */
static void print_rfc850(char *text, size_t size, const struct tm *tm)
{
	char day[32], clock[16];

	strftime(day, sizeof(day), "%A, %d-%b-", tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", tm);
	snprintf(text, size, "%s%02d %s GMT", day, tm->tm_year % 100, clock);
}

static void print_date(char *text, size_t size, int form, const struct tm *tm)
{
	if (form == 0)
		strftime(text, size, "%a, %d %b %Y %H:%M:%S GMT", tm);
	else if (form == 1)
		print_rfc850(text, size, tm);
	else
		strftime(text, size, "%a %b %e %H:%M:%S %Y", tm);
}

static void dates_agree_with_the_c_library(void)
{
	struct rng rng = { 42 };
	int bad = 0;

	for (int i = 0; i < 30000; i++) {
		time_t at = (time_t)rng_below(&rng, (uint64_t)4102444800); /* until 2100 */
		char text[64];
		struct tm tm;
		int64_t got = -1;

		if (i % 3 == 1)
			at = 34000000 + at % 3100000000; /* two digits: 1971 to 2069 */
		gmtime_r(&at, &tm);
		print_date(text, sizeof(text), i % 3, &tm);
		bad += !http_date_parse(str_from(text), &got) || got != (int64_t)at * 1000;
	}
	OK(bad == 0, "30,000 dates in three forms come back as they were");
}

static void never_earlier_than_asked(void)
{
	struct rng rng = { 11 };
	int early = 0, late = 0;

	for (int i = 0; i < 100000; i++) {
		int64_t whole = (int64_t)rng_below(&rng, 100000);
		int digits = (int)rng_below(&rng, 9) + 1;
		int64_t scale = 1, fraction, wait_ms = -1;
		long double asked_ms;
		char text[64];

		for (int k = 0; k < digits; k++)
			scale *= 10;
		fraction = (int64_t)rng_below(&rng, (uint64_t)scale);
		snprintf(text, sizeof(text), "%lld.%0*lld", (long long)whole, digits,
			 (long long)fraction);
		asked_ms = (long double)whole * 1000 +
			   (long double)fraction * 1000 / (long double)scale;
		if (!retry_after_ms(str_from(text), 0, &wait_ms))
			wait_ms = -1;
		early += (long double)wait_ms < asked_ms;
		late += (long double)wait_ms > ceill(asked_ms);
	}
	OK(early == 0, "100,000 fractional waits: none is earlier than asked");
	OK(late == 0, "nor a millisecond later than needed");
}

static void rubbish_is_never_a_wait_and_never_a_crash(void)
{
	static const char alphabet[] = "0123456789. ,:-+SunNovGMTeE\t\x80";
	struct rng rng = { 5 };
	bool sane = true;

	for (int i = 0; i < 200000; i++) {
		char text[40];
		size_t n = rng_below(&rng, sizeof(text));
		int64_t wait_ms = 0;

		for (size_t k = 0; k < n; k++)
			text[k] = alphabet[rng_below(&rng, sizeof(alphabet))];
		if (retry_after_ms((struct str){ text, n }, EXAMPLE_MS, &wait_ms))
			sane &= wait_ms >= 0 && wait_ms <= 366 * DAY_MS;
	}
	OK(sane, "200,000 strings of rubbish give no wait or a sane one");
}

static void a_status_has_a_class(void)
{
	static const struct {
		int status;
		enum http_class class;
	} row[] = {
		{ 200, HTTP_OK },      { 201, HTTP_OK },      { 204, HTTP_OK },
		{ 299, HTTP_OK },      { 401, HTTP_AUTH },    { 403, HTTP_AUTH },
		{ 429, HTTP_LIMITED }, { 408, HTTP_RETRY },   { 425, HTTP_RETRY },
		{ 500, HTTP_RETRY },   { 503, HTTP_RETRY },   { 599, HTTP_RETRY },
		{ 400, HTTP_REFUSED }, { 404, HTTP_REFUSED }, { 451, HTTP_REFUSED },
		{ 499, HTTP_REFUSED }, { 100, HTTP_ODD },     { 302, HTTP_ODD },
		{ 0, HTTP_ODD },       { -1, HTTP_ODD },      { 600, HTTP_ODD },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		OK(http_class(row[i].status) == row[i].class, "class of %d", row[i].status);
}

int main(void)
{
	jitter_stays_in_its_window();
	every_form_of_retry_after_is_understood();
	a_fraction_of_now_is_not_lost();
	three_forms_of_a_date();
	dates_agree_with_the_c_library();
	never_earlier_than_asked();
	rubbish_is_never_a_wait_and_never_a_crash();
	a_status_has_a_class();
	return tap_done();
}
