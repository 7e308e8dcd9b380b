/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly.h - the weekly job: every enabled player, whatever their number.
 *
 *     list → forecast → a page of ratings per league, if the plan wants them → the cards that are
 *     left, whoever was looked at longest ago first → the run's row
 *
 * Players who link the same page share one request.  What a page says is written with the note that
 * it was asked for in this run, so a run that was killed goes on where it was, and asks again at
 * most for the page that was on its way.  One run at a time (the caller's lease).
 */
#ifndef WEEKLY_H
#define WEEKLY_H

#include "flow/session.h"
#include "pti/card.h"

struct weekly_counts {
	int64_t found; /* enabled players */
	int64_t success, failed, updated, no_pti;
	int64_t pages; /* that were asked for and answered, for whatever number of players */
	int64_t credits, requests;
	int64_t left_out; /* players: no credits for them this month */
	int64_t unlinked; /* players, while the run went on */
	int64_t warnings;
};

enum weekly_kind {
	WEEKLY_FOUND,    /* counts.found */
	WEEKLY_FORECAST, /* what it needs and what there is */
	WEEKLY_UPDATED,  /* before → after */
	WEEKLY_FAILED,   /* says why; code */
	WEEKLY_NO_PTI,
	WEEKLY_WARNING, /* says what */
	WEEKLY_STEP,    /* a page is done */
	WEEKLY_WAIT,    /* says why, for wait_ms */
};
struct weekly_event {
	enum weekly_kind kind;
	struct str player, name; /* of whom; name: to be shown to people, never logged */
	int32_t before, after;   /* tenths, or PTI_NONE */
	struct str says;
	const char *code;
	int64_t wait_ms;
	int64_t done, of; /* players */
	const struct weekly_counts *counts;
	const struct weekly_forecast *forecast; /* FORECAST */
};

struct weekly_forecast {
	int64_t pages, leagues; /* cards at most, and pages of ratings at most */
	int64_t needs;          /* credits at most; with league pages: at least */
	int64_t left, reserve;  /* left to the job this month, the reserve not counted; INT64_MAX */
	int64_t service_left;   /* as the service says; -1 */
};

struct weekly_options {
	bool dry_run;
	bool league_pages;         /* also when the plan does not say so */
	struct str player;         /* only the page of that one; empty: all */
	const struct lease *lease; /* or NULL */
	void (*tell)(void *arg, const struct weekly_event *ev); /* or NULL */
	void *arg;
};

enum weekly_status {
	WEEKLY_COMPLETED, /* nobody failed, nobody was left out */
	WEEKLY_PARTIAL,
	WEEKLY_STOPPED, /* no request would work: stop_code */
	WEEKLY_PAUSED,  /* to go on at resume_ms: somebody asked to be left alone */
};
const char *weekly_status_name(enum weekly_status s);

struct weekly_result {
	struct str run; /* empty in a dry run */
	bool resumed;
	enum weekly_status status;
	struct weekly_counts counts;
	struct weekly_forecast forecast;
	const char *stop_code; /* "no_key", "key_refused", "no_credits", "blocked", …; or NULL */
	struct str stop, advice; /* what happened, and what to do */
	int64_t resume_ms;       /* wall */
	int64_t started_ms, completed_ms;
};

/* A run that is younger than that goes on. */
#define WEEKLY_RESUME_MS (INT64_C(72) * 60 * 60 * 1000)

/* False: it did not come to an end and may go on later (cancelled, database), or could not begin
 * (ERR_CONFIG). */
MUST_CHECK bool weekly_sync(const struct engine *g, const struct connection *c,
			    const struct weekly_options *o, struct arena *a,
			    struct weekly_result *out, struct err *e);

/* The summary as JSON members, for outputs. */
struct value weekly_value(struct arena *a, const struct weekly_result *r);

#endif
