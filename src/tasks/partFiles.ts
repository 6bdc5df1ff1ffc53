import { join } from 'node:path';
import { stat } from '../io/disk.js';
import { sha256Of } from '../io/fileState.js';
import type { Part } from './task.js';

/** What a part consists of beside the folders of its sinks. */
export const PART_FILES = { rows: 'rows.arrows', letters: 'letters.arrows', figures: 'figures' } as const;

/** The folder of a sink's output within a part. */
export function sinkFolder(sink: number): string {
  return `sink-${sink}`;
}

type PartFile = Part['files'][number];

/** As much of the end of a file tells that it is whole: Parquet has its table of contents there. */
const END_BYTES = 2 ** 20;

/**
 * What the line of a task says of a file. What the commit reads is hashed as a whole. Files of sinks it publishes as they are, and may
 * be terabytes: their ends are.
 */
export async function partFile(folder: string, path: string): Promise<PartFile> {
  const file = join(folder, path);
  const bytes = (await stat(file)).size;
  return { path, bytes, sha256: await hashOf(file, path, bytes) };
}

/** What of a file is not as the line says. */
export async function partFileFault(folder: string, { path, bytes, sha256 }: PartFile): Promise<string | undefined> {
  const file = join(folder, path);
  const found = await stat(file).catch(() => undefined);
  if (!found) return `${file}: expected a file of ${bytes} bytes, found none`;
  if (found.size !== bytes) return `${file}: expected ${bytes} bytes, found ${found.size}`;
  if ((await hashOf(file, path, bytes)) !== sha256) return `${file}: damaged, its SHA-256 is not that of its line`;
  return undefined;
}

function hashOf(file: string, path: string, bytes: number): Promise<string> {
  const isPublished = path.includes('/');
  return sha256Of(file, isPublished ? Math.max(0, bytes - END_BYTES) : 0);
}
