import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { loadBackend } from '#dist/learning/backend.js';
import { Classifier } from '#dist/learning/classifier.js';
import { loadModel, modelFiles } from '#dist/learning/modelFiles.js';
import { buildNetwork } from '#dist/learning/network.js';
import { blobs } from './blobs.js';

const shape = { featureCount: 4, layers: [8, 8], classCount: 3, dropout: 0.1, seed: 1 };
const { features } = blobs(20, 3);
let classifier: Classifier;

beforeEach(async () => {
  await loadBackend('wasm');
  classifier = new Classifier(buildNetwork(shape));
});

afterEach(() => {
  classifier.dispose();
});

describe('a saved network', () => {
  it('predicts the same after it was loaded', async () => {
    const loaded = await loadModel(await modelFiles(classifier));
    expect([loaded.featureCount, loaded.classCount]).toEqual([4, 3]);
    expect(loaded.predict(features)).toEqual(classifier.predict(features));
    loaded.dispose();
  });

  it('is the format of TensorFlow.js', async () => {
    const files = await modelFiles(classifier);
    const description = JSON.parse(new TextDecoder().decode(files.get('model.json')));
    const weights = files.get('weights.bin')!;
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
    const files = new Map(await modelFiles(classifier));
    files.delete(name);
    const failure = await failureOf(loadModel(files));
    expect(failure.code).toBe('missingInput');
    expect(failure.message).toBe(`${name}: expected a file of a saved network, found none`);
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
    const failure = await failureOf(loadModel(new Map([['model.json', new TextEncoder().encode(text)]])));
    expect(failure.code).toBe('badData');
    expect(failure.message).toContain(`model.json: ${message}`);
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
