/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.h - a job's arguments without what their names call secret, and back when they were
 * edited.
 *
 * Arguments should hold no secret at all; this is for those that somebody put there nevertheless.
 */
#ifndef REDACT_H
#define REDACT_H

#include "data/value.h"

/* What stands in a secret's place. */
#define REDACTED "(hidden)"

/* Members named like secrets ("password", "api_key") become REDACTED, however deep. */
struct value redact(struct arena *a, struct value v);
/* Whether that is the name of a secret, however it is spelled. */
bool redact_is_secret(struct str name);
/* The same members that still say REDACTED become what they were; those of a list's items only
 * where it is as long as it was. */
struct value redact_undo(struct arena *a, struct value edited, struct value original);

#endif
