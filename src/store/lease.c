/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease.c - one holder at a time, fenced.
 *
 *     free --take--> held --release--> free
 *                     |
 *                     '--expiry, or the holder's death--> taken over by another
 *
 * Always: a row's token only grows, so that whoever was overtaken knows it.  A holder is named
 * "host/pid namespace:boot:pid:start time": a process of the same three can be asked for, and a pid
 * that was given again has another start time.
 */
#include "store/cell.h"
#include "store/control.h"
#include "store/sql.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* When a process began, in clock ticks after boot; 0 when there is none (proc(5), stat, field 22).
 */
static unsigned long long start_time(int pid)
{
	char path[64], text[1024], *at;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = 0;
	at = strrchr(text, ')'); /* the name before it may hold anything */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

/* This machine as far as pids go: "host/namespace:boot". */
static struct str machine_text(struct arena *a)
{
	char host[256] = "", space[64] = "", boot[BOOT_ID_SIZE];

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = 0;
	if (readlink("/proc/self/ns/pid", space, sizeof(space) - 1) < 0)
		space[0] = 0;
	for (char *c = host; *c; c++)
		*c = *c == ':' ? '_' : *c;
	for (char *c = space; *c; c++)
		*c = *c == ':' ? '_' : *c;
	clock_boot_id(boot);
	return str_printf(a, "%s/%s:%s", host, space, boot);
}

struct str lease_holder_text(struct arena *a)
{
	struct str machine = machine_text(a);

	return str_printf(a, "%.*s:%d:%llu", STR_ARG(machine), (int)getpid(),
			  start_time((int)getpid()));
}

/* Whether the holder was a process of this machine that has ended. */
static bool is_dead(struct arena *a, struct str holder)
{
	struct str machine = machine_text(a), rest;
	int64_t pid, started;

	if (!str_starts(holder, machine))
		return false;
	rest = str_slice(holder, machine.len + 1, holder.len);
	if (!str_to_i64(str_cut(&rest, ':'), &pid) || !str_to_i64(rest, &started) || pid <= 0)
		return false;
	return start_time((int)pid) != (unsigned long long)started;
}

struct held {
	struct str holder, epoch, since;
	int64_t token, expires_ms;
};

/* The lease's row, locked; *found false when somebody else has it locked just now. */
static bool read_row(struct db *d, struct arena *a, struct str name, struct held *h, bool *found,
		     struct err *e)
{
	struct value param = value_str(name);
	struct db_result r;
	struct str sql =
		str_printf(a,
			   "SELECT holder, token, epoch, expires_ms, CAST(taken_at AS text) "
			   "FROM lockstep_leases WHERE name = ?1%s",
			   sql_words(d)->lock_row);

	if (!db_exec(d,
		     "INSERT INTO lockstep_leases (name, holder, token, epoch, expires_ms) "
		     "VALUES (?1, '', 0, '', 0) ON CONFLICT (name) DO NOTHING",
		     &param, 1, NULL, e) ||
	    !db_query(d, a, sql.at, &param, 1, &r, e))
		return false;
	*found = r.rows == 1;
	if (*found)
		*h = (struct held){ .holder = db_cell(&r, 0, 0).s,
				    .token = db_cell(&r, 0, 1).i,
				    .epoch = db_cell(&r, 0, 2).s,
				    .expires_ms = db_cell(&r, 0, 3).i,
				    .since = db_cell(&r, 0, 4).kind == VALUE_STR
						     ? db_cell(&r, 0, 4).s
						     : STR("") };
	return true;
}

static bool is_free(struct db *d, struct arena *a, const struct held *h, int64_t now_ms)
{
	return !h->holder.len || !str_eq(h->epoch, str_from(d->epoch)) || h->expires_ms <= now_ms ||
	       is_dead(a, h->holder);
}

static bool write_row(struct db *d, struct lease *l, int64_t now_ms, struct err *e)
{
	struct value param[] = { value_str(l->name),
				 value_str(l->holder),
				 value_int(l->token),
				 value_str(str_from(d->epoch)),
				 value_int(now_ms + l->ttl_ms),
				 cell_from_ms(clock_wall_now()) };

	return db_exec(d,
		       "UPDATE lockstep_leases SET holder = ?2, token = ?3, epoch = ?4, "
		       "expires_ms = ?5, taken_at = ?6 WHERE name = ?1",
		       param, COUNT(param), NULL, e);
}

static bool take(struct db *d, struct arena *a, struct lease *l, bool *took_over, struct err *e)
{
	struct held h = { 0 };
	int64_t now_ms;
	bool found;

	if (!read_row(d, a, l->name, &h, &found, e) || !d->ops->now(d, &now_ms, e))
		return false;
	if (!found)
		return err_set(e, ERR_BUSY, "'%.*s' is being worked on by another process",
			       STR_ARG(l->name));
	if (!is_free(d, a, &h, now_ms))
		return err_set(e, ERR_BUSY, "'%.*s' is held by %.*s since %.*s", STR_ARG(l->name),
			       STR_ARG(h.holder), STR_ARG(h.since));
	l->holder = lease_holder_text(a);
	l->token = h.token + 1;
	*took_over = h.holder.len > 0;
	return write_row(d, l, now_ms, e);
}

bool lease_take(struct db *d, struct arena *a, struct lease *l, bool *took_over, struct err *e)
{
	struct lease mine = *l;
	bool over = false;

	if (!db_begin(d, e))
		return false;
	if (take(d, a, &mine, &over, e) && db_commit(d, e)) {
		*l = mine;
		*took_over = over;
		return true;
	}
	db_rollback(d);
	return false;
}

bool lease_renew(struct db *d, const struct lease *l, struct err *e)
{
	int64_t now_ms, changed;

	if (!d->ops->now(d, &now_ms, e))
		return false;
	struct value param[] = { value_str(l->name), value_str(l->holder), value_int(l->token),
				 value_int(now_ms + l->ttl_ms), value_str(str_from(d->epoch)) };

	if (!db_exec(d,
		     "UPDATE lockstep_leases SET expires_ms = ?4, epoch = ?5 "
		     "WHERE name = ?1 AND holder = ?2 AND token = ?3",
		     param, COUNT(param), &changed, e))
		return false;
	if (changed == 1)
		return true;
	return err_set(e, ERR_FENCED, "'%.*s' was taken over by another process", STR_ARG(l->name));
}

/* The update locks the row until the caller's commit, and who would take it over waits or goes. */
bool lease_hold(struct db *d, const struct lease *l, struct err *e)
{
	return lease_renew(d, l, e);
}

bool lease_release(struct db *d, const struct lease *l, struct err *e)
{
	struct value param[] = { value_str(l->name), value_str(l->holder), value_int(l->token) };

	return db_exec(d,
		       "UPDATE lockstep_leases SET holder = '', expires_ms = 0 "
		       "WHERE name = ?1 AND holder = ?2 AND token = ?3",
		       param, COUNT(param), NULL, e);
}
