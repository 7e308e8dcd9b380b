// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of game.
import type { PageRow } from '../../app/router.ts';

export const gamePages: readonly PageRow[] = [];
