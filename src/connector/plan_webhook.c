/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_webhook.c - the calls that a vendor makes to us, and what they say about which records.
 */
#include "connector/plan_read.h"

#define SECRET_BYTES_MIN 16
#define SECRET_BYTES_MAX 512

/* A webhook while it is read; the stream is found when all else is known. */
struct draft {
	struct webhook_plan w;
	struct str stream;
};

static void read_template(struct plan_loader *p, const struct node *n, const struct template **out)
{
	static const char *const names[] = { "payload", "headers", "config" };
	static const struct expr_scope scope = { names, COUNT(names) };
	struct template *t;
	struct str text;
	struct err e;

	_Static_assert(COUNT(names) == WEBHOOK_VARIABLES, "a name for every variable");
	if (!plan_scalar(p, n, KEY_TEXT, &text))
		return;
	if (template_compile(p->a, text, TEMPLATE_PLAN, &scope, &t, &e))
		*out = t;
	else
		plan_complain(p, n, "%s", e.text);
}

static void read_records(struct plan_loader *p, const struct node *n, void *into)
{
	read_template(p, n, &((struct draft *)into)->w.records);
}

static void read_when(struct plan_loader *p, const struct node *n, void *into)
{
	read_template(p, n, &((struct draft *)into)->w.when);
}

static void read_secret(struct plan_loader *p, const struct node *n, void *into)
{
	struct node *text = arena_new_struct(p->a, struct node);
	struct str secret = STR("");

	*text = *n;
	env_read_files(&p->env, text);
	if (!plan_scalar(p, text, KEY_TEXT, &secret))
		return;
	if (secret.len < SECRET_BYTES_MIN || secret.len > SECRET_BYTES_MAX)
		plan_complain(p, n, "a secret has %d to %d bytes", SECRET_BYTES_MIN,
			      SECRET_BYTES_MAX);
	*(struct str *)into = secret;
}

static const char *const encoding_words[] = {
	[WEBHOOK_HEX] = "hex", [WEBHOOK_BASE64] = "base64", NULL
};

#define AT(member) offsetof(struct draft, member)
static const struct plan_key webhook_rows[] = {
	{ .name = "secret",
	  .type = KEY_SECRET,
	  .required = true,
	  .read = read_secret,
	  .offset = AT(w.secret),
	  .says = "What both sides know; ${NAME} from the environment, { file: PATH } from a file. "
		  "One that begins with whsec_ is Base64." },
	{ .name = "old_secret",
	  .type = KEY_SECRET,
	  .read = read_secret,
	  .offset = AT(w.old_secret),
	  .says = "The secret before, good as well while it is changed." },
	{ .name = "signature_header",
	  .type = KEY_TEXT,
	  .required = true,
	  .offset = AT(w.signature_header),
	  .says = "The header with the HMAC-SHA256, such as X-Hub-Signature-256." },
	{ .name = "signature_prefix",
	  .type = KEY_TEXT,
	  .offset = AT(w.signature_prefix),
	  .says = "What stands before the signature in it, such as sha256= or v1=." },
	{ .name = "encoding",
	  .type = KEY_WORD,
	  .word = encoding_words,
	  .fallback = "hex",
	  .offset = AT(w.encoding),
	  .says = "How the signature is written." },
	{ .name = "signed",
	  .type = KEY_TEXT,
	  .fallback = "{body}",
	  .offset = AT(w.signed_text),
	  .says = "What is signed, made of {body}, {timestamp}, {id} and what stands between "
		  "them, such as {timestamp}.{body}." },
	{ .name = "timestamp_header",
	  .type = KEY_TEXT,
	  .offset = AT(w.timestamp_header),
	  .says = "The header with the time of sending in Unix seconds." },
	{ .name = "timestamp_prefix",
	  .type = KEY_TEXT,
	  .offset = AT(w.timestamp_prefix),
	  .says = "What stands before the time in it, such as t=." },
	{ .name = "tolerance",
	  .type = KEY_DURATION,
	  .fallback = "5m",
	  .min = 1000,
	  .max = (int64_t)24 * 3600 * 1000,
	  .offset = AT(w.tolerance_ms),
	  .says = "How far that time may be from ours." },
	{ .name = "id_header",
	  .type = KEY_TEXT,
	  .offset = AT(w.id_header),
	  .says = "The header that names a delivery; one that comes again is taken once. Without "
		  "it the body names it." },
	{ .name = "stream",
	  .type = KEY_TEXT,
	  .required = true,
	  .offset = AT(stream),
	  .says = "The connector's stream whose records are read again." },
	{ .name = "records",
	  .type = KEY_TEMPLATE,
	  .required = true,
	  .read = read_records,
	  .says = "Their ids, one or a list: an expression over payload, headers and config." },
	{ .name = "when",
	  .type = KEY_TEMPLATE,
	  .read = read_when,
	  .says = "A condition: other calls are answered and passed over." },
};
#undef AT

const struct plan_keys plan_webhook_keys = {
	.name = "webhook",
	.says = "A call that the vendor makes to us when records change.",
	.key = webhook_rows,
	.n = COUNT(webhook_rows),
};

/* What is asked for but not signed protects nothing. */
static void check(struct plan_loader *p, const struct node *n, const struct webhook_plan *w)
{
	bool timed = str_find(w->signed_text, STR("{timestamp}")) >= 0;

	if (str_find(w->signed_text, STR("{body}")) < 0)
		plan_complain(p, n, "what is signed must contain {body}");
	if (timed != (w->timestamp_header.len > 0))
		plan_complain(p, n,
			      "{timestamp} in `signed` and a timestamp_header belong "
			      "together: a time that is not signed proves nothing");
	if (str_find(w->signed_text, STR("{id}")) >= 0 && !w->id_header.len)
		plan_complain(p, n, "{id} in `signed` needs an id_header");
}

void plan_webhooks(struct plan_loader *p, const struct node *n, struct connection *c)
{
	if (!plan_expect(p, n, NODE_MAP, "a map from names to webhooks"))
		return;
	c->webhook = arena_new_array(p->a, struct webhook_plan, n->n);
	for (; c->webhooks < n->n; c->webhooks++) {
		const struct node *item = n->item[c->webhooks];
		struct draft d = { .w = { .name = n->key[c->webhooks], .where = item->path } };

		if (!plan_word_ok(d.w.name))
			plan_complain_key(p, n, c->webhooks,
					  "a name is made of letters, digits, - and _");
		plan_defaults(p, &plan_webhook_keys, &d);
		plan_map(p, item, &plan_webhook_keys, &d);
		if (d.stream.len)
			d.w.stream = plan_stream(p, node_get(item, "stream"), d.stream);
		if (item->kind == NODE_MAP)
			check(p, item, &d.w);
		c->webhook[c->webhooks] = d.w;
	}
}

const struct webhook_plan *plan_webhook(const struct connection *c, struct str name)
{
	for (size_t i = 0; i < c->webhooks; i++)
		if (str_eq(c->webhook[i].name, name))
			return &c->webhook[i];
	return NULL;
}
