// SPDX-License-Identifier: Apache-2.0
// sign_in.tsx - the access at the vendor: how it stands, to allow it, to take it back.
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Facts, Section } from '../../parts/page.tsx';
import { Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/time.tsx';
import { isAbout } from './types.ts';

interface Access {
	status: string;
	message: string;
	next: string | null;
	since: string | null;
	expires_at: string | null;
	renewed_at: string | null;
	has_refresh_token: boolean;
	can_authorize: boolean;
	redirect_url: string | null;
}

export function SignIn({ name }: { name: string }) {
	const path = at`/api/connections/${name}/auth`;
	const r = useResource<Access>(path, { live: ['token', 'connection'], when: isAbout(name) });
	const begin = useAction(async () => {
		location.assign((await send<{ url: string }>('POST', `${path}/authorize`)).data.url);
	});
	const revoke = useAction(async () => {
		await send('POST', `${path}/revoke`);
		r.reload();
	}, { done: 'The tokens are forgotten here' });

	return (
		<Section title="Sign-in at the vendor" says="Tokens are kept sealed; nobody sees them">
			<Of resource={r}>{(d) => (
				<div class="flow">
					<p class="row"><Status value={d.status} /> <span>{d.message}</span></p>
					{d.next && <p>{d.next}</p>}
					{d.redirect_url && !d.redirect_url.startsWith(location.origin) && (
						<p class="quiet">The plan has the vendor send people back to another address than this page's. To sign in here, register{' '}
							<code>{`${location.origin}${path}/callback`}</code> at the vendor and put it into the plan as{' '}
							<code>oauth.redirect_url</code>; or run <code>lockstep connect {name}</code>.</p>
					)}
					<Facts rows={[
						['Since', <When key="since" at={d.since} none="unknown" full />],
						['Last renewed', <When key="renewed" at={d.renewed_at} none="never" full />],
						['Valid until', <When key="until" at={d.expires_at} none="unknown" full />],
						['Renews by itself', d.has_refresh_token ? 'yes, with its refresh token' : 'no'],
						['The vendor sends back to', <code key="to">{d.redirect_url ?? 'nowhere: the plan has no oauth.redirect_url'}</code>],
					]} />
					{may('admin') && (
						<div class="row">
							<Button kind={d.status === 'valid' ? 'normal' : 'main'} icon="external" busy={begin.busy}
								why={d.can_authorize ? undefined : 'The plan has no oauth.authorize_url and redirect_url'}
								onClick={() => begin.run()}>Sign in at the vendor</Button>
							<Button icon="unlink" busy={revoke.busy} why={d.status === 'no_token' ? 'There are no tokens' : undefined} onClick={async () => {
								if (await confirm({ title: `Forget the tokens of ${name}`, danger: true, type: name, yes: 'Forget them',
									text: 'No sync works until somebody signs in again. Remove the application at the vendor too.' }))
									await revoke.run();
							}}>Forget the tokens</Button>
						</div>
					)}
				</div>
			)}</Of>
		</Section>
	);
}
