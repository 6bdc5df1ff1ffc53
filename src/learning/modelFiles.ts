import { concatBytes, totalBytes } from '../bytes.js';
import { messageOf, PipelineError } from '../errors.js';
import { Autoencoder } from './autoencoder.js';
import { Classifier } from './classifier.js';
import { type DenseChain, type DenseLayer, weightCountOf } from './denseLayers.js';
import { DenseNetwork } from './denseNetwork.js';
import { describeModel } from './describeModel.js';
import { type ModelFiles, parseModelJson, type WeightGroup } from './modelJson.js';
import type { UntrainedAutoencoder } from './network.js';

/** The files of one network. */
interface FileNames {
  readonly description: string;
  readonly weights: string;
}

const classifierNames: FileNames = { description: 'model.json', weights: 'weights.bin' };
const encoderNames: FileNames = { description: 'encoder.json', weights: 'encoder.bin' };
const decoderNames: FileNames = { description: 'decoder.json', weights: 'decoder.bin' };

/**
 * A trained classifier in the layers-model format of TensorFlow.js, which its versions for Node and for the browser load. The
 * same network gives the same bytes.
 *
 * @param dropout with which it was trained
 */
export function classifierFiles(chain: DenseChain, dropout: number): ModelFiles {
  return new Map(networkFiles('classifier', chain, classifierNames, dropout));
}

/** The same of an autoencoder: encoder and decoder, each a network by itself. */
export function autoencoderFiles({ encoder, decoder, weights }: UntrainedAutoencoder): ModelFiles {
  const half = weightCountOf(encoder);
  return new Map([
    ...networkFiles('encoder', { layers: encoder, weights: weights.subarray(0, half) }, encoderNames),
    ...networkFiles('decoder', { layers: decoder, weights: weights.subarray(half) }, decoderNames),
  ]);
}

/**
 * Loads a network of the layers-model format that takes rows of features and gives rows of probabilities.
 *
 * @throws PipelineError `missingInput` if a file is absent, `badData` if the files are not such a network
 */
export function loadClassifier(files: ModelFiles): Classifier {
  const chain = readChain(files, classifierNames);
  const { activation } = chain.layers.at(-1)!;
  if (activation === 'softmax') return new Classifier(new DenseNetwork(chain), files);
  const { description } = classifierNames;
  throw new PipelineError('badData', `${description}: expected a classifier, found no softmax behind its last layer`);
}

/**
 * Loads what `autoencoderFiles` gave.
 *
 * @throws PipelineError `missingInput` if a file is absent, `badData` if the files are not such networks
 */
export function loadAutoencoder(files: ModelFiles): Autoencoder {
  const [encoder, decoder] = [encoderNames, decoderNames].map((names) => new DenseNetwork(readChain(files, names)));
  try {
    return new Autoencoder(encoder!, decoder!, files);
  } catch (cause) {
    const { description } = decoderNames;
    throw new PipelineError('badData', `${description}: expected its decoder, found ${messageOf(cause)}`, { cause });
  }
}

function networkFiles(
  name: string,
  { layers, weights }: DenseChain,
  { description, weights: weightsFile }: FileNames,
  dropout?: number,
): [string, Uint8Array][] {
  const text = describeModel({ name, layers, weightsFile, ...(dropout !== undefined && { dropout }) });
  return [
    [description, new TextEncoder().encode(text)],
    [weightsFile, new Uint8Array(weights.slice().buffer)],
  ];
}

function readChain(files: ModelFiles, { description: file }: FileNames): DenseChain {
  const { layers, weightsManifest } = parseModelJson(new TextDecoder().decode(fileNamed(files, file)), file);
  const stored = new Map(weightsManifest.flatMap((group) => weightsOf(files, group)));
  const weights = new Float32Array(weightCountOf(layers));
  let at = 0;
  for (const name of layers.flatMap(weightNames)) {
    const values = stored.get(name)!;
    weights.set(values, at);
    at += values.length;
  }
  return { layers, weights };
}

function weightNames({ name }: DenseLayer): string[] {
  return [`${name}/kernel`, `${name}/bias`];
}

/** The weights of one group by name; it has as many bytes as their shapes say. */
function weightsOf(files: ModelFiles, { paths, weights }: WeightGroup): [string, Float32Array][] {
  const parts = paths.map((name) => fileNamed(files, name));
  const lengths = weights.map(({ shape }) => shape.reduce((product, length) => product * length, 1));
  const found = totalBytes(parts);
  const expected = 4 * lengths.reduce((sum, length) => sum + length, 0);
  const where = paths.join(', ');
  if (found !== expected) {
    throw new PipelineError('badData', `${where}: expected ${expected} bytes of weights, found ${found}`);
  }
  const all = new Float32Array(concatBytes(parts).buffer);
  const bad = all.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) {
    throw new PipelineError('badData', `${where}: expected finite weights, found ${all[bad]} at number ${bad}`);
  }
  let at = 0;
  return weights.map(({ name }, i) => [name, all.subarray(at, (at += lengths[i]!))]);
}

function fileNamed(files: ModelFiles, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes) return bytes;
  throw new PipelineError('missingInput', `${name}: expected a file of a saved network, found none`);
}
