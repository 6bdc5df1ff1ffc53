import type { RecordBatch } from 'apache-arrow';
import { parseOptions } from '../config/parseOptions.js';
import { PipelineError } from '../errors.js';
import type { StoredArtifact } from '../io/artifacts.js';
import type { MetricRow } from '../arrow/schemas.js';
import { detachedContext } from '../operators/frame/context.js';
import { isFitted, type OperatorDefinition } from '../operators/frame/definition.js';
import { operators } from '../operators/table.js';
import type { DeadLetter } from './deadLetter.js';
import { type OpenSegment, openSegment, type TakeLetters } from './openSegment.js';
import type { SegmentStep } from './segment.js';
import type { StepWatch } from './stepHooks.js';

/** A step as JSON has it: options that are missing take their defaults. */
export interface SegmentInput {
  readonly operator: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Names a model of the settings, for a fitted operator that is applied. */
  readonly artifact?: string;
  /** Rows that fail go to `takeLetters`, and the others on; without it the first that fails ends the stream. */
  readonly onError?: 'deadLetter';
}

export interface SegmentSettings {
  /** Fitted models by name. */
  readonly artifacts?: Readonly<Record<string, StoredArtifact>>;
  /** Operators of one's own, beside those of the library. */
  readonly operators?: readonly OperatorDefinition[];
  readonly emitMetric?: (metric: MetricRow & { readonly step: string }) => void;
  readonly signal?: AbortSignal;
  /** Gets the rows of a batch that failed, when what the others became has been taken; steps with `onError` need it. */
  readonly takeLetters?: (letters: readonly (DeadLetter & { readonly step: string })[]) => void | Promise<void>;
}

/**
 * What steps make of a stream of batches: the same on a thread, in a browser tab and in another process. Nothing is computed before it is
 * pulled. Steps are named by their operators in messages, and by a number where one comes again.
 *
 * ```ts
 * const steps = [{ operator: 'imageToXyz' }, { operator: 'soap', options: { rCut: 20, nMax: 8, lMax: 8, sigma: 1 } }];
 * for await (const batch of runSegment(steps, images)) …
 * ```
 * @throws PipelineError with the step: `badOption`, also for an unknown operator; `missingInput` for an artifact that is not given;
 *   `badSchema` before the first batch is worked on; whatever the steps throw on the stream
 */
export async function* runSegment(
  steps: readonly SegmentInput[],
  batches: AsyncIterable<RecordBatch> | Iterable<RecordBatch>,
  settings: SegmentSettings = {},
): AsyncGenerator<RecordBatch, void, undefined> {
  const { emitMetric = () => {}, signal = new AbortController().signal, takeLetters } = settings;
  const known = definitionsByName(settings.operators);
  const arriving = asIterator(batches);
  let open: OpenSegment | undefined;
  try {
    const parsed = steps.map((step, i) => parsedStep(step, stepId(steps, i), known));
    const first = await arriving.next();
    if (first.done === true) return;
    open = await openSegment({ pipeline: PIPELINE, steps: parsed }, first.value.schema, {
      operator: (name) => Promise.resolve(known.get(name)!),
      artifact: (name) => Promise.resolve(artifactNamed(name, settings.artifacts)),
      context: (step) =>
        detachedContext({ signal, emitMetric: (metric) => emitMetric({ step: parsed[step]!.id, ...metric }) }),
    });
    const watches = parsed.map(() => new Unwatched());
    const take: TakeLetters | undefined =
      takeLetters && ((step, found) => takeLetters(found.map((letter) => ({ step: parsed[step]!.id, ...letter }))));
    yield* open.run(startingWith(first.value, arriving, signal), watches, signal, take);
  } finally {
    open?.dispose();
    await arriving.return?.();
  }
}

const PIPELINE = 'segment';

/** Nobody looks at the counts of a step. */
class Unwatched implements StepWatch {
  batchesIn = 0;
  batchesOut = 0;
  rowsIn = 0;
  rowsOut = 0;

  measure(work: () => void): void {
    work();
  }
}

function definitionsByName(own: readonly OperatorDefinition[] = []): Map<string, OperatorDefinition> {
  return new Map([...operators, ...own].map((definition) => [definition.name, definition]));
}

/** The name of the operator, with a number where steps before have the same. */
function stepId(steps: readonly SegmentInput[], index: number): string {
  const { operator } = steps[index]!;
  const earlier = steps.slice(0, index).filter((step) => step.operator === operator).length;
  return earlier === 0 ? operator : `${operator} (${earlier + 1})`;
}

function parsedStep(
  { operator, options = {}, artifact, onError }: SegmentInput,
  id: string,
  known: ReadonlyMap<string, OperatorDefinition>,
): SegmentStep {
  const definition = known.get(operator);
  if (!definition) {
    const names = [...known.keys()].join(', ');
    throw new PipelineError('badOption', `${operator}: unknown operator, expected one of ${names}`);
  }
  const applied = isFitted(definition);
  if (applied && artifact === undefined) {
    throw new PipelineError('badOption', `${operator}: expected an artifact to apply: a segment cannot fit`);
  }
  if (onError && definition.independent !== true) {
    throw new PipelineError(
      'badOption',
      `${operator}: needs the batches before it, so that it cannot go on without some rows`,
    );
  }
  const schema = applied ? definition.applyOptions : definition.options;
  return {
    id,
    operator,
    options: parseOptions(operator, schema, options),
    ...(artifact !== undefined && { artifact }),
    ...(onError && { onError }),
  };
}

function artifactNamed(name: string, artifacts: SegmentSettings['artifacts'] = {}): StoredArtifact {
  const found = Object.hasOwn(artifacts, name) ? artifacts[name] : undefined;
  if (found) return found;
  const names = Object.keys(artifacts).join(', ') || 'none';
  throw new PipelineError('missingInput', `artifact ${name}: expected one of those that are given (${names})`);
}

function asIterator(batches: AsyncIterable<RecordBatch> | Iterable<RecordBatch>): AsyncIterator<RecordBatch> {
  if (Symbol.asyncIterator in batches) return batches[Symbol.asyncIterator]();
  const iterator = batches[Symbol.iterator]();
  return {
    next: () => Promise.resolve(iterator.next()),
    return: (value) => Promise.resolve(iterator.return?.(value) ?? { done: true, value: undefined }),
  };
}

async function* startingWith(
  first: RecordBatch,
  rest: AsyncIterator<RecordBatch>,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch, void, undefined> {
  yield first;
  for (;;) {
    signal.throwIfAborted();
    const next = await rest.next();
    if (next.done === true) return;
    yield next.value;
  }
}
