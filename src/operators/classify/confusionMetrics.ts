import type { MetricRow } from '../../arrow/schemas.js';
import { type ConfusionMatrix, metricsOf } from '../../learning/metrics.js';

/** What a classifier tells of labelled rows: the figures, then the cells of the matrix. Nothing where no labels were counted. */
export function* confusionMetrics(confusion: ConfusionMatrix | undefined): Generator<MetricRow> {
  if (!confusion) return;
  const { accuracy, macroRecall, macroPrecision, macroF1 } = metricsOf(confusion);
  for (const [metric, value] of Object.entries({ accuracy, macroRecall, macroPrecision, macroF1 }))
    yield { metric, value };
  const { counts, classCount } = confusion;
  for (let actual = 0; actual < classCount; actual++) {
    for (let predicted = 0; predicted < classCount; predicted++) {
      yield { metric: 'confusion', actual, predicted, value: counts[actual * classCount + predicted]! };
    }
  }
}
