import type { RecordBatch, Schema } from 'apache-arrow';
import { sharedAmong } from '../arrow/recycling.js';
import { retainedBytes } from '../arrow/retainedBytes.js';
import { Channel, type ChannelLimits } from '../flow/channel.js';
import type { Sink, WrittenPart } from '../io/definition.js';
import { rowRange } from '../io/rowChunks.js';
import { sharesOf } from './memoryBudget.js';
import type { PipelineMonitor, StepMeter } from './monitor.js';
import type { SinkPlan } from './plan.js';
import type { OutputReport, RunEnvironment } from './runEnvironment.js';

/** Batches that may wait before a sink, beside the one it is writing. */
const sinkQueue = (maxBytes: number): ChannelLimits<SharedBatch> => ({
  capacity: 4,
  maxBytes,
  sizeOf: ({ batch }) => retainedBytes(batch),
});

/** A batch on its way to one of several sinks, which says when it needs it no more. */
interface SharedBatch {
  readonly batch: RecordBatch;
  readonly release: () => void;
}

/** A sink with its meter, and the batches that wait for it. */
export interface OpenSink {
  readonly sink: Sink;
  readonly role: OutputReport['role'];
  readonly schema: Schema;
  readonly meter: StepMeter;
  readonly channel: Channel<SharedBatch>;
}

export async function openSink(
  { definition, options }: SinkPlan,
  schema: Schema,
  role: OutputReport['role'],
  { io, memory, workers }: RunEnvironment,
  monitor: PipelineMonitor,
  from: WrittenPart | undefined,
): Promise<OpenSink> {
  const sink = await definition.open(options, io, schema, from);
  const channel = new Channel(sinkQueue(sharesOf(memory, workers).sinkQueueBytes));
  const meter = monitor.meter(`→ ${definition.name}`, 'sink');
  meter.rowsIn = meter.rowsOut = from?.rows ?? 0;
  meter.queued = () => channel.length;
  meter.bytes = () => sink.bytes ?? 0;
  return { sink, role, schema, meter, channel };
}

/**
 * Hands each batch to every sink, and waits for the slowest.
 * @param stop told of the first failure at once, so that whatever waits elsewhere is woken
 * @param skip how many rows a sink has had already
 */
export async function pump(
  batches: AsyncIterable<RecordBatch>,
  sinks: readonly OpenSink[],
  signal: AbortSignal,
  stop: (error: unknown) => void,
  skip: readonly number[],
): Promise<void> {
  const giveUp = (): void => {
    for (const { channel } of sinks) channel.fail(signal.reason);
  };
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  const send = async (): Promise<void> => {
    for await (const batch of batches) {
      const release = sharedAmong(sinks.length, batch);
      for (const { channel, meter } of sinks) await meter.holdUp(() => channel.send({ batch, release }));
    }
    for (const { channel } of sinks) channel.close();
  };
  const write = async (sink: OpenSink, index: number): Promise<void> => {
    const { meter, channel } = sink;
    let had = skip[index]!;
    for await (const { batch, release } of channel) {
      meter.inFlight = channel.length + 1;
      if (had < batch.numRows || batch.numRows === 0) await put(rowRange(batch, had, batch.numRows), sink, release);
      else release();
      had = Math.max(0, had - batch.numRows);
      meter.inFlight = channel.length;
    }
  };
  try {
    await Promise.all([send(), ...sinks.map(write)].map((task) => task.catch(stop)));
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
  signal.throwIfAborted();
}

/** Writes a batch, and counts it. */
export async function put(batch: RecordBatch, { sink, meter }: OpenSink, release?: () => void): Promise<void> {
  meter.batchesIn++;
  meter.rowsIn += batch.numRows;
  await meter.measureAsync(() => sink.write(batch, release));
  meter.rowsOut += batch.numRows;
}
