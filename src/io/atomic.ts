import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, PipelineError } from '../errors.js';
import { mkdir, open, readdir, rm, stat } from './disk.js';
import { begin, end, hiddenName, removeLeftovers } from './leftovers.js';
import { makeDirectory } from './makeDirectory.js';
import { passingFault, retried } from './retries.js';
import { whereItLeads } from './whereItLeads.js';

/**
 * A file or directory under construction. It grows beside its final name under a hidden one, and gets the final name when it is
 * whole and on disk. A process that ends before removes the hidden one; one that is killed leaves it to the next that opens the same
 * path. Where the final name is a symbolic link, the link stays, and all of this happens where it leads.
 */
export interface AtomicOutput {
  /** The final name. */
  readonly path: string;
  /** The file (empty) or directory (empty) to write to. Whatever is opened in it must be closed before `commit`. */
  readonly partial: string;
  /** Brings everything to disk and moves it to the final name, in place of an earlier output. Once, at the end. */
  commit(): Promise<void>;
  /** Removes the partial output. An earlier one stays. Without effect after `commit` and `keep`. */
  abort(): Promise<void>;
  /** From now on the partial output outlives this process: another run goes on with it, or whoever writes to the same path removes it. */
  keep(): void;
}

/** @throws PipelineError `badOption` if no file can be made at that path */
export async function atomicFile(path: string): Promise<AtomicOutput> {
  return output(path, undefined, {
    async check(found) {
      if (found !== 'file') throw unwritable(path, `expected the name of a file, found a ${found}`);
    },
    async create(partial) {
      const file = await open(partial, 'wx');
      await file.close();
    },
    async publish(partial, target) {
      await sync(partial);
      await retried('rename', target, async () => renameSync(partial, target));
    },
  });
}

/**
 * @param owns Whether an entry of an earlier output may be deleted with it. A directory with anything else in it is not touched.
 * @param kept the partial directory of an earlier run, to go on with; of a name of this process
 * @throws PipelineError `badOption` if no directory can be made at that path
 */
export async function atomicDirectory(
  path: string,
  owns: (entry: string) => boolean,
  kept?: string,
): Promise<AtomicOutput> {
  return output(path, kept, {
    async check(found) {
      if (found !== 'directory') throw unwritable(path, `expected the name of a directory, found a ${found}`);
      if (await isMountPoint(whereItLeads(path))) {
        throw unwritable(path, 'a file system is mounted there, which nothing can replace: expected a name below it');
      }
      const foreign = (await readdir(path)).find((entry) => !owns(entry));
      if (foreign !== undefined) {
        throw unwritable(path, `the directory holds ${foreign}, which was not written here; nothing of it is replaced`);
      }
    },
    create: async (partial) => {
      await mkdir(partial);
    },
    async publish(partial, target) {
      for (const entry of await readdir(partial)) await sync(join(partial, entry));
      await sync(partial);
      const earlier = hiddenName(target, 'replaced');
      const replaces = (await kindOf(target)) !== undefined;
      begin(earlier);
      // At one go: an interruption comes before or after.
      await retried('rename', target, async () => {
        if (replaces) renameSync(target, earlier);
        try {
          renameSync(partial, target);
        } catch (error) {
          if (replaces) renameSync(earlier, target);
          throw error;
        }
      });
      await rm(earlier, { recursive: true, force: true });
      end(earlier);
    },
  });
}

/**
 * Creates the hidden sibling that `path` grows in, after removing those that dead processes left. It is removed if the process ends
 * before `end` is called with it.
 *
 * @returns its path
 */
export async function claimPartial(path: string, create: (partial: string) => Promise<void>): Promise<string> {
  await makeDirectory(dirname(path));
  await removeLeftovers(path);
  for (;;) {
    const partial = hiddenName(path, 'partial');
    begin(partial);
    try {
      await create(partial);
      return partial;
    } catch (error) {
      end(partial);
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

interface OutputKind {
  /** @param found what is there already */
  check(found: FileKind): Promise<void>;
  create(partial: string): Promise<void>;
  publish(partial: string, target: string): Promise<void>;
}

async function output(path: string, kept: string | undefined, kind: OutputKind): Promise<AtomicOutput> {
  const target = whereItLeads(path);
  let partial: string;
  let isKept = kept !== undefined;
  try {
    const found = await kindOf(path);
    if (found) await kind.check(found);
    if (kept !== undefined) await removeLeftovers(target);
    partial = kept ?? (await claimPartial(target, (name) => kind.create(name)));
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    throw isFault(error) ? writeFailure(path, error) : unwritable(path, messageOf(error), error);
  }
  let committed = false;
  return {
    path,
    partial,
    async commit() {
      try {
        await kind.publish(partial, target);
        committed = true;
        end(partial);
        await sync(dirname(target));
      } catch (error) {
        throw writeFailure(path, error);
      }
    },
    async abort() {
      if (committed || isKept) return;
      await rm(partial, { recursive: true, force: true });
      end(partial);
    },
    keep() {
      isKept = true;
      end(partial);
    },
  };
}

type FileKind = 'file' | 'directory' | 'pipe or device';

async function kindOf(path: string): Promise<FileKind | undefined> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return 'directory';
    return stats.isFile() ? 'file' : 'pipe or device';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether another file system begins at a directory: nothing can be moved to its name. */
async function isMountPoint(path: string): Promise<boolean> {
  const [inside, outside] = await Promise.all([stat(path), stat(dirname(path))]);
  return inside.dev !== outside.dev;
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

/** Whether it is the disk that fails, and not the path that is wrong. */
function isFault(error: unknown): boolean {
  return (
    passingFault(error) !== undefined || ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'].includes(String(errorCode(error)))
  );
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
