import { beforeAll, describe, expect, it } from 'vitest';
import { Autoencoder } from '#dist/learning/autoencoder.js';
import { useEngine } from './engine.js';
import { DenseNetwork } from '#dist/learning/denseNetwork.js';
import { autoencoderFiles, loadAutoencoder } from '#dist/learning/modelFiles.js';
import type { ModelFiles } from '#dist/learning/modelJson.js';
import { buildAutoencoder, type UntrainedAutoencoder } from '#dist/learning/network.js';
import { curve } from './curve.js';
import { plainLayers, plainOutputs, rowsOf } from './plainNetwork.js';
import { loadByTensorFlow, predictByTensorFlow } from './tensorFlow.js';
import { rangeError } from '../support/rangeError.js';

const rows = curve(300);
const halves = (hiddenMultiplier?: number): UntrainedAutoencoder =>
  buildAutoencoder({ featureCount: 6, components: 2, hiddenMultiplier, seed: 1 });
const filesOf = (hiddenMultiplier?: number): ModelFiles => autoencoderFiles(halves(hiddenMultiplier));
const build = (hiddenMultiplier?: number): Autoencoder => loadAutoencoder(filesOf(hiddenMultiplier));

describe('Autoencoder', () => {
  it('encodes and decodes as plain loops do', () => {
    const autoencoder = build(4);
    const codes = codesOf(autoencoder);
    const decoded = new Float32Array(1800);
    autoencoder.inverse(codes, decoded);
    const { encoder, decoder, weights } = halves(4);
    const plain = plainLayers({ layers: [...encoder, ...decoder], weights });
    const expectedCodes = rowsOf(rows, 6).map((row) => plainOutputs(plain.slice(0, 2), row));
    const expected = expectedCodes.map((code) => plainOutputs(plain.slice(2), code));
    // float32 sums of 24 terms of size 1.
    for (const [i, value] of expectedCodes.flat().entries()) expect(Math.abs(codes[i]! - value)).toBeLessThan(3e-6);
    for (const [i, value] of expected.flat().entries()) expect(Math.abs(decoded[i]! - value)).toBeLessThan(1e-5);
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
  });

  it('rejects partial rows, results of another length, and values that are not finite or too large', () => {
    const autoencoder = build();
    const message = 'values: expected whole rows of 6 columns, got 7 values';
    expect(() => autoencoder.transform(new Float32Array(7), new Float32Array(2))).toThrow(rangeError(message));
    expect(() => autoencoder.inverse(new Float32Array(2), new Float32Array(5))).toThrow(
      rangeError('result: expected 6 values, got 5'),
    );
    expect(() => autoencoder.inverse(Float32Array.of(0, NaN), new Float32Array(6))).toThrow(
      rangeError('row 0: column 1: expected a finite number, got NaN'),
    );
    expect(() => autoencoder.transform(new Float32Array(6).fill(3.4e38), new Float32Array(2))).toThrow(
      /^row 0: expected features whose outputs float32 can hold, got -?(Infinity|NaN)$/,
    );
  });

  it('rejects halves that do not fit each other', () => {
    const [encoder, decoder] = [halves(), buildAutoencoder({ featureCount: 6, components: 3, seed: 1 })].map(
      (each, i) => {
        const layers = i === 0 ? each.encoder : each.decoder;
        const count = (layers[0]!.inputs + 1) * layers[0]!.units;
        return new DenseNetwork({ layers, weights: each.weights.subarray(0, count) });
      },
    );
    expect(() => new Autoencoder(encoder!, decoder!, new Map())).toThrow(
      rangeError('decoder: expected the inverse shape of the encoder, got 6 → 2 and 3 → 6'),
    );
  });
});

describe('a saved autoencoder', () => {
  beforeAll(() => useEngine('wasm'));

  it('is two networks, and keeps the files it was loaded from', () => {
    const files = filesOf(4);
    expect([...files.keys()]).toEqual(['encoder.json', 'encoder.bin', 'decoder.json', 'decoder.bin']);
    expect(loadAutoencoder(files).files).toBe(files);
  });

  it.each([
    ['encoder', rows.subarray(0, 60)],
    ['decoder', rows.subarray(0, 20)],
  ] as const)('has an %s that TensorFlow.js loads by itself, and which gives the same there', async (half, values) => {
    const model = await loadByTensorFlow(filesOf(4), `${half}.json`, `${half}.bin`);
    const autoencoder = build(4);
    const outputs = new Float32Array(half === 'encoder' ? 20 : 60);
    if (half === 'encoder') autoencoder.transform(values, outputs);
    else autoencoder.inverse(values, outputs);
    // Sums of a few dozen terms of size 1 in float32, in another order.
    for (const [i, value] of predictByTensorFlow(model, values).entries()) expect(outputs[i]).toBeCloseTo(value, 5);
    model.dispose();
  });

  it('says which half is missing or of another shape', () => {
    const files = filesOf();
    const without = new Map(files);
    without.delete('decoder.bin');
    expect(() => loadAutoencoder(without)).toThrow(
      expect.objectContaining({
        code: 'missingInput',
        message: 'decoder.bin: expected a file of a saved network, found none',
      }),
    );
    const swapped = new Map(files).set('decoder.json', files.get('encoder.json')!);
    expect(() => loadAutoencoder(swapped)).toThrow(
      expect.objectContaining({
        code: 'badData',
        message:
          'decoder.json: expected its decoder, found decoder: expected the inverse shape of the encoder, got 6 → 2 and 6 → 2',
      }),
    );
    const mixed = new Map(files).set('encoder.bin', filesOf(4).get('encoder.bin')!);
    expect(() => loadAutoencoder(mixed)).toThrow(
      expect.objectContaining({ code: 'badData', message: 'encoder.bin: expected 56 bytes of weights, found 872' }),
    );
  });
});

function codesOf(autoencoder: Autoencoder): Float32Array {
  const codes = new Float32Array(600);
  autoencoder.transform(rows, codes);
  return codes;
}
