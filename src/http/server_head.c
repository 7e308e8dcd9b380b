/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_head.c - whether libmicrohttpd understood a header as whoever passed it on did.
 *
 * Before 1.0 it joins a folded line to the *name* before it ("Content-Length:" and " 5" become a
 * header "Content-Length5" without a value) and ends whatever it reads at a NUL.  A proxy that
 * reads such a header otherwise sees another length, and behind that another request, or another
 * client.  What it understood lies where it came in, one piece behind the other: what it left out
 * or moved shows as a gap.
 */
#include "http/server_part.h"

#if MHD_VERSION < 0x01000000

#define LINE_END_MIN 1 /* "\n" */
#define LINE_END_MAX 2 /* "\r\n" */

struct head_walk {
	const char *end; /* of what was seen so far */
	bool whole;
};

/* The texts are parts of one buffer, unless something is wrong. */
static ptrdiff_t gap(const char *end, const char *begin)
{
	return (ptrdiff_t)((uintptr_t)begin - (uintptr_t)end);
}

static bool is_line_end(ptrdiff_t n, int lines)
{
	return n >= (ptrdiff_t)lines * LINE_END_MIN && n <= (ptrdiff_t)lines * LINE_END_MAX;
}

/* A colon, which is a NUL by now, and blanks. */
static bool is_colon(const char *name_end, const char *value)
{
	ptrdiff_t n = gap(name_end, value);

	if (n < 1 || n > (ptrdiff_t)SERVER_HEAD_BYTES_MAX)
		return false;
	for (ptrdiff_t i = 1; i < n; i++)
		if (name_end[i] != ' ' && name_end[i] != '\t')
			return false;
	return true;
}

static enum MHD_Result walk(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_size,
			    const char *value, size_t value_size)
{
	struct head_walk *w = arg;

	(void)kind;
	w->whole = is_line_end(gap(w->end, name), 1) && value && is_colon(name + name_size, value);
	w->end = value + value_size;
	return w->whole ? MHD_YES : MHD_NO;
}

bool head_is_whole(const struct exchange *x, const char *method, const char *version)
{
	const union MHD_ConnectionInfo *size =
		MHD_get_connection_info(x->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct head_walk w = { version + strlen(version), true };

	if (!size || gap(x->target + x->target_len, version) != 1)
		return false;
	MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, walk, &w);
	return w.whole && is_line_end(gap(w.end, method + size->header_size), 2);
}

#else

/* It refuses both by itself. */
bool head_is_whole(const struct exchange *x, const char *method, const char *version)
{
	(void)x;
	(void)method;
	(void)version;
	return true;
}

#endif
