import { z } from 'zod';
import { PipelineError } from '../errors.js';
import { readJson } from '../io/jsonFile.js';
import { issuesOf } from '../io/runRecord.js';

const options = z.record(z.string(), z.unknown());

/** One split of the source of a pipeline, with all that whoever runs its steps needs to know: plain JSON. */
export const taskSchema = z.strictObject({
  format: z.literal(1),
  /** The stage that it is part of, as a hash. */
  stage: z.string(),
  pipeline: z.string(),
  /** From 0. */
  task: z.int().min(0),
  of: z.int().min(1),
  /** The version that must run it. */
  soapstream: z.string(),
  /** How the processor must round, where the numbers depend on it. */
  rounding: z.string().exactOptional(),
  /** Where relative paths start. */
  baseDirectory: z.string(),
  /** Where parts are left, each attempt's in a folder of its own. */
  folder: z.string(),
  source: z.strictObject({ name: z.string(), options, split: z.unknown() }),
  limit: z.int().exactOptional(),
  steps: z.array(
    z.strictObject({
      id: z.string(),
      operator: z.string(),
      options,
      /** The folder of the model that is applied, and the hash that it must have. */
      artifact: z.strictObject({ directory: z.string(), sha256: z.string() }).exactOptional(),
      onError: z.literal('deadLetter').exactOptional(),
      timeoutSeconds: z.number().exactOptional(),
    }),
  ),
  /** Whether of the last step only the rows are left that bring it to where it is. */
  carries: z.boolean(),
  /** What writes the rows: sinks whose files are gathered later; one for all steps to come if absent. */
  sinks: z.array(z.strictObject({ name: z.string(), options })).exactOptional(),
  /** What becomes of rows that fail, if they do not end the task. */
  deadLetters: z.strictObject({ ofSource: z.boolean() }).exactOptional(),
});
export type Task = Readonly<z.output<typeof taskSchema>>;

const counts = z.strictObject({
  batchesIn: z.int(),
  batchesOut: z.int(),
  rowsIn: z.int(),
  rowsOut: z.int(),
  busyMs: z.number(),
});

/** What an attempt at a task has left: a line of the manifest. */
export const partSchema = z.strictObject({
  stage: z.string(),
  pipeline: z.string(),
  task: z.int().min(0),
  attempt: z.string(),
  /** Below the folder of the task. */
  folder: z.string().regex(/^\w[\w.-]*$/),
  /** See `partFile`. */
  files: z.array(
    z.strictObject({ path: z.string().regex(/^\w[\w.-]*(\/\w[\w.-]*)?$/), bytes: z.int(), sha256: z.string() }),
  ),
  /** Of the rows, as an Arrow IPC stream without batches, in base64. */
  schema: z.string(),
  /** Of each sink. */
  written: z.array(z.strictObject({ rows: z.int(), bytes: z.int() })),
  /** Of the source, then of each step. */
  counts: z.array(counts),
  deadLetters: z.int(),
  notices: z.array(z.string()),
});
export type Part = Readonly<z.output<typeof partSchema>>;

/** @throws PipelineError `missingInput`; `badConfiguration` naming the file and what of it is wrong */
export async function readTask(path: string): Promise<Task> {
  return parsed(taskSchema, await readJson(path), path, 'a task of soapstream plan');
}

/** @throws PipelineError `badConfiguration` */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: string,
  what: string,
): z.output<Schema> {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new PipelineError('badConfiguration', `${place}: expected ${what}: ${issuesOf(found.error)}`);
}
