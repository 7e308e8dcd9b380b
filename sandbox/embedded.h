/* SPDX-License-Identifier: Apache-2.0 */
/*
 * embedded.h - the vendors' published files that are part of the program (embed.py makes them).
 */
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include <stddef.h>

/* metactf-openapi.json */
extern const char metactf_openapi[];
extern const size_t metactf_openapi_len;

#endif
