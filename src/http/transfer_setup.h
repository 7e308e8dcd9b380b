/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_setup.h - how a transfer is told to curl. */
#ifndef TRANSFER_SETUP_H
#define TRANSFER_SETUP_H

#include "http/transfer.h"

/* Once for each handle: what is the same for every request. */
void transfer_setup_fixed(struct transfer *t, const struct client_options *o);

/* Copies what it needs of `r` into t->arena.  ERR_CONFIG, ERR_LIMIT: it cannot be sent. */
MUST_CHECK bool transfer_setup_request(struct transfer *t, const struct request *r, struct err *e);

/* A redirect to `url`, which has been checked: on another origin all headers but Accept go. */
void transfer_setup_url(struct transfer *t, struct str url);

#endif
