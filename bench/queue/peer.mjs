// SPDX-License-Identifier: Apache-2.0
// peer.mjs - graphile-worker and pg-boss, driven the way bench_queue.c drives Lockstep.
//
//   peer.mjs SYSTEM load URL JOBS | work URL CONCURRENCY BATCH | latency URL JOBS
//
// SYSTEM is graphile, pgboss or pgboss-raw. BATCH 0: one job per transaction, the system's default.
import { createRequire } from "node:module";
import process from "node:process";

// The packages live in a folder of their own, below build/.
const need = createRequire(process.env.BENCH_PEERS + "/");
const WARM = 50;
const NOOP = "noop";
let ran = 0;

const silence = { emit() {} };

async function graphile(url) {
	const worker = need("graphile-worker");
	const logger = new worker.Logger(() => () => silence.emit());
	const preset = (concurrency, batch) => ({
		worker: {
			connectionString: url, concurrentJobs: concurrency, maxPoolSize: concurrency + 2,
			logger,
			...(batch > 0 ? {
				localQueue: { size: batch, refetchDelay: { durationMs: 10 } },
				completeJobBatchDelay: 0, failJobBatchDelay: 0,
			} : {}),
		},
	});
	return {
		async load(jobs) {
			const utils = await worker.makeWorkerUtils({ connectionString: url, logger });
			await utils.migrate();
			// One at a time, 20,000 take a quarter of a minute.
			for (let left = jobs; left > 0; left -= 5000)
				await utils.withPgClient((client) => client.query(
					"SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(SELECT json_populate_record(" +
					"NULL::graphile_worker.job_spec, json_build_object('identifier', $1::text, " +
					"'payload', '{\"n\":1}'::json)) FROM generate_series(1, $2)))",
					[NOOP, Math.min(left, 5000)]));
			await utils.release();
		},
		async work(concurrency, batch, task) {
			const runner = await worker.run({
				preset: preset(concurrency, batch), noHandleSignals: true,
				taskList: { [NOOP]: task },
			});
			return () => runner.stop();
		},
		async adder() {
			const utils = await worker.makeWorkerUtils({ connectionString: url, logger });
			await utils.migrate();
			return { add: () => utils.addJob(NOOP, { n: 1 }), done: () => utils.release() };
		},
	};
}

async function pgboss(url, raw) {
	const { PgBoss } = need("pg-boss");
	async function open(notify, max) {
		const boss = new PgBoss({ connectionString: url, max, useListenNotify: notify });
		boss.on("error", (e) => console.error(e.message));
		await boss.start();
		return boss;
	}
	const rows = (n) => Array.from({ length: n }, () => ({ data: { n: 1 } }));
	async function fetchLoop(boss, batch, task, state) {
		while (state.on) {
			const jobs = await boss.fetch(NOOP, { batchSize: batch });
			if (!jobs.length) {
				await new Promise((f) => setTimeout(f, 20));
				continue;
			}
			for (const job of jobs)
				await task(job);
			await boss.complete(NOOP, jobs.map((j) => j.id));
		}
	}
	return {
		async load(jobs) {
			const boss = await open(false, 4);
			await boss.createQueue(NOOP);
			for (let left = jobs; left > 0; left -= 5000)
				await boss.insert(NOOP, rows(Math.min(left, 5000)));
			await boss.stop();
		},
		async work(concurrency, batch, task, notify = false) {
			const boss = await open(notify, concurrency + 2);
			const state = { on: true };
			if (raw) {
				const loops = Array.from({ length: concurrency },
					() => fetchLoop(boss, Math.max(batch, 1), task, state));
				return async () => { state.on = false; await Promise.all(loops); await boss.stop(); };
			}
			await boss.work(NOOP, {
				batchSize: Math.max(batch, 1), localConcurrency: concurrency,
				pollingIntervalSeconds: 0.5, burstWhenBatchFull: true,
			}, async (jobs) => { for (const job of jobs) await task(job); });
			return () => boss.stop();
		},
		async adder() {
			const boss = await open(false, 4);
			await boss.createQueue(NOOP, { notify: true });
			return { add: () => boss.send(NOOP, { n: 1 }), done: () => boss.stop() };
		},
	};
}

const lines = () => new Promise((resolve) => process.stdin.once("data", resolve));
const ended = () => new Promise((resolve) => process.stdin.once("end", resolve));

async function work(system, concurrency, batch) {
	console.log("ready");
	await lines();
	const stop = await system.work(concurrency, batch, async () => { ran++; });
	process.stdin.resume();
	await ended();
	await stop();
	console.log(ran);
}

async function latency(system, jobs) {
	let begun = () => {};
	const adder = await system.adder();
	const stop = await system.work(4, 0, async () => { begun(performance.now()); }, true);
	const took = [];
	for (let i = -WARM; i < jobs; i++) {
		const at = new Promise((resolve) => { begun = resolve; });
		const before = performance.now();
		await adder.add();
		took.push((await at) - before);
	}
	await stop();
	await adder.done();
	const sorted = took.slice(WARM).sort((a, b) => a - b);
	console.log(sorted[Math.floor(jobs / 2)].toFixed(3), sorted[Math.floor(jobs * 0.99)].toFixed(3));
}

const [name, verb, url, ...amounts] = process.argv.slice(2);
const [first, second] = amounts.map(Number);
const system = name === "graphile" ? await graphile(url) : await pgboss(url, name === "pgboss-raw");
await { load: () => system.load(first), work: () => work(system, first, second),
	latency: () => latency(system, first) }[verb]();
process.exit(0);
