import { basename, dirname, join } from 'node:path';
import { atomicDirectory, writeFailure } from './atomic.js';
import { readdir, readFile, rm, writeFile } from './disk.js';
import { removeLeftovers } from './leftovers.js';

/** Where long work leaves its state from time to time, so that another run can go on from there. */
export interface CheckpointStore {
  /** At least so long from one state written to the next. */
  readonly intervalMs: number;
  /** The state that was kept last; undefined if there is none. */
  read(): Promise<ReadonlyMap<string, Uint8Array> | undefined>;
  /** Keeps this state in place of an earlier one, completely or not at all. */
  write(files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  clear(): Promise<void>;
}

/**
 * Keeps states in a hidden folder beside the folder that the work will end in.
 *
 * @param directory that of the result, e.g. an artifact
 * @throws PipelineError `outputFailed` when writing fails
 */
export function checkpointsBeside(directory: string, intervalMs = 5000): CheckpointStore {
  const path = join(dirname(directory), `.${basename(directory)}.checkpoint`);
  return {
    intervalMs,
    async read() {
      try {
        await removeLeftovers(path);
        const names = await readdir(path);
        return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(path, name))] as const)));
      } catch {
        return undefined; // what cannot be read is as good as none
      }
    },
    async write(files) {
      const target = await atomicDirectory(path, () => true);
      try {
        for (const [name, bytes] of files) await writeFile(join(target.partial, name), bytes);
        await target.commit();
      } catch (error) {
        throw writeFailure(path, error);
      } finally {
        await target.abort();
      }
    },
    clear: () => rm(path, { recursive: true, force: true }),
  };
}
