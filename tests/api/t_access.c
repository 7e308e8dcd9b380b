/* SPDX-License-Identifier: Apache-2.0 */
/* t_access.c - who calls, with tokens of several issuers; grants; what may be configured. */
#include "access_world.h"
#include "key_server.h"
#include "signer.h"
#include "tap.h"

#define UUID "8c1fb1a2-0000-4000-8000-000000000001"
#define IN_TIME "\"iat\":1772366340,\"exp\":1772370000"

static struct access_world w;
static struct signer *one, *two;
static struct issuer issuers[2];

static struct str token(const struct signer *by, const char *issuer, const char *sub,
			const char *more)
{
	struct str payload = str_printf(
		w.f.a,
		"{\"iss\":\"https://%s.example\",\"aud\":\"app\",\"sub\":\"%s\"," IN_TIME "%s}",
		issuer, sub, more);

	return signer_token(w.f.a, by, STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), payload);
}

static void a_token_says_who_it_is(void)
{
	struct identity id =
		who_bears(&w, token(one, "one", UUID,
				    ",\"email\":\"a@b.example\",\"role\":"
				    "\"service_role\",\"user_metadata\":{\"role\":"
				    "\"admin\"},\"app_metadata\":{\"role\":\"coach\"}"));

	OK(id.kind == IDENTITY_JWT && id.roles == ROLE_COACH && !id.cookie, "a coach");
	IS(str_keep(w.f.a, id.name).at, "jwt:8c1fb1a2", "whose name tells nothing personal");
	OK(str_eq(id.uuid, STR(UUID)) && str_eq(id.subject, STR(UUID)), "with a uuid");
	IS(str_keep(w.f.a, id.email).at, "a@b.example", "and an address for who needs it");
	id = who_bears(&w, token(one, "one", "ana@club.example", ""));
	OK(id.kind == IDENTITY_JWT && id.roles == 0 && !id.uuid.len, "without a role");
	OK(id.name.len == 12 && str_find(id.name, STR("ana")) < 0, "its name is a hash: %s",
	   str_keep(w.f.a, id.name).at);
}

static void each_issuer_speaks_for_itself(void)
{
	OK(who_bears(&w, token(two, "two", UUID, ",\"r\":\"owner\"")).roles == ROLE_ADMIN,
	   "the second, with its own claim and map");
	OK(who_bears(&w, token(two, "two", UUID, ",\"app_metadata\":{\"role\":\"admin\"}")).roles ==
		   0,
	   "which the first one's claim does not concern");
	OK(who_bears(&w, token(two, "one", UUID, "")).kind == IDENTITY_SECRET,
	   "the key of one does not sign for another");
	OK(who_bears(&w, token(one, "three", UUID, "")).kind == IDENTITY_SECRET, "nor for a third");
}

static void the_public_is_nobody(void)
{
	struct identity id = who_bears(
		&w, token(one, "one", UUID,
			  ",\"is_anonymous\":true,\"app_metadata\":{\"role\":\"admin\"}"));

	OK(id.kind == IDENTITY_NOBODY && id.roles == 0, "an anonymous user");
}

static void grants_go_before_claims(void)
{
	const char *admin = ",\"app_metadata\":{\"role\":\"admin\"}";
	struct identity id;

	run_sql(w.f.db, "INSERT INTO lockstep_grants (issuer, subject, role, denied) VALUES "
			"('https://one.example', 'granted', 'coach', 0), "
			"('https://one.example', 'emptied', '', 0), "
			"('https://one.example', 'odd', 'king', 0), "
			"('https://one.example', 'denied', 'admin', 1), "
			"('https://two.example', 'elsewhere', 'admin', 1)");
	OK(who_bears(&w, token(one, "one", "granted", admin)).roles == ROLE_COACH, "another role");
	OK(who_bears(&w, token(one, "one", "granted", "")).roles == ROLE_COACH, "a role at all");
	OK(who_bears(&w, token(one, "one", "emptied", admin)).roles == 0, "none any more");
	OK(who_bears(&w, token(one, "one", "odd", admin)).roles == 0, "one that is none");
	id = who_bears(&w, token(one, "one", "denied", admin));
	OK(id.kind == IDENTITY_SECRET && str_eq(id.name, STR("access was withdrawn")), "denied");
	OK(who_bears(&w, token(one, "one", "elsewhere", admin)).roles == ROLE_ADMIN,
	   "another issuer's subject of that name is not meant");
	run_sql(w.f.db, "DELETE FROM lockstep_grants WHERE subject = 'denied'");
	OK(who_bears(&w, token(one, "one", "denied", admin)).roles == ROLE_ADMIN,
	   "and back, at once");
}

static bool put(const char *subject, const char *access, struct err *e)
{
	const struct grant_row g = { STR("https://one.example"), str_from(subject),
				     str_from(access) };

	return grant_put(w.f.db, &g, e);
}

static void grants_are_said_and_unsaid(void)
{
	const char *admin = ",\"app_metadata\":{\"role\":\"admin\"}";
	struct grant_row *row = NULL;
	struct identity id;
	struct err e;
	size_t n = 0;

	run_sql(w.f.db, "DELETE FROM lockstep_grants");
	must(put("x", "coach", &oops));
	OK(who_bears(&w, token(one, "one", "x", admin)).roles == ROLE_COACH, "a role");
	must(put("x", "none", &oops));
	OK(who_bears(&w, token(one, "one", "x", admin)).roles == 0, "none");
	must(put("x", "denied", &oops));
	id = who_bears(&w, token(one, "one", "x", admin));
	IS(id.name.at, "access was withdrawn", "denied");
	OK(!put("x", "king", &e) && e.kind == ERR_USAGE, "no other word");
	OK(!put("", "coach", &e) && e.kind == ERR_USAGE, "of somebody");
	must(grant_list(w.f.db, w.f.a, &row, &n, &oops));
	OK(n == 1 && str_eq(row[0].subject, STR("x")) && str_eq(row[0].access, STR("denied")),
	   "one row a subject");
	must(grant_remove(w.f.db, STR("https://one.example"), STR("x"), &oops));
	OK(who_bears(&w, token(one, "one", "x", admin)).roles == ROLE_ADMIN, "the claim again");
	OK(!grant_remove(w.f.db, STR("https://one.example"), STR("x"), &e) && e.kind == ERR_MISSING,
	   "once");
	run_sql(w.f.db, "INSERT INTO lockstep_grants (issuer, subject, role, denied) VALUES "
			"('https://one.example', 'odd', 'king', 0)");
	must(grant_list(w.f.db, w.f.a, &row, &n, &oops));
	OK(n == 1 && str_eq(row[0].access, STR("none")), "a role that is none is listed as such");
	run_sql(w.f.db, "DELETE FROM lockstep_grants");
}

static void errors_do_not_show_the_token(void)
{
	struct str bad = token(two, "one", "somebody", "");
	struct identity id = who_bears(&w, bad);

	OK(id.kind == IDENTITY_SECRET && str_find(id.name, STR("somebody")) < 0 &&
		   str_find(id.name, str_slice(bad, 0, 10)) < 0,
	   "%s", id.name.at);
}

static void times_are_read_from_the_clock(void)
{
	struct str good = token(one, "one", UUID, "");

	w.clock.wall_ms = INT64_C(1772370029999);
	OK(who_bears(&w, good).kind == IDENTITY_JWT, "within the leeway");
	w.clock.wall_ms++;
	OK(who_bears(&w, good).kind == IDENTITY_SECRET, "not after it");
	w.clock.wall_ms = WORLD_MS;
}

/* A project on its way from a secret to published keys has two entries of one `iss`. */
static void two_entries_may_share_an_issuer(void)
{
	struct signer *ec = signer_new(JWT_ES256, "k1", 0), *other = signer_new(JWT_ES256, "k1", 0);
	struct str header = STR("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k1\","
				"\"jku\":\"https://evil.example/keys\"}");
	struct str no_kid = STR("{\"alg\":\"ES256\",\"typ\":\"JWT\"}");
	struct str payload =
		STR("{\"iss\":\"https://one.example\",\"aud\":\"app\",\"sub\":\"x\"," IN_TIME "}");
	struct issuer both[2] = { issuers[0], issuers[0] };
	struct access *real = w.access;
	struct key_server keys;
	struct access_options o = {
		.issuer = both, .issuers = 2, .client = &keys.client, .clock = &w.clock.clock
	};

	key_server_init(&keys);
	keys.body = str_printf(w.f.a, "{\"keys\":[%.*s]}", STR_ARG(signer_jwk(w.f.a, ec, "")));
	both[1].algorithm = JWT_ES256;
	both[1].secret = STR("");
	both[1].jwks_url = STR("https://one.example/keys");
	must(access_open(&o, &w.access, &oops));
	OK(who_bears(&w, token(one, "one", "x", "")).kind == IDENTITY_JWT && keys.asked == 0,
	   "by the secret, without asking for keys");
	OK(who_bears(&w, signer_token(w.f.a, ec, header, payload)).kind == IDENTITY_JWT,
	   "by a published key");
	OK(who_bears(&w, signer_token(w.f.a, other, header, payload)).kind == IDENTITY_SECRET,
	   "not by another of that kid");
	OK(who_bears(&w, signer_token(w.f.a, ec, no_kid, payload)).kind == IDENTITY_SECRET,
	   "not without naming one");
	OK(keys.asked == 1, "one request, whatever the tokens point to");
	access_close(w.access);
	w.access = real;
	signer_free(ec);
	signer_free(other);
}

static void wrong_configurations_are_refused(void)
{
	const struct issuer good = issuers[0];
	static const struct str map[] = { STR("owner=king") };
	struct issuer row[12];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(row); i++)
		row[i] = good;
	row[n++].secret = STR("too short");
	row[n++].secret = STR("your-secret-key-change-in-production");
	row[n++].issuer = STR("");
	row[n++].audience = STR("");
	row[n++].roles_claim = STR("user_metadata.role");
	row[n++].roles_claim = STR("x.user_metadata.role");
	row[n++].roles_claim = STR("raw_user_meta_data.role");
	row[n++].roles_claim = STR("app_metadata..role");
	row[n].role_maps = 1;
	row[n++].role_map = map;
	row[n++].algorithm = JWT_RS256; /* with a secret */
	row[n].algorithm = JWT_RS256;   /* without an address */
	row[n++].secret = STR("");
	row[n].algorithm = JWT_RS256;
	row[n].secret = STR("");
	row[n++].jwks_url = STR("http://one.example/keys");
	for (size_t i = 0; i < n; i++) {
		struct key_server keys;
		struct access_options o = { .issuer = &row[i], .issuers = 1 };
		struct access *acc = NULL;
		struct err e = { 0 };

		key_server_init(&keys);
		o.client = &keys.client;
		OK(!access_open(&o, &acc, &e) && e.kind == ERR_CONFIG && strstr(e.text, "'one'") &&
			   !strstr(e.text, "too short"),
		   "%s", e.text);
	}
}

int main(int argc, char **argv)
{
	static const struct str map[] = { STR("owner=admin") };

	fixture_choose(argc, argv);
	one = signer_new(JWT_HS256, "", 0);
	two = signer_new(JWT_HS256, "", 0);
	issuers[0] = (struct issuer){ .name = STR("one"),
				      .secret = signer_secret(one),
				      .issuer = STR("https://one.example"),
				      .audience = STR("app") };
	issuers[1] = (struct issuer){ .name = STR("two"),
				      .secret = signer_secret(two),
				      .issuer = STR("https://two.example"),
				      .audience = STR("app"),
				      .roles_claim = STR("r"),
				      .role_map = map,
				      .role_maps = 1 };
	access_world_open(&w, issuers, COUNT(issuers));
	a_token_says_who_it_is();
	each_issuer_speaks_for_itself();
	the_public_is_nobody();
	grants_go_before_claims();
	grants_are_said_and_unsaid();
	errors_do_not_show_the_token();
	times_are_read_from_the_clock();
	two_entries_may_share_an_issuer();
	wrong_configurations_are_refused();
	access_world_close(&w);
	signer_free(one);
	signer_free(two);
	return tap_done();
}
