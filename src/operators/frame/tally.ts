import type { MetricRow } from '../../arrow/schemas.js';

/**
 * Sums up the figures of a stream out of what each batch contributes, in the order of the batches. Contributions are plain data: they may
 * come from another thread or process.
 */
export interface Tally<Part = unknown> {
  add(part: Part): void;
  /** All that has come so far as one contribution, for a tally that goes on from there; absent where there is no such. */
  sum?(): Part | undefined;
  /** Whether sums of sums have the same bits, as those of whole numbers. */
  readonly isExact?: boolean;
  /** The figures of the whole stream. */
  metrics(): Iterable<MetricRow>;
}
