/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asset.h - the console's files as they stand in the program.
 *
 * The table is made by tools/embed-console from what web/build.mjs bundled, or stands in
 * console_absent.c for a build without it.
 */
#ifndef ASSET_H
#define ASSET_H

#include "base/str.h"

/* How long it may be kept, and who may load it. */
enum asset_kind {
	ASSET_SHELL, /* the page itself, at "/" and at every path that is the console's own state */
	ASSET_HASHED, /* its name changes with its bytes: kept for ever */
	ASSET_NAMED,  /* a fixed name: asked again each time */
	ASSET_EMBED,  /* a script with a fixed name that other sites' pages load */
};

enum asset_coding { ASSET_PLAIN, ASSET_GZIP, ASSET_BROTLI, ASSET_CODINGS };

struct asset {
	const char *path; /* "/assets/main-1A2B.js" */
	const char *type; /* "text/javascript; charset=utf-8" */
	const char *tag;  /* changes with the bytes: an entity tag without its quotes */
	enum asset_kind kind;
	struct str bytes[ASSET_CODINGS]; /* .at NULL: not kept in this coding; plain always is */
};

struct assets {
	const struct asset *at;
	size_t n;
};

/* What this program was built with. */
extern const struct assets console_assets;

#endif
