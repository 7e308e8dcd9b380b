/* SPDX-License-Identifier: Apache-2.0 */
/* stream_routes.h - the streams of a connection over HTTP, and their cursors; their arg is the
 * struct service. */
#ifndef STREAM_ROUTES_H
#define STREAM_ROUTES_H

#include "api/route.h"

extern const struct route stream_routes[]; /* ends with .method NULL */

#endif
