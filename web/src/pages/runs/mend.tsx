// SPDX-License-Identifier: Apache-2.0
// mend.tsx - one record in quarantine: each complaint at its field, the record as text, and what can
// be done with it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { at, newKey, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { problemOf, type Problem } from '../../data/problem.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { ask, Drawer } from '../../parts/dialog.tsx';
import { count, words } from '../../parts/format.ts';
import { TextField } from '../../parts/form.tsx';
import { Facts } from '../../parts/page.tsx';
import { Failed, Of } from '../../parts/state.tsx';
import { When } from '../../parts/time.tsx';
import { toast } from '../../parts/toast.tsx';
import { asJson, placesOf, textAt, withAt } from './pointer.ts';
import type { Item } from './quarantine-table.tsx';

interface Complaint {
	field: string | null;
	pointer: string | null;
	reason: string;
	detail: string;
}

interface ItemDetail extends Item {
	text: string;
	complaints: Complaint[];
	can_read_again: boolean;
	next: string;
}

function complaintsOf(p: Problem): Complaint[] | null {
	return Array.isArray(p.more.complaints) ? p.more.complaints as Complaint[] : null;
}

export function Mend({ id, onClose, onDone }: { id: string; onClose: () => void; onDone: () => void }) {
	const r = useResource<ItemDetail>(at`/api/quarantine/${id}`, { pollMs: 0 });

	return (
		<Drawer title="Record in quarantine" wide onClose={onClose}>
			<Of resource={r} lines={8}>{(item) => <Editor item={item} onClose={onClose} onDone={onDone} />}</Of>
		</Drawer>
	);
}

function Editor({ item, onClose, onDone }: { item: ItemDetail; onClose: () => void; onDone: () => void }) {
	const [text, setText] = useState(item.text);
	const [complaints, setComplaints] = useState(item.complaints);
	const [refused, setRefused] = useState<Problem | null>(null);
	const area = useRef<HTMLTextAreaElement>(null);
	const changed = text !== item.text;
	const broken = whyBroken(text);

	const retry = async (body: object): Promise<void> => {
		setRefused(null);
		try {
			const { data } = await send<{ outcome: string }>('POST', at`/api/quarantine/${item.id}/retry`, body, { idempotencyKey: newKey() });
			toast.good(`The record is a row now: ${words(data.outcome).toLowerCase()}`);
			onDone();
			onClose();
		} catch (e) {
			const p = problemOf(e);
			setComplaints(complaintsOf(p) ?? complaints);
			setRefused(p);
		}
	};
	const save = useAction(() => retry({ text }));
	const again = useAction(() => retry({}));
	const dismiss = useAction(async (reason: string) => {
		await send('DELETE', at`/api/quarantine/${item.id}`, undefined, { query: { reason } });
		onDone();
		onClose();
	}, { done: 'Dismissed' });

	return (
		<div class="flow mend">
			<Facts rows={[
				['Record', <code key="k">{item.key}</code>],
				['Table', `${item.table} of ${item.connection}`],
				['Seen', <span key="s">first <When at={item.first_at} />, last <When at={item.last_at} />, tried {count(item.tries)} ×</span>],
			]} />
			<p class="quiet">{item.next}</p>
			{refused && <Failed problem={refused} />}
			{complaints.length === 0 && <p class="note tone-good">Nothing speaks against it any more: read it again.</p>}
			{complaints.map((c) => <Complained key={`${c.field}${c.reason}`} c={c} text={text} setText={setText} area={area} />)}
			<TextArea text={text} setText={setText} area={area} broken={broken} />
			<div class="row">
				<Button kind="main" icon="check" busy={save.busy} why={broken ?? (changed ? undefined : 'Correct the record first')}
					onClick={() => save.run()}>Save corrected record</Button>
				<Button icon="refresh" busy={again.busy} onClick={() => again.run()}>
					{item.can_read_again ? 'Read again from the vendor' : 'Try again as it is'}
				</Button>
				<Button kind="plain" icon="trash" busy={dismiss.busy} onClick={async () => {
					const reason = await ask({ title: 'Dismiss this record?', yes: 'Dismiss', danger: true, reason: true,
						text: 'It is forgotten here. The next run that reads the record judges it anew.' });
					if (reason !== null)
						await dismiss.run(reason);
				}}>Dismiss…</Button>
			</div>
			<p class="hint">A correction made here holds until the record changes at the vendor: correct it there too.</p>
		</div>
	);
}

function whyBroken(text: string): string | undefined {
	try {
		placesOf(text);
		return undefined;
	} catch (e) {
		return e instanceof Error ? e.message : 'This is no JSON.';
	}
}

type Area = { current: HTMLTextAreaElement | null };

/** The field that a complaint is about, to be typed anew; the whole record follows. */
function Complained({ c, text, setText, area }: { c: Complaint; text: string; setText: (t: string) => void; area: Area }) {
	const now = c.pointer ? textAt(text, c.pointer) : null;
	const [typed, setTyped] = useState(now ?? '');
	const simple = now === null || !/^[[{]/.test(now);

	useEffect(() => {
		if (now !== null && asJson(typed) !== now)
			setTyped(now);
	}, [now]);
	if (!c.pointer || !simple)
		return (
			<div class="field">
				<span class="label">{c.field ?? 'The record'}</span>
				<p class="complaint">{words(c.reason)}: {c.detail}</p>
				{c.pointer && <Button icon="search" onClick={() => show(area, text, c.pointer ?? '')}>Show it in the record</Button>}
			</div>
		);
	return (
		<TextField label={`${c.field ?? ''} (${c.pointer})`} value={typed} mono complaint={`${words(c.reason)}: ${c.detail}`}
			hint="A text, or JSON: a number, true, null." onChange={(v) => {
				setTyped(v);
				try {
					setText(withAt(text, c.pointer ?? '', v === '' ? 'null' : asJson(v)));
				} catch { /* the record says what is wrong with it */ }
			}} />
	);
}

function show(area: Area, text: string, pointer: string): void {
	try {
		const p = placesOf(text).get(pointer);
		area.current?.focus();
		if (p)
			area.current?.setSelectionRange(p.from, p.to);
	} catch { /* the record says what is wrong with it */ }
}

function TextArea({ text, setText, area, broken }: {
	text: string;
	setText: (t: string) => void;
	area: Area;
	broken: string | undefined;
}) {
	return (
		<div class="field">
			<label for="mend-record">Record (JSON)</label>
			<textarea id="mend-record" ref={area} class="mono" rows={16} value={text} spellcheck={false}
				aria-invalid={broken ? true : undefined} aria-describedby="mend-says"
				onInput={(e) => setText(e.currentTarget.value)} />
			<p id="mend-says" class={broken ? 'complaint' : 'hint'}>{broken ?? 'Numbers keep their digits: the text is sent as it stands.'}</p>
		</div>
	);
}
