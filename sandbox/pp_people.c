/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_people.c - contacts, accounts and users of the invented firm.
 *
 * A record's flavour (its ordinal modulo PP_FLAVOURS) decides which nasty value it carries; the
 * names are below.
 */
#include "pp_put.h"
#include "pp_words.h"

enum contact_flavour {
	CONTACT_ALL_NULL,
	CONTACT_HTML,
	CONTACT_EMOJI,
	CONTACT_NUL_NOTES,
	CONTACT_NUL_NAME,
	CONTACT_LONG_NAME,
	CONTACT_LONG_PHONE,
	CONTACT_SHARED_EMAIL,
	CONTACT_SHARED_EMAIL_TOO,
	CONTACT_ODD_STATUS,
	CONTACT_EXTRA,
	CONTACT_NO_STATUS,
	CONTACT_LONG_NOTES,
	CONTACT_ESCAPES,
	CONTACT_MARKS,
	CONTACT_EMPTY_TEXTS,
	CONTACT_SHOUTING_EMAIL,
};

enum account_flavour {
	ACCOUNT_NO_ADDRESS = 20,
	ACCOUNT_EXTRA,
	ACCOUNT_NO_NUMBER,
	ACCOUNT_ESCAPES,
	ACCOUNT_NO_PRIMARY,
};

/* Salts 16..63. */
enum {
	SALT_FIRST = 16,
	SALT_LAST,
	SALT_MIDDLE,
	SALT_MAIL,
	SALT_NOTES,
	SALT_STATUS,
	SALT_COMPANY,
	SALT_STREET,
	SALT_CITY,
	SALT_ASSIGNED,
	SALT_PHONE, /* and the 15 after it */
};

#define ACCOUNTS_IN_BLOCK 7
#define COMPANIES_FROM 5 /* of each seven accounts */

struct person {
	struct str first, middle, last; /* empty: null */
	bool nameless;                  /* no display name either */
};

/* In a nasty population the fifth account of each seven is a company without a person. */
static bool is_company(const struct population *p, uint32_t account, bool *without_person)
{
	uint32_t place = (account - PP_FIRST) % ACCOUNTS_IN_BLOCK;
	bool later = account < PP_FIRST || account - PP_FIRST >= p->shelf[PP_ACCOUNTS].base;

	*without_person = !later && !p->plain && place == COMPANIES_FROM - 1;
	return !later && (place >= COMPANIES_FROM || *without_person);
}

static void put_company_name(const struct population *p, uint32_t account, struct buf *b)
{
	uint64_t pick = pp_pick(p, PP_ACCOUNTS, account, SALT_COMPANY);

	buf_add(b, word(words_company_start, pick));
	buf_char(b, ' ');
	buf_add(b, word(words_last, pick >> 16));
	buf_char(b, ' ');
	buf_add(b, word(words_company_end, pick >> 32));
}

static struct person person_of(const struct population *p, uint32_t contact)
{
	uint64_t middle = pp_pick(p, PP_CONTACTS, contact, SALT_MIDDLE);
	struct person who = {
		.first = word(words_first, pp_pick(p, PP_CONTACTS, contact, SALT_FIRST)),
		.last = word(words_last, pp_pick(p, PP_CONTACTS, contact, SALT_LAST)),
	};

	if (middle % 5 == 0)
		who.middle = word(words_first, middle >> 8);
	switch (pp_flavour(p, contact)) {
	case CONTACT_ALL_NULL:
		return (struct person){ .nameless = true };
	case CONTACT_EMOJI:
		who.first = text_emoji_name;
		break;
	case CONTACT_NUL_NAME:
		who.last = text_nul_name;
		break;
	case CONTACT_LONG_NAME:
		who.first = text_long_first;
		who.last = text_long_last;
		break;
	case CONTACT_MARKS:
		who.first = text_marks_name;
		break;
	default:
		break;
	}
	return who;
}

static bool without_person(const struct population *p, uint32_t contact)
{
	bool nobody;

	is_company(p, pp_account_of(p, contact), &nobody);
	return nobody;
}

/* A JSON string, or null. */
static void put_contact_name(const struct population *p, uint32_t contact, struct buf *b)
{
	struct person who = person_of(p, contact);

	if (who.nameless) {
		PUT(b, "null");
		return;
	}
	buf_char(b, '"');
	if (without_person(p, contact)) {
		put_company_name(p, pp_account_of(p, contact), b);
	} else {
		buf_add(b, who.first);
		buf_char(b, ' ');
		buf_add(b, who.last);
	}
	buf_char(b, '"');
}

static void put_account_name(const struct population *p, uint32_t account, struct buf *b)
{
	uint32_t first;
	bool nobody;

	if (is_company(p, account, &nobody)) {
		buf_char(b, '"');
		put_company_name(p, account, b);
		buf_char(b, '"');
		return;
	}
	pp_contacts_of(p, account, &first);
	if (person_of(p, first).nameless)
		PUT(b, "\"Unnamed client\"");
	else
		put_contact_name(p, first, b);
}

void pp_put_account_ref(const struct population *p, uint32_t account, struct buf *b)
{
	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_ACCOUNTS, account, b);
	PUT(b, "\",\"display_name\":");
	put_account_name(p, account, b);
	buf_char(b, '}');
}

void pp_put_ghost_ref(const struct population *p, uint32_t ordinal, struct buf *b)
{
	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_NOBODY, ordinal, b);
	PUT(b, "\",\"display_name\":\"Somebody Else\"}");
}

void pp_put_contact_ref(const struct population *p, uint32_t contact, struct buf *b)
{
	PUT(b, "{\"account_ref\":");
	pp_put_account_ref(p, pp_account_of(p, contact), b);
	PUT(b, ",\"id\":\"");
	pp_put_id(p, PP_CONTACTS, contact, b);
	PUT(b, "\",\"display_name\":");
	put_contact_name(p, contact, b);
	buf_char(b, '}');
}

/* One of the spellings people use; all in the range kept free for fiction (555-01xx). */
static void put_phone(uint64_t pick, struct buf *b)
{
	static const struct {
		const char *before, *after;
	} spellings[] = { { "(", ") 555-01" },
			  { "", "-555-01" },
			  { "", ".555.01" },
			  { "+1 ", " 555 01" },
			  { "+1", "55501" } };
	size_t which = (pick >> 40) % COUNT(spellings);

	buf_char(b, '"');
	buf_add(b, str_from(spellings[which].before));
	buf_add(b, word(words_area, pick >> 8));
	buf_add(b, str_from(spellings[which].after));
	buf_char(b, (char)('0' + (pick >> 16) % 10));
	buf_char(b, (char)('0' + (pick >> 24) % 10));
	buf_char(b, '"');
}

static void put_phones(const struct population *p, uint32_t contact, struct buf *b)
{
	static const struct {
		const char *before;
		unsigned percent;
	} kinds[] = { { ",\"phone_mobile\":", 75 },
		      { ",\"phone_home\":", 30 },
		      { ",\"phone_fax\":", 15 },
		      { ",\"phone_work\":", 45 } };
	int flavour = pp_flavour(p, contact);
	uint32_t revision = pp_revision(p, PP_CONTACTS, contact);

	for (unsigned i = 0; i < COUNT(kinds); i++) {
		uint64_t pick = pp_pick(p, PP_CONTACTS, contact, SALT_PHONE + i) +
				(i == 0 ? revision * 0x0101010101010101u : 0);
		bool edited = i == 0 && revision;

		buf_add(b, str_from(kinds[i].before));
		if (flavour == CONTACT_LONG_PHONE && !edited)
			PUT(b, "\"+1 (202) 555-0123 ext. 00012345\"");
		else if (flavour == CONTACT_EMPTY_TEXTS && !edited)
			PUT(b, "\"\"");
		else if (edited || (flavour != CONTACT_ALL_NULL && pick % 100 < kinds[i].percent))
			put_phone(pick, b);
		else
			PUT(b, "null");
	}
}

static void put_email(const struct population *p, uint32_t contact, struct buf *b)
{
	uint64_t pick = pp_pick(p, PP_CONTACTS, contact, SALT_MAIL);

	PUT(b, ",\"email\":");
	switch (pp_flavour(p, contact)) {
	case CONTACT_ALL_NULL:
		PUT(b, "null");
		return;
	case CONTACT_SHARED_EMAIL:
	case CONTACT_SHARED_EMAIL_TOO:
		PUT(b, "\"office@example.com\"");
		return;
	case CONTACT_EMPTY_TEXTS:
		PUT(b, "\"\"");
		return;
	case CONTACT_SHOUTING_EMAIL:
		PUT(b, "\" Front.Desk@EXAMPLE.COM \"");
		return;
	default:
		break;
	}
	if (pick % 8 == 0) {
		PUT(b, "null");
		return;
	}
	buf_char(b, '"');
	buf_add(b, word(words_first, pp_pick(p, PP_CONTACTS, contact, SALT_FIRST)));
	buf_char(b, '.');
	put_number(b, pp_number(contact));
	buf_char(b, '@');
	buf_add(b, word(words_mail, pick >> 8));
	buf_char(b, '"');
}

/* Nothing, or some sentences. */
static void put_small_talk(uint64_t pick, unsigned nothing_percent, struct buf *b)
{
	if (pick % 100 < nothing_percent) {
		PUT(b, "null");
		return;
	}
	buf_char(b, '"');
	for (uint64_t n = 1 + (pick >> 8) % 8; n > 0; n--) {
		buf_add(b, word(words_sentence, pick >> (7 * n)));
		if (n > 1)
			buf_char(b, ' ');
	}
	buf_char(b, '"');
}

static void put_notes(const struct population *p, uint32_t contact, struct buf *b)
{
	static const struct {
		enum contact_flavour flavour;
		const struct str *text;
	} special[] = {
		{ CONTACT_HTML, &text_html },
		{ CONTACT_EMOJI, &text_emoji },
		{ CONTACT_NUL_NOTES, &text_nul },
		{ CONTACT_ESCAPES, &text_escapes },
		{ CONTACT_LONG_NOTES, &text_long_notes },
	};
	int flavour = pp_flavour(p, contact);

	PUT(b, ",\"notes\":");
	for (size_t i = 0; i < COUNT(special); i++) {
		if (flavour == (int)special[i].flavour) {
			put_quoted(b, *special[i].text);
			return;
		}
	}
	if (flavour == CONTACT_ALL_NULL)
		PUT(b, "null");
	else if (flavour == CONTACT_EMPTY_TEXTS)
		PUT(b, "\"\"");
	else
		put_small_talk(pp_pick(p, PP_CONTACTS, contact, SALT_NOTES), 10, b);
}

struct str pp_contact_status(const struct population *p, uint32_t contact)
{
	int flavour = pp_flavour(p, contact);

	if (flavour == CONTACT_ODD_STATUS)
		return STR("Prospect");
	if (flavour == CONTACT_NO_STATUS)
		return (struct str){ "", 0 };
	if (pp_pick(p, PP_CONTACTS, contact, SALT_STATUS) % 10 == 0)
		return STR("Archived");
	return STR("Active");
}

static bool is_primary(const struct population *p, uint32_t contact)
{
	uint32_t account = pp_account_of(p, contact), first;

	pp_contacts_of(p, account, &first);
	return first == contact && pp_flavour(p, account) != ACCOUNT_NO_PRIMARY;
}

void pp_put_contact(const struct population *p, uint32_t contact, struct buf *b)
{
	struct person who = person_of(p, contact);
	struct str status = pp_status(p, PP_CONTACTS, contact);
	int flavour = pp_flavour(p, contact);

	if (without_person(p, contact))
		who = (struct person){ .nameless = who.nameless };
	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_CONTACTS, contact, b);
	PUT(b, "\",\"account_ref\":");
	pp_put_account_ref(p, pp_account_of(p, contact), b);
	if (is_primary(p, contact))
		PUT(b, ",\"is_primary_contact\":true,\"display_name\":");
	else
		PUT(b, ",\"is_primary_contact\":false,\"display_name\":");
	put_contact_name(p, contact, b);
	put_string(b, ",\"first_name\":", who.first);
	put_string(b, ",\"middle_name\":", who.middle);
	put_string(b, ",\"last_name\":", who.last);
	put_phones(p, contact, b);
	put_email(p, contact, b);
	put_notes(p, contact, b);
	PUT(b, ",\"custom_field_values\":");
	pp_put_values(p, PP_CONTACTS, contact, b);
	if (status.len)
		put_string(b, ",\"status\":", status);
	if (flavour == CONTACT_EXTRA)
		pp_put_extra(b);
	buf_char(b, '}');
}

static void put_address(const struct population *p, uint32_t account, struct buf *b)
{
	uint64_t street = pp_pick(p, PP_ACCOUNTS, account, SALT_STREET);
	uint64_t city = pp_pick(p, PP_ACCOUNTS, account, SALT_CITY);
	uint32_t revision = pp_revision(p, PP_ACCOUNTS, account);
	int flavour = pp_flavour(p, account);

	if (flavour == ACCOUNT_NO_ADDRESS && !revision) {
		PUT(b, ",\"address_street_1\":null,\"address_street_2\":null,\"address_city\":null,"
		       "\"address_state\":null,\"address_country\":null,\"address_zip_code\":null");
		return;
	}
	PUT(b, ",\"address_street_1\":\"");
	put_number(b, 1 + (street >> 8) % 9999 + revision);
	buf_char(b, ' ');
	buf_add(b, word(words_street, street >> 24));
	if (flavour == ACCOUNT_ESCAPES)
		PUT(b, "\\r\\nGate \\\"B\\\"");
	if (street % 6 == 0)
		PUT(b, "\",\"address_street_2\":\"Suite 200");
	else
		PUT(b, "\",\"address_street_2\":null,\"address_city\":\"");
	if (street % 6 == 0)
		PUT(b, "\",\"address_city\":\"");
	buf_add(b, word(words_city, city));
	PUT(b, "\",\"address_state\":\"");
	buf_add(b, word(words_state, city >> 16));
	PUT(b, "\",\"address_country\":\"United States\",\"address_zip_code\":\"");
	put_number(b, 10000 + (city >> 24) % 89999);
	buf_char(b, '"');
}

static void put_account_contacts(const struct population *p, uint32_t account, struct buf *b)
{
	uint32_t first, n = pp_contacts_of(p, account, &first), at = first;
	bool listed = false;

	PUT(b, ",\"primary_contact\":");
	if (population_from(p, PP_CONTACTS, &at) && at == first && is_primary(p, first))
		pp_put_contact(p, first, b);
	else
		PUT(b, "null");
	PUT(b, ",\"other_contacts\":[");
	for (at = first; population_from(p, PP_CONTACTS, &at) && at < first + n; at++) {
		if (is_primary(p, at))
			continue;
		if (listed)
			buf_char(b, ',');
		pp_put_contact(p, at, b);
		listed = true;
	}
	buf_char(b, ']');
}

static void put_company(const struct population *p, uint32_t account, struct buf *b)
{
	bool nobody, company = is_company(p, account, &nobody);

	PUT(b, ",\"company_name\":");
	if (company)
		put_account_name(p, account, b);
	else
		PUT(b, "null");
	PUT(b, ",\"notes\":");
	put_small_talk(pp_pick(p, PP_ACCOUNTS, account, SALT_NOTES), company ? 50 : 100, b);
	PUT(b, ",\"company_custom_field_values\":");
	if (company)
		pp_put_values(p, PP_ACCOUNTS, account, b);
	else
		PUT(b, "[]");
}

void pp_put_account(const struct population *p, uint32_t account, struct buf *b)
{
	int flavour = pp_flavour(p, account);

	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_ACCOUNTS, account, b);
	PUT(b, "\",\"display_name\":");
	put_account_name(p, account, b);
	PUT(b, ",\"number\":");
	if (flavour == ACCOUNT_NO_NUMBER)
		PUT(b, "null");
	else
		put_number(b, pp_number(account));
	put_company(p, account, b);
	put_address(p, account, b);
	pp_put_tags(p, PP_ACCOUNTS, account, b);
	PUT(b, ",\"assigned_to_users\":[");
	pp_put_user_ref(p,
			PP_FIRST + (uint32_t)(pp_pick(p, PP_ACCOUNTS, account, SALT_ASSIGNED) %
					      p->shelf[PP_USERS].base),
			b);
	buf_char(b, ']');
	pp_put_times(p, PP_ACCOUNTS, account, b);
	put_account_contacts(p, account, b);
	if (flavour == ACCOUNT_EXTRA)
		pp_put_extra(b);
	buf_char(b, '}');
}

static struct str user_first(const struct population *p, uint32_t user)
{
	return word(words_first, pp_pick(p, PP_USERS, user, SALT_FIRST));
}

static struct str user_last(const struct population *p, uint32_t user)
{
	return word(words_last, pp_pick(p, PP_USERS, user, SALT_LAST));
}

/* "display_name":…,"<mail>":… */
static void put_user_names(const struct population *p, uint32_t user, const char *mail,
			   struct buf *b)
{
	PUT(b, "\"display_name\":\"");
	buf_add(b, user_first(p, user));
	buf_char(b, ' ');
	buf_add(b, user_last(p, user));
	PUT(b, "\",\"");
	buf_add(b, str_from(mail));
	PUT(b, "\":\"");
	buf_add(b, user_first(p, user));
	PUT(b, ".staff");
	put_number(b, pp_number(user));
	PUT(b, "@example.org\"");
}

void pp_put_user_ref(const struct population *p, uint32_t user, struct buf *b)
{
	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_USERS, user, b);
	PUT(b, "\",");
	put_user_names(p, user, "email_address", b);
	buf_char(b, '}');
}

void pp_put_user(const struct population *p, uint32_t user, struct buf *b)
{
	uint32_t edits = pp_revision(p, PP_USERS, user);

	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_USERS, user, b);
	if ((pp_pick(p, PP_USERS, user, SALT_STATUS) % 6 == 0) ^ (edits & 1))
		PUT(b, "\",\"is_active\":false,");
	else
		PUT(b, "\",\"is_active\":true,");
	put_user_names(p, user, "email", b);
	put_string(b, ",\"first_name\":", user_first(p, user));
	put_string(b, ",\"last_name\":", user_last(p, user));
	PUT(b, ",\"middle_name\":null");
	pp_put_times(p, PP_USERS, user, b);
	buf_char(b, '}');
}
