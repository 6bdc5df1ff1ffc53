import type { RecordBatch, Schema } from 'apache-arrow';
import { atPlace, PipelineError } from '../errors.js';
import type { Pass } from '../flow/pass.js';
import { pullable } from '../flow/pullable.js';
import { through } from '../flow/through.js';
import type { StoredArtifact } from '../io/artifacts.js';
import {
  type BatchOperator,
  isFitted,
  type OperatorDefinition,
  type StepContext,
} from '../operators/frame/definition.js';
import { parseArtifact } from '../operators/frame/parseArtifact.js';
import type { Tally } from '../operators/frame/tally.js';
import type { DeadLetter } from './deadLetter.js';
import { HeldCounts, LetteredPass, type LetteredStep } from './letteredPass.js';
import type { Segment, SegmentStep } from './segment.js';
import { type RunningStep, stepHooks, type StepWatch } from './stepHooks.js';
import { applyOutput, streamOutput } from './stepSchema.js';

/** What a segment needs of the place where it runs. */
export interface SegmentHost {
  /** The operator of that name. */
  readonly operator: (name: string) => Promise<OperatorDefinition>;
  /** What lies where a step's `artifact` says. */
  readonly artifact: (place: string) => Promise<StoredArtifact>;
  /** What the operator of a step sees of its surroundings. */
  readonly context: (step: number) => StepContext;
}

interface OpenStep extends RunningStep {
  readonly operator: BatchOperator;
  /** Of a step whose rows may fail. */
  readonly lettered?: LetteredStep;
  readonly dispose: () => void;
}

/** Runs a step, by its index, on a stream: as it is, or with something around it. */
export type RunStep = (
  step: number,
  input: AsyncIterable<RecordBatch>,
  run: (
    input: AsyncIterable<RecordBatch>,
    started?: (pass: Pass<RecordBatch, RecordBatch>) => void,
  ) => AsyncIterable<RecordBatch>,
) => AsyncIterable<RecordBatch>;

/** Takes the rows of a step, by its index, that have failed. */
export type TakeLetters = (step: number, letters: readonly DeadLetter[]) => void | Promise<void>;

/**
 * Loads the operators and models of a segment, for streams of that schema.
 * @throws PipelineError with the step's place: `badSchema` if it does not get its columns; whatever loading it throws
 */
export async function openSegment(
  { pipeline, steps }: Segment,
  input: Schema,
  host: SegmentHost,
): Promise<OpenSegment> {
  const open: OpenStep[] = [];
  let schema = input;
  for (const [index, step] of steps.entries()) {
    try {
      const ready = await openStep(pipeline, step, schema, host, index);
      open.push(ready);
      schema = ready.output;
    } catch (error) {
      for (const { dispose } of open) dispose();
      throw atPlace({ pipeline, step: step.id }, error);
    }
  }
  return new OpenSegment(open, schema);
}

const ignored = (): void => {};

async function openStep(
  pipeline: string,
  step: SegmentStep,
  input: Schema,
  host: SegmentHost,
  index: number,
): Promise<OpenStep> {
  const { id, options, artifact: place } = step;
  const definition = await host.operator(step.operator);
  const { keepsNothing = false } = definition;
  const given = host.context(index);
  const counts = step.onError && new HeldCounts();
  // Each batch is a stream of its own there, at whose end nobody listens.
  const context = counts ? { ...given, emitMetric: ignored, reportProgress: ignored, count: counts.add } : given;
  const opened = (
    output: Schema,
    operator: BatchOperator,
    tally: () => Tally | undefined,
    dispose: () => void = () => {},
  ): OpenStep => {
    const running = { pipeline, id, output, operator, keepsNothing, dispose };
    return counts ? { ...running, lettered: { operator, keepsNothing, counts, context: given, tally } } : running;
  };
  if (!isFitted(definition)) {
    const output = streamOutput({ definition, options }, input);
    return opened(output, definition.create(options, context), () => definition.tally?.(options));
  }
  if (place === undefined)
    throw new PipelineError('badConfiguration', 'a fit is no step of a segment: only its apply is');
  const { description, files } = await host.artifact(place);
  const artifact = parseArtifact(definition, description, place);
  const output = applyOutput({ definition, options }, input, artifact);
  const model = await definition.load(files, artifact);
  const operator = definition.apply({ artifact, model }, options, context);
  const tally = (): Tally | undefined => definition.tally?.(artifact, options);
  return opened(output, operator, tally, () => definition.dispose?.(model));
}

/** A segment whose operators and models are loaded. It runs any number of streams, one after the other. */
export class OpenSegment {
  /** The schema that leaves it. */
  readonly output: Schema;
  readonly #steps: readonly OpenStep[];

  constructor(steps: readonly OpenStep[], output: Schema) {
    this.#steps = steps;
    this.output = output;
  }

  /**
   * What the steps make of a stream, batch by batch: nothing is computed before it is pulled.
   *
   * @param watches one for each step
   * @param runStep called once for each step
   * @param takeLetters of steps with `onError`: gets the rows of a batch that failed, when the others have been taken
   * @throws PipelineError `badOption` without the `takeLetters` that a step needs; with pipeline, step and batch; the reason of `signal`, once that is aborted
   */
  run(
    batches: AsyncIterable<RecordBatch>,
    watches: readonly StepWatch[],
    signal: AbortSignal,
    takeLetters?: TakeLetters,
    runStep: RunStep = (_step, input, run) => run(input),
  ): AsyncIterable<RecordBatch> {
    return this.#steps.reduce((stream, step, i) => {
      const hooks = stepHooks(step, watches[i]!, signal);
      const { operator, lettered } = step;
      if (!lettered) {
        return runStep(i, stream, (input, started) =>
          through(input, operator, { ...hooks, ...(started && { started }) }),
        );
      }
      if (!takeLetters) throw new PipelineError('badOption', `${step.id}: expected takeLetters, since rows may fail`);
      const pass = new LetteredPass(lettered);
      const isolating = pullable<RecordBatch, RecordBatch>(
        (source) => operator(source),
        () => pass,
      );
      return through(stream, isolating, {
        ...hooks,
        async after(batch) {
          await hooks.after?.(batch);
          const letters = pass.takeLetters();
          if (letters.length > 0) await takeLetters(i, letters);
        },
      });
    }, batches);
  }

  /** Gives back what the models hold outside the heap. */
  dispose(): void {
    for (const { dispose } of this.#steps) dispose();
  }
}
