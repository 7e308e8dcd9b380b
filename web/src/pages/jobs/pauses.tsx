// SPDX-License-Identifier: Apache-2.0
// pauses.tsx - what is paused, by whom and why; and pausing.
import { may } from '../../app/session.ts';
import { send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { Button } from '../../parts/button.tsx';
import { ask } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { When } from '../../parts/time.tsx';
import type { Pause } from './model.ts';

/** '*', 'task:sync' and 'lane:connection:shop' in words. */
function scopeText(scope: string): string {
	if (scope === '*')
		return 'All jobs';
	const name = scope.slice(scope.indexOf(':') + 1);
	return scope.startsWith('task:') ? `Task ${name}`
		: name.startsWith('connection:') ? `Connection ${name.slice(11)}` : `Lane ${name}`;
}

export function PauseButton({ scope, paused, onDone, small }: {
	scope: string;
	paused: boolean;
	onDone: () => void;
	small?: boolean;
}) {
	const name = scopeText(scope);
	const deed = useAction(async () => {
		let reason: string | null = '';
		if (!paused)
			reason = await ask({
				title: `Pause ${name.toLowerCase()}?`, yes: 'Pause', reason: true,
				text: 'No more of them begin, on any machine, until somebody resumes. Those that run go on.',
			});
		if (reason === null)
			return;
		await send('POST', paused ? '/api/queue/resume' : '/api/queue/pause', { scope, ...(reason ? { reason } : {}) });
		onDone();
	});

	if (!may('admin'))
		return null;
	return small
		? <Button kind="plain" icon={paused ? 'play' : 'pause'} label={`${paused ? 'Resume' : 'Pause'} ${name.toLowerCase()}`} busy={deed.busy} onClick={deed.run} />
		: <Button icon={paused ? 'play' : 'pause'} busy={deed.busy} onClick={deed.run}>{paused ? 'Resume' : 'Pause'}</Button>;
}

/** A line for each pause in force. */
export function Paused({ pauses, onDone }: { pauses: readonly Pause[]; onDone: () => void }) {
	return (
		<>
			{pauses.map((p) => (
				<div key={p.scope} class="note tone-warn between">
					<span class="row">
						<Icon name="pause" />
						<span>
							<strong>{scopeText(p.scope)} paused</strong>{p.actor ? ` by ${p.actor}` : ''}, <When at={p.since} />
							{p.reason ? `: ${p.reason}` : ''}
						</span>
					</span>
					<PauseButton scope={p.scope} paused onDone={onDone} />
				</div>
			))}
		</>
	);
}
