// SPDX-License-Identifier: Apache-2.0
// shell.tsx - the frame around every page: navigation, who is here, whether it is live.
import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useRef, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { get } from '../data/api.ts';
import { liveState, missed, pause, paused } from '../data/live.ts';
import { Questions } from '../parts/dialog.tsx';
import { focusPage } from '../parts/focus.ts';
import { plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Menu } from '../parts/menu.tsx';
import { Page } from '../parts/page.tsx';
import { Empty, Failed, Waiting } from '../parts/state.tsx';
import { toast } from '../parts/toast.tsx';
import { notLoaded, problemOf, type Problem } from '../data/problem.ts';
import { allowed, findPage, permitted, planned } from './commands.ts';
import { helpOpen, KeyHelp, paletteOpen } from './keys.tsx';
import { pages } from './pages.ts';
import { navigate, path, type PageProps, type PageRow } from './router.ts';
import { connectionsKnown, homeOf, interrupted, leave, me, signInAddress, signOut } from './session.ts';
import { density, setDensity, setTheme, theme } from './theme.ts';

const menuOpen = signal(false);

// ---- the page of the address ----

const loaded = new Map<PageRow, ComponentType<PageProps>>();

/** Not while the server is away: the browser would show its own page of an error and nothing more of ours. */
async function loadAnew(): Promise<void> {
	try {
		await get('/api/me');
		location.reload();
	} catch (e) {
		toast.bad(problemOf(e));
	}
}

function Shown() {
	const found = findPage(path.value);
	const row = found?.row ?? null;
	const [, again] = useState(0);
	const [problem, setProblem] = useState<Problem | null>(null);
	const View = row && loaded.get(row);

	useEffect(() => {
		setProblem(null);
		if (!row || loaded.has(row))
			return;
		row.load().then((m) => {
			loaded.set(row, m.default);
			again((n) => n + 1);
		}, () => setProblem(notLoaded()));
	}, [row]);
	useEffect(() => {
		menuOpen.value = false;
	}, [path.value]);
	// A server that was away and is back has the missing part, perhaps in another version.
	const before = useRef(liveState.value);
	useEffect(() => {
		const back = before.current !== 'live' && liveState.value === 'live';
		before.current = liveState.value;
		if (problem && back)
			location.reload();
	}, [liveState.value]);
	return (
		<main id="main" tabIndex={-1} inert={menuOpen.value}>
			{!row ? <Nowhere />
				: !permitted(row) ? <Forbidden title={row.title} />
					: !planned(row) ? <Unplanned title={row.title} connector={row.connector ?? ''} />
						: View ? <Guarded key={path.value} View={View} params={found?.params ?? {}} />
							: problem ? <Page title={row.title}><Failed problem={problem} retry={loadAnew} /></Page>
								: <div class="page"><Waiting lines={6} /></div>}
		</main>
	);
}

/** A page that fails is told of; the frame around it goes on. */
function Guarded({ View, params }: { View: ComponentType<PageProps>; params: Record<string, string> }) {
	const [error] = useErrorBoundary((e) => console.error(e));

	return error ? <Page title="The page failed"><Failed problem={problemOf(error)} retry={() => location.reload()} /></Page>
		: <View params={params} />;
}

function Nowhere() {
	return (
		<Page title="There is no such page">
			<Empty title="Nothing is at this address" icon="search" action={<a class="button" href={homeOf(me.value?.roles ?? [])}>Go to the start</a>}>
				It may be mistyped, or what it named was removed. Ctrl K finds what there is.
			</Empty>
		</Page>
	);
}

function Forbidden({ title }: { title: string }) {
	return (
		<Page title={title}>
			<Empty title="Your role does not show this page" icon="key"
				action={<a class="button" href={homeOf(me.value?.roles ?? [])}>Go to your start page</a>}>
				You are signed in as {me.value?.roles.join(', ') || 'somebody without a role'}. An administrator can give you another role.
			</Empty>
		</Page>
	);
}

/** A page of an integration that this server does not have, or of which it is not known yet. */
function Unplanned({ title, connector }: { title: string; connector: string }) {
	if (!connectionsKnown.value)
		return <div class="page"><Waiting lines={6} /></div>;
	return (
		<Page title={title}>
			<Empty title="The plan has no such connection" icon="plug" command="lockstep check">
				Add a connection whose connector is {connector} to lockstep.yaml, and start the server again.
			</Empty>
		</Page>
	);
}

// ---- around it ----

function closeMenu(): void {
	menuOpen.value = false;
	document.getElementById('pages-button')?.focus();
}

function Nav() {
	const at = path.value;
	const shown = pages.filter((p) => p.nav && allowed(p));
	const groups = ['Engine', 'Integrations', 'Settings'] as const;

	return (
		<nav id="nav" class={menuOpen.value ? 'open' : ''} aria-label="Pages" onKeyDown={(e) => {
			if (e.key === 'Escape' && menuOpen.value)
				closeMenu();
		}} onClick={(e) => {
			if ((e.target as Element).closest('a'))
				menuOpen.value = false;
		}}>
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
	const says = state === 'paused' && missed.value > 0 ? `Paused, ${plural(missed.value, 'change')}` : LIVE_SAYS[state];

	return (
		<><button type="button" class={`button plain live live-${state}`} aria-pressed={paused.value}
			title={paused.value ? 'Go on with live updates (p)' : 'Pause live updates (p)'} onClick={() => pause(!paused.value)}>
			<Icon name={state === 'paused' ? 'play' : state === 'live' ? 'dot' : state === 'lost' ? 'warn' : 'ring'} />
			<span>{says}</span>
		</button>
		<span class="unseen" role="status">
			{state === 'lost' ? 'Connection lost. The page tries again by itself and shows what it has meanwhile.' : ''}
		</span></>
	);
}

function Account() {
	const who = me.value;
	// A provider's people have a number for a name; where they come from tells them more.
	const name = (who?.kind === 'jwt' && who.provider) || (who?.name.replace(/^[a-z]+:/, '') ?? '');

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
			<span class="who" title={who?.name}>{name}<small class="quiet">{who?.roles.join(', ')}</small></span>
		</Menu>
	);
}

function Palette() {
	const [View, setView] = useState<{ of: ComponentType<{ onClose: () => void }> } | null>(null);

	useEffect(() => {
		if (paletteOpen.value && !View)
			import('./palette.tsx').then((m) => setView({ of: m.default }), () => {
				paletteOpen.value = false;
				toast.bad(notLoaded());
			});
	}, [paletteOpen.value]);
	return paletteOpen.value && View && <View.of onClose={() => {
		paletteOpen.value = false;
	}} />;
}

/** Over a page whose person was signed out while they wrote. */
function Interrupted() {
	const [View, setView] = useState<{ of: ComponentType } | null>(null);

	useEffect(() => {
		if (interrupted.value && !View)
			import('../pages/access/again.tsx').then((m) => setView({ of: m.default }), leave);
	}, [interrupted.value]);
	return interrupted.value && View && <View.of />;
}

export function Shell() {
	const found = findPage(path.value);
	const signedIn = me.value?.signed_in;

	useEffect(() => {
		if (me.value && !signedIn && !found?.row.bare)
			navigate(signInAddress(), { replace: true });
		else if (signedIn && me.value?.roles.length === 0 && !found?.row.bare)
			navigate('/sign-in', { replace: true }); // which says how to get a role
		else if (signedIn && path.value === '/' && !(found && allowed(found.row)) && homeOf(me.value?.roles ?? []) !== '/')
			navigate(homeOf(me.value?.roles ?? []), { replace: true });
	}, [signedIn, path.value]);
	// The page gets the focus when it changes, for whoever reads by ear or by keyboard.
	const first = useRef(true);
	useEffect(() => {
		if (first.current)
			first.current = false;
		else
			focusPage();
	}, [path.value]);

	if (!me.value || (!signedIn && !found?.row.bare))
		return <div class="page"><Waiting lines={4} /></div>;
	if (found?.row.bare)
		return <><Shown /><Questions /></>;
	return (
		<>
			<a class="skip" href="#main" onClick={(e) => {
				e.preventDefault();
				document.getElementById('main')?.focus();
			}}>Skip to the content</a>
			<header class="top">
				<button type="button" id="pages-button" class="button plain alone phone-only" aria-label="Pages" aria-controls="nav"
					aria-expanded={menuOpen.value} onClick={() => {
						menuOpen.value = !menuOpen.value;
					}} onKeyDown={(e) => {
						if (e.key === 'Escape')
							closeMenu();
					}}><Icon name={menuOpen.value ? 'cross' : 'menu'} /></button>
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
			<Interrupted />
			<Questions />
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
