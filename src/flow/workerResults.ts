/** What a task of a worker thread becomes: pieces of bytes, to be taken once. */
export class WorkerResults implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  /**
   * Resolves when all pieces are there, or as many bytes as the task may have waiting. Rejects if the task fails before; if it fails
   * later, taking the pieces does.
   */
  readonly ready: Promise<void>;
  /** Called with the length of each piece that is taken. */
  onTaken: (bytes: number) => void = () => {};

  readonly #limit: number;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #ended = false;
  #error: Error | undefined;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  #wake: () => void = () => {};

  /** @param limit bytes that may wait */
  constructor(limit: number) {
    this.#limit = limit;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  add(piece: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= this.#limit) this.#resolve();
    this.#wake();
  }

  /** @param error why there are no more, if not because these are all */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (error) this.#reject(error);
    else this.#resolve();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) {
        const { length } = piece;
        this.#bytes -= length;
        this.onTaken(length);
        yield piece;
      } else if (this.#ended) {
        if (this.#error) throw this.#error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
