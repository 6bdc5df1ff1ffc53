import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { messageOf, PipelineError } from '../errors.js';
import { loadBackend } from './backend.js';
import { Classifier } from './classifier.js';
import { parseModelJson } from './modelJson.js';

/** A saved network: the bytes of each of its files, by name. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

const descriptionFile = 'model.json';
const weightsFile = 'weights.bin';

/**
 * The network in the layers-model format of TensorFlow.js, which its versions for Node and for the browser load. The
 * same network gives the same bytes.
 */
export async function modelFiles({ model }: Classifier): Promise<ModelFiles> {
  const { weightSpecs, weightData, ...description } = await artifactsOf(model);
  const weightsManifest = [{ paths: [weightsFile], weights: weightSpecs }];
  return new Map([
    [descriptionFile, new TextEncoder().encode(JSON.stringify({ ...description, weightsManifest }))],
    [weightsFile, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData))],
  ]);
}

/**
 * Loads a network of the layers-model format that takes rows of features and gives rows of probabilities.
 *
 * @throws PipelineError `missingInput` if a file is absent, `badData` if the files are not such a network
 */
export async function loadModel(files: ModelFiles): Promise<Classifier> {
  const description = parseModelJson(new TextDecoder().decode(fileNamed(files, descriptionFile)), descriptionFile);
  const weights = description.weightsManifest.map((group) => weightsOf(files, group));
  await loadBackend();
  let model: tfl.LayersModel | undefined;
  try {
    const specs = description.weightsManifest.flatMap((group) => group.weights);
    const artifacts = tf.io.getModelArtifactsForJSONSync(description, specs, tf.io.CompositeArrayBuffer.join(weights));
    model = await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
    return new Classifier(model);
  } catch (cause) {
    model?.dispose();
    throw new PipelineError('badData', `${descriptionFile}: expected a classifier, found ${messageOf(cause)}`, {
      cause,
    });
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
