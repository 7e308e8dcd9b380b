/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - whole files in, whole files out. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool fd_read(int fd, char *to, size_t size, size_t *len)
{
	for (*len = 0; *len < size;) {
		ssize_t n = read(fd, to + *len, size - *len);

		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		*len += n > 0 ? (size_t)n : 0;
	}
	return true;
}

bool file_read(struct arena *a, const char *path, size_t bytes_max, struct str *out, struct err *e)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t cap, len;
	char *text;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_set(e, errno == ENOENT ? ERR_MISSING : ERR_CONFIG,
			       "cannot read '%s': %s", path, strerror(errno));
	cap = S_ISREG(st.st_mode) && st.st_size >= 0 ? (size_t)st.st_size + 1 : bytes_max + 1;
	if (cap > bytes_max + 1)
		return err_set(e, ERR_LIMIT, "'%s' is larger than %zu bytes", path, bytes_max);
	text = arena_alloc(a, cap + 1);
	if (!fd_read(fd, text, cap, &len))
		return err_set(e, ERR_CONFIG, "cannot read '%s': %s", path, strerror(errno));
	if (len == cap && cap > bytes_max)
		return err_set(e, ERR_LIMIT, "'%s' is larger than %zu bytes", path, bytes_max);
	*out = (struct str){ text, len };
	return true;
}

static bool fd_write(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.at, text.len);

		if (n < 0 && errno != EINTR)
			return false;
		text = str_slice(text, n > 0 ? (size_t)n : 0, text.len);
	}
	return fsync(fd) == 0;
}

/* So that the new name survives a crash too. */
static bool dir_sync(const char *path)
{
	char dir[4096];
	const char *slash = strrchr(path, '/');
	CLEANUP(fd_close) int fd = -1;

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0;
}

static bool put(const char *path, unsigned mode, struct str text,
		int (*place)(const char *from, const char *to), struct err *e)
{
	char beside[4096];
	CLEANUP(fd_close) int fd = -1;
	int n = snprintf(beside, sizeof(beside), "%s.XXXXXX", path);

	if (n < 0 || n >= (int)sizeof(beside))
		return err_set(e, ERR_LIMIT, "path of more than %zu bytes", sizeof(beside));
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_CONFIG, "cannot write beside '%s': %s", path,
			       strerror(errno));
	if (fchmod(fd, mode) != 0 || !fd_write(fd, text) || place(beside, path) != 0) {
		int why = errno;

		unlink(beside);
		return err_set(e, why == EEXIST ? ERR_BUSY : ERR_CONFIG, "cannot write '%s': %s",
			       path, strerror(why));
	}
	if (!dir_sync(path))
		return err_set(e, ERR_CONFIG, "cannot sync the folder of '%s'", path);
	return true;
}

bool file_write(const char *path, unsigned mode, struct str text, struct err *e)
{
	return put(path, mode, text, rename, e);
}

static int link_over_nothing(const char *from, const char *to)
{
	if (link(from, to) != 0)
		return -1;
	unlink(from);
	return 0;
}

bool file_create(const char *path, unsigned mode, struct str text, struct err *e)
{
	return put(path, mode, text, link_over_nothing, e);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

struct str file_join(struct arena *a, struct str dir, struct str name)
{
	if (dir.len == 0 || str_starts(name, STR("/")))
		return str_keep(a, name);
	return str_printf(a, "%.*s/%.*s", STR_ARG(dir), STR_ARG(name));
}

struct str file_dir(struct arena *a, struct str path)
{
	size_t n = path.len;

	while (n > 0 && path.at[n - 1] != '/')
		n--;
	return n ? str_keep(a, str_slice(path, 0, n > 1 ? n - 1 : 1)) : str_keep(a, STR("."));
}
