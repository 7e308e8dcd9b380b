/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_remedy.c - what a person does about an error.
 *
 * The rows are tried in order; what is narrow comes before what is wide ("the disk is full" before
 * "the database").  The words are those of our own messages, in lower case.
 */
#include "service/error_remedy.h"

#define WORDS_MAX 10
#define TEXT_BYTES_MAX 512 /* an err's */

/* ---- records: the codes of the quarantine ---- */

static const struct remedy records[] = {
	{ "required",
	  "The vendor's record lacks a value that the plan asks for. Fill it in at the vendor, or "
	  "give the column a default in the plan; the next run tries the record again." },
	{ "not_null",
	  "The column may not be empty and the record has nothing for it. Give it a default in the "
	  "plan, or let the column be empty." },
	{ "type",
	  "The value does not fit the column. Correct it at the vendor, or map the column with an "
	  "expression that turns it into what the column holds." },
	{ "unknown_value",
	  "The vendor sent a value that the plan's map does not know. Add it to the map, or give "
	  "the map an `otherwise`." },
	{ "missing_reference",
	  "The row it refers to has not come yet. Sync the table it stands in; if it never comes, "
	  "let the plan leave such references empty." },
	{ "foreign_key",
	  "The row it refers to is not in the database. Sync the parent table first, or look "
	  "whether the application deleted the row." },
	{ "unique",
	  "Another row already has this value. Look for the double at the vendor or in the table, "
	  "and remove one of them." },
	{ "check",
	  "A check of the table refuses the value. Correct it at the vendor, or loosen the check." },
	{ "too_long",
	  "The value is longer than the column. Widen the column, or cut the value in the plan." },
	{ "other",
	  "The database refused the row. Look at the table's triggers and constraints; the next "
	  "run tries the record again." },
};

/* ---- everything else: what the text speaks of ---- */

static const struct {
	const char *word[WORDS_MAX];
	struct remedy remedy;
} speaks_of[] = {
	{ { "disk is full", "no space left", "disk full", "could not extend file" },
	  { "disk_full",
	    "The database's disk is full. Free some space; what failed is tried again." } },
	{ { "interrupted", "worker was lost", "poison", "its worker died", "its worker ends" },
	  { "interrupted",
	    "The process that did it ended before it was done. It is tried again by itself; if it "
	    "comes back, look at the log of that worker and at its memory." } },
	{ { "http 429", "rate limit", "fewer requests", "too many requests" },
	  { "rate_limit",
	    "The vendor wants fewer calls. Nothing is lost: the work goes on when the limit allows "
	    "it. If it happens often, let schedules run more rarely or lower the budget." } },
	{ { "http 403", "lacks a permission", "forbidden" },
	  { "permission",
	    "The user behind the credentials may not read this. Give that user the permission at "
	    "the vendor, or take the stream out of the plan." } },
	{ { "http 401", "refused the credentials", "credentials were refused",
	    "token endpoint refused", "authorise again", "not signed in", "invalid_grant" },
	  { "auth",
	    "Open the connection and sign in to the vendor again, or run `lockstep connect NAME`; "
	    "where the vendor gives out keys, put a new one into the plan. Then test it." } },
	{ { "name cannot be resolved", "could not resolve", "name or service not known" },
	  { "dns", "A name cannot be resolved. Check its spelling in the plan and the name "
		   "server of this machine." } },
	{ { "tls", "certificate" },
	  { "tls",
	    "The encrypted connection failed. Check the clock, the trusted certificates and any "
	    "proxy between this machine and the vendor." } },
	{ { "within the deadline", "timed out", "longer than its task may", "timeout", "too slow" },
	  { "timeout",
	    "The answer took too long. It is tried again; if it stays so, raise the deadline in "
	    "the plan's `network`, or ask for smaller pages." } },
	{ { ": no connection", "connection broke", "connection was closed", "connection refused",
	    "connection reset", "cut short", "unreachable", "not answer" },
	  { "network",
	    "The vendor could not be reached. It is tried again by itself; check the network and "
	    "the vendor's status page if it lasts." } },
	{ { "http 5", "token endpoint answered" },
	  { "vendor",
	    "The vendor has trouble of its own. It is tried again by itself; look at the vendor's "
	    "status page if it lasts." } },
	{ { "http 404", "http 410" },
	  { "not_found",
	    "The vendor does not know this address. Check the base URL in the plan and the path in "
	    "the connector." } },
	{ { "http 4" },
	  { "refused",
	    "The vendor refused the request. Look at the sample; mostly a setting in the plan or "
	    "the connector has to change." } },
	{ { "not an object", "holds no '", "not answer with json", "answers with", "no json",
	    "not a list", "is not http", "not proper http", "whose '" },
	  { "schema",
	    "The vendor's answer looks different than before. Compare the sample with the "
	    "vendor's documentation and update the connector." } },
	{ { "held by" },
	  { "held",
	    "A check of the plan stopped the run. Look at what it saw on the connection's page, "
	    "then release the table." } },
	{ { "table '", "column '", "sqlite", "postgresql", "deadlock", "database", "constraint",
	    "permission denied" },
	  { "database",
	    "The database refused. Look whether it runs, whether its tables still are as the plan "
	    "says, and run `lockstep check`." } },
	{ { "the plan", "url refused", "argument '", "no such connection", "no connection '",
	    "there is no task", "key file" },
	  { "config",
	    "The plan or the job asks for something that is not there. Correct it and run "
	    "`lockstep check`." } },
};

static const struct remedy unknown = {
	"unknown",
	"Look at the sample and at the log of that time; try it again when the cause is gone."
};

static bool holds_any(struct str text, const char *const *word)
{
	for (size_t i = 0; i < WORDS_MAX && word[i]; i++)
		if (str_find(text, str_from(word[i])) >= 0)
			return true;
	return false;
}

const struct remedy *remedy_of(struct str code, struct str text)
{
	char lower[TEXT_BYTES_MAX];
	struct str t = { lower, text.len < sizeof(lower) ? text.len : sizeof(lower) };

	for (size_t i = 0; code.len > 0 && i < COUNT(records); i++)
		if (str_eq(code, str_from(records[i].code)))
			return &records[i];
	for (size_t i = 0; i < t.len; i++)
		lower[i] = text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] | 0x20)
								  : text.at[i];
	for (size_t i = 0; i < COUNT(speaks_of); i++)
		if (holds_any(t, speaks_of[i].word))
			return &speaks_of[i].remedy;
	return &unknown;
}
