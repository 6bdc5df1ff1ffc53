/** Runs of the command line whose time, CPU and memory are measured. CPU by thread is read from /proc: Linux only. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** This checkout. */
export const HERE = fileURLToPath(new URL('../..', import.meta.url));

const CLOCK_TICK = 0.01; // seconds, of /proc
const SAMPLE_MS = 50;

/** When the process ends, its CPU seconds and its peak of resident memory go to file descriptor 3. */
export const REPORT_USAGE = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  process.on('exit', () => writeSync(3, JSON.stringify(process.resourceUsage())));
`)}`;

/**
 * @typedef {object} Measured
 * @property {number} wall seconds of the pipeline, as it tells itself
 * @property {number} cpu seconds of the process, all threads
 * @property {number} peak resident bytes
 * @property {number[]} threads CPU seconds of each, the main one first, then the busiest
 * @property {number} rows that its first output has
 * @property {{ count: number, seconds: number }} checkpoints how many were written, and how long that took
 */

/**
 * One `soapstream run` of one pipeline, in a process of its own.
 *
 * @param {{ plans: string, pipeline: string, out: string, workers: number, checkout?: string, more?: string[] }} job the file, what to run
 *   of it, whose build runs it, and more arguments
 * @returns {Promise<Measured>}
 */
export async function measuredRun({ plans, pipeline, out, workers, checkout = HERE, more = [] }) {
  rmSync(join(out, 'runs'), { recursive: true, force: true }); // else nothing runs that has run before
  const command = ['--import', REPORT_USAGE, join(checkout, 'dist/cli.js'), 'run', plans, pipeline];
  command.push('--out', out, '--workers', String(workers), '--json', ...more);
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const output = collect(child.stdout);
  const messages = collect(child.stderr);
  const usage = collect(child.stdio[3]);
  const ended = new Promise((resolve) => child.on('close', resolve));
  /** @type {Map<string, number>} */
  const threads = new Map();
  while (child.exitCode === null && child.signalCode === null) {
    await readThreads(child.pid, threads);
    await Promise.race([ended, sleep(SAMPLE_MS)]);
  }
  if ((await ended) !== 0) throw new Error(`${pipeline} with ${workers} workers failed: ${await messages}`);
  const [{ seconds, outputs, checkpoints = { count: 0, seconds: 0 } }] = JSON.parse(await output).pipelines;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(await usage);
  const main = threads.get(String(child.pid));
  threads.delete(String(child.pid));
  return {
    wall: seconds,
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    peak: maxRSS * 1024,
    threads: [main, ...[...threads.values()].toSorted((a, b) => b - a)],
    rows: outputs[0]?.rows,
    checkpoints,
  };
}

/** @param {import('node:stream').Readable} stream */
async function collect(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

/**
 * Notes the CPU seconds that each thread has used so far.
 *
 * @param {number} pid
 * @param {Map<string, number>} threads by thread id
 */
async function readThreads(pid, threads) {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  for (const task of tasks) {
    const stat = await readFile(`/proc/${pid}/task/${task}/stat`, 'utf8').catch(() => undefined); // it may be gone
    if (stat === undefined) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on
    threads.set(task, (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK);
  }
}
