import type { RecordBatch, Schema } from 'apache-arrow';
import type { OperatorFunction } from 'rxjs';
import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues, numberColumn } from '../arrow/columns.js';
import { classLabels, featureVector, ifPresent } from '../arrow/expectations.js';
import { changeFields, fieldNamed, hasColumn, withColumns } from '../arrow/fields.js';
import { labelField, predictedField, probabilitiesField } from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { concatBytes } from '../bytes.js';
import { PipelineError } from '../errors.js';
import type { Classifier } from '../learning/classifier.js';
import { ConfusionMatrix, mostProbable } from '../learning/metrics.js';
import { loadClassifier } from '../learning/modelFiles.js';
import type { FloatArray } from '../stats/rows.js';
import { batchOperator, type BatchTransform } from './frame/batchOperator.js';
import { CollectedRows } from './frame/collectedRows.js';
import { ConfusionTally } from './classify/confusionTally.js';
import { detachedContext } from './frame/context.js';
import { counter } from './frame/counter.js';
import type { BatchOperator, Fitted, FittedDefinition, StepContext } from './frame/definition.js';
import {
  describeFeatures,
  expectSameMaking,
  fittedFeatures,
  fittedVector,
  vectorLength,
} from './frame/fittedFeatures.js';
import { fitOperator } from './frame/fitting.js';
import { featuresOption, seedOption, trainingOptions as training } from './options.js';
import { trainOnThread } from '#training';

const fitOptions = z
  .strictObject({
    features: featuresOption,
    layers: z.array(z.int().min(1)).min(1).default([256, 256, 256]).describe('Units of each hidden layer.'),
    dropout: z.number().min(0).lt(1).default(0.1).describe('Share of hidden units left out at each step.'),
    epochs: training.epochs.default(20).describe('Passes through the training rows; the paper takes 300.'),
    batchSize: training.batchSize.default(128).describe('Rows of a training step.'),
    learningRate: training.learningRate
      .default(0.001)
      .describe('Of Adam; the peak if the schedule is oneCycle or cosine.'),
    schedule: training.schedule
      .default('constant')
      .describe('Course of the learning rate over the training; cosine falls to 0.'),
    validationSplit: training.validationSplit
      .default(0.2)
      .describe('Share of the rows kept from training to validate on.'),
    patience: training.patience
      .optional()
      .describe(
        'Epochs without a higher validationAccuracy after which training ends; without this it goes on to the last.',
      ),
    restoreBest: training.restoreBest
      .default(true)
      .describe('Keep the network of the epoch with the highest validationAccuracy, not of the last.'),
    classCount: z.int().min(2).max(256).default(10).describe('Labels are 0 to classCount − 1.'),
    seed: seedOption.describe('Seed of split, weights, order of rows and dropout.'),
    maxBytes: training.maxBytes
      .default(2 ** 30)
      .describe('Bound of the memory for the rows that are trained on (bytes).'),
  })
  .superRefine(({ validationSplit, patience }, context) => {
    if (validationSplit > 0 || patience === undefined) return;
    const message = `has no meaning with validationSplit 0, got ${patience}`;
    context.addIssue({ code: 'custom', path: ['patience'], message });
  });
const applyOptions = z.strictObject({});
const artifact = fittedFeatures.extend({ classCount: z.int().min(2) });
type Artifact = z.output<typeof artifact>;

export const classifyStep: FittedDefinition<typeof fitOptions, typeof applyOptions, typeof artifact, Classifier> = {
  name: 'classify',
  summary:
    "Trains the paper's network on labelled features; applied, it adds the predicted class and the probabilities.",
  description: `Fully connected layers with ReLU and dropout, softmax, categorical cross-entropy, Adam. Stored in the format of TensorFlow.js
(\`model.json\`, \`weights.bin\`). Training runs on \`@tensorflow/tfjs-node\` if that is installed, else on WebAssembly; predictions need neither.

Training has a thread of its own. In a pipeline, one that was interrupted goes on where it was when the same is run again.

The fit gives the metrics \`loss\`, \`validationLoss\` and \`validationAccuracy\` of each epoch, and \`bestEpoch\`. An apply gives \`accuracy\`,
\`macroRecall\`, \`macroPrecision\`, \`macroF1\` and the cells of \`confusion\`, if the stream has labels.

Memory of the fit: all features as float32, up to \`maxBytes\`. Of the apply: one batch.`,
  example:
    '- classify: { fit: digits, layers: [256, 256, 256], epochs: 20 }      # in another pipeline: { apply: digits }',
  fitOptions,
  applyOptions,
  artifact,
  independent: true,
  keepsNothing: true,
  dear: true,
  tally: ({ classCount }) => new ConfusionTally(classCount),

  fitReads: ({ features }) => [featureVector(features), classLabels],
  describeArtifact: (input, { features, classCount }) => ({
    ...describeFeatures('classify', input, features),
    classCount,
  }),
  startFit(input, { features, maxBytes, ...options }, context) {
    const featureCount = vectorLength(fieldNamed(input, features).type);
    const rows = new CollectedRows(maxBytes);
    const labels: Uint8Array[] = [];
    return {
      add(batch) {
        rows.add(flatValues(column(batch, features)) as FloatArray);
        labels.push(Uint8Array.from(flatValues(column(batch, labelField.name)) as Uint8Array));
      },
      async finish() {
        const data = { features: rows.take(), featureCount, labels: concatBytes(labels) };
        return loadClassifier(await trainOnThread({ model: 'classifier', data, options }, context));
      },
    };
  },

  save: ({ files }) => Promise.resolve(files),
  load: async (files, { length, classCount }) => {
    const classifier = loadClassifier(files);
    if (classifier.featureCount !== length || classifier.classCount !== classCount) {
      const found = `${classifier.featureCount} features and ${classifier.classCount} classes`;
      throw new PipelineError(
        'badData',
        `model.json: expected a network of ${length} features and ${classCount} classes, found ${found}`,
      );
    }
    return classifier;
  },

  applyReads: (fitted) => [fittedVector(fitted), ifPresent(classLabels)],
  outputSchema(input, fitted) {
    expectSameMaking(input, fitted);
    return changeFields(input, { add: [predictedField, probabilitiesField(fitted.classCount)] });
  },
  apply: (fitted, options, context) =>
    batchOperator('classify', classifyStep.applyReads(fitted.artifact, options), (input) =>
      predictions(fitted, input, classifyStep.outputSchema(input, fitted.artifact, options), context),
    ),
};

/** The options of `fitClassify`, as docs/operators.md explains them. */
export type FitClassifyOptions = z.input<typeof fitOptions>;

/** A trained classifier. */
export type FittedClassifier = Fitted<Artifact, Classifier>;

/**
 * Trains the paper's network on the whole stream and emits it.
 *
 * Reads:  features fixed_size_list<float32 or float64, F>, label uint8 (integers of any width that are classes)
 * Memory: all features as float32, up to maxBytes.
 * @param hooks `emitMetric` gets loss and accuracy of each epoch; `signal` stops the training; `checkpoint` keeps its state
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream, also if it is empty; `diverged`
 */
export function fitClassify(
  options: FitClassifyOptions = {},
  hooks: Partial<StepContext> = {},
): OperatorFunction<RecordBatch, FittedClassifier> {
  return fitOperator(classifyStep, parseOptions('classify', fitOptions, options), detachedContext(hooks));
}

/**
 * Adds the predicted class and the probability of each.
 *
 * Reads:  the features that the classifier was trained on; label uint8 if present
 * Adds:   predicted uint8, probabilities fixed_size_list<float32, classCount>
 * Memory: one batch.
 * @param hooks `emitMetric` gets accuracy, recall, precision, F1 and the confusion matrix at the end of a labelled stream
 * @throws PipelineError `badSchema` if the features were made otherwise than those of the fit
 */
export function classify(fitted: FittedClassifier, hooks: Partial<StepContext> = {}): BatchOperator {
  return classifyStep.apply(fitted, {}, detachedContext(hooks));
}

/** Predicts batch by batch, and counts the hits where there are labels. */
function predictions(
  { artifact: { features, classCount }, model }: FittedClassifier,
  input: Schema,
  output: Schema,
  context: StepContext,
): BatchTransform {
  const isLabelled = hasColumn(input, labelField.name);
  const confusion = counter(new ConfusionTally(classCount), context);
  return {
    *next(batch) {
      const values = flatValues(column(batch, features)) as FloatArray;
      const probabilities = model.predict(values instanceof Float32Array ? values : Float32Array.from(values));
      const predicted = mostProbable(probabilities, classCount);
      if (isLabelled) {
        const ofBatch = new ConfusionMatrix(classCount);
        ofBatch.add(flatValues(column(batch, labelField.name)) as Uint8Array, predicted);
        confusion.add(ofBatch.counts);
      }
      yield withColumns(batch, output, {
        predicted: numberColumn(predictedField.type, predicted),
        probabilities: fixedSizeListColumn(fieldNamed(output, 'probabilities').type, probabilities),
      });
    },
    *complete() {
      confusion.finish();
    },
  };
}
