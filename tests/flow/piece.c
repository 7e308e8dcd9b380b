/* SPDX-License-Identifier: Apache-2.0 */
/* piece.c - one stream of a manifest that a test writes itself. */
#include "piece.h"

#include "data/json.h"

#include <stdio.h>
#include <stdlib.h>

static NORETURN void die(const char *what, const struct err *e)
{
	printf("Bail out! %s: %s\n", what, e->text);
	exit(1);
}

static const char *or_nothing(const char *text)
{
	return text ? text : "";
}

void piece_open(struct piece *p, const struct piece_parts *parts)
{
	struct str text;
	struct err e;

	*p = (struct piece){ .a = arena_new("piece", (size_t)256 << 20), .rng = { 7 } };
	test_clock_init(&p->clock, NULL);
	text = str_printf(
		p->a,
		"version: 7.0.0\n"
		"type: DeclarativeSource\n"
		"check: {type: CheckStream, stream_names: [a]}\n"
		"spec: {type: Spec, connection_specification: {type: object}}\n"
		"streams:\n"
		"- {type: DeclarativeStream, name: a, %s%s retriever: {type: SimpleRetriever, "
		"record_selector: %s, %s%s requester: {type: HttpRequester, "
		"url_base: 'https://things.example', path: /a, %s}}}\n%s",
		or_nothing(parts->stream), parts->stream ? "," : "",
		parts->selector
			? parts->selector
			: "{type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}",
		or_nothing(parts->retriever), parts->retriever ? "," : "",
		parts->requester ? parts->requester : "http_method: GET",
		or_nothing(parts->streams));
	if (!manifest_parse(p->a, text, STR("piece"), &p->manifest, NULL, &e))
		die("manifest", &e);
	p->stream = &p->manifest->stream[0];
	p->scope = (struct scope){ .arena = p->a, .clock = &p->clock.clock };
	p->scope.variable[VAR_CONFIG] = piece_value(p, parts->config ? parts->config : "{}");
}

void piece_close(struct piece *p)
{
	arena_free(p->a);
	p->a = NULL;
}

struct value piece_value(struct piece *p, const char *json)
{
	struct value v;
	struct err e;

	if (!json_parse(p->a, str_from(json), &v, NULL, &e))
		die(json, &e);
	return v;
}

const char *piece_json(struct piece *p, struct value v)
{
	struct buf b;
	struct err e;

	if (v.kind == VALUE_UNDEFINED)
		return "(undefined)";
	buf_in(&b, p->a, (size_t)1 << 20);
	if (!json_write(&b, v, &e))
		die("json", &e);
	return buf_str(&b).at;
}

const char *piece_time(struct piece *p, int64_t us)
{
	return us == INT64_MIN ? "(none)" : moment_text(p->a, us).at;
}

int64_t piece_us(const char *time)
{
	struct value v;
	struct err e;

	if (!moment_parse(str_from(time), &v, &e))
		die(time, &e);
	return v.us;
}
