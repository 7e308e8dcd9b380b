/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.c - one process of the service: plan, engine, workers, scheduler, API, and their order.
 *
 * Always: what a thread may use was made before that thread and ends after it.  The setup alone
 * changes while threads run; it is swapped under a lock and lives by its references.
 */
#include "service/service.h"

#include "base/log.h"
#include "base/thread.h"
#include "service/alert_task.h"
#include "service/census.h"
#include "service/cleanup_task.h"
#include "service/gauge.h"
#include "service/lookout.h"
#include "service/migration.h"
#include "service/providers.h"
#include "service/push_task.h"
#include "service/quarantine_task.h"
#include "service/restart_note.h"
#include "service/route_tables.h"
#include "service/sync_task.h"
#include "service/timetable.h"
#include "service/undo_task.h"
#include "service/watch_task.h"

#include <stdatomic.h>

#define SERVICE_BYTES_MAX ((size_t)1024 * 1024)
#define TASKS_MAX 64
#define WORKERS_SQLITE 4
#define WORKERS_POSTGRES 8
/* A loop that did not go round for so long stands still: SQLite may wait 10 s for a lock, and the
 * scheduler rests for up to a minute. */
#define POOL_STILL_MS 45000
#define SCHEDULER_STILL_MS 120000
#define CLIENT_STILL_MS 60000
#define API_STILL_MS 60000
#define API_DRAIN_MS 5000

struct service {
	struct arena *arena;
	struct service_options o;
	struct mutex lock; /* of setup */
	struct setup *setup;
	struct setup *first; /* what is held open was opened by it, and borrows from it */
	struct seal *seal;
	struct client *client;
	struct issuer *issuer;
	struct access *access;
	struct api *api;
	/* Set once, while its own threads and the scheduler's may ask already. */
	_Atomic(struct pool *) pool;
	_Atomic(struct lookout *) lookout;
	struct scheduler *scheduler;
	enum db_dialect dialect;
	struct task task[TASKS_MAX];
	size_t tasks;
	atomic_bool draining;
	struct census census;
};

/* ---- tasks ---- */

static const struct task own_tasks[] = {
	{ .name = SYNC_TASK,
	  .says = "bring the tables of a connection up to date",
	  .run = sync_task_run,
	  .base_ms = 30000 },
	{ .name = CLEANUP_TASK,
	  .says = "remove what has been over for longer than the plan keeps it",
	  .run = cleanup_task_run },
	{ .name = PUSH_TASK,
	  .says = "carry the changes of a record to the vendor",
	  .run = push_task_run,
	  .attempts_max = 20,
	  .drain_ms = 10000 },
	{ .name = UNDO_TASK,
	  .says = "put back what rows held before a run",
	  .run = undo_task_run,
	  .attempts_max = 3 },
	{ .name = QUARANTINE_TASK,
	  .says = "try the records in quarantine again",
	  .run = quarantine_task_run,
	  .attempts_max = 3 },
	{ .name = WATCH_TASK,
	  .says = "look whether something is wrong",
	  .run = watch_task_run,
	  .attempts_max = 1 },
	{ .name = ALERT_TASK,
	  .says = "tell a webhook or Sentry that something is wrong",
	  .run = alert_task_run,
	  .attempts_max = 10,
	  .base_ms = 10000,
	  .drain_ms = 5000 },
	{ .name = NULL },
};

static void add_tasks(struct service *s, const struct task *task)
{
	for (; task->name; task++) {
		assert(s->tasks < TASKS_MAX);
		s->task[s->tasks++] = *task;
	}
}

const struct task *service_tasks(const struct service *s, size_t *n)
{
	*n = s->tasks;
	return s->task;
}

const struct integration *service_integration(const struct service *s, const struct connection *c)
{
	const struct integration *const *i = s->o.integrations;

	while (i && *i && !integration_is(*i, c))
		i++;
	return i ? *i : NULL;
}

bool service_idle(const struct service *s, const struct connection *c)
{
	const struct integration *i = service_integration(s, c);

	return i && i->idle && i->idle(c);
}

bool service_inspect(const struct service *s, const struct inspection *x)
{
	const struct integration *i = service_integration(s, x->connection);

	if (!i || !i->inspect)
		return false;
	i->inspect(x);
	return true;
}

void service_limit(const struct service *s, struct arena *a, const struct connection *c,
		   struct integration_limit *out)
{
	const struct integration *i = service_integration(s, c);

	*out = (struct integration_limit){ 0 };
	if (i && i->limit)
		i->limit(a, c, out);
}

bool service_owns_task(struct str task)
{
	for (const struct task *own = own_tasks; own->name; own++)
		if (str_eq(task, str_from(own->name)))
			return true;
	return false;
}

bool service_task_check(const struct service *s, struct str task, struct err *e)
{
	for (size_t i = 0; i < s->tasks; i++)
		if (str_eq(task, str_from(s->task[i].name)))
			return true;
	return err_set(e, ERR_MISSING, "there is no task '%.*s'", STR_ARG(task));
}

/* ---- what others ask ---- */

struct setup *service_setup(struct service *s)
{
	struct setup *setup;

	mutex_lock(&s->lock);
	setup = setup_ref(s->setup);
	mutex_unlock(&s->lock);
	return setup;
}

struct census *service_census(struct service *s)
{
	return &s->census;
}

void service_force(struct service *s, const int64_t *job, size_t n)
{
	if (s->pool)
		pool_force(s->pool, job, n);
}

void service_wake(struct service *s)
{
	if (s->pool)
		pool_wake(s->pool);
	if (s->scheduler)
		scheduler_wake(s->scheduler);
}

/* Who may do all may be looked over the shoulder by who may see all. */
void service_publish(struct service *s, const char *kind, struct str data, unsigned roles)
{
	struct lookout *l = atomic_load(&s->lookout);

	if (l)
		lookout_tell(l, kind, data, roles & ROLE_ADMIN ? roles | ROLE_VIEWER : roles);
}

static bool order_job(void *arg, struct db *d, const struct job_order *o, struct err *e)
{
	const struct service *s = arg;
	struct job_draft draft = { .task = o->task,
				   .args = o->args,
				   .unique = o->key.len ? JOB_ONE_WAITING : JOB_ANY,
				   .key = o->key,
				   .lane = o->lane,
				   .trigger = o->trigger };
	struct job_ticket ticket;

	for (size_t i = 0; i < s->tasks; i++)
		if (str_eq(o->task, str_from(s->task[i].name)))
			draft.attempts_max = s->task[i].attempts_max;
	if (o->after_ms > 0)
		draft.run_at_ms = clock_wall_ms(clock_system()) + o->after_ms;
	return queue_add(d, &draft, &ticket, e);
}

struct engine service_engine(struct service *s, struct db *d, struct rng *rng,
			     const struct cancel *stop)
{
	return (struct engine){ .client = s->client,
				.db = d,
				.clock = clock_system(),
				.seal = s->seal,
				.rng = rng,
				.stop = stop,
				.order = order_job,
				.order_arg = s };
}

struct str service_version(const struct service *s)
{
	return s->o.version;
}

void service_pool_stats(struct service *s, struct pool_stats *out)
{
	*out = (struct pool_stats){ 0 };
	if (s->pool)
		pool_stats(s->pool, out);
}

bool service_leads(struct service *s)
{
	return s->scheduler && scheduler_leads(s->scheduler);
}

bool service_live(struct service *s)
{
	int64_t now_ms = clock_steady_now();
	struct pool_stats stats;

	service_pool_stats(s, &stats);
	if (stats.threads && now_ms - stats.ticked_ms > POOL_STILL_MS)
		return false;
	if (client_still_ms(s->client) > CLIENT_STILL_MS)
		return false;
	if (s->api && api_still_ms(s->api) > API_STILL_MS)
		return false;
	return !s->scheduler || now_ms - scheduler_ticked_ms(s->scheduler) <= SCHEDULER_STILL_MS;
}

struct str service_says(struct service *s, struct arena *a)
{
	struct pool_stats stats;

	service_pool_stats(s, &stats);
	return str_printf(a, "%s%zu of %zu workers busy, %lld jobs done%s",
			  atomic_load(&s->draining) ? "ending: " : "", stats.busy, stats.threads,
			  (long long)stats.finished,
			  service_leads(s) ? "; leads the schedules" : "");
}

/* The listen address of now: "[::1]:0" shows the port that was bound. */
struct str service_address(const struct service *s, struct arena *a)
{
	const struct server_plan *server = &setup_plan(s->first)->server;
	struct str listen = s->o.listen.len ? s->o.listen : server->listen;
	size_t end = listen.len;

	if (!s->api)
		return STR("");
	if (str_starts(listen, STR("unix:")))
		return str_keep(a, listen);
	while (end > 0 && listen.at[end - 1] != ':')
		end--;
	return str_printf(a, "%s://%.*s:%d", server->tls_cert.len ? "https" : "http",
			  (int)(end ? end - 1 : 0), listen.at, api_port(s->api));
}

/* ---- opening ---- */

/* Tables and schedules, on a connection of its own: the one before may be years old. */
static bool prepare_database(struct service *s, const struct plan *p, struct err *e)
{
	struct db_options o = { .create = true };
	struct migration m = { p, s->o.integrations };
	struct db *db;
	size_t statements;
	bool ok;

	if (!db_open(p->database, &o, &db, e))
		return err_wrap(e, "database");
	s->dialect = db->ops->dialect;
	ok = migration_run_all(db, &m, &statements, e) &&
	     timetable_declare(db, p, s->o.integrations, e);
	db_close(db);
	if (ok && statements > 0)
		log_info("the database got what it lacked: %zu statements", statements);
	return ok;
}

static bool open_engine(struct service *s, struct err *e)
{
	struct client_options o = {
		.user_agent = str_printf(s->arena, "lockstep/%.*s", STR_ARG(s->o.version)),
		.http2 = true,
	};

	return seal_open(setup_plan(s->first)->key_file, &s->seal, e) &&
	       client_open(&o, &s->client, e);
}

static bool open_access(struct service *s, struct err *e)
{
	const struct server_plan *server = &setup_plan(s->first)->server;
	struct access_options o = { .issuers = server->auths,
				    .client = s->client,
				    .cookie_secure = server->secure_cookies };

	s->issuer = providers_of(s->arena, server);
	o.issuer = s->issuer;
	return access_open(&o, &s->access, e);
}

/* Whether the process does its work: ERR_TRANSIENT with what is missing. */
static bool api_ready(void *arg, struct err *e)
{
	struct service *s = arg;
	struct pool_stats stats;

	service_pool_stats(s, &stats);
	if (atomic_load(&s->draining))
		return err_set(e, ERR_TRANSIENT, "the process is about to end");
	if (stats.threads && !stats.connected)
		return err_set(e, ERR_TRANSIENT, "the workers have no connection to the database");
	return service_live(s) || err_set(e, ERR_TRANSIENT, "a loop of the process stands still");
}

static bool api_live(void *arg)
{
	return service_live(arg);
}

static void api_measure(void *arg, struct db *d)
{
	gauge_read(arg, d);
}

static void make_api(struct service *s)
{
	const struct plan *p = setup_plan(s->first);
	struct api_options o = {
		.listen = s->o.listen.len ? s->o.listen : p->server.listen,
		.tls_cert = p->server.tls_cert,
		.tls_key = p->server.tls_key,
		.secure = p->server.secure_cookies,
		.database = p->database,
		.pooled = !p->server.notify,
		.access = s->access,
		.trusted_proxy = p->server.trusted_proxy,
		.trusted_proxies = p->server.trusted_proxies,
		.embed_origin = p->server.embed_origin,
		.embed_origins = p->server.embed_origins,
		.version = s->o.version,
		.ready = api_ready,
		.live = api_live,
		.measure = api_measure,
		.arg = s,
		.console = s->o.console,
	};

	s->api = api_new(&o);
	api_add(s->api, access_routes, s->access);
	api_add(s->api, sign_in_routes, s->access);
	for (const struct route *const *r = route_tables; *r; r++)
		api_add(s->api, *r, s);
	for (size_t i = 0; s->o.integrations && s->o.integrations[i]; i++)
		for (const struct route *const *r = s->o.integrations[i]->routes; r && *r; r++)
			api_add(s->api, *r, s);
}

static size_t worker_count(const struct service *s)
{
	int64_t planned = setup_plan(s->first)->server.workers;

	if (s->o.workers >= 0)
		return (size_t)s->o.workers;
	if (planned > 0)
		return (size_t)planned;
	return s->dialect == DB_SQLITE ? WORKERS_SQLITE : WORKERS_POSTGRES;
}

static void on_pool(void *arg, const struct pool_event *ev)
{
	gauge_tell(arg, ev);
}

static bool open_pool(struct service *s, struct err *e)
{
	const struct plan *p = setup_plan(s->first);
	struct pool_options o = { .database = p->database,
				  .task = s->task,
				  .tasks = s->tasks,
				  .task_arg = s,
				  .threads = worker_count(s),
				  .deaf = !p->server.notify,
				  .version = s->o.version,
				  .tell = on_pool,
				  .tell_arg = s };
	struct pool *pool = NULL;

	if (o.threads > 0 && !pool_open(&o, &pool, e))
		return err_wrap(e, "workers");
	atomic_store(&s->pool, pool);
	return true;
}

static void on_fired(void *arg)
{
	struct service *s = arg;

	if (s->pool)
		pool_wake(s->pool);
}

static bool open_scheduler(struct service *s, struct err *e)
{
	return s->o.no_scheduler ||
	       scheduler_open(setup_plan(s->first)->database, on_fired, s, &s->scheduler, e) ||
	       err_wrap(e, "scheduler");
}

static void on_told(void *arg, const char *kind, struct str data, unsigned roles)
{
	struct service *s = arg;

	if (s->api)
		events_publish(api_events(s->api), kind, data, roles);
}

static size_t count_readers(void *arg)
{
	struct service *s = arg;

	return s->api ? events_readers(api_events(s->api)) : 0;
}

static bool attend_readers(void *arg, struct db *d, struct err *e)
{
	struct service *s = arg;

	return !s->api || events_attend(api_events(s->api), s->access, d, e);
}

static bool open_lookout(struct service *s, struct err *e)
{
	const struct plan *p = setup_plan(s->first);
	struct lookout_options o = { .database = p->database,
				     .deaf = !p->server.notify || s->o.no_api,
				     .publish = on_told,
				     .readers = count_readers,
				     .attend = attend_readers,
				     .arg = s };
	struct lookout *l = NULL;

	if (!lookout_open(&o, &l, e))
		return err_wrap(e, "events");
	atomic_store(&s->lookout, l);
	return true;
}

/* The API is made first, for events go through it, and listens last. */
static bool open_parts(struct service *s, struct err *e)
{
	if (!prepare_database(s, setup_plan(s->first), e) || !open_engine(s, e))
		return false;
	if (!s->o.no_api && !open_access(s, e))
		return err_wrap(e, "server.auth");
	if (!s->o.no_api)
		make_api(s);
	return open_lookout(s, e) && open_scheduler(s, e) && open_pool(s, e) &&
	       (!s->api || api_start(s->api, e));
}

/* Which tasks there are the plan's reader cannot know. */
static void check_watch(const struct service *s, const struct watch_plan *w, struct buf *told)
{
	struct err why;

	for (size_t i = 0; i < PUSH_ONS; i++)
		if (w->on[i].task.len && !service_task_check(s, w->on[i].task, &why))
			buf_printf(told, "%.*s: %s\n", STR_ARG(w->on[i].where), why.text);
}

static bool load_setup(struct service *s, struct buf *told, struct setup **out, struct err *e)
{
	const struct plan *p;
	size_t before;

	if (!setup_load(&s->o.plan, told, out, e))
		return false;
	before = told->len;
	p = setup_plan(*out);
	for (size_t i = 0; i < p->connections; i++)
		for (size_t k = 0; k < p->connection[i].watches; k++)
			check_watch(s, &p->connection[i].watch[k], told);
	if (told->len == before)
		return true;
	setup_unref(*out);
	*out = NULL;
	return err_set(e, ERR_CONFIG, "the plan names tasks that there are not");
}

bool service_open(const struct service_options *o, struct buf *told, struct service **out,
		  struct err *e)
{
	struct arena *a = arena_new("service", SERVICE_BYTES_MAX);
	struct service *s = arena_new_struct(a, struct service);

	s->arena = a;
	s->o = *o;
	mutex_init(&s->lock);
	census_init(&s->census);
	atomic_init(&s->draining, false);
	add_tasks(s, own_tasks);
	for (size_t i = 0; o->integrations && o->integrations[i]; i++)
		if (o->integrations[i]->tasks)
			add_tasks(s, o->integrations[i]->tasks);
	if (!load_setup(s, told, &s->first, e)) {
		service_close(s);
		return false;
	}
	s->setup = setup_ref(s->first);
	if (!open_parts(s, e)) {
		service_close(s);
		return false;
	}
	*out = s;
	return true;
}

/* ---- reloading ---- */

bool service_reload(struct service *s, struct buf *told, struct err *e)
{
	struct setup *fresh, *old = s->setup;

	if (!load_setup(s, told, &fresh, e))
		return false;
	if (str_eq(setup_plan(s->first)->database, setup_plan(fresh)->database) &&
	    !prepare_database(s, setup_plan(fresh), e)) {
		buf_printf(told, "%s\n", e->text);
		setup_unref(fresh);
		return false;
	}
	restart_note(setup_plan(s->first), setup_plan(fresh), told);
	mutex_lock(&s->lock);
	s->setup = fresh;
	mutex_unlock(&s->lock);
	setup_unref(old);
	service_wake(s);
	service_publish(s, "connection", STR("{}"), ROLE_ADMIN);
	return true;
}

/* ---- the end ---- */

void service_drain(struct service *s, int64_t wait_ms)
{
	atomic_store(&s->draining, true);
	if (s->pool)
		pool_drain(s->pool, wait_ms);
	if (s->api)
		api_drain(s->api, wait_ms < API_DRAIN_MS ? wait_ms : API_DRAIN_MS);
}

/* When no job runs any more the API may go, then nobody wakes the others. */
void service_close(struct service *s)
{
	if (!s)
		return;
	if (s->pool)
		pool_drain(s->pool, 0);
	lookout_close(atomic_exchange(&s->lookout, NULL));
	api_free(s->api);
	if (s->scheduler)
		scheduler_close(s->scheduler);
	if (s->pool)
		pool_close(s->pool);
	access_close(s->access);
	client_close(s->client);
	seal_close(s->seal);
	setup_unref(s->setup);
	setup_unref(s->first);
	census_done(&s->census);
	mutex_done(&s->lock);
	arena_free(s->arena);
}
