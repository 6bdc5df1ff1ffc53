import { relative } from 'node:path';
import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { subjectOf } from '../config/paths.js';
import { STANDARD_STREAM } from '../io/paths.js';
import type { ResolvedPipeline } from './dependencies.js';
import { isBelow } from './places.js';

/**
 * Reports outputs that lie below none of the folders, if any are given. Links on the way are the user's own, and may lead where they like.
 *
 * @param folders the first is the output folder
 */
export function expectWritable(
  { sinks, metrics, deadLetters }: ResolvedPipeline,
  folders: readonly string[] | undefined,
  document: PipelineDocument,
  diagnostics: Diagnostics,
): void {
  if (!folders) return;
  for (const { plan, path } of [...sinks, ...(metrics ? [metrics] : []), ...(deadLetters ? [deadLetters] : [])]) {
    if (!plan || plan.writes === STANDARD_STREAM || folders.some((folder) => isBelow(plan.writes, folder))) continue;
    const where = `begin its path with \${out} (${relative('.', folders[0]!)}), or allow it by --allow-write FOLDER`;
    const message = `${subjectOf(path)}: expected an output below the output folder, that of the file or the working directory, got ${plan.writes}: ${where}`;
    diagnostics.error(document.locate([...path, 'path'], 'value'), message);
  }
}
