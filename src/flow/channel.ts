import { PipelineError } from '../errors.js';

/** How much may wait in a channel. */
export interface ChannelLimits<T> {
  /** Items that may wait. */
  readonly capacity: number;
  /** Bytes that may wait; an item larger than this still passes, alone. */
  readonly maxBytes?: number;
  readonly sizeOf?: (item: T) => number;
}

/** Ended by `close`, or by `fail` with its error. */
type ChannelState = { ended: false } | { ended: true; failure?: { error: unknown } };

/**
 * A bounded queue between two tasks: the sender waits for room, the receiver waits for items. One sender, one receiver: a second
 * one gets an error. Nothing is ever dropped.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #limits: Required<ChannelLimits<T>>;
  readonly #queue: { item: T; bytes: number }[] = [];
  #bytes = 0;
  #state: ChannelState = { ended: false };
  #isReceived = false;
  #wakeSender: (() => void) | undefined;
  #wakeReceiver: (() => void) | undefined;

  constructor({ capacity, maxBytes = Infinity, sizeOf = () => 0 }: ChannelLimits<T>) {
    if (!(capacity >= 1)) throw new RangeError(`capacity: expected a number of items ≥ 1, got ${capacity}`);
    this.#limits = { capacity, maxBytes, sizeOf };
  }

  /** Items that wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Resolves once the item has its place in the queue. Rejects with the failure if the channel has failed. */
  async send(item: T): Promise<void> {
    const bytes = this.#limits.sizeOf(item);
    while (!this.#state.ended && !this.#hasRoom(bytes)) {
      await new Promise<void>((resolve) => {
        this.#wakeSender = resolve;
      });
    }
    if (this.#state.ended) throw this.#state.failure ? this.#state.failure.error : new Error('send after close');
    this.#queue.push({ item, bytes });
    this.#bytes += bytes;
    this.#wakeReceiver?.();
  }

  /** No more items: the receiver gets those that wait, then the end. */
  close(): void {
    this.#end({ ended: true });
  }

  /** Both sides are woken and get the error, also after `close`; what waits is given up. The first failure stays. */
  fail(error: unknown): void {
    this.#queue.length = 0;
    this.#end({ ended: true, failure: { error } });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    if (this.#isReceived)
      throw new PipelineError('badOption', 'a channel has one receiver, and this one has had its own');
    this.#isReceived = true;
    try {
      for (;;) {
        const next = this.#queue.shift();
        if (next) {
          this.#bytes -= next.bytes;
          this.#wakeSender?.();
          yield next.item;
        } else if (this.#state.ended) {
          if (this.#state.failure) throw this.#state.failure.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wakeReceiver = resolve;
          });
        }
      }
    } finally {
      // A receiver that leaves early must not keep the sender waiting.
      if (!this.#state.ended) this.fail(new Error('the receiver has left'));
    }
  }

  #hasRoom(bytes: number): boolean {
    if (this.#queue.length === 0) return true;
    return this.#queue.length < this.#limits.capacity && this.#bytes + bytes <= this.#limits.maxBytes;
  }

  #end(state: ChannelState): void {
    if (this.#state.ended && this.#state.failure) return;
    this.#state = state;
    this.#wakeSender?.();
    this.#wakeReceiver?.();
  }
}
