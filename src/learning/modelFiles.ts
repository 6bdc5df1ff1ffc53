import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
 * Writes the files into a directory that exists. They are on disk when the promise resolves; a directory that must never
 * be seen half written is the caller's to rename.
 */
export async function saveModel(classifier: Classifier, directory: string): Promise<void> {
  const files = await modelFiles(classifier);
  await Promise.all([...files].map(([name, bytes]) => writeDurably(join(directory, name), bytes)));
}

/**
 * Loads a network of the layers-model format that takes rows of features and gives rows of probabilities.
 *
 * @param source a directory, or the files themselves
 * @throws PipelineError `missingInput` if a file is absent, `badData` if the files are not such a network
 */
export async function loadModel(source: string | ModelFiles): Promise<Classifier> {
  const { path, bytes } = await readInput(source, descriptionFile);
  const description = parseModelJson(new TextDecoder().decode(bytes), path);
  const weights = await Promise.all(description.weightsManifest.map((group) => readWeights(source, group)));
  await loadBackend();
  let model: tfl.LayersModel | undefined;
  try {
    const specs = description.weightsManifest.flatMap((group) => group.weights);
    const artifacts = tf.io.getModelArtifactsForJSONSync(description, specs, tf.io.CompositeArrayBuffer.join(weights));
    model = await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
    return new Classifier(model);
  } catch (cause) {
    model?.dispose();
    throw new PipelineError('badData', `${path}: expected a classifier, found ${messageOf(cause)}`, { cause });
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

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The bytes of one group of weights, as many as its shapes say. */
async function readWeights(
  source: string | ModelFiles,
  { paths, weights }: tf.io.WeightsManifestConfig[number],
): Promise<ArrayBuffer> {
  const files = await Promise.all(paths.map((name) => readInput(source, name)));
  const bytes = Buffer.concat(files.map((file) => file.bytes));
  const expected = 4 * weights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
  if (bytes.length === expected) return new Uint8Array(bytes).buffer;
  const place = files.map((file) => file.path).join(', ');
  throw new PipelineError('badData', `${place}: expected ${expected} bytes of weights, found ${bytes.length}`);
}

async function readInput(source: string | ModelFiles, name: string): Promise<{ path: string; bytes: Uint8Array }> {
  if (typeof source !== 'string') {
    const bytes = source.get(name);
    if (bytes !== undefined) return { path: name, bytes };
    throw new PipelineError('missingInput', `${name}: expected a file of a saved network, found none`);
  }
  const path = join(source, name);
  try {
    return { path, bytes: await readFile(path) };
  } catch (cause) {
    const message = `${path}: expected a file of a saved network, found ${messageOf(cause)}`;
    throw new PipelineError('missingInput', message, { cause });
  }
}
