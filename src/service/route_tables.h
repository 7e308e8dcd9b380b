/* SPDX-License-Identifier: Apache-2.0 */
/* route_tables.h - the routes that the service has without any integration. */
#ifndef ROUTE_TABLES_H
#define ROUTE_TABLES_H

#include "api/route.h"

extern const struct route *const route_tables[]; /* NULL at the end; their arg: struct service */

#endif
