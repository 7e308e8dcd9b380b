// SPDX-License-Identifier: Apache-2.0
// alerts.tsx - who cannot get in, beside who has not been there lately.
import type { ComponentChildren } from 'preact';
import { addressWith, param } from '../../app/router.ts';
import type { Resource } from '../../data/resource.ts';
import { count } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Section } from '../../parts/page.tsx';
import { Of } from '../../parts/state.tsx';
import { Badge } from '../../parts/status.tsx';
import { When } from '../../parts/time.tsx';
import { pageOf, useFigures } from './figures.ts';
import type { Alert, AlertKind, Alerts } from './types.ts';

const FEW = 5;
const MOST = 200;

const ACTIONS: Record<string, string> = {
	approval: 'Waits for approval by MetaCTF',
	activation: 'Has never signed in at the platform',
};

export function AlertPair() {
	const all = param('alerts') === 'all';
	const r = useFigures<Alerts>('alerts', { limit: all ? MOST : FEW });

	return (
		<div id="alerts" class="columns anchor">
			<Section title="Access and sync issues" says="Who is not on the platform, or cannot be read from it">
				<Of resource={r} lines={5}>{(d) => (
					<>
						<Group alerts={d} kind="unsyncedCompetitors" title="Not on the platform" tone="warn" says={(a) => a.reason} />
						<Group alerts={d} kind="syncErrors" title="Sync errors" tone="bad" says={(a) => a.error} />
						<Group alerts={d} kind="actionRequired" title="Action required" tone="warn"
							says={(a) => [ACTIONS[a.action ?? ''], a.reason].filter(Boolean).join(': ')} />
					</>
				)}</Of>
			</Section>
			<Section title="Inactive logins" says="On the platform, and not seen there for 14 days">
				<Of resource={r} lines={5}>{(d) => (
					<Group alerts={d} kind="staleCompetitors" title="Not seen lately" tone="warn"
						says={(a) => <>Last active <When at={a.lastActivity} none="never" /></>} />
				)}</Of>
			</Section>
			<More resource={r} all={all} />
		</div>
	);
}

function Group({ alerts, kind, title, tone, says }: {
	alerts: Alerts;
	kind: AlertKind;
	title: string;
	tone: 'warn' | 'bad';
	says: (a: Alert) => ComponentChildren;
}) {
	const rows = alerts[kind];
	const total = alerts.totals[kind];

	return (
		<div class="alert-group" role="group" aria-label={title}>
			<h3 class="row">{title} {total > 0 && <Badge tone={tone}>{count(total)}</Badge>}</h3>
			{rows.length === 0
				? <p class="quiet row"><Icon name="check" class="tone-good" /> {alerts.texts[kind] ?? 'Nothing to do.'}</p>
				: <ul class="list">{rows.map((a) => (
					<li key={a.competitorId}>
						<span class="row between"><strong><Who id={a.competitorId} name={a.name} /></strong><span class="quiet">{a.teamName ?? 'No team'}</span></span>
						<span class="quiet">{says(a)}</span>
					</li>
				))}</ul>}
			{total > rows.length && rows.length < MOST && <p><a href={addressWith({ alerts: 'all' })}>{total > MOST ? `Show ${count(MOST)} of ${count(total)}` : `Show all ${count(total)}`}</a></p>}
		</div>
	);
}

function More({ resource, all }: { resource: Resource<Alerts>; all: boolean }) {
	return all && resource.data.value && <p class="whole-row"><a href={addressWith({ alerts: '' })}>Show fewer</a></p>;
}

export function Who({ id, name }: { id: string; name: string }) {
	const href = pageOf(`/competitors/${id}`);
	return href ? <a href={href}>{name}</a> : <>{name}</>;
}
