// SPDX-License-Identifier: Apache-2.0
// bulk.tsx - deeds on many rows: those that were chosen, or all that match the filters.
//
// Always: all that match are counted by the server first, and the question names the number.
import { send } from '../data/api.ts';
import { useAction } from '../data/action.ts';
import { Button } from './button.tsx';
import { ask } from './dialog.tsx';
import { count } from './format.ts';
import { Menu, type MenuItem } from './menu.tsx';
import { toast } from './toast.tsx';

interface BulkAnswer {
	matched: number;
	done: number;
	refused: number;
	dry_run: boolean;
}

export interface BulkDeed {
	/** What the server calls it. */
	action: string;
	/** A verb: 'Retry'. */
	verb: string;
	/** What was done: 'retried'. */
	done: string;
	danger?: boolean;
	/** What it means, for the question. */
	says: string;
	/** Asks for a reason, which the server keeps. */
	reason?: boolean;
	/** Whether the filters let all that match be meant: why not, or an empty text. */
	unless?: string;
}

interface BulkProps {
	path: string;
	deeds: readonly BulkDeed[];
	/** 'job', 'jobs' */
	noun: [string, string];
	chosen: ReadonlySet<string>;
	onDone: () => void;
	/** The filters as the server takes them; null: they cannot be meant as a whole. */
	filter: Record<string, string> | null;
	/** Why all that match cannot be meant now. */
	why?: string | undefined;
}

/** Stands above a table; says what is chosen and what can be done with it. */
export function Bulk(p: BulkProps) {
	const name = (n: number): string => `${count(n)} ${p.noun[n === 1 ? 0 : 1]}`;
	const doIt = useAction(async (d: BulkDeed, whom: Record<string, unknown>) => {
		const { data: found } = await send<BulkAnswer>('POST', p.path, { action: d.action, ...whom });
		const many = Math.min(found.matched, 10000);
		if (found.matched === 0) {
			toast.say(`No ${p.noun[0]} matches any more.`);
			return;
		}
		const reason = await ask({
			title: `${d.verb} ${name(many)}?`,
			text: `${d.says}${found.matched > many ? ` Of ${count(found.matched)} that match, ${count(many)} are done at a time.` : ''}`,
			yes: `${d.verb} ${name(many)}`, danger: !!d.danger, reason: !!d.reason,
		});
		if (reason === null)
			return;
		const { data } = await send<BulkAnswer>('POST', p.path,
			{ action: d.action, ...whom, ...(d.reason && reason ? { reason } : {}), dry_run: false });
		toast.good(`${name(data.done)} ${d.done}${data.refused ? `, ${count(data.refused)} left as they were: their state does not allow it` : ''}`);
		p.onDone();
	});
	const items = (whom: () => Record<string, unknown>): MenuItem[] => p.deeds.map((d) => ({
		label: d.verb, danger: !!d.danger, why: d.unless || undefined, onChoose: () => doIt.run(d, whom()),
	}));

	if (p.chosen.size === 0)
		return (
			<div class="bulk">
				{p.filter
					? <Menu label="All that match" icon="list" kind="plain" items={items(() => p.filter ?? {})} />
					: <Button kind="plain" icon="list" why={p.why}>All that match</Button>}
			</div>
		);
	return (
		<div class="bulk chosen" role="region" aria-label="What is chosen">
			<strong>{name(p.chosen.size)} chosen</strong>
			{p.deeds.map((d) => (
				<Button key={d.action} busy={doIt.busy} why={d.unless || undefined}
					onClick={() => doIt.run(d, { ids: [...p.chosen] })}>{d.verb}</Button>
			))}
			<Button kind="plain" onClick={p.onDone}>Choose none</Button>
		</div>
	);
}
