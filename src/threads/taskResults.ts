/** What a task of a pool becomes: pieces of bytes, to be taken once, and an answer. */
export class TaskResults<Answer = void> implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  /**
   * Resolves when all pieces are there, or as many bytes as the task may have waiting. Rejects if the task fails before; if it fails
   * later, taking the pieces does.
   */
  readonly ready: Promise<void>;
  /** What the task says of itself in the end: there once all pieces have been taken. */
  answer: Answer | undefined;

  readonly #limit: number;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  /** Those who wait until there is room. */
  readonly #waiting: (() => void)[] = [];
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

  /** Resolves when there is room for more. */
  async add(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#wake();
    if (this.#bytes < this.#limit) return;
    this.#resolve();
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** These are all pieces. */
  end(answer: Answer): void {
    this.answer = answer;
    this.#end(undefined);
  }

  /** There will be no more. What has come can still be taken. */
  fail(error: unknown): void {
    this.#end({ error });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) {
        this.#bytes -= piece.length;
        if (this.#bytes < this.#limit) for (const goOn of this.#waiting.splice(0)) goOn();
        yield piece;
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

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    if (failure) this.#reject(failure.error);
    else this.#resolve();
    this.#wake();
  }
}
