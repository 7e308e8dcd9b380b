/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_put.h - the records of the invented firm as the vendor's JSON.
 *
 * One function for each shape of the vendor's API; each appends a whole JSON value.
 */
#ifndef PP_PUT_H
#define PP_PUT_H

#include "pp_data.h"

/* A whole record. */
void pp_put(const struct population *p, enum pp_kind kind, uint32_t ordinal, struct buf *b);

/* The record's status as served, without quotes; empty for null, missing or none. */
struct str pp_status(const struct population *p, enum pp_kind kind, uint32_t ordinal);

/* People and companies (pp_people.c). */
void pp_put_contact(const struct population *p, uint32_t ordinal, struct buf *b);
void pp_put_account(const struct population *p, uint32_t ordinal, struct buf *b);
void pp_put_user(const struct population *p, uint32_t ordinal, struct buf *b);
struct str pp_contact_status(const struct population *p, uint32_t ordinal);

/* {"id", "display_name"}, {"account_ref", "id", "display_name"}, {"id", "display_name",
 * "email_address"} */
void pp_put_account_ref(const struct population *p, uint32_t account, struct buf *b);
void pp_put_contact_ref(const struct population *p, uint32_t contact, struct buf *b);
void pp_put_user_ref(const struct population *p, uint32_t user, struct buf *b);
/* An account nobody can find. */
void pp_put_ghost_ref(const struct population *p, uint32_t ordinal, struct buf *b);

/* Cases and what is to be done for them (pp_cases.c). */
void pp_put_matter(const struct population *p, uint32_t ordinal, struct buf *b);
void pp_put_task(const struct population *p, uint32_t ordinal, struct buf *b);
struct str pp_matter_status(const struct population *p, uint32_t ordinal);
struct str pp_task_status(const struct population *p, uint32_t ordinal);
/* The account a matter is of, and the matter a task is of; false when it has none. */
bool pp_matter_account(const struct population *p, uint32_t matter, uint32_t *account);
bool pp_task_matter(const struct population *p, uint32_t task, uint32_t *matter);

/* Custom fields (pp_fields.c). */
enum pp_owner { PP_OF_COMPANY, PP_OF_MATTER, PP_OF_CONTACT, PP_OWNERS };

/* All values of a record's custom fields, as a list. */
void pp_put_values(const struct population *p, enum pp_kind kind, uint32_t ordinal, struct buf *b);
/* The definitions for one kind of owner, as a list. */
void pp_put_definitions(const struct population *p, enum pp_owner owner, struct buf *b);
/* The definition with that id; false when there is none. */
bool pp_put_definition(const struct population *p, struct str id, struct buf *b);

/* Pieces that several shapes share. */
#define PUT(b, literal) buf_add((b), STR(literal))
void put_quoted(struct buf *b, struct str text);                     /* `text` needs no escaping */
void put_string(struct buf *b, const char *before, struct str text); /* empty: null */
void put_number(struct buf *b, uint64_t n);
void put_instant(struct buf *b, const char *before, int64_t ms);
/* ,"created_at":…,"updated_at":… */
void pp_put_times(const struct population *p, enum pp_kind kind, uint32_t ordinal, struct buf *b);
/* ,"tags":[…] */
void pp_put_tags(const struct population *p, unsigned kind, uint32_t ordinal, struct buf *b);
/* ,"future_field":… for records of one flavour: what a vendor adds next year */
void pp_put_extra(struct buf *b);

#endif
