// SPDX-License-Identifier: Apache-2.0
// status.tsx - how something is: a hue, a shape and a word, so that none of them has to be seen alone.
import { Icon, type IconName } from './icon.tsx';
import { words } from './format.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'quiet';

/** The words that the server uses, and how they look. */
const KNOWN: Record<string, [Tone, IconName, string?]> = {
	success: ['good', 'check'], succeeded: ['good', 'check'], ok: ['good', 'check', 'OK'], done: ['good', 'check'],
	completed: ['good', 'check'], valid: ['good', 'check'], synced: ['good', 'check'], active: ['good', 'check'],
	approved: ['good', 'check', 'Registered'], user_created: ['good', 'check', 'Registered'],
	complete: ['good', 'check'], linked: ['good', 'check'], sent: ['good', 'check'], open: ['quiet', 'ring'],
	partial: ['warn', 'half'], attention: ['warn', 'warn', 'Needs attention'], expiring_soon: ['warn', 'clock'],
	held: ['warn', 'warn'], declining: ['warn', 'down'], late: ['warn', 'clock', 'Overdue'], warning: ['warn', 'warn'],
	overdue: ['warn', 'clock'], conflict: ['warn', 'split'], unknown: ['warn', 'warn', 'Outcome unknown'],
	error: ['bad', 'cross'], failed: ['bad', 'cross'], failing: ['bad', 'cross'], dead: ['bad', 'cross'],
	expired: ['bad', 'cross'], denied: ['bad', 'cross'], lost: ['bad', 'cross'], rejected: ['bad', 'cross'],
	running: ['busy', 'spinner'], syncing: ['busy', 'spinner'], busy: ['busy', 'spinner'], sending: ['busy', 'spinner'],
	pending: ['quiet', 'ring'], ready: ['quiet', 'ring'], waiting: ['quiet', 'ring'], later: ['quiet', 'clock'],
	scheduled: ['quiet', 'clock'], snoozed: ['quiet', 'clock'],
	stopped: ['quiet', 'stop'], paused: ['quiet', 'pause'], cancelled: ['quiet', 'minus'], skipped: ['quiet', 'minus'],
	disabled: ['quiet', 'minus'], off: ['quiet', 'minus', 'Switched off'], draining: ['quiet', 'down'], muted: ['quiet', 'mute'], dropped: ['quiet', 'minus'],
	no_token: ['quiet', 'ring', 'Not connected'], none: ['bad', 'minus'], not_on_platform: ['quiet', 'ring'],
	dry_run: ['quiet', 'eye'], unlinked: ['quiet', 'unlink'], profile: ['quiet', 'half'], compliance: ['busy', 'half'],
};

export function toneOf(value: string): Tone {
	return KNOWN[value]?.[0] ?? 'quiet';
}

/** The word for it, where only a text can stand. */
export function wordOf(value: string): string {
	return KNOWN[value]?.[2] ?? words(value);
}

export function Status({ value, label, tone, title, iconOnly }: {
	value: string;
	/** The word, when it is another than the value's own. */
	label?: string;
	tone?: Tone;
	title?: string;
	iconOnly?: boolean;
}) {
	const [hue, icon] = KNOWN[value] ?? ['quiet', 'dot'];
	const text = label ?? wordOf(value);

	return (
		<span class={`status tone-${tone ?? hue}`} title={title ?? (iconOnly ? text : undefined)}>
			<Icon name={icon} {...(iconOnly ? { label: text } : {})} />
			{!iconOnly && <span>{text}</span>}
		</span>
	);
}

/** A small label with a number or a word: a count in a tab, a kind. */
export function Badge({ children, tone = 'quiet', title }: {
	children: preact.ComponentChildren;
	tone?: Tone;
	title?: string;
}) {
	return <span class={`badge tone-${tone}`} title={title}>{children}</span>;
}
