const BUSY_MS = 8;
let lastBreath = performance.now();

/**
 * Lets timers, signals and other I/O have their turn if the thread has been busy for 8 ms. Loops over promises that are already
 * resolved call it, since they would otherwise never return to the event loop.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - lastBreath < BUSY_MS) return;
  await new Promise((resolve) => setImmediate(resolve));
  lastBreath = performance.now();
}
