/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - one value against one schema of an OpenAPI file.
 */
#ifndef SCHEMA_H
#define SCHEMA_H

#include "openapi.h"

/* A path into a value, from the inside out; a step without a name is an index. */
struct place {
	const struct place *up;
	const char *name;
	size_t index;
};

void complain(struct complaints *c, const struct place *place, const char *message,
	      const char *type);

/* `root` is the document that $ref points into. */
void schema_check(yyjson_val *root, yyjson_val *schema, yyjson_val *value,
		  const struct place *place, struct complaints *c);

/* A parameter: text that stands for a value. */
void schema_check_text(yyjson_val *root, yyjson_val *schema, struct str text,
		       const struct place *place, struct complaints *c);

/* Whether an address has the form of one; `strict` refuses reserved top-level domains. */
bool email_valid(struct str s, bool strict);

#endif
