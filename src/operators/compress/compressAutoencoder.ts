import { column, flatValues } from '../../arrow/columns.js';
import { PipelineError } from '../../errors.js';
import type { Autoencoder } from '../../learning/autoencoder.js';
import { loadAutoencoder as loadNetworks } from '../../learning/modelFiles.js';
import type { FloatArray } from '../../stats/rows.js';
import { CollectedRows } from '../frame/collectedRows.js';
import { autoencoderOptions, type CompressFitOptions, maxBytesOf } from './compressOptions.js';
import type { ArtifactFiles, Fit, StepContext } from '../frame/definition.js';
import { trainOnThread } from '#training';

/** Collects the rows, then trains an autoencoder on them. @param length of a feature vector */
export function startAutoencoder(length: number, options: CompressFitOptions, context: StepContext): Fit<Autoencoder> {
  const rows = new CollectedRows(maxBytesOf(options));
  return {
    add: (batch) => rows.add(flatValues(column(batch, options.features)) as FloatArray),
    async finish() {
      const data = { features: rows.take(), featureCount: length };
      const request = { model: 'autoencoder', data, options: autoencoderOptions(options) } as const;
      return loadNetworks(await trainOnThread(request, context));
    },
  };
}

/** @throws PipelineError `badData` if the files are damaged or of other sizes */
export function loadAutoencoder(files: ArtifactFiles, length: number, components: number): Autoencoder {
  const autoencoder = loadNetworks(files);
  if (autoencoder.featureCount === length && autoencoder.components === components) return autoencoder;
  const found = `${autoencoder.components} of ${autoencoder.featureCount}`;
  throw new PipelineError(
    'badData',
    `encoder.json, decoder.json: expected ${components} components of length ${length}, found ${found}`,
  );
}
