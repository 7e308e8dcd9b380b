// SPDX-License-Identifier: Apache-2.0
// new_job.tsx - forms that add a job: a new one, or one like another with other arguments.
import { useState } from 'preact/hooks';
import { navigate } from '../../app/router.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { Problem } from '../../data/problem.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { complaintOf, Field, FormProblem, TextField } from '../../parts/form.tsx';
import type { Job } from './model.ts';

/** The text as an object, or what is wrong with it. */
export function readArgs(text: string): { args: Record<string, unknown> } | { wrong: string } {
	try {
		const v: unknown = JSON.parse(text.trim() || '{}');
		return v && typeof v === 'object' && !Array.isArray(v) ? { args: v as Record<string, unknown> }
			: { wrong: 'Arguments are a JSON object, as {"connection": "shop"}' };
	} catch (e) {
		return { wrong: `This is no JSON: ${(e as Error).message}` };
	}
}

/** A moment of the viewer's clock, as the server takes it; empty: at once. */
function moment(local: string): string | undefined {
	return local ? new Date(local).toISOString() : undefined;
}

function useForm(args: string) {
	const [text, setText] = useState(args);
	const [runAt, setRunAt] = useState('');
	const read = readArgs(text);

	return { text, setText, runAt, setRunAt, read, wrong: 'wrong' in read ? read.wrong : undefined };
}

function Fields({ form, problem }: { form: ReturnType<typeof useForm>; problem: Problem | null }) {
	return (
		<>
			<TextField label="Arguments" value={form.text} onChange={form.setText} lines={7} mono
				complaint={form.wrong ?? complaintOf(problem, 'args')} hint="A JSON object. What shows as (hidden) stays what it is." />
			<TextField label="Not before" type="datetime-local" value={form.runAt} onChange={form.setRunAt}
				complaint={complaintOf(problem, 'run_at')} hint="Empty: at once." />
			<FormProblem problem={problem} fields={['args', 'run_at', 'task']} />
		</>
	);
}

export function NewJob({ tasks, onClose }: { tasks: readonly string[]; onClose: () => void }) {
	const form = useForm('{}');
	const [task, setTask] = useState('');
	const add = useAction(async () => {
		if (!('args' in form.read))
			return;
		const run_at = moment(form.runAt);
		const { data } = await send<Job>('POST', '/api/jobs', { task, args: form.read.args, ...(run_at ? { run_at } : {}) },
			{ idempotencyKey: newKey() });
		onClose();
		navigate(`/jobs/${data.id}`);
	}, { quiet: true, done: 'Added' });

	return (
		<Dialog title="Add a job" onClose={onClose} actions={<>
			<Button onClick={onClose}>Close</Button>
			<Button kind="main" busy={add.busy} why={task ? form.wrong : 'Name a task first'} onClick={add.run}>Add it</Button>
		</>}>
			<form onSubmit={(e) => {
				e.preventDefault();
				void add.run();
			}}>
				<Field label="Task" complaint={complaintOf(add.problem.value, 'task')}>
					{(control) => <input {...control} value={task} list="tasks" autocomplete="off" onInput={(e) => setTask(e.currentTarget.value)} />}
				</Field>
				<datalist id="tasks">{tasks.map((t) => <option key={t} value={t} />)}</datalist>
				<Fields form={form} problem={add.problem.value} />
			</form>
		</Dialog>
	);
}

export function Rerun({ job, onClose }: { job: Job; onClose: () => void }) {
	const before = JSON.stringify(job.args ?? {}, null, 2);
	const form = useForm(before);
	const run = useAction(async () => {
		if (!('args' in form.read))
			return;
		const run_at = moment(form.runAt);
		const { data } = await send<Job>('POST', at`/api/jobs/${job.id}/rerun`,
			{ ...(form.text === before ? {} : { args: form.read.args }), ...(run_at ? { run_at } : {}) }, { idempotencyKey: newKey() });
		onClose();
		navigate(`/jobs/${data.id}`);
	}, { quiet: true, done: 'Added another like it' });

	return (
		<Dialog title={`Run ${job.task} again`} onClose={onClose} actions={<>
			<Button onClick={onClose}>Close</Button>
			<Button kind="main" busy={run.busy} why={form.wrong} onClick={run.run}>Run it</Button>
		</>}>
			<p class="quiet">A job of its own is added; job {job.id} stays what it is.</p>
			<form onSubmit={(e) => {
				e.preventDefault();
				void run.run();
			}}>
				<Fields form={form} problem={run.problem.value} />
			</form>
		</Dialog>
	);
}
