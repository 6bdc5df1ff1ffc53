const BUSY_MS = 8;
let lastBreath = performance.now();

/**
 * Lets timers, signals and other I/O have their turn if the thread has been busy for 8 ms. Loops over promises that are already
 * resolved call it, since they would otherwise never return to the event loop.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - lastBreath < BUSY_MS) return;
  await new Promise<void>(onNextTurn);
  lastBreath = performance.now();
}

function onNextTurn(resume: () => void): void {
  if (typeof setImmediate === 'function') return void setImmediate(resume);
  // Browsers hold back timers of 0 ms; messages they do not.
  const { port1, port2 } = new MessageChannel();
  const hear = (): void => {
    port1.close();
    resume();
  };
  Object.assign(port1, { onmessage: hear }); // which the types of Node do not know
  port2.postMessage(undefined);
}
