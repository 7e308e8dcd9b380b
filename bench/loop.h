/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - the limit: pages of contacts, fetched and parsed with nothing around it.
 *
 * No retry, no mapping language, no quarantine, no cursor: what is left is the work that cannot be
 * avoided.  Whatever goes wrong ends the program.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stddef.h>

enum loop_field {
	LOOP_ID,
	LOOP_FIRST_NAME,
	LOOP_LAST_NAME,
	LOOP_DISPLAY_NAME,
	LOOP_EMAIL,
	LOOP_PHONE,
	LOOP_ACCOUNT_ID,
	LOOP_IS_PRIMARY,
	LOOP_STATUS,
	LOOP_NOTES,
	LOOP_RAW,
	LOOP_STAMP,
	LOOP_FIELDS,
};

/* The columns' names, with commas, in the order of the fields. */
#define LOOP_COLUMNS                                                         \
	"pp_contact_id, first_name, last_name, display_name, email, phone, " \
	"pp_account_id, is_primary_contact, status, notes, pp_data, last_sync_at"

/* What an upsert sets, from the row that was refused. */
#define LOOP_SET                                                                       \
	"first_name = excluded.first_name, last_name = excluded.last_name, "           \
	"display_name = excluded.display_name, email = excluded.email, "               \
	"phone = excluded.phone, pp_account_id = excluded.pp_account_id, "             \
	"is_primary_contact = excluded.is_primary_contact, status = excluded.status, " \
	"notes = excluded.notes, pp_data = excluded.pp_data, "                         \
	"last_sync_at = excluded.last_sync_at"

struct loop_text {
	const char *at; /* NULL: null */
	size_t len;
};

/* Gives every contact of every page of `url` to `row`; says how many there were. */
size_t loop_run(const char *url, void (*row)(void *arg, const struct loop_text *field), void *arg);

/* Ends the program with the message, if `ok` is not true. */
void loop_must(int ok, const char *what, const char *why);

#endif
