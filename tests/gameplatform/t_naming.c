/* SPDX-License-Identifier: Apache-2.0 */
/* t_naming.c - what people and teams are called at the vendor. */
#include "gameplatform/naming.h"
#include "tap.h"

static struct arena *a;

static const char *text(struct str s)
{
	return str_keep(a, s).at;
}

static void divisions(void)
{
	static const char *const row[][2] = {
		{ "high_school", "high_school" },
		{ "highschool", "high_school" },
		{ "high-school", "high_school" },
		{ "middle_school", "middle_school" },
		{ "middleschool", "middle_school" },
		{ "middle-school", "middle_school" },
		{ "college", "college" },
		{ "", "high_school" },
		{ "kindergarten", "high_school" },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		IS(text(naming_division(str_from(row[i][0]))), row[i][1], row[i][0]);
}

static void affiliations(void)
{
	IS(text(naming_affiliation(STR(" Chess Club "), STR("Oak"))), "Chess Club", "its own");
	IS(text(naming_affiliation(STR("  "), STR("Oak"))), "Oak", "else the coach's school");
	IS(text(naming_affiliation(STR(""), STR(""))), "Unknown", "else none");
}

static void statuses(void)
{
	IS(text(naming_status(STR("approved"))), "approved", "known words stay");
	IS(text(naming_status(STR("denied"))), "denied", "also bad ones");
	IS(text(naming_status(STR("pending_approval"))), "pending", "the vendor's own word");
	IS(text(naming_status(STR("archived"))), "pending", "a word of tomorrow");
	IS(text(naming_status(STR(""))), "pending", "none");
	OK(naming_status_is_good(STR("user_created")) && naming_status_is_good(STR("approved")) &&
		   !naming_status_is_good(STR("pending")) && !naming_status_is_good(STR("denied")),
	   "who may have members");
}

static struct naming_names coach(struct naming_person p)
{
	struct naming_names n;

	p.id = STR("c0ac4");
	naming_coach(a, &p, &n);
	return n;
}

static void coaches(void)
{
	struct naming_names n = coach((struct naming_person){ .first = STR("Ada"),
							      .last = STR("Lovelace"),
							      .full = STR("Someone Else"),
							      .email = STR("a@x.example") });

	IS(text(n.username), "ada.lovelace", "first.last");
	IS(text(n.school), "Unknown School", "a school is needed");
	IS(text(n.region), "high_school", "and a region");
	n = coach((struct naming_person){ .full = STR(" Ada King Lovelace ") });
	IS(text(n.first), "Ada", "the first word of the full name");
	IS(text(n.last), "King Lovelace", "and the rest");
	IS(text(n.username), "ada.kinglovelace", "without what is not allowed");
	IS(text(n.email), "c0ac4@mock.metactf.local", "an address is needed");
	n = coach((struct naming_person){ .full = STR("") });
	IS(text(n.first), "Coach", "a first name is needed");
	IS(text(n.last), "User", "and a last");
	n = coach((struct naming_person){ .first = STR("\xe6\x98\x8e"),
					  .last = STR("\xe7\x8e\x8b") });
	IS(text(n.username), "c0ac4", "of other alphabets the id is left");
}

static struct naming_names competitor(struct naming_person p)
{
	struct naming_names n;

	p.id = STR("4f2e-11-aa");
	naming_competitor(a, &p, &n);
	return n;
}

static void competitors(void)
{
	struct naming_names n =
		competitor((struct naming_person){ .first = STR("Jos\xc3\xa9"),
						   .last = STR("O'Neil Smith"),
						   .email = STR("jose@school.example"),
						   .other_email = STR("j@home.example") });

	IS(text(n.username), "jos.oneilsmith", "letters, digits, . _ - are left");
	IS(text(n.first), "Jos\xc3\xa9", "of the user name alone");
	IS(text(n.email), "jose@school.example", "the school's address");
	n = competitor((struct naming_person){ .first = STR("\xe6\x98\x8e"),
					       .last = STR("\xe7\x8e\x8b"),
					       .email = STR("Wang.M@school.example"),
					       .other_email = STR("m@home.example") });
	IS(text(n.username), "wang.m", "else the local part of an address that is long enough");
	n = competitor((struct naming_person){ .first = STR("\xe6\x98\x8e"),
					       .last = STR("\xe7\x8e\x8b"),
					       .other_email = STR("ming@home.example") });
	IS(text(n.username), "ming", "their own first");
	IS(text(n.email), "ming@home.example", "which is also taken when there is no other");
	n = competitor((struct naming_person){ .first = STR(""), .last = STR("") });
	IS(text(n.username), "competitor-4f2e11aa", "else the id");
	IS(text(n.email), "", "an address is not made up");
	n = competitor((struct naming_person){ .first = STR("Maximiliana Alexandrina"),
					       .last = STR("Wolfeschlegelsteinhausen") });
	OK(n.username.len == 32, "at most 32 characters: %s", text(n.username));
}

int main(void)
{
	a = arena_new("naming", (size_t)1 << 20);
	divisions();
	affiliations();
	statuses();
	coaches();
	competitors();
	arena_free(a);
	return tap_done();
}
