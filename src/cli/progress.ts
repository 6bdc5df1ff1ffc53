import { isAbsolute, relative } from 'node:path';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import { formatCount, formatDuration } from '../format.js';
import { visible } from '../visible.js';
import { print } from './print.js';

const REDRAW_MS = 200;
const LOG_MS = 10_000;

/** What is shown of something that runs. */
export interface ProgressView {
  /** A few lines, for a terminal. */
  lines(): string[];
  /** One line, for logs. */
  line(): string;
}

/** Shows how a run is doing: on a terminal lines that are redrawn in place, elsewhere a line now and then. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #view: ProgressView | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Lines that are drawn. */
  #height = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  start(view: ProgressView): void {
    this.#view = view;
    this.#timer ??= setInterval(() => this.#show(), this.#stream.isTTY ? REDRAW_MS : LOG_MS);
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
    this.#draw([]);
  }

  #show(): void {
    if (!this.#view) return;
    if (this.#stream.isTTY) this.#draw(this.#view.lines());
    else print(this.#view.line(), this.#stream);
  }

  /** In place of what was drawn before. Lines longer than the terminal is wide are cut. */
  #draw(lines: readonly string[]): void {
    const erased = this.#height > 0 ? `\u001B[${this.#height}A\u001B[0J` : '';
    const shown = lines.map((line) => `${visible(line).slice(0, this.#stream.columns - 1)}\n`);
    this.#stream.write(erased + shown.join(''));
    this.#height = lines.length;
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
