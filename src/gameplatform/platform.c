/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.c - the plan's game platform connection: its settings, and what every part asks first.
 */
#include "gameplatform/platform.h"

#include "data/json.h"
#include "service/connection.h"

#define TOTALS_BATCH 100
#define LOOK_MS 50
#define LOOK_BYTES_MAX ((size_t)1024 * 1024)

bool platform_connection(const struct setup *s, const struct connection **out, struct err *e)
{
	return connection_find(setup_plan(s), STR(""), STR("metactf"), out, e);
}

bool platform_there(const struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *unused;

	return platform_connection(setup, &unused, e);
}

/* ---- settings: from the environment they come as texts ---- */

static bool is_true(struct value v)
{
	return v.kind == VALUE_BOOL ? v.b : v.kind == VALUE_STR && str_eq(v.s, STR("true"));
}

static int64_t number_of(struct value v, int64_t otherwise)
{
	int64_t n;

	if (v.kind == VALUE_INT)
		return v.i;
	return v.kind == VALUE_STR && str_to_i64(v.s, &n) ? n : otherwise;
}

struct platform_settings platform_settings(const struct connection *c)
{
	int64_t batch = number_of(value_get(c->config, STR("totals_batch")), TOTALS_BATCH);

	return (struct platform_settings){
		.enabled = is_true(value_get(c->config, STR("enabled"))),
		.batch_size = batch > 0 ? batch : TOTALS_BATCH,
	};
}

/* ---- whose rows ---- */

/* As the databases write them. */
static struct str lower(struct arena *a, struct str s)
{
	char *text = arena_new_array(a, char, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		text[i] = (char)(s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] + 32 : s.at[i]);
	return (struct str){ text, s.len };
}

/* Empty when there is none, or more than one. */
static bool find_profile(struct call *c, const char *sql, struct str by, struct str *id,
			 struct err *e)
{
	struct value param = value_str(lower(c->arena, by));
	struct db_result r;

	*id = STR("");
	if (by.len == 0)
		return true;
	if (!db_query(c->db, c->arena, sql, &param, 1, &r, e))
		return false;
	if (r.rows == 1)
		*id = db_cell(&r, 0, 0).s;
	return true;
}

bool platform_profile(struct call *c, struct str *id, struct err *e)
{
	if (!platform_there(c, e) ||
	    !find_profile(c, "SELECT id FROM profiles WHERE id = ?1", c->who.uuid, id, e))
		return false;
	if (id->len == 0 &&
	    !find_profile(c, "SELECT id FROM profiles WHERE lower(email) = ?1 LIMIT 2",
			  c->who.email, id, e))
		return false;
	return id->len > 0 || err_set(e, ERR_AUTH, "you have no coach's profile here");
}

bool platform_scope(struct call *c, struct str *coach, struct err *e)
{
	struct str asked = lower(c->arena, call_text(c, c->query, "coach"));

	if (c->who.roles & ROLE_ADMIN) {
		*coach = asked;
		return platform_there(c, e);
	}
	if (!(c->who.roles & ROLE_COACH))
		return err_set(e, ERR_AUTH, "this is for coaches and administrators");
	if (!platform_profile(c, coach, e))
		return false;
	return asked.len == 0 || str_eq(asked, *coach) ||
	       err_set(e, ERR_AUTH, "these are another coach's");
}

/* ---- a job, and its end ---- */

static bool is_over(const struct job_row *j)
{
	return !str_eq(j->status, STR("pending")) && !str_eq(j->status, STR("running"));
}

/* The texts live as long as `a`. */
static bool look(struct call *c, struct arena *a, int64_t id, struct job_row *out, struct err *e)
{
	struct job_filter f = { .id = id, .limit = 1 };
	struct job_row *row;
	int64_t total;
	size_t n;

	if (!queue_list(c->db, a, &f, &row, &n, &total, e))
		return false;
	if (n == 0)
		return err_set(e, ERR_MISSING, "the job is gone");
	*out = row[0];
	return true;
}

static bool is_waited_for(struct call *c, int64_t id, bool *over, struct err *e)
{
	AUTO_ARENA *a = arena_new("look", LOOK_BYTES_MAX);
	struct job_row row;

	if (!look(c, a, id, &row, e))
		return false;
	*over = is_over(&row);
	return true;
}

bool platform_wait(struct call *c, int64_t job, int64_t wait_ms, struct platform_outcome *out,
		   struct err *e)
{
	int64_t until_ms = clock_steady_ms(c->clock) + wait_ms;
	struct job_row row;
	struct err unsaid;

	*out = (struct platform_outcome){ .job = job, .output = UNDEFINED };
	for (;;) {
		if (!is_waited_for(c, job, &out->over, e))
			return false;
		if (out->over || clock_steady_ms(c->clock) >= until_ms)
			break;
		if (!clock_sleep(c->clock, LOOK_MS, NULL, e))
			return false;
	}
	if (!look(c, c->arena, job, &row, e))
		return false;
	out->over = is_over(&row);
	out->ok = str_eq(row.status, STR("succeeded"));
	out->error = row.error;
	if (row.output.len > 0 && !json_parse(c->arena, row.output, &out->output, NULL, &unsaid))
		out->output = UNDEFINED;
	return true;
}

bool platform_do(struct call *c, const struct platform_job *j, struct platform_outcome *out,
		 struct err *e)
{
	struct job_draft draft = { .task = j->task,
				   .args = j->args,
				   .unique = j->key.len ? JOB_ONE_WAITING : JOB_ANY,
				   .key = j->key,
				   .lane = j->lane,
				   .trigger = STR("api"),
				   .actor = c->who.name };
	struct job_ticket ticket;

	if (!queue_add(c->db, &draft, &ticket, e))
		return false;
	service_wake(c->arg);
	return platform_wait(c, ticket.id, j->wait_ms, out, e);
}
