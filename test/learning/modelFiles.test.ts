import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { useEngine } from './engine.js';
import { autoencoderFiles, classifierFiles, loadClassifier } from '#dist/learning/modelFiles.js';
import type { ModelFiles } from '#dist/learning/modelJson.js';
import { buildAutoencoder, buildClassifier } from '#dist/learning/network.js';
import { blobs } from './blobs.js';
import { loadByTensorFlow, saveByTensorFlow } from './tensorFlow.js';

const shape = { featureCount: 4, layers: [8, 8], classCount: 3, seed: 1 };
const { features } = blobs(20, 3);
const files = classifierFiles(buildClassifier(shape), 0.1);
const ours = JSON.parse(new TextDecoder().decode(files.get('model.json')));

/** The same with another description. */
function described(change: (copy: typeof ours) => unknown): ModelFiles {
  const copy = structuredClone(ours);
  const text = JSON.stringify(change(copy) ?? copy);
  return new Map(files).set('model.json', new TextEncoder().encode(text));
}

describe('a saved network', () => {
  beforeAll(() => useEngine('wasm'));

  it('is what TensorFlow.js saves, byte for byte', async () => {
    const [classifier, { encoder, decoder, weights }] = [
      classifierFiles(buildClassifier(shape), 0.1),
      buildAutoencoder({ featureCount: 6, components: 2, hiddenMultiplier: 3, seed: 1 }),
    ];
    const autoencoder = autoencoderFiles({ encoder, decoder, weights });
    for (const [saved, description, weightsFile] of [
      [classifier, 'model.json', 'weights.bin'],
      [autoencoder, 'encoder.json', 'encoder.bin'],
      [autoencoder, 'decoder.json', 'decoder.bin'],
    ] as const) {
      const model = await loadByTensorFlow(saved, description, weightsFile);
      const again = await saveByTensorFlow(model, description, weightsFile);
      for (const name of [description, weightsFile])
        expect(Buffer.from(saved.get(name)!)).toEqual(Buffer.from(again.get(name)!));
      model.dispose();
    }
  });

  it('keeps the files it was loaded from, also when Keras has named an input layer and gone a level deeper', () => {
    expect(loadClassifier(files).files).toBe(files);
    const byKeras = described(({ modelTopology, ...rest }) => {
      const input = { class_name: 'InputLayer', config: { name: 'input', batch_input_shape: [null, 4] } };
      modelTopology.config.layers.unshift(input);
      return { ...rest, modelTopology: { keras_version: '2.15.0', model_config: modelTopology } };
    });
    expect(loadClassifier(byKeras).predict(features)).toEqual(loadClassifier(files).predict(features));
  });

  it('may have its weights in another order and in several files', () => {
    const bytes = files.get('weights.bin')!;
    const last = 4 * (8 * 3 + 3);
    const split = new Map(
      described(({ weightsManifest: [{ weights }], ...rest }) => ({
        ...rest,
        weightsManifest: [
          { paths: ['a.bin'], weights: weights.slice(4) },
          { paths: ['b.bin', 'c.bin'], weights: weights.slice(0, 4) },
        ],
      })),
    );
    split.set('a.bin', bytes.subarray(bytes.length - last));
    split.set('b.bin', bytes.subarray(0, 101));
    split.set('c.bin', bytes.subarray(101, bytes.length - last));
    expect(loadClassifier(split).predict(features)).toEqual(loadClassifier(files).predict(features));
  });
});

describe('loadClassifier', () => {
  it.each(['model.json', 'weights.bin'])('says that %s is missing', (name) => {
    const without = new Map(files);
    without.delete(name);
    expect(failureOf(without)).toEqual(['missingInput', `${name}: expected a file of a saved network, found none`]);
  });

  it.each([-4, 4])('rejects weights that are %i bytes too long', (surplus) => {
    const length = 4 * (4 * 8 + 8 + 8 * 8 + 8 + 8 * 3 + 3);
    const others = new Map(files).set('weights.bin', new Uint8Array(length + surplus));
    expect(failureOf(others)).toEqual([
      'badData',
      `weights.bin: expected ${length} bytes of weights, found ${length + surplus}`,
    ]);
  });

  it('rejects weights that are not finite', () => {
    const bytes = files.get('weights.bin')!.slice();
    new Float32Array(bytes.buffer)[7] = NaN;
    expect(failureOf(new Map(files).set('weights.bin', bytes))).toEqual([
      'badData',
      'weights.bin: expected finite weights, found NaN at number 7',
    ]);
  });

  it.each([
    ['{', 'expected JSON, found '],
    ['[]', 'expected a model of TensorFlow.js, found no modelTopology'],
    ['{"modelTopology": {}}', 'expected a weightsManifest of float32 weights, found none'],
    [
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "w", "shape": [-1], "dtype": "float32"}]}]}',
      'expected a weightsManifest of float32 weights',
    ],
    [
      '{"modelTopology": {}, "weightsManifest": []}',
      'expected a chain of dense layers, found a model of class undefined',
    ],
    [
      '{"modelTopology": {"class_name": "Sequential"}, "weightsManifest": []}',
      'expected a chain of dense layers, found no layers',
    ],
    [
      '{"modelTopology": {"class_name": "Sequential", "config": {"layers": []}}, "weightsManifest": []}',
      'expected a chain of dense layers, found none',
    ],
  ])('rejects %s', (text, message) => {
    const failure = failureOf(new Map([['model.json', new TextEncoder().encode(text)]]));
    expect(failure).toEqual(['badData', expect.stringContaining(`model.json: ${message}`)]);
  });

  type Change = (layers: { class_name: string; config: Record<string, unknown> }[], whole: typeof ours) => void;
  it.each<[string, Change]>([
    ['layer hidden1 with activation tanh', ([first]) => (first!.config.activation = 'tanh')],
    ['layer dropout1 of class Flatten', ([, second]) => (second!.class_name = 'Flatten')],
    ['layer hidden2 of 0.5 units', ([, , third]) => (third!.config.units = 0.5)],
    ['layer hidden1 without bias', ([first]) => (first!.config.use_bias = false)],
    ['layer hidden2 behind the softmax of hidden1', ([first]) => (first!.config.activation = 'softmax')],
    ['layer other without weights other/kernel', ([first]) => (first!.config.name = 'other')],
    ['layer hidden1 without weights hidden1/kernel', ([first, , third]) => (third!.config.name = first!.config.name)],
    ['weights output/kernel, which are of none', (layers) => layers.pop()],
    ['a model of class Functional', (_, model) => (model.modelTopology.class_name = 'Functional')],
    ['two weights hidden1/kernel', (_, model) => (model.weightsManifest[0].weights[1].name = 'hidden1/kernel')],
    [
      'layer hidden1 of 4 inputs and 8 units with a kernel [8,4] and a bias [8]',
      (_, model) => (model.weightsManifest[0].weights[0].shape = [8, 4]),
    ],
    [
      'layer hidden2 of 8 inputs and 8 units with a kernel [8,8] and a bias [8,1]',
      (_, model) => (model.weightsManifest[0].weights[3].shape = [8, 1]),
    ],
    [
      'layer hidden1 of 2 inputs and 8 units with a kernel [4,8] and a bias [8]',
      ([first]) => (first!.config.batch_input_shape = [null, 2, 2]),
    ],
  ])('rejects %s', (found, change) => {
    const changed = described((model) => {
      change(model.modelTopology.config.layers, model);
    });
    expect(failureOf(changed)).toEqual(['badData', `model.json: expected a chain of dense layers, found ${found}`]);
  });

  it('rejects a network that gives no probabilities', () => {
    const linear = described(({ modelTopology }) => {
      modelTopology.config.layers.at(-1).config.activation = 'linear';
    });
    expect(failureOf(linear)).toEqual([
      'badData',
      'model.json: expected a classifier, found no softmax behind its last layer',
    ]);
  });

  it('rejects a network of TensorFlow.js that is no chain of dense layers', async () => {
    const model = tfl.sequential({ layers: [tfl.layers.conv1d({ inputShape: [5, 1], filters: 2, kernelSize: 3 })] });
    const saved = await saveByTensorFlow(model, 'model.json', 'weights.bin');
    model.dispose();
    expect(failureOf(saved)).toEqual([
      'badData',
      expect.stringMatching(/^model.json: expected a chain of dense layers, found layer conv1d_\w+ of class Conv1D$/),
    ]);
  });
});

function failureOf(broken: ModelFiles): [string, string] {
  try {
    loadClassifier(broken);
  } catch (error) {
    if (error instanceof PipelineError) return [error.code, error.message];
    throw error;
  }
  throw new TypeError('expected a PipelineError');
}
