import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** In the scripts of `child`: `use('io/x.js')` imports from the build, `ready()` tells the parent and then waits for ever. */
const PRELUDE = `
  const use = (path) => import(${JSON.stringify(pathToFileURL(`${resolve('dist')}/`).href)} + path);
  const ready = () => { process.stderr.write('ready'); setInterval(() => {}, 1000); };
`;

/** A Node process that runs an ES module in the root of the project. */
export function child(script: string): ChildProcessWithoutNullStreams {
  const process = spawn('node', ['--input-type=module', '--eval', PRELUDE + script]);
  onTestFinished(() => void process.kill('SIGKILL'));
  return process;
}

/** Runs a script until it says that it is ready, and kills its process without warning. */
export async function killWhenReady(script: string): Promise<void> {
  const running = child(script);
  const [said] = (await once(running.stderr, 'data')) as [Buffer];
  if (said.toString() !== 'ready') throw new Error(said.toString());
  running.kill('SIGKILL');
  await once(running, 'exit');
}

/** What a script has written when it ends. */
export async function outputOf(
  running: ChildProcessWithoutNullStreams,
): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  running.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  running.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  const [code] = (await once(running, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr).toString() };
}
