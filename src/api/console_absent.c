/* SPDX-License-Identifier: Apache-2.0 */
/* console_absent.c - what a build without the console shows in its place. */
#include "api/asset.h"

static const char says[] =
	"This build of Lockstep has no console.\n"
	"\n"
	"The console is built with Node.js 18 or newer and packages from the npm registry.  In the\n"
	"sources, `make build` installs both where it can and builds again with the console.\n"
	"The API (/api/openapi.json) and the command line (`lockstep help`) need none of it.\n";

static const struct asset asset[] = {
	{ "/", "text/plain; charset=utf-8", "absent", ASSET_SHELL, { { says, sizeof(says) - 1 } } },
};

const struct assets console_assets = { asset, COUNT(asset) };
