import { LineCounter } from 'yaml';
import type { FileLocation } from './diagnostics.js';

/** Start and end offset in a text. */
export type Span = readonly [start: number, end: number];

/** A text whose offsets can be told as lines and columns. */
export class SourceText {
  readonly file: string;
  /** Without byte order mark. */
  readonly text: string;
  readonly #lines = new LineCounter();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.replace(/^\uFEFF/, '');
    this.#lines.lineStarts = [0, ...[...this.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** A range of several lines is cut at the end of its first. */
  locate([start, end]: Span): FileLocation {
    const { line, col: column } = this.#lines.linePos(start);
    const lineEnd = /\r?\n|$/g;
    lineEnd.lastIndex = start;
    const length = Math.min(end, lineEnd.exec(this.text)?.index ?? end) - start;
    return { file: this.file, line, column, endColumn: column + Math.max(0, length) };
  }
}
