// SPDX-License-Identifier: Apache-2.0
// pages.ts - every page there is: the router, the navigation, the palette and the screenshots read this.
import type { PageRow } from './router.ts';
import { accessPages } from '../pages/access/index.ts';
import { connectionPages } from '../pages/connections/index.ts';
import { gamePages } from '../pages/game/index.ts';
import { competitorPages } from '../pages/competitors/index.ts';
import { jobPages } from '../pages/jobs/index.ts';
import { overviewPages } from '../pages/overview/index.ts';
import { practicePantherPages } from '../pages/practicepanther/index.ts';
import { ratingPages } from '../pages/ratings/index.ts';
import { runPages } from '../pages/runs/index.ts';

export const pages: readonly PageRow[] = [
	...overviewPages,
	...connectionPages,
	...runPages,
	...jobPages,
	...practicePantherPages,
	...gamePages,
	...competitorPages,
	...ratingPages,
	...accessPages,
];
