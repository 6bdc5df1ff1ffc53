import type { RecordBatch, Schema } from 'apache-arrow';
import { describeSchema } from '../arrow/describeSchema.js';
import { encodeSchema } from '../arrow/ipc.js';
import { recycle, SpareBuffers } from '../arrow/recycling.js';
import { atPlace, PipelineError } from '../errors.js';
import { arrowSink } from '../io/arrowSink.js';
import { arrowSource } from '../io/arrowSource.js';
import { readArtifact } from '../io/artifacts.js';
import { openSource } from '../io/open.js';
import { ioContext, STANDARD_STREAM } from '../io/paths.js';
import { detachedContext } from '../operators/frame/context.js';
import { loadOperator } from '../operators/loadOperator.js';
import { StepMeter } from '../pipelines/monitor.js';
import { type PlannedSegment, planSegment, type SegmentBounds } from '../pipelines/planSegment.js';
import { segmentFile } from '../pipelines/segmentFile.js';
import type { DeadLetter } from '../segment/deadLetter.js';
import { openSegment } from '../segment/openSegment.js';
import { soapstreamVersion } from '../version.js';
import { tellError } from './errorLine.js';
import { exitCodes } from './exitCodes.js';
import { interruptible } from './interrupts.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { SegmentReport } from './segmentReport.js';

export interface SegmentArguments extends PlanArguments, SegmentBounds {
  readonly pipeline: string;
  /** Print what goes in and out, and read no rows. */
  readonly schema: boolean;
  /** Print the steps as a pipeline file of their own, and read no rows. */
  readonly compile: boolean;
  readonly report: string | undefined;
}

const PROGRESS_MS = 1000;

/** `soapstream segment`: Arrow stream in, Arrow stream out. @returns the exit code */
export async function segment(args: SegmentArguments): Promise<number> {
  const plan = await planOrReport(args);
  if (!plan) return exitCodes.configuration;
  const planned = planSegment(plan, args.pipeline, args);
  if (args.compile) {
    process.stdout.write(`${JSON.stringify(segmentFile(planned.segment), null, 2)}\n`);
    return exitCodes.success;
  }
  if (args.schema) {
    await printSchemas(planned);
    return exitCodes.success;
  }
  try {
    expectReport(planned, args.report);
    await interruptible((signal) => run(planned, args.report, signal));
    return exitCodes.success;
  } catch (error) {
    return tellError(error);
  }
}

/** Rows that fail are told nowhere else. @throws PipelineError `badOption` */
function expectReport({ segment: { pipeline, steps } }: PlannedSegment, report: string | undefined): void {
  const lettered = steps.find(({ onError }) => onError !== undefined);
  if (!lettered || report !== undefined) return;
  throw new PipelineError('badOption', 'expected --report, where its dead letters go (onError: deadLetter)', {
    place: { pipeline, step: lettered.id },
  });
}

async function run(
  { segment: planned }: PlannedSegment,
  reportTo: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const report = new SegmentReport(reportTo);
  const { pipeline, steps } = planned;
  const meters = steps.map(({ id }) => new StepMeter(id, 'step'));
  const isLettered = steps.some(({ onError }) => onError !== undefined);
  const counts = { batchesOut: 0, rowsOut: 0, ...(isLettered && { deadLetters: 0 }) };
  const rows = (): object => ({ batchesIn: meters[0]!.batchesIn, rowsIn: meters[0]!.rowsIn, ...counts });
  const progress = setInterval(() => report.write('progress', rows()), PROGRESS_MS);
  try {
    const ids = steps.map(({ id }) => id);
    report.write('hello', { soapstream: soapstreamVersion(), node: process.version, pipeline, steps: ids });
    const source = await openSource(arrowSource, { path: STANDARD_STREAM });
    const open = await openSegment(planned, source.schema, {
      operator: loadOperator,
      artifact: readArtifact,
      context: (step) =>
        detachedContext({
          signal,
          spares: new SpareBuffers(),
          emitMetric: (metric) => report.write('metric', { step: ids[step]!, ...metric }),
        }),
    });
    const options = arrowSink.options.parse({ path: STANDARD_STREAM, format: 'stream' });
    const sink = await arrowSink.open(options, ioContext('.'), open.output);
    try {
      const letters = (step: number, found: readonly DeadLetter[]): void => {
        for (const letter of found) report.write('deadLetter', { step: ids[step]!, ...letter });
        counts.deadLetters = (counts.deadLetters ?? 0) + found.length;
      };
      const told = { batches: 0, batchesOut: 0, rowsOut: 0 };
      const done = (rowsIn: number): void => {
        const { batchesOut, rowsOut } = counts;
        const made = { batchesOut: batchesOut - told.batchesOut, rowsOut: rowsOut - told.rowsOut };
        report.write('batch', { batch: told.batches, rowsIn, ...made });
        Object.assign(told, { batches: told.batches + 1, batchesOut, rowsOut });
      };
      const arrived = arriving(source.batches(signal), pipeline, done);
      for await (const batch of open.run(arrived, meters, signal, letters)) {
        counts.batchesOut++;
        counts.rowsOut += batch.numRows;
        await sink.write(batch, () => recycle(batch));
      }
      signal.throwIfAborted();
      await sink.close();
    } catch (error) {
      await sink.abort();
      throw error;
    } finally {
      open.dispose();
    }
    report.write('end', rows());
  } finally {
    clearInterval(progress);
    await report.close();
  }
}

/**
 * The batches that arrive. What is wrong with the stream itself is no fault of the first step.
 *
 * @param done called with the rows of a batch when all that came of it has been written: then alone is the next one asked for
 */
async function* arriving(
  batches: AsyncIterable<RecordBatch>,
  pipeline: string,
  done: (rows: number) => void,
): AsyncGenerator<RecordBatch> {
  try {
    for await (const batch of batches) {
      const { numRows } = batch;
      yield batch;
      done(numRows);
    }
  } catch (error) {
    throw atPlace({ pipeline }, error);
  }
}

/** Known from the file alone or, where only data can tell what arrives, from the schema of the stream on standard input. */
async function printSchemas({ segment: planned, input, output }: PlannedSegment): Promise<void> {
  const incoming = input ?? (await openSource(arrowSource, { path: STANDARD_STREAM })).schema;
  const outgoing = output ?? (await outputOf(planned, incoming));
  process.stdout.write(`${JSON.stringify({ input: described(incoming), output: described(outgoing) }, null, 2)}\n`);
}

async function outputOf(planned: PlannedSegment['segment'], input: Schema): Promise<Schema> {
  const host = { operator: loadOperator, artifact: readArtifact, context: () => detachedContext() };
  const open = await openSegment(planned, input, host);
  open.dispose();
  return open.output;
}

/** @returns `fields` for people, and `arrow`: an Arrow IPC stream of that schema without batches, in base64 */
function described(schema: Schema): object {
  return {
    fields: describeSchema(schema).columns,
    arrow: Buffer.from(encodeSchema(schema)).toString('base64'),
  };
}
