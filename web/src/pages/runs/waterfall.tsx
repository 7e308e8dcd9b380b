// SPDX-License-Identifier: Apache-2.0
// waterfall.tsx - where the time of a run went: a line for each table on one axis, page by page.
import { duration, timeOf } from '../../parts/format.ts';
import { Status } from '../../parts/status.tsx';
import { waitedMs, type PageTime, type Part, type Timing } from './data.ts';

export const KINDS = [
	{ id: 'fetch', name: 'Fetching', says: 'fetching' },
	{ id: 'wait', name: 'Waiting', says: 'waiting' },
	{ id: 'transform', name: 'Transforming', says: 'transforming' },
	{ id: 'commit', name: 'Writing', says: 'writing' },
] as const;

/** Fetching, waiting, transforming, writing. */
export function spent(t: Timing | null): number[] {
	return t ? [t.fetch_ms, waitedMs(t), t.transform_ms, t.commit_ms] : [0, 0, 0, 0];
}

function timingText(t: Timing | null): string {
	return spent(t).map((ms, i) => `${KINDS[i]?.says} ${duration(ms)}`).join(', ');
}

interface Piece {
	kind: string;
	from: number;
	ms: number;
}

/** The pages one after another; what came before those that are kept is one grey piece. */
function piecesOf(p: Part): Piece[] {
	const pages: PageTime[] = p.page_times?.pages ?? [];
	const list: Piece[] = [];

	if (pages.length === 0) {
		let at = 0;
		spent(p.timing).forEach((ms, i) => {
			list.push({ kind: KINDS[i]?.id ?? '', from: at, ms });
			at += ms;
		});
		return list;
	}
	if ((p.page_times?.first ?? 1) > 1)
		list.push({ kind: 'earlier', from: 0, ms: pages[0]?.[0] ?? 0 });
	for (const [at, ...times] of pages) {
		let from = at;
		times.slice(0, 4).forEach((ms, i) => {
			if (ms > 0)
				list.push({ kind: KINDS[i]?.id ?? '', from, ms });
			from += ms;
		});
	}
	return list;
}

export function Waterfall({ parts, startedAt, totalMs }: { parts: Part[]; startedAt: string; totalMs: number }) {
	const from = timeOf(startedAt) ?? 0;
	const whole = Math.max(1, totalMs);

	return (
		<figure class="waterfall">
			<ul class="legend">
				{KINDS.map((k) => <li key={k.id}><span class={`swatch spent-${k.id}`} />{k.name}</li>)}
			</ul>
			<ol>
				{parts.map((p) => {
					const at = (timeOf(p.started_at) ?? from) - from;
					return (
						<li key={p.id}>
							<span class="waterfall-name"><Status value={p.status} iconOnly />{p.table || p.sync_type}</span>
							<svg class="waterfall-track" viewBox={`0 0 ${whole} 16`} preserveAspectRatio="none" role="img"
								aria-label={`${p.table}: began after ${duration(at)}, took ${duration(p.duration_ms)}: ${timingText(p.timing)}`}>
								<rect class="spent-whole" x={at} y="6" width={Math.max(p.duration_ms, whole / 400)} height="4" />
								{piecesOf(p).map((x, i) => (
									<rect key={i} class={`spent-${x.kind}`} x={at + x.from} y="1" width={Math.max(x.ms, whole / 1500)} height="14" />
								))}
							</svg>
							<span class="waterfall-took">{duration(p.duration_ms)}</span>
						</li>
					);
				})}
			</ol>
			<div class="waterfall-axis" aria-hidden="true">
				<span />
				<span><span>0</span><span>{duration(whole / 2)}</span><span>{duration(whole)}</span></span>
				<span />
			</div>
			<figcaption class="unseen">Each table on the time axis of the run.</figcaption>
		</figure>
	);
}
