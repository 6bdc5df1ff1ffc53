import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, PipelineError } from '../errors.js';
import { makeDirectory } from './makeDirectory.js';

/**
 * A file or directory under construction. It grows beside its final name under a hidden one, and gets the final name when it is
 * whole and on disk. A process that is killed leaves at worst the hidden one, which the next to open the same path removes.
 */
export interface AtomicOutput {
  /** The final name. */
  readonly path: string;
  /** The file (empty) or directory (empty) to write to. Whatever is opened in it must be closed before `commit`. */
  readonly partial: string;
  /** Brings everything to disk and moves it to the final name, in place of an earlier output. Once, at the end. */
  commit(): Promise<void>;
  /** Removes the partial output. An earlier one stays. Without effect after `commit`. */
  abort(): Promise<void>;
}

/** @throws PipelineError `badOption` if no file can be made at that path */
export async function atomicFile(path: string): Promise<AtomicOutput> {
  return output(path, {
    async check(found) {
      if (found === 'directory') throw unwritable(path, 'expected the name of a file, found a directory');
    },
    async create(partial) {
      const file = await open(partial, 'wx');
      await file.close();
    },
    async publish(partial) {
      await sync(partial);
      await rename(partial, path);
    },
  });
}

/**
 * @param owns Whether an entry of an earlier output may be deleted with it. A directory with anything else in it is not touched.
 * @throws PipelineError `badOption` if no directory can be made at that path
 */
export async function atomicDirectory(path: string, owns: (entry: string) => boolean): Promise<AtomicOutput> {
  return output(path, {
    async check(found) {
      if (found === 'file') throw unwritable(path, 'expected the name of a directory, found a file');
      const foreign = found === 'directory' ? (await readdir(path)).find((entry) => !owns(entry)) : undefined;
      if (foreign !== undefined) {
        throw unwritable(path, `the directory holds ${foreign}, which was not written here; nothing of it is replaced`);
      }
    },
    create: async (partial) => {
      await mkdir(partial);
    },
    async publish(partial) {
      for (const entry of await readdir(partial)) await sync(join(partial, entry));
      await sync(partial);
      const earlier = hiddenName(path, 'replaced');
      const replaces = (await kindOf(path)) !== undefined;
      if (replaces) await rename(path, earlier);
      try {
        await rename(partial, path);
      } catch (error) {
        if (replaces) await rename(earlier, path);
        throw error;
      }
      await rm(earlier, { recursive: true, force: true });
    },
  });
}

/**
 * Creates the hidden sibling that `path` grows in, after removing those that dead processes left.
 * @returns its path
 */
export async function claimPartial(path: string, create: (partial: string) => Promise<void>): Promise<string> {
  await makeDirectory(dirname(path));
  await removeLeftovers(path);
  for (;;) {
    const partial = hiddenName(path, 'partial');
    try {
      await create(partial);
      return partial;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

interface OutputKind {
  check(found: 'file' | 'directory' | undefined): Promise<void>;
  create(partial: string): Promise<void>;
  publish(partial: string): Promise<void>;
}

async function output(path: string, kind: OutputKind): Promise<AtomicOutput> {
  let partial: string;
  try {
    await kind.check(await kindOf(path));
    partial = await claimPartial(path, (name) => kind.create(name));
  } catch (error) {
    throw error instanceof PipelineError ? error : unwritable(path, messageOf(error), error);
  }
  let committed = false;
  return {
    path,
    partial,
    async commit() {
      try {
        await kind.publish(partial);
        committed = true;
        await sync(dirname(path));
      } catch (error) {
        throw writeFailure(path, error);
      }
    },
    async abort() {
      if (!committed) await rm(partial, { recursive: true, force: true });
    },
  };
}

let outputs = 0;

/** `.name.partial-<process>-<number>`: hidden, and of no extension that a reader of the directory would take. */
function hiddenName(path: string, role: 'partial' | 'replaced'): string {
  return join(dirname(path), `.${basename(path)}.${role}-${process.pid}-${outputs++}`);
}

/** Removes what dead processes left of this path, and puts back an earlier output that one had moved away but not replaced. */
export async function removeLeftovers(path: string): Promise<void> {
  const directory = dirname(path);
  for (const entry of await readdir(directory)) {
    if (!entry.startsWith(`.${basename(path)}.`)) continue;
    const [, role, pid] = /^(partial|replaced)-(\d+)-\d+$/.exec(entry.slice(basename(path).length + 2)) ?? [];
    const leftover = join(directory, entry);
    if (role === undefined || !(await isStale(leftover, Number(pid)))) continue;
    if (role === 'replaced' && (await kindOf(path)) === undefined) await rename(leftover, path);
    else await rm(leftover, { recursive: true, force: true });
  }
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
    return errorCode(error) === 'ESRCH';
  }
}

async function kindOf(path: string): Promise<'file' | 'directory' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Waits until a file's contents, or a directory's entries, are on disk. Windows cannot do the latter, and need not. */
async function sync(path: string): Promise<void> {
  const isDirectory = (await kindOf(path)) === 'directory';
  if (isDirectory && process.platform === 'win32') return;
  const handle = await open(path, isDirectory ? 'r' : 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A write that failed underway, e.g. since the disk is full. */
export function writeFailure(path: string, error: unknown): PipelineError {
  if (error instanceof PipelineError) return error;
  return new PipelineError('outputFailed', `${path}: writing failed: ${messageOf(error)}`, { cause: error });
}

function unwritable(path: string, why: string, cause?: unknown): PipelineError {
  return new PipelineError('badOption', `${path}: cannot be written: ${why}`, { cause });
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
