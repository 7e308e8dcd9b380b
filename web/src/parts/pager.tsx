// SPDX-License-Identifier: Apache-2.0
// pager.tsx - which part of a long list is seen; in the address, so that it can be shared.
import { addressWith, paramInt } from '../app/router.ts';
import { count } from './format.ts';
import { Icon } from './icon.tsx';

/** For lists with page, limit and total.  `capped`: there are more than `total`. */
export function Pager({ total, limit, capped, name = 'page', label = 'Parts of the list' }: {
	total: number;
	limit: number;
	capped?: boolean;
	name?: string;
	/** Of two lists in one page, each says its own. */
	label?: string;
}) {
	const page = Math.max(1, paramInt(name, 1));
	const last = Math.max(1, Math.ceil(total / limit));
	const from = total === 0 ? 0 : (page - 1) * limit + 1;

	// The list has become shorter since somebody came here or kept the link.
	if (total > 0 && page > last && !capped)
		return (
			<nav class="pager" aria-label={label}>
				<span>The list ends before page {count(page)}.</span>
				<a class="button" href={addressWith({ [name]: last > 1 ? last : '' })}>To its last page</a>
			</nav>
		);
	return (
		<nav class="pager" aria-label={label}>
			<span class="quiet">
				{total === 0 ? 'none' : `${count(from)}–${count(Math.min(total, page * limit))} of ${count(total)}${capped ? '+' : ''}`}
			</span>
			<Step to={page - 1} on={page > 1} icon="left" label="Previous page" name={name} />
			<Step to={page + 1} on={page < last || !!capped} icon="right" label="Next page" name={name} />
		</nav>
	);
}

function Step({ to, on, icon, label, name }: { to: number; on: boolean; icon: 'left' | 'right'; label: string; name: string }) {
	if (!on)
		return <span class="button plain alone" aria-disabled="true"><Icon name={icon} /></span>;
	return (
		<a class="button plain alone" href={addressWith({ [name]: to > 1 ? to : '' })} aria-label={label} title={label}>
			<Icon name={icon} />
		</a>
	);
}
