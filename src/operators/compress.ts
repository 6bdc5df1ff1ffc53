import { Field, FixedSizeList, Float64, type RecordBatch, Schema } from 'apache-arrow';
import type { OperatorFunction } from 'rxjs';
import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues, numberColumn, recordBatch } from '../arrow/columns.js';
import { featureVector } from '../arrow/expectations.js';
import { changeFields, fieldNamed, withColumns } from '../arrow/fields.js';
import { encodeBatches } from '../arrow/ipc.js';
import { featureField } from '../arrow/schemas.js';
import { PipelineError } from '../errors.js';
import { CovarianceFit } from '../stats/covariance.js';
import { fitPca } from '../stats/fitPca.js';
import { Pca } from '../stats/pca.js';
import type { FloatArray } from '../stats/rows.js';
import { artifactTable } from './artifactTable.js';
import { batchOperator } from './batchOperator.js';
import { detachedContext } from './context.js';
import type { BatchOperator, Fitted, FittedDefinition } from './definition.js';
import {
  describeFeatures,
  expectSameMaking,
  type FittedFeatures,
  fittedFeatures,
  fittedVector,
  vectorLength,
} from './fittedFeatures.js';
import { fitOperator } from './fitting.js';
import { parseOptions } from '../config/parseOptions.js';

const fitOptions = z.strictObject({
  method: z.enum(['pca']).default('pca').describe('How to compress: pca, projection on principal components.'),
  components: z.int().min(1).describe('Length of the code, h_e in the paper.'),
  features: z.string().default('soap').describe('Column of the feature vectors.'),
  code: z.string().default('code').describe('Column of the code, which replaces the features.'),
});
const applyOptions = z.strictObject({
  invert: z.boolean().default(false).describe('Turn codes back into features instead.'),
});
type ApplyOptions = z.output<typeof applyOptions>;
const artifact = fittedFeatures.extend({
  method: z.literal('pca'),
  components: z.int().min(1),
  code: z.string(),
});
type Artifact = z.output<typeof artifact>;

export const compressStep: FittedDefinition<typeof fitOptions, typeof applyOptions, typeof artifact, Pca> = {
  name: 'compress',
  summary: 'Compresses feature vectors to short codes by principal component analysis, and back.',
  description: `The eigenvectors of the covariance matrix, which is summed up as the rows stream by. \`code\` (float32) replaces the features; with
\`invert: true\` an apply reads codes and gives features back, as close as so few components allow. A fit gives the metric
\`explainedVariance\`, the share of the variance that the code keeps.

Memory of the fit: F² numbers. Of the apply: one batch.`,
  example: '- compress: { fit: pca100, components: 100 }      # in another pipeline: { apply: pca100 }',
  fitOptions,
  applyOptions,
  artifact,

  fitReads: ({ features }) => [featureVector(features)],
  describeArtifact(input, { method, components, features, code }) {
    const described = describeFeatures('compress', input, features);
    if (components > described.length) {
      throw new PipelineError(
        'badOption',
        `components: expected at most ${described.length}, the length of ${features}, got ${components}`,
      );
    }
    return { ...described, method, components, code };
  },
  startFit(input, { features, components }, { emitMetric }) {
    const fit = new CovarianceFit(vectorLength(fieldNamed(input, features).type));
    return {
      add: (batch) => fit.add(flatValues(column(batch, features)) as FloatArray),
      finish() {
        const { covariance, mean } = fit.finish();
        const pca = fitPca(covariance, mean, components);
        emitMetric({
          metric: 'explainedVariance',
          value: pca.explainedVarianceRatio.reduce((sum, ratio) => sum + ratio, 0),
        });
        return Promise.resolve(pca);
      },
    };
  },

  save({ mean, components, explainedVariance, explainedVarianceRatio }) {
    const means = recordBatch(meanSchema, mean.length, [numberColumn(new Float64(), mean)]);
    const schema = componentsSchema(mean.length);
    const rows = recordBatch(schema, explainedVariance.length, [
      numberColumn(new Float64(), explainedVariance),
      numberColumn(new Float64(), explainedVarianceRatio),
      fixedSizeListColumn(schema.fields[2]!.type, components),
    ]);
    return Promise.resolve(
      new Map([
        ['mean.arrow', encodeBatches([means])],
        ['components.arrow', encodeBatches([rows])],
      ]),
    );
  },
  load(files, { length, components }) {
    const means = artifactTable(files, 'mean.arrow', meanSchema);
    const rows = artifactTable(files, 'components.arrow', componentsSchema(length));
    if (means.numRows !== length || rows.numRows !== components) {
      throw new PipelineError(
        'badData',
        `components.arrow, mean.arrow: expected ${components} components of length ${length}, found ${rows.numRows} of ${means.numRows}`,
      );
    }
    const numbers = (batch: RecordBatch, name: string): Float64Array => flatValues(column(batch, name)) as Float64Array;
    return Promise.resolve(
      new Pca({
        mean: numbers(means, 'mean'),
        components: numbers(rows, 'component'),
        explainedVariance: numbers(rows, 'explainedVariance'),
        explainedVarianceRatio: numbers(rows, 'explainedVarianceRatio'),
      }),
    );
  },

  applyReads: (fitted, options) => [fittedVector(ends(fitted, options).from)],
  outputSchema(input, fitted, options) {
    const { from, to } = ends(fitted, options);
    expectSameMaking(input, from);
    return changeFields(input, {
      drop: [from.features],
      add: [featureField(to.features, 'float32', to.length, new Map(Object.entries(to.metadata)))],
    });
  },
  apply: ({ artifact: fitted, model }, options, _context) =>
    batchOperator('compress', compressStep.applyReads(fitted, options), (input) => {
      const output = compressStep.outputSchema(input, fitted, options);
      const { from, to } = ends(fitted, options);
      const { type } = fieldNamed(output, to.features);
      return {
        *next(batch) {
          const rows = flatValues(column(batch, from.features)) as FloatArray;
          const result = new Float32Array(batch.numRows * vectorLength(type));
          if (options.invert) model.inverse(rows, result);
          else model.transform(rows, result);
          yield withColumns(batch, output, { [to.features]: fixedSizeListColumn(type, result) });
        },
      };
    }),
};

const meanSchema = new Schema([new Field('mean', new Float64(), false)]);
const componentsSchema = (length: number): Schema =>
  new Schema([
    new Field('explainedVariance', new Float64(), false),
    new Field('explainedVarianceRatio', new Float64(), false),
    new Field('component', new FixedSizeList(length, new Field('item', new Float64(), false)), false),
  ]);

/** A fitted compression. */
export type FittedCompression = Fitted<Artifact, Pca>;

/**
 * Fits a compression on the whole stream and emits it.
 *
 * Reads:  features fixed_size_list<float32 or float64, F>
 * Memory: F² numbers.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream, also if it is empty
 */
export function fitCompress(options: z.input<typeof fitOptions>): OperatorFunction<RecordBatch, FittedCompression> {
  return fitOperator(compressStep, parseOptions('compress', fitOptions, options), detachedContext());
}

/**
 * Compresses feature vectors to codes, or with `invert` codes back to feature vectors.
 *
 * Replaces: the features that were fitted on by code fixed_size_list<float32, components>
 * Memory:   one batch.
 * @throws PipelineError `badSchema` if the features were made otherwise than those of the fit
 */
export function compress(fitted: FittedCompression, options: Partial<ApplyOptions> = {}): BatchOperator {
  return compressStep.apply(fitted, parseOptions('compress', applyOptions, options), detachedContext());
}

/** The features, and the codes as features of their own: what an apply reads, and what it gives. */
function ends(fitted: Artifact, { invert }: ApplyOptions): { from: FittedFeatures; to: FittedFeatures } {
  const { operator, code, components, method } = fitted;
  const metadata = { ...fitted.metadata, compressed: method };
  const codes: FittedFeatures = { operator, features: code, length: components, metadata };
  return invert ? { from: codes, to: fitted } : { from: fitted, to: codes };
}
