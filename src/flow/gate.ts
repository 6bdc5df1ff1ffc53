/** Stops a source that can be paused: `fromPull` waits while anybody keeps the gate closed. It starts open. */
export class Gate {
  #holders = 0;
  #opening: Promise<void> | undefined;
  #open: (() => void) | undefined;

  /** Closes the gate until the returned function is called; it is open again once all who closed it have done so. */
  close(): () => void {
    this.#holders++;
    this.#opening ??= new Promise((resolve) => {
      this.#open = resolve;
    });
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (--this.#holders > 0) return;
      this.#open?.();
      this.#opening = this.#open = undefined;
    };
  }

  /** Resolves when the gate is open. */
  async opened(): Promise<void> {
    while (this.#opening) await this.#opening;
  }
}
