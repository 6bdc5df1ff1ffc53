import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, PipelineError } from '../errors.js';
import { readdir, stat, writeFile } from './disk.js';
import { makeDirectory } from './makeDirectory.js';

/** What a hidden sibling of an output is: one that grows, an earlier one that makes room for it, or the sign that somebody is at work. */
const ROLES = ['partial', 'replaced', 'running'] as const;
type Role = (typeof ROLES)[number];

/** `.name.partial-<process>-<number>` */
const LEFTOVER = /^\.(.+)\.(partial|replaced|running)-(\d+)-\d+$/;

/** Hidden siblings that this thread has under way. */
const underway = new Set<string>();
/** Folders that other threads of this process write below, and how these threads are ended. */
const guarded = new Map<string, () => Promise<unknown>>();
let outputs = 0;
let isListening = false;

/** A hidden sibling of `path`, of no extension that a reader of the directory would take. */
export function hiddenName(path: string, role: Role): string {
  return join(dirname(path), `.${basename(path)}.${role}-${process.pid}-${outputs++}`);
}

/** Notes what must not be left behind, however the process ends, short of a kill. */
export function begin(hidden: string): void {
  listen();
  underway.add(hidden);
}

/** Notes that a hidden sibling has got its name or is gone. */
export function end(hidden: string): void {
  underway.delete(hidden);
}

/**
 * Watches over a folder that another thread writes below: when the function that it gives is called, or the process ends, what the
 * thread has left there is removed. Threads are ended without being asked.
 *
 * @param endThread for `endThreads`
 */
export function guardFolder(folder: string, endThread: () => Promise<unknown>): () => void {
  listen();
  guarded.set(folder, endThread);
  return () => {
    guarded.delete(folder);
    removeBelow(folder);
  };
}

/** Ends the threads that write below guarded folders: while the process tidies up, they would begin something new. */
export async function endThreads(): Promise<void> {
  await Promise.allSettled([...guarded.values()].map((endThread) => endThread()));
}

/** Removes what dead processes left of this path, and puts back an earlier output that one had moved away but not replaced. */
export async function removeLeftovers(path: string, roles: readonly Role[] = ROLES): Promise<void> {
  const directory = dirname(path);
  for (const entry of await readdir(directory)) {
    const [, name, role, pid] = LEFTOVER.exec(entry) ?? [];
    if (name !== basename(path) || !roles.includes(role as Role)) continue;
    const leftover = join(directory, entry);
    if (await isStale(leftover, Number(pid))) remove(leftover);
  }
}

/** A name of this process for a hidden sibling that another one, or an earlier run of this one, has left. */
export function ownName(hidden: string): string {
  const [, name, role] = LEFTOVER.exec(basename(hidden))!;
  return hiddenName(join(dirname(hidden), name!), role as Role);
}

/**
 * Says that this process is at work on `path`, until the function that it gives is called or the process ends.
 * @throws PipelineError `badOption` if another process of this machine says so, too, or nothing can be written there
 */
export async function claimWork(path: string): Promise<() => void> {
  const mine = hiddenName(path, 'running');
  try {
    await makeDirectory(dirname(path));
    await removeLeftovers(path, ['running']); // a partial output may be what the work goes on with
    begin(mine);
    await writeFile(mine, '');
  } catch (error) {
    end(mine);
    throw new PipelineError('badOption', `${path}: cannot be written: ${messageOf(error)}`, { cause: error });
  }
  const release = (): void => {
    rmSync(mine, { force: true });
    end(mine);
  };
  const other = (await workersOn(path)).find((pid) => pid !== process.pid);
  if (other === undefined) return release;
  release();
  throw new PipelineError(
    'badOption',
    `${path}: process ${other} is at work on it: expected to be alone; wait for it, or write elsewhere (--out)`,
  );
}

/** The processes that say that they are at work on a path. */
async function workersOn(path: string): Promise<number[]> {
  const found = (await readdir(dirname(path))).map((entry) => LEFTOVER.exec(entry));
  return found.flatMap((match) => (match?.[1] === basename(path) && match[2] === 'running' ? [Number(match[3])] : []));
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  process.on('exit', () => {
    for (const hidden of underway) remove(hidden);
    for (const folder of guarded.keys()) removeBelow(folder);
  });
}

function removeBelow(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (Number(LEFTOVER.exec(basename(entry))?.[3]) === process.pid) remove(join(folder, entry));
  }
}

function remove(leftover: string): void {
  const [, name = '', role] = LEFTOVER.exec(basename(leftover)) ?? []; // others have names of their own
  const path = join(dirname(leftover), name);
  if (role === 'replaced' && !existsSync(path)) renameSync(leftover, path);
  else rmSync(leftover, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }); // a thread may write there yet
}

/** A number of a process may be given again, even to this one: what is older than this process is not of this process. */
async function isStale(leftover: string, pid: number): Promise<boolean> {
  if (pid === process.pid) {
    const stats = await stat(leftover).catch(() => undefined);
    return stats !== undefined && stats.ctimeMs < Date.now() - process.uptime() * 1000;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
