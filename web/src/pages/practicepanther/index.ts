// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of practicepanther.
import type { PageRow } from '../../app/router.ts';

export const practicePantherPages: readonly PageRow[] = [];
