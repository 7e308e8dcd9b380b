/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xpath.c - XPath expressions, compiled and asked of a page.
 *
 * A struct xpath is libxml2's compiled expression, a struct html_node its node; neither has a
 * definition of ours.
 */
#include "data/html_part.h"

#include <libxml/xpathInternals.h>
#include <math.h>

#define EXPRESSION_BYTES_MAX 4000

/* What libxml2 said about an expression; the first thing counts. */
struct hearing {
	bool limit;
	int at; /* in the expression; -1: at no place */
	char text[160];
};

#if LIBXML_VERSION >= 21200
static void hear(void *to, const xmlError *what)
#else
static void hear(void *to, xmlErrorPtr what)
#endif
{
	struct hearing *h = to;

	if (h->text[0])
		return;
	h->limit = what->code == XML_XPATH_EXPRESSION_OK + XPATH_OP_LIMIT_EXCEEDED ||
		   what->code == XML_XPATH_EXPRESSION_OK + XPATH_RECURSION_LIMIT_EXCEEDED;
	h->at = what->str1 ? what->int1 : -1;
	snprintf(h->text, sizeof(h->text), "%s", what->message ? what->message : "?");
	h->text[strcspn(h->text, "\n")] = 0;
}

bool xpath_new(struct str text, struct xpath **out, struct err *e)
{
	struct hearing heard = { .at = -1 };
	char expression[EXPRESSION_BYTES_MAX + 1];
	struct html_voice voice;
	xmlXPathContextPtr c;
	xmlXPathCompExprPtr made;

	if (text.len == 0 || text.len > EXPRESSION_BYTES_MAX || memchr(text.at, 0, text.len))
		return err_set(e, ERR_CONFIG, "an XPath expression has 1 to %d bytes",
			       EXPRESSION_BYTES_MAX);
	memcpy(expression, text.at, text.len);
	expression[text.len] = 0;
	voice = html_quiet();
	c = xmlXPathNewContext(NULL);
	assert(c);
	c->error = hear;
	c->userData = &heard;
	made = xmlXPathCtxtCompile(c, (const xmlChar *)expression);
	xmlXPathFreeContext(c);
	html_loud(voice);
	if (made) {
		*out = (struct xpath *)(void *)made;
		return true;
	}
	return err_set(e, ERR_CONFIG, "column %d of the XPath expression: %s", heard.at + 1,
		       heard.text[0] ? heard.text : "not understood");
}

void xpath_free(struct xpath *x)
{
	if (x)
		xmlXPathFreeCompExpr((xmlXPathCompExprPtr)(void *)x);
}

static bool ask(struct html *h, const struct html_node *under, const struct xpath *x,
		xmlXPathObjectPtr *out, struct err *e)
{
	struct hearing heard = { .at = -1 };
	struct html_voice voice = html_quiet();
	xmlXPathObjectPtr found;

	h->xpath->node = under ? (xmlNodePtr)(void *)(uintptr_t)under : (xmlNodePtr)h->doc;
	h->xpath->opCount = 0;
	h->xpath->error = hear;
	h->xpath->userData = &heard;
	found = xmlXPathCompiledEval((xmlXPathCompExprPtr)(void *)(uintptr_t)x, h->xpath);
	h->xpath->userData = NULL;
	html_loud(voice);
	if (found && found->type == XPATH_NODESET && found->nodesetval &&
	    found->nodesetval->nodeNr > HTML_NODES_MAX) {
		xmlXPathFreeObject(found);
		return err_set(e, ERR_LIMIT, "an XPath expression finds more than %d nodes",
			       HTML_NODES_MAX);
	}
	if (found) {
		*out = found;
		return true;
	}
	if (heard.limit)
		return err_set(e, ERR_LIMIT, "an XPath expression takes too many steps");
	return err_set(e, ERR_CONFIG, "an XPath expression: %s",
		       heard.text[0] ? heard.text : "not understood");
}

/* Namespaces are nodes that die with the answer. */
static bool is_lasting(const xmlNode *n)
{
	return n->type == XML_ELEMENT_NODE || n->type == XML_TEXT_NODE ||
	       n->type == XML_ATTRIBUTE_NODE;
}

bool html_select(struct html *h, const struct html_node *under, const struct xpath *x,
		 struct arena *a, const struct html_node ***out, size_t *n, struct err *e)
{
	const struct html_node **node;
	xmlXPathObjectPtr found;
	xmlNodeSetPtr set;
	size_t count = 0;

	if (!ask(h, under, x, &found, e))
		return false;
	set = found->type == XPATH_NODESET ? found->nodesetval : NULL;
	node = arena_new_array(a, const struct html_node *, set ? (size_t)set->nodeNr : 0);
	if (set)
		xmlXPathNodeSetSort(set);
	for (int i = 0; set && i < set->nodeNr; i++)
		if (is_lasting(set->nodeTab[i]))
			node[count++] = (const struct html_node *)(void *)set->nodeTab[i];
	xmlXPathFreeObject(found);
	*out = node;
	*n = count;
	return true;
}

static struct str own_text(const xmlXPathObject *o, struct arena *a)
{
	struct str text = STR("");
	xmlChar *number;
	struct buf b;

	if (o->type == XPATH_STRING) {
		buf_in(&b, a, HTML_TEXT_MAX);
		html_clean(str_from((const char *)o->stringval), &b);
		return buf_str(&b);
	}
	if (o->type == XPATH_BOOLEAN)
		return o->boolval ? STR("true") : text;
	if (o->type == XPATH_NUMBER && isfinite(o->floatval)) {
		number = xmlXPathCastNumberToString(o->floatval);
		text = str_keep(a, str_from((const char *)number));
		xmlFree(number);
	}
	return text;
}

bool html_text_of(struct html *h, const struct html_node *under, const struct xpath *x,
		  struct arena *a, struct str *out, bool *found, struct err *e)
{
	xmlXPathObjectPtr o;
	struct str text = STR("");

	if (!ask(h, under, x, &o, e))
		return false;
	if (o->type != XPATH_NODESET) {
		text = own_text(o, a);
	} else if (o->nodesetval && o->nodesetval->nodeNr > 0) {
		xmlXPathNodeSetSort(o->nodesetval);
		if (is_lasting(o->nodesetval->nodeTab[0]))
			text = html_node_text(
				h, (const struct html_node *)(void *)o->nodesetval->nodeTab[0], a);
	}
	xmlXPathFreeObject(o);
	*out = text;
	*found = text.len > 0;
	return true;
}
