// SPDX-License-Identifier: Apache-2.0
// main.tsx - where the console begins.
import { render } from 'preact';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/table.css';
import './styles/competitors.css';
import './styles/jobs.css';
import './styles/connections.css';
import './styles/game.css';
import { findPage } from './app/commands.ts';
import { Shell } from './app/shell.tsx';
import { whoAmI } from './app/session.ts';
import { Failed } from './parts/state.tsx';
import { mountToasts } from './parts/toast.tsx';
import { problemOf } from './data/problem.ts';

/** An answer that is lost on the way is asked for again: until it comes there is nothing but the name on the page. */
const PATIENCE_MS = 15000;
const AGAIN_MS = 5000;
const root = document.getElementById('root') as HTMLElement;

/** What index.html draws before there is a program. */
function forgetBoot(): void {
	document.querySelector('.boot')?.remove();
}

async function begin(): Promise<void> {
	// The page comes while the server says who looks at it; what fails now is told when it is shown.
	findPage(location.pathname)?.row.load().catch(() => undefined);
	try {
		await whoAmI(AbortSignal.timeout(PATIENCE_MS));
		forgetBoot();
		render(<Shell />, root);
	} catch (e) {
		forgetBoot();
		render(<Failed problem={problemOf(e)} retry={() => location.reload()} />, root);
		setTimeout(() => void begin(), AGAIN_MS);
	}
}

mountToasts();
void begin();
