/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_cases.c - matters and tasks of the invented firm.
 *
 * Flavours 31 and up of matters are about custom fields (pp_fields.c).
 */
#include "instant.h"
#include "pp_put.h"
#include "pp_words.h"

enum matter_flavour {
	MATTER_ALL_NULL,
	MATTER_HTML,
	MATTER_EMOJI,
	MATTER_NUL_NOTES,
	MATTER_NUL_NAME,
	MATTER_LONG_NAME,
	MATTER_GHOST_ACCOUNT,
	MATTER_NO_ACCOUNT,
	MATTER_ODD_STATUS,
	MATTER_EXTRA,
	MATTER_NO_STATUS,
	MATTER_NULL_STATUS,
	MATTER_LOWER_STATUS,
	MATTER_NO_NAME,
	MATTER_NULL_VALUES,
	MATTER_ESCAPES,
};

enum task_flavour {
	TASK_ALL_NULL,
	TASK_NO_MATTER,
	TASK_NO_REFS,
	TASK_NULL_STATUS,
	TASK_NO_STATUS,
	TASK_ODD_STATUS,
	TASK_ODD_PRIORITY,
	TASK_LONG_SUBJECT,
	TASK_EMOJI,
	TASK_NUL_NOTES,
	TASK_EXTRA,
	TASK_NOBODY,
	TASK_STRANGER,
	TASK_EVENING,
	TASK_GHOST_MATTER,
	TASK_HTML,
	TASK_SEVERAL,
};

enum {
	SALT_ACCOUNT = 16,
	SALT_MATTER_STATUS,
	SALT_NAME,
	SALT_RATE,
	SALT_TALK,
	SALT_USER,
	SALT_OF_MATTER,
	SALT_SUBJECT,
	SALT_TASK_STATUS,
	SALT_PRIORITY,
	SALT_DUE,
};

#define NOON_MS (12 * 3600 * MS_PER_S)
#define EVENING_MS ((22 * 3600 + 37 * 60) * MS_PER_S) /* 05:37 UTC in summer */

/* `chance` in a hundred falls on one of the names. */
struct share {
	unsigned percent;
	const char *name;
};

static struct str share_of(const struct share *shares, uint64_t pick)
{
	uint64_t left = pick % 100;

	for (; left >= shares->percent; shares++)
		left -= shares->percent;
	return str_from(shares->name);
}

struct str pp_matter_status(const struct population *p, uint32_t matter)
{
	static const struct share shares[] = {
		{ 40, "Open" }, { 10, "Pending" }, { 45, "Closed" }, { 5, "Archived" }
	};

	switch (pp_flavour(p, matter)) {
	case MATTER_ODD_STATUS:
		return STR("OnHold");
	case MATTER_LOWER_STATUS:
		return STR("open");
	case MATTER_NO_STATUS:
	case MATTER_NULL_STATUS:
		return (struct str){ "", 0 };
	default:
		return share_of(shares, pp_pick(p, PP_MATTERS, matter, SALT_MATTER_STATUS));
	}
}

bool pp_matter_account(const struct population *p, uint32_t matter, uint32_t *account)
{
	uint32_t accounts = p->shelf[PP_ACCOUNTS].base;
	int flavour = pp_flavour(p, matter);

	if (!accounts || flavour == MATTER_GHOST_ACCOUNT || flavour == MATTER_NO_ACCOUNT)
		return false;
	*account = PP_FIRST + (uint32_t)(pp_pick(p, PP_MATTERS, matter, SALT_ACCOUNT) % accounts);
	return true;
}

/* The inside of a JSON string. */
static void put_case_name(const struct population *p, uint32_t matter, struct buf *b)
{
	uint64_t pick = pp_pick(p, PP_MATTERS, matter, SALT_NAME);

	switch (pp_flavour(p, matter)) {
	case MATTER_LONG_NAME:
		buf_add(b, text_long_name);
		return;
	case MATTER_EMOJI:
		buf_add(b, text_emoji_name);
		return;
	case MATTER_NUL_NAME:
		buf_add(b, text_nul_name);
		return;
	default:
		break;
	}
	buf_add(b, word(words_last, pick));
	PUT(b, " - ");
	put_number(b, 1 + (pick >> 16) % 9999);
	buf_char(b, ' ');
	buf_add(b, word(words_street, pick >> 32));
}

/* The vendor puts a number before the name: with the longest name that makes 258. */
static void put_case_display_name(const struct population *p, uint32_t matter, struct buf *b)
{
	uint64_t number = 1000 + pp_pick(p, PP_MATTERS, matter, SALT_RATE) % 9000;

	buf_char(b, '"');
	put_number(b, number);
	PUT(b, " - ");
	put_case_name(p, matter, b);
	buf_char(b, '"');
}

static void put_talk(const struct population *p, enum pp_kind kind, uint32_t ordinal, struct buf *b)
{
	uint64_t pick = pp_pick(p, kind, ordinal, SALT_TALK);
	uint32_t revision = pp_revision(p, kind, ordinal);

	if (pick % 3 == 0 && !revision) {
		PUT(b, "null");
		return;
	}
	buf_char(b, '"');
	buf_add(b, word(words_sentence, pick >> 8));
	if (revision) {
		PUT(b, " Edited, version ");
		put_number(b, revision);
		buf_char(b, '.');
	}
	buf_char(b, '"');
}

static void put_matter_notes(const struct population *p, uint32_t matter, struct buf *b)
{
	static const struct {
		enum matter_flavour flavour;
		const struct str *text;
	} special[] = {
		{ MATTER_HTML, &text_html },
		{ MATTER_EMOJI, &text_emoji },
		{ MATTER_NUL_NOTES, &text_nul },
		{ MATTER_ESCAPES, &text_escapes },
	};
	int flavour = pp_revision(p, PP_MATTERS, matter) ? -1 : pp_flavour(p, matter);

	PUT(b, ",\"notes\":");
	for (size_t i = 0; i < COUNT(special); i++) {
		if (flavour == (int)special[i].flavour) {
			put_quoted(b, *special[i].text);
			return;
		}
	}
	if (flavour == MATTER_ALL_NULL)
		PUT(b, "null");
	else
		put_talk(p, PP_MATTERS, matter, b);
}

static void put_matter_dates(const struct population *p, uint32_t matter, struct buf *b)
{
	int64_t opened_ms = pp_created_ms(p, PP_MATTERS, matter);
	struct str status = pp_status(p, PP_MATTERS, matter);

	if (pp_flavour(p, matter) == MATTER_ALL_NULL) {
		PUT(b, ",\"open_date\":null,\"close_date\":null");
	} else {
		put_instant(b, ",\"open_date\":", instant_pacific_midnight(opened_ms) + NOON_MS);
		/* Shifted twice by an import long ago: 14:00 or 16:00. */
		if (str_eq(status, STR("Closed")))
			put_instant(b, ",\"close_date\":",
				    2 * instant_pacific_midnight(opened_ms + 90 * MS_PER_DAY) -
					    (opened_ms + 90 * MS_PER_DAY) / MS_PER_DAY *
						    MS_PER_DAY);
		else
			PUT(b, ",\"close_date\":null");
	}
	PUT(b, ",\"statute_of_limitation_date\":null");
}

static void put_users(const struct population *p, enum pp_kind kind, uint32_t ordinal, uint32_t n,
		      struct buf *b)
{
	uint32_t users = p->shelf[PP_USERS].base;
	uint64_t pick = pp_pick(p, kind, ordinal, SALT_USER);

	PUT(b, ",\"assigned_to_users\":[");
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			buf_char(b, ',');
		pp_put_user_ref(p, PP_FIRST + (uint32_t)((pick + i) % users), b);
	}
	buf_char(b, ']');
}

static void put_matter_account(const struct population *p, uint32_t matter, struct buf *b)
{
	uint32_t account;

	PUT(b, ",\"account_ref\":");
	if (pp_matter_account(p, matter, &account))
		pp_put_account_ref(p, account, b);
	else if (pp_flavour(p, matter) == MATTER_NO_ACCOUNT)
		PUT(b, "null");
	else
		pp_put_ghost_ref(p, matter, b);
}

static void put_matter_name(const struct population *p, uint32_t matter, struct buf *b)
{
	PUT(b, ",\"number\":");
	put_number(b, pp_number(matter));
	PUT(b, ",\"display_name\":");
	put_case_display_name(p, matter, b);
	PUT(b, ",\"name\":");
	if (pp_flavour(p, matter) == MATTER_NO_NAME) {
		PUT(b, "null");
		return;
	}
	buf_char(b, '"');
	put_case_name(p, matter, b);
	buf_char(b, '"');
}

void pp_put_matter(const struct population *p, uint32_t matter, struct buf *b)
{
	static const struct share rates[] = { { 70, "Flat Rate" },
					      { 20, "User Hourly Rate" },
					      { 5, "Contingency" },
					      { 5, "Item Price" } };
	int flavour = pp_flavour(p, matter);
	struct str status = pp_status(p, PP_MATTERS, matter);

	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_MATTERS, matter, b);
	buf_char(b, '"');
	put_matter_account(p, matter, b);
	put_matter_name(p, matter, b);
	put_matter_notes(p, matter, b);
	if (flavour == MATTER_ALL_NULL)
		PUT(b, ",\"rate\":null");
	else
		put_string(b, ",\"rate\":",
			   share_of(rates, pp_pick(p, PP_MATTERS, matter, SALT_RATE) >> 16));
	put_matter_dates(p, matter, b);
	pp_put_tags(p, PP_MATTERS, matter, b);
	if (status.len || flavour == MATTER_NULL_STATUS)
		put_string(b, ",\"status\":", status);
	put_users(p, PP_MATTERS, matter, flavour == MATTER_ALL_NULL ? 0 : 1, b);
	PUT(b, ",\"custom_field_values\":");
	if (flavour == MATTER_NULL_VALUES)
		PUT(b, "null");
	else
		pp_put_values(p, PP_MATTERS, matter, b);
	pp_put_times(p, PP_MATTERS, matter, b);
	if (flavour == MATTER_EXTRA)
		pp_put_extra(b);
	buf_char(b, '}');
}

bool pp_task_matter(const struct population *p, uint32_t task, uint32_t *matter)
{
	uint32_t matters = p->shelf[PP_MATTERS].base;
	int flavour = pp_flavour(p, task);

	if (!matters || flavour == TASK_NO_MATTER || flavour == TASK_NO_REFS ||
	    flavour == TASK_GHOST_MATTER)
		return false;
	*matter = PP_FIRST + (uint32_t)(pp_pick(p, PP_TASKS, task, SALT_OF_MATTER) % matters);
	return true;
}

struct str pp_task_status(const struct population *p, uint32_t task)
{
	static const struct share shares[] = { { 45, "NotCompleted" },
					       { 15, "InProgress" },
					       { 37, "Completed" },
					       { 3, "Conditional" } };

	switch (pp_flavour(p, task)) {
	case TASK_NULL_STATUS:
	case TASK_NO_STATUS:
		return (struct str){ "", 0 };
	case TASK_ODD_STATUS:
		return STR("Deferred");
	default:
		return share_of(shares, pp_pick(p, PP_TASKS, task, SALT_TASK_STATUS));
	}
}

static void put_task_refs(const struct population *p, uint32_t task, struct buf *b)
{
	int flavour = pp_flavour(p, task);
	uint32_t matter = 0, account;
	bool known = pp_task_matter(p, task, &matter);

	PUT(b, ",\"account_ref\":");
	if (known && pp_matter_account(p, matter, &account))
		pp_put_account_ref(p, account, b);
	else
		PUT(b, "null");
	PUT(b, ",\"matter_ref\":");
	if (!known && flavour != TASK_GHOST_MATTER) {
		PUT(b, "null");
		return;
	}
	PUT(b, "{\"id\":\"");
	pp_put_id(p, known ? (unsigned)PP_MATTERS : (unsigned)PP_NOBODY, known ? matter : task, b);
	PUT(b, "\",\"display_name\":");
	if (known)
		put_case_display_name(p, matter, b);
	else
		PUT(b, "\"A matter out of sight\"");
	buf_char(b, '}');
}

static void put_task_subject(const struct population *p, uint32_t task, struct buf *b)
{
	int flavour = pp_flavour(p, task);

	PUT(b, ",\"subject\":\"");
	if (flavour == TASK_LONG_SUBJECT)
		buf_add(b, text_long_subject);
	else if (flavour == TASK_EMOJI)
		buf_add(b, text_emoji_name);
	else
		buf_add(b, word(words_task, pp_pick(p, PP_TASKS, task, SALT_SUBJECT)));
	PUT(b, "\",\"notes\":");
	if (flavour == TASK_ALL_NULL && !pp_revision(p, PP_TASKS, task))
		PUT(b, "null");
	else if (flavour == TASK_NUL_NOTES)
		put_quoted(b, text_nul);
	else if (flavour == TASK_HTML)
		put_quoted(b, text_html);
	else
		put_talk(p, PP_TASKS, task, b);
}

static void put_task_state(const struct population *p, uint32_t task, struct buf *b)
{
	static const struct share shares[] = { { 20, "Low" }, { 60, "Medium" }, { 20, "High" } };
	int flavour = pp_flavour(p, task);
	struct str status = pp_status(p, PP_TASKS, task);

	PUT(b, ",\"priority\":");
	if (flavour == TASK_ALL_NULL)
		PUT(b, "null");
	else if (flavour == TASK_ODD_PRIORITY)
		PUT(b, "\"Urgent\"");
	else
		put_quoted(b, share_of(shares, pp_pick(p, PP_TASKS, task, SALT_PRIORITY)));
	if (status.len || flavour == TASK_NULL_STATUS)
		put_string(b, ",\"status\":", status);
}

static void put_due_date(const struct population *p, uint32_t task, struct buf *b)
{
	uint64_t pick = pp_pick(p, PP_TASKS, task, SALT_DUE);
	int64_t day_ms = pp_created_ms(p, PP_TASKS, task) + (int64_t)(pick >> 8) % 200 * MS_PER_DAY;
	int flavour = pp_flavour(p, task);

	if (flavour == TASK_EVENING)
		put_instant(b, ",\"due_date\":", instant_pacific_midnight(day_ms) + EVENING_MS);
	else if (flavour == TASK_ALL_NULL || pick % 5 == 0)
		PUT(b, ",\"due_date\":null");
	else
		put_instant(b, ",\"due_date\":", instant_pacific_midnight(day_ms));
}

static void put_task_people(const struct population *p, uint32_t task, struct buf *b)
{
	uint32_t contacts = p->shelf[PP_CONTACTS].base;
	uint64_t pick = pp_pick(p, PP_TASKS, task, SALT_USER);

	switch (pp_flavour(p, task)) {
	case TASK_NOBODY:
	case TASK_ALL_NULL:
		put_users(p, PP_TASKS, task, 0, b);
		break;
	case TASK_STRANGER:
		PUT(b, ",\"assigned_to_users\":[{\"id\":\"");
		pp_put_id(p, PP_NOBODY, task, b);
		PUT(b, "\",\"display_name\":\"Gone Away\",\"email_address\":null}]");
		break;
	case TASK_SEVERAL:
		put_users(p, PP_TASKS, task, 3, b);
		break;
	default:
		put_users(p, PP_TASKS, task, 1, b);
	}
	PUT(b, ",\"assigned_to_contacts\":[");
	if (contacts && pick % 10 == 0)
		pp_put_contact_ref(p, PP_FIRST + (uint32_t)((pick >> 8) % contacts), b);
	buf_char(b, ']');
}

void pp_put_task(const struct population *p, uint32_t task, struct buf *b)
{
	PUT(b, "{\"id\":\"");
	pp_put_id(p, PP_TASKS, task, b);
	buf_char(b, '"');
	put_task_refs(p, task, b);
	put_task_subject(p, task, b);
	put_task_state(p, task, b);
	put_due_date(p, task, b);
	put_task_people(p, task, b);
	pp_put_tags(p, PP_TASKS, task, b);
	pp_put_times(p, PP_TASKS, task, b);
	if (pp_flavour(p, task) == TASK_EXTRA)
		pp_put_extra(b);
	buf_char(b, '}');
}
