/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c - where pages come from, one request at a time.
 *
 * Requests are the connector's (tenniscores.yaml, tenniscores.actions.yaml); the limit of requests
 * a minute is the plan's, so it is asked of the ledger here and not of the manifest's budget, which
 * knows no config.  Always: no host is asked but the service of the plan, the site of the plan, or
 * a league's own, redirects included; and the key appears in no text.
 */
#include "pti/source.h"

#include "data/json.h"
#include "flow/draft.h"
#include "flow/gate.h"
#include "pti/envelope.h"
#include "pti/setting.h"

#define PER_MINUTE_DEFAULT 10
#define MINUTE_MS 60000
/* The service's own deadline is 45 s, as the actions say. */
#define TOTAL_MS 55000
#define BODY_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define HOPS_MAX 3
/* A limit that asks for more is the caller's to wait for. */
#define PATIENCE_MS 90000
#define PRICE_PAGE 1
#define PRICE_MODEL 5
#define SERVICE "https://api.firecrawl.dev"

struct source {
	struct session *session;
	struct connection connection; /* the plan's, with our own deadlines */
	enum source_kind kind;
	bool both;            /* a model is asked beside the page */
	struct str key, site; /* or empty */
	struct str ledger_key;
	int64_t per_minute;
	bool gives_way;
};

/* ---- what the plan says ---- */

static struct str service_of(const struct connection *c)
{
	struct str url = setting_text(c, "firecrawl_url");

	while (str_ends(url, STR("/")))
		url = str_slice(url, 0, url.len - 1);
	return url.len ? url : STR(SERVICE);
}

static bool kind_of(const struct connection *c, bool has_key, enum source_kind *out, struct err *e)
{
	struct str said = setting_text(c, "source");
	/* One's own service is there to be used, with a key or without. */
	bool service = has_key || !str_eq(service_of(c), STR(SERVICE));

	if (!said.len)
		*out = service ? SOURCE_FIRECRAWL : SOURCE_DIRECT;
	else if (str_eq(said, STR("firecrawl")))
		*out = SOURCE_FIRECRAWL;
	else if (str_eq(said, STR("firecrawl_v1")))
		*out = SOURCE_FIRECRAWL_V1;
	else if (str_eq(said, STR("direct")))
		*out = SOURCE_DIRECT;
	else
		return err_set(e, ERR_CONFIG,
			       "connection '%.*s': source is firecrawl, firecrawl_v1 or direct",
			       STR_ARG(c->name));
	return true;
}

/* Who counts our requests: the owner of the key, or whoever runs the service or the site. */
static struct str ledger_key_of(struct arena *a, const struct source *s)
{
	struct str who = s->site.len ? s->site : STR("leagues");

	if (s->kind != SOURCE_DIRECT)
		who = s->key.len ? s->key : service_of(&s->connection);
	return str_printf(a, "%s:%016llx", s->kind == SOURCE_DIRECT ? "tenniscores" : "firecrawl",
			  (unsigned long long)str_hash(who));
}

/* Which service is asked, and how often. */
static bool choose(struct arena *a, const struct connection *c, struct source *s, struct err *e)
{
	s->connection = *c;
	s->key = str_trim(setting_text(c, "firecrawl_key"));
	if (!kind_of(c, s->key.len > 0, &s->kind, e))
		return false;
	if (s->kind == SOURCE_DIRECT)
		s->site = setting_text(c, "site");
	s->per_minute = setting_number(c, "requests_per_minute", PER_MINUTE_DEFAULT);
	s->ledger_key = ledger_key_of(a, s);
	return true;
}

bool source_open(struct arena *a, const struct engine *g, const struct connection *c,
		 struct source **out, struct err *e)
{
	struct source *s = arena_new_struct(a, struct source);
	struct network_plan *n = &s->connection.network;

	if (!choose(a, c, s, e))
		return false;
	if (s->kind != SOURCE_DIRECT && !c->actions)
		return err_set(e, ERR_CONFIG,
			       "connection '%.*s': there is no tenniscores.actions.yaml beside the "
			       "connector's manifest",
			       STR_ARG(c->name));
	s->both = setting_true(c, "cross_check");
	n->total_ms = n->total_ms ? n->total_ms : TOTAL_MS;
	n->stall_ms = n->stall_ms ? n->stall_ms : TOTAL_MS;
	n->body_bytes_max = n->body_bytes_max ? n->body_bytes_max : BODY_BYTES_MAX;
	if (!session_open(a, g, &s->connection, &s->session, e))
		return false;
	*out = s;
	return true;
}

int64_t source_price(const struct source *s)
{
	if (s->kind == SOURCE_DIRECT)
		return 0;
	return s->kind == SOURCE_FIRECRAWL_V1 || s->both ? PRICE_MODEL : PRICE_PAGE;
}

struct session *source_session(struct source *s)
{
	return s->session;
}

void source_give_way(struct source *s)
{
	s->gives_way = true;
}

bool source_gives_pages(const struct source *s)
{
	return s->kind != SOURCE_FIRECRAWL_V1 || s->both;
}

bool source_lacks_key(const struct source *s)
{
	return s->kind != SOURCE_DIRECT && !s->key.len &&
	       str_eq(service_of(&s->connection), STR(SERVICE));
}

/* ---- how a page is asked for ---- */

struct asking {
	struct source *source;
	const struct address *at;
	struct arena *arena;
	struct envelope envelope;
	struct request request;
	struct ledger_rate rate[2];
	size_t rates;
	struct ledger_answer ledger;
};

/* The action for a kind of page, and what its answer will hold. */
static const char *action_for(const struct source *s, enum address_kind kind, struct envelope *v)
{
	bool v1 = s->kind == SOURCE_FIRECRAWL_V1;

	v->page = kind == ADDRESS_PLAYER ? source_gives_pages(s) : !v1 || kind == ADDRESS_RATINGS;
	v->model = (v1 && kind != ADDRESS_RATINGS) || (s->both && kind == ADDRESS_PLAYER);
	v->price = v->model ? PRICE_MODEL : PRICE_PAGE;
	if (!v1)
		return v->model ? "scrape_v2_both" : "scrape_v2";
	if (v->page)
		return v->model ? "scrape_v1_both" : "scrape_v1_page";
	return kind == ADDRESS_TEAM ? "scrape_v1_team" : "scrape_v1";
}

static bool draft_action(struct asking *q, const char *name, struct draft *d, struct err *e)
{
	struct source *s = q->source;
	const struct action *action = actions_find(s->connection.actions, str_from(name));
	struct scope scope = session_scope(s->session, q->arena);
	struct value args = value_map_new(q->arena);

	if (!action)
		return err_set(e, ERR_CONFIG, "the connector has no action '%s'", name);
	if (q->at)
		value_map_set(q->arena, args, STR("url"), value_str(q->at->canonical));
	scope.variable[VAR_ARGS] = args;
	return draft_fill(d, &action->requester, &scope, e);
}

/* The page's address at the site that the plan puts in the leagues' place. */
static struct str address_at_site(struct arena *a, struct str site, const struct address *at)
{
	static const struct str blank = { "{league}", 8 };
	ptrdiff_t hole = str_find(site, blank), query = str_find(at->canonical, STR("/?"));
	struct str before = site, after = STR(""), rest;

	assert(query > 0);
	rest = str_slice(at->canonical, (size_t)query, at->canonical.len);
	if (hole >= 0) {
		before = str_slice(site, 0, (size_t)hole);
		after = str_slice(site, (size_t)hole + blank.len, site.len);
	}
	while (str_ends(after, STR("/")))
		after = str_slice(after, 0, after.len - 1);
	return str_printf(a, "%.*s%.*s%.*s%.*s", STR_ARG(before),
			  STR_ARG(hole >= 0 ? at->league : STR("")), STR_ARG(after), STR_ARG(rest));
}

static bool draft_site(struct asking *q, struct draft *d, struct err *e)
{
	static const char *const stream_for[] = {
		[ADDRESS_PLAYER] = "player", [ADDRESS_TEAM] = "team", [ADDRESS_RATINGS] = "ratings"
	};
	struct source *s = q->source;
	const char *name = stream_for[q->at->kind];
	const struct stream *stream = manifest_stream(s->connection.manifest, str_from(name));
	struct scope scope = session_scope(s->session, q->arena);
	struct value slice = value_map_new(q->arena);

	if (!stream)
		return err_set(e, ERR_CONFIG, "the connector has no stream '%s'", name);
	value_map_set(q->arena, slice, STR("address"),
		      value_str(s->site.len ? address_at_site(q->arena, s->site, q->at)
					    : q->at->canonical));
	scope.variable[VAR_STREAM_PARTITION] = slice;
	scope.variable[VAR_STREAM_SLICE] = slice;
	return draft_fill(d, &stream->requester, &scope, e);
}

static bool draft_page(struct asking *q, struct err *e)
{
	struct source *s = q->source;
	struct draft *d = arena_new_struct(q->arena, struct draft);

	q->envelope = (struct envelope){ .kind = s->kind,
					 .asked = q->at,
					 .page = true,
					 .any_host = s->site.len > 0,
					 .now_ms = clock_wall_ms(s->session->engine->clock) };
	if (s->kind == SOURCE_DIRECT
		    ? !draft_site(q, d, e)
		    : !draft_action(q, action_for(s, q->at->kind, &q->envelope), d, e))
		return false;
	return draft_request(q->arena, d, &q->request, e);
}

/* ---- when ---- */

/* Whoever gives way leaves a fifth of a minute's requests, and goes evenly. */
static int64_t left_to_others(int64_t per_minute)
{
	return per_minute > 1 ? (per_minute + 4) / 5 : 0;
}

static void rates_of(struct asking *q)
{
	int64_t n = q->source->per_minute;

	if (n == 0)
		return;
	if (q->source->gives_way) {
		n -= left_to_others(n);
		q->rate[q->rates++] = (struct ledger_rate){ 1, MINUTE_MS / q->source->per_minute };
	}
	q->rate[q->rates++] = (struct ledger_rate){ n, MINUTE_MS };
}

void source_limit(struct arena *a, const struct connection *c, struct integration_limit *out)
{
	struct source s = { 0 };
	struct err unsaid;

	*out = (struct integration_limit){ .what = "pages", .interval_ms = MINUTE_MS };
	if (!choose(a, c, &s, &unsaid))
		return;
	out->ledger_key = s.ledger_key;
	out->limit = s.per_minute;
	out->kept = left_to_others(s.per_minute);
}

static bool take(void *arg, struct err *e)
{
	struct asking *q = arg;
	struct source *s = q->source;

	return ledger_take(s->session->engine->db, s->ledger_key, q->rate, q->rates,
			   s->connection.network.total_ms, &q->ledger, e);
}

static bool landed(void *arg, struct err *e)
{
	struct asking *q = arg;

	return ledger_sent(q->source->session->engine->db, q->ledger.ticket, e);
}

/* *held: it is too long to stand and wait. */
static bool wait_turn(struct asking *q, bool *held, struct err *e)
{
	struct session *s = q->source->session;
	int64_t waited_ms = 0;

	*held = false;
	for (;;) {
		if (!session_ask_db(s, take, q, e))
			return err_wrap(e, "rate ledger");
		if (q->ledger.wait_ms == 0)
			return true;
		waited_ms += q->ledger.wait_ms;
		*held = waited_ms > PATIENCE_MS;
		if (*held)
			return true;
		if (!session_pause(s, q->ledger.wait_ms, "the limit of requests a minute", e))
			return false;
	}
}

/* ---- what came of it ---- */

/* The client said no.  False when that is ours to tell. */
static bool no_answer(const struct asking *q, bool unsent, const struct err *why,
		      struct fetched *out, struct err *e)
{
	bool late = strstr(why->text, "deadline") || strstr(why->text, "too long");

	*out = (struct fetched){ .model = UNDEFINED,
				 .outcome = FETCH_REFUSED,
				 .code = "upstream",
				 .sent = !unsent,
				 .credits = unsent ? 0 : q->envelope.price,
				 .why = str_keep(q->arena, str_from(why->text)) };
	switch (why->kind) {
	case ERR_TRANSIENT:
		out->outcome = FETCH_LATER;
		if (late) {
			out->code = "timeout";
			out->why = STR("Request timed out");
		}
		return true;
	case ERR_CONFIG: /* the guard: a host that may not be asked */
		out->outcome = FETCH_STOP;
		out->code = "config";
		out->credits = 0;
		return true;
	case ERR_REMOTE:
	case ERR_LIMIT:
		return true;
	case ERR_NONE:
	case ERR_AUTH:
	case ERR_STORE:
	case ERR_CANCELLED:
	case ERR_BUSY:
	case ERR_MISSING:
	case ERR_FENCED:
	case ERR_USAGE:
		break;
	}
	*e = *why;
	return false;
}

static bool wire_send(struct asking *q, struct response *r, bool *unsent, struct err *e)
{
	struct session *s = q->source->session;
	struct flight f;
	struct err unsaid;
	bool ok, noted;

	*unsent = false;
	q->request.hops_max = CLIENT_HOPS_NONE;
	q->request.unsent = unsent;
	ok = gate_start(s, &q->request, &f, e);
	if (!ok)
		*unsent = true;
	else if (!gate_land(s, &f, q->arena, r, e)) {
		gate_abandon(s, &f);
		ok = false;
	}
	q->request.unsent = NULL;
	/* A call that is not noted as landed counts longer: never less. */
	noted = q->ledger.ticket == 0 || session_ask_db(s, landed, q, &unsaid);
	if (ok && !noted)
		*e = unsaid;
	return ok && noted;
}

/* Where a redirect of the site leads, if it may be followed. */
static bool redirect_of(const struct asking *q, const struct response *r, struct str *to)
{
	struct str location = response_header(r, STR("location")), next;
	struct err unsaid;
	bool may;

	if (q->source->kind != SOURCE_DIRECT || r->status < 301 || r->status > 308 ||
	    !location.len || !url_resolve(q->arena, q->request.url, location, &next, &unsaid) ||
	    address_names_another(q->arena, q->at, next))
		return false;
	may = q->source->site.len
		      ? url_same_origin(q->request.url, next)
		      : address_came_from(q->at, next) && str_starts(next, STR("https://"));
	if (may)
		*to = next;
	return may;
}

static bool block(struct asking *q, int64_t wait_ms, struct err *e)
{
	struct session *s = q->source->session;

	return ledger_block(s->engine->db, q->source->ledger_key,
			    wait_ms < QUIET_MS_MAX ? wait_ms : QUIET_MS_MAX, e);
}

static void held_back(const struct asking *q, struct fetched *out)
{
	*out = (struct fetched){ .outcome = FETCH_LATER,
				 .model = UNDEFINED,
				 .wait_ms = q->ledger.wait_ms,
				 .code = "rate_limited",
				 .why = STR("The limit of requests a minute is used up") };
}

/* One request on the wire.  *again: it was redirected. */
static bool fetch_once(struct asking *q, struct fetched *out, bool *again, struct err *e)
{
	struct response r;
	struct err why;
	bool held, unsent;

	*again = false;
	if (!wait_turn(q, &held, e))
		return false;
	if (held) {
		held_back(q, out);
		return true;
	}
	if (!wire_send(q, &r, &unsent, &why))
		return no_answer(q, unsent, &why, out, e);
	*again = redirect_of(q, &r, &q->request.url);
	if (*again)
		return true;
	envelope_read(&q->envelope, &r, q->arena, out);
	return out->wait_ms == 0 || r.status != 429 || block(q, out->wait_ms, e);
}

bool source_fetch(struct source *s, const struct address *at, struct arena *a, struct fetched *out,
		  struct err *e)
{
	struct asking q = { .source = s, .at = at, .arena = a };
	bool again = true;

	if (source_lacks_key(s)) {
		*out = (struct fetched){ .outcome = FETCH_STOP,
					 .model = UNDEFINED,
					 .code = "no_key",
					 .why = STR("FIRECRAWL_API_KEY not configured") };
		return true;
	}
	rates_of(&q);
	if (!draft_page(&q, e))
		return false;
	for (size_t hops = 0; again && hops <= HOPS_MAX; hops++)
		if (!fetch_once(&q, out, &again, e))
			return false;
	if (again)
		*out = (struct fetched){ .outcome = FETCH_REFUSED,
					 .model = UNDEFINED,
					 .sent = true,
					 .code = "upstream",
					 .why = STR("The league's site redirects in circles") };
	return true;
}

/* ---- credits ---- */

bool source_is_direct(const struct source *s)
{
	return s->kind == SOURCE_DIRECT;
}

bool source_credits(struct source *s, struct arena *a, int64_t *left, int *status, struct err *e)
{
	struct asking q = { .source = s, .arena = a };
	struct draft *d = arena_new_struct(a, struct draft);
	struct value body, n;
	struct response r;
	struct fetched none;
	struct err why;
	bool unsent;

	*left = -1;
	*status = 0;
	if (s->kind == SOURCE_DIRECT || !s->key.len)
		return true;
	if (!draft_action(&q, "credit_usage", d, e) || !draft_request(a, d, &q.request, e))
		return false;
	if (!wire_send(&q, &r, &unsent, &why))
		return no_answer(&q, unsent, &why, &none, e);
	*status = r.status;
	if (r.status != 200 || !json_parse(a, r.body, &body, NULL, &why))
		return true;
	n = value_get(value_get(body, STR("data")), STR("remainingCredits"));
	if (value_is_number(n))
		*left = (int64_t)value_to_double(n);
	return true;
}
