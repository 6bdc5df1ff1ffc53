import type { RecordBatch, Schema } from 'apache-arrow';
import { readArrowFile, scanArrowFile } from '../io/arrowFile.js';
import { createSpill, type Spill, type SpilledRows } from '../io/spill.js';
import type { RunStep } from '../segment/openSegment.js';
import type { StepMeter } from './monitor.js';
import type { PipelineCheckpoints } from './pipelineCheckpoints.js';
import type { StepRun } from './stepRuns.js';

/** What the rows that go into a step are kept for, and where. */
export interface JournalPlace {
  readonly checkpoints: PipelineCheckpoints;
  readonly spillPath: string;
  readonly run: StepRun;
  readonly stepId: string;
}

/** The name of the state of a step whose batches depend on each other: rows that bring it to where it was. */
export function rowsInto(stepId: string): string {
  return `rows into ${stepId}`;
}

/**
 * A spill of the rows that go into a step. Its checkpoints bring the step to where it was by giving it these rows again, those first that
 * an earlier run has left.
 */
export async function openJournal(
  schema: Schema,
  { checkpoints, spillPath, run, stepId }: JournalPlace,
  extra: () => object = () => ({}),
): Promise<Spill> {
  const key = rowsInto(stepId);
  const path = checkpoints.standingOf(run) === 'goesOn' ? checkpoints.fileOf(key) : undefined;
  const from = path === undefined ? undefined : { path, ...(checkpoints.stateOf(key) as SpilledRows) };
  const spill = await createSpill(spillPath, schema, from);
  checkpoints.add(key, run.stage, {
    file: spill.path,
    save: () => (spill.canGoOn ? { rows: spill.rows, bytes: spill.bytes, ...extra() } : undefined),
    sync: () => spill.sync(),
    keep: () => spill.keep(),
  });
  return spill;
}

/** Runs a step whose batches depend on each other, so that another run can go on with it. */
export async function* runJournaled(
  input: AsyncIterable<RecordBatch>,
  schema: Schema,
  run: Parameters<RunStep>[2],
  meter: StepMeter,
  place: JournalPlace,
): AsyncGenerator<RecordBatch> {
  const { checkpoints, stepId } = place;
  const goesOn = checkpoints.standingOf(place.run) === 'goesOn';
  const left =
    goesOn && checkpoints.fileOf(rowsInto(stepId)) !== undefined
      ? (checkpoints.stateOf(rowsInto(stepId)) as { batchesOut: number }).batchesOut
      : 0;
  const journal = await openJournal(schema, place, () => ({ batchesOut: meter.batchesOut }));
  async function* journaled(): AsyncGenerator<RecordBatch> {
    yield* journal.earlier();
    for await (const batch of input) {
      await journal.append(batch);
      yield batch;
    }
  }
  try {
    for await (const batch of run(journaled())) if (meter.batchesOut > left) yield batch;
  } finally {
    await journal.dispose();
  }
}

/** Runs a step that can tell the rows which matter: each checkpoint keeps them. */
export async function* runCarrying(
  input: AsyncIterable<RecordBatch>,
  schema: Schema,
  run: Parameters<RunStep>[2],
  meter: StepMeter,
  { checkpoints, spillPath, run: { stage, place }, stepId }: JournalPlace,
): AsyncGenerator<RecordBatch> {
  const key = rowsInto(stepId);
  const goesOn = checkpoints.standingOf({ stage, place }) === 'goesOn';
  const earlier = goesOn ? checkpoints.fileOf(key) : undefined;
  let carried: (() => Iterable<RecordBatch>) | undefined;
  let spill: Spill | undefined;
  checkpoints.add(key, stage, {
    get file() {
      return spill!.path;
    },
    save: () => ({ batchesIn: meter.batchesIn, rowsIn: meter.rowsIn }),
    async sync() {
      spill = await createSpill(spillPath, schema);
      for (const batch of carried?.() ?? []) await spill.append(batch);
      await spill.end();
      await spill.sync();
      spill.keep();
    },
  });
  async function* withEarlier(): AsyncGenerator<RecordBatch> {
    if (earlier !== undefined) {
      yield* readArrowFile(await scanArrowFile(earlier), new AbortController().signal);
      Object.assign(meter, checkpoints.stateOf(key));
    }
    yield* input;
  }
  yield* run(withEarlier(), (pass) => void (carried = () => pass.carried?.() ?? []));
}
