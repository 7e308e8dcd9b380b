// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of jobs.
import type { PageRow } from '../../app/router.ts';

export const jobPages: readonly PageRow[] = [];
