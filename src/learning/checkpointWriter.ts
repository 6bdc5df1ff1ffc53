import type { CheckpointFiles } from './checkpoint.js';

/** Where a training leaves its state from time to time, and finds that of an earlier run. */
export interface Checkpointing {
  readonly earlier: CheckpointFiles | undefined;
  readonly intervalMs: number; // at least so long from one state written to the next
  readonly write: (files: CheckpointFiles) => Promise<void>;
}

/** Writes states while the training goes on, one at a time; what comes too early is left out. */
export class CheckpointWriter {
  readonly #target: Checkpointing;
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #lastWritten = performance.now();

  constructor(target: Checkpointing) {
    this.#target = target;
  }

  /** @throws what an earlier write failed with */
  offer(state: () => CheckpointFiles): void {
    if (this.#failure) throw this.#failure.error;
    if (this.#writing || performance.now() - this.#lastWritten < this.#target.intervalMs) return;
    this.#writing = this.#write(state());
  }

  /** Waits for the write under way. @throws what a write failed with */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure.error;
  }

  async #write(files: CheckpointFiles): Promise<void> {
    try {
      await this.#target.write(files);
      this.#lastWritten = performance.now();
    } catch (error) {
      this.#failure = { error };
    }
    this.#writing = undefined;
  }
}
