import { Field, FixedSizeList, Float64, type RecordBatch, Schema } from 'apache-arrow';
import { column, fixedSizeListColumn, flatValues, numberColumn, recordBatch } from '../../arrow/columns.js';
import { encodeBatches } from '../../arrow/ipc.js';
import { PipelineError } from '../../errors.js';
import { isFullDecomposition } from '../../stats/dense/largestOf.js';
import { Pca } from '../../stats/pca.js';
import { keepsRows, PcaFit } from '../../stats/pcaFit.js';
import type { FloatArray } from '../../stats/rows.js';
import { artifactTable } from '../frame/artifactTable.js';
import { atLeisure } from '../frame/atLeisure.js';
import { type CompressFitOptions, maxBytesOf } from './compressOptions.js';
import type { ArtifactFiles, Fit, StepContext } from '../frame/definition.js';

/**
 * Takes in the rows as they stream by; the metric is the share of the variance that the code keeps.
 * @param length of a feature vector
 */
export function startPca(length: number, options: CompressFitOptions, { emitMetric, signal }: StepContext): Fit<Pca> {
  const fit = new PcaFit(length, options.components, maxBytesOf(options));
  return {
    add: (batch) => fit.add(flatValues(column(batch, options.features)) as FloatArray),
    async finish() {
      const pca = await atLeisure(fit.finish(), signal);
      const value = pca.explainedVarianceRatio.reduce((sum, ratio) => sum + ratio, 0);
      emitMetric({ metric: 'explainedVariance', value });
      return pca;
    },
  };
}

/** Matrices: the scatter, what is decomposed and, of a full decomposition, rotations and vectors. And rows of wide features. (Bytes.) */
export function pcaHolds(length: number, options: CompressFitOptions): number {
  const matrices = isFullDecomposition(length, options.components) ? 4 : 2;
  return matrices * 8 * length ** 2 + (keepsRows(length, options.components) ? maxBytesOf(options) : 0);
}

export function savePca({ mean, components, explainedVariance, explainedVarianceRatio }: Pca): ArtifactFiles {
  const means = recordBatch(meanSchema, mean.length, [numberColumn(new Float64(), mean)]);
  const schema = componentsSchema(mean.length);
  const rows = recordBatch(schema, explainedVariance.length, [
    numberColumn(new Float64(), explainedVariance),
    numberColumn(new Float64(), explainedVarianceRatio),
    fixedSizeListColumn(schema.fields[2]!.type, components),
  ]);
  return new Map([
    ['mean.arrow', encodeBatches([means])],
    ['components.arrow', encodeBatches([rows])],
  ]);
}

/** @throws PipelineError `badData` if the files are damaged or of other sizes */
export async function loadPca(files: ArtifactFiles, length: number, components: number): Promise<Pca> {
  const means = await artifactTable(files, 'mean.arrow', meanSchema);
  const rows = await artifactTable(files, 'components.arrow', componentsSchema(length));
  if (means.numRows !== length || rows.numRows !== components) {
    throw new PipelineError(
      'badData',
      `components.arrow, mean.arrow: expected ${components} components of length ${length}, found ${rows.numRows} of ${means.numRows}`,
    );
  }
  const numbers = (batch: RecordBatch, name: string): Float64Array => flatValues(column(batch, name)) as Float64Array;
  return new Pca({
    mean: numbers(means, 'mean'),
    components: numbers(rows, 'component'),
    explainedVariance: numbers(rows, 'explainedVariance'),
    explainedVarianceRatio: numbers(rows, 'explainedVarianceRatio'),
  });
}

const meanSchema = new Schema([new Field('mean', new Float64(), false)]);
const componentsSchema = (length: number): Schema =>
  new Schema([
    new Field('explainedVariance', new Float64(), false),
    new Field('explainedVarianceRatio', new Float64(), false),
    new Field('component', new FixedSizeList(length, new Field('item', new Float64(), false)), false),
  ]);
