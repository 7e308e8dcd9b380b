/* SPDX-License-Identifier: Apache-2.0 */
/* naming.c - what our people and teams are called at the vendor. */
#include "gameplatform/naming.h"

#include "base/buf.h"

#define USERNAME_MAX 32
#define USERNAME_MIN 3
#define NO_SCHOOL STR("Unknown School")
#define NO_REGION STR("high_school")

static struct str or_else(struct str s, struct str otherwise)
{
	s = str_trim(s);
	return s.len ? s : otherwise;
}

/* ---- words ---- */

struct str naming_division(struct str said)
{
	static const struct {
		const char *said, *means;
	} row[] = {
		{ "high_school", "high_school" },
		{ "middle_school", "middle_school" },
		{ "college", "college" },
		{ "middleschool", "middle_school" },
		{ "middle-school", "middle_school" },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		if (str_eq(str_trim(said), str_from(row[i].said)))
			return str_from(row[i].means);
	return STR("high_school");
}

struct str naming_affiliation(struct str own, struct str school)
{
	return or_else(own, or_else(school, STR("Unknown")));
}

struct str naming_status(struct str vendors)
{
	static const char *const kept[] = { "user_created", "approved", "denied", "error" };

	for (size_t i = 0; i < COUNT(kept); i++)
		if (str_eq(vendors, str_from(kept[i])))
			return str_from(kept[i]);
	return STR("pending");
}

bool naming_status_is_good(struct str status)
{
	return str_eq(status, STR("approved")) || str_eq(status, STR("user_created"));
}

/* ---- user names ---- */

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Lower case, and only what a user name may hold: at most `max` bytes of it. */
static struct str strip(struct arena *a, struct str s, size_t max)
{
	char *at = arena_alloc(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < max; i++) {
		char c = s.at[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if (is_alnum(c) || c == '.' || c == '_' || c == '-')
			at[n++] = c;
	}
	return (struct str){ at, n };
}

static bool has_alnum(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_alnum(s.at[i]))
			return true;
	return false;
}

static struct str dotted(struct arena *a, struct str first, struct str last, size_t max)
{
	struct str s =
		str_printf(a, "%.*s.%.*s", STR_ARG(str_trim(first)), STR_ARG(str_trim(last)));

	return strip(a, s, max);
}

/* Names in other alphabets leave nothing but the dot. */
static bool is_username(struct str s)
{
	return s.len >= USERNAME_MIN && has_alnum(s);
}

static struct str local_part(struct arena *a, struct str email)
{
	return strip(a, str_cut(&email, '@'), USERNAME_MAX);
}

static struct str last_resort(struct arena *a, struct str id)
{
	struct str plain = strip(a, id, id.len);
	struct str text;
	struct buf b;

	buf_in(&b, a, id.len + 16);
	buf_add(&b, STR("competitor-"));
	for (size_t i = 0; i < plain.len; i++)
		if (is_alnum(plain.at[i]))
			buf_char(&b, plain.at[i]);
	text = buf_str(&b);
	return str_slice(text, 0, USERNAME_MAX);
}

/* ---- people ---- */

void naming_coach(struct arena *a, const struct naming_person *p, struct naming_names *out)
{
	struct str rest = str_trim(p->full), word = str_cut(&rest, ' ');

	out->first = or_else(p->first, or_else(word, STR("Coach")));
	out->last = or_else(p->last, or_else(rest, STR("User")));
	out->email = or_else(p->email, str_printf(a, "%.*s@mock.metactf.local", STR_ARG(p->id)));
	out->username = dotted(a, out->first, out->last, SIZE_MAX);
	if (!has_alnum(out->username))
		out->username = p->id;
	out->school = or_else(p->school, NO_SCHOOL);
	out->region = or_else(p->region, NO_REGION);
}

void naming_competitor(struct arena *a, const struct naming_person *p, struct naming_names *out)
{
	out->first = str_trim(p->first);
	out->last = str_trim(p->last);
	out->email = or_else(p->email, str_trim(p->other_email));
	out->school = or_else(p->school, NO_SCHOOL);
	out->region = or_else(p->region, NO_REGION);
	out->username = dotted(a, p->first, p->last, USERNAME_MAX);
	if (!is_username(out->username))
		out->username = local_part(a, p->other_email);
	if (!is_username(out->username))
		out->username = local_part(a, p->email);
	if (!is_username(out->username))
		out->username = last_resort(a, p->id);
}
