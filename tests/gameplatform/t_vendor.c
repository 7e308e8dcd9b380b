/* SPDX-License-Identifier: Apache-2.0 */
/* t_vendor.c - the game platform's API, call by call: what goes out, what comes back, what fails.
 */
#include "ctf.h"
#include "tap.h"

static struct ctf c;
static struct vendor *v = &c.vendor;
static struct err e;

static void given(int status, const char *body)
{
	ctf_open(&c, NULL);
	c.status = status;
	c.body = body;
	e = (struct err){ 0 };
}

static const char *text(struct str s)
{
	return str_keep(c.arena, s).at;
}

static const char *code(void)
{
	return vendor_code_name(v->fault.code);
}

#define USER                                                                  \
	"{\"metactf_user_id\": 7, \"metactf_username\": \"ada.l\", "          \
	"\"syned_user_id\": \"u-1\", \"metactf_user_status\": \"approved\", " \
	"\"last_login_unix_timestamp\": null, \"new_field\": [1]}"

static void a_user_is_looked_up(void)
{
	struct vendor_user u = { 0 };
	bool found = false;

	given(201, USER);
	OK(vendor_user_find(v, STR("u-1"), &found, &u, &e) && found, "201 is a success");
	IS(ctf_sent(&c, 0), "GET /users?syned_user_id=u-1", "by a query, without a body");
	IS(text(c.wire.log[0].authorization), "Bearer invented", "with the token");
	OK(u.number == 7 && str_eq(u.status, STR("approved")) && u.last_login_s == 0,
	   "and is told");
	OK(v->calls == 1, "one call");
	ctf_close(&c);

	given(404, "{\"detail\": \"User not found or not approved\"}");
	OK(vendor_user_find(v, STR("u-1"), &found, &u, &e) && !found, "404: there is none");
	ctf_close(&c);

	given(403, "{\"detail\": \"User not found or not approved\"}");
	OK(!vendor_user_find(v, STR("u-1"), &found, &u, &e), "403 is a failure");
	IS(code(), "not_approved", "with its code");
	IS(text(v->fault.message), "User not found or not approved", "and the vendor's words");
	OK(strstr(e.text, "approved)") && !strstr(e.text, "User"), "which no log has: %s", e.text);
	IS(text(v->fault.context),
	   "{\"operation\":\"get_user\",\"path\":\"users\",\"syned_user_id\":\"u-1\"}",
	   "and whom it was about");
	ctf_close(&c);
}

static void a_new_word_of_an_enum_is_taken(void)
{
	struct vendor_user u;
	bool found;

	given(200, "{\"metactf_user_id\": 7.0, \"metactf_username\": \"\", \"syned_user_id\": "
		   "\"U-1\", \"metactf_user_status\": \"suspended\"}");
	OK(vendor_user_find(v, STR("u-1"), &found, &u, &e) && found &&
		   str_eq(u.status, STR("suspended")) && u.number == 7,
	   "as it is");
	ctf_close(&c);
}

static void is_malformed(const char *body, const char *what)
{
	struct vendor_user u;
	bool found;

	given(200, body);
	OK(!vendor_user_find(v, STR("u-1"), &found, &u, &e) && e.kind == ERR_REMOTE, "%s", what);
	IS(code(), "bad_response", what);
	ctf_close(&c);
}

static void a_malformed_user_is_none(void)
{
	is_malformed("{}", "nothing");
	is_malformed("[]", "a list");
	is_malformed("\"x\"", "a text");
	is_malformed("{\"metactf_user_id\": \"7\", \"metactf_username\": \"a\", \"syned_user_id\": "
		     "\"u-1\", \"metactf_user_status\": \"approved\"}",
		     "a number that is a text");
	is_malformed("{\"metactf_user_id\": 7.5, \"metactf_username\": \"a\", \"syned_user_id\": "
		     "\"u-1\", \"metactf_user_status\": \"approved\"}",
		     "half a number");
	is_malformed("{\"metactf_user_id\": 7, \"metactf_username\": \"a\", \"syned_user_id\": "
		     "\"\", \"metactf_user_status\": \"approved\"}",
		     "an empty id");
	is_malformed("{\"metactf_user_id\": 7, \"metactf_username\": \"a\", \"syned_user_id\": "
		     "\"u-1\", \"metactf_user_status\": null}",
		     "a status that is null");
	is_malformed("{\"metactf_user_id\": 7, \"metactf_username\": \"a\", \"syned_user_id\": "
		     "\"u-2\", \"metactf_user_status\": \"approved\"}",
		     "somebody else");
}

static const struct vendor_user_draft ada = {
	.id = STR("1e3"),
	.first_name = STR("O'Neil \"Al\" \\ \xc3\xa9\n{{ x }}"),
	.last_name = STR("None"),
	.email = STR("ada@school.example"),
	.role = STR("user"),
	.username = STR("12345"),
	.coach = STR("c-1"),
};

static void a_user_is_created_with_texts_as_they_are(void)
{
	struct vendor_user u;

	given(201, "{\"metactf_user_id\": 7, \"metactf_username\": \"12345\", "
		   "\"syned_user_id\": \"1e3\"}");
	OK(vendor_user_create(v, &ada, &u, &e) && u.status.len == 0, "the status may be missing");
	IS(ctf_sent(&c, 0),
	   "POST /users {\"first_name\":\"O'Neil \\\"Al\\\" \\\\ \xc3\xa9\\n{{ x }}\","
	   "\"last_name\":\"None\",\"email\":\"ada@school.example\",\"role\":\"user\","
	   "\"syned_user_id\":\"1e3\",\"preferred_username\":\"12345\","
	   "\"syned_coach_user_id\":\"c-1\"}",
	   "whatever they look like, and only what there is");
	ctf_close(&c);
}

static void a_creation_is_sent_once(void)
{
	struct vendor_user u;

	given(503, "busy");
	OK(!vendor_user_create(v, &ada, &u, &e) && e.kind == ERR_TRANSIENT, "503");
	OK(c.wire.logged == 1 && v->fault.in_doubt, "is a doubt, not another attempt");
	IS(code(), "server", "with its code");
	ctf_close(&c);

	given(201, USER);
	canned_fault(&c.wire, 1, FAULT_TRANSIENT, 0);
	OK(!vendor_user_create(v, &ada, &u, &e) && v->fault.in_doubt && c.wire.logged == 1,
	   "so is a broken connection");
	IS(code(), "network", "with its code");
	ctf_close(&c);

	given(201, "{\"metactf_username\": \"x\"}");
	OK(!vendor_user_create(v, &ada, &u, &e) && v->fault.in_doubt,
	   "and an answer that says too little");
	IS(code(), "bad_response", "with its code");
	ctf_close(&c);

	given(201, "");
	OK(!vendor_user_create(v, &ada, &u, &e) && v->fault.in_doubt, "or nothing");
	IS(code(), "bad_response", "with its code");
	ctf_close(&c);

	given(409, "{\"detail\": \"User a.b@c.example, @ exists\"}");
	OK(!vendor_user_create(v, &ada, &u, &e) && !v->fault.in_doubt && e.kind == ERR_REMOTE,
	   "409 is none");
	IS(code(), "conflict", "but a conflict");
	IS(text(v->fault.message), "User … … exists", "that names no address");
	ctf_close(&c);
}

static void a_refusal_has_a_code(void)
{
	static const struct {
		int status;
		const char *code;
		enum err_kind kind;
	} row[] = {
		{ 400, "validation", ERR_REMOTE }, { 401, "unauthorized", ERR_AUTH },
		{ 402, "refused", ERR_REMOTE },    { 403, "not_approved", ERR_REMOTE },
		{ 404, "not_found", ERR_REMOTE },  { 405, "refused", ERR_REMOTE },
		{ 408, "refused", ERR_REMOTE },    { 409, "conflict", ERR_REMOTE },
		{ 418, "refused", ERR_REMOTE },    { 422, "validation", ERR_REMOTE },
		{ 425, "refused", ERR_REMOTE },    { 500, "server", ERR_TRANSIENT },
		{ 504, "server", ERR_TRANSIENT },  { 304, "bad_response", ERR_REMOTE },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct vendor_scores s;
		struct vendor_user u;
		size_t reading;

		given(row[i].status, "{\"detail\": [{\"msg\": \"Ada\"}]}");
		OK(!vendor_scores(v, STR("u-1"), 5, &s, &e) && e.kind == row[i].kind,
		   "%d of a reading", row[i].status);
		IS(code(), row[i].code, "has its code");
		reading = c.wire.logged;
		OK(reading == (row[i].status >= 500   ? 3u
			       : row[i].status == 304 ? reading
						      : 1u),
		   "after %zu requests", reading);
		OK(!strstr(text(v->fault.message), "Ada"), "its details are nobody's");
		OK(!vendor_user_create(v, &ada, &u, &e) && e.kind == row[i].kind &&
			   c.wire.logged == reading + 1,
		   "%d of a creation", row[i].status);
		IS(code(), row[i].code, "has the same, once");
		ctf_close(&c);
	}
}

static void without_credentials_it_may_be_403(void)
{
	struct vendor_scores s;

	given(403, "{\"detail\": \"Not authenticated\"}");
	OK(!vendor_scores(v, STR("u-1"), 5, &s, &e) && e.kind == ERR_AUTH, "an AUTH");
	IS(code(), "unauthorized", "with its code");
	ctf_close(&c);
}

static void without_a_token_nothing_goes_out(void)
{
	struct vendor_user u;
	bool found;

	ctf_open(&c, "{}");
	OK(!vendor_user_find(v, STR("u"), &found, &u, &e) && e.kind == ERR_AUTH, "a reading");
	OK(v->fault.status == 401 && v->fault.code == VENDOR_UNAUTHORIZED, "is a 401 of ours");
	IS(text(v->fault.message), "Missing GAME_PLATFORM_API_TOKEN configuration",
	   "that says why");
	OK(!vendor_unassign(v, STR("u"), &e) && e.kind == ERR_AUTH, "an action too");
	OK(c.wire.logged == 0 && v->calls == 0, "and nobody was asked");
	ctf_close(&c);
}

static void what_the_server_failed_at_is_asked_three_times(void)
{
	struct vendor_user u;
	bool found;
	int64_t began;

	given(201, USER);
	canned_fault(&c.wire, 1, FAULT_STATUS, 500);
	canned_fault(&c.wire, 2, FAULT_TRANSIENT, 0);
	began = c.clock.steady_ms;
	OK(vendor_user_find(v, STR("u-1"), &found, &u, &e) && found && c.wire.logged == 3,
	   "the third answer counts");
	OK(c.clock.steady_ms - began < 4000, "within moments");
	ctf_close(&c);

	given(200, "{\"syned_user_id\": \"u-1\"}");
	canned_fault(&c.wire, 1, FAULT_STATUS, 502);
	canned_fault(&c.wire, 2, FAULT_TRANSIENT, 0);
	OK(vendor_assign(v, STR("t-1"), STR("u-1"), &e) && c.wire.logged == 3,
	   "an action that may be done twice as well");
	IS(ctf_sent(&c, 2),
	   "POST /users/assign_team {\"syned_team_id\":\"t-1\",\"syned_user_id\":\"u-1\"}",
	   "as it was");
	ctf_close(&c);
}

static void a_limit_is_waited_for_as_long_as_it_asks(void)
{
	struct vendor_user u;
	int64_t began;

	given(201, "{\"metactf_user_id\": 7, \"metactf_username\": \"12345\", "
		   "\"syned_user_id\": \"1e3\"}");
	canned_fault(&c.wire, 1, FAULT_LIMITED, 7);
	began = c.clock.steady_ms;
	OK(vendor_user_create(v, &ada, &u, &e) && c.wire.logged == 2, "a short one here");
	OK(c.clock.steady_ms - began >= 7000, "not earlier than that");
	ctf_close(&c);

	given(201, USER);
	canned_fault(&c.wire, 1, FAULT_LIMITED, 3600);
	OK(!vendor_user_create(v, &ada, &u, &e) && e.kind == ERR_TRANSIENT && !v->fault.in_doubt,
	   "a long one by whoever called");
	IS(code(), "rate_limited", "who is told");
	OK(v->fault.wait_ms >= 3600 * 1000, "for how long");
	ctf_close(&c);

	given(201, USER);
	canned_fault(&c.wire, 1, FAULT_LIMITED, 3600);
	OK(!vendor_user_find(v, STR("u-1"), &(bool){ false }, &u, &e), "of a reading as well");
	IS(code(), "rate_limited", "its code");
	OK(v->fault.wait_ms >= 3600 * 1000, "and for how long");
	ctf_close(&c);
}

static const struct vendor_team_draft team = { .id = STR("t-1"),
					       .coach = STR("c-1"),
					       .name = STR("Red"),
					       .division = STR("college"),
					       .affiliation = STR("Unknown") };

static void teams(void)
{
	struct vendor_team t;
	bool existed;

	given(201, "{\"metactf_team_id\": 9, \"metactf_coach_id\": \"31\", \"syned_team_id\": "
		   "\"t-1\", \"team_name\": \"Red\", \"division\": \"robots\", "
		   "\"affiliation\": \"Unknown\"}");
	OK(vendor_team_create(v, &team, &t, &e) && t.number == 9 &&
		   str_eq(t.division, STR("robots")),
	   "a team is made");
	IS(ctf_sent(&c, 0),
	   "POST /teams {\"syned_coach_user_id\":\"c-1\",\"syned_team_id\":\"t-1\","
	   "\"team_name\":\"Red\",\"affiliation\":\"Unknown\",\"division\":\"college\"}",
	   "of all five");
	ctf_close(&c);

	given(200, "");
	OK(vendor_team_delete(v, STR("t-1"), &existed, &e) && existed, "and deleted");
	IS(ctf_sent(&c, 0), "POST /teams/delete {\"syned_team_id\":\"t-1\"}", "by its id");
	ctf_close(&c);

	given(400, "{\"detail\": \"Team not found\"}");
	OK(vendor_team_delete(v, STR("t-1"), &existed, &e) && !existed, "one that is not there");
	ctf_close(&c);

	given(404, "");
	OK(vendor_team_delete(v, STR("t-1"), &existed, &e) && !existed, "in whatever words");
	ctf_close(&c);

	given(400, "{\"detail\": \"Cannot delete a team with members\"}");
	OK(!vendor_team_delete(v, STR("t-1"), &existed, &e), "one with members is not");
	IS(code(), "validation", "and this is why");
	ctf_close(&c);
}

static void assignments(void)
{
	struct vendor_assignment *list;
	size_t n;

	given(200,
	      "{\"assignments\": [{\"syned_user_id\": \"u-1\", \"syned_team_id\": \"1e3\"}, "
	      "{\"syned_user_id\": \"u-2\"}, "
	      "{\"syned_user_id\": \"u-3\", \"syned_team_id\": \"t-9\"}], \"total_count\": 3}");
	OK(vendor_assignments(v, STR("1e3"), &list, &n, &e) && n == 2, "of one team");
	IS(ctf_sent(&c, 0), "GET /users/get_team_assignments?syned_team_id=1e3", "by its id");
	OK(str_eq(list[1].team, STR("1e3")), "who has no team in the answer is in that one");
	OK(vendor_assignments(v, STR(""), &list, &n, &e) && n == 3, "of all");
	IS(ctf_sent(&c, 1), "GET /users/get_team_assignments", "without one");
	ctf_close(&c);

	given(200, "{\"assignments\": [{\"syned_team_id\": \"t\"}], \"total_count\": 1}");
	OK(!vendor_assignments(v, STR(""), &list, &n, &e), "a row without a user");
	IS(code(), "bad_response", "is no row");
	ctf_close(&c);

	given(404, "{\"detail\": \"nothing to delete\"}");
	OK(vendor_unassign(v, STR("u-1"), &e), "who is nowhere is out");
	IS(ctf_sent(&c, 0), "POST /users/delete_assignment {\"syned_user_id\":\"u-1\"}",
	   "by the user alone");
	OK(!vendor_assign(v, STR("t"), STR("u-1"), &e), "who is not there cannot be in");
	IS(code(), "not_found", "and this is why");
	ctf_close(&c);
}

static void a_password_reset_may_not_exist(void)
{
	bool offered = true;

	given(200, "{\"ok\": true}");
	OK(vendor_password_reset(v, STR("u-1"), &offered, &e) && offered, "here it does");
	ctf_close(&c);
	given(404, "{\"detail\": \"Not Found\"}");
	OK(vendor_password_reset(v, STR("u-1"), &offered, &e) && !offered, "here it does not");
	ctf_close(&c);
	given(405, "{\"detail\": \"Method Not Allowed\"}");
	OK(vendor_password_reset(v, STR("u-1"), &offered, &e) && !offered, "nor here");
	ctf_close(&c);
	given(404, "{\"detail\": \"User not found or not approved\"}");
	OK(!vendor_password_reset(v, STR("u-1"), &offered, &e), "here the user does not");
	IS(code(), "not_found", "which is another thing");
	ctf_close(&c);
}

static void the_address_keeps_its_own_path(void)
{
	struct vendor_assignment *list;
	size_t n;

	ctf_open(&c, "{\"token\": \"t\", \"base_url\": \"https://x.example/a/b/\"}");
	c.body = "{\"assignments\": [], \"total_count\": 0}";
	OK(vendor_assignments(v, STR(""), &list, &n, &e) && n == 0, "an empty list");
	IS(ctf_sent(&c, 0), "GET https://x.example/a/b/users/get_team_assignments", "below it");
	ctf_close(&c);
}

int main(void)
{
	a_user_is_looked_up();
	a_new_word_of_an_enum_is_taken();
	a_malformed_user_is_none();
	a_user_is_created_with_texts_as_they_are();
	a_creation_is_sent_once();
	a_refusal_has_a_code();
	without_credentials_it_may_be_403();
	without_a_token_nothing_goes_out();
	what_the_server_failed_at_is_asked_three_times();
	a_limit_is_waited_for_as_long_as_it_asks();
	teams();
	assignments();
	a_password_reset_may_not_exist();
	the_address_keeps_its_own_path();
	return tap_done();
}
