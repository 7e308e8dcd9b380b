/* SPDX-License-Identifier: Apache-2.0 */
/* t_error.c - which errors are the same one, and what is said to do about them. */
#include "service/error_group.h"
#include "service/error_remedy.h"
#include "tap.h"

static const char *title(struct arena *a, const char *text)
{
	struct buf b;

	buf_in(&b, a, 4096);
	error_title(&b, str_from(text));
	return str_keep(a, buf_str(&b)).at;
}

static void titles_hold_no_more_than_what_stays(struct arena *a)
{
	static const char *const text[][2] = {
		{ "stream 'contacts', page 7: HTTP 500: no answer",
		  "stream '\xe2\x80\xa6', page N: HTTP 500: no answer" },
		{ "the vendor's rate limit is used up; it is to be asked again in 1 h 2 m",
		  "the vendor's rate limit is used up; it is to be asked again in N" },
		{ "it is to be asked again in 59 m.", "it is to be asked again in N." },
		{ "GET https://api.example.org/v2/c?id=17 failed", "GET URL failed" },
		{ "ana.b@example.org is no number", "\xe2\x80\xa6 is no number" },
		{ "record 100000f9-55c2-4e7b-82a5-019b92062fc5 is null", "record N is null" },
		{ "at 2026-11-26T02:44:42.525Z: late", "at N: late" },
		{ "duplicate key \"x_key\" (`run it`)",
		  "duplicate key '\xe2\x80\xa6' ('\xe2\x80\xa6')" },
		{ "  two\n  lines ", "two lines" },
		{ "an open 'quote stays", "an open 'quote stays" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(text); i++)
		IS(title(a, text[i][0]), text[i][1], "title");
}

static void long_texts_are_cut(struct arena *a)
{
	struct buf b;
	struct buf long_text;

	buf_in(&long_text, a, 100000);
	for (int i = 0; i < 5000; i++)
		buf_add(&long_text, STR("words "));
	buf_in(&b, a, 4096);
	error_title(&b, buf_str(&long_text));
	OK(b.len <= ERROR_TITLE_MAX && b.len > ERROR_TITLE_MAX / 2 && !b.failed, "%zu bytes",
	   b.len);
}

static void fingerprints_are_of_titles(struct arena *a)
{
	char print[ERROR_PRINT_SIZE];
	uint64_t hash, one = error_hash_of(STR("page 7 of 'a': HTTP 500"));

	(void)a;
	OK(one == error_hash_of(STR("page 12 of 'b': HTTP 500")), "the same trouble");
	OK(one != error_hash_of(STR("page 7 of 'a': HTTP 401")), "another status");
	OK(error_hash(STR("a"), STR("b"), STR("c")) != error_hash(STR("b"), STR("a"), STR("c")),
	   "kind and code count");
	error_print(one, print);
	OK(error_print_parse(str_from(print), &hash) && hash == one, "there and back: %s", print);
	OK(!error_print_parse(STR("0123456789ABCDEF"), &hash), "capitals are none");
	OK(!error_print_parse(STR("0123"), &hash), "nor is a part");
}

static void remedies_are_found(struct arena *a)
{
	static const char *const text[][3] = {
		{ "required", "whatever", "required" },
		{ "", "database or disk is full", "disk_full" },
		{ "", "HTTP 401; the credentials were refused", "auth" },
		{ "", "the token endpoint refused (HTTP 400, invalid_grant)", "auth" },
		{ "", "HTTP 403: PracticePanther may not read", "permission" },
		{ "", "the vendor's rate limit is used up", "rate_limit" },
		{ "", "api.example.org: the name cannot be resolved; check", "dns" },
		{ "", "api.example.org: its TLS certificate is not trusted", "tls" },
		{ "", "x: no connection within the deadline", "timeout" },
		{ "", "x: the connection broke while the answer came", "network" },
		{ "", "HTTP 503: PracticePanther failed to answer", "vendor" },
		{ "", "HTTP 404; check the base URL and the path", "not_found" },
		{ "", "record 3 is text, not an object", "schema" },
		{ "", "held by failed_max: 30 %, expected 5 %", "held" },
		{ "", "table 'contacts': no such column", "database" },
		{ "", "the plan has no connection 'x'", "config" },
		{ "", "interrupted: the process that ran it ended", "interrupted" },
		{ "", "something else", "unknown" },
	};

	(void)a;
	for (size_t i = 0; i < COUNT(text); i++)
		IS(remedy_of(str_from(text[i][0]), str_from(text[i][1]))->code, text[i][2],
		   text[i][1]);
}

static struct error_event event(enum error_source source, const char *text, int64_t at_ms)
{
	struct error_event ev = { .source = source,
				  .at_ms = at_ms,
				  .first_ms = at_ms,
				  .connection = STR("pp"),
				  .task = STR("sync"),
				  .text = str_from(text) };

	ev.hash = error_hash_of(ev.text);
	return ev;
}

static void a_run_and_its_job_count_once(struct arena *a)
{
	struct error_event ev[] = { event(ERROR_RUN, "HTTP 500 at page 1", 9000),
				    event(ERROR_RUN, "HTTP 500 at page 2", 1000),
				    event(ERROR_JOB, "HTTP 500 at page 1", 9500),
				    event(ERROR_JOB, "no such file", 5000) };
	struct error_filter f = { .since_ms = 0, .now_ms = 10000 };
	struct error_group *g;
	size_t n;

	ev[2].told = true;
	error_groups(a, &f, ev, COUNT(ev), &g, &n);
	OK(n == 2, "%zu groups", n);
	OK(g[0].count == 2 && g[0].source == ERROR_RUN, "the runs count");
	OK(g[0].first_ms == 1000 && g[0].last_ms == 9500, "first and last");
	OK(g[0].spark[2] == 1 && g[0].spark[21] == 1, "the line");
	OK(g[1].count == 1 && g[1].source == ERROR_JOB, "a job alone counts");
	OK(g[0].connections == 1 && g[0].tasks == 1, "names come once");
}

int main(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);

	titles_hold_no_more_than_what_stays(a);
	long_texts_are_cut(a);
	fingerprints_are_of_titles(a);
	remedies_are_found(a);
	a_run_and_its_job_count_once(a);
	return tap_done();
}
