import type { SpareBuffers } from '../arrow/recycling.js';
import type { Peer } from './peer.js';
import type { TaskCallerOffer } from './threadPool.js';

/** Sends pieces of a task's results, each with its buffer, and gets memory for further ones in return. */
export class PieceSender {
  readonly #caller: Peer<TaskCallerOffer>;
  readonly #memory: SpareBuffers;
  readonly #unreadBytes: number;
  /** Bytes that were sent and have not been answered yet. */
  #unread = 0;
  #goOn: () => void = () => {};

  /** @param unreadBytes that may have been sent without an answer */
  constructor(caller: Peer<TaskCallerOffer>, memory: SpareBuffers, unreadBytes: number) {
    this.#caller = caller;
    this.#memory = memory;
    this.#unreadBytes = unreadBytes;
  }

  /** Resolves when more may be sent. */
  async send(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    void this.#deliver(piece);
    if (this.#unread < this.#unreadBytes) return;
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
  }

  async #deliver(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    const { length } = piece; // which it has no more once it is sent
    this.#unread += length;
    for (const spare of await this.#caller.call('result', piece, { transfer: [piece.buffer] })) {
      this.#memory.give(spare);
    }
    this.#unread -= length;
    if (this.#unread < this.#unreadBytes) this.#goOn();
  }
}
