/**
 * Long work in steps: whoever asks for the next may let others have their turn before. Each tells how much was done since the one before,
 * as multiplications or values moved.
 */
export type Steps<Result> = Generator<number, Result, undefined>;

/** Work of one step, roughly: some 10 ms. */
export const STEP = 2 ** 27;

/** Does the work at one go. */
export function finished<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
