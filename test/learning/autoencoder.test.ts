import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { Autoencoder, buildAutoencoder } from '#dist/learning/autoencoder.js';
import { loadBackend } from '#dist/learning/backend.js';
import { autoencoderFiles, loadAutoencoder } from '#dist/learning/modelFiles.js';
import { curve } from './curve.js';
import { plainLayers, plainOutputs, rowsOf } from './plainNetwork.js';

const rows = curve(300);
const build = (hiddenMultiplier?: number, seed = 1): Autoencoder => {
  const { encoder, decoder } = buildAutoencoder({ featureCount: 6, components: 2, hiddenMultiplier, seed });
  return new Autoencoder(encoder, decoder);
};

beforeAll(() => loadBackend('wasm'));

describe('buildAutoencoder', () => {
  it('is d → h_e → d, linear', () => {
    const { encoder, decoder } = build();
    expect([encoder, decoder].map(shapes)).toEqual([['code 6×2 linear'], ['output 2×6 linear']]);
    for (const model of [encoder, decoder]) model.dispose();
  });

  it('is d → d·h_m → h_e → d·h_m → d with ReLU on the wide layers', () => {
    const { encoder, decoder } = build(4);
    expect([encoder, decoder].map(shapes)).toEqual([
      ['encoderHidden 6×24 relu', 'code 24×2 linear'],
      ['decoderHidden 2×24 relu', 'output 24×6 linear'],
    ]);
    for (const model of [encoder, decoder]) model.dispose();
  });

  it('draws Glorot uniform weights from the seed, another for each layer', () => {
    const kernels = [1, 1, 2].map((seed) => {
      const autoencoder = build(4, seed);
      const layers = plainLayers(autoencoder.encoder, autoencoder.decoder);
      autoencoder.dispose();
      return layers.map(({ kernel }) => kernel);
    });
    expect(kernels[0]).toEqual(kernels[1]);
    expect(kernels[0]).not.toEqual(kernels[2]);
    expect(kernels[0]![0]!.slice(0, 10)).not.toEqual(kernels[0]![3]!.slice(0, 10));
    const limit = Math.sqrt(6 / 30);
    const sizes = kernels[0]![0]!.map(Math.abs);
    // The largest of 144 uniform draws is below 0.9 of the limit once in 4e6 seeds.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
    expect(Math.max(...sizes)).toBeGreaterThan(0.9 * limit);
  });
});

describe('Autoencoder', () => {
  it('encodes and decodes as plain loops do', () => {
    const autoencoder = build(4);
    const codes = new Float32Array(600);
    const decoded = new Float32Array(1800);
    autoencoder.transform(rows, codes);
    autoencoder.inverse(codes, decoded);
    const [encoder, decoder] = [plainLayers(autoencoder.encoder), plainLayers(autoencoder.decoder)];
    const expectedCodes = rowsOf(rows, 6).map((row) => plainOutputs(encoder, row));
    const expected = expectedCodes.map((code) => plainOutputs(decoder, code));
    // float32 sums of 24 terms of size 1.
    for (const [i, value] of expectedCodes.flat().entries()) expect(Math.abs(codes[i]! - value)).toBeLessThan(3e-6);
    for (const [i, value] of expected.flat().entries()) expect(Math.abs(decoded[i]! - value)).toBeLessThan(1e-5);
    const error = expected.flat().reduce((sum, value, i) => sum + (value - rows[i]!) ** 2, 0);
    expect(autoencoder.squaredError(rows) / error).toBeCloseTo(1, 5);
    autoencoder.dispose();
  });

  it('gives the same bytes however rows are batched, float64 rows as their float32', () => {
    const autoencoder = build(4);
    const all = new Float32Array(600);
    autoencoder.transform(Float64Array.from(rows), all);
    for (const count of [1, 2, 3, 7, 100]) {
      const codes = new Float32Array(600);
      for (let row = 0; row < 300; row += count) {
        const end = Math.min(300, row + count);
        autoencoder.transform(rows.subarray(6 * row, 6 * end), codes.subarray(2 * row, 2 * end));
      }
      expect(codes).toEqual(all);
    }
    autoencoder.dispose();
  });

  it('rejects partial rows, results of another length and values that are not finite', () => {
    const autoencoder = build();
    const message = 'values: expected whole rows of 6 columns, got 7 values';
    expect(() => autoencoder.transform(new Float32Array(7), new Float32Array(2))).toThrow(new RangeError(message));
    expect(() => autoencoder.inverse(new Float32Array(2), new Float32Array(5))).toThrow(
      new RangeError('result: expected 6 values, got 5'),
    );
    expect(() => autoencoder.inverse(Float32Array.of(0, NaN), new Float32Array(6))).toThrow(
      new RangeError('row 0, column 1: expected a finite number, got NaN'),
    );
    autoencoder.dispose();
  });

  it('rejects halves that do not fit each other', () => {
    const { encoder } = build();
    const other = buildAutoencoder({ featureCount: 6, components: 3, seed: 1 });
    expect(() => new Autoencoder(encoder, other.decoder)).toThrow(
      new RangeError('decoder: expected the inverse shape of the encoder, got 6 → 2 and 3 → 6'),
    );
  });
});

describe('a saved autoencoder', () => {
  it('gives the same bytes after it was loaded, and saves to the same files', async () => {
    const autoencoder = build(4);
    const files = await autoencoderFiles(autoencoder);
    expect([...files.keys()]).toEqual(['encoder.json', 'encoder.bin', 'decoder.json', 'decoder.bin']);
    const loaded = await loadAutoencoder(files);
    expect(await autoencoderFiles(loaded)).toEqual(files);
    expect(codesOf(loaded)).toEqual(codesOf(autoencoder));
    loaded.dispose();
    autoencoder.dispose();
  });

  it.each([
    ['encoder', rows.subarray(0, 60)],
    ['decoder', rows.subarray(0, 20)],
  ] as const)('has an %s that TensorFlow.js loads by itself', async (half, values) => {
    const autoencoder = build(4);
    const files = await autoencoderFiles(autoencoder);
    const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(files.get(`${half}.json`)));
    expect(weightsManifest[0].paths).toEqual([`${half}.bin`]);
    const model = await tfl.loadLayersModel(
      tf.io.fromMemory({
        modelTopology,
        weightSpecs: weightsManifest[0].weights,
        weightData: new Uint8Array(files.get(`${half}.bin`)!).buffer,
      }),
    );
    const outputs = [model, autoencoder[half]].map((network) =>
      tf.tidy(() => (network.predict(tf.tensor2d(values, [10, values.length / 10])) as tf.Tensor).dataSync()),
    );
    expect(outputs[0]).toEqual(outputs[1]);
    model.dispose();
    autoencoder.dispose();
  });

  it('says which half is missing or of another shape, and leaves nothing behind', async () => {
    const [small, large] = [build(), build(4)];
    const [files, others] = [await autoencoderFiles(small), await autoencoderFiles(large)];
    const before = tf.memory();
    const without = new Map(files);
    without.delete('decoder.bin');
    await expect(loadAutoencoder(without)).rejects.toMatchObject({
      code: 'missingInput',
      message: 'decoder.bin: expected a file of a saved network, found none',
    });
    const swapped = new Map(files).set('decoder.json', files.get('encoder.json')!);
    await expect(loadAutoencoder(swapped)).rejects.toMatchObject({
      code: 'badData',
      message:
        'decoder.json: expected its decoder, found decoder: expected the inverse shape of the encoder, got 6 → 2 and 6 → 2',
    });
    const mixed = new Map(files).set('encoder.bin', others.get('encoder.bin')!);
    await expect(loadAutoencoder(mixed)).rejects.toMatchObject({
      code: 'badData',
      message: 'encoder.bin: expected 56 bytes of weights, found 872',
    });
    expect(tf.memory()).toEqual(before);
    for (const autoencoder of [small, large]) autoencoder.dispose();
  });
});

function codesOf(autoencoder: Autoencoder): Float32Array {
  const codes = new Float32Array(600);
  autoencoder.transform(rows, codes);
  return codes;
}

/** `name inputs×units activation` of each layer. */
function shapes(model: tfl.LayersModel): string[] {
  return model.layers.map((layer) => {
    const { name, activation } = layer.getConfig() as { name: string; activation: string };
    return `${name} ${layer.getWeights()[0]!.shape.join('×')} ${activation}`;
  });
}
