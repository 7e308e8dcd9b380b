/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.h - Python's regular expressions in the words of POSIX.
 *
 * Manifests are written for Python's re; regcomp() with REG_EXTENDED is what we have.  The common
 * part of both is translated (\d \w \s and their opposites, escapes in brackets, \A and \Z); what
 * POSIX cannot say, or says differently, is refused.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "base/err.h"
#include "base/str.h"

#define PATTERN_BYTES_MAX 1000
#define PATTERN_REPEATS_MAX 1000

/* ERR_CONFIG with the column of what cannot be said; what is given has passed regcomp(). */
MUST_CHECK bool pattern_translate(struct arena *a, struct str python, struct str *posix,
				  struct err *e);

#endif
