// SPDX-License-Identifier: Apache-2.0
// timeline.tsx - what happened to a connection, the newest first.
import { addressWith, param } from '../../app/router.ts';
import { at } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { LinkButton } from '../../parts/button.tsx';
import { dayText, timeOf } from '../../parts/format.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { toneOf } from '../../parts/status.tsx';
import { When } from '../../parts/time.tsx';
import { HINTS, isAbout } from './types.ts';

interface Item {
	at: string;
	kind: string;
	says: string;
	actor: string | null;
	run?: string | null;
	status?: string | null;
	error?: string | null;
	details?: Record<string, unknown> | null;
}

const ICONS: Record<string, IconName> = { run: 'play', hold: 'warn', trigger: 'plus', stop: 'stop', restart: 'refresh', test: 'plug',
	release: 'check', cursor: 'pencil', sign_in: 'key', token: 'warn', schedule: 'calendar' };

const toneOfItem = (one: Item): string => (one.status ? toneOf(one.status) : one.kind === 'hold' || one.kind === 'token' ? 'warn' : 'quiet');

/** What the audit log keeps of it, in a line. */
function detailsOf(d: Record<string, unknown> | null | undefined): string {
	const text = (v: unknown): string => (v && typeof v === 'object'
		? Object.entries(v).map(([k, one]) => `${k === 'all' ? '' : `${k}: `}${String(one ?? 'none')}`).join(', ') || 'none' : String(v));

	return Object.entries(d ?? {}).filter(([, v]) => v !== null && v !== '' && v !== false)
		.map(([k, v]) => `${k} ${text(v)}`).join(' · ');
}

export function Timeline({ name }: { name: string }) {
	const r = useResource<{ items: Item[]; next_to: string | null }>(at`/api/connections/${name}/timeline`, {
		query: { to: param('to') }, live: [...HINTS, 'audit'], when: isAbout(name),
	});

	return (
		<Section title="Timeline" says="Runs, and what people and the engine did">
			<Of resource={r}>{(d) => (d.items.length === 0
				? <Empty title="Nothing happened yet" icon="clock">Its runs and everything done to it will stand here.</Empty>
				: (
					<>
						<ol class="list timeline">
							{d.items.map((one, i) => (
								<li key={`${one.at}${one.kind}${i}`}>
									{day(one) !== day(d.items[i - 1]) && <h3>{day(one)}</h3>}
									<div class="row">
										<Icon name={ICONS[one.kind] ?? 'dot'} class={`tone-${toneOfItem(one)}`} />
										<span class="grow">
											{one.run ? <a href={`/runs/${one.run}`}>{one.says}</a> : one.says}
											{one.error && <span class={one.status === 'error' ? 'tone-bad' : 'quiet'}> {one.error}</span>}
											{detailsOf(one.details) && <small class="quiet"> {detailsOf(one.details)}</small>}
										</span>
										<span class="quiet">{one.actor}</span>
										<When at={one.at} />
									</div>
								</li>
							))}
						</ol>
						<div class="row">
							{param('to') && <LinkButton href={addressWith({ to: '' })} icon="up">Newest</LinkButton>}
							{d.next_to && <LinkButton href={addressWith({ to: d.next_to })} icon="down">Earlier</LinkButton>}
						</div>
					</>
				))}</Of>
		</Section>
	);
}

function day(one: Item | undefined): string {
	const ms = timeOf(one?.at);
	return ms === null ? '' : dayText(ms);
}
