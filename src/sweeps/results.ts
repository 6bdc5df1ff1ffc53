import { join } from 'node:path';
import {
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  type RecordBatch,
  Schema,
  Uint32,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { recordBatch } from '../arrow/columns.js';
import { describeSchema } from '../arrow/describeSchema.js';
import { metricsSchema } from '../arrow/schemas.js';
import type { Scalar } from '../config/scalar.js';
import type { Parameter, SweepEntry } from '../config/sweepEntry.js';
import { writeBatches } from '../io/open.js';
import { parquetSink } from '../io/parquetSink.js';
import type { RunOutput, SweepDescription, SweptParameter } from '../io/runRecord.js';
import type { Plan, SweepPlan } from '../pipelines/plan.js';
import type { TrialMetric } from './abandon.js';
import type { TrialOutcome } from './runTrial.js';
import { BASELINE, type Trial } from './trials.js';

/** A trial that has ended. */
export interface EndedTrial {
  readonly trial: Trial;
  /** Its name in the metrics. */
  readonly run: string;
  readonly outcome: TrialOutcome;
}

/**
 * Writes the tables of the trials that have ended, results and metrics, in place of earlier ones.
 * @param ended in the order of their numbers
 */
export async function writeSweepFiles(
  { outDirectory }: Plan,
  sweep: SweepPlan,
  ended: readonly EndedTrial[],
): Promise<RunOutput[]> {
  const write = async (role: 'results' | 'metrics', batch: RecordBatch): Promise<RunOutput> => {
    const path = join(outDirectory, sweep.name, `${role}.parquet`);
    return { ...(await writeBatches(parquetSink, { path }, [batch])), role, ...describeSchema(batch.schema) };
  };
  const metrics = await write('metrics', metricsTable(ended));
  return [await write('results', resultsTable(sweep, ended)), metrics];
}

/** A table's columns beside each other: field and values. */
type Column = readonly [field: Field, values: readonly unknown[]];

/**
 * A row for each trial: number, whether it is the baseline, a column for each key of `over`, the status, and the last value of each
 * metric that has one value at a time (`pipeline.step.metric`, null where the trial did not come so far). The schema's metadata
 * `sweep` tells what the columns are.
 *
 * @param ended in the order of their numbers
 */
function resultsTable(sweep: SweepEntry, ended: readonly EndedTrial[]): RecordBatch {
  const finals = ended.map(({ outcome }) => finalMetrics(outcome.metrics));
  const names = new Set(finals.flatMap((values) => [...values.keys()]));
  const columns: Column[] = [
    [new Field('trial', new Uint32(), false), ended.map(({ trial }) => trial.number)],
    [new Field('baseline', new Bool(), false), ended.map(({ trial }) => trial.number === BASELINE)],
    ...sweep.parameters.map(({ name }): Column => parameterColumn(name, ended)),
    [new Field('status', new Utf8(), false), ended.map(({ outcome }) => outcome.status)],
    ...[...names].map((name): Column => [
      new Field(name, new Float64(), true),
      finals.map((values) => values.get(name) ?? null),
    ]),
  ];
  return table(columns, new Map([['sweep', JSON.stringify(describeSweep(sweep))]]));
}

/** All metrics of all trials: the columns of `metricsSchema` after the number of the trial. */
function metricsTable(ended: readonly EndedTrial[]): RecordBatch {
  const rows = ended.flatMap(({ trial, run, outcome }) =>
    outcome.metrics.map((metric) => ({ trial: trial.number, run, ...metric })),
  );
  const fields = [new Field('trial', new Uint32(), false), ...metricsSchema.fields];
  return table(fields.map((field): Column => [field, rows.map((row) => row[field.name as keyof typeof row] ?? null)]));
}

/** The last value of each metric, by `pipeline.step.metric`; cells of confusion matrices do not count. */
export function finalMetrics(metrics: readonly TrialMetric[]): Map<string, number> {
  const single = metrics.filter(({ actual }) => actual === undefined);
  return new Map(single.map(({ pipeline, step, metric, value }) => [`${pipeline}.${step}.${metric}`, value]));
}

/** Numbers where all values are, else text; null where the baseline says nothing. */
function parameterColumn(name: string, ended: readonly EndedTrial[]): Column {
  const values = ended.map(({ trial }): Scalar => trial.values.get(name) ?? null);
  const isNumeric = values.every((value) => value === null || typeof value === 'number');
  const texts = values.map((value) => (value === null ? null : String(value)));
  return [new Field(name, isNumeric ? new Float64() : new Utf8(), true), isNumeric ? values : texts];
}

function describeSweep({ name, parameters, objective, minimize, sample }: SweepEntry): SweepDescription {
  return {
    name,
    parameters: parameters.map(describeParameter),
    objective: objective ? `${objective.pipeline}.${objective.step}.${objective.metric}` : null,
    minimize,
    sampled: sample !== undefined,
  };
}

function describeParameter(parameter: Parameter): SweptParameter {
  const { name, kind } = parameter;
  const { scale, integer } = kind === 'range' ? parameter : { scale: null, integer: null };
  return { name, kind, scale, integer };
}

function table(columns: readonly Column[], metadata?: Map<string, string>): RecordBatch {
  const schema = new Schema(
    columns.map(([field]) => field),
    metadata,
  );
  const data = columns.map(([{ type }, values]) => vectorFromArray(values, type as DataType).data[0] as Data);
  return recordBatch(schema, columns[0]?.[1].length ?? 0, data);
}
