import { breathe } from '../../flow/breathe.js';
import type { Steps } from '../../stats/steps.js';

/**
 * Does long work step by step, and lets others have their turn in between.
 * @throws what the signal was aborted with
 */
export async function atLeisure<Result>(steps: Steps<Result>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    signal.throwIfAborted();
    const { done, value } = steps.next();
    if (done) return value;
    await breathe();
  }
}
