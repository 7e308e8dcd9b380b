/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_pti_sync.h - `lockstep pti sync`: a verb of cmd_pti.c. */
#ifndef CMD_PTI_SYNC_H
#define CMD_PTI_SYNC_H

#include "cli/command.h"

/*
 * The command's options are --plan, --json, --quiet, and this verb's own.  Exit codes as the
 * specification's job: 0, 1 when not all went well, 2 when the plan or the key is wrong.
 */
#define OPTION_LEAGUE_PAGES                                                                  \
	{                                                                                    \
		"league-pages", 0, NULL,                                                     \
			"sync: one page of ratings per league in place of a card per player" \
	}
#define OPTION_SYNC_DRY_RUN                                                            \
	{                                                                              \
		"dry-run", 'n', NULL, "sync: tell what it would cost, ask for nothing" \
	}

int cmd_pti_sync(const struct args *a);

#endif
