// SPDX-License-Identifier: Apache-2.0
// state.tsx - what stands where data will be: waiting, nothing there, or a failure; each says what to do.
import type { ComponentChildren } from 'preact';
import type { Resource } from '../data/resource.ts';
import { remedyOf, type Problem } from '../data/problem.ts';
import { Button, Copy } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

/** Grey lines, which appear after 200 ms: what comes sooner needs no announcement. */
export function Waiting({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
	return (
		<div class="waiting" role="status" aria-label={label}>
			{Array.from({ length: lines }, (_, i) => <span key={i} class="bone" />)}
		</div>
	);
}

export function Empty({ title, children, command, action, icon = 'info' }: {
	title: string;
	/** What to do next. */
	children?: ComponentChildren;
	/** The same at the command line. */
	command?: string;
	action?: ComponentChildren;
	icon?: IconName;
}) {
	return (
		<div class="empty">
			<Icon name={icon} />
			<p class="empty-title">{title}</p>
			{children && <div class="quiet">{children}</div>}
			{command && <p class="command"><code>{command}</code><Copy text={command} label="Copy the command" /></p>}
			{action}
		</div>
	);
}

export function Failed({ problem, retry }: { problem: Problem; retry?: () => void }) {
	const remedy = remedyOf(problem);

	return (
		<div class="failed" role="alert">
			<Icon name="warn" />
			<div>
				<p><strong>{problem.message}</strong></p>
				{remedy && <p class="quiet">{remedy}</p>}
				{problem.errors.length > 0 && (
					<ul>{problem.errors.map((e) => <li key={e.pointer + e.detail}><code>{e.pointer.replace(/^[#/]+/, '')}</code> {e.detail}</li>)}</ul>
				)}
				{retry && <Button icon="refresh" onClick={retry}>Try again</Button>}
			</div>
		</div>
	);
}

/** The data once it is there; before that, or in its place, how it stands. */
export function Of<T>({ resource: r, lines, children }: {
	resource: Resource<T>;
	lines?: number;
	children: (data: T) => ComponentChildren;
}) {
	const data = r.data.value;
	const problem = r.problem.value;

	if (data === null)
		return problem ? <Failed problem={problem} retry={r.reload} /> : <Waiting {...(lines === undefined ? {} : { lines })} />;
	return (
		<>
			{problem && problem.status !== 404 && (
				<p class="stale" role="status">
					<Icon name="warn" /> Not up to date: {problem.message}{' '}
					<Button kind="plain" onClick={r.reload}>Try again</Button>
				</p>
			)}
			{children(data)}
		</>
	);
}
