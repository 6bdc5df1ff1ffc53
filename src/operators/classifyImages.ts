import { type DataType, DataType as Type, type Schema } from 'apache-arrow';
import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues, numberColumn } from '../arrow/columns.js';
import { type ColumnExpectation, featureVector, ofUnknownLength } from '../arrow/expectations.js';
import { fieldNamed, hasColumn } from '../arrow/fields.js';
import { labelField, predictedField, probabilitiesField } from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { majorityVote, meanLogProbability } from '../learning/jointPrediction.js';
import { ConfusionMatrix } from '../learning/metrics.js';
import type { FloatArray } from '../stats/rows.js';
import { batchOperator } from './frame/batchOperator.js';
import { ConfusionTally } from './classify/confusionTally.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StepContext, StreamDefinition } from './frame/definition.js';
import { vectorLength } from './frame/fittedFeatures.js';
import { groupedSchema, groupReads, imageGroups, type ImageSummary } from './images/imageGroups.js';
import { batchRowsOption } from './options.js';

const classifyImagesOptions = z.strictObject({
  method: z
    .enum(['meanLogProbability', 'majority'])
    .default('meanLogProbability')
    .describe(
      'meanLogProbability: the class whose mean log-probability is greatest; majority: the one that most rows predict.',
    ),
  batchRows: batchRowsOption.describe('Images in a batch that leaves, at most.'),
});
type Options = z.output<typeof classifyImagesOptions>;

const vectors = featureVector('probabilities');
const probabilities: ColumnExpectation = {
  name: vectors.name,
  type: 'fixed_size_list<float32, 2 to 256 classes>',
  accepts: (type) => isClassCount(type) && vectors.accepts(type),
  convertsTo: (type) => (isClassCount(type) ? vectors.convertsTo?.(type) : undefined),
  remark: ofUnknownLength,
};

function isClassCount(type: DataType): boolean {
  return Type.isFixedSizeList(type) && type.listSize >= 2 && type.listSize <= 256;
}

/** The options of `classifyImages`, as docs/operators.md explains them. */
export type ClassifyImagesOptions = z.input<typeof classifyImagesOptions>;

export const classifyImagesStep: StreamDefinition<typeof classifyImagesOptions> = {
  name: 'classifyImages',
  summary: 'Joins the predictions for the rows of an image, its pixels, to one for the image.',
  description: `Gives a row an image: \`image\`, \`label\` if there is one, \`nRows\`, how many rows were joined, \`predicted\` and \`probabilities\`. By
meanLogProbability these are the softmax of the mean log-probabilities, in other words the normalised geometric mean of the rows'. Neighbouring
pixels are not independent, and a product of all would claim a certainty that there is not. Probabilities below 1e-7 count as that. By majority they are the shares
of the rows. Of classes as likely the first is predicted. Other columns end here. The rows of an image must follow each other, as
\`soap\` and \`classify\` give them; it is an error if an image comes again.

If the stream has labels, it gives the metrics of \`classify\`, now of images: \`accuracy\`, \`macroRecall\`, \`macroPrecision\`, \`macroF1\` and the cells of
\`confusion\`.

Memory: the batch that leaves, and a bit for each image that has come.`,
  example: '- classifyImages',
  options: classifyImagesOptions,
  reads: () => [...groupReads, probabilities],
  outputSchema(input) {
    const classCount = vectorLength(fieldNamed(input, probabilities.name).type);
    return groupedSchema(input, [predictedField, probabilitiesField(classCount)]);
  },
  create: (options, context) =>
    batchOperator('classifyImages', classifyImagesStep.reads(options), (input) => {
      const output = classifyImagesStep.outputSchema(input, options);
      return imageGroups(output, options.batchRows, joinedRows(output, options, context));
    }),
};

/**
 * Joins the predictions for the rows of an image to one for the image.
 *
 * Reads:  image uint32, probabilities fixed_size_list<float32 or float64, classes>, label uint8 if present; rows of an image in succession
 * Gives:  image, label, nRows uint32, predicted uint8, probabilities fixed_size_list<float32, classes>
 * Memory: a batch that leaves.
 * @param hooks `emitMetric` gets accuracy, recall, precision, F1 and the confusion matrix at the end of a labelled stream
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream, also if an image comes again
 */
export function classifyImages(options: ClassifyImagesOptions = {}, hooks: Partial<StepContext> = {}): BatchOperator {
  return classifyImagesStep.create(
    parseOptions('classifyImages', classifyImagesOptions, options),
    detachedContext(hooks),
  );
}

function joinedRows(output: Schema, { method, batchRows }: Options, { emitMetric }: StepContext): ImageSummary {
  const { type } = fieldNamed(output, probabilities.name);
  const classCount = vectorLength(type);
  const prediction = method === 'majority' ? majorityVote(classCount) : meanLogProbability(classCount);
  const confusion = new ConfusionTally(classCount);
  if (hasColumn(output, labelField.name)) confusion.add(new Float64Array(classCount ** 2)); // figures even where no image comes
  // Of the images that leave next:
  const predicted = new Uint8Array(batchRows);
  const joined = new Float32Array(batchRows * classCount);
  return {
    add(batch, start, end) {
      const values = flatValues(column(batch, probabilities.name)) as FloatArray;
      prediction.add(values.subarray(start * classCount, end * classCount));
    },
    finish(row) {
      predicted[row] = prediction.finish(joined.subarray(row * classCount, (row + 1) * classCount));
    },
    take(rows, labels) {
      const leaving = predicted.slice(0, rows);
      if (labels) {
        const ofBatch = new ConfusionMatrix(classCount);
        ofBatch.add(labels, leaving);
        confusion.add(ofBatch.counts);
      }
      return {
        [predictedField.name]: numberColumn(predictedField.type, leaving),
        [probabilities.name]: fixedSizeListColumn(type, joined.slice(0, rows * classCount)),
      };
    },
    complete() {
      for (const metric of confusion.metrics()) emitMetric(metric);
    },
  };
}
