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
	int at;   /* in the expression; -1: at no place */
	int code; /* of libxml2's XPath errors */
};

#if LIBXML_VERSION >= 21200
static void hear(void *to, const xmlError *what)
#else
static void hear(void *to, xmlErrorPtr what)
#endif
{
	struct hearing *h = to;

	if (h->code)
		return;
	h->code = what->code - XML_XPATH_EXPRESSION_OK;
	h->at = what->str1 ? what->int1 : -1;
}

static const char *reason(const struct hearing *h)
{
	switch (h->code) {
	case XPATH_UNKNOWN_FUNC_ERROR:
		return "there is no such function";
	case XPATH_UNDEF_VARIABLE_ERROR:
		return "there are no variables";
	case XPATH_UNDEF_PREFIX_ERROR:
		return "there are no namespaces";
	case XPATH_INVALID_ARITY:
		return "a function has another number of arguments";
	case XPATH_INVALID_TYPE:
		return "a function wants another kind of argument";
	case XPATH_UNCLOSED_ERROR:
		return "something is not closed";
	case XPATH_INVALID_PREDICATE_ERROR:
		return "a predicate is not right";
	case XPATH_UNFINISHED_LITERAL_ERROR:
		return "a text is not closed";
	default:
		return "this is not understood";
	}
}

static bool is_limit(const struct hearing *h)
{
	return h->code == XPATH_OP_LIMIT_EXCEEDED || h->code == XPATH_RECURSION_LIMIT_EXCEEDED;
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
		       reason(&heard));
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
	struct html_voice voice;
	xmlXPathObjectPtr found;

	if (h->steps > HTML_STEPS_MAX)
		return err_set(e, ERR_LIMIT, "the page takes too many steps");
	voice = html_quiet();
	h->xpath->node = under ? (xmlNodePtr)(void *)(uintptr_t)under : (xmlNodePtr)h->doc;
	h->xpath->opCount = 0;
	h->xpath->opLimit = HTML_STEPS_MAX - h->steps + 1;
	h->xpath->error = hear;
	h->xpath->userData = &heard;
	found = xmlXPathCompiledEval((xmlXPathCompExprPtr)(void *)(uintptr_t)x, h->xpath);
	h->xpath->userData = NULL;
	html_loud(voice);
	h->steps += h->xpath->opCount;
	if (found && found->type == XPATH_NODESET && found->nodesetval)
		h->steps += (unsigned long)found->nodesetval->nodeNr;
	if (found && found->type == XPATH_NODESET && found->nodesetval &&
	    found->nodesetval->nodeNr > HTML_NODES_MAX) {
		xmlXPathFreeObject(found);
		return err_set(e, ERR_LIMIT, "an XPath expression finds more than %d nodes",
			       HTML_NODES_MAX);
	}
	if (found && h->steps <= HTML_STEPS_MAX) {
		*out = found;
		return true;
	}
	xmlXPathFreeObject(found);
	if (found || is_limit(&heard))
		return err_set(e, ERR_LIMIT, "the page takes too many steps");
	return err_set(e, ERR_CONFIG, "an XPath expression: %s", reason(&heard));
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
