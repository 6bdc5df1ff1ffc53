import { z } from 'zod';
import { messageOf, PipelineError } from '../errors.js';
import { readJson } from '../io/jsonFile.js';

const step = z.object({
  id: z.string(),
  kind: z.enum(['source', 'step', 'sink']),
  rowsIn: z.number(),
  rowsOut: z.number(),
  /** At work, all threads together. */
  busySeconds: z.number(),
});

const output = z.object({
  /** Relative to the folder of the run. */
  path: z.string(),
  rows: z.number(),
  bytes: z.number(),
  role: z.enum(['rows', 'metrics', 'results']),
});

/** What a finished pipeline or sweep says of itself in `runs/<name>.json`. */
const runRecord = z.object({
  format: z.literal(1),
  kind: z.enum(['pipeline', 'sweep']),
  name: z.string(),
  description: z.string().optional(),
  /** Name of the run: a hash of its configuration. */
  run: z.string(),
  /** Versions. */
  soapstream: z.string(),
  node: z.string(),
  /** The pipeline file. */
  file: z.string(),
  profile: z.string().optional(),
  /** As they were given: `rCut=50`. */
  settings: z.array(z.string()),
  variables: z.record(z.string(), z.unknown()),
  /** The entry of the pipeline file with its variables replaced. */
  definition: z.unknown(),
  dependsOn: z.array(z.string()),
  started: z.iso.datetime({ offset: true }),
  seconds: z.number(),
  /** Of a pipeline. */
  steps: z.array(step).default([]),
  outputs: z.array(output),
  trials: z.object({ total: z.number(), done: z.number(), abandoned: z.number(), diverged: z.number() }).optional(),
});

export type RunRecord = z.infer<typeof runRecord>;
export type StepRecord = z.infer<typeof step>;

/**
 * @throws PipelineError `missingInput`; `badData` naming the file and what of it is wrong
 */
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
