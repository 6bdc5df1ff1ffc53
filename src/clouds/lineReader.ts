import { PipelineError } from '../errors.js';

const LINE_FEED = 10;

/** More than any line that means something; a file of other content may have no ends of lines at all. */
export const MAX_LINE_BYTES = 16 * 2 ** 20;

/**
 * The lines of a text that arrives in chunks of any size. A line is `bytes` from `start` to `end`, a view that is good until the
 * next call; lines are copied only where a chunk cuts them. Nothing of a chunk is kept after its lines have been read.
 *
 * ```ts
 * lines.push(chunk);
 * while (lines.next()) use(lines.bytes, lines.start, lines.end);
 * ```
 */
export class LineReader {
  /** What messages call the text. */
  readonly name: string;
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  /** Exclusive, without the terminator. */
  end = 0;
  /** Of the line, from 1. */
  number = 0;
  readonly #terminator: number;
  /** Where the next line begins. */
  #at = 0;
  /** The beginning of a line, in pieces, whose end has not arrived. */
  #cut: Uint8Array[] = [];
  #cutBytes = 0;
  #toSkip = 0;
  /** Whether a line that is skipped has begun. */
  #isSkipping = false;
  #isLast = false;

  constructor(name: string, terminator = LINE_FEED) {
    this.name = name;
    this.#terminator = terminator;
  }

  /** Takes the next chunk, once `next` has answered false. */
  push(chunk: Uint8Array): void {
    this.bytes = chunk;
    this.#at = 0;
    if (this.#cut.length === 0 || chunk.indexOf(this.#terminator) < 0) return;
    this.#join(chunk);
  }

  /** Tells that there are no more chunks: what is left is the last line, if it is anything. */
  finish(): void {
    this.#isLast = true;
    this.#at = 0;
    this.#join(new Uint8Array(0));
    if (!this.#isSkipping) return;
    this.#isSkipping = false;
    this.#toSkip--;
    this.number++;
  }

  /**
   * Goes to the next line. False if more bytes are needed for it.
   * @throws PipelineError `badData` if a line does not end within 16 MiB
   */
  next(): boolean {
    this.#skipLines();
    const { bytes } = this;
    const from = this.#at;
    const found = bytes.indexOf(this.#terminator, from);
    if (found < 0 && !(this.#isLast && from < bytes.length)) {
      this.#keep(from);
      return false;
    }
    this.start = from;
    this.end = found < 0 ? bytes.length : found;
    this.#at = this.end + 1;
    this.number++;
    return true;
  }

  /** Passes over the next `count` lines, of any length: they take no memory. */
  skip(count: number): void {
    this.#toSkip += count;
  }

  /** Lines that are still to be passed over. */
  get toSkip(): number {
    return this.#toSkip;
  }

  /** What follows the line, for whoever reads on in another way. */
  rest(): Uint8Array {
    const rest = this.bytes.subarray(this.#at);
    this.#at = this.bytes.length;
    return rest;
  }

  #skipLines(): void {
    while (this.#toSkip > 0 && this.#at < this.bytes.length) {
      const found = this.bytes.indexOf(this.#terminator, this.#at);
      this.#isSkipping = found < 0;
      this.#at = found < 0 ? this.bytes.length : found + 1;
      if (found < 0) break;
      this.#toSkip--;
      this.number++;
    }
  }

  #keep(from: number): void {
    if (from >= this.bytes.length) return;
    this.#cutBytes += this.bytes.length - from;
    if (this.#cutBytes > MAX_LINE_BYTES) {
      throw new PipelineError(
        'badData',
        `${this.name}:${this.number + 1}: expected a line of text, got more than ${MAX_LINE_BYTES} bytes without its end`,
      );
    }
    this.#cut.push(this.bytes.slice(from));
    this.#at = this.bytes.length;
  }

  #join(chunk: Uint8Array): void {
    this.bytes = Buffer.concat([...this.#cut, chunk]);
    this.#cut = [];
    this.#cutBytes = 0;
  }
}
