import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PipelineError } from '../errors.js';
import { inputFiles, inputStats } from '../io/paths.js';
import { readRunRecord, type RunRecord } from '../io/runRecord.js';

const ADVICE = 'run pipelines first, or name the folder that they wrote: soapstream report DIR';

/**
 * The records of a folder, those that others depend on first; otherwise in the order in which they were started.
 *
 * @throws PipelineError `missingInput` if there is no such folder or nothing has finished in it; `badData` for a damaged record
 */
export async function readRun(directory: string): Promise<RunRecord[]> {
  const files = await recordFiles(directory);
  const records = await Promise.all(files.map(readRunRecord));
  return inOrder(records);
}

async function recordFiles(directory: string): Promise<string[]> {
  const runs = join(directory, 'runs');
  if (!existsSync(directory)) {
    throw new PipelineError('missingInput', `${directory}: there is no such folder; ${ADVICE}`);
  }
  if (!(await inputStats(directory)).isDirectory) {
    throw new PipelineError('missingInput', `${directory}: expected the folder of a run, found a file; ${ADVICE}`);
  }
  const found = await inputStats(runs).catch(() => undefined);
  const files = found?.isDirectory ? await inputFiles(runs, ['.json']).catch(() => []) : [];
  if (files.length > 0) return files;
  throw new PipelineError(
    'missingInput',
    `${directory}: expected the record of a finished run in ${join(runs, '*.json')}, found none; ${ADVICE}`,
  );
}

/** A pipeline comes after those that it depends on; a circle, which no run can have, is broken where it is met. */
function inOrder(records: readonly RunRecord[]): RunRecord[] {
  const byName = new Map(records.map((record) => [record.name, record]));
  const ordered = new Set<RunRecord>();
  const met = new Set<RunRecord>();
  const visit = (record: RunRecord): void => {
    if (met.has(record)) return;
    met.add(record);
    for (const earlier of byStart(record.dependsOn.flatMap((name) => byName.get(name) ?? []))) visit(earlier);
    ordered.add(record);
  };
  for (const record of byStart(records)) visit(record);
  return [...ordered];
}

function byStart(records: readonly RunRecord[]): RunRecord[] {
  return records.toSorted(
    (a, b) => Date.parse(a.started) - Date.parse(b.started) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}
