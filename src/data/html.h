/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.h - a page as a tree, and XPath over it: libxml2's forgiving parser, with limits.
 *
 * Pages are hostile: their size, depth and the steps of every expression are bounded, nothing is
 * ever fetched (no DTD, no entity, no network), and what libxml2 complains about is not printed.
 * Texts are what a person would read: entities resolved, white space (also U+00A0) collapsed to
 * single blanks and trimmed, a blank where one block ends and the next begins, and beside what is
 * raised or lowered (3 with a small 8 is not 38).  What an element has that is hidden by itself
 * (hidden, display: none …), or is not shown as text (template, textarea …), is left out, unless it
 * is what is asked for.  Comments, scripts and styles are not even in the tree: no expression meets
 * them.  A control character or a reference to none is read as something else, never left out.
 *
 * Beside XPath 1.0's own functions there are
 *
 *     has-class('demi')              whether the context node has that class
 *     has-style('font-size:30px')    … that declaration in its style, whatever its blanks and case
 *     said(), said(nodes)            the text of it, or of the first, as a person reads it
 *     lower(text)                    A to Z in lower case
 *     header()                       of a table's cell: the text of the th above it, in the first
 *                                    row of the table that has one; '' when that row is of another
 *                                    length, or a cell beside it spans several, so that no cell is
 *                                    taken for its neighbour
 *
 * The steps that are counted are those that a page can multiply: operations, results, calls of our
 * functions by the size of what they read.  A chain of // in one path is its author's to avoid:
 * the third costs the cube of the depth.
 */
#ifndef HTML_H
#define HTML_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define HTML_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define HTML_DEPTH_MAX 512 /* of tags that are open at once; the tree itself is flatter */
#define HTML_ELEMENTS_MAX 200000
#define HTML_TEXT_MAX 65536     /* longer texts are cut, longer attributes are none */
#define HTML_NODES_MAX 100000   /* of one selection */
#define HTML_STEPS_MAX 50000000 /* of all expressions that a page is asked */

struct html;      /* a page; one thread at a time */
struct html_node; /* part of it */
struct xpath;     /* a compiled XPath 1.0 expression; immutable, from any thread */

/* ERR_CONFIG says where the expression is wrong.  Lives until xpath_free(). */
MUST_CHECK bool xpath_new(struct str text, struct xpath **out, struct err *e);
void xpath_free(struct xpath *x); /* NULL is allowed */

/* `bytes` are UTF-8, or what their own <meta> says.  ERR_LIMIT, or ERR_REMOTE when there is no
 * element at all. */
MUST_CHECK bool html_parse(struct str bytes, struct html **out, struct err *e);
void html_free(struct html *h); /* NULL is allowed */

/*
 * The nodes that an expression finds below `under` (NULL: the whole page), in document order; they
 * live as long as the page, the array as long as `a`.  An expression that yields a text or number
 * gives no node: see html_text_of().  ERR_LIMIT when it takes too many steps or finds too much,
 * ERR_CONFIG when it calls what there is not.
 */
MUST_CHECK bool html_select(struct html *h, const struct html_node *under, const struct xpath *x,
			    struct arena *a, const struct html_node ***out, size_t *n,
			    struct err *e);
/* The first node's text, or the expression's own text; *found false when there is none (no node,
 * an empty text, no number, or false). */
MUST_CHECK bool html_text_of(struct html *h, const struct html_node *under, const struct xpath *x,
			     struct arena *a, struct str *out, bool *found, struct err *e);
struct str html_node_text(struct html *h, const struct html_node *n, struct arena *a);
/* An attribute as written, entities resolved; .at NULL when there is none. */
struct str html_attribute(struct html *h, const struct html_node *n, const char *name,
			  struct arena *a);

#endif
