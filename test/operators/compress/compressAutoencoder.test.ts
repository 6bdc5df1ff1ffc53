import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { from, lastValueFrom, type OperatorFunction, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { column, fixedSizeListColumn, flatValues } from '#dist/arrow/columns.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { featureField, type MetricRow } from '#dist/arrow/schemas.js';
import { trainAutoencoder } from '../../learning/trainings.js';
import { compress, compressStep, fitCompress, type FittedCompression } from '#dist/operators/compress.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { curve } from '../../learning/curve.js';
import { descriptorBatch, descriptorMetadata, split, withColumn } from '../../support/batches.js';
import { fitContract, operatorContract } from '../../support/operatorContract.js';
import { temporaryFolder } from '../../support/smallMnist.js';

type FitOptions = Parameters<typeof fitCompress>[0];

/** Descriptors of six components on a closed curve. */
function onCurve(rows: number, seed = 1, precision: 'float32' | 'float64' = 'float32'): RecordBatch {
  const field = featureField('soap', precision, 6, new Map(Object.entries(descriptorMetadata)));
  const values = curve(rows, seed);
  const features = precision === 'float32' ? values : Float64Array.from(values);
  return withColumn(descriptorBatch([rows]), field, fixedSizeListColumn(field.type, features));
}

const training = onCurve(160);
const other = onCurve(50, 2);
const quick = { components: 2, epochs: 4, batchSize: 32, learningRate: 0.01, seed: 3 } as const;
const linear = { ...quick, method: 'linearAutoencoder' } as const;
const deep = { ...quick, method: 'deepAutoencoder', hiddenMultiplier: 3 } as const;

const run = (
  batches: readonly RecordBatch[],
  step: OperatorFunction<RecordBatch, RecordBatch>,
): Promise<RecordBatch[]> => lastValueFrom(from(batches).pipe(step, toArray()));
async function fit(
  batches: readonly RecordBatch[],
  options: FitOptions,
  hooks: Parameters<typeof fitCompress>[1] = {},
): Promise<FittedCompression> {
  return lastValueFrom(from(batches).pipe(fitCompress(options, hooks)));
}

const metrics: MetricRow[] = [];
const fitted = await fit(split(training, 30), deep, { emitMetric: (metric) => metrics.push(metric) });
const flat = await fit([training], linear);
const pca = await fit([training], { components: 2 });
const [codes] = await run([other], compress(fitted));

fitContract({
  name: 'compress',
  create: () => fitCompress({ ...deep, epochs: 1, validationSplit: 0 }),
  save: (model) => compressStep.save(model),
  input: onCurve(12),
  reads: { soap: 'fixed_size_list<float32 or float64, any length>' },
  badOptions: [
    ['compress.epochs: has no meaning with method pca, got 5', () => fitCompress({ components: 1, epochs: 5 })],
    ['compress.seed: has no meaning with method pca, got 0', () => fitCompress({ components: 1, seed: 0 })],
    [
      'compress.restoreBest: has no meaning with method pca, got true',
      () => fitCompress({ components: 1, method: 'pca', restoreBest: true }),
    ],
    [
      'compress.hiddenMultiplier: has no meaning with method pca, got 2',
      () => fitCompress({ components: 1, hiddenMultiplier: 2 }),
    ],
    [
      'compress.hiddenMultiplier: has no meaning with method linearAutoencoder, got 2',
      () => fitCompress({ ...linear, hiddenMultiplier: 2 }),
    ],
    [
      'compress.patience: has no meaning with validationSplit 0, got 2',
      () => fitCompress({ ...deep, patience: 2, validationSplit: 0 }),
    ],
    ['compress.epochs: expected an integer from 1 to 100000, got 0', () => fitCompress({ ...deep, epochs: 0 })],
  ],
});

operatorContract({
  independent: true,
  name: 'compress',
  create: () => compress(fitted),
  input: other,
  reads: { soap: 'fixed_size_list<float32 or float64, 6>' },
  badOptions: [
    [
      'compress.reconstructionMse: has no meaning with invert, which has no features to compare with, got true',
      () => compress(fitted, { invert: true, reconstructionMse: true }),
    ],
  ],
});

operatorContract({
  independent: true,
  name: 'compress',
  create: () => compress(fitted, { invert: true }),
  input: codes!,
  reads: { code: 'fixed_size_list<float32 or float64, 2>' },
  badOptions: [],
});

describe('the fit of an autoencoder', () => {
  it('trains on the rows of the stream with the options', async () => {
    const { epochs, batchSize, learningRate, seed, components, hiddenMultiplier } = deep;
    const options = { epochs, batchSize, learningRate, seed, components, hiddenMultiplier };
    const { files, history, bestEpoch } = await trainAutoencoder({ features: curve(160), featureCount: 6 }, options);
    expect(await compressStep.save(fitted.model)).toEqual(files);
    expect(metrics).toEqual([
      ...history.flatMap(({ epoch, loss, validationLoss }) => [
        { metric: 'loss', value: loss, epoch },
        { metric: 'validationLoss', value: validationLoss, epoch },
      ]),
      { metric: 'bestEpoch', value: bestEpoch },
    ]);
  });

  it('has four units a feature in wide layers unless told otherwise, and none of them without', async () => {
    const fits = [
      await fit([training], { ...quick, method: 'deepAutoencoder', epochs: 1 }),
      await fit([training], { ...deep, hiddenMultiplier: 4, epochs: 1 }),
    ];
    const [files, same] = await Promise.all(fits.map(({ model }) => compressStep.save(model)));
    expect(files).toEqual(same);
    // 6·24 + 24 + 24·2 + 2 weights of the encoder, in float32.
    expect(files!.get('encoder.bin')!.length).toBe(4 * 218);
    expect((await compressStep.save(flat.model)).get('encoder.bin')!.length).toBe(4 * 14);
  });

  it('ends after patience, and keeps the best', async () => {
    const seen: MetricRow[] = [];
    const hasty = { ...deep, learningRate: 0.3, epochs: 1000, patience: 2 };
    const progress: number[][] = [];
    await fit([training], hasty, {
      emitMetric: (metric) => seen.push(metric),
      reportProgress: (...counts) => progress.push(counts.slice(0, 2) as number[]),
    });
    const { value: best } = seen.at(-1)!;
    expect(Math.max(...seen.map(({ epoch = 0 }) => epoch))).toBe(best + 2);
    // 128 of 160 rows train, in four steps of 32; the last that is told says that there are no more.
    expect(progress.at(-1)).toEqual([4 * (best + 2), 4 * (best + 2)]);
  });

  it('tells what it was fitted with', () => {
    const common = { operator: 'compress', features: 'soap', length: 6, metadata: descriptorMetadata };
    expect(fitted.artifact).toEqual({ ...common, method: 'deepAutoencoder', components: 2, code: 'code' });
    expect(flat.artifact.method).toBe('linearAutoencoder');
  });

  it('refuses more components than there are, and more rows than maxBytes allows', async () => {
    await expect(fit([training], { ...deep, components: 7 })).rejects.toMatchObject({
      code: 'badOption',
      message: 'compress, batch 0: components: expected at most 6, the length of soap, got 7',
    });
    await expect(fit(split(training, 100), { ...deep, maxBytes: 159 * 24 })).rejects.toMatchObject({
      code: 'badData',
      message: `compress, batch 1: maxBytes: the rows to train on need more than ${159 * 24} bytes: put reservoirSample before`,
    });
  });

  it('names the step if it diverges', async () => {
    await expect(fit([training], { ...deep, learningRate: 1e20 })).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(/^compress: learningRate: expected one at which training converges, got 1000/),
    });
  });
});

describe('compress in a pipeline file', () => {
  it('is told at their places which options its method does not have', async () => {
    const text = `
pipelines:
  a:
    source: { parquet: { path: rows.parquet } }
    steps:
      - compress:
          fit: c
          components: 2
          epochs: 5
          hiddenMultiplier: 2
`;
    const { diagnostics } = await planOf(text, join(temporaryFolder(), 'p.yaml'));
    const errors = diagnostics.sorted().filter(({ severity }) => severity === 'error');
    expect(errors.map(({ location, message }) => ({ location, message }))).toMatchObject([
      { location: { line: 9, column: 19 }, message: 'compress.epochs: has no meaning with method pca, got 5' },
      {
        location: { line: 10, column: 29 },
        message: 'compress.hiddenMultiplier: has no meaning with method pca, got 2',
      },
    ]);
  });
});

describe('compress with an autoencoder', () => {
  it('says in the metadata of the code which method made it', async () => {
    const { metadata } = codes!.schema.fields.at(-1)!;
    expect(Object.fromEntries(metadata)).toEqual({ ...descriptorMetadata, compressed: 'deepAutoencoder' });
    await expect(run([codes!], compress(flat, { invert: true }))).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'compress, batch 0: column code: compress was fitted on features with compressed = linearAutoencoder, this stream has compressed = deepAutoencoder',
    });
  });

  it('names row and column of a feature that is not finite', async () => {
    const broken = onCurve(10);
    flatValues(column(broken, 'soap'))[6 * 7 + 2] = Number.NaN;
    await expect(run(split(broken, 5), compress(fitted))).rejects.toMatchObject({
      code: 'badData',
      message: 'compress, batch 1, row 2: column 2: expected a finite number, got NaN',
    });
  });

  it('gives the same bytes as the one that was fitted after it was loaded', async () => {
    const files = await compressStep.save(fitted.model);
    const model = await compressStep.load(files, fitted.artifact);
    const loaded = { artifact: fitted.artifact, model };
    for (const [batch, options] of [
      [other, {}],
      [codes!, { invert: true }],
    ] as const) {
      const again = await run(split(batch, 3), compress(loaded, options));
      expect(encodeBatches(again)).toEqual(encodeBatches(await run(split(batch, 3), compress(fitted, options))));
    }
    expect(await compressStep.save(model)).toEqual(files);
  });

  it('refuses stored networks of other sizes', async () => {
    const files = await compressStep.save(fitted.model);
    await expect(compressStep.load(files, { ...fitted.artifact, components: 3 })).rejects.toMatchObject({
      code: 'badData',
      message: 'encoder.json, decoder.json: expected 3 components of length 6, found 2 of 6',
    });
    await expect(compressStep.load(files, { ...fitted.artifact, method: 'pca' })).rejects.toMatchObject({
      code: 'badData',
      message: 'mean.arrow: expected an Arrow table, found none',
    });
  });
});

describe('reconstructionMse', () => {
  async function mse(model: FittedCompression, batches: readonly RecordBatch[]): Promise<MetricRow[]> {
    const seen: MetricRow[] = [];
    const emitMetric = (metric: MetricRow): void => void seen.push(metric);
    const output = await run(batches, compress(model, { reconstructionMse: true }, { emitMetric }));
    expect(encodeBatches(output)).toEqual(encodeBatches(await run(batches, compress(model))));
    return seen;
  }

  it.each([
    ['pca', pca],
    ['linearAutoencoder', flat],
    ['deepAutoencoder', fitted],
  ])('of %s is the mean squared difference from what invert gives back', async (_, model) => {
    const back = await run(await run([other], compress(model)), compress(model, { invert: true }));
    const [before, after] = [other, back[0]!].map((batch) => flatValues(column(batch, 'soap')) as Float32Array);
    const squares = Array.from(before!, (x, i) => (x - after![i]!) ** 2);
    const [metric, ...rest] = await mse(model, [other]);
    expect(metric!.metric).toBe('reconstructionMse');
    // Another order of 300 additions in float64.
    expect(metric!.value / (squares.reduce((sum, x) => sum + x, 0) / squares.length)).toBeCloseTo(1, 12);
    expect(rest).toEqual([]);
  });

  it('is the same to the last bit however the stream is split', async () => {
    for (const lengths of [[1], [7], [0, 3, 40]]) {
      for (const model of [pca, fitted])
        expect(await mse(model, split(other, ...lengths))).toEqual(await mse(model, [other]));
    }
  });

  it('is there only if asked for, and not without rows', async () => {
    const seen: MetricRow[] = [];
    const hooks = { emitMetric: (metric: MetricRow): void => void seen.push(metric) };
    await run([other], compress(fitted, {}, hooks));
    await run([], compress(fitted, { reconstructionMse: true }, hooks));
    await run([other.slice(0, 0)], compress(fitted, { reconstructionMse: true }, hooks));
    expect(seen).toEqual([]);
  });

  it('is smaller with wide layers on a curve', async () => {
    const longer = { epochs: 80, schedule: 'cosine' } as const;
    const better = await fit([onCurve(600)], { ...deep, ...longer, hiddenMultiplier: 8 });
    const [own] = await mse(better, [other]);
    const [linearOwn] = await mse(pca, [other]);
    expect(own!.value).toBeLessThan(0.5 * linearOwn!.value);
  });
});
