// SPDX-License-Identifier: Apache-2.0
// sign_in.tsx - the ways in: a local user, a token, or the application's identity provider.
import { useEffect, useRef, useState } from 'preact/hooks';
import { navigate, param } from '../../app/router.ts';
import { homeOf, me, signOut, whoAmI } from '../../app/session.ts';
import { Mark } from '../../app/shell.tsx';
import { useAction } from '../../data/action.ts';
import { send, withQuery } from '../../data/api.ts';
import type { Problem } from '../../data/problem.ts';
import { useResource } from '../../data/resource.ts';
import { Button, Copy, LinkButton } from '../../parts/button.tsx';
import { TextField } from '../../parts/form.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Of } from '../../parts/state.tsx';
import { backTo, takeBrought, type Brought } from './brought.ts';

interface Provider {
	name: string;
	label: string;
	kind: 'redirect' | 'page';
	url: string;
}

export interface Ways {
	local: boolean;
	providers: Provider[];
}

/** What the way back from a provider may say (sign_in_route.c). */
const SETBACKS: Record<string, [string, string]> = {
	denied: ['The provider did not let you in.', 'You may have cancelled. Try again, or sign in another way.'],
	state: ['This sign-in was not begun in this browser, or too long ago.', 'Begin it again here; it has ten minutes.'],
	refused: ['The provider let you in, but its answer is not accepted here.', 'Try again. If it stays so, ask an administrator: the server\'s log has the reason.'],
	unreachable: ['The provider could not be asked.', 'Try again in a moment. If it stays so, ask an administrator: the server\'s log has the reason.'],
};

export default function SignIn() {
	const [brought, setBrought] = useState(takeBrought);
	const [token, setToken] = useState(brought.token);
	const ways = useResource<Ways>('/api/sign-in', { pollMs: 0 });
	const to = backTo(param('to'));
	const who = me.value;

	useEffect(() => {
		const again = (): void => {
			const next = takeBrought();
			setBrought(next);
			setToken(next.token);
		};
		document.title = 'Sign in · Lockstep';
		addEventListener('hashchange', again);
		return () => removeEventListener('hashchange', again);
	}, []);
	useEffect(() => {
		if (who?.signed_in && who.roles.length > 0 && !token)
			navigate(to || homeOf(who.roles), { replace: true });
	}, [who, token]);
	return (
		<div class="sign-in">
			<header>
				<Mark />
				<h1 tabIndex={-1}>{token ? 'Continue' : 'Sign in to Lockstep'}</h1>
			</header>
			{token
				? <Offered token={token} name={brought.name} onNo={() => setToken('')} />
				: who?.signed_in && who.roles.length === 0 ? <NoRole />
					: <Of resource={ways}>{(w) => <WaysIn ways={w} to={to} brought={brought} />}</Of>}
		</div>
	);
}

// ---- what went wrong before ----

function Setback({ word, providers }: { word: string; providers: Provider[] }) {
	const [what, next] = SETBACKS[word] ?? ['Signing in did not work.', 'Try again.'];
	const label = providers.find((p) => p.name === param('provider'))?.label;

	return (
		<div class="note tone-bad" role="alert">
			<Icon name="warn" />
			<div><p><strong>{label ? `${label}: ` : ''}{what}</strong></p><p>{next}</p></div>
		</div>
	);
}

/** Seconds until it may be tried again, counted down. */
function useWait(problem: Problem | null): number {
	const [left, setLeft] = useState(0);

	useEffect(() => {
		const until = problem?.status === 429 ? Date.now() + (problem.retryAfterS ?? 5) * 1000 : 0;
		const look = (): void => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
		look();
		const timer = until ? setInterval(look, 250) : undefined;
		return () => clearInterval(timer);
	}, [problem]);
	return left;
}

function Refused({ problem, left, what }: { problem: Problem | null; left: number; what: string }) {
	if (!problem || (problem.status === 429 && left === 0))
		return null;
	const [says, next] = problem.status === 429 ? ['Too many tries.', `You can try again in ${left} s.`]
		: problem.status === 401 ? [`${problem.message.charAt(0).toUpperCase()}${problem.message.slice(1)}.`, what]
			: [problem.message, 'Look whether lockstep serve runs, and try again.'];

	return (
		<div class="note tone-bad">
			<Icon name={problem.status === 429 ? 'clock' : 'warn'} />
			<div><p role="alert"><strong>{says}</strong></p><p>{next}</p></div>
		</div>
	);
}

// ---- the ways ----

export function WaysIn({ ways: w, to, brought, apart }: {
	ways: Ways;
	to: string;
	brought: Brought;
	/** A provider's page opens in another tab: this one stays. */
	apart?: boolean;
}) {
	const [byToken, setByToken] = useState(false);
	const word = param('problem') || (brought.failed ? 'denied' : '');
	const none = !w.local && w.providers.length === 0;

	return (
		<>
			{word && <Setback word={word} providers={w.providers} />}
			{w.providers.length > 0 && (
				<div class="ways">
					{w.providers.map((p) => (
						<LinkButton key={p.name} apart={apart} kind={w.local ? 'normal' : 'main'} icon={p.kind === 'page' ? 'external' : 'person'}
							href={p.kind === 'redirect' ? withQuery(p.url, { to }) : p.url}>
							Continue with {p.label}
						</LinkButton>
					))}
				</div>
			)}
			{w.providers.length > 0 && w.local && !byToken && <p class="or"><span>or</span></p>}
			{none && !byToken && (
				<div class="note tone-busy">
					<Icon name="info" />
					<div class="flow">
						<p><strong>Nobody can sign in yet.</strong> Make the first user where the plan is:</p>
						<p class="command"><code>lockstep user add NAME --role admin</code><Copy text="lockstep user add NAME --role admin" label="Copy the command" /></p>
					</div>
				</div>
			)}
			{byToken ? <ByToken /> : w.local && <ByName />}
			<p class="sign-in-foot">
				<Button kind="plain" icon={byToken ? 'person' : 'key'} onClick={() => setByToken(!byToken)}>
					{byToken ? 'Other ways to sign in' : 'Use a token'}
				</Button>
			</p>
		</>
	);
}

function ByName() {
	const [name, setName] = useState('');
	const [password, setPassword] = useState('');
	const enter = useAction(async () => {
		await send('POST', '/api/login', { name: name.trim(), password });
		await whoAmI();
	}, { quiet: true });
	const problem = enter.problem.value;
	const left = useWait(problem);
	const form = useRef<HTMLFormElement>(null);

	// Where there is a keyboard one may type at once; a phone's would hide half of the page.
	useEffect(() => {
		if (matchMedia('(pointer: fine)').matches)
			form.current?.querySelector('input')?.focus();
	}, []);
	useEffect(() => {
		if (problem?.status === 401)
			form.current?.querySelector<HTMLInputElement>('input[type="password"]')?.select();
	}, [problem]);
	return (
		<form ref={form} onSubmit={(e) => {
			e.preventDefault();
			if (left === 0)
				void enter.run();
		}}>
			<Refused problem={problem} left={left} what="Look at both, and whether the account was disabled." />
			<TextField label="Name" value={name} onChange={setName} autocomplete="username" required maxLength={64} />
			<TextField label="Password" type="password" value={password} onChange={setPassword} autocomplete="current-password" required maxLength={1024} />
			<Button type="submit" kind="main" busy={enter.busy} why={left > 0 ? `You can try again in ${left} s` : undefined}>Sign in</Button>
		</form>
	);
}

function ByToken() {
	const [token, setToken] = useState('');
	const enter = useAction(async () => {
		await send('POST', '/api/login/token', { token: token.trim() });
		setToken('');
		await whoAmI();
	}, { quiet: true });
	const problem = enter.problem.value;
	const left = useWait(problem);

	return (
		<form autocomplete="off" onSubmit={(e) => {
			e.preventDefault();
			if (left === 0)
				void enter.run();
		}}>
			<Refused problem={problem} left={left} what="Ask an administrator for another." />
			<TextField label="Token" type="password" value={token} onChange={setToken} autocomplete="off" required maxLength={4096} mono
				hint="An API token (lsk_…), or a token of your application. It is exchanged for a session; this page does not keep it." />
			<Button type="submit" kind="main" busy={enter.busy} why={left > 0 ? `You can try again in ${left} s` : undefined}>Sign in</Button>
		</form>
	);
}

// ---- a token that came along ----

function Offered({ token, name, onNo }: { token: string; name: string; onNo: () => void }) {
	const enter = useAction(async () => {
		await send('POST', '/api/login/token', { token });
		await whoAmI();
		onNo();
	}, { quiet: true });
	const problem = enter.problem.value;
	const left = useWait(problem);

	return (
		<div class="flow">
			<Refused problem={problem} left={left} what="Go back to your application and sign in there again." />
			<p>Your application sent you here, signed in{name && <> as <strong>{name}</strong></>}. Go on only if that is you.</p>
			<div class="ways">
				<Button kind="main" busy={enter.busy} why={left > 0 ? `You can try again in ${left} s` : undefined} onClick={() => enter.run()}>
					Continue{name && ` as ${name}`}
				</Button>
				<Button onClick={onNo}>No, sign in another way</Button>
			</div>
		</div>
	);
}

// ---- in, but with nothing to see ----

function NoRole() {
	const subject = me.value?.subject ?? '';
	const command = `lockstep grant set ${subject} --role viewer`;

	return (
		<div class="flow">
			<div class="note tone-warn" role="status">
				<Icon name="key" />
				<div><p><strong>You are signed in, but have no role here.</strong></p><p>An administrator can give you one:</p></div>
			</div>
			{subject && <p class="command"><code>{command}</code><Copy text={command} label="Copy the command" /></p>}
			<div class="ways">
				<Button icon="refresh" onClick={() => whoAmI()}>Look again</Button>
				<Button kind="plain" icon="door" onClick={signOut}>Sign out</Button>
			</div>
		</div>
	);
}
