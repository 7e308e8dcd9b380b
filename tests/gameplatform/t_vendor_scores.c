/* SPDX-License-Identifier: Apache-2.0 */
/* t_vendor_scores.c - what the vendor's users have solved, as it is taken. */
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
}

static const char *code(void)
{
	return vendor_code_name(v->fault.code);
}

#define SOLVE(id, title, time)                                            \
	"{\"challenge_solve_id\": " id ", \"challenge_id\": 4, "          \
	"\"challenge_title\": \"" title "\", \"challenge_points\": 100, " \
	"\"challenge_category\": \"web\", \"timestamp_unix\": " time ", " \
	"\"challenge_retired\": false, \"nist_nice_work_roles\": [\"a\"]}"
#define SCORES(solves)                                                                       \
	"{\"syned_user_id\": \"u-1\", \"metactf_user_id\": 7, \"total_challenges_solved\": " \
	"40, \"total_points\": 9000, \"last_accessed_unix_timestamp\": 1700000009, "         \
	"\"category_points\": {\"web\": 100}, \"challenge_solves\": [" solves "]}"

static void solves_later_than_that(void)
{
	struct vendor_scores s;

	given(200, SCORES(SOLVE("1", "at", "1700000000") "," SOLVE(
			   "2", "after", "1700000001") "," SOLVE("3", "unknown", "null")));
	OK(vendor_scores(v, STR("u-1"), 1700000000, &s, &e), "are asked for");
	IS(ctf_sent(&c, 0),
	   "GET /scores/get_odl_scores?after_time_unix=1700000000&syned_user_id=u-1",
	   "in whole seconds");
	OK(s.solves == 2 && s.solve[0].id == 2 && s.solve[1].id == 3,
	   "that second itself is left out, whatever the vendor does; without a time it is kept");
	OK(s.challenges == 40 && s.points == 9000 && s.accessed_s == 1700000009 && s.user == 7,
	   "the totals are of all time");
	OK(value_get(s.solve[0].raw, STR("challenge_retired")).kind == VALUE_BOOL,
	   "what else there is is kept");
	OK(vendor_scores(v, STR("u-1"), VENDOR_ALL_TIME, &s, &e) && s.solves == 3, "all");
	IS(ctf_sent(&c, 1), "GET /scores/get_odl_scores?syned_user_id=u-1", "without a time");
	OK(vendor_scores(v, STR("u-1"), 0, &s, &e), "0");
	IS(ctf_sent(&c, 2), "GET /scores/get_odl_scores?after_time_unix=0&syned_user_id=u-1",
	   "is a time");
	ctf_close(&c);
}

static void one_id_is_one_solve(void)
{
	struct vendor_scores s;

	given(200,
	      SCORES(SOLVE("1", "first", "5") "," SOLVE("0", "none", "6") "," SOLVE("null", "none", "6") "," SOLVE(
		      "2", "other",
		      "7") "," SOLVE("1", "last",
				     "8") ",{\"challenge_id\": 1, \"challenge_title\": "
					  "null, \"challenge_points\": 1, \"challenge_category\": null}"));
	OK(vendor_scores(v, STR("u-1"), VENDOR_ALL_TIME, &s, &e) && s.solves == 2,
	   "without an id it is none");
	OK(s.solve[0].id == 1 && str_eq(s.solve[0].title, STR("last")) && s.solve[0].at_s == 8,
	   "of two the last counts");
	ctf_close(&c);
}

static void is_malformed(const char *body, const char *what)
{
	struct vendor_scores s;

	given(200, body);
	OK(!vendor_scores(v, STR("u-1"), 5, &s, &e) && e.kind == ERR_REMOTE, "%s", what);
	IS(code(), "bad_response", what);
	ctf_close(&c);
}

static void malformed_scores_are_none(void)
{
	is_malformed("{}", "nothing");
	is_malformed("null", "null");
	is_malformed("<html>", "a page");
	is_malformed(SCORES("7"), "a solve that is a number");
	is_malformed(SCORES(SOLVE("\"1\"", "x", "5")), "an id that is a text");
	is_malformed(SCORES(SOLVE("1", "x", "\"5\"")), "a time that is a text");
	is_malformed(SCORES("{\"challenge_solve_id\": 1}"), "a solve with nothing else");
	is_malformed("{\"syned_user_id\": \"u-2\", \"metactf_user_id\": 7, "
		     "\"total_challenges_solved\": 4, \"total_points\": 9, "
		     "\"last_accessed_unix_timestamp\": 1, \"category_points\": {}, "
		     "\"challenge_solves\": []}",
		     "somebody else's");
	is_malformed("{\"metactf_user_id\": 7, \"total_challenges_solved\": 4, \"total_points\": "
		     "9, \"last_accessed_unix_timestamp\": 1, \"category_points\": [], "
		     "\"challenge_solves\": []}",
		     "points that are a list");
}

static void scores_without_a_name_are_theirs(void)
{
	struct vendor_scores s;

	given(200, "{\"syned_user_id\": null, \"metactf_user_id\": 7, "
		   "\"total_challenges_solved\": 4, \"total_points\": 9, "
		   "\"last_accessed_unix_timestamp\": 0, \"category_points\": {}, "
		   "\"challenge_solves\": []}");
	OK(vendor_scores(v, STR("u-1"), 5, &s, &e) && s.accessed_s == 0 && s.solves == 0, "yes");
	ctf_close(&c);
}

#define EVENT(name, more)                                                                \
	"{\"flash_ctf_name\": \"" name "\", \"flash_ctf_time_start_unix\": 1700000000, " \
	"\"challenges_solved\": 2, \"points_earned\": 300, \"rank\": 5, " more           \
	"\"challenge_solves\": [" SOLVE("1819", "x", "1700000005") "]}"

static void events(void)
{
	struct vendor_event *ev;
	size_t n;

	given(200, "{\"syned_user_id\": \"u-1\", \"flash_ctfs\": [" EVENT("Spring", "") "," EVENT(
			   "Fall", "\"max_points_possible\": 900, \"prize\": \"cup\", ") "]}");
	OK(vendor_events(v, STR("u-1"), &ev, &n, &e) && n == 2, "are read");
	IS(ctf_sent(&c, 0), "GET /scores/get_flash_ctf_progress?syned_user_id=u-1",
	   "without a time");
	OK(str_eq(ev[0].id, STR("Spring:1700000000")), "with an id of ours");
	OK(ev[0].points_max == 0 && ev[1].points_max == 900 && ev[0].end_s == 0, "what is told");
	OK(ev[0].solves == 1 && ev[1].solves == 1 && ev[1].solve[0].id == 1819,
	   "one id in two events is two solves");
	OK(value_get(ev[1].raw, STR("prize")).kind == VALUE_STR, "what else there is is kept");
	ctf_close(&c);

	given(404, "{\"detail\": \"User not found or not approved\"}");
	n = 9;
	OK(vendor_events(v, STR("u-1"), &ev, &n, &e) && n == 0, "an unknown user has none");
	ctf_close(&c);

	given(403, "{\"detail\": \"User not found or not approved\"}");
	OK(!vendor_events(v, STR("u-1"), &ev, &n, &e), "one who is not approved");
	IS(code(), "not_approved", "is a failure");
	ctf_close(&c);

	given(200, "{\"syned_user_id\": \"u-1\", \"flash_ctfs\": [{\"flash_ctf_name\": \"x\"}]}");
	OK(!vendor_events(v, STR("u-1"), &ev, &n, &e), "half an event");
	IS(code(), "bad_response", "is none");
	ctf_close(&c);
}

int main(void)
{
	solves_later_than_that();
	one_id_is_one_solve();
	malformed_scores_are_none();
	scores_without_a_name_are_theirs();
	events();
	return tap_done();
}
