import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { RecordBatch } from 'apache-arrow';
import { concatenate } from '../arrow/concatenate.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';
import { messageOf } from '../errors.js';
import { firstOf } from '../io/firstRows.js';
import { begin, end } from '../io/leftovers.js';
import type { PipelineMonitor, StepMeter } from '../pipelines/monitor.js';
import type { Plan } from '../pipelines/plan.js';
import { MOST_LINE_BYTES, tapRequest, tapSocket } from './tapSocket.js';

/** What may wait for somebody who reads slowly: batches beyond it are dropped (bytes). */
const MOST_WAITING_BYTES = 4 * 2 ** 20;

/**
 * Lets `soapstream tap` look at a pipeline that runs, as long as it does. A run goes on as if nobody looked: where nobody can listen
 * nothing happens, and who reads slowly misses rows.
 */
export class TapServer {
  readonly #plan: Plan;
  #server: Server | undefined;
  #path: string | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  start(monitor: PipelineMonitor): void {
    this.close();
    const path = tapSocket(this.#plan, monitor.pipeline);
    if (path === undefined) return;
    rmSync(path, { force: true }); // of a process that was killed: two do not run one pipeline into one folder
    const server = createServer((socket) => this.#serve(socket, monitor));
    server.on('error', () => {});
    server.listen(path);
    server.unref();
    begin(path);
    this.#server = server;
    this.#path = path;
  }

  close(): void {
    for (const socket of this.#sockets) socket.end();
    this.#sockets.clear();
    this.#server?.close();
    if (this.#path === undefined) return;
    rmSync(this.#path, { force: true });
    end(this.#path);
    this.#path = undefined;
  }

  #serve(socket: Socket, monitor: PipelineMonitor): void {
    this.#sockets.add(socket);
    socket.unref();
    socket.on('error', () => {});
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) this.#answer(socket, monitor, text.slice(0, text.indexOf('\n')));
      else if (text.length > MOST_LINE_BYTES) socket.destroy();
    });
  }

  #answer(socket: Socket, { meters }: PipelineMonitor, line: string): void {
    socket.removeAllListeners('data').resume();
    const refuse = (error: string): void => void socket.end(`${JSON.stringify({ process: process.pid, error })}\n`);
    let request: ReturnType<typeof tapRequest.parse>;
    try {
      request = tapRequest.parse(JSON.parse(line));
    } catch (error) {
      return refuse(messageOf(error));
    }
    if (request.run !== this.#plan.fingerprint) return refuse('it has other settings');
    const meter = meters.find(({ id, kind }) => id === request.step && kind !== 'sink');
    if (!meter) return refuse(`it has no step ${request.step}`);
    socket.write(`${JSON.stringify({ process: process.pid })}\n`);
    tapInto(meter, socket, request.rows);
  }
}

/** Sends the next rows that leave a step, as far as they are taken. */
function tapInto(meter: StepMeter, socket: Socket, rows: number): void {
  let encoder: IpcEncoder | undefined;
  let left = rows;
  const tap = (batch: RecordBatch): void => {
    if (batch.numRows === 0 || socket.writableLength > MOST_WAITING_BYTES) return;
    const part = firstOf(batch, left);
    left -= part.numRows;
    encoder ??= new IpcEncoder('tap', part.schema, 'stream');
    // Copied: the batch's memory is the run's.
    socket.write(concatenate(encoder.encode(part)));
    if (left === 0) socket.end(concatenate(encoder.finish()));
    if (left === 0) meter.taps.delete(tap);
  };
  meter.taps.add(tap);
  socket.on('close', () => meter.taps.delete(tap));
}
