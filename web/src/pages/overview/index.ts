// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of overview.
import type { PageRow } from '../../app/router.ts';

export const overviewPages: readonly PageRow[] = [];
