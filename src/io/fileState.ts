import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import { stat } from './disk.js';
import { fileChunks } from './fileChunks.js';
import { inputFiles } from './paths.js';

/** Files up to that size are told by their content, larger ones by size and time: reading them would cost more than it saves. */
const HASHED_BYTES = 64 * 2 ** 20;
const CHUNK_BYTES = 2 ** 20;

/** What a file was at some time. */
export const fileState = z.object({
  path: z.string(),
  bytes: z.number(),
  /** Time of the last change (ms since 1970). */
  modified: z.number(),
  /** Of the content, in hexadecimal; of files up to 64 MiB. */
  sha256: z.string().exactOptional(),
});
export type FileState = Readonly<z.output<typeof fileState>>;

/**
 * The state of a file, or of each file below a directory or matched by a glob. None where nothing is.
 * @throws PipelineError `missingInput` for what cannot be read
 */
export async function fileStates(path: string): Promise<FileState[]> {
  const states: FileState[] = [];
  for (const file of await filesAt(path)) states.push(await stateOf(file));
  return states;
}

async function filesAt(path: string): Promise<string[]> {
  try {
    return await inputFiles(path, ['']);
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'missingInput') return [];
    throw error;
  }
}

async function stateOf(path: string): Promise<FileState> {
  const { size, mtimeMs } = await stat(path);
  const state = { path, bytes: size, modified: mtimeMs };
  return size <= HASHED_BYTES ? { ...state, sha256: await sha256Of(path) } : state;
}

/** Of the content of a file from a byte on, in hexadecimal. @throws PipelineError `missingInput` */
export async function sha256Of(path: string, from = 0): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of fileChunks(path, CHUNK_BYTES, new AbortController().signal, { from })) hash.update(chunk);
  return hash.digest('hex');
}

/** The first path at which two lists of states differ; undefined if nothing does. */
export function changedPath(before: readonly FileState[], now: readonly FileState[]): string | undefined {
  const known = new Map(before.map((state) => [state.path, state]));
  const changed = now.find((state) => !isSame(known.get(state.path), state));
  if (changed) return changed.path;
  const present = new Set(now.map(({ path }) => path));
  return before.find(({ path }) => !present.has(path))?.path;
}

function isSame(before: FileState | undefined, now: FileState): boolean {
  if (before?.bytes !== now.bytes) return false;
  return now.sha256 === undefined ? before.modified === now.modified : before.sha256 === now.sha256;
}
