import type { RecordBatch } from 'apache-arrow';
import { messageOf, PipelineError } from '../errors.js';
import { type Output, readOutput } from './outputs.js';
import {
  issuesOf,
  type SweepDescription,
  sweepDescription,
  type SweptParameter,
  type TrialStatus,
  trialStatus,
} from '../io/runRecord.js';

export interface Trial {
  readonly trial: number;
  readonly baseline: boolean;
  readonly status: TrialStatus;
  /** By name; absent where the file has a null. */
  readonly settings: ReadonlyMap<string, number | string>;
  /** By column, `pipeline.step.metric`; absent where the file has a null. */
  readonly metrics: ReadonlyMap<string, number>;
}

export interface Sweep {
  readonly name: string;
  readonly from: Output;
  /** Those whose column holds numbers. */
  readonly numeric: readonly SweptParameter[];
  /** Those whose column holds text. */
  readonly categorical: readonly SweptParameter[];
  /** Columns of metrics in the order of the file. */
  readonly metrics: readonly string[];
  readonly objective: string | undefined;
  readonly minimize: boolean;
  readonly sampled: boolean;
  readonly trials: readonly Trial[];
}

/** @throws PipelineError `badData` naming the file and what of it is wrong */
export async function readSweep(output: Output): Promise<Sweep> {
  const description = describedBy(output);
  const types = new Map(output.columns.map(({ name, type }) => [name, type]));
  const absent = [...description.parameters.map(({ name }) => name), 'status'].find((name) => !types.has(name));
  if (absent !== undefined) throw damaged(output, `there is no column ${absent}`);
  const parameterNames = new Set(description.parameters.map(({ name }) => name));
  const metrics = output.columns
    .filter(({ name, type }) => type === 'float64' && name.includes('.') && !parameterNames.has(name))
    .map(({ name }) => name);
  const isNumeric = ({ name }: SweptParameter): boolean => types.get(name) !== 'utf8';
  const trials: Trial[] = [];
  const columns = output.columns.map(({ name, type }) => ({ name, type, accepts: () => true }));
  for await (const batch of readOutput(output, columns, [])) {
    for (let row = 0; row < batch.numRows; row++)
      trials.push(trialAt(batch, row, [...parameterNames], metrics, output));
  }
  // No trial has come as far as the objective where it has no column.
  const objective = metrics.find((name) => name === description.objective);
  return {
    name: description.name,
    from: output,
    numeric: description.parameters.filter(isNumeric),
    categorical: description.parameters.filter((each) => !isNumeric(each)),
    metrics,
    objective,
    minimize: description.minimize ?? false,
    sampled: description.sampled ?? false,
    trials,
  };
}

/** The last part of `pipeline.step.metric`. */
export function metricName(column: string): string {
  return column.slice(column.lastIndexOf('.') + 1);
}

/** The part before it: where the metric was measured. */
export function metricPlace(column: string): string {
  return column.slice(0, column.lastIndexOf('.'));
}

function describedBy(output: Output): SweepDescription {
  let value: unknown;
  try {
    value = JSON.parse(output.metadata['sweep']!);
  } catch (error) {
    throw damaged(output, `metadata sweep: expected JSON: ${messageOf(error)}`);
  }
  const parsed = sweepDescription.safeParse(value);
  if (!parsed.success) throw damaged(output, `metadata sweep: ${issuesOf(parsed.error)}`);
  return parsed.data;
}

function trialAt(
  batch: RecordBatch,
  row: number,
  parameters: readonly string[],
  metrics: readonly string[],
  output: Output,
): Trial {
  const at = (name: string): unknown => batch.getChild(name)?.get(row);
  const found = at('status');
  const { data: status } = trialStatus.safeParse(found);
  if (status === undefined) {
    throw damaged(
      output,
      `row ${row}, column status: expected ${trialStatus.options.join(', ')}, found ${String(found)}`,
    );
  }
  const settings = new Map<string, number | string>();
  for (const name of parameters) {
    const value = at(name);
    if (typeof value === 'number' || typeof value === 'string') settings.set(name, value);
    else if (typeof value === 'bigint') settings.set(name, Number(value));
  }
  const measured = new Map<string, number>();
  for (const name of metrics) {
    const value = at(name);
    if (typeof value === 'number' && Number.isFinite(value)) measured.set(name, value);
  }
  return { trial: Number(at('trial')), baseline: at('baseline') === true, status, settings, metrics: measured };
}

function damaged({ file }: Output, why: string): PipelineError {
  return new PipelineError('badData', `${file}: not the results of a sweep: ${why}`);
}
