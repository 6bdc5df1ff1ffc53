import { readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Scalar } from '../config/scalar.js';
import type { SinkReport } from '../io/definition.js';
import { writeTextAtomically } from '../io/atomicText.js';
import { STANDARD_STREAM } from '../io/paths.js';
import { soapstreamVersion } from '../version.js';
import { withFolderNames } from './places.js';
import type { Plan } from './plan.js';
import type { PipelineReport, StepReport } from './runPipeline.js';

/** What `${out}/runs/<name>.json` tells of the latest run of a pipeline or sweep. Paths in it start in the output folder. */
export interface RunRecord {
  /** Of this file; a reader refuses any other. */
  readonly format: 1;
  readonly kind: 'pipeline' | 'sweep';
  readonly name: string;
  readonly description?: string;
  /** The configuration's own name, as in the metrics. */
  readonly run: string;
  /** Version of soapstream. */
  readonly soapstream: string;
  /** Version of Node. */
  readonly node: string;
  /** The name of the pipeline file, without its folder. */
  readonly file: string;
  readonly profile?: string;
  /** Arguments of `--set`. */
  readonly settings: readonly string[];
  readonly variables: Readonly<Record<string, Scalar>>;
  /** The entry of the file with its variables replaced; paths in the output folder begin with `${out}`. */
  readonly definition: unknown;
  readonly dependsOn: readonly string[];
  /** ISO 8601. Of a sweep that was resumed: when it was first started. */
  readonly started: string;
  /** Of a sweep that was resumed: all its runs together. */
  readonly seconds: number;
  /** Of a pipeline. */
  readonly steps?: readonly StepReport[];
  readonly outputs: readonly RunOutput[];
  /** Of a sweep. */
  readonly trials?: TrialCounts;
}

export interface RunOutput {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly role: 'rows' | 'metrics' | 'results';
}

/** How many trials a sweep has, and how those ended that have ended. */
export interface TrialCounts {
  readonly total: number;
  readonly done: number;
  readonly abandoned: number;
  readonly diverged: number;
}

/** What differs from one record of a plan to the next. */
export type RecordContents = Pick<
  RunRecord,
  'kind' | 'name' | 'description' | 'definition' | 'dependsOn' | 'started' | 'seconds' | 'steps' | 'outputs' | 'trials'
>;

/** @throws PipelineError `outputFailed` */
export async function writeRunRecord(plan: Plan, run: string, contents: RecordContents): Promise<void> {
  const { file, origin, variables, outDirectory } = plan;
  const { kind, name, description, ...rest } = contents;
  const record: RunRecord = {
    format: 1,
    kind,
    name,
    ...(description !== undefined && { description }),
    run,
    soapstream: soapstreamVersion(),
    node: process.version,
    file: basename(file),
    ...(origin.profile !== undefined && { profile: origin.profile }),
    settings: origin.settings,
    variables: withFolderNames(variables, [[outDirectory, '${out}']]) as Record<string, Scalar>,
    ...rest,
  };
  await writeTextAtomically(recordPath(plan, name), `${JSON.stringify(record, null, 2)}\n`);
}

/** The record that an earlier run has left; undefined if there is none that can be read. */
export async function readRunRecord(plan: Plan, name: string): Promise<RunRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(recordPath(plan, name), 'utf8')) as Partial<RunRecord> | null;
    const isWhole = record?.format === 1 && isTime(record.started) && Number.isFinite(record.seconds);
    return isWhole ? (record as RunRecord) : undefined;
  } catch {
    return undefined;
  }
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && Number.isFinite(Date.parse(value));
}

/** Leaves the record of a pipeline that has ended. */
export async function recordPipeline(plan: Plan, run: string, started: Date, report: PipelineReport): Promise<void> {
  const { name, description, definition, dependsOn } = plan.pipelines.get(report.pipeline)!;
  await writeRunRecord(plan, run, {
    kind: 'pipeline',
    name,
    ...(description !== undefined && { description }),
    definition,
    dependsOn,
    started: started.toISOString(),
    seconds: report.seconds,
    steps: report.steps,
    outputs: report.outputs.map((output) => runOutput(plan, output, output.role)),
  });
}

export function runOutput(
  { outDirectory }: Plan,
  { path, rows, bytes }: SinkReport,
  role: RunOutput['role'],
): RunOutput {
  const fromOut = path === STANDARD_STREAM ? path : relative(outDirectory, path).replaceAll('\\', '/');
  return { path: fromOut, rows, bytes, role };
}

function recordPath({ outDirectory }: Plan, name: string): string {
  return join(outDirectory, 'runs', `${name}.json`);
}
