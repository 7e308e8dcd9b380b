// SPDX-License-Identifier: Apache-2.0
// register.tsx - adding competitors to the Game Platform: one, and all who can be.
//
// Always: what is shown before the platform has answered is taken back when it refuses, and its own
// words are told.
import { useMemo, useState } from 'preact/hooks';
import { signal, type ReadonlySignal } from '@preact/signals';
import { optimistic, useAction } from '../../data/action.ts';
import { at, newKey, send } from '../../data/api.ts';
import { problemOf } from '../../data/problem.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Progress } from '../../parts/figure.tsx';
import { count, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Status } from '../../parts/status.tsx';
import { toast } from '../../parts/toast.tsx';
import { nameOf, type Competitor } from './types.ts';

interface Registered {
	status: 'synced' | 'skipped_requires_compliance' | 'skipped_already_synced' | 'dry_run' | 'pending';
	created?: boolean;
	competitor?: Competitor;
	lastError?: string | null;
}

type Shown = Partial<Competitor> & { busy?: boolean; waits?: string };

/** As much of a competitor as registering needs. */
type Registrant = Pick<Competitor, 'id' | 'first_name' | 'last_name'>;

export interface Registering {
	/** The competitor as it is to be shown: as wished for while the platform is asked. */
	shown: (c: Competitor) => Competitor;
	busy: (c: Registrant) => boolean;
	/** Why it takes longer, when it does; it goes on by itself. */
	waits: (c: Competitor) => string | undefined;
	run: (c: Registrant) => Promise<void>;
}

/** `done` is called when the server knows more than the page shows. */
export function useRegistering(done: () => void): Registering {
	const over = useMemo(() => signal<Record<string, Shown>>({}), []);

	const put = (id: string, s: Shown | null): void => {
		const { [id]: _, ...rest } = over.value;
		over.value = s ? { ...rest, [id]: s } : rest;
	};
	const run = async (c: Registrant): Promise<void> => {
		if (over.value[c.id]?.busy)
			return;
		try {
			await optimistic(() => {
				put(c.id, { busy: true, status: 'complete', platform_status: 'pending', game_platform_sync_error: null });
				return () => put(c.id, null);
			}, async () => {
				const { data } = await send<Registered>('POST', at`/api/game-platform/competitors/${c.id}`, undefined,
					{ idempotencyKey: newKey() });
				put(c.id, data.status === 'pending' ? { waits: data.lastError || 'the platform takes its time' }
					: data.status === 'synced' && data.competitor ? { ...data.competitor } : null);
				tell(c, data);
			});
		} catch (e) {
			const p = problemOf(e);
			toast.bad(`${nameOf(c)} was not added: ${p.message}`);
		}
		done();
	};
	return {
		shown: (c) => {
			const s = over.value[c.id];
			// What the server has seen meanwhile is newer than what was wished for.
			if (!s || (!s.busy && c.game_platform_id))
				return c;
			const { busy: _, waits: __, ...row } = s;
			return { ...c, ...row };
		},
		busy: (c) => over.value[c.id]?.busy ?? false,
		waits: (c) => (c.game_platform_id ? undefined : over.value[c.id]?.waits),
		run,
	};
}

function tell(c: Registrant, r: Registered): void {
	const name = nameOf(c);

	switch (r.status) {
	case 'synced':
		toast.good(r.created === false ? `${name} was on the platform already, and is known here now.` : `${name} is on the Game Platform.`);
		break;
	case 'pending':
		toast.say(`${name}: the platform has not answered yet. It goes on by itself.`);
		break;
	case 'skipped_requires_compliance':
		toast.say(`${name} was not added: the compliance steps are not complete.`);
		break;
	case 'skipped_already_synced':
		toast.say(`${name} was on the Game Platform already.`);
		break;
	case 'dry_run':
		toast.say(`${name} was not added: the integration is off, so this was a dry run.`);
	}
}

/** The button of a row, or the trophy of who is there. */
export function AddButton({ c, registering }: { c: Competitor; registering: Registering }) {
	const row = registering.shown(c);
	const busy = registering.busy(c);

	if (row.game_platform_id && !busy)
		return <span class="tone-good" title="Already on the Game Platform"><Icon name="trophy" label="Already on the Game Platform" /></span>;
	return (
		<Button icon="game" busy={busy} class="add" why={busy ? undefined : c.can_register ? undefined : c.register_reason ?? 'It cannot be added'}
			onClick={() => registering.run(c)}>Add to Game Platform</Button>
	);
}

/** How somebody stands at the platform, with the reason where there is one. */
export function PlatformBadge({ c, waits }: { c: Competitor; waits?: string | undefined }) {
	const status = c.platform_status ?? (c.game_platform_id ? 'approved' : null);

	return (
		<span class="platform">
			{waits ? <Status value="pending" />
				: status ? <Status value={status} /> : <Status value="not_on_platform" label="Not on platform" />}
			{waits ? <small class="quiet">Goes on by itself: {waits}</small>
				: c.game_platform_sync_error && <small class="tone-bad">{c.game_platform_sync_error}</small>}
		</span>
	);
}

// ---- all who can be ----

interface Standing {
	enabled: boolean;
	competitors: { total: number; registered: number; ready: number; failed: number };
	pending: { registrations: number };
}

interface Crowd {
	of: number;
	before: number;
}

export function useRegisterAll(coach: string): { button: preact.JSX.Element; progress: preact.JSX.Element | null } {
	const [crowd, setCrowd] = useState<Crowd | null>(null);
	const query = { coach: coach || undefined };
	const standing = useResource<Standing>('/api/game-platform/status', { query, live: ['competitor', 'job', 'game_platform'], pollMs: 3000 });
	const run = useAction(async () => {
		const { data: found } = await send<{ competitors: number }>('POST', '/api/game-platform/competitors', undefined,
			{ query: { ...query, dry_run: true } });
		const n = plural(found.competitors, 'competitor');
		if (found.competitors === 0) {
			toast.say('Nobody is ready: the compliance steps of those who are left are not complete, or they are inactive.');
			return;
		}
		if (!await confirm({ title: 'Add all who are ready', yes: `Add ${n}`,
			text: `${n} ${found.competitors === 1 ? 'has' : 'have'} completed the compliance steps and ${found.competitors === 1 ? 'is' : 'are'} not on the Game Platform. Each is added by a job of its own; you may leave this page meanwhile.` }))
			return;
		const before = standing.data.value?.competitors.registered ?? 0;
		const { data } = await send<{ status: string; competitors: number; more: boolean }>('POST', '/api/game-platform/competitors', undefined,
			{ query, idempotencyKey: newKey() });
		if (data.status === 'dry_run')
			toast.say(`The integration is off, so nobody was added: ${n} would have been.`);
		else
			setCrowd({ of: data.competitors, before });
		standing.reload();
	});
	const ready = standing.data.value?.competitors.ready ?? 0;

	return {
		button: (
			<Button icon="game" busy={run.busy} why={standing.data.value && ready === 0 ? 'Nobody is ready to be added' : undefined}
				onClick={() => run.run()}>{ready > 0 ? `Add all who are ready (${count(ready)})` : 'Add all who are ready'}</Button>
		),
		progress: crowd && standing.data.value
			? <CrowdProgress crowd={crowd} standing={standing.data as ReadonlySignal<Standing>} onClose={() => setCrowd(null)} /> : null,
	};
}

function CrowdProgress({ crowd, standing, onClose }: {
	crowd: Crowd;
	standing: ReadonlySignal<Standing>;
	onClose: () => void;
}) {
	const { competitors, pending } = standing.value;
	const added = Math.max(0, competitors.registered - crowd.before);
	const waiting = Math.min(pending.registrations, crowd.of - added);
	const over = waiting <= 0;
	const left = crowd.of - added - Math.max(0, waiting);

	return (
		<div class="card crowd" role="status">
			<div class="row between">
				<strong>{over ? 'Adding has ended' : 'Adding to the Game Platform'}: {count(added)} of {count(crowd.of)}</strong>
				<span class="row">
					{!over && <span class="quiet">{plural(waiting, 'waits', 'wait')}</span>}
					{left > 0 && <a href="/competitors?status=compliance">{count(left)} not added</a>}
					{over && <Button kind="plain" icon="cross" label="Put away" onClick={onClose} />}
				</span>
			</div>
			<Progress value={crowd.of - Math.max(0, waiting)} of={crowd.of} label={`${added} of ${crowd.of} added`} />
		</div>
	);
}
