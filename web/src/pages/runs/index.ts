// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of runs.
import type { PageRow } from '../../app/router.ts';

export const runPages: readonly PageRow[] = [];
