// SPDX-License-Identifier: Apache-2.0
// page.tsx - the head of a page, its sections, and tabs that are links.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { addressWith, param } from '../app/router.ts';
import { Icon } from './icon.tsx';

export function Page({ title, says, crumbs = [], actions, children }: {
	title: string;
	/** One line below the title. */
	says?: ComponentChildren;
	/** The way here: [['Connections', '/connections']]. */
	crumbs?: [string, string][];
	actions?: ComponentChildren;
	children: ComponentChildren;
}) {
	const heading = useRef<HTMLHeadingElement>(null);

	useEffect(() => {
		document.title = `${title} · Lockstep`;
	}, [title]);
	useLayoutEffect(() => {
		// Whoever came here was left at the place of a page that was not there yet.
		if (document.activeElement?.id === 'main')
			heading.current?.focus({ preventScroll: true });
	}, []);
	return (
		<div class="page">
			<header class="page-head">
				<div>
					{crumbs.length > 0 && (
						<nav class="crumbs" aria-label="The way here">
							{crumbs.map(([name, href]) => <span key={href}><a href={href}>{name}</a><Icon name="right" /></span>)}
						</nav>
					)}
					<h1 ref={heading} tabIndex={-1}>{title}</h1>
					{says && <div class="page-says">{says}</div>}
				</div>
				{actions && <div class="page-actions">{actions}</div>}
			</header>
			{children}
		</div>
	);
}

export function Section({ title, says, actions, children, plain }: {
	title: string;
	says?: ComponentChildren;
	actions?: ComponentChildren;
	children: ComponentChildren;
	/** Without the frame around it. */
	plain?: boolean;
}) {
	const id = useId();

	return (
		<section class={plain ? 'section' : 'section card'} aria-labelledby={id}>
			<header class="section-head">
				<div>
					<h2 id={id}>{title}</h2>
					{says && <p class="quiet">{says}</p>}
				</div>
				{actions && <div class="section-actions">{actions}</div>}
			</header>
			{children}
		</section>
	);
}

export interface TabRow {
	/** What stands in the address: ?tab=runs. The first is the one without. */
	id: string;
	label: string;
	count?: number | null;
}

/** Tabs are links: each has an address, and going back goes back. */
export function Tabs({ tabs, name = 'tab', label }: { tabs: TabRow[]; name?: string; label: string }) {
	const now = currentTab(tabs, name);

	return (
		<nav class="tabs" aria-label={label}>
			{tabs.map((t, i) => (
				<a key={t.id} href={addressWith({ [name]: i === 0 ? '' : t.id })} aria-current={t.id === now ? 'page' : undefined}>
					{t.label}
					{!!t.count && <span class="tab-count">{t.count.toLocaleString('en-US')}</span>}
				</a>
			))}
		</nav>
	);
}

export function currentTab(tabs: TabRow[], name = 'tab'): string {
	const wanted = param(name);
	return tabs.find((t) => t.id === wanted)?.id ?? tabs[0]?.id ?? '';
}

/** Names and values, side by side. */
export function Facts({ rows }: { rows: ([string, ComponentChildren] | null | false)[] }) {
	return (
		<dl class="facts">
			{rows.map((row) => row && <div key={row[0]}><dt>{row[0]}</dt><dd>{row[1]}</dd></div>)}
		</dl>
	);
}
