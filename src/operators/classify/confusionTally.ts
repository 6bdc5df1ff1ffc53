import type { MetricRow } from '../../arrow/schemas.js';
import { ConfusionMatrix, metricsOf } from '../../learning/metrics.js';
import type { Tally } from '../frame/tally.js';

/** Sums up the counts of confusion matrices, one for each batch. Tells nothing where none has come: then there were no labels. */
export class ConfusionTally implements Tally<Float64Array> {
  readonly isExact = true;
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

  /** The figures, then the cells of the matrix. */
  *metrics(): Generator<MetricRow> {
    if (!this.#sum) return;
    const { accuracy, macroRecall, macroPrecision, macroF1 } = metricsOf(this.#sum);
    for (const [metric, value] of Object.entries({ accuracy, macroRecall, macroPrecision, macroF1 }))
      yield { metric, value };
    for (const [cell, value] of this.#sum.counts.entries()) {
      const [actual, predicted] = [Math.floor(cell / this.#classCount), cell % this.#classCount];
      yield { metric: 'confusion', actual, predicted, value };
    }
  }
}
