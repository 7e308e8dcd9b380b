/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi.h - a vendor's OpenAPI file as the judge of requests and of answers.
 *
 * It is interpreted as it stands: paths, methods, security, parameters, bodies and responses, with
 * the words of JSON Schema that such files use (type, required, properties, additionalProperties,
 * items, enum, anyOf, minLength, format email, $ref).  What is wrong is said as FastAPI says it:
 * {"loc": ["body", "email"], "msg": "Field required", "type": "missing"}.
 */
#ifndef OPENAPI_H
#define OPENAPI_H

#include "server.h"

struct openapi;

/* One method of one path; lives as long as its file. */
struct operation {
	struct str method, path; /* "POST", "/v1/users" */
	bool secured;
	yyjson_val *spec;
};

MUST_CHECK bool openapi_new(struct str json, struct openapi **out, struct err *e);
void openapi_free(struct openapi *o);

size_t openapi_len(const struct openapi *o);
const struct operation *openapi_at(const struct openapi *o, size_t i);

/* NULL when there is none; *path_known says whether the path has other methods. */
const struct operation *openapi_find(const struct openapi *o, struct str method, struct str path,
				     bool *path_known);

/* Where the complaints go: items of a JSON list, with commas between. */
struct complaints {
	struct buf *list;
	size_t n;
	bool strict_email; /* refuse domains that are reserved, as FastAPI's validator does */
};

/* The query's parameters. */
void openapi_check_query(const struct openapi *o, const struct operation *op,
			 const struct request *r, struct complaints *c);

/*
 * Reads the body into `arena`, when the operation takes one, and checks it; `type` is its
 * Content-Type or NULL.  *value is NULL when there is none or it cannot be read.
 */
void openapi_check_body(const struct openapi *o, const struct operation *op, const char *type,
			struct str body, struct arena *arena, yyjson_val **value,
			struct complaints *c);

/* Whether an answer is one that the file declares. */
void openapi_check_answer(const struct openapi *o, const struct operation *op, unsigned status,
			  struct str body, struct complaints *c);

#endif
