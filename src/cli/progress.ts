import { isAbsolute, relative } from 'node:path';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import { formatCount, formatDuration } from '../format.js';
import { print } from './print.js';
import { LiveArea } from './terminal.js';

const REDRAW_MS = 200;
const LOG_MS = 10_000;

/** What is shown of something that runs. */
export interface ProgressView {
  /** A few lines, for a terminal. */
  lines(): string[];
  /** One line, for logs. */
  line(): string;
}

/** Shows how a run is doing: live on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: LiveArea | undefined;
  #view: ProgressView | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#live = stream.isTTY ? new LiveArea(stream) : undefined;
  }

  start(view: ProgressView): void {
    this.#view = view;
    this.#timer ??= setInterval(() => this.#show(), this.#live ? REDRAW_MS : LOG_MS);
    this.#timer.unref();
  }

  /** @param outcome what has been done, in a few words each */
  end(outcome: readonly string[]): void {
    this.stop();
    print(`✓ ${outcome.join(' · ')}`, this.#stream);
  }

  /** Takes the live lines away; nothing is drawn after. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#view = undefined;
    this.#live?.clear();
  }

  #show(): void {
    if (!this.#view) return;
    if (this.#live) this.#live.draw(this.#view.lines());
    else print(this.#view.line(), this.#stream);
  }
}

/** A pipeline that has ended. */
export function pipelineOutcome({ pipeline, seconds, outputs }: PipelineReport): string[] {
  const rows = outputs.map(
    ({ path, rows: written }) => `${formatCount(written)} ${written === 1 ? 'row' : 'rows'} → ${shortest(path)}`,
  );
  return [pipeline, formatDuration(seconds), ...rows];
}

/** Relative to the working directory where that is shorter. */
export function shortest(path: string): string {
  const fromHere = relative('.', path);
  return isAbsolute(path) && fromHere.length < path.length ? fromHere : path;
}
