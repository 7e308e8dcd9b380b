// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of connections.
import type { PageRow } from '../../app/router.ts';

export const connectionPages: readonly PageRow[] = [];
