/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope.h - the variables a manifest's templates see, and evaluating slots and moulds with them.
 *
 * A scope is small and copied freely: whoever knows a variable sets it in a copy and hands that
 * down.
 */
#ifndef SCOPE_H
#define SCOPE_H

#include "connector/manifest.h"

struct scope {
	struct arena *arena; /* where results live */
	struct clock *clock;
	struct value variable[MANIFEST_VARIABLES];
};

/* The slot's typed value; UNDEFINED when the manifest does not have it. */
MUST_CHECK bool slot_value(const struct slot *s, const struct scope *scope, struct value *out,
			   struct err *e);

/* As text: what the reference's str() makes of it; empty when there is nothing. */
MUST_CHECK bool slot_text(const struct slot *s, const struct scope *scope, struct str *out,
			  struct err *e);

/* The rendered text, not read as a literal. */
MUST_CHECK bool slot_render(const struct slot *s, const struct scope *scope, struct str *out,
			    struct err *e);

/* As a whole number; `otherwise` when the manifest does not have it. */
MUST_CHECK bool slot_int(const struct slot *s, const struct scope *scope, int64_t otherwise,
			 int64_t *out, struct err *e);

/* As a condition; `otherwise` when the manifest does not have it. */
MUST_CHECK bool slot_test(const struct slot *s, const struct scope *scope, bool otherwise,
			  bool *out, struct err *e);

/* The whole tree with every slot evaluated; UNDEFINED for MOULD_NONE. */
MUST_CHECK bool mould_value(const struct mould *m, const struct scope *scope, struct value *out,
			    struct err *e);

/* The steps of a path whose members may be templates. */
MUST_CHECK bool slot_path(const struct slot *step, size_t n, const struct scope *scope,
			  struct path *out, struct err *e);

/* A value as the text a request carries: texts as they are, anything else as Python's str(). */
MUST_CHECK bool value_as_text(struct arena *a, struct value v, struct str *out, struct err *e);

#endif
