import type { ByteReader } from './messages.js';

/** The bytes of a stream that arrives in chunks of any size. */
export class StreamByteReader implements ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #current: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    const found = await this.#advance(length, (part) => parts.push(part));
    const bytes = new Uint8Array(found);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  async skip(length: number): Promise<boolean> {
    return (await this.#advance(length, () => undefined)) === length;
  }

  /** Ends the stream early. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #advance(length: number, visit: (part: Uint8Array) => void): Promise<number> {
    let found = 0;
    while (found < length) {
      if (this.#current.length === 0) {
        const { done, value } = await this.#chunks.next();
        if (done === true) break;
        this.#current = value;
      }
      const part = this.#current.subarray(0, length - found);
      visit(part);
      found += part.length;
      this.#current = this.#current.subarray(part.length);
    }
    return found;
  }
}
