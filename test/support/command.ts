import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const TESTS = fileURLToPath(new URL('../', import.meta.url));
/** Commands that read pipeline files. */
const READING = new Set(['run', 'validate', 'graph', 'test', 'tap', 'segment', 'plan', 'task', 'commit']);

export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the command in a folder; operators of the tests and of the folder are allowed unless the arguments say which. @param meanwhile gets the process once it runs @param env beside that of the tests */
export async function soapstream(
  folder: string,
  args: readonly string[],
  meanwhile: (child: ChildProcessByStdio<null, Readable, Readable>) => Promise<void> = async () => {},
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const isTold = args.includes('--operators') || !READING.has(args[0]!);
  const allowed = isTold ? [] : [TESTS, folder].flatMap((path) => ['--operators', path]);
  const child = spawn(process.execPath, [CLI, ...args, ...allowed], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await meanwhile(child);
  return { code: await ended, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
