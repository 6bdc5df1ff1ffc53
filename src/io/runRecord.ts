import { z } from 'zod';
import { TABLE_KINDS } from '../arrow/describeSchema.js';
import { messageOf, PipelineError } from '../errors.js';
import { writeTextAtomically } from './atomicText.js';
import { fileState } from './fileState.js';
import { readJson } from './jsonFile.js';

const step = z.object({
  id: z.string(),
  kind: z.enum(['source', 'step', 'sink']),
  rowsIn: z.number(),
  rowsOut: z.number(),
  /** Of its rows, those that failed; where the pipeline has dead letters. They are among `rowsIn`; of a source, beside `rowsOut`. */
  deadLetters: z.number().exactOptional(),
  /** At work, all threads together. */
  busySeconds: z.number(),
});

const column = z.object({
  name: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  metadata: z.record(z.string(), z.string()),
});

const output = z.object({
  /** From the output folder on; `-` for standard output. */
  path: z.string(),
  rows: z.number(),
  bytes: z.number(),
  /** The rows that left the last step, what was measured, the rows that failed, or the trials of a sweep. */
  role: z.enum(['rows', 'metrics', 'deadLetters', 'results']),
  /** What the rows are in the data model. Records of 0.1.0 say neither this nor the columns. */
  holds: z.enum(TABLE_KINDS).exactOptional(),
  columns: z.array(column).readonly().exactOptional(),
});

/** How a trial of a sweep can end. */
export const trialStatus = z.enum(['done', 'abandoned', 'diverged']);

/** What the table of a sweep's results says of its columns, as its metadata `sweep`. */
export const sweepDescription = z.object({
  name: z.string(),
  parameters: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['range', 'list', 'cases']),
      /** Of a range. */
      scale: z.enum(['linear', 'log']).nullish(),
      integer: z.boolean().nullish(),
    }),
  ),
  /** Column of the metric that decides which trial is best. */
  objective: z.string().nullish(),
  minimize: z.boolean().nullish(),
  /** Trials are drawn at random; otherwise they are all combinations. */
  sampled: z.boolean().nullish(),
});

/** What `${out}/runs/<name>.json` tells of the latest run of a pipeline or sweep. */
const runRecord = z.object({
  /** Of this file; a reader refuses any other. */
  format: z.literal(1),
  kind: z.enum(['pipeline', 'sweep']),
  name: z.string(),
  description: z.string().exactOptional(),
  /** The configuration's own name, as in the metrics. */
  run: z.string(),
  /** Version of soapstream. */
  soapstream: z.string(),
  /** Version of Node. */
  node: z.string(),
  /** The name of the pipeline file, without its folder. */
  file: z.string(),
  profile: z.string().exactOptional(),
  /** Rows that were read of each source, at most. */
  limit: z.int().exactOptional(),
  /** Arguments of `--set`. */
  settings: z.array(z.string()).readonly(),
  variables: z.record(z.string(), z.unknown()),
  /** The entry of the file with its variables replaced; paths in the output folder begin with `${out}`. */
  definition: z.unknown(),
  dependsOn: z.array(z.string()).readonly(),
  /** ISO 8601. Of a sweep that was resumed: when it was first started. */
  started: z.iso.datetime({ offset: true }),
  /** Of a sweep that was resumed: all its runs together. */
  seconds: z.number(),
  /** Of a pipeline. */
  steps: z.array(step).readonly().default([]),
  outputs: z.array(output).readonly(),
  /** The models that a pipeline has fitted, by name. Records of 0.1.0 do not tell. */
  artifacts: z.array(z.string()).readonly().default([]),
  /** The files that a pipeline read, as they were before it did; records of 0.1.0 do not tell. Paths are those from the output folder on. */
  inputs: z.array(fileState).readonly().exactOptional(),
  /** The files that it left. */
  left: z.array(fileState).readonly().exactOptional(),
  /** Of a sweep: how many trials it has, and how those ended that have ended. */
  trials: z
    .object({ total: z.number(), done: z.number(), abandoned: z.number(), diverged: z.number() })
    .exactOptional(),
});

export type RunRecord = Readonly<z.output<typeof runRecord>>;
/** What one source, step or sink did. */
export type StepReport = Readonly<z.output<typeof step>>;
export type RunOutput = Readonly<z.output<typeof output>>;
export type TrialCounts = Readonly<NonNullable<RunRecord['trials']>>;
export type SweepDescription = z.output<typeof sweepDescription>;
export type SweptParameter = SweepDescription['parameters'][number];
export type TrialStatus = z.output<typeof trialStatus>;

/** @throws PipelineError `outputFailed` */
export async function writeRunRecord(path: string, record: z.input<typeof runRecord>): Promise<void> {
  await writeTextAtomically(path, `${JSON.stringify(record, null, 2)}\n`);
}

/** @throws PipelineError `missingInput`; `badData` naming the file and what of it is wrong */
export async function readRunRecord(path: string): Promise<RunRecord> {
  const parsed = runRecord.safeParse(await readJson(path));
  if (parsed.success) return parsed.data;
  throw new PipelineError('badData', `${path}: not the record of a run: ${issuesOf(parsed.error)}`, {
    cause: parsed.error,
  });
}

/** What a schema found wrong, as a line: `outputs.0.rows: Invalid input …`. */
export function issuesOf(error: z.ZodError): string {
  const issues = error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`);
  return issues.length > 0 ? issues.join('; ') : messageOf(error);
}
