/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.h - a page as a tree, and XPath over it: libxml2's forgiving parser, with limits.
 *
 * Pages are hostile: their size, depth and the steps of every selector are bounded, nothing is ever
 * fetched (no DTD, no entity, no network), and what libxml2 complains about is not printed.  Texts
 * are what a person would read: entities resolved, white space (also U+00A0) collapsed to single
 * blanks and trimmed, comments, scripts and styles left out.
 */
#ifndef HTML_H
#define HTML_H

#include "base/arena.h"
#include "base/err.h"

#define HTML_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define HTML_DEPTH_MAX 512
#define HTML_NODES_MAX 100000 /* of one selection */

struct html;      /* a page; one thread at a time */
struct html_node; /* part of it */
struct selector;  /* a compiled XPath 1.0 expression; immutable, from any thread */

/* ERR_CONFIG says where the expression is wrong.  Lives until selector_free(). */
MUST_CHECK bool selector_new(struct str xpath, struct selector **out, struct err *e);
void selector_free(struct selector *s); /* NULL is allowed */

/* `bytes` are UTF-8, or what their own <meta> says.  ERR_LIMIT, or ERR_REMOTE when there is no
 * element at all. */
MUST_CHECK bool html_parse(struct str bytes, struct html **out, struct err *e);
void html_free(struct html *h); /* NULL is allowed */

/*
 * The nodes that a selector finds below `under` (NULL: the whole page), in document order; they
 * live as long as the page, the array as long as `a`.  An expression that yields a text or number
 * gives no node: see html_text_of().  ERR_LIMIT when it takes too many steps or finds too much.
 */
MUST_CHECK bool html_select(struct html *h, const struct html_node *under,
			    const struct selector *s, struct arena *a,
			    const struct html_node ***out, size_t *n, struct err *e);
/* The first node's text, or the expression's own text; *found false when there is none. */
MUST_CHECK bool html_text_of(struct html *h, const struct html_node *under,
			     const struct selector *s, struct arena *a, struct str *out,
			     bool *found, struct err *e);
struct str html_node_text(struct html *h, const struct html_node *n, struct arena *a);
/* An attribute as written, entities resolved; .at NULL when there is none. */
struct str html_attribute(struct html *h, const struct html_node *n, const char *name,
			  struct arena *a);

#endif
