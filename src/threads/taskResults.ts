/** What a task of a pool becomes: pieces of bytes, to be taken once. */
export class TaskResults implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  /**
   * Resolves when all pieces are there, or as many bytes as the task may have waiting. Rejects if the task fails before; if it fails
   * later, taking the pieces does.
   */
  readonly ready: Promise<void>;

  readonly #limit: number;
  readonly #pieces: { readonly bytes: Uint8Array<ArrayBuffer>; readonly taken: () => void }[] = [];
  #bytes = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
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

  /** Resolves when somebody has taken the piece. */
  add(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return new Promise((taken) => {
      this.#pieces.push({ bytes, taken });
      this.#bytes += bytes.length;
      if (this.#bytes >= this.#limit) this.#resolve();
      this.#wake();
    });
  }

  /** @param failure why there are no more, if not because these are all */
  end(failure?: { readonly error: unknown }): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    if (failure) this.#reject(failure.error);
    else this.#resolve();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) {
        this.#bytes -= piece.bytes.length;
        piece.taken();
        yield piece.bytes;
      } else if (this.#ended) {
        if (this.#failure) throw this.#failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
