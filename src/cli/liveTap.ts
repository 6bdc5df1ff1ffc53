import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Schema } from 'apache-arrow';
import { messageOf, PipelineError } from '../errors.js';
import { openIpcStream } from '../arrow/ipcStream.js';
import type { Sink } from '../io/definition.js';
import type { Plan } from '../pipelines/plan.js';
import { MOST_LINE_BYTES, tapAnswer, type TapRequest, tapSocket } from './tapSocket.js';

/** What is asked of a run that goes on, and who gets it. */
export interface LiveTap extends Omit<TapRequest, 'run'> {
  readonly pipeline: string;
  readonly signal: AbortSignal;
  readonly open: (schema: Schema) => Promise<Sink>;
  /** Gets whose rows they are, or why not those of a run that goes on. */
  readonly tell: (message: string) => void;
}

/**
 * The rows that leave a step of a run that goes on, from now on.
 * @returns whether there was such a run, and rows left the step before it ended
 * @throws the reason of the signal; whatever the sink throws
 */
export async function tapRun(plan: Plan, { pipeline, step, rows, signal, open, tell }: LiveTap): Promise<boolean> {
  const socket = await connected(tapSocket(plan, pipeline));
  if (!socket) return false;
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let sink: Sink | undefined;
  try {
    const request: TapRequest = { run: plan.fingerprint, step, rows };
    socket.write(`${JSON.stringify(request)}\n`);
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>;
    const { line, rest } = await firstLine(chunks);
    const { process: pid, error } = tapAnswer.parse(JSON.parse(line));
    if (error !== undefined) {
      tell(`process ${pid} runs ${pipeline}, but ${error}: the rows are not its own`);
      return false;
    }
    tell(`rows of process ${pid}, which runs ${pipeline}`);
    const { schema, batches } = await openIpcStream(startingWith(rest, chunks), 'the run');
    sink = await open(schema);
    for await (const batch of batches) await sink.write(batch);
    await sink.close();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!sink) return false; // it has ended before
    // What has come is shown: the run has ended, or failed.
    if (!(error instanceof PipelineError && error.code === 'badData')) throw error;
    await sink.close();
    tell(`the run has ended: ${messageOf(error)}`);
    return true;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

async function connected(path: string | undefined): Promise<Socket | undefined> {
  if (path === undefined) return undefined;
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    return undefined;
  }
}

/** Up to the end of the line, and what has come of what follows. */
async function firstLine(chunks: AsyncIterator<Uint8Array>): Promise<{ line: string; rest: Uint8Array }> {
  let read = Buffer.alloc(0);
  for (;;) {
    const end = read.indexOf('\n');
    if (end >= 0) return { line: read.toString('utf8', 0, end), rest: read.subarray(end + 1) };
    const { value, done } = await chunks.next();
    if (done || read.length > MOST_LINE_BYTES) throw new Error('no answer');
    read = Buffer.concat([read, value]);
  }
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}
