import { Schema } from 'apache-arrow';
import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues, numberColumn, recordBatch } from '../arrow/columns.js';
import { featureVector } from '../arrow/expectations.js';
import { fieldNamed } from '../arrow/fields.js';
import { componentField, featureField } from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { correlationMatrix } from '../stats/correlationMatrix.js';
import { CovarianceFit } from '../stats/covariance.js';
import type { FloatArray } from '../stats/rows.js';
import { finished } from '../stats/steps.js';
import { REST } from '../flow/pass.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { vectorLength } from './frame/fittedFeatures.js';
import { newColumn } from './frame/newColumn.js';
import { featuresOption } from './options.js';

const correlateOptions = z.strictObject({
  features: featuresOption,
  name: newColumn([componentField.name]).default('correlation').describe('Column of the coefficients.'),
});

/** The options of `correlate`, as docs/operators.md explains them. */
export type CorrelateOptions = z.input<typeof correlateOptions>;

export const correlateStep: StreamDefinition<typeof correlateOptions> = {
  name: 'correlate',
  summary:
    "Correlates the components of the feature vectors of the whole stream: Pearson's coefficients, figure 17 of the paper.",
  description: `When the stream has ended, a row for each component leaves: \`component\`, its index, and \`correlation\` with each of the components, from −1 to 1.
Sums are relative to running means, in float64. A component that does not vary has 0 with all others and 1 with itself. All other columns
end here; the column carries the metadata of the features.

Memory: F² numbers.`,
  example: '- correlate: { features: soap }',
  options: correlateOptions,
  reads: ({ features }) => [featureVector(features)],
  outputSchema(input, { features, name }) {
    const { type, metadata } = fieldNamed(input, features);
    return new Schema([componentField, featureField(name, 'float64', vectorLength(type), metadata)], input.metadata);
  },
  // The scatter and the covariance.
  holds: (input, { features }) => 2 * 8 * vectorLength(fieldNamed(input, features).type) ** 2,
  create: (options) =>
    batchOperator('correlate', correlateStep.reads(options), (input) => {
      const output = correlateStep.outputSchema(input, options);
      const { type } = fieldNamed(output, options.name);
      const length = vectorLength(type);
      const fit = new CovarianceFit(length);
      let isEmpty = true;
      return {
        *next(batch) {
          isEmpty &&= batch.numRows === 0;
          for (const _ of fit.add(flatValues(column(batch, options.features)) as FloatArray)) yield REST;
        },
        *complete() {
          if (isEmpty) return; // batches without rows are as good as none
          yield recordBatch(output, length, [
            numberColumn(
              componentField.type,
              Uint32Array.from({ length }, (_, component) => component),
            ),
            fixedSizeListColumn(type, correlationMatrix(finished(fit.finish()).covariance, length)),
          ]);
        },
      };
    }),
};

/**
 * Correlates the components of the feature vectors of the whole stream.
 *
 * Reads:  features fixed_size_list<float32 or float64, F>; two rows at least
 * Gives:  F rows at the end: component uint32, correlation fixed_size_list<float64, F>, Pearson's coefficients
 * Memory: F² numbers.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream
 */
export function correlate(options: CorrelateOptions = {}): BatchOperator {
  return correlateStep.create(parseOptions('correlate', correlateOptions, options), detachedContext());
}
