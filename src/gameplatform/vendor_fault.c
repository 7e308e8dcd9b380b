/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_fault.c - what a call that failed ran into: a code, a status, a message, a context.
 *
 * *e is for logs and holds nothing that the vendor said; the vendor's own words are the fault's
 * message, for whoever may see them.
 */
#include "data/json.h"
#include "gameplatform/vendor_call.h"

#define MESSAGE_BYTES_MAX 500
#define CONTEXT_BYTES_MAX 4096

static const char *const code_name[VENDOR_CODES] = {
	[VENDOR_NONE] = "none",
	[VENDOR_UNAUTHORIZED] = "unauthorized",
	[VENDOR_NOT_APPROVED] = "not_approved",
	[VENDOR_NOT_FOUND] = "not_found",
	[VENDOR_VALIDATION] = "validation",
	[VENDOR_CONFLICT] = "conflict",
	[VENDOR_RATE_LIMITED] = "rate_limited",
	[VENDOR_REFUSED] = "refused",
	[VENDOR_SERVER] = "server",
	[VENDOR_TIMEOUT] = "timeout",
	[VENDOR_NETWORK] = "network",
	[VENDOR_BAD_RESPONSE] = "bad_response",
};

const char *vendor_code_name(enum vendor_code c)
{
	return code_name[c];
}

static enum err_kind kind_of(enum vendor_code c)
{
	switch (c) {
	case VENDOR_UNAUTHORIZED:
		return ERR_AUTH;
	case VENDOR_RATE_LIMITED:
	case VENDOR_SERVER:
	case VENDOR_TIMEOUT:
	case VENDOR_NETWORK:
		return ERR_TRANSIENT;
	case VENDOR_NONE:
	case VENDOR_NOT_APPROVED:
	case VENDOR_NOT_FOUND:
	case VENDOR_VALIDATION:
	case VENDOR_CONFLICT:
	case VENDOR_REFUSED:
	case VENDOR_BAD_RESPONSE:
	case VENDOR_CODES:
		break;
	}
	return ERR_REMOTE;
}

/* ---- texts ---- */

static void set_text(struct arena *a, struct value map, const char *name, struct str s)
{
	if (s.len)
		value_map_set(a, map, str_from(name), value_str(s));
}

static struct str context_of(struct arena *a, const struct vendor_op *op)
{
	struct value map = value_map_new(a);
	struct err unsaid;
	struct buf b;

	set_text(a, map, "operation", str_from(op->name));
	set_text(a, map, "path", str_from(op->path));
	set_text(a, map, "syned_user_id", op->user);
	set_text(a, map, "syned_team_id", op->team);
	set_text(a, map, "syned_coach_user_id", op->coach);
	buf_in(&b, a, CONTEXT_BYTES_MAX);
	return json_write(&b, map, &unsaid) ? buf_str(&b) : STR("{}");
}

/* At most MESSAGE_BYTES_MAX, whole characters. */
static struct str cut(struct str s)
{
	size_t at = 0, n;

	if (s.len <= MESSAGE_BYTES_MAX)
		return s;
	while ((n = str_utf8_len(str_slice(s, at, s.len))) > 0 && at + n <= MESSAGE_BYTES_MAX)
		at += n;
	return str_slice(s, 0, at);
}

/* Words with an @ in them: whoever reads the message need not learn of an address. */
static struct str without_addresses(struct arena *a, struct str s)
{
	struct buf b;

	if (str_find(s, STR("@")) < 0)
		return s;
	buf_in(&b, a, 2 * s.len + 8); /* "…" is longer than "@" */
	while (s.len > 0) {
		struct str word = str_cut(&s, ' ');

		if (str_find(word, STR("@")) >= 0)
			word = STR("…");
		buf_add(&b, word);
		if (s.len > 0)
			buf_char(&b, ' ');
	}
	return buf_str(&b);
}

static bool fault(struct vendor *v, const struct vendor_op *op, struct vendor_fault f,
		  struct err *e)
{
	f.message = str_keep(v->arena, cut(without_addresses(v->arena, f.message)));
	f.context = context_of(v->arena, op);
	f.in_doubt = v->fault.in_doubt;
	f.wait_ms = v->fault.wait_ms;
	v->fault = f;
	if (f.status)
		return err_set(e, kind_of(f.code), "%s: HTTP %d (%s)", op->name, f.status,
			       vendor_code_name(f.code));
	return err_set(e, kind_of(f.code), "%s: no answer (%s)", op->name,
		       vendor_code_name(f.code));
}

/* ---- kinds ---- */

/* The vendor's framework answers a request without credentials with 403 and this. */
#define NOT_AUTHENTICATED STR("Not authenticated")

static enum vendor_code code_of(int status, struct str detail)
{
	switch (status) {
	case 401:
		return VENDOR_UNAUTHORIZED;
	case 403:
		return str_eq(detail, NOT_AUTHENTICATED) ? VENDOR_UNAUTHORIZED
							 : VENDOR_NOT_APPROVED;
	case 404:
		return VENDOR_NOT_FOUND;
	case 400:
	case 422:
		return VENDOR_VALIDATION;
	case 409:
		return VENDOR_CONFLICT;
	case 429:
		return VENDOR_RATE_LIMITED;
	default:
		return status >= 500   ? VENDOR_SERVER
		       : status >= 400 ? VENDOR_REFUSED
				       : VENDOR_BAD_RESPONSE;
	}
}

bool vendor_refused(struct vendor *v, const struct vendor_op *op, int status, struct str text,
		    struct err *e)
{
	struct value body = json_value(v->arena, text);
	struct vendor_fault f = { .status = status, .message = value_get_text(body, "detail") };

	f.code = code_of(status, f.message);
	if (!f.message.len)
		f.message =
			str_printf(v->arena, "GamePlatform request failed with status %d", status);
	return fault(v, op, f, e);
}

/* The client's words for a deadline that passed (http/transfer.c). */
static bool is_deadline(struct str text)
{
	return str_find(text, STR("deadline")) >= 0 || str_find(text, STR("for too long")) >= 0;
}

bool vendor_silent(struct vendor *v, const struct vendor_op *op, const struct err *why,
		   struct err *e)
{
	struct str text = str_from(why->text);
	struct vendor_fault f = { .message = text };

	switch (why->kind) {
	case ERR_TRANSIENT:
		f.code = is_deadline(text) ? VENDOR_TIMEOUT : VENDOR_NETWORK;
		return fault(v, op, f, e);
	case ERR_REMOTE:
		f.code = VENDOR_NETWORK;
		return fault(v, op, f, e);
	case ERR_LIMIT:
		f.code = VENDOR_BAD_RESPONSE;
		return fault(v, op, f, e);
	case ERR_NONE:
	case ERR_CONFIG:
	case ERR_AUTH:
	case ERR_STORE:
	case ERR_CANCELLED:
	case ERR_BUSY:
	case ERR_MISSING:
	case ERR_FENCED:
	case ERR_USAGE:
		break;
	}
	*e = *why;
	return err_wrap(e, "%s", op->name);
}

bool vendor_odd(struct vendor *v, const struct vendor_op *op, int status, const struct err *why,
		struct err *e)
{
	struct vendor_fault f = { .code = VENDOR_BAD_RESPONSE,
				  .status = status,
				  .message = str_from(why->text) };

	return fault(v, op, f, e);
}

bool vendor_no_token(struct vendor *v, const struct vendor_op *op, struct err *e)
{
	struct vendor_fault f = { .code = VENDOR_UNAUTHORIZED,
				  .status = 401,
				  .message = STR("Missing GAME_PLATFORM_API_TOKEN configuration") };

	fault(v, op, f, e);
	return err_set(e, ERR_AUTH, "%s: %.*s", op->name, STR_ARG(f.message));
}
