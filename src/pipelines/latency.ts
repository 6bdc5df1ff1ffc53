/** Upper ends of the ranges that times are counted in (s); longer ones are in a last range without end. */
export const LATENCY_BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** How long batches took, counted by ranges. */
export class Latency {
  /** One more than there are bounds. */
  readonly counts: number[] = Array.from({ length: LATENCY_BOUNDS.length + 1 }, () => 0);
  /** Of all times (s). */
  sum = 0;

  add(seconds: number, times = 1): void {
    const found = LATENCY_BOUNDS.findIndex((bound) => seconds <= bound);
    this.counts[found < 0 ? LATENCY_BOUNDS.length : found]! += times;
    this.sum += seconds * times;
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}
