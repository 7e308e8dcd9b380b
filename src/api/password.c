/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password.c - passwords of local users, by libsodium's argon2id.
 *
 * Always: at most AT_ONCE hashes are under way and WAITING_MAX callers wait for theirs, so that a
 * flood of logins takes neither the memory nor all handler threads.
 */
#include "api/password.h"

#include "api/api.h"

#include "base/thread.h"

#include <sodium.h>

#define AT_ONCE 2
#define WAITING_MAX 3
#define DISTINCT_MIN 5

_Static_assert(AT_ONCE + WAITING_MAX < API_HANDLERS, "handlers are left for others");

/* ---- what is accepted ---- */

/* Long enough, and among the first that are tried. */
static const char *const well_known[] = {
	"password1234",
	"password12345",
	"password123456",
	"password123!",
	"password1234!",
	"passwordpassword",
	"passw0rd1234",
	"p@ssw0rd1234",
	"p@ssword1234",
	"123456789012",
	"1234567890123",
	"12345678901234",
	"123456789101112",
	"1234567890abc",
	"012345678910",
	"qwertyuiop12",
	"qwertyuiop123",
	"qwertyuiopas",
	"qwertyuiopasdf",
	"qwerty123456",
	"1qaz2wsx3edc",
	"1q2w3e4r5t6y",
	"q1w2e3r4t5y6",
	"zaq12wsxcde3",
	"asdfghjkl123",
	"abcdefghijkl",
	"abc123abc123",
	"iloveyou1234",
	"iloveyouforever",
	"letmein12345",
	"welcome12345",
	"welcome123456",
	"administrator",
	"administrator1",
	"admin1234567",
	"admin12345678",
	"adminadminadmin",
	"changeme1234",
	"changemeplease",
	"correcthorsebatterystaple",
	"correct horse battery staple",
	"trustno1trustno1",
	"footballfootball",
	"lockstep1234",
	"lockstepadmin",
	"princess1234",
	"superman1234",
};

static size_t characters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.at[i] & 0xC0) != 0x80;
	return n;
}

static bool is_guessable(struct str name, struct str password)
{
	bool seen[256] = { false };
	size_t distinct = 0;

	for (size_t i = 0; i < COUNT(well_known); i++)
		if (str_eq_nocase(password, str_from(well_known[i])))
			return true;
	for (size_t i = 0; i < password.len; i++) {
		bool *at = &seen[(unsigned char)password.at[i]];

		distinct += !*at;
		*at = true;
	}
	return distinct < DISTINCT_MIN || str_eq_nocase(name, password);
}

bool password_ok(struct str name, struct str password, struct err *e)
{
	if (characters(password) < PASSWORD_MIN)
		return err_set(e, ERR_USAGE, "the password must have at least %d characters",
			       PASSWORD_MIN);
	if (password.len > PASSWORD_MAX)
		return err_set(e, ERR_USAGE, "the password is longer than %d bytes", PASSWORD_MAX);
	if (is_guessable(name, password))
		return err_set(e, ERR_USAGE, "the password is among those that are tried first");
	return true;
}

/* ---- a few at once ---- */

static struct mutex lock = { PTHREAD_MUTEX_INITIALIZER };
static struct condition ended = { PTHREAD_COND_INITIALIZER };
static unsigned under_way, waiting;

static bool turn_take(struct err *e)
{
	bool ok;

	mutex_lock(&lock);
	ok = under_way < AT_ONCE || waiting < WAITING_MAX;
	if (ok) {
		waiting++;
		while (under_way == AT_ONCE)
			condition_wait(&ended, &lock);
		waiting--;
		under_way++;
	}
	mutex_unlock(&lock);
	return ok || err_set(e, ERR_TRANSIENT, "too many log in at once; try again in a moment");
}

static void turn_end(void)
{
	mutex_lock(&lock);
	under_way--;
	condition_signal(&ended);
	mutex_unlock(&lock);
}

/* ---- hashing ---- */

bool password_hash(struct arena *a, struct str password, struct str *out, struct err *e)
{
	char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);
	bool ok;

	if (!turn_take(e))
		return false;
	ok = sodium_init() >= 0 && crypto_pwhash_str_alg(hash, password.at, password.len,
							 crypto_pwhash_OPSLIMIT_INTERACTIVE,
							 crypto_pwhash_MEMLIMIT_INTERACTIVE,
							 crypto_pwhash_ALG_ARGON2ID13) == 0;
	turn_end();
	if (!ok)
		return err_set(e, ERR_TRANSIENT, "there is no memory to hash a password");
	*out = str_from(hash);
	return true;
}

/* Of nobody's password, made with the same cost. */
static const char dummy[] =
	"$argon2id$v=19$m=65536,t=2,p=1$HJsJzNXBYQQQNcxP6WsohQ$aG1KiE3k3vepK48jABZ6N5SGykEhxJDC4tZfJJTEnPc";

bool password_check(struct str password, struct str hash, bool *right, struct err *e)
{
	char text[crypto_pwhash_STRBYTES] = { 0 };
	bool known = hash.len > 0 && hash.len < sizeof(text);
	bool same;

	memcpy(text, known ? hash.at : dummy, known ? hash.len : sizeof(dummy));
	if (!turn_take(e))
		return false;
	same = crypto_pwhash_str_verify(text, password.at, password.len) == 0;
	turn_end();
	*right = same && known;
	return true;
}
