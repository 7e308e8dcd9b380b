// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of competitors.
import type { PageRow } from '../../app/router.ts';

export const competitorPages: readonly PageRow[] = [];
