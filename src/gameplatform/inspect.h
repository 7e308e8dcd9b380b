/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect.h - `lockstep check` of a game platform connection: the live smoke test.
 *
 * Reads only, there and here, and is safe on production: the index, all assignments, the scores of
 * one registered competitor since now, their Flash CTFs.  Nobody is named.  What would be mirrored
 * it learns from the tables, where they are there.
 */
#ifndef INSPECT_H
#define INSPECT_H

#include "service/integration.h"

void game_inspect(const struct inspection *x);

#endif
