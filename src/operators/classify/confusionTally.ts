import type { MetricRow } from '../../arrow/schemas.js';
import { ConfusionMatrix } from '../../learning/metrics.js';
import { confusionMetrics } from './confusionMetrics.js';
import type { Tally } from '../frame/tally.js';

/** Sums up the counts of confusion matrices, one for each batch. Tells nothing where none has come: then there were no labels. */
export class ConfusionTally implements Tally<Float64Array> {
  readonly #classCount: number;
  #sum: ConfusionMatrix | undefined;

  constructor(classCount: number) {
    this.#classCount = classCount;
  }

  add(counts: Float64Array): void {
    this.#sum ??= new ConfusionMatrix(this.#classCount);
    this.#sum.addCounts(counts);
  }

  sum(): Float64Array | undefined {
    return this.#sum?.counts.slice();
  }

  metrics(): Iterable<MetricRow> {
    return confusionMetrics(this.#sum);
  }
}
