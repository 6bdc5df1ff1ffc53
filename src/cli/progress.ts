import { isAbsolute, relative } from 'node:path';
import type { PipelineMonitor } from '../pipelines/monitor.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import { formatCount, formatDuration } from './format.js';
import { progressLine, progressLines } from './progressView.js';
import { LiveArea } from './terminal.js';

const REDRAW_MS = 200;
const LOG_MS = 10_000;

/** Shows how a run is doing: live on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: LiveArea | undefined;
  #monitor: PipelineMonitor | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#live = stream.isTTY ? new LiveArea(stream) : undefined;
  }

  start(monitor: PipelineMonitor): void {
    this.#monitor = monitor;
    this.#timer ??= setInterval(() => this.#show(), this.#live ? REDRAW_MS : LOG_MS);
    this.#timer.unref();
  }

  end(report: PipelineReport): void {
    this.stop();
    const rows = report.outputs.map(({ path, rows: written }) => `${formatCount(written)} rows → ${shortest(path)}`);
    this.#stream.write(`✓ ${[report.pipeline, formatDuration(report.seconds), ...rows].join(' · ')}\n`);
  }

  /** Takes the live lines away; nothing is drawn after. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#monitor = undefined;
    this.#live?.clear();
  }

  #show(): void {
    if (!this.#monitor) return;
    if (this.#live) this.#live.draw(progressLines(this.#monitor));
    else this.#stream.write(`${progressLine(this.#monitor)}\n`);
  }
}

/** Relative to the working directory where that is shorter. */
function shortest(path: string): string {
  const fromHere = relative('.', path);
  return isAbsolute(path) && fromHere.length < path.length ? fromHere : path;
}
