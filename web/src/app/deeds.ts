// SPDX-License-Identifier: Apache-2.0
// deeds.ts - what the palette offers beside pages: the newest runs, schedules, and what may be done with each connection.
import { signal } from '@preact/signals';
import { act } from '../data/action.ts';
import { at, get, newKey, send } from '../data/api.ts';
import { ask, confirm } from '../parts/dialog.tsx';
import { relative, timeOf, words } from '../parts/format.ts';
import type { Command } from './commands.ts';
import { connections, may } from './session.ts';

interface Known {
	runs: { id: string; connection: string | null; sync_type: string; status: string; started_at: string }[];
	schedules: { name: string }[];
	connections: { name: string; enabled: boolean; page?: string | null; running: unknown }[];
}

const RUNS = 6;
const known = signal<Known>({ runs: [], schedules: [], connections: [] });

/** Asks for what the palette offers; what does not come is not offered. */
export async function learn(): Promise<void> {
	const part = async <K extends keyof Known>(name: K, path: string): Promise<void> => {
		try {
			const answer = await get<Pick<Known, K>>(path);
			known.value = { ...known.value, [name]: answer.data[name] };
		} catch {
			// The pages are offered all the same.
		}
	};

	if (may('admin', 'viewer'))
		await Promise.all([part('runs', `/api/runs?limit=${RUNS}`), part('schedules', '/api/schedules'), part('connections', '/api/connections')]);
	else
		known.value = { runs: [], schedules: [], connections: [] };
}

/** Null: not to be stopped; else the reason, which may be empty. */
export function askStop(name: string, running: boolean): Promise<string | null> {
	return ask({ title: `Stop ${name}`, danger: true, reason: true, yes: 'Stop',
		text: running ? 'The sync under way ends between two pages and keeps what it has. None begins until you restart it.'
			: 'No sync begins until you restart it, whatever the schedule says.' });
}

export function confirmFull(name: string): Promise<boolean> {
	return confirm({ title: `Read all of ${name}`, yes: 'Full sync',
		text: 'Every record is read again, which may take long and uses the vendor\'s limit. Nothing is deleted.' });
}

function ofConnection(name: string): Command[] {
	const now = known.value.connections.find((c) => c.name === name);
	const path = at`/api/connections/${name}`;
	const sync = (mode: string) => act(() => send('POST', `${path}/sync`, { mode }, { idempotencyKey: newKey() }), `A sync of ${name} was asked for`);
	const row = (id: string, label: string, icon: string, run: () => unknown): Command => ({ id: `${id}:${name}`, label, kind: 'Action', icon, run });

	// A stopped one is restarted before anything else.
	if (now?.enabled === false)
		return [row('restart', `Restart ${name}`, 'play', () => act(() => send('POST', `${path}/restart`), `${name} is restarted`))];
	// What its integration reads by a page of its own is started there.
	if (now?.page)
		return [];
	return [
		row('sync', `Sync ${name} now`, 'play', () => sync('incremental')),
		row('full', `Full sync of ${name}…`, 'refresh', async () => {
			if (await confirmFull(name))
				await sync('full');
		}),
		...(now ? [row('stop', `Stop ${name}…`, 'stop', async () => {
			const reason = await askStop(name, !!now.running);
			if (reason !== null)
				await act(() => send('POST', `${path}/stop`, reason ? { reason } : {}), `${name} is stopped`);
		})] : []),
	];
}

/** The law firm's streams by themselves, as its page has them. */
function ofFirm(): Command[] {
	return connections.value.some((c) => c.connector === 'practicepanther') ? ['contacts', 'matters', 'tasks'].map((what) => ({
		id: `firm:${what}`, label: `Sync ${what}`, kind: 'PracticePanther', icon: 'refresh',
		run: () => act(() => send('POST', '/api/sync/trigger', { syncType: what }, { idempotencyKey: newKey() }), `A sync of ${what} was asked for`),
	})) : [];
}

/** What may be done from anywhere. */
export function deeds(): Command[] {
	if (!may('admin'))
		return [];
	return [
		...connections.value.flatMap((c) => ofConnection(c.name)),
		...ofFirm(),
		...known.value.schedules.map((s) => ({ id: `run:${s.name}`, label: `Run schedule ${s.name}`, kind: 'Action', icon: 'calendar',
			run: () => act(() => send('POST', at`/api/schedules/${s.name}/run`, undefined, { idempotencyKey: newKey() }), `${s.name} runs now`) })),
	];
}

/** What was last, and what is known by its name. */
export function places(): Command[] {
	return [
		...known.value.schedules.map((s) => ({ id: `schedule:${s.name}`, label: s.name, kind: 'Schedule', icon: 'calendar',
			href: `/schedules?schedule=${encodeURIComponent(s.name)}` })),
		...known.value.runs.map((r) => ({ id: `a-run:${r.id}`, label: `${r.connection ?? 'Run'}: ${words(r.sync_type)}, ${words(r.status).toLowerCase()}, ` +
			relative(timeOf(r.started_at) ?? 0, Date.now()), kind: 'Run', icon: 'list', href: `/runs/${r.id}`, more: r.id })),
	];
}

/** A job or a run whose id was typed: "job 123", "#123", a run's UUID. */
export function named(typed: string): Command[] {
	const job = /^(?:job\s*|#)?(\d{1,18})$/i.exec(typed.trim())?.[1];
	const run = /^(?:run\s+)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(typed.trim())?.[1];

	if (!may('admin', 'viewer'))
		return [];
	if (job)
		return [{ id: 'job', label: `Job ${job}`, kind: 'Job', icon: 'stack', href: `/jobs/${job}` }];
	return run ? [{ id: 'the-run', label: `Run ${run}`, kind: 'Run', icon: 'list', href: `/runs/${run.toLowerCase()}` }] : [];
}
