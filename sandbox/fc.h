/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fc.h - the stand-in for Firecrawl: what its parts share.
 *
 *   fc.c          options, and the vendor as the server sees it
 *   fc_api.c      routes, keys, limits and what refuses a request before it is read
 *   fc_check.c    a request judged as strictly as the vendor does
 *   fc_scrape.c   the page that a request is about, and the document made of it
 *   fc_model.c    a language model that reads the page, and is sometimes wrong
 *   fc_site.c     the pages of another stand-in, over a socket; fc_read.c what is on its cards
 *   fc_bill.c     credits by month, plans, the limit of requests a minute
 *   fc_envelope.c answers with a name, each for one way to fail
 *   fc_admin.c    the routes below /sandbox/ that are its own
 *
 * It makes the leagues' pages itself (tc.h): the same seed gives the same bytes.
 */
#ifndef FC_H
#define FC_H

#include "fc_site.h"
#include "tc.h"

#define FC_ENVELOPE_HEADER "X-Sandbox-Envelope"
#define FC_JSON_EXTRA 4 /* credits for an answer of the model */

/* How it differs from its usual self.  Table: modes in fc.c. */
struct fc_modes {
	int64_t llm_invents, llm_off_tenths, llm_string, llm_null, llm_missing, llm_wrong_percent;
	int64_t no_retry_after, no_limits, no_credit_check, plain_errors;
	struct tc_modes site;
};

struct fc_plan {
	const char *name;
	int64_t credits, per_minute;
	bool monthly; /* the credits come anew with each month */
};
const struct fc_plan *fc_plan_find(struct str name); /* NULL */

struct fc_month {
	struct fc_month *next;
	char name[8]; /* "2026-11" */
	int64_t spent, requests, failed;
};

struct fc_rule {
	struct fc_rule *next;
	int envelope;
	struct str match;     /* part of the request's body, or empty */
	int64_t after, times; /* skips that many, then applies so often; -1: for ever */
};

struct fc {
	struct vendor vendor;
	struct server *server;
	struct fc_modes modes;
	struct tc_world *world;
	struct fc_site *site; /* NULL: the pages are made here */
	struct str key;
	bool self_hosted;
	const struct fc_plan *plan;
	int64_t plan_credits, remaining;
	int64_t scrapes;
	struct gate *gate;
	struct fc_month *months; /* newest first */
	struct fc_rule *rules;
	struct map *cache;       /* address → int64_t *: when it was stored */
	struct map *idempotency; /* keys that were used */
	struct arena *arena;     /* as long as the stand-in runs */
};

/* A request to scrape, judged. */
struct fc_want {
	int version;
	struct str url;
	bool markdown, html, raw_html, links, summary, json, extract;
	yyjson_val *schema; /* or NULL */
	int64_t timeout_ms, wait_ms, max_age_ms;
	bool store, own_headers, zero_retention;
	struct str proxy;
};

/* False with the items of `details` in *details when it is refused. */
bool fc_check(yyjson_val *root, int version, struct arena *a, struct fc_want *want,
	      struct buf *details);

/* What an envelope does to a document that is made. */
enum fc_llm { LLM_FAIR, LLM_NULL, LLM_MISSING, LLM_STRING, LLM_WORD, LLM_OFF, LLM_INVENTS };
struct fc_spoil {
	int target_status;
	enum fc_llm llm;
	bool other_host, no_metadata, no_data, no_html, truncated, stale, not_success;
};

/* The envelope for this request, or -1; counts it in the rules. */
int fc_envelope_pick(struct fc *fc, const struct request *r);
int fc_envelope_find(struct str name); /* -1 */
/* Answers in the vendor's place; false when the envelope only spoils, into *spoil. */
bool fc_envelope_apply(const struct fc *fc, int which, struct reply *reply, struct fc_spoil *spoil);
void fc_envelope_list(struct buf *b);

/* {"success":false,"code":…,"error":…}; `code` NULL: none. */
void fc_fail(struct reply *reply, unsigned status, const char *code, const char *error);

void fc_scrape(struct fc *fc, const struct fc_want *want, const struct fc_spoil *spoil,
	       struct reply *reply);
/* Appends the model's answer; false when there is none. */
bool fc_model_put(const struct fc *fc, const struct fc_want *want, enum fc_llm how,
		  const struct tc_seen *seen, struct buf *b);

/* Fills in what the card says; leaves *seen alone when it is none. */
void fc_read_card(struct str html, struct arena *a, struct tc_seen *seen);

/* fc_bill.c */
struct fc_month *fc_bill_month(struct fc *fc, int64_t now_ms);
void fc_bill_charge(struct fc *fc, int64_t now_ms, int64_t credits);
void fc_bill_set_plan(struct fc *fc, const struct fc_plan *plan);
void fc_bill_put(struct fc *fc, int64_t now_ms, struct buf *b);
/* The answer of /team/credit-usage. */
void fc_bill_usage(struct fc *fc, int64_t now_ms, int version, struct buf *b);
/* The text of a refusal; false when the request may come in. */
bool fc_bill_limited(struct fc *fc, int64_t now_ms, struct reply *reply);

void fc_api(struct fc *fc, const struct request *r, struct reply *reply);
bool fc_authorised(const struct fc *fc, const struct request *r);
bool fc_admin(struct fc *fc, const struct request *r, struct reply *reply);

/* The command. */
int fc_main(int argc, char **argv);

#endif
