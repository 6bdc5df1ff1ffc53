import { Field, Float64, type RecordBatch, Schema } from 'apache-arrow';
import type { OperatorFunction } from 'rxjs';
import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues, numberColumn, recordBatch } from '../arrow/columns.js';
import { featureVector } from '../arrow/expectations.js';
import { changeFieldMetadata, fieldNamed, withColumns } from '../arrow/fields.js';
import { encodeBatches } from '../arrow/ipc.js';
import { recyclable, takeBuffer } from '../arrow/recycling.js';
import { PipelineError } from '../errors.js';
import { RobustScaler, RobustScalerFit, tailScales } from '../stats/robustScaler.js';
import type { FloatArray } from '../stats/rows.js';
import { artifactTable, decoding } from './frame/artifactTable.js';
import { atLeisure } from './frame/atLeisure.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, Fitted, FittedDefinition } from './frame/definition.js';
import {
  describeFeatures,
  expectSameMaking,
  fittedFeatures,
  fittedVector,
  vectorLength,
} from './frame/fittedFeatures.js';
import { fitOperator } from './frame/fitting.js';
import { featuresOption, trainingOptions } from './options.js';
import { parseOptions } from '../config/parseOptions.js';

const fitOptions = z.strictObject({
  features: featuresOption,
  maxBytes: trainingOptions.maxBytes
    .default(2 ** 30)
    .describe('Bound of the memory for the rows that are fitted on (bytes).'),
  tails: z
    .enum(tailScales)
    .default('linear')
    .describe('How values grow far from the median: logarithmic takes asinh of the rescaled value.'),
});
const applyOptions = z.strictObject({});
const fittedScaling = fittedFeatures.extend({ tails: z.enum(tailScales).default('linear') });

/** What the column says of itself from then on. */
const MAKING = { linear: 'robust', logarithmic: 'robust, logarithmic tails' } as const;

const scalerSchema = new Schema([new Field('center', new Float64(), false), new Field('scale', new Float64(), false)]);

export const robustRescaleStep: FittedDefinition<
  typeof fitOptions,
  typeof applyOptions,
  typeof fittedScaling,
  RobustScaler
> = {
  name: 'robustRescale',
  summary: 'Rescales each component by its median and interquartile range: (x − median) / (q75 − q25).',
  description: `The quantiles are exact, by linear interpolation (R-7, as scikit-learn's RobustScaler); where the range is 0 the scale is 1.
Components with heavy tails, such as covariances, are learnt more easily with \`tails: logarithmic\`. Fit on training data, then apply
unchanged to validation, test and noisy data. The column keeps its name and type; its metadata says that it is rescaled.

Memory of the fit: all values of the column, up to \`maxBytes\`; put \`reservoirSample\` before it. Of the apply: one batch.`,
  example: '- robustRescale: { fit: scaler }      # in another pipeline: { apply: scaler }',
  fitOptions,
  applyOptions,
  artifact: fittedScaling,
  independent: true,
  keepsNothing: true,

  fitReads: ({ features }) => [featureVector(features)],
  describeArtifact: (input, { features, tails }) => ({ ...describeFeatures('robustRescale', input, features), tails }),
  startFit(input, { features, maxBytes, tails }, { signal }) {
    const fit = new RobustScalerFit(vectorLength(fieldNamed(input, features).type), maxBytes, tails);
    return {
      add: (batch) => fit.add(flatValues(column(batch, features)) as FloatArray),
      finish: () => atLeisure(fit.finish(), signal),
    };
  },

  save({ centers, scales }) {
    const columns = [centers, scales].map((values) => numberColumn(new Float64(), values));
    return Promise.resolve(
      new Map([['scaler.arrow', encodeBatches([recordBatch(scalerSchema, centers.length, columns)])]]),
    );
  },
  async load(files, { length, tails }) {
    const table = await artifactTable(files, 'scaler.arrow', scalerSchema);
    if (table.numRows !== length) {
      throw new PipelineError(
        'badData',
        `scaler.arrow: expected center and scale of ${length} components, found ${table.numRows}`,
      );
    }
    const [centers, scales] = ['center', 'scale'].map((name) => flatValues(column(table, name)) as Float64Array);
    return decoding('scaler.arrow', () => new RobustScaler(centers!, scales!, tails));
  },

  applyReads: (artifact) => [fittedVector(artifact)],
  outputSchema(input, artifact) {
    expectSameMaking(input, artifact);
    return changeFieldMetadata(input, artifact.features, { rescaled: MAKING[artifact.tails] });
  },
  apply: ({ artifact, model }, options, { spares }) =>
    batchOperator('robustRescale', robustRescaleStep.applyReads(artifact, options), (input) => {
      const output = robustRescaleStep.outputSchema(input, artifact, options);
      const { type } = fieldNamed(input, artifact.features);
      return {
        *next(batch) {
          const values = flatValues(column(batch, artifact.features)) as FloatArray;
          const memory = takeBuffer(spares, values.byteLength);
          const rescaled = new (values.constructor as Float64ArrayConstructor)(memory, 0, values.length);
          model.transform(values, rescaled);
          const made = withColumns(batch, output, { [artifact.features]: fixedSizeListColumn(type, rescaled) });
          yield recyclable(made, () => spares?.give(memory));
        },
      };
    }),
};

/** The options of `fitRobustRescale`, as docs/operators.md explains them. */
export type FitRobustRescaleOptions = z.input<typeof fitOptions>;

/** A fitted robust rescaling. */
export type FittedScaler = Fitted<z.output<typeof fittedScaling>, RobustScaler>;

/**
 * Fits a robust rescaling on the whole stream and emits it: median and interquartile range of each component.
 *
 * Reads:  features fixed_size_list<float32 or float64, F>
 * Memory: all values of the column, up to maxBytes.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream, also if it is empty
 */
export function fitRobustRescale(options: FitRobustRescaleOptions = {}): OperatorFunction<RecordBatch, FittedScaler> {
  return fitOperator(robustRescaleStep, parseOptions('robustRescale', fitOptions, options), detachedContext());
}

/**
 * Rescales each component by the median and the interquartile range of the training data.
 *
 * Changes: the features that the scaler was fitted on; same name and type.
 * Memory:  one batch.
 * @throws PipelineError `badSchema` if the features were made otherwise than those of the fit
 */
export function robustRescale(fitted: FittedScaler): BatchOperator {
  return robustRescaleStep.apply(fitted, {}, detachedContext());
}
