/* SPDX-License-Identifier: Apache-2.0 */
/* integration.h - the game platform as a row of cli/integrations.c. */
#ifndef GAMEPLATFORM_INTEGRATION_H
#define GAMEPLATFORM_INTEGRATION_H

#include "service/integration.h"

extern const struct integration game_platform;

#endif
