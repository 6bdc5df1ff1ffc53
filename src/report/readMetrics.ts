import type { RecordBatch } from 'apache-arrow';
import { exactly } from '../arrow/expectations.js';
import { metricsSchema } from '../arrow/schemas.js';
import { type Output, readOutput } from './outputs.js';

/** What one step measured. */
export interface StepMetrics {
  readonly pipeline: string;
  readonly step: string;
  readonly from: Output;
  /** Values that belong to no epoch, in the order of the file; of those given twice the last. */
  readonly single: ReadonlyMap<string, number>;
  /** Values by epoch, epochs ascending. */
  readonly byEpoch: ReadonlyMap<string, readonly EpochValue[]>;
  /** Counts, row by row the actual class, column by column the predicted one; empty without a confusion matrix. */
  readonly confusion: readonly (readonly number[])[];
}

export interface EpochValue {
  readonly epoch: number;
  readonly value: number;
}

interface Collected {
  readonly single: Map<string, number>;
  readonly byEpoch: Map<string, Map<number, number>>;
  readonly cells: { readonly actual: number; readonly predicted: number; readonly count: number }[];
}

const COLUMNS = metricsSchema.fields.map(exactly);
const FILLED = metricsSchema.fields.filter(({ nullable }) => !nullable).map(exactly);

/** The metrics of a file, by step. @throws PipelineError `badData` naming the file */
export async function readMetrics(output: Output): Promise<StepMetrics[]> {
  const steps = new Map<string, Collected & { readonly pipeline: string; readonly step: string }>();
  for await (const batch of readOutput(output, COLUMNS, FILLED)) {
    const text = textReader(batch);
    const number = numberReader(batch);
    for (let row = 0; row < batch.numRows; row++) {
      const [pipeline, step, metric] = [text('pipeline', row), text('step', row), text('metric', row)];
      const key = JSON.stringify([pipeline, step]);
      const of = steps.get(key) ?? { pipeline, step, single: new Map(), byEpoch: new Map(), cells: [] };
      steps.set(key, of);
      collect(of, metric, number('value', row)!, {
        epoch: number('epoch', row),
        actual: number('actual', row),
        predicted: number('predicted', row),
      });
    }
  }
  return [...steps.values()].map(({ pipeline, step, single, byEpoch, cells }) => ({
    pipeline,
    step,
    from: output,
    single,
    byEpoch: new Map([...byEpoch].map(([metric, values]) => [metric, ascending(values)])),
    confusion: matrixOf(cells),
  }));
}

function collect(
  { single, byEpoch, cells }: Collected,
  metric: string,
  value: number,
  { epoch, actual, predicted }: Readonly<Record<'epoch' | 'actual' | 'predicted', number | undefined>>,
): void {
  if (actual !== undefined && predicted !== undefined) cells.push({ actual, predicted, count: value });
  else if (epoch === undefined) single.set(metric, value);
  else byEpoch.set(metric, (byEpoch.get(metric) ?? new Map<number, number>()).set(epoch, value));
}

function ascending(values: ReadonlyMap<number, number>): EpochValue[] {
  return [...values].map(([epoch, value]) => ({ epoch, value })).toSorted((a, b) => a.epoch - b.epoch);
}

function matrixOf(cells: Collected['cells']): number[][] {
  const size = cells.reduce((most, { actual, predicted }) => Math.max(most, actual + 1, predicted + 1), 0);
  const counts = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  for (const { actual, predicted, count } of cells) counts[actual]![predicted]! += count;
  return counts;
}

function textReader(batch: RecordBatch): (name: string, row: number) => string {
  return (name, row) => String(batch.getChild(name)?.get(row));
}

function numberReader(batch: RecordBatch): (name: string, row: number) => number | undefined {
  return (name, row) => {
    const value: unknown = batch.getChild(name)?.get(row);
    return typeof value === 'number' ? value : undefined;
  };
}
