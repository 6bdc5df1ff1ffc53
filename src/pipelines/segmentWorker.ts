/** A worker thread that runs a segment: Arrow batches in, Arrow batches out. */
import { workerData } from 'node:worker_threads';
import type { Schema } from 'apache-arrow';
import { concatenate } from '../arrow/concatenate.js';
import { inPlace } from '../arrow/inPlace.js';
import { decodeBatches, encodeBatches } from '../arrow/ipc.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';
import { leave, memoryOf, recycle, SpareBuffers } from '../arrow/recycling.js';
import { readArtifact } from '../io/artifacts.js';
import { detachedContext } from '../operators/frame/context.js';
import { loadOperator } from '../operators/loadOperator.js';
import { type OpenSegment, openSegment } from '../segment/openSegment.js';
import type { DeadLetter } from '../segment/deadLetter.js';
import type { Segment } from '../segment/segment.js';
import { PieceSender } from '../threads/pieceSender.js';
import { serve } from '../threads/serve.js';
import type { Task, TaskCallerOffer, TaskOffer } from '../threads/threadPool.js';
import { BatchClock } from './batchClock.js';
import { type DoneElsewhere, StepMeter } from './monitor.js';

/** What a step has done in one task. */
export interface StepAnswer extends DoneElsewhere {
  /** What its batches contribute to its figures. */
  readonly parts: readonly unknown[];
  /** Its rows that failed; batches are counted within the task. */
  readonly failed: readonly DeadLetter[];
}

/** What a task answers: each step's share. */
export type SegmentAnswer = readonly StepAnswer[];

const { clock: memoryOfClock, ...segment } = workerData as Segment & { readonly clock?: SharedArrayBuffer };
const clock = memoryOfClock && new BatchClock(memoryOfClock);
const caller = serve<TaskCallerOffer>({ run } satisfies TaskOffer<SegmentAnswer>);
const { signal } = new AbortController(); // stopping is ending the thread

/** For what each step makes. Of the last one it may leave with the rows, as their message; other memory comes in return. */
const spares = segment.steps.map(() => new SpareBuffers());
const memory = spares.at(-1)!;

let opened: Promise<OpenSegment> | undefined;
/** What the task at hand contributes to the figures of each step. */
let parts: unknown[][] = [];

/** What the steps have prepared when they were opened serves all tasks; each task is a stream of its own. */
function open(input: Schema): Promise<OpenSegment> {
  return openSegment(segment, input, {
    operator: loadOperator,
    artifact: readArtifact,
    context: (step) => detachedContext({ spares: spares[step]!, count: (part) => parts[step]!.push(part) }),
  });
}

/** Sends what leaves the segment, as an Arrow IPC stream without an end, a piece for each batch, and waits where nobody takes them. */
async function run({ payload, unreadBytes, shows, spares: given }: Task): Promise<SegmentAnswer> {
  memory.takeSome(Infinity); // what is left would pile up here
  for (const spare of given) memory.give(spare);
  const sender = new PieceSender(caller, memory, unreadBytes);
  clock?.reset();
  const meters = segment.steps.map(({ id }, step) =>
    clock ? new SeenMeter(id, step, clock) : new StepMeter(id, 'step'),
  );
  for (const what of shows) {
    meters[what]!.taps.add((batch) => void caller.call('shown', { what, bytes: encodeBatches([batch]) }));
  }
  parts = segment.steps.map(() => []);
  const failed = segment.steps.map((): DeadLetter[] => []);
  const batches = decodeBatches(payload);
  if (batches[0]) {
    opened ??= open(batches[0].schema);
    const steps = await opened;
    const encoder = new IpcEncoder('the schema changed within the stream', steps.output, 'stream');
    const letters = (step: number, found: readonly DeadLetter[]): void => void failed[step]!.push(...found);
    for await (const batch of steps.run(inTurn(batches), meters, signal, letters)) {
      const home = memoryOf(batch);
      const pieces = encoder.encode(batch);
      const piece = inPlace(pieces, home) ?? concatenate(pieces, memory);
      if (piece.buffer === home) leave(batch);
      else recycle(batch);
      await sender.send(piece);
    }
  }
  return meters.map(({ batchesIn, batchesOut, rowsIn, rowsOut, busyMs }, step) => ({
    batchesIn,
    batchesOut,
    rowsIn,
    rowsOut,
    busyMs,
    parts: parts[step]!,
    failed: failed[step]!,
  }));
}

/** Shows the other side what its step is at. */
class SeenMeter extends StepMeter {
  readonly #step: number;
  readonly #clock: BatchClock;

  constructor(id: string, step: number, clockOfThread: BatchClock) {
    super(id, 'step');
    this.#step = step;
    this.#clock = clockOfThread;
  }

  override measure<T>(work: () => T, isOfBatch?: boolean): T {
    return this.#clock.during(this.#step, this.batchesIn - 1, () => super.measure(work, isOfBatch));
  }
}

async function* inTurn<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
