/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_part.h - a plan of pages as page.c reads it and page_read.c follows it.
 *
 * Expressions and patterns are kept as texts that have been compiled once: whoever reads a page
 * compiles them for himself, by their numbers.
 */
#ifndef PAGE_PART_H
#define PAGE_PART_H

#include "connector/page.h"

struct page_select {
	struct str text;
	size_t number; /* in the plan */
};

struct page_selects {
	struct page_select *at;
	size_t n;
};

struct page_field {
	struct str name;
	struct page_selects select;
	enum page_type type;
	struct str pattern; /* POSIX; or empty */
	size_t pattern_number;
	struct str low, high; /* decimals; or empty */
	struct str format, attribute;
	bool required, single;
};

struct page_list;

/* What is read from one place: the page, or a row. */
struct page_group {
	struct page_field *field;
	size_t fields;
	struct page_list *list;
	size_t lists;
};

struct page_list {
	struct str name;
	struct page_selects rows; /* the first that finds any */
	int64_t max;
	struct page_group group;
};

struct page_plan {
	struct str name;
	struct page_selects present;
	struct page_group group;
	size_t selects, patterns; /* how many numbers there are */
};

struct pages {
	struct page_plan *plan;
	size_t n;
};

#endif
