/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_parts.h - what the files that read parts of a manifest offer each other.
 *
 * Each set holds the components that may stand at one place; the comment says into what they are
 * read.
 */
#ifndef MANIFEST_PARTS_H
#define MANIFEST_PARTS_H

#include "connector/component.h"

extern const struct component_set authenticator_set; /* struct authenticator */
extern const struct component_set budget_set;        /* struct budget */
extern const struct component_set cursor_set;        /* struct datetime_cursor * */
extern const struct component_set decoder_set;       /* nothing: JSON is the only one */
extern const struct component_set option_set;        /* struct request_option */
extern const struct component_set paginator_set;     /* struct paginator */
extern const struct component_set requester_set;     /* struct requester */
extern const struct component_set selector_set;      /* struct selector */
extern const struct component_set stream_set;        /* struct stream */
extern const struct component_set token_option_set;  /* struct request_option, also RequestPath */

/* error_handler: one or a composite, nested ones flattened, into a struct requester. */
void error_handlers_read(struct reader *r, const struct node *n, void *requester);

/* partition_router: one or a list, into a struct stream. */
void routers_read(struct reader *r, const struct node *n, void *stream);

/* transformations: a list, into a struct stream. */
void transforms_read(struct reader *r, const struct node *n, void *stream);

/*
 * The streams of a manifest, public ones first, then the parents that stand elsewhere.  A parent
 * is the stream of the same name that is made from the same text, and a stream of its own else.
 */
struct node_list streams_collect(struct arena *a, const struct node *public_streams);

/* The number of a stream that is made from `n`; `list.n` when there is none. */
size_t streams_find(struct node_list list, const struct node *n);

/* A list of texts without templates as the steps of a path. */
bool read_steps(struct reader *r, const struct node *n, struct path *out);

#endif
