import type { WriteStream } from 'node:tty';
import { visible } from '../visible.js';

/** Lines at the bottom of a terminal that are redrawn in place. */
export class LiveArea {
  readonly #stream: WriteStream;
  #height = 0;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  /** Replaces what was drawn before. Lines longer than the terminal is wide are cut. */
  draw(lines: readonly string[]): void {
    const shown = lines.map((line) => visible(line).slice(0, this.#stream.columns - 1));
    this.#stream.write(`${this.#erased()}${shown.join('\n')}\n`);
    this.#height = shown.length;
  }

  clear(): void {
    this.#stream.write(this.#erased());
    this.#height = 0;
  }

  #erased(): string {
    return this.#height > 0 ? `\u001B[${this.#height}A\u001B[0J` : '';
  }
}

/** Whether colours are wanted there. @see https://no-color.org */
export function wantsColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env['NO_COLOR'];
}
