/* SPDX-License-Identifier: Apache-2.0 */
/* t_base.c - what everything else stands on. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "base/thread.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static void long_errors_are_cut_visibly(void)
{
	struct err e;
	char big[800];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	OK(!err_set(&e, ERR_LIMIT, "%s", big), "err_set gives false");
	OK(strlen(e.text) == sizeof(e.text) - 1, "text is full");
	OK(strcmp(e.text + strlen(e.text) - 3, "...") == 0, "and says it was cut");
	err_set(&e, ERR_LIMIT, "inner");
	err_wrap(&e, "%s", big);
	OK(strlen(e.text) < sizeof(e.text), "a long context still fits");
	for (size_t i = 0; i + 1 < sizeof(big) - 1; i += 2)
		memcpy(big + i, "\xC3\xA9", 2);
	err_set(&e, ERR_LIMIT, "%s", big);
	OK(str_is_utf8(str_from(e.text)), "no half character is left where it was cut");
}

static void an_arena_forgets(void)
{
	AUTO_ARENA *a = arena_new("test", 1 << 24);
	char *p;

	for (int i = 0; i < 100000; i++)
		arena_alloc(a, 100);
	OK(arena_used(a) == 10000000, "it counts what was asked for");
	arena_reset(a);
	OK(arena_used(a) == 0, "it forgets");
	p = arena_alloc(a, 10);
	OK(p[0] == 0 && p[9] == 0, "what it gives again is zeroed");
	memset(p, 'x', 10);
	OK(arena_grow(a, p, 10, 1000) == p, "the newest allocation grows in place");
	OK(p[9] == 'x' && p[10] == 0 && p[999] == 0, "with zeroes at its end");
	arena_alloc(a, 1);
	OK(arena_grow(a, p, 1000, 2000) != p, "another one is copied");
	OK(arena_room(a) == (1 << 24) - arena_used(a), "it tells its room");
}

static void cutting_and_comparing(void)
{
	struct str s = STR("a;b;"), empty = { NULL, 0 };
	AUTO_ARENA *a = arena_new("text", 1 << 16);
	int64_t n = 7;

	OK(str_eq(str_cut(&s, ';'), STR("a")), "head");
	OK(str_eq(str_cut(&s, ';'), STR("b")), "middle");
	OK(s.len == 0, "nothing left");
	OK(str_cut(&empty, ';').len == 0, "an empty str may be cut");
	OK(str_eq(str_trim(STR(" \t a b\n")), STR("a b")), "trim");
	OK(str_eq(str_lower(a, STR("aZ[\xc3\x89")), STR("az[\xc3\x89")), "lower case, of ASCII");
	OK(str_find(STR("haystack"), STR("st")) == 3 && str_find(STR("x"), STR("xy")) == -1,
	   "find");
	OK(str_cmp(STR("ab"), STR("abc")) < 0 && str_cmp(STR("b"), STR("abc")) > 0, "order");
	OK(str_to_i64(STR("-9223372036854775808"), &n) && n == INT64_MIN, "the smallest integer");
	OK(str_to_i64(STR("9223372036854775807"), &n) && n == INT64_MAX, "the largest integer");
	OK(!str_to_i64(STR("9223372036854775808"), &n) && !str_to_i64(STR("1x"), &n) &&
		   !str_to_i64(STR("-"), &n) && n == INT64_MAX,
	   "what is not an integer leaves the result alone");
	OK(str_utf8_len(STR("\xF0\x9F\x98\x80")) == 4 && str_utf8_len(STR("\xED\xA0\x80")) == 0 &&
		   str_utf8_len(STR("\xC0\x80")) == 0 && str_utf8_len(STR("\xE2\x82")) == 0,
	   "UTF-8 is told from its fakes");
}

static void a_word_near_by_is_found(void)
{
	static const char *const names[] = { "sync", "check", "status" };

	IS(str_nearest(STR("snyc"), names, 3), "sync", "two letters exchanged");
	IS(str_nearest(STR("stats"), names, 3), "status", "one letter missing");
	OK(str_nearest(STR("zzzz"), names, 3) == NULL, "nothing is near");
}

static void a_buf_fails_whole(void)
{
	AUTO_BUF b;

	buf_init(&b, 5);
	buf_add(&b, STR("abc"));
	buf_add(&b, STR("def"));
	OK(b.failed, "it says that it is full");
	buf_add(&b, STR("g"));
	IS(b.at, "abc", "and keeps what fitted, never a part");
	buf_reset(&b);
	buf_printf(&b, "%d", 12345);
	OK(!b.failed, "exactly its maximum fits");
	IS(b.at, "12345", "printf");
}

static void a_map_keeps_its_order(void)
{
	AUTO_ARENA *a = arena_new("map", 1 << 20);
	struct map *m = map_new(a);
	static int values[1000];

	for (int i = 0; i < 1000; i++)
		map_put(m, str_printf(a, "key %d", i), &values[i]);
	OK(map_len(m) == 1000, "all are in");
	OK(map_get(m, STR("key 512")) == &values[512], "each is found");
	OK(map_get(m, STR("key 1000")) == NULL, "none is invented");
	OK(map_put(m, STR("key 7"), &values[0]) == &values[7] && map_len(m) == 1000, "replaced");
	OK(str_eq(map_at(m, 999)->key, STR("key 999")), "in the order they came");
}

static void *fire_soon(void *arg)
{
	usleep(20000);
	cancel_fire(arg);
	return NULL;
}

static void a_wait_ends_at_once_when_cancelled(void)
{
	struct cancel *c = cancel_new();
	struct err e;
	int64_t before = clock_steady_now();
	pthread_t t = thread_start(fire_soon, c);

	OK(!clock_sleep(clock_system(), 60000, c, &e), "the sleep is cut short");
	OK(e.kind == ERR_CANCELLED, "and says why");
	OK(clock_steady_now() - before < 30000, "long before its end");
	thread_join(t);
	cancel_free(c);
}

static void files_are_written_whole(void)
{
	AUTO_ARENA *a = arena_new("file", 1 << 20);
	char dir[] = "/tmp/t_base.XXXXXX";
	struct str path, text;
	struct err e;

	OK(mkdtemp(dir) != NULL, "a folder");
	path = file_join(a, str_from(dir), STR("x"));
	OK(file_create(path.at, 0600, STR("one"), &e), "created");
	OK(!file_create(path.at, 0600, STR("two"), &e) && e.kind == ERR_BUSY, "once only");
	OK(file_write(path.at, 0600, STR("three"), &e), "replaced");
	OK(file_read(a, path.at, 5, &text, &e) && str_eq(text, STR("three")), "read back");
	OK(!file_read(a, path.at, 4, &text, &e) && e.kind == ERR_LIMIT, "a limit is a limit");
	OK(!file_read(a, "/nonexistent/x", 4, &text, &e) && e.kind == ERR_MISSING, "missing");
	OK(str_eq(file_dir(a, STR("/a/b")), STR("/a")) && str_eq(file_dir(a, STR("b")), STR(".")),
	   "dir");
	unlink(path.at);
	rmdir(dir);
}

int main(void)
{
	long_errors_are_cut_visibly();
	an_arena_forgets();
	cutting_and_comparing();
	a_word_near_by_is_found();
	a_buf_fails_whole();
	a_map_keeps_its_order();
	a_wait_ends_at_once_when_cancelled();
	files_are_written_whole();
	return tap_done();
}
