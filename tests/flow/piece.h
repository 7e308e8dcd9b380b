/* SPDX-License-Identifier: Apache-2.0 */
/*
 * piece.h - one stream of a manifest that a test writes itself, and a scope to evaluate it in.
 */
#ifndef PIECE_H
#define PIECE_H

#include "canned.h"
#include "flow/draft.h"

struct piece {
	struct arena *a;
	struct test_clock clock;
	const struct manifest *manifest;
	const struct stream *stream; /* the first */
	struct scope scope;
	struct rng rng;
};

/* Flow-style YAML; NULL: as little as possible. */
struct piece_parts {
	const char *requester; /* members: "http_method: POST, request_headers: {…}" */
	const char *selector;  /* the whole component */
	const char *retriever; /* members */
	const char *stream;    /* members */
	const char *streams;   /* more streams, with their "- " at the start of a line */
	const char *config;    /* JSON */
};

void piece_open(struct piece *p, const struct piece_parts *parts);
void piece_close(struct piece *p);

struct value piece_value(struct piece *p, const char *json);
const char *piece_json(struct piece *p, struct value v);
const char *piece_time(struct piece *p, int64_t us);
int64_t piece_us(const char *time);

#endif
