// SPDX-License-Identifier: Apache-2.0
// test.tsx - the live test of a connection, with its findings.
import { useEffect, useState } from 'preact/hooks';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { duration } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Failed, Waiting } from '../../parts/state.tsx';

interface Result {
	ok: boolean;
	took_ms: number;
	findings: { what: string; ok: boolean; says: string; next: string | null }[];
}

export function TestDialog({ name, onClose }: { name: string; onClose: () => void }) {
	const [result, setResult] = useState<Result | null>(null);
	const test = useAction(async () => {
		setResult(null);
		setResult((await send<Result>('POST', at`/api/connections/${name}/test`)).data);
	}, { quiet: true });

	useEffect(() => void test.run(), [name]);
	return (
		<Dialog title={`Test ${name}`} onClose={onClose} actions={<>
			<Button busy={test.busy} icon="refresh" onClick={() => test.run()}>Test again</Button>
			<Button kind="main" onClick={onClose}>Close</Button>
		</>}>
			{test.problem.value && <Failed problem={test.problem.value} />}
			{!result && !test.problem.value && <><p class="quiet">Asking the vendor for one page; nothing is written.</p><Waiting /></>}
			{result && (
				<div class="flow">
					<p role="status"><strong>{result.ok ? 'It works.' : 'It does not work.'}</strong>{' '}
						<span class="quiet">{duration(result.took_ms)}</span></p>
					<ul class="findings">
						{result.findings.map((f, i) => (
							<li key={`${f.what}${i}`}>
								<Icon name={f.ok ? 'check' : 'cross'} class={f.ok ? 'tone-good' : 'tone-bad'} label={f.ok ? 'ok' : 'failed'} />
								<span><strong>{f.what}</strong> {f.says}{f.next && <span class="quiet"> {f.next}</span>}</span>
							</li>
						))}
					</ul>
				</div>
			)}
		</Dialog>
	);
}
