// SPDX-License-Identifier: Apache-2.0
// card.ts - <sync-link-card>: a player's link to their rating (PTI), in any page.
//
//     <script src="SERVER/embed/sync-link-card.js"></script>
//     <sync-link-card server="SERVER" player="ID" token-url="/my/app/embed-token"></sync-link-card>
//
// Attributes: `player` (the application's id of the player); `server` (where Lockstep is; empty: here);
// `token` (a scoped token) or `token-url` (a page of the application that answers {"token": "…"}; asked
// again when a token has run out).  Neither: the browser's own session at the server.
// Events, which bubble: `pti-update` with detail {pti}; `pti-toast` with detail {tone, text}, and unless
// somebody calls preventDefault() on it, the card shows the text itself.
// Looks: --sync-card-{surface,text,quiet,line,accent,on-accent,good,bad,radius,font}.
//
// Always: texts are set as texts, never as HTML; a token is kept in memory alone.
import { SHEET } from './sheet.ts';

interface Status {
	linked: boolean;
	print_page_url: string | null;
	current_pti: number | null;
	last_synced_at: string | null;
	sync_enabled: boolean;
}

interface Linked {
	pti?: number | null;
	message?: string;
	player_name?: string;
	name_match?: boolean;
	warning?: string | null;
}

interface Refreshed {
	pti: number | null;
	previous_pti: number | null;
	changed: boolean;
	no_pti?: boolean;
}

type Doing = '' | 'link' | 'refresh' | 'unlink';
type Tone = 'good' | 'info' | 'bad';

class Refusal extends Error {
	constructor(readonly status: number, text: string, readonly retryAfterS: number) {
		super(text);
	}
}

const AWAY = 'The server does not answer. Try again in a moment.';
const POLL_MS = 2000;
const POLLS_MAX = 60;

/** An element with attributes, listeners (on…) and children. */
function h(tag: string, attributes: Record<string, unknown>, ...children: (Node | string | null | false)[]): HTMLElement {
	const made = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes))
		if (name.startsWith('on'))
			made.addEventListener(name.slice(2), value as EventListener);
		else if (value === true)
			made.setAttribute(name, '');
		else if (value !== false && value !== null && value !== undefined)
			made.setAttribute(name, String(value));
	for (const child of children)
		if (child)
			made.append(child);
	return made;
}

/** A rating has one decimal, and may be negative. */
function rating(pti: number | null | undefined): string {
	return pti === null || pti === undefined ? '–' : pti.toFixed(1);
}

export class SyncLinkCard extends HTMLElement {
	static observedAttributes = ['player', 'server', 'token', 'token-url'];

	private status: Status | null = null;
	private failure: Refusal | null = null;
	private complaint = '';
	private note = '';
	private toast: { tone: Tone; text: string } | null = null;
	private doing: Doing = '';
	private typed = '';
	private readyAt = 0;
	private got = '';
	private turn = 0;
	private timer = 0;
	private toastTimer = 0;
	private root: ShadowRoot | null = null;

	connectedCallback(): void {
		if (!this.root) {
			this.root = this.attachShadow({ mode: 'open' });
			const sheet = new CSSStyleSheet();
			sheet.replaceSync(SHEET);
			this.root.adoptedStyleSheets = [sheet];
		}
		void this.load();
	}

	disconnectedCallback(): void {
		this.turn++;
		clearTimeout(this.timer);
		clearTimeout(this.toastTimer);
	}

	attributeChangedCallback(name: string, before: string | null, after: string | null): void {
		if (!this.root || before === after)
			return;
		this.got = '';
		if (name === 'player')
			this.status = null;
		void this.load();
	}

	// ---- the server ----

	private async token(again: boolean): Promise<string> {
		const url = this.getAttribute('token-url');

		if (!url)
			return this.getAttribute('token') ?? '';
		if (this.got && !again)
			return this.got;
		const answer = await fetch(url, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
		const body = answer.ok ? await answer.json() as { token?: unknown } : {};
		this.got = typeof body.token === 'string' ? body.token : '';
		if (!this.got)
			throw new Refusal(401, 'Your session has ended. Sign in again.', 0);
		return this.got;
	}

	private async ask<T>(method: string, part: string, body?: unknown, again = false): Promise<{ status: number; data: T }> {
		const player = this.getAttribute('player') ?? '';
		const server = (this.getAttribute('server') ?? '').replace(/\/+$/, '');
		const headers: Record<string, string> = { Accept: 'application/json' };
		let answer: Response;

		try {
			const token = await this.token(again);
			if (token)
				headers.Authorization = `Bearer ${token}`;
			if (body !== undefined)
				headers['Content-Type'] = 'application/json';
			answer = await fetch(`${server}/api/players/${encodeURIComponent(player)}/pti/${part}`, {
				method, headers, credentials: token ? 'omit' : 'same-origin', redirect: 'error', cache: 'no-store',
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
		} catch (e) {
			throw e instanceof Refusal ? e : new Refusal(0, AWAY, 0);
		}
		if (answer.status === 401 && !again && this.hasAttribute('token-url'))
			return this.ask<T>(method, part, body, true);
		const data: unknown = await answer.json().catch(() => ({}));
		if (!answer.ok) {
			const detail = (data as { detail?: unknown }).detail;
			throw new Refusal(answer.status, typeof detail === 'string' && detail ? detail : `The server answered ${answer.status}.`,
				Number(answer.headers.get('Retry-After')) || 0);
		}
		return { status: answer.status, data: data as T };
	}

	private async load(): Promise<void> {
		const turn = ++this.turn;

		this.failure = null;
		this.draw();
		try {
			const { data } = await this.ask<Status>('GET', 'status');
			if (turn === this.turn)
				this.status = data;
		} catch (e) {
			if (turn === this.turn)
				this.failure = e as Refusal;
		}
		if (turn === this.turn)
			this.draw();
	}

	/** 202: the page is still being read.  Looks until what was wished for is there. */
	private async wait(done: (s: Status) => boolean): Promise<Status | null> {
		const turn = this.turn;

		for (let i = 0; i < POLLS_MAX && turn === this.turn; i++) {
			await new Promise((resolve) => setTimeout(resolve, POLL_MS));
			const { data } = await this.ask<Status>('GET', 'status');
			if (done(data))
				return data;
		}
		return null;
	}

	// ---- deeds ----

	private async act(what: Doing, deed: () => Promise<void>, failed: (r: Refusal) => void): Promise<void> {
		if (this.doing)
			return;
		this.doing = what;
		this.complaint = '';
		this.note = '';
		this.draw();
		try {
			await deed();
		} catch (e) {
			failed(e instanceof Refusal ? e : new Refusal(0, String(e), 0));
		}
		this.doing = '';
		this.draw();
		this.root?.querySelector<HTMLElement>('[data-focus]')?.focus();
	}

	private link(): Promise<void> {
		const url = this.typed.trim();

		if (!url) {
			this.complaint = 'Please enter your Paddlescores print page URL';
			this.draw();
			this.root?.querySelector('input')?.focus();
			return Promise.resolve();
		}
		return this.act('link', async () => {
			const { status, data } = await this.ask<Linked>('POST', 'link', { print_page_url: url });
			const now = status === 202 ? await this.wait((s) => s.linked)
				: (await this.ask<Status>('GET', 'status')).data;
			if (!now) {
				this.complaint = 'Reading your page takes long. Look again in a few minutes.';
				return;
			}
			this.status = now;
			this.typed = '';
			this.say('good', data.message ?? `PTI linked successfully! Current PTI: ${rating(now.current_pti)}`);
			this.note = [data.warning, data.name_match === false && data.player_name
				? `It is that of ${data.player_name}: if that is somebody else, unlink it.` : ''].filter(Boolean).join(' ');
			this.changed(now.current_pti);
		}, (r) => {
			this.complaint = r.message || 'Failed to link PTI';
		});
	}

	private refresh(): Promise<void> {
		return this.act('refresh', async () => {
			const before = this.status;
			const { status, data } = await this.ask<Refreshed>('POST', 'refresh');
			const now = status === 202 ? await this.wait((s) => s.last_synced_at !== before?.last_synced_at)
				: (await this.ask<Status>('GET', 'status')).data;
			if (!now) {
				this.say('info', 'Reading your page takes long. Look again in a few minutes.');
				return;
			}
			this.status = now;
			const was = data.previous_pti ?? before?.current_pti ?? null;
			if (data.no_pti)
				this.say('info', 'Your page shows no PTI now; the last one stays.');
			else if (status === 202 ? was !== now.current_pti : data.changed)
				this.say('good', was === null ? `PTI updated: ${rating(now.current_pti)}` : `PTI updated: ${rating(was)} → ${rating(now.current_pti)}`);
			else
				this.say('info', 'PTI is already up to date');
			this.changed(now.current_pti);
		}, (r) => {
			if (r.status === 429 && r.retryAfterS > 0)
				this.cool(r.retryAfterS);
			this.say('bad', r.message || 'Failed to refresh PTI');
		});
	}

	private unlink(): Promise<void> {
		return this.act('unlink', async () => {
			const { data } = await this.ask<{ message?: string }>('DELETE', 'link');
			this.status = (await this.ask<Status>('GET', 'status')).data;
			this.say('good', data.message ?? 'PTI sync unlinked');
		}, (r) => this.say('bad', r.status === 403 || r.status === 0 ? r.message : 'Failed to unlink PTI'));
	}

	private cool(seconds: number): void {
		this.readyAt = Date.now() + seconds * 1000;
		clearTimeout(this.timer);
		const tick = (): void => {
			const button = this.root?.querySelector('[data-refresh]');
			if (Date.now() >= this.readyAt)
				this.draw();
			else {
				if (button)
					button.textContent = this.refreshText();
				this.timer = window.setTimeout(tick, 1000);
			}
		};
		this.timer = window.setTimeout(tick, 1000);
	}

	private refreshText(): string {
		const left = Math.ceil((this.readyAt - Date.now()) / 1000);
		return left > 0 ? `Refresh in ${left} s` : 'Refresh Now';
	}

	private changed(pti: number | null): void {
		this.dispatchEvent(new CustomEvent('pti-update', { bubbles: true, composed: true, detail: { pti } }));
	}

	private say(tone: Tone, text: string): void {
		const mine = this.dispatchEvent(new CustomEvent('pti-toast',
			{ bubbles: true, composed: true, cancelable: true, detail: { tone, text } }));

		clearTimeout(this.toastTimer);
		this.toast = mine ? { tone, text } : null;
		if (mine && tone !== 'bad')
			this.toastTimer = window.setTimeout(() => {
				this.toast = null;
				this.draw();
			}, 6000);
	}

	// ---- what is seen ----

	private draw(): void {
		const root = this.root;
		const focused = root?.activeElement?.id;

		if (!root)
			return;
		root.replaceChildren(h('section', { class: 'card', 'aria-label': 'PTI Sync', 'aria-busy': String(this.doing !== '' || (!this.status && !this.failure)) },
			h('header', {},
				h('h2', {}, 'PTI Sync'),
				this.status?.linked ? h('span', { class: 'badge' }, '✓ Linked') : null),
			h('p', { class: 'quiet' }, this.status?.linked
				? 'Your PTI syncs automatically from Paddlescores'
				: 'Link your Paddlescores profile for automatic PTI updates'),
			...(this.failure ? this.drawFailure(this.failure)
				: !this.status ? [h('div', { class: 'bones', role: 'status' }, h('span', { class: 'unseen' }, 'Loading'), h('i', {}), h('i', {}))]
					: this.status.linked ? this.drawLinked(this.status) : this.drawUnlinked(this.status)),
			h('p', { class: `toast ${this.toast?.tone ?? ''}`, role: 'status' }, this.toast?.text ?? '')));
		if (focused)
			root.getElementById(focused)?.focus();
	}

	private drawFailure(r: Refusal): HTMLElement[] {
		return [
			h('p', { class: 'bad box', role: 'alert' }, r.message),
			h('footer', {}, h('button', { type: 'button', class: 'outline', onclick: () => void this.load() }, 'Try again')),
		];
	}

	private drawLinked(s: Status): (HTMLElement | null)[] {
		const synced = s.last_synced_at ? new Date(s.last_synced_at) : null;

		return [
			h('div', { class: 'now' },
				h('div', {}, h('p', { class: 'quiet' }, 'Current PTI'), h('p', { class: 'value' }, rating(s.current_pti))),
				h('div', { class: 'right' }, h('p', { class: 'quiet' }, 'Last synced'),
					synced ? h('time', { datetime: s.last_synced_at, title: synced.toLocaleString() }, synced.toLocaleDateString())
						: h('p', {}, 'Never'))),
			s.sync_enabled ? null : h('p', { class: 'quiet' }, 'Automatic updates are paused for this link.'),
			this.note ? h('p', { class: 'box' }, this.note) : null,
			h('footer', {},
				h('button', { type: 'button', id: 'refresh', class: 'outline', 'data-refresh': true, 'data-focus': this.doing === '' && !this.complaint,
					'aria-disabled': String(this.doing !== '' || Date.now() < this.readyAt),
					onclick: () => {
						if (Date.now() >= this.readyAt)
							void this.refresh();
					} }, this.doing === 'refresh' ? 'Reading your page…' : this.refreshText()),
				h('button', { type: 'button', id: 'unlink', class: 'ghost', 'aria-disabled': String(this.doing !== ''),
					onclick: () => void this.unlink() }, this.doing === 'unlink' ? 'Unlinking…' : 'Unlink')),
		];
	}

	private drawUnlinked(s: Status): (HTMLElement | null)[] {
		const busy = this.doing !== '';

		return [
			h('form', { novalidate: true, onsubmit: (e: Event) => {
				e.preventDefault();
				void this.link();
			} },
			h('label', { for: 'url' }, 'Paddlescores Print Page URL'),
			this.input(busy),
			this.complaint ? h('p', { id: 'complaint', class: 'bad box', role: 'alert' }, this.complaint) : null,
			h('div', { class: 'box' },
				h('strong', {}, 'How to find your print page URL:'),
				h('ol', {},
					h('li', {}, "Go to your league's Paddlescores or Tenniscores site"),
					h('li', {}, "Open your team's roster and find your name"),
					h('li', {}, 'Your name is the link: right-click it (on a phone, hold it) and copy the link address'),
					h('li', {}, 'Paste it above'))),
			s.current_pti === null ? null : h('p', { class: 'quiet' }, `Current PTI: ${rating(s.current_pti)}, not kept up to date.`),
			h('footer', {}, h('button', { type: 'submit', id: 'link', class: 'main', 'aria-disabled': String(busy) },
				busy ? 'Reading your page…' : 'Link PTI'))),
		];
	}

	private input(busy: boolean): HTMLElement {
		const input = h('input', { id: 'url', type: 'url', inputmode: 'url', autocomplete: 'off', spellcheck: 'false', maxlength: 8000,
			placeholder: 'https://gbpta.paddlescores.com/player.php?print&p=...', readonly: busy,
			'aria-invalid': this.complaint ? 'true' : null, 'aria-describedby': this.complaint ? 'complaint' : null,
			oninput: (e: Event) => {
				this.typed = (e.target as HTMLInputElement).value;
			} }) as HTMLInputElement;

		input.value = this.typed;
		return input;
	}
}

if (!customElements.get('sync-link-card'))
	customElements.define('sync-link-card', SyncLinkCard);
