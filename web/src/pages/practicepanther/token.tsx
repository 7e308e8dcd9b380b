// SPDX-License-Identifier: Apache-2.0
// token.tsx - the access that a person of the firm gave: until when, anew, and taken back.
import { useState } from 'preact/hooks';
import { may } from '../../app/session.ts';
import { get, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { Button } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { duration, now, timeOf } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Waiting } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import type { Answer, Token } from './data.ts';

/** 'Valid for 5 hours', as the clock goes on. */
function label(t: Token): string {
	const left = (timeOf(t.expires_at) ?? 0) - now.value;
	const hours = Math.floor(left / 3600000);

	if (t.status === 'no_token')
		return 'No token';
	if (t.status === 'error')
		return 'Needs a person';
	if (t.expires_at === null)
		return 'Valid';
	if (left <= 0)
		return 'Expired';
	return hours >= 1 ? `Valid for ${hours} ${hours === 1 ? 'hour' : 'hours'}` : `Expiring soon: ${duration(left)} left`;
}

export function TokenCard({ token: t, reload }: { token: Token | null; reload: () => void }) {
	const [url, setUrl] = useState('');
	const authorise = useAction(async () => {
		const { data } = await get<Answer<{ url: string }>>('/api/admin/pp-token/auth-url');
		setUrl(data.data.url);
	});
	const revoke = useAction(async () => {
		await send('POST', '/api/admin/pp-token/revoke');
		setUrl('');
		reload();
	}, { done: 'The tokens are forgotten' });

	return (
		<Section title="Access" actions={t && <Status value={t.status} label={label(t)} />}>
			{!t ? <Waiting lines={2} /> : (
				<div class="flow">
					<p class="quiet">{t.message} {t.has_refresh_token && t.status !== 'error' && 'It is renewed by itself five minutes before its end.'}</p>
					{may('admin') && (
						<div class="row">
							{url
								? <a class="button main" href={url} target="_blank" rel="noreferrer noopener">Open PracticePanther’s page</a>
								: <Button icon="key" busy={authorise.busy} onClick={() => authorise.run()}>{t.status === 'no_token' ? 'Authorise' : 'Authorise again'}</Button>}
							{t.status !== 'no_token' && (
								<Button kind="plain" icon="trash" busy={revoke.busy} onClick={async () => {
									if (await confirm({ title: 'Forget the tokens?', yes: 'Forget them', danger: true,
										text: 'Syncs fail until a person of the firm allows the access again. To end the access there too, remove the application in PracticePanther.' }))
										await revoke.run();
								}}>Revoke…</Button>
							)}
						</div>
					)}
					{url && <p class="hint">A person of the firm agrees there within ten minutes; then this page says until when the access holds.</p>}
				</div>
			)}
		</Section>
	);
}
