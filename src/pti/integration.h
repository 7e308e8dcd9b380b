/* SPDX-License-Identifier: Apache-2.0 */
/* integration.h - what ratings (PTI) add to the engine: the row of cli/integrations.c. */
#ifndef PTI_INTEGRATION_H
#define PTI_INTEGRATION_H

#include "service/integration.h"

extern const struct integration pti_ratings;

#endif
