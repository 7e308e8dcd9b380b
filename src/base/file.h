/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - whole files in, whole files out. */
#ifndef FILE_H
#define FILE_H

#include "base/err.h"
#include "base/str.h"

/*
 * Reads all of `path` into `a`.  ERR_MISSING when there is none, ERR_LIMIT when it holds more than
 * `bytes_max`, ERR_CONFIG when it cannot be read.  The result is NUL-terminated.
 */
MUST_CHECK bool file_read(struct arena *a, const char *path, size_t bytes_max, struct str *out,
			  struct err *e);

/*
 * Puts `text` at `path` with permissions `mode`, wholly or not at all, also through a crash:
 * written beside it, synced, renamed.
 */
MUST_CHECK bool file_write(const char *path, unsigned mode, struct str text, struct err *e);

/* As file_write(), but ERR_BUSY when the file is already there: of two that try, one wins. */
MUST_CHECK bool file_create(const char *path, unsigned mode, struct str text, struct err *e);

bool file_exists(const char *path);

/* dir + "/" + name, or name alone when it is absolute or dir is empty. */
struct str file_join(struct arena *a, struct str dir, struct str name);

/* What stands before the last '/', or "." */
struct str file_dir(struct arena *a, struct str path);

#endif
