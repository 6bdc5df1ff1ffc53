import type { RecordBatch } from 'apache-arrow';
import { column, flatValues } from '../arrow/columns.js';
import { PipelineError } from '../errors.js';
import type { Autoencoder } from '../learning/autoencoder.js';
import type { FloatArray } from '../stats/rows.js';
import { CollectedRows } from './collectedRows.js';
import { autoencoderOptions, type CompressFitOptions, maxBytesOf } from './compressOptions.js';
import type { ArtifactFiles, Fit, StepContext } from './definition.js';
import { trainOnThread } from './trainOnThread.js';

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
    return loadFiles(await trainOnThread({ model: 'autoencoder', data, options }, this.#context));
  }
}

export async function saveAutoencoder(autoencoder: Autoencoder): Promise<ArtifactFiles> {
  const { autoencoderFiles } = await import('../learning/modelFiles.js');
  return autoencoderFiles(autoencoder);
}

/** @throws PipelineError `badData` if the files are damaged or of other sizes */
export async function loadAutoencoder(files: ArtifactFiles, length: number, components: number): Promise<Autoencoder> {
  const autoencoder = await loadFiles(files);
  if (autoencoder.featureCount === length && autoencoder.components === components) return autoencoder;
  const found = `${autoencoder.components} of ${autoencoder.featureCount}`;
  autoencoder.dispose();
  throw new PipelineError(
    'badData',
    `encoder.json, decoder.json: expected ${components} components of length ${length}, found ${found}`,
  );
}

/** The engine is loaded when it is needed: those who compress by pca do without. */
async function loadFiles(files: ArtifactFiles): Promise<Autoencoder> {
  const modelFiles = await import('../learning/modelFiles.js');
  return modelFiles.loadAutoencoder(files);
}
