// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of access.
import type { PageRow } from '../../app/router.ts';

export const accessPages: readonly PageRow[] = [];
