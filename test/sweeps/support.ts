import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecordBatch } from 'apache-arrow';
import { ioContext } from '#dist/io/paths.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import type { Plan } from '#dist/pipelines/plan.js';

/** The path of an operator that measures quickly what a training would. */
export const MEASURE = fileURLToPath(new URL('modules/measure.mjs', import.meta.url));

/** A file with one sweep of a pipeline that fits `measure` at x. */
export function sweepFile(sweep: string, variables = '', measure = ''): string {
  return `
variables: { x: 0, log: log${variables} }
pipelines:
  trial:
    source: { idx: { images: images, labels: labels } }
    steps:
      - decodeMnist
      - ${MEASURE}: { fit: it, x: '\${x}', log: '\${log}'${measure} }
        id: measure
    metrics: { parquet: { path: '\${trialOut}/metrics.parquet' } }
sweeps:
  search: { pipelines: [trial], ${sweep} }
`;
}

export async function planIn(folder: string, text: string, settings: string[] = [], out = 'out'): Promise<Plan> {
  const { plan, diagnostics } = await planOf(text, join(folder, 'p.yaml'), {
    outDirectory: join(folder, out),
    settings: [`log=${join(folder, 'log')}`, ...settings],
  });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

/** The x of every fit since the last call, in the order in which they ran. */
export function fitted(folder: string, from = 0): number[] {
  const log = join(folder, 'log');
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
  return lines.slice(from).map(Number);
}

/** The one batch of a small Parquet file. */
export async function tableOf(path: string): Promise<RecordBatch> {
  const source = await parquetSource.open(parquetSource.options.parse({ path }), ioContext('.'));
  for await (const batch of source.batches(new AbortController().signal)) return batch;
  throw new Error(`${path} is empty`);
}

export async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const batch = await tableOf(path);
  return batch.toArray().map((row: { toJSON(): Record<string, unknown> }) => row.toJSON());
}

/** The bytes of every file below a folder but those that tell the time: records of runs and of trials. */
export function timelessFiles(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('trial.json') && !entry.parentPath.endsWith('runs'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return new Map(files.map((file) => [relative(folder, file), readFileSync(file).toString('base64')]));
}
