/* SPDX-License-Identifier: Apache-2.0 */
/* integrations.h - the integrations that this program has, for serve and for what migrates. */
#ifndef INTEGRATIONS_H
#define INTEGRATIONS_H

#include "service/integration.h"

extern const struct integration *const integrations[]; /* NULL at the end */

#endif
