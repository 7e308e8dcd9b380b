/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.c - addresses of a league's pages, taken apart and put together again.
 *
 * What is fetched is always put together here: no byte of a person's address reaches a request but
 * the league's label and ids of letters, digits, '-', '_' and '='.
 */
#include "pti/address.h"

#include "base/buf.h"

/* The page types of the site, the same in all leagues. */
#define MOD_PLAYER "nndz-Sm5yb2lPdTcxdFJibXc9PQ=="
#define MOD_TEAM "nndz-TjJiOWtORzkwTlJFb0NVU1NzOD0="
#define MOD_RATINGS "nndz-SkhmOW1PQ3V4Zz09"
#define SITE ".tenniscores.com"
#define LABEL_BYTES_MAX 63

static const char *const domain[] = { SITE, ".paddlescores.com" };

/* An address as written, borrowed. */
struct parts {
	struct str league, path, query;
};

/* ---- host ---- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool label_ok(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_word(s.at[i]) && (s.at[i] != '-' || i == 0 || i + 1 == s.len))
			return false;
	return s.len > 0 && s.len <= LABEL_BYTES_MAX;
}

/* The league of "gbpta.tenniscores.com"; NULL and *league, or why not. */
static const char *host_read(struct str host, struct str *league)
{
	for (size_t i = 0; i < COUNT(domain); i++) {
		struct str end = str_from(domain[i]);
		struct str label = str_slice(host, 0, host.len < end.len ? 0 : host.len - end.len);

		if (!label.len || !str_eq_nocase(str_slice(host, label.len, host.len), end))
			continue;
		if (!label_ok(label))
			return "the host is not one league's";
		*league = label;
		return NULL;
	}
	return "the host is not below paddlescores.com or tenniscores.com";
}

static bool scheme_cut(struct str *url, struct str *port)
{
	static const struct {
		const char *scheme, *port;
	} known[] = { { "https://", ":443" }, { "http://", ":80" } };

	for (size_t i = 0; i < COUNT(known); i++) {
		size_t len = strlen(known[i].scheme);

		if (url->len >= len &&
		    str_eq_nocase(str_slice(*url, 0, len), str_from(known[i].scheme))) {
			*url = str_slice(*url, len, url->len);
			*port = str_from(known[i].port);
			return true;
		}
	}
	return false;
}

/* NULL, or why not. */
static const char *url_read(struct str url, struct parts *out)
{
	struct str host, port;
	size_t end = 0;

	url = str_trim(url);
	if (url.len == 0)
		return "it is empty";
	if (url.len > ADDRESS_BYTES_MAX)
		return "it is too long";
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.at[i] <= ' ' || (unsigned char)url.at[i] >= 0x7f)
			return "it holds a blank or a character that is none of an address";
	if (!scheme_cut(&url, &port))
		return "it does not begin with https://";
	url = str_cut(&url, '#');
	while (end < url.len && !strchr("/?\\", url.at[end]))
		end++;
	host = str_slice(url, 0, end);
	out->query = str_slice(url, end, url.len);
	out->path = str_cut(&out->query, '?');
	if (memchr(host.at, '@', host.len))
		return "it holds a user's name";
	if (str_ends(host, port))
		host = str_slice(host, 0, host.len - port.len);
	return host_read(host, &out->league);
}

/* ---- ids ---- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* %XX once; '+' stays what it is, and is none of an id. */
static bool id_decode(struct arena *a, struct str text, struct str *out)
{
	char *at = arena_alloc(a, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '%') {
			int high = i + 2 < text.len ? hex(text.at[i + 1]) : -1;
			int low = i + 2 < text.len ? hex(text.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (!is_word(c) && c != '-' && c != '=')
			return false;
		at[n++] = c;
	}
	*out = (struct str){ at, n };
	return n > 0 && n <= ADDRESS_ID_BYTES_MAX;
}

static void id_write(struct buf *b, struct str id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.at[i] == '=')
			buf_add(b, STR("%3D"));
		else
			buf_char(b, id.at[i]);
}

/* ---- queries ---- */

/* What an address may say, each at most once. */
enum word { WORD_PRINT, WORD_ALL, WORD_MOD, WORD_P, WORD_TEAM, WORD_TID, WORDS };

static const char *const word_name[WORDS] = { "print", "all", "mod", "p", "team", "tid" };

struct words {
	bool there[WORDS];
	struct str id[WORDS];
};

static const char *word_read(struct arena *a, struct str name, bool has_value, struct str value,
			     struct words *w)
{
	bool bare;
	size_t i = 0;

	while (i < WORDS && !str_eq(name, str_from(word_name[i])))
		i++;
	if (i == WORDS)
		return "it holds a parameter that is not known";
	if (w->there[i])
		return "it says something twice";
	bare = i == WORD_PRINT || i == WORD_ALL;
	if (bare && value.len)
		return "print and all have no value";
	if (!bare && (!has_value || !id_decode(a, value, &w->id[i])))
		return "an id of it is not one";
	w->there[i] = true;
	return NULL;
}

/* NULL, or why not. */
static const char *query_read(struct arena *a, struct str query, struct words *w)
{
	while (query.len) {
		struct str value = str_cut(&query, '&');
		bool has_value = memchr(value.at, '=', value.len) != NULL;
		struct str name = str_cut(&value, '=');
		const char *wrong = name.len ? word_read(a, name, has_value, value, w) : NULL;

		if (wrong)
			return wrong;
	}
	return NULL;
}

bool address_link_id(struct arena *a, struct str link, struct str name, struct str *id)
{
	str_cut(&link, '?');
	link = str_cut(&link, '#');
	while (link.len) {
		struct str value = str_cut(&link, '&');

		if (str_eq(str_cut(&value, '='), name))
			return id_decode(a, value, id);
	}
	return false;
}

/* ---- players ---- */

static bool is_root(struct str path)
{
	return path.len == 0 || str_eq(path, STR("/"));
}

static struct str canonical(struct arena *a, const struct address *at, const char *print,
			    const char *key)
{
	struct buf b;

	buf_in(&b, a, 3 * ADDRESS_BYTES_MAX);
	buf_printf(&b, "https://%.*s" SITE "/?%smod=", STR_ARG(at->league), print);
	id_write(&b, at->mod);
	if (at->id.len) {
		buf_printf(&b, "&%s=", key);
		id_write(&b, at->id);
	}
	return buf_str(&b);
}

static const char *player_read(struct arena *a, struct str url, struct address *out)
{
	struct words w = { .there = { false } };
	struct parts parts;
	const char *wrong = url_read(url, &parts);
	bool root;

	if (!wrong)
		wrong = query_read(a, parts.query, &w);
	if (wrong)
		return wrong;
	root = is_root(parts.path);
	if (!root && !str_eq(parts.path, STR("/player.php")))
		return "its path is not that of a player's page";
	if (!w.there[WORD_PRINT])
		return "it is not the page to print: 'print' is missing";
	if (!w.there[WORD_P])
		return "it names no player: 'p' is missing";
	if (w.there[WORD_TEAM] || w.there[WORD_TID])
		return "it is a team's";
	if (root != w.there[WORD_MOD])
		return root ? "'mod' is missing" : "it holds a parameter that is not known";
	*out = (struct address){ .kind = ADDRESS_PLAYER,
				 .league = str_lower(a, parts.league),
				 .id = w.id[WORD_P],
				 .mod = root ? w.id[WORD_MOD] : STR(MOD_PLAYER) };
	out->canonical = canonical(a, out, "print&", "p");
	return NULL;
}

bool address_player(struct arena *a, struct str url, struct address *out, struct err *e)
{
	struct address at;
	const char *wrong = player_read(a, url, &at);

	if (wrong)
		return err_set(e, ERR_USAGE, ADDRESS_PLAYER_INVALID " (%s)", wrong);
	*out = at;
	return true;
}

/* ---- teams and leagues ---- */

static const char *team_read(struct arena *a, struct str url, struct address *out)
{
	struct words w = { .there = { false } };
	struct parts parts;
	const char *wrong = url_read(url, &parts);
	bool team, tid;

	if (!wrong)
		wrong = query_read(a, parts.query, &w);
	if (wrong)
		return wrong;
	team = w.there[WORD_TEAM];
	tid = w.there[WORD_TID];
	if (!is_root(parts.path))
		return "its path is not that of a team's page";
	if (w.there[WORD_P])
		return "it is a player's";
	if (team == tid)
		return team ? "it names two teams" : "it names no team: 'team' is missing";
	*out = (struct address){ .kind = ADDRESS_TEAM,
				 .league = str_lower(a, parts.league),
				 .id = w.id[team ? WORD_TEAM : WORD_TID],
				 .mod = w.there[WORD_MOD] ? w.id[WORD_MOD] : STR(MOD_TEAM) };
	out->canonical = canonical(a, out, "", team ? "team" : "tid");
	return NULL;
}

bool address_team(struct arena *a, struct str url, struct address *out, struct err *e)
{
	struct address at;
	const char *wrong = team_read(a, url, &at);

	if (wrong)
		return err_set(e, ERR_USAGE, ADDRESS_TEAM_INVALID " (%s)", wrong);
	*out = at;
	return true;
}

bool address_ratings(struct arena *a, struct str league, struct address *out, struct err *e)
{
	if (!label_ok(league))
		return err_set(e, ERR_USAGE, "'%.*s' is not the name of a league", STR_ARG(league));
	*out = (struct address){ .kind = ADDRESS_RATINGS,
				 .league = str_lower(a, league),
				 .id = STR(""),
				 .mod = STR(MOD_RATINGS) };
	out->canonical = canonical(a, out, "", "");
	return true;
}

bool address_came_from(const struct address *asked, struct str final_url)
{
	struct parts parts;

	return !url_read(final_url, &parts) && str_eq_nocase(parts.league, asked->league);
}

bool address_names_another(struct arena *a, const struct address *asked, struct str final_url)
{
	struct str id;

	return asked->kind == ADDRESS_PLAYER && address_link_id(a, final_url, STR("p"), &id) &&
	       !str_eq(id, asked->id);
}
