/* SPDX-License-Identifier: Apache-2.0 */
/* option.c - command lines by tables. */
#include "option.h"

#include <stdio.h>

static bool set_option(char *at, const struct option_row *row, const char *value, struct err *e)
{
	bool yes = true;
	struct option_list list;
	int64_t number;

	switch (row->kind) {
	case OPTION_FLAG:
		memcpy(at, &yes, sizeof yes);
		return true;
	case OPTION_TEXT:
		memcpy(at, &value, sizeof value);
		return true;
	case OPTION_LIST:
		memcpy(&list, at, sizeof list);
		if (list.n == OPTION_LIST_MAX)
			return err_set(e, ERR_USAGE, "--%s more than %d times", row->name,
				       OPTION_LIST_MAX);
		list.at[list.n++] = value;
		memcpy(at, &list, sizeof list);
		return true;
	case OPTION_NUMBER:
		break;
	}
	if (!str_to_i64(str_from(value), &number) || number < 0)
		return err_set(e, ERR_USAGE, "--%s needs a number, not '%s'", row->name, value);
	memcpy(at, &number, sizeof number);
	return true;
}

static const struct option_row *find_option(const struct option_table *table, struct str name)
{
	for (size_t i = 0; i < table->n; i++)
		if (str_eq(name, str_from(table->rows[i].name)))
			return &table->rows[i];
	return NULL;
}

/* The option at argv[*i]; moves *i to its value where that stands apart. */
static bool read_option(const struct option_table *tables, size_t n, char **argv, int *i,
			struct err *e)
{
	struct str rest = str_from(argv[*i]), name = str_cut(&rest, '=');
	bool attached = name.len < strlen(argv[*i]);
	const struct option_row *row = NULL;
	const char *value = attached ? rest.at : NULL;
	size_t t = 0;

	while (t < n && str_starts(name, STR("--"))) {
		row = find_option(&tables[t], str_slice(name, 2, name.len));
		if (row)
			break;
		t++;
	}
	if (!row)
		return err_set(e, ERR_USAGE, "there is no option '%s'", argv[*i]);
	if (!row->argument && attached)
		return err_set(e, ERR_USAGE, "--%s takes no value", row->name);
	if (row->argument && !attached) {
		value = argv[++*i];
		if (!value)
			return err_set(e, ERR_USAGE, "--%s needs a value", row->name);
	}
	return set_option((char *)tables[t].into + row->offset, row, value, e);
}

bool options_read(const struct option_table *tables, size_t n, int argc, char **argv, struct err *e)
{
	for (int i = 0; i < argc; i++)
		if (!read_option(tables, n, argv, &i, e))
			return false;
	return true;
}

void options_list(const struct option_table *table, struct buf *b)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct option_row *row = &table->rows[i];
		char left[48];

		snprintf(left, sizeof left, "--%s%s%s", row->name, row->argument ? " " : "",
			 row->argument ? row->argument : "");
		buf_printf(b, "  %-26s %s\n", left, row->about);
	}
}
