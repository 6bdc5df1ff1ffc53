import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, PipelineError } from '../errors.js';
import { atomicDirectory } from './atomic.js';

/** The file of an artifact's directory that says what it is. */
const MANIFEST = 'artifact.json';

/** A fitted model on disk: what it is, and its files. */
export interface StoredArtifact {
  /** Plain JSON. */
  readonly description: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Writes an artifact's directory, complete or not at all; an earlier one of that name is replaced. */
export async function writeArtifact(directory: string, { description, files }: StoredArtifact): Promise<void> {
  const known = new Set([MANIFEST, ...files.keys()]);
  const target = await atomicDirectory(directory, (entry) => known.has(entry) || /\.(json|bin|arrow)$/.test(entry));
  try {
    for (const [name, bytes] of files) await writeFile(join(target.partial, name), bytes);
    const manifest = { ...description, files: [...files.keys()] };
    await writeFile(join(target.partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    await target.commit();
  } finally {
    await target.abort();
  }
}

/**
 * What an artifact is, without its files; undefined if there is none.
 * @throws PipelineError `badData` if the manifest is damaged
 */
export async function readArtifactDescription(directory: string): Promise<StoredArtifact['description'] | undefined> {
  const path = join(directory, MANIFEST);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as StoredArtifact['description'];
  } catch (error) {
    throw new PipelineError('badData', `${path}: expected JSON: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * @throws PipelineError `missingInput` if there is no artifact in that directory, `badData` if it is damaged
 */
export async function readArtifact(directory: string): Promise<StoredArtifact> {
  const description = await readArtifactDescription(directory);
  if (!description) throw new PipelineError('missingInput', `${directory}: no artifact there`);
  const files = new Map<string, Uint8Array>();
  for (const name of await readdir(directory)) {
    if (name !== MANIFEST) files.set(name, await readFile(join(directory, name)));
  }
  return { description, files };
}
