import { describe, expect, it } from 'vitest';
import { breathe } from '#dist/flow/breathe.js';

/** Calls `step` again and again until the timer has fired, for 100 ms at most. */
async function timerFiresDuring(step: () => Promise<void>): Promise<boolean> {
  const timer = { fired: false };
  const handle = setTimeout(() => (timer.fired = true), 0);
  const end = performance.now() + 100;
  while (!timer.fired && performance.now() < end) await step();
  clearTimeout(handle);
  return timer.fired;
}

describe('breathe', () => {
  it('lets timers run in a loop that would never let them', async () => {
    expect(await timerFiresDuring(() => Promise.resolve())).toBe(false);
    expect(await timerFiresDuring(breathe)).toBe(true);
  });

  it('costs no turn of the event loop while the thread has not been busy', async () => {
    // Takes a breath first, so that the next is due 8 ms later.
    const end = performance.now() + 9;
    while (performance.now() < end);
    await breathe();
    let turned = false;
    const immediate = setImmediate(() => (turned = true));
    await breathe();
    clearImmediate(immediate);
    expect(turned).toBe(false);
  });
});
