/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex.h - the words inside {{ }} and {% %}.
 *
 * A lexer is a value: a copy of it looks ahead without moving the original.
 */
#ifndef LEX_H
#define LEX_H

#include "base/err.h"
#include "data/value.h"

enum token_kind {
	TOKEN_END, /* the closing delimiter; .text is "}}", "-}}", "%}", … */
	TOKEN_NAME,
	TOKEN_NUMBER, /* .value */
	TOKEN_TEXT,   /* .value */
	TOKEN_OP,
};

struct token {
	enum token_kind kind;
	struct str text;
	struct value value;
	size_t at; /* byte offset in the template */
};

struct lexer {
	struct arena *a;
	struct str text;
	size_t at;
	unsigned open; /* brackets open: only at 0 does a delimiter close */
	char close;    /* '}' or '%' */
	bool dotted;   /* the last token was '.', so "1.2" are two numbers */
};

MUST_CHECK bool lex_next(struct lexer *l, struct token *out, struct err *e);

/* The 1-based column, in characters, of a byte offset. */
size_t lex_column(struct str text, size_t at);

/* Appends number text without its underscores, lower case; false when it is too long. */
#define LEX_NUMBER_MAX 4400
bool lex_plain_number(struct str text, char *out, size_t size);

/*
 * Reads an integer literal: decimal without superfluous zeros, 0x, 0o, 0b, underscores between
 * digits.  Beyond 64 bits it is a VALUE_NUMBER in `a`.  False when it is no such thing.
 */
bool lex_integer(struct arena *a, struct str text, struct value *out);

#endif
