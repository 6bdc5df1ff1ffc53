/** Stops a source that can be paused: `fromPull` waits while the gate is closed. It starts open. */
export class Gate {
  #opening: Promise<void> | undefined;
  #open: (() => void) | undefined;

  close(): void {
    this.#opening ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open?.();
    this.#opening = this.#open = undefined;
  }

  /** Resolves when the gate is open. */
  async opened(): Promise<void> {
    while (this.#opening) await this.#opening;
  }
}
