import { join } from 'node:path';
import { DataType, type Field, type RecordBatch, type Schema } from 'apache-arrow';
import { batchOfRows } from '../arrow/rowsBatch.js';
import { type PlainValue, plainValue } from '../arrow/plainValue.js';
import type { IoContext, SinkDefinition, Source, SourceDefinition } from '../io/definition.js';
import type { MetricRecord } from '../pipelines/metricsBatch.js';
import type { PipelinePlan, SinkPlan, SourcePlan, StepPlan, TestRows } from '../pipelines/plan.js';
import { runPipeline } from '../pipelines/runPipeline.js';
import { z } from 'zod';

/** What leaves steps that run on a few rows. */
export interface RowsRun {
  readonly fields: readonly Field[];
  readonly rows: readonly Readonly<Record<string, PlainValue>>[];
  readonly metrics: readonly MetricRecord[];
  /** Rows that failed, where steps send them as dead letters. */
  readonly letters: readonly Readonly<Record<string, PlainValue>>[];
}

export interface RowsEnvironment {
  readonly io: IoContext;
  readonly signal: AbortSignal;
  /** Artifacts go to its folder `artifacts`, rows that wait for a fit too. */
  readonly directory: string;
}

/** Runs steps of a pipeline on rows, on this thread and without outputs. */
export async function runRows(
  pipeline: string,
  steps: readonly StepPlan[],
  input: SourcePlan,
  { io, signal, directory }: RowsEnvironment,
): Promise<RowsRun> {
  const collected = new Collector();
  const letters = new Collector();
  const isLettered = steps.some(({ onError }) => onError !== undefined);
  const plan: PipelinePlan = {
    name: pipeline,
    source: input,
    steps,
    sinks: [collected.plan],
    ...(isLettered && { deadLetters: { sink: letters.plan, ofSource: false } }),
    dependsOn: [],
    definition: undefined,
  };
  const artifactDirectory = join(directory, 'artifacts');
  const environment = { run: 'test', io, signal, workers: 0, artifactDirectory, spillDirectory: directory };
  const { metrics } = await runPipeline(plan, environment);
  return { fields: collected.fields, rows: collected.rows, metrics, letters: letters.rows };
}

/**
 * The source of the rows of a test.
 * @param arriving the schema that such rows have in the pipeline, if it is known
 * @throws CellError for a value that its column cannot hold
 */
export function sourceOfRows(given: TestRows, arriving?: Schema): SourcePlan {
  if (!('rows' in given)) return given;
  const batch = batchOfRows(given.rows, arriving);
  return { definition: sourceOf(batch), options: {}, reads: [], output: batch.schema };
}

const NO_OPTIONS = z.strictObject({});

function sourceOf(batch: RecordBatch): SourceDefinition {
  const source: Source = {
    schema: batch.schema,
    total: batch.numRows,
    async *batches() {
      yield batch;
    },
  };
  return {
    name: 'rows',
    summary: 'Rows that are given.',
    example: '',
    options: NO_OPTIONS,
    reads: () => [],
    open: () => Promise.resolve(source),
  };
}

/** Keeps what arrives as plain values. */
class Collector {
  fields: readonly Field[] = [];
  readonly rows: Record<string, PlainValue>[] = [];

  get plan(): SinkPlan {
    const definition: SinkDefinition = {
      name: 'rows',
      summary: 'Rows that are kept.',
      example: '',
      options: NO_OPTIONS,
      writes: () => '',
      open: (_options, _io, { fields }) => {
        this.fields = fields;
        return Promise.resolve({
          write: (batch, release) => {
            this.#keep(batch);
            release?.();
            return Promise.resolve();
          },
          close: () => Promise.resolve({ path: '', rows: this.rows.length, bytes: 0 }),
          abort: () => Promise.resolve(),
        });
      },
    };
    return { definition, options: {}, writes: '' };
  }

  #keep(batch: RecordBatch): void {
    for (let row = 0; row < batch.numRows; row++) {
      const cells = this.fields.map(({ name, type }, i) => {
        const value = plainValue(batch.data.children[i]!, row);
        return [name, DataType.isBinary(type) ? hexOf(value) : value] as const;
      });
      this.rows.push(Object.fromEntries(cells));
    }
  }
}

function hexOf(bytes: PlainValue): PlainValue {
  if (!Array.isArray(bytes)) return bytes;
  return bytes.map((byte) => Number(byte).toString(16).padStart(2, '0')).join(' ');
}
