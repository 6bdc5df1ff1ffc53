import type { RecordBatch, Schema } from 'apache-arrow';
import type { OperatorFunction } from 'rxjs';
import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues } from '../arrow/columns.js';
import { featureVector } from '../arrow/expectations.js';
import { changeFields, fieldNamed, withColumns } from '../arrow/fields.js';
import { featureField, type MetricRow } from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { PipelineError } from '../errors.js';
import type { Autoencoder } from '../learning/autoencoder.js';
import { Pca } from '../stats/pca.js';
import type { FloatArray } from '../stats/rows.js';
import { batchOperator, type BatchTransform } from './frame/batchOperator.js';
import { loadAutoencoder, startAutoencoder } from './compress/compressAutoencoder.js';
import {
  type CompressApplyOptions,
  compressApplyOptions,
  compressFitOptions,
  compressionMethods,
} from './compress/compressOptions.js';
import { loadPca, pcaHolds, savePca, startPca } from './compress/compressPca.js';
import { detachedContext } from './frame/context.js';
import { counter } from './frame/counter.js';
import type { BatchOperator, Fitted, FittedDefinition, StepContext } from './frame/definition.js';
import {
  describeFeatures,
  expectSameMaking,
  type FittedFeatures,
  fittedFeatures,
  fittedVector,
  vectorLength,
} from './frame/fittedFeatures.js';
import { fitOperator } from './frame/fitting.js';
import type { Tally } from './frame/tally.js';

const artifact = fittedFeatures.extend({
  method: z.enum(compressionMethods),
  components: z.int().min(1),
  code: z.string(),
});
type Artifact = z.output<typeof artifact>;

/** What compresses, and back: rows × length to rows × components. */
export type Compressor = Pca | Autoencoder;

export const compressStep: FittedDefinition<
  typeof compressFitOptions,
  typeof compressApplyOptions,
  typeof artifact,
  Compressor
> = {
  name: 'compress',
  summary: 'Compresses feature vectors to short codes by principal component analysis or an autoencoder, and back.',
  description: `\`code\` (float32) replaces the features; with \`invert: true\` an apply reads codes and gives features back, as close as so few
components allow.

With \`method: pca\` these are the eigenvectors of the covariance matrix, which is summed up as the rows stream by. Where features are wide, 480 or more and 30 or more
for each component, the rows are kept instead, up to \`maxBytes\`, since passes through them take less time. The results are those of a full decomposition either way. The fit gives the metric
\`explainedVariance\`, the share of the variance that the code keeps. An autoencoder, \`linearAutoencoder\` or \`deepAutoencoder\`, is trained
on the mean squared error of its output, by Adam, on a thread of its own; the fit gives \`loss\` and \`validationLoss\` of each epoch and
\`bestEpoch\`. In a pipeline a training that was interrupted goes on where it was when the same is run again. It is stored in the format of TensorFlow.js,
encoder (\`encoder.json\`, \`encoder.bin\`) and decoder (\`decoder.json\`, \`decoder.bin\`) each by itself. \`components\`, \`features\`,
\`code\` and \`maxBytes\` go with every method, the options of training with autoencoders only.

Memory of the fit: with pca twice F² numbers, four times up to F = 500 and where more than F / 10 components are wanted. The rows of wide features come on top. An
autoencoder takes all features as float32, up to \`maxBytes\`. Of the apply: one batch.`,
  example:
    '- compress: { fit: deep100, method: deepAutoencoder, components: 100, patience: 20 }      # in another pipeline: { apply: deep100 }',
  fitOptions: compressFitOptions,
  applyOptions: compressApplyOptions,
  artifact,
  independent: true,
  keepsNothing: true,
  dear: true,
  tally: () => new ErrorTally(),

  fitReads: ({ features }) => [featureVector(features)],
  describeArtifact(input, { method, components, features, code }) {
    const described = describeFeatures('compress', input, features);
    if (components > described.length) {
      throw new PipelineError(
        'badOption',
        `expected at most ${described.length}, the length of ${features}, got ${components}`,
        { place: { option: 'components' } },
      );
    }
    return { ...described, method, components, code };
  },
  holds: (input, options) =>
    options.method === 'pca' ? pcaHolds(vectorLength(fieldNamed(input, options.features).type), options) : undefined,
  startFit(input, options, context) {
    const length = vectorLength(fieldNamed(input, options.features).type);
    return options.method === 'pca' ? startPca(length, options, context) : startAutoencoder(length, options, context);
  },

  save: (model) => Promise.resolve(model instanceof Pca ? savePca(model) : model.files),
  load: async (files, { method, length, components }) =>
    method === 'pca' ? loadPca(files, length, components) : loadAutoencoder(files, length, components),

  applyReads: (fitted, options) => [fittedVector(ends(fitted, options).from)],
  outputSchema(input, fitted, options) {
    const { from, to } = ends(fitted, options);
    expectSameMaking(input, from);
    return changeFields(input, {
      drop: [from.features],
      add: [featureField(to.features, 'float32', to.length, new Map(Object.entries(to.metadata)))],
    });
  },
  apply: (fitted, options, context) =>
    batchOperator('compress', compressStep.applyReads(fitted.artifact, options), (input) => {
      const output = compressStep.outputSchema(input, fitted.artifact, options);
      return application(fitted, options, output, context);
    }),
};

/** The options of `fitCompress`, as docs/operators.md explains them. */
export type FitCompressOptions = z.input<typeof compressFitOptions>;
/** The options of `compress`, as docs/operators.md explains them. */
export type CompressOptions = z.input<typeof compressApplyOptions>;

/** A fitted compression. */
export type FittedCompression = Fitted<Artifact, Compressor>;

/**
 * Fits a compression on the whole stream and emits it.
 *
 * Reads:  features fixed_size_list<float32 or float64, F>
 * Memory: F² numbers with method pca; else all features as float32, up to maxBytes.
 * @param hooks `emitMetric` gets explainedVariance, or the losses of each epoch; `signal` stops a training; `checkpoint` keeps its state
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream, also if it is empty; `diverged`
 */
export function fitCompress(
  options: FitCompressOptions,
  hooks: Partial<StepContext> = {},
): OperatorFunction<RecordBatch, FittedCompression> {
  return fitOperator(compressStep, parseOptions('compress', compressFitOptions, options), detachedContext(hooks));
}

/**
 * Compresses feature vectors to codes, or with `invert` codes back to feature vectors.
 *
 * Replaces: the features that were fitted on by code fixed_size_list<float32, components>
 * Memory:   one batch.
 * @param hooks `emitMetric` gets reconstructionMse at the end of the stream, if that is asked for
 * @throws PipelineError `badSchema` if the features were made otherwise than those of the fit
 */
export function compress(
  fitted: FittedCompression,
  options: CompressOptions = {},
  hooks: Partial<StepContext> = {},
): BatchOperator {
  return compressStep.apply(fitted, parseOptions('compress', compressApplyOptions, options), detachedContext(hooks));
}

/** Turns one column into the other, batch by batch, and sums up what is lost if that is asked for. */
function application(
  { artifact: fitted, model }: FittedCompression,
  options: CompressApplyOptions,
  output: Schema,
  context: StepContext,
): BatchTransform {
  const { from, to } = ends(fitted, options);
  const { name, type } = fieldNamed(output, to.features);
  const errors = counter(new ErrorTally(), context);
  return {
    *next(batch) {
      const rows = flatValues(column(batch, from.features)) as FloatArray;
      const result = new Float32Array(batch.numRows * vectorLength(type));
      if (options.invert) model.inverse(rows, result);
      else model.transform(rows, result);
      if (options.reconstructionMse) errors.add(errorsOf(model, rows, result, batch.numRows));
      yield withColumns(batch, output, { [name]: fixedSizeListColumn(type, result) });
    },
    *complete() {
      errors.finish();
    },
  };
}

function errorsOf(model: Compressor, rows: FloatArray, codes: Float32Array, count: number): RowErrors {
  const decoded = new Float32Array(rows.length);
  model.inverse(codes, decoded);
  const length = rows.length / count;
  const errors = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    for (let at = row * length; at < (row + 1) * length; at++) errors[row]! += (rows[at]! - decoded[at]!) ** 2;
  }
  return { errors, values: rows.length };
}

/** The squared error of each row of a batch, summed over its components, and how many values these are in all. */
interface RowErrors {
  readonly errors: Float64Array;
  readonly values: number;
}

/** The mean squared error. It is added up row after row, so that it does not depend on how the stream is split in batches. */
class ErrorTally implements Tally<RowErrors> {
  #sum = 0;
  #values = 0;

  add({ errors, values }: RowErrors): void {
    for (const error of errors) this.#sum += error;
    this.#values += values;
  }

  sum(): RowErrors {
    return { errors: Float64Array.of(this.#sum), values: this.#values };
  }

  *metrics(): Generator<MetricRow> {
    if (this.#values > 0) yield { metric: 'reconstructionMse', value: this.#sum / this.#values };
  }
}

/** The features, and the codes as features of their own: what an apply reads, and what it gives. */
function ends(fitted: Artifact, { invert }: CompressApplyOptions): { from: FittedFeatures; to: FittedFeatures } {
  const { operator, code, components, method } = fitted;
  const metadata = { ...fitted.metadata, compressed: method };
  const codes: FittedFeatures = { operator, features: code, length: components, metadata };
  return invert ? { from: codes, to: fitted } : { from: fitted, to: codes };
}
