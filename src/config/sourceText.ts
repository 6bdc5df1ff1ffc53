import type { FileLocation } from './diagnostics.js';

/** Start and end offset in a text. */
export type Span = readonly [start: number, end: number];

/** A text whose offsets can be told as lines and columns. */
export class SourceText {
  readonly file: string;
  /** Without byte order mark. */
  readonly text: string;
  /** Offset at which each line begins. */
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.replace(/^\uFEFF/, '');
    this.#lineStarts = [0, ...[...this.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** A range of several lines is cut at the end of its first. */
  locate([start, end]: Span): FileLocation {
    const line = this.#lineOf(start);
    const lineEnd = /\r?\n|$/g;
    lineEnd.lastIndex = start;
    const length = Math.min(end, lineEnd.exec(this.text)?.index ?? end) - start;
    const column = start - (this.#lineStarts[line - 1] ?? 0) + 1;
    return { file: this.file, line, column, endColumn: column + Math.max(0, length) };
  }

  /** The last line that does not begin behind `offset`. */
  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}
