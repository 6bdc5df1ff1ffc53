import type { Schema } from 'apache-arrow';
import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues } from '../arrow/columns.js';
import { featureVector } from '../arrow/expectations.js';
import { fieldNamed } from '../arrow/fields.js';
import { featureField } from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { Pooling, poolStatistics, statisticSize } from '../stats/pooling.js';
import type { FloatArray } from '../stats/rows.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { vectorLength } from './frame/fittedFeatures.js';
import { groupColumns, groupedSchema, groupReads, imageGroups, type ImageSummary } from './images/imageGroups.js';
import { newColumn } from './frame/newColumn.js';
import { batchRowsOption, featuresOption } from './options.js';

const poolImagesOptions = z.strictObject({
  features: featuresOption,
  statistics: z
    .array(z.enum(poolStatistics))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'expected each statistic once')
    .default(['mean', 'standardDeviation'])
    .describe(
      'What is said of each component, in this order; standardDeviation and covariance (of all pairs of components i ≤ j) divide by n, quantiles interpolate (R-7).',
    ),
  name: newColumn(groupColumns).default('pooled').describe('Column of the pooled vectors.'),
  batchRows: batchRowsOption.describe('Images in a batch that leaves, at most.'),
});
type Options = z.output<typeof poolImagesOptions>;

/** The options of `poolImages`, as docs/operators.md explains them. */
export type PoolImagesOptions = z.input<typeof poolImagesOptions>;

export const poolImagesStep: StreamDefinition<typeof poolImagesOptions> = {
  name: 'poolImages',
  summary: 'Pools the feature vectors of all rows of an image to one, e.g. their mean and standard deviation.',
  description: `Gives a row an image: \`image\`, \`label\` if there is one, \`nRows\`, how many rows were pooled, and \`pooled\`: the first statistic of all
components, then the second, and so on. \`covariance\` of F components is F(F + 1)/2 numbers: put \`compress\` before it. Other columns end here. The column carries the metadata of the features and what was pooled, so
that \`classify: { features: pooled }\` knows what it was fitted on. The rows of an image must follow each other, as \`soap\` gives
them; it is an error if an image comes again.

Memory: the batch that leaves, a bit for each image that has come and, for quantiles, the rows of one image.`,
  example: '- poolImages: { features: soap, statistics: [mean, standardDeviation] }',
  options: poolImagesOptions,
  reads: ({ features }) => [...groupReads, featureVector(features)],
  outputSchema(input, { features, statistics, name }) {
    const field = fieldNamed(input, features);
    const metadata = new Map([...field.metadata, ['pooled', statistics.join(' ')]]);
    const columnCount = vectorLength(field.type);
    const length = statistics.reduce((sum, statistic) => sum + statisticSize(statistic, columnCount), 0);
    return groupedSchema(input, [featureField(name, 'float32', length, metadata)]);
  },
  create: (options) =>
    batchOperator('poolImages', poolImagesStep.reads(options), (input) => {
      const output = poolImagesStep.outputSchema(input, options);
      const columnCount = vectorLength(fieldNamed(input, options.features).type);
      return imageGroups(output, options.batchRows, pooledRows(output, columnCount, options));
    }),
};

/**
 * Pools the feature vectors of all rows of an image to one.
 *
 * Reads:  image uint32, features fixed_size_list<float32 or float64, F>, label uint8 if present; rows of an image in succession
 * Gives:  image, label, nRows uint32, pooled fixed_size_list<float32, F · statistics>, F(F+1)/2 for covariance
 * Memory: a batch that leaves; the rows of one image if quantiles are wanted.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream, also if an image comes again
 */
export function poolImages(options: PoolImagesOptions = {}): BatchOperator {
  return poolImagesStep.create(parseOptions('poolImages', poolImagesOptions, options), detachedContext());
}

function pooledRows(output: Schema, columnCount: number, options: Options): ImageSummary {
  const { features, statistics, name, batchRows } = options;
  const pooling = new Pooling(columnCount, statistics);
  const { size } = pooling;
  const pooled = new Float32Array(batchRows * size); // of the images that leave next
  return {
    add(batch, start, end) {
      const values = flatValues(column(batch, features)) as FloatArray;
      pooling.add(values.subarray(start * columnCount, end * columnCount));
    },
    finish(row) {
      pooling.finish(pooled.subarray(row * size, (row + 1) * size));
    },
    take: (rows) => ({ [name]: fixedSizeListColumn(fieldNamed(output, name).type, pooled.slice(0, rows * size)) }),
  };
}
