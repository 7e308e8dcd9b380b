/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slot.h - compiles the templates of a manifest, each with the variables of its place.
 *
 * A scope names the variables at their positions of enum manifest_variable; where a place does not
 * have one there stands a text that no template can name, so that a template which asks for a
 * record where there is none is a complaint at load.
 */
#ifndef SLOT_H
#define SLOT_H

#include "connector/manifest.h"
#include "connector/yaml.h"

struct reader;

extern const struct expr_scope scope_config;    /* config, parameters */
extern const struct expr_scope scope_request;   /* + the partition, next_page_token */
extern const struct expr_scope scope_record;    /* + the partition, record */
extern const struct expr_scope scope_filter;    /* + the partition, record, next_page_token */
extern const struct expr_scope scope_size;      /* + response */
extern const struct expr_scope scope_page;      /* + response, headers, last_record, … */
extern const struct expr_scope scope_predicate; /* response, headers, parameters: no config */
extern const struct expr_scope scope_message;   /* + response, headers */
extern const struct expr_scope scope_action;    /* config, parameters, record, before, args, … */
extern const struct expr_scope scope_outcome;   /* + response, headers */

/* False after a complaint.  A plain number or boolean is taken as Python writes it. */
bool slot_read(struct reader *r, const struct node *n, const struct expr_scope *scope,
	       struct slot *out);

/* A template that the manifest does not write out: the format's default, or one of our making. */
void slot_make(struct reader *r, struct str text, struct str where, struct slot *out);

bool mould_read(struct reader *r, const struct node *n, const struct expr_scope *scope,
		struct mould *out);

/* True when the slot is there, holds no expression, and so always means *out. */
bool slot_constant(struct reader *r, const struct slot *s, struct value *out);

/* As slot_constant(), before any reading as a literal. */
bool slot_constant_text(struct reader *r, const struct slot *s, struct str *out);

/* A slot that must hold an ISO 8601 duration: complains when it is constant and does not. */
void slot_check_duration(struct reader *r, const struct node *n, const struct slot *s);

#endif
