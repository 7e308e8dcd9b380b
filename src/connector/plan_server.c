/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_server.c - the plan's `server`: how Lockstep runs as a service, and who may call it.
 *
 * What a key means to the rest (a port, a key for JWTs) is checked where it is used; here stands
 * what can be said about the file alone.
 */
#include "connector/plan_read.h"

#include <stdlib.h>

#define SECRET_BYTES_MIN 32

/* ---- who may call ---- */

static const char *const algorithm_words[] = { [AUTH_HS256] = "HS256",
					       [AUTH_RS256] = "RS256",
					       [AUTH_ES256] = "ES256",
					       [AUTH_EDDSA] = "EdDSA",
					       NULL };

static const char *const role_words[] = { "admin", "coach", "player", "viewer" };

static bool role_known(struct str name)
{
	for (size_t i = 0; i < COUNT(role_words); i++)
		if (str_eq(name, str_from(role_words[i])))
			return true;
	return false;
}

/* { owner: admin } as "owner=admin". */
static void read_roles(struct plan_loader *p, const struct node *n, void *into)
{
	struct auth_plan *auth = into;
	struct str role;

	if (!plan_expect(p, n, NODE_MAP, "a map from a claim's values to roles"))
		return;
	auth->role_map = arena_new_array(p->a, struct str, n->n);
	for (size_t i = 0; i < n->n; i++) {
		if (!plan_scalar(p, n->item[i], KEY_TEXT, &role))
			continue;
		if (!role_known(role))
			plan_complain(p, n->item[i],
				      "%s is not one of: admin, coach, player, viewer%s",
				      plan_quote(p, n->item[i]),
				      plan_hint(p, role, role_words, COUNT(role_words)));
		auth->role_map[auth->role_maps++] =
			str_printf(p->a, "%.*s=%.*s", STR_ARG(n->key[i]), STR_ARG(role));
	}
}

/* The short form: what a Supabase project publishes about itself. */
static void read_supabase(struct plan_loader *p, const struct node *n, void *into)
{
	struct auth_plan *auth = into;
	struct str url = STR("");

	if (!plan_scalar(p, n, KEY_URL, &url))
		return;
	while (str_ends(url, STR("/")))
		url.len--;
	auth->algorithm = AUTH_ES256;
	auth->audience = STR("authenticated");
	auth->issuer = str_printf(p->a, "%.*s/auth/v1", STR_ARG(url));
	auth->jwks_url = str_printf(p->a, "%.*s/.well-known/jwks.json", STR_ARG(auth->issuer));
}

/* `supabase` comes first: what stands beside it counts. */
static const struct plan_key auth_rows[] = {
	{ .name = "name",
	  .type = KEY_TEXT,
	  .required = true,
	  .offset = offsetof(struct auth_plan, name),
	  .says = "What the provider is called in messages and in the audit log." },
	{ .name = "supabase",
	  .type = KEY_URL,
	  .read = read_supabase,
	  .says = "The URL of a Supabase project: stands for its key set, its issuer, the audience "
		  "`authenticated` and ES256." },
	{ .name = "algorithm",
	  .type = KEY_WORD,
	  .word = algorithm_words,
	  .offset = offsetof(struct auth_plan, algorithm),
	  .says = "How its tokens are signed; HS256 unless `supabase` is given. It is never read "
		  "from a token." },
	{ .name = "secret",
	  .type = KEY_SECRET,
	  .read = plan_secret,
	  .offset = offsetof(struct auth_plan, secret),
	  .says = "The shared key of HS256, at least 32 bytes." },
	{ .name = "jwks_url",
	  .type = KEY_URL,
	  .offset = offsetof(struct auth_plan, jwks_url),
	  .says = "Where the public keys of the other algorithms are." },
	{ .name = "issuer",
	  .type = KEY_TEXT,
	  .offset = offsetof(struct auth_plan, issuer),
	  .says = "What a token's `iss` must be." },
	{ .name = "audience",
	  .type = KEY_TEXT,
	  .offset = offsetof(struct auth_plan, audience),
	  .says = "What a token's `aud` must be or hold." },
	{ .name = "roles_claim",
	  .type = KEY_TEXT,
	  .fallback = "app_metadata.role",
	  .offset = offsetof(struct auth_plan, roles_claim),
	  .says = "Where in a token the role stands; never below user_metadata, which people change "
		  "themselves." },
	{ .name = "roles",
	  .type = KEY_VALUE,
	  .read = read_roles,
	  .says = "A map from values of that claim to roles, such as { owner: admin }; a value that "
		  "is a role's own name needs none." },
	{ .name = "types",
	  .type = KEY_TEXT,
	  .fallback = "JWT|at+jwt",
	  .offset = offsetof(struct auth_plan, types),
	  .says = "What a token's `typ` may be, with | between them." },
	{ .name = "allow_http",
	  .type = KEY_BOOLEAN,
	  .fallback = "false",
	  .offset = offsetof(struct auth_plan, allow_http),
	  .says = "Let the keys be fetched over plain http, and from this machine: for tests." },
	{ .name = "sign_in",
	  .type = KEY_MAP,
	  .of = &plan_sign_in_keys,
	  .offset = offsetof(struct auth_plan, sign_in),
	  .says = "How people sign in at the console by this provider; without it only its tokens "
		  "are accepted." },
};

static const struct plan_keys auth_keys = {
	.name = "auth",
	.says = "An identity provider whose tokens are accepted.",
	.key = auth_rows,
	.n = COUNT(auth_rows),
};

/* What the algorithm asks for, and what it has no use for. */
static void check_auth(struct plan_loader *p, const struct node *n, const struct auth_plan *auth)
{
	bool shared = auth->algorithm == AUTH_HS256;
	const char *name = algorithm_words[auth->algorithm];
	const struct node *secret = node_get(n, "secret");

	if (shared && !secret)
		plan_complain(p, n, "HS256 asks for a secret");
	else if (shared && auth->secret.len && auth->secret.len < SECRET_BYTES_MIN)
		plan_complain(p, secret, "the secret is too short: at least %d bytes",
			      SECRET_BYTES_MIN);
	if (!shared && secret)
		plan_complain(p, secret, "%s has no secret; its keys come from jwks_url", name);
	if (!shared && !node_get(n, "jwks_url") && !node_get(n, "supabase"))
		plan_complain(p, n, "%s asks for a jwks_url", name);
	if (!node_get(n, "supabase") && (!node_get(n, "issuer") || !node_get(n, "audience")))
		plan_complain(p, n, "a provider has an issuer and an audience");
}

static void read_auth(struct plan_loader *p, const struct node *n, void *into)
{
	struct server_plan *server = into;
	size_t count = n->kind == NODE_LIST ? n->n : 1;

	if (n->kind == NODE_SCALAR && !plan_expect(p, n, NODE_LIST, "a list of providers"))
		return;
	server->auth = arena_new_array(p->a, struct auth_plan, count);
	for (size_t i = 0; i < count; i++) {
		const struct node *item = n->kind == NODE_LIST ? n->item[i] : n;
		struct auth_plan *auth = &server->auth[server->auths++];

		plan_defaults(p, &auth_keys, auth);
		plan_map(p, item, &auth_keys, auth);
		if (item->kind != NODE_MAP)
			continue;
		check_auth(p, item, auth);
		plan_sign_in_finish(p, item, auth);
	}
}

/* ---- the parts ---- */

static const struct plan_key tls_rows[] = {
	{ .name = "cert",
	  .type = KEY_TEXT,
	  .required = true,
	  .read = plan_path,
	  .offset = offsetof(struct server_plan, tls_cert),
	  .says = "The certificate and those above it, PEM." },
	{ .name = "key",
	  .type = KEY_TEXT,
	  .required = true,
	  .read = plan_path,
	  .offset = offsetof(struct server_plan, tls_key),
	  .says = "Its private key, PEM." },
};

static const struct plan_keys tls_keys = {
	.name = "tls",
	.says = "Answer over https.",
	.key = tls_rows,
	.n = COUNT(tls_rows),
};

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const struct plan_key retention_rows[] = {
	{ .name = "jobs",
	  .type = KEY_DURATION,
	  .fallback = "14d",
	  .min = DAY_MS,
	  .offset = offsetof(struct server_plan, keep_jobs_ms),
	  .says = "Jobs that are done or were cancelled." },
	{ .name = "dead_jobs",
	  .type = KEY_DURATION,
	  .fallback = "90d",
	  .min = DAY_MS,
	  .offset = offsetof(struct server_plan, keep_dead_ms),
	  .says = "Jobs that failed for good and may be tried again." },
	{ .name = "sync_logs",
	  .type = KEY_DURATION,
	  .fallback = "90d",
	  .min = DAY_MS,
	  .offset = offsetof(struct server_plan, keep_logs_ms),
	  .says = "The log of runs." },
};

static const struct plan_keys retention_keys = {
	.name = "retention",
	.says = "How long what is over is kept; the cleanup removes the rest each night.",
	.key = retention_rows,
	.n = COUNT(retention_rows),
};

static const struct plan_key alerts_rows[] = {
	{ .name = "webhook",
	  .type = KEY_SECRET,
	  .read = plan_secret,
	  .offset = offsetof(struct alerts_plan, webhook),
	  .says = "A URL that gets a POST with JSON for every alert." },
	{ .name = "webhook_secret",
	  .type = KEY_SECRET,
	  .read = plan_secret,
	  .offset = offsetof(struct alerts_plan, webhook_secret),
	  .says = "The key of the signature in the header X-Lockstep-Signature." },
	{ .name = "sentry_dsn",
	  .type = KEY_SECRET,
	  .read = plan_secret,
	  .offset = offsetof(struct alerts_plan, sentry_dsn),
	  .says = "The DSN of a Sentry-compatible service; the environment's SENTRY_DSN when it is "
		  "not given, and an empty text for none." },
	{ .name = "stuck",
	  .type = KEY_DURATION,
	  .fallback = "1h",
	  .min = 60000,
	  .offset = offsetof(struct alerts_plan, stuck_ms),
	  .says = "How long a running sync may make no progress." },
	{ .name = "budget",
	  .type = KEY_PERCENT,
	  .fallback = "80%",
	  .offset = offsetof(struct alerts_plan, budget_percent),
	  .says = "How much of a vendor's limit may be used." },
	{ .name = "error_rate",
	  .type = KEY_PERCENT,
	  .fallback = "5%",
	  .offset = offsetof(struct alerts_plan, error_percent),
	  .says = "How many records of the last 24 hours may have failed." },
	{ .name = "success_rate",
	  .type = KEY_PERCENT,
	  .fallback = "95%",
	  .offset = offsetof(struct alerts_plan, success_percent),
	  .says = "How many runs of the last 24 hours have to be whole." },
	{ .name = "repeated_failures",
	  .type = KEY_INTEGER,
	  .fallback = "3",
	  .min = 1,
	  .max = 100,
	  .offset = offsetof(struct alerts_plan, failures),
	  .says = "After how many failures in a row a task is told about." },
};

static const struct plan_keys alerts_keys = {
	.name = "alerts",
	.says = "Who is told when something is wrong, and from where on.",
	.key = alerts_rows,
	.n = COUNT(alerts_rows),
};

/* ---- the whole ---- */

static const char *const format_words[] = { [LOG_TEXT] = "text", [LOG_JSON] = "json", NULL };
static const char *const notify_words[] = { "off", "on", NULL };

static void read_proxies(struct plan_loader *p, const struct node *n, void *into)
{
	struct server_plan *server = into;
	size_t count = n->kind == NODE_LIST ? n->n : 1;

	if (n->kind == NODE_MAP && !plan_expect(p, n, NODE_LIST, "a list of addresses"))
		return;
	server->trusted_proxy = arena_new_array(p->a, struct str, count);
	for (size_t i = 0; i < count; i++)
		if (plan_scalar(p, n->kind == NODE_LIST ? n->item[i] : n, KEY_TEXT,
				&server->trusted_proxy[server->trusted_proxies]))
			server->trusted_proxies++;
}

static const struct plan_key server_rows[] = {
	{ .name = "listen",
	  .type = KEY_TEXT,
	  .fallback = "127.0.0.1:8080",
	  .offset = offsetof(struct server_plan, listen),
	  .says = "Where the API answers: ADDRESS:PORT, [IPv6]:PORT or unix:PATH." },
	{ .name = "tls",
	  .type = KEY_MAP,
	  .of = &tls_keys,
	  .says = "Answer over https. Without it a proxy in front should." },
	{ .name = "trusted_proxies",
	  .type = KEY_TEXTS,
	  .read = read_proxies,
	  .says = "Addresses of proxies whose X-Forwarded-For is believed." },
	{ .name = "secure_cookies",
	  .type = KEY_BOOLEAN,
	  .fallback = "false",
	  .offset = offsetof(struct server_plan, secure_cookies),
	  .says = "Mark the session's cookie as one for https only; always so with `tls`." },
	{ .name = "workers",
	  .type = KEY_INTEGER,
	  .offset = offsetof(struct server_plan, workers),
	  .max = 256,
	  .says = "How many jobs this process runs at once; by default, or when it is 0, 4 with "
		  "SQLite and 8 with PostgreSQL." },
	{ .name = "log_format",
	  .type = KEY_WORD,
	  .word = format_words,
	  .fallback = "text",
	  .offset = offsetof(struct server_plan, log_format),
	  .says = "Log lines for people, or a JSON object each." },
	{ .name = "notify",
	  .type = KEY_WORD,
	  .word = notify_words,
	  .fallback = "on",
	  .offset = offsetof(struct server_plan, notify),
	  .says = "Wait for PostgreSQL to tell about new jobs; off behind a transaction pooler, "
		  "where jobs are looked for once a second." },
	{ .name = "auth",
	  .type = KEY_MAP_LIST,
	  .of = &auth_keys,
	  .read = read_auth,
	  .says = "Identity providers whose tokens are accepted." },
	{ .name = "embed_origins",
	  .type = KEY_TEXTS,
	  .read = plan_embed_origins,
	  .says = "Origins of the application's pages, such as https://app.example.org, that may "
		  "show the PTI card with an embed token." },
	{ .name = "job_runner_secret",
	  .type = KEY_SECRET,
	  .read = plan_secret,
	  .offset = offsetof(struct server_plan, job_runner_secret),
	  .says = "The shared secret of POST /api/jobs/run; without it nobody may call that." },
	{ .name = "internal_sync_secret",
	  .type = KEY_SECRET,
	  .read = plan_secret,
	  .offset = offsetof(struct server_plan, internal_sync_secret),
	  .says = "The shared secret of /api/internal/…; without it nobody may call those." },
	{ .name = "retention",
	  .type = KEY_MAP,
	  .of = &retention_keys,
	  .says = "How long what is over is kept." },
	{ .name = "alerts",
	  .type = KEY_MAP,
	  .of = &alerts_keys,
	  .offset = offsetof(struct server_plan, alerts),
	  .says = "Who is told when something is wrong, and from where on." },
};

const struct plan_keys plan_server_keys = {
	.name = "server",
	.says = "How `lockstep serve` and `lockstep work` run.",
	.key = server_rows,
	.n = COUNT(server_rows),
};

static bool is_web(struct str url)
{
	return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

void plan_server_finish(struct plan_loader *p, const struct node *n)
{
	struct server_plan *server = &p->plan->server;
	struct alerts_plan *alerts = &server->alerts;
	const struct node *at = n ? node_get(n, "alerts") : NULL;
	const char *dsn = p->env.get ? p->env.get("SENTRY_DSN") : getenv("SENTRY_DSN");

	server->secure_cookies = server->secure_cookies || server->tls_cert.len > 0;
	if (!alerts->sentry_dsn.at && dsn)
		alerts->sentry_dsn = str_keep(p->a, str_from(dsn));
	if (alerts->webhook.len && !is_web(alerts->webhook))
		plan_complain(p, node_get(at, "webhook"),
			      "the webhook is not a URL that begins with https:// or http://");
	if (alerts->webhook.len && !alerts->webhook_secret.len)
		plan_complain(p, at,
			      "a webhook has a webhook_secret, so that its receiver can tell "
			      "who calls");
}
