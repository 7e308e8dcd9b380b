/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.c - a stream, page by page.
 *
 * Two arenas take turns: while the page in one is the caller's, the next request and its answer
 * grow in the other.
 */
#include "flow/reader.h"

#include "http/backoff.h"

#define MISREAD_TRIES 4
#define FINGERPRINT_BYTES \
	512 /* of either end of a body: the first and the last record's ids are there */
#define PAGE_BYTES_MAX ((size_t)1024 * 1024 * 1024)

struct reader {
	struct session *session;
	struct reader_options o;
	struct arena *arena; /* the job's */
	struct partitions *partitions;
	struct partition partition;
	bool in_partition;
	struct windows windows;
	struct window window;
	struct value token; /* of the page to come, kept in place_arena */
	int64_t page_size;
	int64_t pages;             /* begun */
	uint64_t last_fingerprint; /* of the page before, in this window; 0 none */
	struct arena *page_arena[2], *place_arena;
	unsigned turn;
	struct exchange exchange;
	bool under_way;   /* exchange is the page to come */
	bool end_proven;  /* the page at r->token was empty once already */
	bool after_short; /* the page before, of this window, was short */
	size_t served;    /* records of the largest page so far */
	bool misread;     /* an answer came, but not what was asked for */
	struct scope scope;
};

bool reader_from_start(void *arg, const struct partition *p, struct place *out, struct err *e)
{
	(void)arg;
	(void)p;
	(void)e;
	*out = (struct place){ .since_us = NO_TIME,
			       .window_us = NO_TIME,
			       .window_end_us = NO_TIME,
			       .token = UNDEFINED };
	return true;
}

bool reader_open(struct session *s, struct arena *a, const struct reader_options *o,
		 struct reader **out, struct err *e)
{
	struct reader *r = arena_new_struct(a, struct reader);

	r->session = s;
	r->o = *o;
	r->arena = a;
	if (!partitions_open(s, o->stream, a, o->nesting, &r->partitions, e))
		return err_wrap(e, "stream '%.*s'", STR_ARG(o->stream->name));
	r->page_arena[0] = arena_new("page", PAGE_BYTES_MAX);
	r->page_arena[1] = arena_new("page", PAGE_BYTES_MAX);
	r->place_arena = arena_new("place", (size_t)16 * 1024 * 1024);
	*out = r;
	return true;
}

void reader_skip(struct reader *r)
{
	if (r->under_way)
		exchange_abandon(r->session, &r->exchange);
	r->under_way = r->in_partition = false;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	reader_skip(r);
	partitions_close(r->partitions);
	arena_free(r->page_arena[0]);
	arena_free(r->page_arena[1]);
	arena_free(r->place_arena);
	r->partitions = NULL;
	r->page_arena[0] = r->page_arena[1] = r->place_arena = NULL;
}

/* ---- where we stand ---- */

static bool partition_begin(struct reader *r, bool *more, struct err *e)
{
	struct scope scope = session_scope(r->session, r->arena);
	struct place place = { 0 };

	do {
		if (!partitions_next(r->partitions, &r->partition, more, e) ||
		    (*more && !r->o.begin(r->o.arg, &r->partition, &place, e)))
			return false;
	} while (*more && place.skip);
	if (!*more)
		return true;
	if (!windows_open(r->o.stream, place.since_us, &scope, &r->windows, e))
		return false;
	if (place.window_end_us != NO_TIME)
		r->windows.end_us = place.window_end_us;
	r->window = windows_at(&r->windows,
			       place.window_us == NO_TIME ? r->windows.start_us : place.window_us);
	arena_reset(r->place_arena);
	r->token = place.token.kind == VALUE_UNDEFINED ? paging_first(&r->o.stream->paginator)
						       : value_keep(r->place_arena, place.token);
	r->last_fingerprint = 0;
	r->after_short = false;
	r->in_partition = true;
	return true;
}

static bool scope_fill(struct reader *r, struct arena *a, struct scope *scope, struct err *e)
{
	struct value slice = value_map_copy(a, r->partition.slice), next;

	*scope = session_scope(r->session, a);
	if (!window_slice(&r->windows, &r->window, slice, scope, e))
		return false;
	scope->variable[VAR_STREAM_SLICE] = slice;
	scope->variable[VAR_STREAM_PARTITION] = slice;
	scope->variable[VAR_STREAM_INTERVAL] = slice;
	if (r->token.kind != VALUE_UNDEFINED) {
		next = value_map_new(a);
		value_map_set(a, next, STR("next_page_token"), r->token);
		scope->variable[VAR_NEXT_PAGE_TOKEN] = next;
	}
	return true;
}

/* Sends the request of the page that r->token names. */
static bool page_begin(struct reader *r, struct err *e)
{
	const struct stream *st = r->o.stream;
	struct arena *a = r->page_arena[r->turn ^= 1];
	bool follows = r->token.kind != VALUE_UNDEFINED && st->paginator.has_token_option &&
		       st->paginator.token_option.into == INJECT_PATH;
	struct draft *d;

	arena_reset(a);
	d = arena_new_struct(a, struct draft);
	if (!scope_fill(r, a, &r->scope, e) || !draft_fill(d, &st->requester, &r->scope, e) ||
	    !paging_size(&st->paginator, r->o.page_size, &r->scope, &r->page_size, e) ||
	    !paging_inject(&st->paginator, r->token, r->page_size, d, &r->scope, e))
		return false;
	if (!(follows && st->ignore_slicer_options_on_paging))
		if (!window_inject(&r->windows, &r->window, d, &r->scope, e) ||
		    !partition_inject(&r->partition, d, &r->scope, e))
			return false;
	r->pages++;
	r->under_way = exchange_start(r->session, &st->requester, d, a, &r->exchange, e);
	return r->under_way;
}

/* ---- what came ---- */

static bool too_old(const struct reader *r, int64_t us)
{
	return r->window.bounded && us != NO_TIME && us < r->window.start_us;
}

/* Times of the records: the latest, whether a data feed has reached the past, what is out of the
 * window. */
static void page_times(const struct reader *r, struct records *records, struct page *page,
		       bool *feed_ends)
{
	const struct datetime_cursor *c = r->o.stream->cursor;
	size_t kept = 0;

	*feed_ends = false;
	page->max_us = NO_TIME;
	if (!c)
		return;
	for (size_t i = 0; i < records->n; i++) {
		int64_t us = record_time(c, records->at[i], &r->scope);
		bool outside = too_old(r, us) || (c->client_side && us > r->window.end_us);

		if ((c->is_data_feed || c->client_side) && outside)
			continue;
		records->at[kept++] = records->at[i];
		if (us != NO_TIME && us > page->max_us)
			page->max_us = us;
	}
	records->n = kept;
	if (c->is_data_feed && records->extracted > 0)
		*feed_ends = too_old(r, record_time(c, records->last, &r->scope));
}

static uint64_t fingerprint_of(struct str body)
{
	uint64_t head = str_hash(str_slice(body, 0, FINGERPRINT_BYTES));
	uint64_t tail = str_hash(str_slice(
		body, body.len > FINGERPRINT_BYTES ? body.len - FINGERPRINT_BYTES : 0, body.len));

	return head ^ tail << 1 ^ body.len;
}

/*
 * A vendor that ignores the page token answers with the same page for ever.  Two full pages in a
 * row with the same content are an error, not an end: what lies behind was never seen.  After a
 * short page it says that there is no other.
 */
static bool page_is_new(struct reader *r, struct records *records, struct str body_text,
			struct err *e)
{
	uint64_t fingerprint = records->extracted ? fingerprint_of(body_text) : 0;

	if (fingerprint && fingerprint == r->last_fingerprint) {
		if (!r->after_short)
			return err_set(
				e, ERR_REMOTE,
				"the vendor sent the same page again: it ignores the page asked for");
		*records = (struct records){ .last = UNDEFINED };
	}
	r->last_fingerprint = fingerprint;
	return true;
}

static bool page_read(struct reader *r, struct answer *answer, struct page *page,
		      struct records *records, struct err *e)
{
	struct arena *a = r->scope.arena;
	bool feed_ends, last = true;
	struct value next = UNDEFINED;

	if (answer->kind == ANSWER_IGNORED) {
		*records = (struct records){ .last = UNDEFINED };
	} else if (!records_select(r->o.stream, answer->body, &r->scope, records, e) ||
		   !page_is_new(r, records, r->exchange.body, e)) {
		r->misread = true;
		return false;
	}
	page_times(r, records, page, &feed_ends);
	if (answer->kind == ANSWER_BODY && !feed_ends) {
		struct page_seen seen = { .records = records->extracted,
					  .token = r->token,
					  .served = r->served,
					  .page_size = r->page_size,
					  .body = answer->body,
					  .headers = answer->headers,
					  .last_record = records->last };

		if (!paging_next(&r->o.stream->paginator, &seen, &r->scope, &next, &last, e))
			return false;
	}
	if (records->extracted > r->served)
		r->served = records->extracted;
	r->after_short = (int64_t)records->extracted < r->page_size;
	page->next = last ? UNDEFINED : value_keep(a, next);
	page->last_of_window = last;
	return true;
}

/* Moves to what comes after `page`; the token is kept apart, for its page dies. */
static void advance(struct reader *r, struct page *page)
{
	page->next_window_us = r->window.start_us;
	if (!page->last_of_window) {
		arena_reset(r->place_arena);
		r->token = value_keep(r->place_arena, page->next);
		return;
	}
	page->next_window_us = windows_after(&r->windows, &r->window);
	page->last_of_partition = page->next_window_us == NO_TIME;
	r->in_partition = !page->last_of_partition;
	r->token = paging_first(&r->o.stream->paginator);
	r->last_fingerprint = 0;
	r->after_short = false;
	if (r->in_partition)
		r->window = windows_at(&r->windows, page->next_window_us);
}

/* While the caller works on this page, the next one travels. */
static bool prefetch(struct reader *r, struct page *page, struct err *e)
{
	if (page->last_of_window || (r->o.pages_max > 0 && r->pages >= r->o.pages_max))
		return true;
	if (!page_begin(r, e))
		return false;
	page->next_waits = exchange_grounded(&r->exchange);
	return true;
}

static bool page_finish(struct reader *r, struct page *page, struct err *e)
{
	struct answer answer;
	struct records records;

	r->under_way = false;
	if (!exchange_finish(r->session, &r->exchange, &answer, e))
		return false;
	*page = (struct page){ .partition = &r->partition,
			       .window = r->window,
			       .windows_end_us = r->windows.end_us,
			       .slice = r->scope.variable[VAR_STREAM_SLICE],
			       .repaired = answer.repaired };
	if (answer.kind == ANSWER_RESET)
		return err_set(e, ERR_TRANSIENT, "the vendor asks to begin the pages anew");
	if (!page_read(r, &answer, page, &records, e))
		return false;
	page->record = records.at;
	page->records = records.n;
	page->extracted = records.extracted;
	r->session->counts.pages++;
	return true;
}

/*
 * An empty page ends a list that is counted, and lies cost records: it is believed when the vendor
 * says it twice, or said so before with a short page.
 */
static bool end_is_doubtful(const struct reader *r, const struct page *page, bool after_short)
{
	enum paging kind = r->o.stream->paginator.kind;

	return page->extracted == 0 && !r->end_proven && !after_short &&
	       (kind == PAGING_OFFSET || kind == PAGING_PAGE);
}

/* An answer that is no page of records is mostly a front end's: asked again, it heals. */
static bool page_again(struct reader *r, unsigned tries, struct err *e)
{
	int64_t wait_ms = backoff_full_jitter_ms(1000, 60000, tries, r->session->engine->rng);
	char why[sizeof(e->text)];

	if (!r->misread || tries + 1 >= MISREAD_TRIES)
		return false;
	memcpy(why, e->text, sizeof(why));
	return session_wait(r->session, WAIT_BACKOFF, wait_ms, why, e);
}

static bool page_get(struct reader *r, struct page *page, struct err *e)
{
	bool after_short = r->after_short;
	unsigned tries = 0;

	r->end_proven = false;
	for (;;) {
		r->misread = false;
		if ((!r->under_way && !page_begin(r, e)) || !page_finish(r, page, e)) {
			if (!page_again(r, tries++, e))
				return false;
			continue;
		}
		if (!end_is_doubtful(r, page, after_short))
			return true;
		r->end_proven = true;
	}
}

bool reader_next(struct reader *r, struct page *out, bool *more, struct err *e)
{
	struct page page;

	*more = true;
	if (!r->in_partition && !partition_begin(r, more, e))
		return err_wrap(e, "stream '%.*s'", STR_ARG(r->o.stream->name));
	if (!*more)
		return true;
	if (!page_get(r, &page, e))
		return err_wrap(e, "stream '%.*s', page %lld", STR_ARG(r->o.stream->name),
				(long long)r->pages);
	advance(r, &page);
	if (!prefetch(r, &page, e))
		return err_wrap(e, "stream '%.*s', page %lld", STR_ARG(r->o.stream->name),
				(long long)r->pages);
	*out = page;
	return true;
}
