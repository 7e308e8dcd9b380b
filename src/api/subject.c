/* SPDX-License-Identifier: Apache-2.0 */
/* subject.c - whom a provider's token speaks of, as logs and columns may hold it. */
#include "api/access_table.h"

#define UUID_LEN 36
#define SHOWN_LEN 8

static bool is_uuid(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.at[i] != '-' : !s.at[i] || !strchr("0123456789abcdefABCDEF", s.at[i]))
			return false;
	}
	return s.len == UUID_LEN;
}

struct str subject_uuid(struct str subject)
{
	return is_uuid(subject) ? subject : STR("");
}

struct str subject_label(struct arena *a, const char *kind, struct str subject)
{
	struct str shown = is_uuid(subject) ? subject : secret_hash(a, subject);

	return str_printf(a, "%s:%.*s", kind, SHOWN_LEN, shown.at);
}

struct str subject_name(struct arena *a, struct str subject)
{
	return subject_label(a, "jwt", subject);
}
