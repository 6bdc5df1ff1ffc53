import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Schema } from 'apache-arrow';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import type { Sink } from '../io/definition.js';
import { firstOf } from '../io/firstRows.js';
import { begin, end } from '../io/leftovers.js';
import { ioContext, STANDARD_STREAM } from '../io/paths.js';
import { watchRetries } from '../io/retries.js';
import { findPipeline, findStep } from './planSegment.js';
import type { PipelinePlan, Plan, SinkPlan, StepPlan } from './plan.js';
import { runPipeline } from './runPipeline.js';
import { checkWorkers, expectInputs } from './runPlan.js';

export interface TapOptions {
  readonly pipeline: string;
  /** A step, or the source. */
  readonly step: string;
  readonly rows: number;
  readonly signal: AbortSignal;
  /** What gets the rows. It is closed after the last of them, and aborted if there is a failure before. */
  readonly open: (schema: Schema) => Promise<Sink>;
}

/**
 * Runs a pipeline up to and with a step, until the first rows have left it. Nothing is written where the pipeline would write: what is
 * fitted on the way lies in a temporary folder.
 *
 * @throws PipelineError `badOption` for an unknown pipeline or step; whatever a run throws
 */
export async function tap(plan: Plan, { pipeline: name, step, rows, signal, open }: TapOptions): Promise<void> {
  const pipeline = findPipeline(plan, name);
  const enough = new AbortController();
  const sink = firstRowsSink(rows, open, () => enough.abort(new PipelineError('interrupted', 'there are enough rows')));
  const cut = cutAfter(pipeline, step, sink);
  await expectInputs(plan, [cut]);
  const isFitted = cut.steps.some(({ kind }) => kind === 'fit');
  // Models that are fitted on the way lie there, and letters.
  const folder = isFitted || cut.deadLetters ? await temporaryFolder() : undefined;
  const artifactDirectory = isFitted ? folder! : plan.artifactDirectory;
  const endWatch = watchRetries({ signal });
  try {
    await runPipeline(isFitted ? { ...cut, steps: fittedIn(artifactDirectory, cut.steps) } : cut, {
      run: plan.fingerprint,
      io: ioContext(plan.baseDirectory),
      signal: AbortSignal.any([signal, enough.signal]),
      // A few rows are there before threads are; a fit reads everything.
      workers: isFitted ? checkWorkers() : 0,
      artifactDirectory,
      spillDirectory: folder ?? artifactDirectory,
    });
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  } finally {
    endWatch();
    if (folder !== undefined) await removeFolder(folder);
  }
  signal.throwIfAborted();
}

/** Rows that fail stop a tap no more than a run; nobody looks at their letters. */
const NOWHERE: SinkPlan = {
  definition: {
    name: 'nowhere',
    summary: 'Takes everything and keeps nothing.',
    example: '',
    options: z.strictObject({}),
    writes: () => STANDARD_STREAM,
    open: () =>
      Promise.resolve({
        write: (_batch, release) => Promise.resolve(release?.()),
        close: () => Promise.resolve({ path: STANDARD_STREAM, rows: 0, bytes: 0 }),
        abort: () => Promise.resolve(),
      }),
  },
  options: {},
  writes: STANDARD_STREAM,
};

/** A pipeline as if it ended with a step, into that sink alone. */
function cutAfter(pipeline: PipelinePlan, step: string, sink: SinkPlan): PipelinePlan {
  const { name, source, steps, deadLetters, dependsOn, definition } = pipeline;
  const count =
    step === source.definition.name && !steps.some(({ id }) => id === step) ? 0 : findStep(pipeline, step) + 1;
  return {
    name,
    source,
    steps: steps.slice(0, count),
    sinks: [sink],
    ...(deadLetters && { deadLetters: { ...deadLetters, sink: NOWHERE } }),
    dependsOn,
    definition,
  };
}

/** Steps that find in a folder what those before them have fitted. */
function fittedIn(folder: string, steps: readonly StepPlan[]): StepPlan[] {
  const fitted = new Set(steps.map((step) => (step.kind === 'fit' ? step.artifact : undefined)));
  return steps.map((step) =>
    step.kind === 'apply' && fitted.has(step.artifact) ? { ...step, directory: join(folder, step.artifact) } : step,
  );
}

function firstRowsSink(rows: number, open: TapOptions['open'], enough: () => void): SinkPlan {
  return {
    definition: {
      name: 'tap',
      summary: 'Takes the first rows.',
      example: '',
      options: z.strictObject({}),
      writes: () => STANDARD_STREAM,
      async open(_options, _context, schema) {
        const sink = await open(schema);
        let left = rows;
        let isClosed = false;
        const close = async (): ReturnType<Sink['close']> => {
          isClosed = true;
          return sink.close();
        };
        return {
          async write(batch, release) {
            if (left === 0) return;
            const part = firstOf(batch, left);
            left -= part.numRows;
            await sink.write(part);
            release?.();
            if (left > 0) return;
            await close();
            enough();
          },
          close,
          abort: async () => {
            if (!isClosed) await sink.abort();
          },
        };
      },
    },
    options: {},
    writes: STANDARD_STREAM,
  };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'soapstream-tap-'));
  begin(folder);
  return folder;
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  end(folder);
}
