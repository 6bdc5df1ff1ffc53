import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { messageOf, PipelineError } from '../errors.js';
import { Autoencoder } from './autoencoder.js';
import { loadBackend } from './backend.js';
import { Classifier } from './classifier.js';
import { parseModelJson } from './modelJson.js';

/** Saved networks: the bytes of each file, by name. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** The files of one network. */
interface FileNames {
  readonly description: string;
  readonly weights: string;
}

const classifierNames: FileNames = { description: 'model.json', weights: 'weights.bin' };
const encoderNames: FileNames = { description: 'encoder.json', weights: 'encoder.bin' };
const decoderNames: FileNames = { description: 'decoder.json', weights: 'decoder.bin' };

/**
 * The network in the layers-model format of TensorFlow.js, which its versions for Node and for the browser load. The
 * same network gives the same bytes.
 */
export async function modelFiles({ model }: Classifier): Promise<ModelFiles> {
  return new Map(await networkFiles(model, classifierNames));
}

/** The same of an autoencoder: encoder and decoder, each a network by itself. */
export async function autoencoderFiles({ encoder, decoder }: Autoencoder): Promise<ModelFiles> {
  return new Map([...(await networkFiles(encoder, encoderNames)), ...(await networkFiles(decoder, decoderNames))]);
}

/**
 * Loads a network of the layers-model format that takes rows of features and gives rows of probabilities.
 *
 * @throws PipelineError `missingInput` if a file is absent, `badData` if the files are not such a network
 */
export async function loadModel(files: ModelFiles): Promise<Classifier> {
  return loadNetwork(files, classifierNames, 'a classifier', (model) => new Classifier(model));
}

/**
 * Loads what `autoencoderFiles` gave.
 *
 * @throws PipelineError `missingInput` if a file is absent, `badData` if the files are not such networks
 */
export async function loadAutoencoder(files: ModelFiles): Promise<Autoencoder> {
  const encoder = await loadNetwork(files, encoderNames, 'an encoder', (model) => model);
  try {
    return await loadNetwork(files, decoderNames, 'its decoder', (model) => new Autoencoder(encoder, model));
  } catch (error) {
    encoder.dispose();
    throw error;
  }
}

async function networkFiles(
  model: tfl.LayersModel,
  names: FileNames,
): Promise<readonly (readonly [string, Uint8Array])[]> {
  const { weightSpecs, weightData, ...description } = await artifactsOf(model);
  const weightsManifest = [{ paths: [names.weights], weights: weightSpecs }];
  return [
    [names.description, new TextEncoder().encode(JSON.stringify({ ...description, weightsManifest }))],
    [names.weights, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData))],
  ];
}

async function loadNetwork<Network>(
  files: ModelFiles,
  { description: file }: FileNames,
  expected: string,
  wrap: (model: tfl.LayersModel) => Network,
): Promise<Network> {
  const description = parseModelJson(new TextDecoder().decode(fileNamed(files, file)), file);
  const weights = description.weightsManifest.map((group) => weightsOf(files, group));
  await loadBackend();
  let model: tfl.LayersModel | undefined;
  try {
    const specs = description.weightsManifest.flatMap((group) => group.weights);
    const artifacts = tf.io.getModelArtifactsForJSONSync(description, specs, tf.io.CompositeArrayBuffer.join(weights));
    model = await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
    return wrap(model);
  } catch (cause) {
    model?.dispose();
    throw new PipelineError('badData', `${file}: expected ${expected}, found ${messageOf(cause)}`, { cause });
  }
}

async function artifactsOf(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts = {};
  const handler = tf.io.withSaveHandler((saved) => {
    artifacts = saved;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
  });
  await model.save(handler);
  return artifacts;
}

/** The bytes of one group of weights, as many as its shapes say. */
function weightsOf(files: ModelFiles, { paths, weights }: tf.io.WeightsManifestConfig[number]): ArrayBuffer {
  const bytes = Buffer.concat(paths.map((name) => fileNamed(files, name)));
  const expected = 4 * weights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
  if (bytes.length === expected) return new Uint8Array(bytes).buffer;
  throw new PipelineError(
    'badData',
    `${paths.join(', ')}: expected ${expected} bytes of weights, found ${bytes.length}`,
  );
}

function fileNamed(files: ModelFiles, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes) return bytes;
  throw new PipelineError('missingInput', `${name}: expected a file of a saved network, found none`);
}
