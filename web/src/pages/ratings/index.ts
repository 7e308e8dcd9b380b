// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of ratings.
import type { PageRow } from '../../app/router.ts';

export const ratingPages: readonly PageRow[] = [];
