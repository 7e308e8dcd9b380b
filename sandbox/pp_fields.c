/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_fields.c - the firm's custom fields and their values.
 *
 * As at the vendor, a value has all six keys whatever its type, the unused ones null, except
 * value_boolean, which is false on everything but a ticked box.
 */
#include "instant.h"
#include "pp_put.h"
#include "pp_words.h"

#include <stdio.h>

enum field_type {
	TYPE_TEXT_BOX,
	TYPE_DATE,
	TYPE_DATE_TIME,
	TYPE_NUMBER,
	TYPE_CURRENCY,
	TYPE_EDITOR,
	TYPE_LIST,
	TYPE_CHECKBOX,
	TYPE_CONTACT,
	TYPE_UNHEARD_OF, /* what the vendor invents next year */
};

static const char *const type_names[] = {
	"TextBox",    "Date",         "DateTime", "Number",  "Currency",
	"TextEditor", "DropDownList", "Checkbox", "Contact", "Address",
};

/* What stands in a text. */
enum field_fill { FILL_SENTENCE, FILL_STREET, FILL_CITY, FILL_STATE, FILL_DIGITS, FILL_PERSON };

struct field {
	const char *label;
	enum field_type type;
	enum pp_owner owner;
	enum field_fill fill;
	int days;            /* dates: after the close of escrow */
	const char *options; /* lists: comma-separated */
};

/* clang-format off */
static const struct field fields[] = {
	{ "Type of Exchange", TYPE_LIST, PP_OF_MATTER, 0, 0, "Delayed,Reverse,Improvement,Simultaneous" },
	{ "Rel Value", TYPE_CURRENCY, PP_OF_MATTER, 0, 0, NULL },
	{ "Close of Escrow Date", TYPE_DATE, PP_OF_MATTER, 0, 0, NULL },
	{ "Day 45", TYPE_DATE, PP_OF_MATTER, 0, 45, NULL },
	{ "Day 180", TYPE_DATE, PP_OF_MATTER, 0, 180, NULL },
	{ "Identified?", TYPE_CHECKBOX, PP_OF_MATTER, 0, 0, NULL },
	/* Up to here every matter has them; of the rest two. */
	{ "Bank", TYPE_LIST, PP_OF_MATTER, 0, 0, "First Harbor Bank,Quarry Savings,Tidewater Trust" },
	{ "Bank", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_DIGITS, 0, NULL },
	{ "Proceeds", TYPE_CURRENCY, PP_OF_MATTER, 0, 0, NULL },
	{ "Rel Property Address", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_STREET, 0, NULL },
	{ "Rel Property City", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_CITY, 0, NULL },
	{ "Rel Property State", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_STATE, 0, NULL },
	{ "Rel Property Zip", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_DIGITS, 0, NULL },
	{ "Rel APN", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_DIGITS, 0, NULL },
	{ "Rel Escrow Number", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_DIGITS, 0, NULL },
	{ "Rel Contract Date", TYPE_DATE, PP_OF_MATTER, 0, -30, NULL },
	{ "Rel Purchase Contract Title", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_SENTENCE, 0, NULL },
	{ "Rep 1 Value", TYPE_CURRENCY, PP_OF_MATTER, 0, 0, NULL },
	{ "Rep 1 Property Address", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_STREET, 0, NULL },
	{ "Rep 1 City", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_CITY, 0, NULL },
	{ "Rep 1 State", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_STATE, 0, NULL },
	{ "Rep 1 Zip", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_DIGITS, 0, NULL },
	{ "Rep 1 APN", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_DIGITS, 0, NULL },
	{ "Rep 1 Escrow Number", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_DIGITS, 0, NULL },
	{ "Rep 1 Purchase Contract Date", TYPE_DATE, PP_OF_MATTER, 0, 60, NULL },
	{ "Rep 1 Seller 1 Name", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_PERSON, 0, NULL },
	{ "Rep 1 Seller 2 Name", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_PERSON, 0, NULL },
	{ "Client Vesting", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_PERSON, 0, NULL },
	{ "Buyer 1 Name", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_PERSON, 0, NULL },
	{ "Buyer 2 Name", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_PERSON, 0, NULL },
	{ "Reason for Cancellation", TYPE_EDITOR, PP_OF_MATTER, FILL_SENTENCE, 0, NULL },
	{ "Failed Exchange?", TYPE_CHECKBOX, PP_OF_MATTER, 0, 0, NULL },
	{ "Exchange Closed On", TYPE_DATE_TIME, PP_OF_MATTER, 0, 170, NULL },
	{ "Escrow Company Name", TYPE_TEXT_BOX, PP_OF_MATTER, FILL_PERSON, 0, NULL },
	{ "Number of Parcels", TYPE_NUMBER, PP_OF_MATTER, 0, 0, NULL },
	{ "Referred By", TYPE_CONTACT, PP_OF_MATTER, 0, 0, NULL },
	{ "Site", TYPE_UNHEARD_OF, PP_OF_MATTER, FILL_STREET, 0, NULL },

	{ "Referral Source", TYPE_LIST, PP_OF_CONTACT, 0, 0, "Attorney,Accountant,Broker,Web" },
	{ "Birthday", TYPE_DATE, PP_OF_CONTACT, 0, -15000, NULL },
	{ "Best Time to Call", TYPE_TEXT_BOX, PP_OF_CONTACT, FILL_SENTENCE, 0, NULL },
	{ "Newsletter", TYPE_CHECKBOX, PP_OF_CONTACT, 0, 0, NULL },
	{ "Spouse", TYPE_CONTACT, PP_OF_CONTACT, 0, 0, NULL },
	{ "Net Worth", TYPE_CURRENCY, PP_OF_CONTACT, 0, 0, NULL },

	{ "State of Formation", TYPE_TEXT_BOX, PP_OF_COMPANY, FILL_STATE, 0, NULL },
	{ "Entity Type", TYPE_LIST, PP_OF_COMPANY, 0, 0, "LLC,Trust,Corporation,Partnership" },
	{ "EIN on File", TYPE_CHECKBOX, PP_OF_COMPANY, 0, 0, NULL },
};
/* clang-format on */

#define MATTER_ALWAYS 6
#define MATTER_FIELDS 37
#define CONTACT_FIELDS 6
#define COMPANY_FIELDS 3
#define FIRST_BANK 6

_Static_assert(MATTER_FIELDS + CONTACT_FIELDS + COMPANY_FIELDS == COUNT(fields), "count them");

static const size_t owner_from[PP_OWNERS + 1] = {
	[PP_OF_MATTER] = 0,
	[PP_OF_CONTACT] = MATTER_FIELDS,
	[PP_OF_COMPANY] = MATTER_FIELDS + CONTACT_FIELDS,
};

/* Flavours of matters and contacts that concern their fields. */
enum {
	FLAVOUR_ALL_NULL = 0,
	FLAVOUR_EXACT_MONEY = 31,
	FLAVOUR_LARGE_MONEY,
	FLAVOUR_NEGATIVE_MONEY,
	FLAVOUR_SAME_LABEL,
	FLAVOUR_UNHEARD_OF,
	FLAVOUR_EVERY_FIELD,
};

enum { SALT_ESCROW = 64, SALT_CHOICE, SALT_FIELD = 80 /* and one for each field */ };

static enum pp_owner owner_of(enum pp_kind kind)
{
	if (kind == PP_MATTERS)
		return PP_OF_MATTER;
	return kind == PP_CONTACTS ? PP_OF_CONTACT : PP_OF_COMPANY;
}

static struct str option(const char *options, uint64_t pick)
{
	struct str rest = str_from(options), chosen;
	uint64_t n = 1;

	for (const char *c = options; *c; c++)
		n += *c == ',';
	n = pick % n;
	do
		chosen = str_cut(&rest, ',');
	while (n--);
	return chosen;
}

static void put_text(const struct field *f, uint64_t pick, struct buf *b)
{
	buf_char(b, '"');
	switch (f->fill) {
	case FILL_STREET:
		put_number(b, 1 + pick % 9999);
		buf_char(b, ' ');
		buf_add(b, word(words_street, pick >> 16));
		break;
	case FILL_CITY:
		buf_add(b, word(words_city, pick));
		break;
	case FILL_STATE:
		buf_add(b, word(words_state, pick));
		break;
	case FILL_DIGITS:
		/* Leading zeros and something that looks like 1e3: ids are text. */
		buf_add(b, pick % 7 ? STR("00") : STR("1e"));
		put_number(b, pick >> 40);
		break;
	case FILL_PERSON:
		buf_add(b, word(words_first, pick));
		buf_char(b, ' ');
		buf_add(b, word(words_last, pick >> 16));
		break;
	case FILL_SENTENCE:
		buf_add(b, word(words_sentence, pick));
		break;
	}
	buf_char(b, '"');
}

/* At least one fraction digit and no trailing zero after it: 509135.89, 120000.0, 77.5. */
static void put_money(uint64_t pick, int flavour, struct buf *b)
{
	uint64_t cents = 5000000 + pick % 500000000;

	if (flavour == FLAVOUR_EXACT_MONEY) {
		PUT(b, "509135.89");
		return;
	}
	if (flavour == FLAVOUR_LARGE_MONEY) {
		PUT(b, "9007199254740.93");
		return;
	}
	if (flavour == FLAVOUR_NEGATIVE_MONEY)
		buf_char(b, '-');
	if (pick % 3 == 0)
		cents -= cents % 100;
	put_number(b, cents / 100);
	buf_char(b, '.');
	buf_char(b, (char)('0' + cents / 10 % 10));
	if (cents % 10)
		buf_char(b, (char)('0' + cents % 10));
}

/* The record a value belongs to. */
struct owner {
	const struct population *p;
	enum pp_kind kind;
	uint32_t ordinal;
	uint32_t revision;
};

static int64_t escrow_ms(const struct owner *o)
{
	int64_t created_ms = pp_created_ms(o->p, o->kind, o->ordinal);
	uint64_t pick = pp_pick(o->p, o->kind, o->ordinal, SALT_ESCROW);

	/* What was added since the start began on a day of its own, too. */
	return created_ms + (int64_t)(pick % 60) * MS_PER_DAY;
}

static void put_date(const struct owner *o, const struct field *f, struct buf *b)
{
	int64_t ms = escrow_ms(o) + f->days * MS_PER_DAY;

	buf_char(b, '"');
	instant_put(b, f->type == TYPE_DATE ? instant_pacific_midnight(ms) : ms);
	buf_char(b, '"');
}

static void put_somebody(const struct owner *o, uint64_t pick, struct buf *b)
{
	uint32_t contacts = o->p->shelf[PP_CONTACTS].base;

	if (contacts)
		pp_put_contact_ref(o->p, PP_FIRST + (uint32_t)(pick % contacts), b);
	else
		PUT(b, "null");
}

static void put_value_string(const struct field *f, uint64_t pick, struct buf *b)
{
	PUT(b, ",\"value_string\":");
	if (f->type == TYPE_LIST)
		put_quoted(b, option(f->options, pick));
	else if (f->type == TYPE_TEXT_BOX || f->type == TYPE_EDITOR || f->type == TYPE_UNHEARD_OF)
		put_text(f, pick, b);
	else
		PUT(b, "null");
}

static void put_value_number(const struct owner *o, const struct field *f, uint64_t pick,
			     struct buf *b)
{
	PUT(b, ",\"value_number\":");
	if (f->type == TYPE_CURRENCY) {
		/* An edit moves the amount, unless the flavour fixes it. */
		put_money(pick + o->revision * 4099u,
			  o->revision ? -1 : pp_flavour(o->p, o->ordinal), b);
	} else if (f->type == TYPE_NUMBER) {
		put_number(b, pick % 12);
		PUT(b, ".0");
	} else {
		PUT(b, "null");
	}
}

static void put_ref(const struct population *p, size_t field, struct buf *b)
{
	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_FIELDS, (uint32_t)field, b);
	PUT(b, "\",\"label\":\"");
	buf_add(b, str_from(fields[field].label));
	PUT(b, "\",\"value_type\":\"");
	buf_add(b, str_from(type_names[fields[field].type]));
	buf_char(b, '"');
}

static void put_value(const struct owner *o, size_t field, struct buf *b)
{
	const struct field *f = &fields[field];
	uint64_t pick = pp_pick(o->p, o->kind, o->ordinal, SALT_FIELD + (unsigned)field);

	PUT(b, "{\"custom_field_ref\":");
	put_ref(o->p, field, b);
	if (f->type == TYPE_CHECKBOX && pick % 3 == 0)
		PUT(b, "},\"value_boolean\":true,\"contact_ref\":");
	else
		PUT(b, "},\"value_boolean\":false,\"contact_ref\":");
	if (f->type == TYPE_CONTACT)
		put_somebody(o, pick, b);
	else
		PUT(b, "null");
	PUT(b, ",\"value_date_time\":");
	if (f->type == TYPE_DATE || f->type == TYPE_DATE_TIME)
		put_date(o, f, b);
	else
		PUT(b, "null");
	put_value_number(o, f, pick, b);
	put_value_string(f, pick, b);
	buf_char(b, '}');
}

static void put_range(const struct owner *o, size_t from, size_t to, struct buf *b)
{
	for (size_t i = from; i < to; i++) {
		if (b->at[b->len - 1] != '[')
			buf_char(b, ',');
		put_value(o, i, b);
	}
}

static void put_matter_values(const struct owner *o, struct buf *b)
{
	uint64_t choice = pp_pick(o->p, o->kind, o->ordinal, SALT_CHOICE);
	size_t others = MATTER_FIELDS - 1 - MATTER_ALWAYS; /* not the type nobody knows */
	size_t one = MATTER_ALWAYS + choice % (others / 2);
	size_t two = MATTER_ALWAYS + others / 2 + (choice >> 16) % (others - others / 2);

	switch (pp_flavour(o->p, o->ordinal)) {
	case FLAVOUR_EVERY_FIELD:
		put_range(o, 0, MATTER_FIELDS, b);
		return;
	case FLAVOUR_SAME_LABEL:
		put_range(o, 0, MATTER_ALWAYS, b);
		put_range(o, FIRST_BANK, FIRST_BANK + 2, b);
		return;
	case FLAVOUR_UNHEARD_OF:
		put_range(o, 0, MATTER_ALWAYS, b);
		put_range(o, MATTER_FIELDS - 1, MATTER_FIELDS, b);
		return;
	default:
		put_range(o, 0, MATTER_ALWAYS, b);
		put_range(o, one, one + 1, b);
		put_range(o, two, two + 1, b);
	}
}

void pp_put_values(const struct population *p, enum pp_kind kind, uint32_t ordinal, struct buf *b)
{
	struct owner o = { p, kind, ordinal, pp_revision(p, kind, ordinal) };
	uint64_t choice = pp_pick(p, kind, ordinal, SALT_CHOICE);
	size_t from = owner_from[owner_of(kind)];
	int flavour = pp_flavour(p, ordinal);

	buf_char(b, '[');
	if (kind == PP_MATTERS)
		put_matter_values(&o, b);
	else if (kind == PP_ACCOUNTS)
		put_range(&o, from, from + COMPANY_FIELDS, b);
	else if (flavour == FLAVOUR_EVERY_FIELD)
		put_range(&o, from, from + CONTACT_FIELDS, b);
	else if (choice % 100 < 85 && flavour != FLAVOUR_ALL_NULL)
		put_range(&o, from + (choice >> 8) % CONTACT_FIELDS,
			  from + (choice >> 8) % CONTACT_FIELDS + 1, b);
	buf_char(b, ']');
}

static void put_definition(const struct population *p, size_t field, struct buf *b)
{
	put_ref(p, field, b);
	put_string(b, ",\"dropdown_list_values\":",
		   str_from(fields[field].options ? fields[field].options : ""));
	PUT(b, ",\"help_text\":null,\"tooltip\":null}");
}

void pp_put_definitions(const struct population *p, enum pp_owner owner, struct buf *b)
{
	bool first = true;

	buf_char(b, '[');
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (fields[i].owner != owner || (p->plain && fields[i].type == TYPE_UNHEARD_OF))
			continue;
		if (!first)
			buf_char(b, ',');
		put_definition(p, i, b);
		first = false;
	}
	buf_char(b, ']');
}

bool pp_put_definition(const struct population *p, struct str id, struct buf *b)
{
	struct buf one;
	bool same;

	for (size_t i = 0; i < COUNT(fields); i++) {
		buf_init(&one, UUID_LEN);
		pp_put_id(p, PP_FIELDS, (uint32_t)i, &one);
		same = str_eq_nocase(buf_str(&one), id);
		buf_done(&one);
		if (same) {
			put_definition(p, i, b);
			return true;
		}
	}
	return false;
}
