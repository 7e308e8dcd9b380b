/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone.c - named time zones, from TZif files (RFC 8536) and the POSIX rule at their end.
 *
 * Always: the transitions of a zone ascend strictly, every type index has its offset, and no offset
 * is a day or longer; a file that says otherwise is refused as damaged, whole.
 */
#include "data/zone.h"

#include "base/file.h"
#include "data/scan.h"

#include <dirent.h>
#include <stdlib.h>

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_BYTES_MAX ((size_t)256 * 1024)
#define NAME_BYTES_MAX 100
#define TYPES_MAX 256
#define OFFSET_S_MAX 93599 /* 25:59:59, RFC 8536 */
#define RULE_HOURS_MAX 167
#define S_PER_DAY ((int64_t)86400)

/* When in a year a POSIX rule changes the clock. */
struct change {
	char form; /* 'J': day 1-365 without 29 February; 'n': day 0-365; 'M': month, week, weekday
		    */
	int day, month, week, weekday; /* weekday: 0 = Sunday */
	int32_t time_s;                /* wall clock before the change, may lie in other days */
};

struct rule {
	int32_t standard_s, summer_s; /* offsets east of UTC */
	bool has_summer;
	struct change to_summer, to_standard;
};

struct zone {
	struct str name;
	int64_t *at; /* seconds since 1970, ascending */
	uint8_t *type;
	size_t n;
	int32_t offset_s[TYPES_MAX];
	size_t types;
	bool has_rule;
	struct rule rule;
};

/* The file. */

static bool take(struct str *rest, size_t n, struct str *out)
{
	if (n > rest->len)
		return false;
	*out = str_slice(*rest, 0, n);
	*rest = str_slice(*rest, n, rest->len);
	return true;
}

/* Big-endian, signed. */
static int64_t number(const char *p, size_t bytes)
{
	uint64_t n = (unsigned char)p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | (unsigned char)p[i];
	return (int64_t)n;
}

struct header {
	char version;
	uint32_t utc_n, std_n, leap_n, at_n, type_n, char_n;
};

#define HEADER_BYTES 44

static bool take_header(struct str *rest, struct header *h)
{
	struct str s;
	const char *p;

	if (!take(rest, HEADER_BYTES, &s) || !str_starts(s, STR("TZif")))
		return false;
	p = s.at + 20;
	*h = (struct header){ .version = s.at[4],
			      .utc_n = (uint32_t)number(p, 4),
			      .std_n = (uint32_t)number(p + 4, 4),
			      .leap_n = (uint32_t)number(p + 8, 4),
			      .at_n = (uint32_t)number(p + 12, 4),
			      .type_n = (uint32_t)number(p + 16, 4),
			      .char_n = (uint32_t)number(p + 20, 4) };
	return true;
}

struct body {
	struct str at, type, info;
};

#define INFO_BYTES 6

/* `width` is that of a time: 4 bytes in the first body, 8 in the second. */
static bool take_body(struct str *rest, const struct header *h, size_t width, struct body *b)
{
	struct str unused;

	return take(rest, (size_t)h->at_n * width, &b->at) && take(rest, h->at_n, &b->type) &&
	       take(rest, (size_t)h->type_n * INFO_BYTES, &b->info) &&
	       take(rest, h->char_n, &unused) &&
	       take(rest, (size_t)h->leap_n * (width + 4), &unused) &&
	       take(rest, h->std_n, &unused) && take(rest, h->utc_n, &unused);
}

static bool read_types(struct zone *z, const struct header *h, const struct body *b)
{
	if (h->type_n == 0 || h->type_n > TYPES_MAX)
		return false;
	z->types = h->type_n;
	for (size_t i = 0; i < z->types; i++) {
		int64_t s = number(b->info.at + i * INFO_BYTES, 4);

		if (s < -OFFSET_S_MAX || s > OFFSET_S_MAX)
			return false;
		z->offset_s[i] = (int32_t)s;
	}
	return true;
}

static bool read_transitions(struct arena *a, struct zone *z, const struct body *b, size_t width)
{
	z->n = b->type.len;
	z->at = arena_new_array(a, int64_t, z->n);
	z->type = arena_new_array(a, uint8_t, z->n);
	for (size_t i = 0; i < z->n; i++) {
		z->at[i] = number(b->at.at + i * width, width);
		z->type[i] = (uint8_t)b->type.at[i];
		if (z->type[i] >= z->types || (i > 0 && z->at[i] <= z->at[i - 1]))
			return false;
	}
	return true;
}

/* The rule. */

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "EST" or "<-03>": of no interest here. */
static bool skip_abbreviation(struct str *rest)
{
	size_t n = 0;

	if (scan_char(rest, '<')) {
		size_t len = rest->len;

		str_cut(rest, '>');
		return len > rest->len + 1;
	}
	while (n < rest->len && is_letter(rest->at[n]))
		n++;
	*rest = str_slice(*rest, n, rest->len);
	return n >= 3;
}

/* [+-]hours[:minutes[:seconds]] */
static bool scan_clock(struct str *rest, int32_t *seconds)
{
	int64_t h, m = 0, s = 0;
	bool minus = scan_char(rest, '-');

	if (!minus)
		scan_char(rest, '+');
	if (!scan_digits(rest, 1, 3, &h) || h > RULE_HOURS_MAX)
		return false;
	if (scan_char(rest, ':') && (!scan_digits(rest, 2, 2, &m) || m > 59))
		return false;
	if (scan_char(rest, ':') && (!scan_digits(rest, 2, 2, &s) || s > 59))
		return false;
	*seconds = (int32_t)((h * 3600 + m * 60 + s) * (minus ? -1 : 1));
	return true;
}

/* POSIX counts westwards. */
static bool scan_posix_offset(struct str *rest, int32_t *offset_s)
{
	int32_t west;

	if (!scan_clock(rest, &west) || west > OFFSET_S_MAX || west < -OFFSET_S_MAX)
		return false;
	*offset_s = -west;
	return true;
}

static bool scan_between(struct str *rest, int low, int high, int *out)
{
	int64_t n;

	if (!scan_digits(rest, 1, 3, &n) || n < low || n > high)
		return false;
	*out = (int)n;
	return true;
}

/* ",M3.2.0/2", ",J60" or ",59/-1:30" */
static bool scan_change(struct str *rest, struct change *c)
{
	bool good;

	*c = (struct change){ .form = 'n', .time_s = 2 * 3600 };
	if (!scan_char(rest, ','))
		return false;
	if (scan_char(rest, 'M')) {
		c->form = 'M';
		good = scan_between(rest, 1, 12, &c->month) && scan_char(rest, '.') &&
		       scan_between(rest, 1, 5, &c->week) && scan_char(rest, '.') &&
		       scan_between(rest, 0, 6, &c->weekday);
	} else if (scan_char(rest, 'J')) {
		c->form = 'J';
		good = scan_between(rest, 1, 365, &c->day);
	} else {
		good = scan_between(rest, 0, 365, &c->day);
	}
	return good && (!scan_char(rest, '/') || scan_clock(rest, &c->time_s));
}

static bool rule_parse(struct str s, struct rule *rule)
{
	struct rule r = { 0 };

	if (!skip_abbreviation(&s) || !scan_posix_offset(&s, &r.standard_s))
		return false;
	if (s.len > 0) {
		r.has_summer = true;
		r.summer_s = r.standard_s + 3600;
		if (!skip_abbreviation(&s) ||
		    (s.len > 0 && s.at[0] != ',' && !scan_posix_offset(&s, &r.summer_s)) ||
		    !scan_change(&s, &r.to_summer) || !scan_change(&s, &r.to_standard))
			return false;
	}
	*rule = r;
	return s.len == 0;
}

static int64_t day_of(int year, int month, int day)
{
	return civil_to_us((struct civil){ .year = year, .month = month, .day = day }) /
	       (S_PER_DAY * US_PER_S);
}

/* The day of the `week`th such weekday of a month, the last for week 5. */
static int64_t weekday_of_month(int year, const struct change *c)
{
	struct civil first = { .year = year, .month = c->month, .day = 1 };
	int to_monday_first = (c->weekday + 6) % 7;
	int64_t start = day_of(year, c->month, 1);
	int64_t end = c->month == 12 ? day_of(year + 1, 1, 1) : day_of(year, c->month + 1, 1);
	int64_t day = start + (to_monday_first - civil_weekday(first) + 7) % 7 + 7 * (c->week - 1);

	return day < end ? day : day - 7;
}

/* The local clock, in seconds, at which a change takes place in `year`. */
static int64_t change_at(int year, const struct change *c)
{
	int64_t day;

	if (c->form == 'M')
		day = weekday_of_month(year, c);
	else if (c->form == 'J')
		day = day_of(year, 1, 1) + c->day - 1 +
		      (c->day >= 60 && day_of(year, 3, 1) - day_of(year, 1, 1) == 60);
	else
		day = day_of(year, 1, 1) + c->day;
	return day * S_PER_DAY + c->time_s;
}

/* The latest change decides; they may lie in a neighbouring year.  Of two at once summer wins: so
 * rules write a summer that never ends. */
static int32_t rule_offset_s(const struct rule *r, int64_t s)
{
	int year = civil_from_us((s + r->standard_s) * US_PER_S).year;
	int64_t latest = INT64_MIN;
	int32_t offset_s = r->standard_s;

	for (int y = year - 1; r->has_summer && y <= year + 1; y++) {
		int64_t to_summer = change_at(y, &r->to_summer) - r->standard_s;
		int64_t to_standard = change_at(y, &r->to_standard) - r->summer_s;

		if (to_standard <= s && to_standard > latest) {
			latest = to_standard;
			offset_s = r->standard_s;
		}
		if (to_summer <= s && to_summer >= latest) {
			latest = to_summer;
			offset_s = r->summer_s;
		}
	}
	return offset_s;
}

/* Loading. */

static bool zone_read(struct arena *a, struct str file, struct zone *z)
{
	struct header h;
	struct body b;
	size_t width = 4;

	if (!take_header(&file, &h) || !take_body(&file, &h, width, &b))
		return false;
	if (h.version >= '2') {
		width = 8;
		if (!take_header(&file, &h) || !take_body(&file, &h, width, &b) ||
		    !scan_char(&file, '\n') || !str_ends(file, STR("\n")))
			return false;
		file = str_slice(file, 0, file.len - 1);
		z->has_rule = file.len > 0;
		if (z->has_rule && !rule_parse(file, &z->rule))
			return false;
	}
	/* Zones that count leap seconds ("right/…") show another time than everybody's. */
	return h.leap_n == 0 && read_types(z, &h, &b) && read_transitions(a, z, &b, width);
}

static bool name_valid(struct str name)
{
	if (name.len == 0 || name.len > NAME_BYTES_MAX || name.at[0] == '/')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!is_letter(c) && (c < '0' || c > '9') && (c == 0 || !strchr("_-+/", c)))
			return false;
	}
	return true;
}

#define ENTRIES_MAX 1000

/* The entry of directory `dir` that is nearest to `word`, or NULL. */
static const char *entry_nearest(struct arena *a, const char *dir, struct str word)
{
	const char **entry = arena_new_array(a, const char *, ENTRIES_MAX);
	DIR *d = opendir(dir);
	struct dirent *found;
	size_t n = 0;

	if (!d)
		return NULL;
	while (n < ENTRIES_MAX && (found = readdir(d)))
		if (is_letter(found->d_name[0]))
			entry[n++] = str_keep(a, str_from(found->d_name)).at;
	closedir(d);
	return str_nearest(word, entry, n);
}

/* ": did you mean 'America/New_York'?", word by word from the directories, or nothing. */
static struct str zone_hint(struct arena *a, struct str dir, struct str name)
{
	struct str at = { "", 0 }, rest = name;

	while (rest.len > 0) {
		struct str word = str_cut(&rest, '/');
		const char *near = entry_nearest(a, file_join(a, dir, at).at, word);

		if (!near)
			return STR("");
		at = file_join(a, at, str_from(near));
	}
	if (str_eq(at, name))
		return STR("");
	return str_printf(a, ": did you mean '%.*s'?", STR_ARG(at));
}

#define HINT_ARENA_BYTES ((size_t)1024 * 1024)

static bool no_such_zone(struct str dir, struct str name, struct err *e)
{
	AUTO_ARENA *a = arena_new("zone hint", HINT_ARENA_BYTES);
	struct str hint = zone_hint(a, dir, name);

	return err_set(e, ERR_CONFIG, "no time zone '%.*s'%.*s", STR_ARG(name), STR_ARG(hint));
}

bool zone_load(struct arena *a, struct str name, const struct zone **out, struct err *e)
{
	const char *env = getenv("TZDIR");
	struct str dir = env && env[0] ? str_from(env) : STR(ZONE_DIR), file;
	struct zone *z;

	if (!name_valid(name))
		return err_set(e, ERR_CONFIG,
			       "not the name of a time zone such as America/New_York");
	if (!file_read(a, file_join(a, dir, name).at, ZONE_BYTES_MAX, &file, e))
		return no_such_zone(dir, name, e);
	z = arena_new_struct(a, struct zone);
	z->name = str_keep(a, name);
	if (!zone_read(a, file, z))
		return err_set(e, ERR_CONFIG, "time zone '%.*s': its file is damaged",
			       STR_ARG(name));
	*out = z;
	return true;
}

/* Asking. */

struct str zone_name(const struct zone *z)
{
	return z->name;
}

static int64_t seconds_of(int64_t us)
{
	return us / US_PER_S - (us % US_PER_S < 0);
}

/* How many transitions lie at or before `s`. */
static size_t transitions_until(const struct zone *z, int64_t s)
{
	size_t low = 0, high = z->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (z->at[middle] <= s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32_t offset_at(const struct zone *z, int64_t s)
{
	size_t n = transitions_until(z, s);

	if (n == z->n && z->has_rule)
		return rule_offset_s(&z->rule, s);
	return z->offset_s[n > 0 ? z->type[n - 1] : 0];
}

int32_t zone_offset_s(const struct zone *z, int64_t us)
{
	return offset_at(z, seconds_of(us));
}

struct civil zone_civil(const struct zone *z, int64_t us)
{
	return civil_from_us(us + zone_offset_s(z, us) * US_PER_S);
}

/* The first second after the gap in which the wall clock would show `local`. */
static int64_t gap_end(const struct zone *z, int64_t local)
{
	int64_t before = local - OFFSET_S_MAX - 1, after = local + OFFSET_S_MAX + 1;

	/* The clock shows less at `before` and more at `after`, and `local` never. */
	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (middle + offset_at(z, middle) > local)
			after = middle;
		else
			before = middle;
	}
	return after;
}

static void offer(const struct zone *z, int64_t local, int32_t offset_s, int64_t *first)
{
	int64_t s = local - offset_s;

	if (s < *first && offset_at(z, s) == offset_s)
		*first = s;
}

int64_t zone_instant(const struct zone *z, struct civil c)
{
	int64_t local = seconds_of(civil_to_us(c)), first = INT64_MAX;

	for (size_t i = 0; i < z->types; i++)
		offer(z, local, z->offset_s[i], &first);
	if (z->has_rule)
		offer(z, local, z->rule.standard_s, &first);
	if (z->has_rule && z->rule.has_summer)
		offer(z, local, z->rule.summer_s, &first);
	if (first == INT64_MAX)
		return gap_end(z, local) * US_PER_S;
	return first * US_PER_S + c.us;
}
