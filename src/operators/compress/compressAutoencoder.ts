import type { RecordBatch } from 'apache-arrow';
import { column, flatValues } from '../../arrow/columns.js';
import { PipelineError } from '../../errors.js';
import type { Autoencoder } from '../../learning/autoencoder.js';
import { loadAutoencoder as loadNetworks } from '../../learning/modelFiles.js';
import type { FloatArray } from '../../stats/rows.js';
import { CollectedRows } from '../frame/collectedRows.js';
import { autoencoderOptions, type CompressFitOptions, maxBytesOf } from './compressOptions.js';
import type { ArtifactFiles, Fit, StepContext } from '../frame/definition.js';
import { trainOnThread } from '#training';

/** Collects the rows, then trains an autoencoder on them. */
export class AutoencoderFit implements Fit<Autoencoder> {
  readonly #length: number;
  readonly #options: CompressFitOptions;
  readonly #context: StepContext;
  readonly #rows: CollectedRows;

  /** @param length of a feature vector */
  constructor(length: number, options: CompressFitOptions, context: StepContext) {
    this.#length = length;
    this.#options = options;
    this.#context = context;
    this.#rows = new CollectedRows(maxBytesOf(options));
  }

  add(batch: RecordBatch): void {
    this.#rows.add(flatValues(column(batch, this.#options.features)) as FloatArray);
  }

  async finish(): Promise<Autoencoder> {
    const data = { features: this.#rows.take(), featureCount: this.#length };
    const options = autoencoderOptions(this.#options);
    return loadNetworks(await trainOnThread({ model: 'autoencoder', data, options }, this.#context));
  }
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
