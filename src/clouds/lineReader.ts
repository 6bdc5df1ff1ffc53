import { concatBytes } from '../bytes.js';
import { PipelineError } from '../errors.js';
import { fieldStart } from './text.js';

const [LINE_FEED, CARRIAGE_RETURN] = [10, 13];

/** More than any line that means something; a file of other content may have no ends of lines at all. */
export const MAX_LINE_BYTES = 16 * 2 ** 20;

/** So many bytes are looked at one by one before the engine is called to look further. */
const NEAR = 128;

/**
 * The lines of a text that arrives in chunks of any size. A line is `bytes` from `start` to `end`, a view that is good until the
 * next call; lines are copied only where a chunk cuts them. Nothing of a chunk is kept after its lines have been read.
 *
 * The first line tells how all of them end: with a line feed, before which a carriage return belongs to the line, or with a carriage
 * return alone.
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
  /** Undefined until the end of the first line is there. */
  #terminator: number | undefined;
  /** Where the next line begins. */
  #at = 0;
  /** The beginning of a line, in pieces, whose end has not arrived. */
  #cut: Uint8Array[] = [];
  #cutBytes = 0;
  /** The chunk that goes on behind a line that was cut, and where. */
  #next: { readonly chunk: Uint8Array; readonly at: number } | undefined;
  /** Bytes of the text that have been pushed. */
  #pushed = 0;
  /** Where in the text `bytes` begin. */
  #origin = 0;
  #toSkip = 0;
  /** Whether a line that is skipped has begun, and has a field already. */
  #isSkipping = false;
  #isLast = false;

  /** @param number of the line before the first, where the text is a part of a longer one */
  constructor(name: string, number = 0) {
    this.name = name;
    this.number = number;
  }

  /** Where in the text the line begins. */
  get position(): number {
    return this.#origin + this.start;
  }

  /** Takes the next chunk, once `next` has answered false. */
  push(chunk: Uint8Array): void {
    this.#pushed += chunk.length;
    this.#take(chunk, 0);
    if (this.#cut.length === 0 || !this.#mayEnd(chunk)) return;
    const end = this.#terminator === undefined ? chunk.length : chunk.indexOf(this.#terminator) + 1;
    this.#join(chunk.subarray(0, end));
    if (end < chunk.length) this.#next = { chunk, at: end };
  }

  /** Tells that there are no more chunks: what is left is the last line, if it is anything. */
  finish(): void {
    this.#isLast = true;
    this.#take(new Uint8Array(0), 0);
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
    for (;;) {
      this.#terminator ??= this.#firstTerminator();
      if (this.#toSkip > 0) this.#skipLines();
      const from = this.#at;
      const found = this.#endFrom(from);
      if (found < 0 && this.#next) {
        this.#take(this.#next.chunk, this.#next.at);
        continue;
      }
      if (found < 0 && !(this.#isLast && from < this.bytes.length)) {
        this.#keep(from);
        return false;
      }
      this.start = from;
      this.end = found < 0 ? this.bytes.length : found;
      this.#at = this.end + 1;
      this.number++;
      return true;
    }
  }

  /** Where the line ends that begins at `from`; below 0 if that is not there yet. */
  #endFrom(from: number): number {
    const { bytes } = this;
    const terminator = this.#terminator;
    if (terminator === undefined) return -1;
    const near = Math.min(bytes.length, from + NEAR);
    for (let at = from; at < near; at++) if (bytes[at] === terminator) return at;
    return bytes.indexOf(terminator, near);
  }

  /** Passes over the next `count` lines that are not blank, of any length: they take no memory. */
  skip(count: number): void {
    this.#toSkip += count;
  }

  /** Lines that are still to be passed over. */
  get toSkip(): number {
    return this.#toSkip;
  }

  /** What follows the line, for whoever reads on in another way. */
  rest(): Uint8Array {
    if (this.#next && this.#at >= this.bytes.length) this.#take(this.#next.chunk, this.#next.at);
    const rest = this.bytes.subarray(this.#at);
    this.#at = this.bytes.length;
    return rest;
  }

  /** Whether the line whose beginning has been kept may end with this chunk. */
  #mayEnd(chunk: Uint8Array): boolean {
    if (this.#terminator !== undefined) return chunk.includes(this.#terminator);
    return chunk.includes(LINE_FEED) || chunk.includes(CARRIAGE_RETURN) || this.#cut.at(-1)!.at(-1) === CARRIAGE_RETURN;
  }

  /** Undefined while a carriage return may still be followed by a line feed. */
  #firstTerminator(): number | undefined {
    const { bytes } = this;
    const feed = bytes.indexOf(LINE_FEED);
    const at = (feed < 0 ? bytes : bytes.subarray(0, feed)).indexOf(CARRIAGE_RETURN);
    if (at < 0) return feed < 0 ? undefined : LINE_FEED;
    if (at === bytes.length - 1 && !this.#isLast) return undefined;
    return at + 1 === feed ? LINE_FEED : CARRIAGE_RETURN;
  }

  #skipLines(): void {
    const { bytes } = this;
    while (this.#toSkip > 0 && this.#at < bytes.length) {
      const found = bytes.indexOf(this.#terminator ?? LINE_FEED, this.#at);
      const end = found < 0 ? bytes.length : found;
      this.#isSkipping ||= fieldStart(bytes, this.#at, end) < end;
      this.#at = found < 0 ? end : found + 1;
      if (found < 0) break;
      if (this.#isSkipping) this.#toSkip--;
      this.#isSkipping = false;
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

  /** Reads on in the chunk that was pushed last. */
  #take(chunk: Uint8Array, at: number): void {
    this.#origin = this.#pushed - chunk.length;
    this.bytes = chunk;
    this.#at = at;
    this.#next = undefined;
  }

  #join(chunk: Uint8Array): void {
    this.bytes = concatBytes([...this.#cut, chunk]);
    this.#origin -= this.#cutBytes;
    this.#cut = [];
    this.#cutBytes = 0;
  }
}
