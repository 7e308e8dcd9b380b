/* SPDX-License-Identifier: Apache-2.0 */
/* t_seal.c - secrets at rest open with the right key, for the right purpose, or not at all. */
#include "base/file.h"
#include "store/seal.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned char key[32] = "an invented key of 32 bytes.....";

static void what_is_sealed_can_be_opened(void)
{
	AUTO_ARENA *a = arena_new("seal", 1 << 24);
	struct seal *s = seal_new(key);
	struct str plain = STR("secret \0 with a zero"), sealed, again, back;
	struct err e;

	sealed = seal_text(s, a, STR("token:pp"), plain);
	again = seal_text(s, a, STR("token:pp"), plain);
	OK(str_starts(sealed, STR("v1.")) && !str_eq(sealed, again), "never twice the same");
	OK(str_find(sealed, STR("secret")) < 0, "nothing shows");
	OK(seal_read(s, a, STR("token:pp"), sealed, &back, &e) && str_eq(back, plain), "it opens");
	sealed = seal_text(s, a, STR(""), STR(""));
	OK(seal_read(s, a, STR(""), sealed, &back, &e) && back.len == 0, "also nothing at all");
	seal_close(s);
	seal_close(NULL);
}

static void what_was_changed_does_not_open(void)
{
	AUTO_ARENA *a = arena_new("seal", 1 << 24);
	unsigned char other_key[32] = { 1 };
	struct seal *s = seal_new(key), *other = seal_new(other_key);
	struct str sealed = seal_text(s, a, STR("token:pp"), STR("secret")), out;
	struct err e;
	size_t opened = 0;

	for (size_t i = 0; i < sealed.len; i++) {
		struct str changed = str_keep(a, sealed);

		((char *)(uintptr_t)changed.at)[i] = changed.at[i] == 'A' ? 'B' : 'A';
		opened += seal_read(s, a, STR("token:pp"), changed, &out, &e);
		opened += seal_read(s, a, STR("token:pp"), str_slice(sealed, 0, i), &out, &e);
	}
	OK(opened == 0, "changed or cut anywhere");
	OK(!seal_read(s, a, STR("token:xy"), sealed, &out, &e) && e.kind == ERR_CONFIG,
	   "for another purpose");
	OK(!seal_read(other, a, STR("token:pp"), sealed, &out, &e), "with another key");
	OK(!seal_read(s, a, STR("token:pp"), STR("v1."), &out, &e), "nothing");
	OK(!seal_read(s, a, STR("token:pp"), STR("secret"), &out, &e), "plain text");
	seal_close(s);
	seal_close(other);
}

static void the_key_is_made_once(void)
{
	AUTO_ARENA *a = arena_new("seal", 1 << 24);
	char dir[] = "/tmp/lockstep-seal-XXXXXX";
	struct str path, sealed, back;
	struct seal *s, *again;
	struct stat st;
	struct err e;

	if (!mkdtemp(dir))
		abort();
	unsetenv("LOCKSTEP_KEY");
	path = str_printf(a, "%s/key", dir);
	OK(seal_open(path, &s, &e), "made on first use");
	OK(stat(path.at, &st) == 0 && (st.st_mode & 0777) == 0600, "for its owner alone");
	sealed = seal_text(s, a, STR("x"), STR("secret"));
	OK(seal_open(path, &again, &e) && seal_read(again, a, STR("x"), sealed, &back, &e),
	   "and read the next time");
	seal_close(s);
	seal_close(again);
	chmod(path.at, 0644);
	OK(!seal_open(path, &s, &e) && e.kind == ERR_CONFIG && strstr(e.text, "chmod"),
	   "not when others can read it");
	chmod(path.at, 0600);
	OK(file_write(path.at, 0600, STR("too short"), &e), "a file that holds no key");
	OK(!seal_open(path, &s, &e) && e.kind == ERR_CONFIG, "is said so");
	OK(!seal_open(STR("/nowhere/at/all"), &s, &e) && e.kind != ERR_NONE, "as is no directory");
	setenv("LOCKSTEP_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", 1);
	OK(seal_open(path, &s, &e), "the environment comes first");
	seal_close(s);
	setenv("LOCKSTEP_KEY", "c2hvcnQ=", 1);
	OK(!seal_open(path, &s, &e) && e.kind == ERR_CONFIG && !strstr(e.text, "c2hvcnQ"),
	   "a bad key there is not quoted");
	unsetenv("LOCKSTEP_KEY");
	unlink(path.at);
	rmdir(dir);
}

static void marks_tell_apart(void)
{
	AUTO_ARENA *a = arena_new("seal", 1 << 24);
	const unsigned char other_key[32] = "another key";
	struct seal *s = seal_new(key), *other = seal_new(other_key);
	struct str mark = seal_mark(s, a, STR("one"), STR("a@b.example"));

	OK(mark.len == 32, "%s", mark.at);
	OK(str_eq(mark, seal_mark(s, a, STR("one"), STR("a@b.example"))), "it stays");
	OK(!str_eq(mark, seal_mark(s, a, STR("one"), STR("b@b.example"))) &&
		   !str_eq(mark, seal_mark(s, a, STR("two"), STR("a@b.example"))) &&
		   !str_eq(mark, seal_mark(s, a, STR("onea"), STR("@b.example"))),
	   "another for another");
	OK(!str_eq(mark, seal_mark(other, a, STR("one"), STR("a@b.example"))),
	   "and for who has not the key");
	seal_close(s);
	seal_close(other);
}

static void random_names(void)
{
	AUTO_ARENA *a = arena_new("seal", 1 << 24);
	struct str one = uuid_new(a), two = uuid_new(a), text = random_text(a, 32);

	OK(one.len == 36 && one.at[14] == '4' && strchr("89ab", one.at[19]), "%s", one.at);
	OK(!str_eq(one, two), "no two alike");
	OK(text.len == 43 && str_find(text, STR("=")) < 0 && !str_eq(text, random_text(a, 32)),
	   "base64url of 32 bytes");
}

int main(void)
{
	what_is_sealed_can_be_opened();
	what_was_changed_does_not_open();
	the_key_is_made_once();
	marks_tell_apart();
	random_names();
	return tap_done();
}
