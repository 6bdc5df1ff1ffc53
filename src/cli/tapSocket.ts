import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { whereItLeads } from '../io/whereItLeads.js';
import type { Plan } from '../pipelines/plan.js';

/** What who taps asks for: a line of JSON. */
export const tapRequest = z.object({
  /** The configuration's name: rows of another one are none that were meant. */
  run: z.string(),
  step: z.string(),
  rows: z.int().min(1),
});
export type TapRequest = z.output<typeof tapRequest>;

/** The line that is answered; without an error an Arrow IPC stream follows. */
export const tapAnswer = z.object({ process: z.int(), error: z.string().exactOptional() });

/** The longest line that is read. */
export const MOST_LINE_BYTES = 4096;

/**
 * Where a run of a pipeline into a folder is tapped: a socket of this machine, in a folder that only its owner can open.
 * @returns undefined where there is no such folder: on Windows, and where somebody else has made it
 */
export function tapSocket({ outDirectory }: Plan, pipeline: string): string | undefined {
  const user = process.getuid?.();
  if (user === undefined) return undefined;
  const folder = join(tmpdir(), `soapstream-${user}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stats = lstatSync(folder);
    if (!stats.isDirectory() || stats.uid !== user) return undefined;
    if ((stats.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch {
    return undefined;
  }
  const name = createHash('sha256')
    .update(`${whereItLeads(outDirectory)}\0${pipeline}`)
    .digest('hex')
    .slice(0, 16);
  return join(folder, `${name}.tap`);
}
