import type { Scalar } from '../config/scalar.js';

/** The best trial so far. */
export interface BestTrial {
  readonly trial: number;
  /** Of the objective. */
  readonly value: number;
  /** By key of `over`. */
  readonly values: Readonly<Record<string, Scalar>>;
}

/** How a sweep is doing. Counters only: whoever shows them decides when to look. */
export class SweepMonitor {
  readonly sweep: string;
  readonly startedAt = performance.now();
  /** Trials, the baseline included. */
  readonly total: number;
  /** Those that have ended, in earlier runs too. */
  ended = 0;
  /** Those of them that an earlier run has left. */
  kept = 0;
  /** Trials under way. */
  running = 0;
  best: BestTrial | undefined;

  constructor(sweep: string, total: number) {
    this.sweep = sweep;
    this.total = total;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Milliseconds to go, if trials take as long as those of this run did; undefined before the first has ended. */
  get remainingMs(): number | undefined {
    const here = this.ended - this.kept;
    return here > 0 ? (this.elapsedMs * (this.total - this.ended)) / here : undefined;
  }
}
