import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import { atomicDirectory } from './atomic.js';
import { readFile, writeFile } from './disk.js';
import { readJson } from './jsonFile.js';
import { inputStats, unreadable } from './paths.js';

/** The file of an artifact's directory that says what it is. */
const MANIFEST = 'artifact.json';

/** A fitted model on disk: what it is, and its files. */
export interface StoredArtifact {
  /** Plain JSON. */
  readonly description: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The description, and by what damage is found: a flipped bit in a model is another model. */
const manifestSchema = z.looseObject({
  files: z.array(
    z.strictObject({
      name: z.string().regex(/^[\w-][\w.-]*$/),
      bytes: z.int().min(0),
      sha256: z.string(),
    }),
  ),
  /** Of all else that the manifest says. */
  sha256: z.string(),
});

type Manifest = z.infer<typeof manifestSchema>;

/** Writes an artifact's directory, complete or not at all; an earlier one of that name is replaced. */
export async function writeArtifact(directory: string, { description, files }: StoredArtifact): Promise<void> {
  const known = new Set([MANIFEST, ...files.keys()]);
  const target = await atomicDirectory(directory, (entry) => known.has(entry) || /\.(json|bin|arrow)$/.test(entry));
  try {
    for (const [name, bytes] of files) await writeFile(join(target.partial, name), bytes);
    const entries = [...files].map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) }));
    const manifest = { ...description, files: entries };
    const signed = { ...manifest, sha256: sha256(JSON.stringify(manifest)) };
    await writeFile(join(target.partial, MANIFEST), `${JSON.stringify(signed, null, 2)}\n`);
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
  return readManifest(directory);
}

/**
 * @throws PipelineError `missingInput` if there is no artifact in that directory, `badData` if it is damaged
 */
export async function readArtifact(directory: string): Promise<StoredArtifact> {
  const description = await readManifest(directory);
  if (!description) throw new PipelineError('missingInput', `${directory}: no artifact there`);
  const files = new Map<string, Uint8Array>();
  for (const { name, bytes, sha256: expected } of description.files) {
    const path = join(directory, name);
    const found = (await inputStats(path)).bytes;
    if (found !== bytes) throw new PipelineError('badData', `${path}: expected ${bytes} bytes, found ${found}`);
    const content = await readFile(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (sha256(content) !== expected) throw damaged(path);
    files.set(name, content);
  }
  return { description, files };
}

async function readManifest(directory: string): Promise<Manifest | undefined> {
  const path = join(directory, MANIFEST);
  const exists = await inputStats(path).catch(() => undefined);
  if (!exists) return undefined;
  const found = await readJson(path);
  if (!isManifest(found)) throw damaged(path);
  const { sha256: expected, ...manifest } = found;
  if (sha256(JSON.stringify(manifest)) !== expected) throw damaged(path);
  return found;
}

/** The value itself is kept, whose keys are in the order that was hashed. */
function isManifest(value: unknown): value is Manifest {
  return manifestSchema.safeParse(value).success;
}

function damaged(path: string): PipelineError {
  return new PipelineError('badData', `${path}: damaged, or not written by this version: fit the artifact again`);
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
