/* SPDX-License-Identifier: Apache-2.0 */
/* pushed.c - a vendor of people, and what really happened to them. */
#include "pushed.h"

#include "data/json.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the vendor ---- */

static void copy(char *to, size_t size, struct value v)
{
	struct str s = v.kind == VALUE_STR ? v.s : STR("");

	snprintf(to, size, "%.*s", STR_ARG(s));
}

static struct str header_of(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->headers; i++)
		if (str_eq_nocase(r->header[i].name, str_from(name)))
			return r->header[i].value;
	return STR("");
}

static void answer_person(const struct pushed *p, const struct person *who,
			  struct canned_reply *out)
{
	buf_printf(&out->body, "{\"person_id\":%d,\"ref\":\"%s\"}", (int)(who - p->person) + 1,
		   who->ref);
}

static void create(struct pushed *p, struct arena *a, const struct request *r,
		   struct canned_reply *out)
{
	struct str key = header_of(r, "idempotency-key");
	struct person *who = &p->person[p->people];
	struct value body;

	for (size_t i = 0; key.len && i < p->people; i++)
		if (str_eq(key, str_from(p->person[i].key))) {
			answer_person(p, &p->person[i], out);
			return;
		}
	must(json_parse(a, r->body, &body, NULL, &oops));
	assert(p->people < PEOPLE_MAX);
	p->people++;
	*who = (struct person){ .gone = false };
	p->keyed += key.len > 0;
	copy(who->ref, sizeof(who->ref), value_get(body, STR("ref")));
	copy(who->name, sizeof(who->name), value_get(body, STR("name")));
	copy(who->shelf, sizeof(who->shelf), value_get(body, STR("shelf")));
	copy(who->key, sizeof(who->key), value_str(key));
	out->status = 201;
	answer_person(p, who, out);
}

static void look(struct pushed *p, struct arena *a, const struct request *r,
		 struct canned_reply *out)
{
	struct str ref;

	if (url_query_get(a, r->url, STR("ref"), &ref))
		for (size_t i = 0; i < p->people; i++)
			if (!p->person[i].gone && str_eq(ref, str_from(p->person[i].ref))) {
				answer_person(p, &p->person[i], out);
				return;
			}
	out->status = 404;
	buf_add(&out->body, STR("{\"detail\":\"nobody\"}"));
}

static void act(struct pushed *p, struct arena *a, const struct request *r,
		struct canned_reply *out)
{
	struct str path = url_redact(a, r->url);
	ptrdiff_t at = str_find(path, STR("people/"));
	struct person *who;
	struct value body;
	int64_t id;

	if (strcmp(r->method, "GET") == 0) {
		look(p, a, r, out);
		return;
	}
	if (at < 0) {
		create(p, a, r, out);
		return;
	}
	if (!str_to_i64(str_slice(path, (size_t)at + strlen("people/"), path.len), &id) || id < 1 ||
	    id > (int64_t)p->people || p->person[id - 1].gone) {
		out->status = 404;
		return;
	}
	who = &p->person[id - 1];
	who->changes++;
	if (strcmp(r->method, "DELETE") == 0) {
		who->gone = true;
		return;
	}
	must(json_parse(a, r->body, &body, NULL, &oops));
	copy(who->name, sizeof(who->name), value_get(body, STR("name")));
	answer_person(p, who, out);
}

static void vendor(void *arg, const struct request *r, struct canned_reply *out)
{
	AUTO_ARENA *a = arena_new("vendor", (size_t)4 << 20);
	struct pushed *p = arg;

	if (str_find(r->url, STR("/people")) < 0) {
		p->lists(&p->w, r, out);
		return;
	}
	p->requests++;
	if (p->meanwhile)
		pushed_sql(p, p->meanwhile);
	p->meanwhile = NULL;
	if (p->deaf)
		return;
	if (p->status_times > 0) {
		p->status_times--;
		if (p->acts)
			act(p, a, r, out);
		buf_reset(&out->body);
		buf_add(&out->body, str_from(p->body ? p->body : "{\"message\":\"no\"}"));
		out->status = p->status;
		return;
	}
	act(p, a, r, out);
}

/* ---- the application ---- */

void pushed_open(struct pushed *p, const char *file)
{
	struct outbox_watch *watch;
	struct str *statement = NULL;
	size_t n, statements = 0;

	*p = (struct pushed){ .requests = 0 };
	world_open(&p->w, "push", file);
	p->lists = p->w.wire.answer;
	p->w.wire.answer = vendor;
	p->w.wire.arg = p;
	pushed_sql(p, "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, active INTEGER"
		      " DEFAULT 1, vendor_id TEXT, shelf TEXT, problem TEXT)");
	pushed_sql(p, "CREATE TABLE blind (id INTEGER PRIMARY KEY, name TEXT, vendor_id TEXT)");
	pushed_sql(p, "CREATE TABLE keyed (id INTEGER PRIMARY KEY, name TEXT, vendor_id TEXT)");
	pushed_sql(p, "CREATE TABLE members (id INTEGER PRIMARY KEY, team TEXT, who TEXT,"
		      " note TEXT)");
	pushed_sql(p, "CREATE TABLE lockstep_jobs (id INTEGER PRIMARY KEY, task text, args text,"
		      " job_key text, origin text, one boolean DEFAULT false,"
		      " state smallint DEFAULT 0, session bigint, attempt bigint)");
	pushed_sql(p, "CREATE UNIQUE INDEX lockstep_jobs_key ON lockstep_jobs (job_key)"
		      " WHERE job_key IS NOT NULL AND (one OR state <> 1)");
	watch = push_watches(p->w.arena, p->w.plan, &n);
	must(outbox_plan(p->w.real, p->w.arena, watch, n, &statement, &statements, &oops));
	must(schema_apply(p->w.real, statement, statements, &oops));
}

void pushed_close(struct pushed *p)
{
	world_close(&p->w);
}

void pushed_sql(struct pushed *p, const char *sql)
{
	must(db_exec(p->w.real, sql, NULL, 0, NULL, &oops));
}

bool pushed_once(struct pushed *p, const char *watch, const char *key, struct push_result *out,
		 struct err *e)
{
	const struct watch_plan *w = plan_watch(p->w.connection, str_from(watch));

	return push_record(&p->w.engine, p->w.connection, w, str_from(key), out, e);
}

struct push_result pushed_through(struct pushed *p, const char *watch, const char *key)
{
	struct push_result r = { 0 }, all = { 0 };
	struct err e;

	for (int i = 0; i < 50; i++) {
		if (!pushed_once(p, watch, key, &r, &e)) {
			printf("# push: %s\n", e.text);
			break;
		}
		all.requests += r.requests;
		all.done += r.done;
		all.outcome = r.outcome;
		all.why = r.why;
		if (r.outcome != PUSH_WAIT)
			break;
		test_clock_pass(&p->w.clock, r.wait_ms + 1);
	}
	return all;
}

int pushed_count(const struct pushed *p, const char *ref)
{
	int n = 0;

	for (size_t i = 0; i < p->people; i++)
		n += strcmp(p->person[i].ref, ref) == 0;
	return n;
}

const struct person *pushed_find(const struct pushed *p, const char *ref)
{
	for (size_t i = 0; i < p->people; i++)
		if (strcmp(p->person[i].ref, ref) == 0)
			return &p->person[i];
	return NULL;
}
