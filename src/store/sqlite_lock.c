/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_lock.c - which of the processes on one database file may checkpoint its WAL.
 *
 *     waiting --try, lock free--> holding --close--> (gone)
 *
 * Always: a connection that does not hold the lock never checkpoints, not even when it is the last
 * to close.  The kernel drops the lock of a process that dies.
 */
#include "store/sqlite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define TRY_EVERY_MS 5000
/* 16 MiB.  With SQLite's own 1000, records with random keys write half as much again: the same
 * pages go into the file over and over. */
#define CHECKPOINT_PAGES 4000

static void set_checkpoints(struct sqlite *s, bool on)
{
	/* Neither can fail on an open handle. */
	(void)sqlite3_wal_autocheckpoint(s->handle, on ? CHECKPOINT_PAGES : 0);
	(void)sqlite3_db_config(s->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, NULL);
}

static int lock_file(const char *path)
{
	size_t size = strlen(path) + sizeof("-lock");
	char *name = malloc(size);
	int fd;

	if (!name)
		abort();
	snprintf(name, size, "%s-lock", path);
	fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	free(name);
	return fd;
}

void sqlite_lock_open(struct sqlite *s)
{
	set_checkpoints(s, false);
	s->lock.fd = lock_file(s->path);
	sqlite_lock_try(s);
}

void sqlite_lock_try(struct sqlite *s)
{
	int64_t now_ms = clock_steady_now();

	if (s->lock.fd < 0 || s->lock.held || now_ms < s->lock.next_try_ms)
		return;
	s->lock.next_try_ms = now_ms + TRY_EVERY_MS;
	if (flock(s->lock.fd, LOCK_EX | LOCK_NB) != 0)
		return;
	s->lock.held = true;
	set_checkpoints(s, true);
}

void sqlite_lock_close(struct sqlite *s)
{
	if (s->lock.fd >= 0)
		close(s->lock.fd);
	s->lock = (struct sqlite_lock){ .fd = -1 };
}
