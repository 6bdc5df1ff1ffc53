import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isModulePath } from '../config/catalogue.js';
import { changedPath, type FileState, fileStates } from '../io/fileState.js';
import { STANDARD_STREAM } from '../io/paths.js';
import { readRunRecord, type RunRecord } from '../io/runRecord.js';
import { soapstreamVersion } from '../version.js';
import { type PipelinePlan, type Plan, writtenBy } from './plan.js';
import { usesStandardStreams } from './resumption.js';
import { fromOut, recordPath } from './runRecord.js';

/** What a pipeline has read and left, as its record keeps it. */
export type RunStates = Required<Pick<RunRecord, 'inputs' | 'left'>>;

/** An earlier run whose outputs stand, or why the pipeline has to run. */
export type Standing = { readonly record: RunRecord } | { readonly reason: string };

/**
 * Whether what the latest run of a pipeline left is what a run would leave now: the record says the same definition and version, and the
 * files that were read and written are as they were then.
 *
 * @param running pipelines that run, or have run, before this one
 */
export async function standingOf(plan: Plan, pipeline: PipelinePlan, running: ReadonlySet<string>): Promise<Standing> {
  const upstream = pipeline.dependsOn.find((name) => running.has(name));
  if (upstream !== undefined) return { reason: `${upstream} runs before it` };
  if (usesStandardStreams(pipeline)) return { reason: 'it reads or writes a standard stream' };
  const record = await readRunRecord(recordPath(plan, pipeline.name)).catch(() => undefined);
  if (!record?.inputs || !record.left) return { reason: 'no record of an earlier run is there' };
  const version = soapstreamVersion();
  if (record.soapstream !== version) return { reason: `soapstream ${record.soapstream} ran it, this is ${version}` };
  if (!isDeepStrictEqual(record.definition, asJson(pipeline.definition)))
    return { reason: 'its definition has changed' };
  if (record.limit !== plan.origin.limit) return { reason: 'another number of rows was read' };
  const input = changedPath(record.inputs, await inputStates(plan, pipeline));
  if (input !== undefined) return { reason: `its input ${input} has changed` };
  const output = changedPath(record.left, await outputStates(plan, pipeline));
  if (output !== undefined) return { reason: `its output ${output} has changed` };
  return { record };
}

/** The files that a pipeline reads: its source's, the models that it applies, modules of operators of one's own. */
export async function inputStates(plan: Plan, { source, steps }: PipelinePlan): Promise<FileState[]> {
  const fitted = new Set(steps.map((step) => (step.kind === 'fit' ? step.artifact : undefined)));
  const models = steps.flatMap((step) => (step.kind === 'apply' && !fitted.has(step.artifact) ? [step.directory] : []));
  const modules = steps.map(({ operator }) => operator).filter(isModulePath);
  return statesOf(plan, [...source.reads, ...models, ...modules]);
}

/** The files that a pipeline leaves: those of its sinks, and the models that it fits. */
export async function outputStates(plan: Plan, pipeline: PipelinePlan): Promise<FileState[]> {
  const written = writtenBy(pipeline).map(({ writes }) => writes);
  const models = pipeline.steps.flatMap((step) =>
    step.kind === 'fit' ? [join(plan.artifactDirectory, step.artifact)] : [],
  );
  return statesOf(plan, [...written, ...models]);
}

/** Paths are those from the output folder on, wherever that is. */
async function statesOf(plan: Plan, paths: readonly string[]): Promise<FileState[]> {
  const states: FileState[] = [];
  for (const path of paths.filter((each) => each !== STANDARD_STREAM)) states.push(...(await fileStates(path)));
  return states.map((state) => fromOut(plan, state));
}

export function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
