import { join } from 'node:path';
import { serialize } from 'node:v8';
import { type RecordBatch, Schema } from 'apache-arrow';
import { PipelineError } from '../errors.js';
import { encodeSchema } from '../arrow/ipc.js';
import { startPass, pullable } from '../flow/pullable.js';
import { readArtifactDescription } from '../io/artifacts.js';
import { arrowSink } from '../io/arrowSink.js';
import type { SourceDefinition } from '../io/definition.js';
import { mkdir, rm, writeFile } from '../io/disk.js';
import { filesBelow } from '../io/folders.js';
import { begin, end } from '../io/leftovers.js';
import { makeDirectory } from '../io/makeDirectory.js';
import { ioContext } from '../io/paths.js';
import { sinks } from '../io/sinks.js';
import { sources } from '../io/sources.js';
import { isFitted, type StreamDefinition } from '../operators/frame/definition.js';
import { loadOperator } from '../operators/loadOperator.js';
import type { PipelineMonitor } from '../pipelines/monitor.js';
import type { PipelinePlan, SinkPlan, SourcePlan, StepPlan } from '../pipelines/plan.js';
import { runPipeline } from '../pipelines/runPipeline.js';
import { soapstreamVersion } from '../version.js';
import { expectRounding } from './rounding.js';
import { PART_FILES, partFile, sinkFolder } from './partFiles.js';
import type { Part, Task } from './task.js';

export interface TaskOptions {
  /** Names this attempt among others at the same task. */
  readonly attempt: string;
  readonly workers: number;
  readonly signal: AbortSignal;
}

const ATTEMPT = /^\w[\w.-]{0,63}$/;

/**
 * Runs one task and leaves its part, complete or not at all.
 * @throws PipelineError `badOption` for an attempt that has been begun before, or a place that must not run it; whatever the run throws
 */
export async function runTask(task: Task, { attempt, workers, signal }: TaskOptions): Promise<Part> {
  if (!ATTEMPT.test(attempt)) {
    const message = `--attempt: expected up to 64 letters, digits, dots, hyphens and underscores, got ${JSON.stringify(attempt)}`;
    throw new PipelineError('badOption', message);
  }
  await expectSamePlace(task);
  const name = `${String(task.task).padStart(5, '0')}-${attempt}`;
  const folder = join(task.folder, name);
  await claim(folder, attempt);
  let isDone = false;
  try {
    const part = await run(task, folder, workers, signal);
    isDone = true;
    return { stage: task.stage, pipeline: task.pipeline, task: task.task, attempt, folder: name, ...part };
  } finally {
    if (!isDone) await rm(folder, { recursive: true, force: true });
    end(folder);
  }
}

async function claim(folder: string, attempt: string): Promise<void> {
  await makeDirectory(join(folder, '..'));
  try {
    await mkdir(folder);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const message = `--attempt: expected a new name for each attempt, but ${attempt} has been begun: ${folder}`;
    throw new PipelineError('badOption', message);
  }
  begin(folder);
}

/** @throws PipelineError `badOption` where other numbers would come out than where the task was made */
async function expectSamePlace({ pipeline, soapstream, rounding, steps }: Task): Promise<void> {
  const version = soapstreamVersion();
  if (soapstream !== version) {
    const message = `the task is one of soapstream ${soapstream}, this is ${version}: run the same`;
    throw new PipelineError('badOption', message, { place: { pipeline } });
  }
  expectRounding(rounding, pipeline);
  for (const { id, artifact } of steps) {
    if (!artifact) continue;
    const found = (await readArtifactDescription(artifact.directory))?.['sha256'];
    if (found === artifact.sha256) continue;
    const message = `${artifact.directory}: expected the artifact that the task was made for, found ${found === undefined ? 'none' : 'another'}: plan again`;
    throw new PipelineError('badOption', message, { place: { pipeline, step: id } });
  }
}

async function run(
  task: Task,
  folder: string,
  workers: number,
  signal: AbortSignal,
): Promise<Omit<Part, 'stage' | 'pipeline' | 'task' | 'attempt' | 'folder'>> {
  const figures = new Map<string, unknown[]>();
  const seen = { schema: new Schema([]) };
  let monitor: PipelineMonitor | undefined;
  const pipeline = await pipelineOf(task, folder, seen);
  const report = await runPipeline(
    pipeline,
    {
      run: task.stage,
      io: ioContext(task.baseDirectory),
      signal,
      workers,
      artifactDirectory: folder,
      spillDirectory: folder,
      ...(task.limit !== undefined && { limit: task.limit }),
      takePart(step, part) {
        if (!figures.has(step)) figures.set(step, []);
        figures.get(step)!.push(part);
      },
    },
    (each) => (monitor = each),
  );
  if (figures.size > 0) await writeFile(join(folder, PART_FILES.figures), serialize(figures));
  const files = await Promise.all((await filesBelow(folder)).map((path) => partFile(folder, path)));
  const flow = monitor!.meters.filter(({ kind }) => kind !== 'sink');
  const outputs = report.outputs.filter(({ role }) => role === 'rows');
  return {
    files,
    schema: Buffer.from(encodeSchema(seen.schema)).toString('base64'),
    written: outputs.map(({ rows, bytes }) => ({ rows, bytes })),
    counts: flow.map(({ batchesIn, batchesOut, rowsIn, rowsOut, busyMs }) => ({
      batchesIn,
      batchesOut,
      rowsIn,
      rowsOut,
      busyMs,
    })),
    deadLetters: flow.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    notices: report.notices.filter((_, i) => i < report.notices.length - (task.deadLetters ? 1 : 0)),
  };
}

/** The task as a pipeline that writes into a folder. @param seen gets the schema of the rows */
async function pipelineOf(task: Task, folder: string, seen: { schema: Schema }): Promise<PipelinePlan> {
  const steps = await Promise.all(task.steps.map(stepOf));
  const last = steps.at(-1);
  if (task.carries && last?.kind === 'stream') {
    steps[steps.length - 1] = { ...last, definition: carrying(last.definition) };
  }
  const rows = task.sinks ?? [{ name: arrowSink.name, options: {} }];
  const arrow = (file: string): SinkPlan => sinkAt(arrowSink.name, { format: 'stream' }, join(folder, file));
  return {
    name: task.pipeline,
    source: sourceOf(task.source),
    steps,
    sinks: rows.map(({ name, options }, i) =>
      noting(task.sinks ? sinkAt(name, options, join(folder, sinkFolder(i))) : arrow(PART_FILES.rows), seen),
    ),
    ...(task.deadLetters && { deadLetters: { ...task.deadLetters, sink: arrow(PART_FILES.letters) } }),
    dependsOn: [],
    definition: undefined,
  };
}

function sourceOf({ name, options, split }: Task['source']): SourcePlan {
  const known = sources.find((each) => each.name === name);
  if (!known) throw new PipelineError('badConfiguration', `unknown source ${name}`);
  const definition: SourceDefinition =
    split === null ? known : { ...known, open: (given, context) => known.open(given, context, split) };
  return { definition, options, reads: [] };
}

function sinkAt(name: string, options: Readonly<Record<string, unknown>>, path: string): SinkPlan {
  const definition = sinks.find((each) => each.name === name);
  if (!definition) throw new PipelineError('badConfiguration', `unknown sink ${name}`);
  return { definition, options: definition.options.parse({ ...options, path }), writes: path };
}

function noting({ definition, ...sink }: SinkPlan, seen: { schema: Schema }): SinkPlan {
  return {
    ...sink,
    definition: {
      ...definition,
      open(options, context, schema, from) {
        seen.schema = schema;
        return definition.open(options, context, schema, from);
      },
    },
  };
}

async function stepOf({ artifact, ...step }: Task['steps'][number]): Promise<StepPlan> {
  const definition = await loadOperator(step.operator);
  if (isFitted(definition) !== (artifact !== undefined))
    throw new PipelineError('badConfiguration', `${step.id}: expected an artifact for an operator that is fitted`);
  if (!isFitted(definition)) return { kind: 'stream', definition, ...step };
  const { directory } = artifact!;
  return { kind: 'apply', definition, artifact: directory, directory, ...step };
}

/** An operator that lets leave, in place of its output, the rows that bring another one to where it is. */
function carrying(definition: StreamDefinition): StreamDefinition {
  return {
    ...definition,
    outputSchema: (input) => input,
    create(options, context) {
      const operator = definition.create(options, context);
      return pullable<RecordBatch, RecordBatch>(
        (source) => operator(source),
        () => {
          const pass = startPass(operator);
          return {
            next: (batch) => pass.next(batch),
            complete: () => pass.carried?.() ?? [],
          };
        },
      );
    },
  };
}
