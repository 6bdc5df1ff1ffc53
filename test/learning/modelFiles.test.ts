import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { loadBackend } from '#dist/learning/backend.js';
import { Classifier } from '#dist/learning/classifier.js';
import { loadModel, modelFiles, saveModel } from '#dist/learning/modelFiles.js';
import { buildNetwork } from '#dist/learning/network.js';
import { blobs } from './blobs.js';

const shape = { featureCount: 4, layers: [8, 8], classCount: 3, dropout: 0.1, seed: 1 };
const { features } = blobs(20, 3);
let directory: string;
let classifier: Classifier;

beforeEach(async () => {
  await loadBackend('wasm');
  directory = await mkdtemp(join(tmpdir(), 'soapstream-'));
  classifier = new Classifier(buildNetwork(shape));
});

afterEach(async () => {
  classifier.dispose();
  await rm(directory, { recursive: true });
});

describe('a saved network', () => {
  it.each(['a directory', 'memory'])('predicts the same after it was loaded from %s', async (place) => {
    await saveModel(classifier, directory);
    const loaded = await loadModel(place === 'memory' ? await modelFiles(classifier) : directory);
    expect([loaded.featureCount, loaded.classCount]).toEqual([4, 3]);
    expect(loaded.predict(features)).toEqual(classifier.predict(features));
    loaded.dispose();
  });

  it('is the format of TensorFlow.js', async () => {
    await saveModel(classifier, directory);
    const description = JSON.parse(await readFile(join(directory, 'model.json'), 'utf8'));
    const weights = await readFile(join(directory, 'weights.bin'));
    const manifest = description.weightsManifest[0];
    const model = await tfl.loadLayersModel(
      tf.io.fromMemory({
        modelTopology: description.modelTopology,
        weightSpecs: manifest.weights,
        weightData: new Uint8Array(weights).buffer,
      }),
    );
    expect(description.format).toBe('layers-model');
    expect(manifest.paths).toEqual(['weights.bin']);
    expect(new Classifier(model).predict(features)).toEqual(classifier.predict(features));
    model.dispose();
  });

  it('has the same bytes each time, also for another network of the same weights', async () => {
    const twin = new Classifier(buildNetwork(shape));
    expect(await modelFiles(twin)).toEqual(await modelFiles(classifier));
    twin.dispose();
  });
});

describe('loadModel', () => {
  it.each(['model.json', 'weights.bin'])('says that %s is missing', async (name) => {
    await saveModel(classifier, directory);
    await rm(join(directory, name));
    const failure = await failureOf(loadModel(directory));
    expect(failure.code).toBe('missingInput');
    expect(failure.message).toContain(`${join(directory, name)}: expected a file of a saved network, found ENOENT`);
    const files = new Map(await modelFiles(classifier));
    files.delete(name);
    expect((await failureOf(loadModel(files))).message).toBe(`${name}: expected a file of a saved network, found none`);
  });

  it.each([-4, 4])('rejects weights that are %i bytes too long', async (surplus) => {
    const files = new Map(await modelFiles(classifier));
    const length = 4 * (4 * 8 + 8 + 8 * 8 + 8 + 8 * 3 + 3);
    files.set('weights.bin', new Uint8Array(length + surplus));
    const failure = await failureOf(loadModel(files));
    expect(failure.code).toBe('badData');
    expect(failure.message).toBe(`weights.bin: expected ${length} bytes of weights, found ${length + surplus}`);
  });

  it.each([
    ['{', 'expected JSON, found '],
    ['[]', 'expected a model of TensorFlow.js, found no modelTopology'],
    ['{"modelTopology": {}}', 'expected a weightsManifest of float32 weights, found none'],
    [
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "w", "shape": [-1], "dtype": "float32"}]}]}',
      'expected a weightsManifest of float32 weights',
    ],
    ['{"modelTopology": {}, "weightsManifest": []}', 'expected a classifier, found '],
  ])('rejects %s', async (text, message) => {
    await writeFile(join(directory, 'model.json'), text);
    const failure = await failureOf(loadModel(directory));
    expect(failure.code).toBe('badData');
    expect(failure.message).toContain(`${join(directory, 'model.json')}: ${message}`);
  });

  it('rejects a network whose weights are of other shapes than its layers', async () => {
    const files = new Map(await modelFiles(classifier));
    const text = new TextDecoder().decode(files.get('model.json'));
    files.set('model.json', new TextEncoder().encode(text.replace('"shape":[4,8]', '"shape":[8,4]')));
    const failure = await failureOf(loadModel(files));
    expect(failure.code).toBe('badData');
    expect(failure.message).toContain('model.json: expected a classifier, found Shape mismatch: [4,8] vs. [8,4]');
  });

  it('rejects a network that does not map rows to rows', async () => {
    const model = tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [2, 3] })] });
    const description = { modelTopology: model.toJSON(null, false), weightsManifest: [] };
    model.dispose();
    const files = new Map([['model.json', new TextEncoder().encode(JSON.stringify(description))]]);
    const failure = await failureOf(loadModel(files));
    expect(failure.code).toBe('badData');
    expect(failure.message).toBe(
      'model.json: expected a classifier, found model: expected input of shape rows × columns, got [,2,3]',
    );
  });
});

async function failureOf(promise: Promise<unknown>): Promise<PipelineError> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof PipelineError) return failure;
  throw new TypeError('expected a PipelineError', { cause: failure });
}
