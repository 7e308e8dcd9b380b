// SPDX-License-Identifier: Apache-2.0
// shell.tsx - the frame around every page: navigation, who is here, whether it is live.
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { liveState, missed, pause, paused } from '../data/live.ts';
import { Button } from '../parts/button.tsx';
import { Questions } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { Menu } from '../parts/menu.tsx';
import { Empty, Failed, Waiting } from '../parts/state.tsx';
import { Toasts } from '../parts/toast.tsx';
import { problemOf, type Problem } from '../data/problem.ts';
import { allowed, findPage } from './commands.ts';
import { helpOpen, KeyHelp, paletteOpen } from './keys.tsx';
import { pages } from './pages.ts';
import { navigate, path, type PageProps, type PageRow } from './router.ts';
import { homeOf, me, signInAddress, signOut } from './session.ts';
import { density, setDensity, setTheme, theme } from './theme.ts';

const menuOpen = signal(false);

// ---- the page of the address ----

const loaded = new Map<PageRow, ComponentType<PageProps>>();

function Shown() {
	const found = findPage(path.value);
	const row = found?.row ?? null;
	const [, again] = useState(0);
	const [problem, setProblem] = useState<Problem | null>(null);
	const main = useRef<HTMLElement>(null);
	const View = row && loaded.get(row);

	useEffect(() => {
		setProblem(null);
		if (!row || loaded.has(row))
			return;
		row.load().then((m) => {
			loaded.set(row, m.default);
			again((n) => n + 1);
		}, (e) => setProblem(problemOf(e)));
	}, [row]);
	useEffect(() => {
		menuOpen.value = false;
	}, [path.value]);
	return (
		<main ref={main} id="main" tabIndex={-1}>
			{!row ? <Nowhere />
				: !allowed(row) ? <Forbidden />
					: View ? <View key={path.value} params={found?.params ?? {}} />
						: problem ? <Failed problem={problem} retry={() => location.reload()} />
							: <div class="page"><Waiting lines={6} /></div>}
		</main>
	);
}

function Nowhere() {
	return (
		<Empty title="There is no such page" icon="search" action={<a class="button" href={homeOf(me.value?.roles ?? [])}>Go to the start</a>}>
			The address may be mistyped, or what it named was removed.
		</Empty>
	);
}

function Forbidden() {
	return (
		<Empty title="Your role does not show this page" icon="key"
			action={<a class="button" href={homeOf(me.value?.roles ?? [])}>Go to your start page</a>}>
			You are signed in as {me.value?.roles.join(', ') || 'somebody without a role'}. An administrator can give you another role.
		</Empty>
	);
}

// ---- around it ----

function Nav() {
	const at = path.value;
	const shown = pages.filter((p) => p.nav && allowed(p));
	const groups = ['Engine', 'Integrations', 'Settings'] as const;

	return (
		<nav id="nav" class={menuOpen.value ? 'open' : ''} aria-label="Pages">
			<div class="nav-inside">{groups.map((g) => {
				const rows = shown.filter((p) => p.nav?.group === g).sort((a, b) => (a.nav?.order ?? 0) - (b.nav?.order ?? 0));
				return rows.length > 0 && (
					<div key={g} class="nav-group">
						<p class="nav-title">{g}</p>
						<ul>
							{rows.map((p) => (
								<li key={p.path}>
									<a href={p.path} aria-current={at === p.path ? 'page' : p.path !== '/' && at.startsWith(`${p.path}/`) ? 'true' : undefined}>
										<Icon name={p.nav?.icon ?? 'dot'} />{p.title}
									</a>
								</li>
							))}
						</ul>
					</div>
				);
			})}</div>
		</nav>
	);
}

const LIVE_SAYS = {
	live: 'Live', connecting: 'Connecting', lost: 'Connection lost', off: 'Not live', paused: 'Paused',
} as const;

function Live() {
	const state = liveState.value;
	const says = state === 'paused' && missed.value > 0 ? `Paused, ${missed.value} changes` : LIVE_SAYS[state];

	return (
		<button type="button" class={`button plain live live-${state}`} aria-pressed={paused.value}
			title={paused.value ? 'Go on with live updates (p)' : 'Pause live updates (p)'} onClick={() => pause(!paused.value)}>
			<Icon name={state === 'paused' ? 'play' : state === 'live' ? 'dot' : state === 'lost' ? 'warn' : 'ring'} />
			<span>{says}</span>
		</button>
	);
}

function Account() {
	const who = me.value;
	const name = who?.name.replace(/^[a-z]+:/, '') ?? '';

	return (
		<Menu label={`Account of ${name}`} kind="plain" icon="person" items={[
			...(['auto', 'light', 'dark'] as const).map((t) => ({
				label: `Colours: ${t}`, icon: t === 'dark' ? 'moon' as const : 'sun' as const, chosen: theme.value === t,
				onChoose: () => setTheme(t),
			})),
			{ label: density.value === 'normal' ? 'Compact lists' : 'Normal lists', icon: 'list',
				onChoose: () => setDensity(density.value === 'normal' ? 'compact' : 'normal') },
			{ label: 'Keys', icon: 'info', onChoose: () => {
				helpOpen.value = true;
			} },
			{ label: 'Sign out', icon: 'door', onChoose: signOut },
		]}>
			<span class="who">{name}<small class="quiet">{who?.roles.join(', ')}</small></span>
		</Menu>
	);
}

function Palette() {
	const [View, setView] = useState<{ of: ComponentType<{ onClose: () => void }> } | null>(null);

	useEffect(() => {
		if (paletteOpen.value && !View)
			void import('./palette.tsx').then((m) => setView({ of: m.default }));
	}, [paletteOpen.value]);
	return paletteOpen.value && View && <View.of onClose={() => {
		paletteOpen.value = false;
	}} />;
}

export function Shell() {
	const found = findPage(path.value);
	const signedIn = me.value?.signed_in;

	useEffect(() => {
		if (me.value && !signedIn && !found?.row.bare)
			navigate(signInAddress(), { replace: true });
		else if (signedIn && me.value?.roles.length === 0 && !found?.row.bare)
			navigate('/sign-in', { replace: true }); // which says how to get a role
		else if (signedIn && path.value === '/' && found && !allowed(found.row))
			navigate(homeOf(me.value?.roles ?? []), { replace: true });
	}, [signedIn, path.value]);
	// The page gets the focus when it changes, for whoever reads by ear or by keyboard.
	const first = useRef(true);
	useEffect(() => {
		if (first.current)
			first.current = false;
		else
			document.querySelector<HTMLElement>('main h1, main')?.focus({ preventScroll: true });
	}, [path.value]);

	if (!me.value || (!signedIn && !found?.row.bare))
		return <div class="page"><Waiting lines={4} /></div>;
	if (found?.row.bare)
		return <><Shown /><Questions /><Toasts /></>;
	return (
		<>
			<a class="skip" href="#main" onClick={(e) => {
				e.preventDefault();
				document.getElementById('main')?.focus();
			}}>Skip to the content</a>
			<header class="top">
				<Button kind="plain" icon="menu" label="Pages" class="phone-only" pressed={menuOpen.value} onClick={() => {
					menuOpen.value = !menuOpen.value;
				}} />
				<a class="brand" href={homeOf(me.value.roles)}><Mark /><span>Lockstep</span></a>
				<button type="button" class="button plain find" onClick={() => {
					paletteOpen.value = true;
				}}>
					<Icon name="search" /><span>Go to or do</span><kbd>Ctrl K</kbd>
				</button>
				<Live />
				<Account />
			</header>
			<Nav />
			<Shown />
			<Palette />
			<KeyHelp />
			<Questions />
			<Toasts />
		</>
	);
}

/** Two paths that keep step. */
export function Mark() {
	return (
		<svg class="mark" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.4"
			stroke-linecap="round" stroke-linejoin="round">
			<path d="M4 16l4-6 4 6 4-6 4 6" opacity="0.45" />
			<path d="M4 12l4-6 4 6 4-6 4 6" />
		</svg>
	);
}
