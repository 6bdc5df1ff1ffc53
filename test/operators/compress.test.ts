import { from, lastValueFrom, type OperatorFunction, toArray } from 'rxjs';
import { type RecordBatch, Schema } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column, fixedSizeListColumn, recordBatch } from '#dist/arrow/columns.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { typeName } from '#dist/arrow/typeName.js';
import { featureField, type MetricRow } from '#dist/arrow/schemas.js';
import { compress, compressStep, fitCompress, type FittedCompression } from '#dist/operators/compress.js';
import { detachedContext } from '#dist/operators/frame/context.js';
import { startFitting } from '#dist/operators/frame/fitting.js';
import { Pca } from '#dist/stats/pca.js';
import { descriptorBatch, descriptorMetadata, split, withColumn } from '../support/batches.js';
import { fitContract, operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const training = descriptorBatch([3, 5, 1, 4, 9], { seed: 1 });
const other = descriptorBatch([2, 1, 3, 2], { seed: 2 });

const run = (
  batches: readonly RecordBatch[],
  step: OperatorFunction<RecordBatch, RecordBatch>,
): Promise<RecordBatch[]> => lastValueFrom(from(batches).pipe(step, toArray()));
const fit = (batches: readonly RecordBatch[], options: Parameters<typeof fitCompress>[0]): Promise<FittedCompression> =>
  lastValueFrom(from(batches).pipe(fitCompress(options)));
const vectorsOf = (batches: readonly RecordBatch[], name: string): number[][] =>
  plainRows(batches).map((row) => row[name] as number[]);

const pcaOf = ({ model }: FittedCompression): Pca => {
  if (model instanceof Pca) return model;
  throw new TypeError('expected a model of pca');
};

const fitted = await fit([training], { components: 2 });
const complete = await fit([training], { components: 4 });

fitContract({
  name: 'compress',
  create: () => fitCompress({ components: 3 }),
  save: (model) => compressStep.save(model),
  input: training,
  reads: { soap: 'fixed_size_list<float32 or float64, any length>' },
  badOptions: [
    ['compress.components: expected an integer >= 1, got 0', () => fitCompress({ components: 0 })],
    [
      'compress.method: expected pca, linearAutoencoder or deepAutoencoder, got "autoencoder"; did you mean deepAutoencoder?',
      () => fitCompress({ components: 1, method: 'autoencoder' as 'pca' }),
    ],
  ],
});

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'compress',
  create: () => compress(fitted),
  input: other,
  reads: { soap: 'fixed_size_list<float32 or float64, 4>' },
  badOptions: [
    [
      'compress.invert: expected true or false, got "yes"',
      () => compress(fitted, { invert: 'yes' as unknown as boolean }),
    ],
  ],
});

const [codes] = await run([other], compress(fitted));
operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'compress',
  create: () => compress(fitted, { invert: true }),
  input: codes!,
  reads: { code: 'fixed_size_list<float32 or float64, 2>' },
  badOptions: [],
});

type Matrix = readonly (readonly number[])[];

const meanOf = (rows: Matrix): number[] =>
  rows[0]!.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

function covarianceOf(rows: Matrix): number[][] {
  const mean = meanOf(rows);
  const centered = rows.map((row) => row.map((x, c) => x - mean[c]!));
  return mean.map((_, i) =>
    mean.map((_unused, j) => centered.reduce((sum, row) => sum + row[i]! * row[j]!, 0) / (rows.length - 1)),
  );
}

/** Eigenvectors by power iteration and deflation, largest first; the element of largest magnitude is positive. */
function eigenvectors(matrix: Matrix, count: number): { vectors: number[][]; values: number[] } {
  let left = matrix;
  const vectors: number[][] = [];
  const values: number[] = [];
  for (let k = 0; k < count; k++) {
    let vector = matrix.map((_, i) => 1 + i / 7);
    for (let step = 0; step < 20_000; step++) {
      const next = left.map((row) => dot(row, vector));
      const norm = Math.sqrt(dot(next, next));
      vector = next.map((x) => x / norm);
    }
    const value = dot(
      vector,
      left.map((row) => dot(row, vector)),
    );
    const peak = vector.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best));
    vectors.push(vector.map((x) => x * Math.sign(peak)));
    values.push(value);
    left = left.map((row, i) => row.map((x, j) => x - value * vector[i]! * vector[j]!));
  }
  return { vectors, values };
}

/** Float32 keeps 2⁻²⁴ of a code; codes of these features in (0, 10) are below 20. */
const CODE_TOLERANCE = 20 * 2 ** -24;

function expectClose(actual: Matrix, expected: Matrix, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, row] of expected.entries()) {
    expect(actual[i]!.length).toBe(row.length);
    for (const [j, x] of row.entries()) expect(Math.abs(actual[i]![j]! - x)).toBeLessThanOrEqual(tolerance);
  }
}

describe('compress', () => {
  it.each(['float32', 'float64'] as const)('projects %s features on the principal components', async (precision) => {
    const train = descriptorBatch([30, 20], { precision, length: 5 });
    const rows = vectorsOf([train], 'soap');
    const { vectors, values } = eigenvectors(covarianceOf(rows), 3);
    const own = await fit(split(train, 7), { components: 3 });
    const mean = meanOf(rows);
    const expected = rows.map((row) =>
      vectors.map((vector) =>
        dot(
          vector,
          row.map((x, c) => x - mean[c]!),
        ),
      ),
    );
    for (const [i, value] of values.slice(1).entries()) expect(value).toBeLessThan(0.99 * values[i]!);
    // So the power iteration has converged (0.99²⁰⁰⁰⁰ = 5e-88), and both are as good as float64 on numbers of order 10.
    expectClose(vectorsOf(await run(split(train, 4), compress(own)), 'code'), expected, CODE_TOLERANCE + 1e-12);
    expectClose([[...pcaOf(own).explainedVariance]], [values], 1e-12);
  });

  it('gives the features back if no component is left out', async () => {
    const [back] = await run(await run([other], compress(complete)), compress(complete, { invert: true }));
    // Rounded to float32 as codes, and again as features.
    expectClose(vectorsOf([back!], 'soap'), vectorsOf([other], 'soap'), 4 * CODE_TOLERANCE);
  });

  it('gives the features back as well as its components allow', async () => {
    const error = async (components: number): Promise<number> => {
      const own = await fit([training], { components });
      const back = vectorsOf(await run(await run([training], compress(own)), compress(own, { invert: true })), 'soap');
      const squares = vectorsOf([training], 'soap').flatMap((row, i) => row.map((x, c) => (x - back[i]![c]!) ** 2));
      return squares.reduce((sum, square) => sum + square, 0);
    };
    const variances = pcaOf(complete).explainedVariance;
    for (let components = 1; components < 4; components++) {
      // The squared error is the variance that is left out, times n − 1. Float32 leaves 1e-6 of it.
      const leftOut = variances.slice(components).reduce((sum, variance) => sum + variance, 0);
      expect((await error(components)) / (leftOut * (training.numRows - 1))).toBeCloseTo(1, 5);
    }
  });

  it('replaces features by the code, and back, at the end', async () => {
    const namesOf = (batch: RecordBatch): string[] =>
      batch.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`);
    const common = namesOf(other).slice(0, -1);
    expect(namesOf(codes!)).toEqual([...common, 'code: fixed_size_list<float32, 2>']);
    const [back] = await run([codes!], compress(fitted, { invert: true }));
    expect(namesOf(back!)).toEqual([...common, 'soap: fixed_size_list<float32, 4>']);
    const renamed = await fit([training], { components: 1, code: 'short' });
    expect(namesOf((await run([other], compress(renamed)))[0]!)).toEqual([
      ...common,
      'short: fixed_size_list<float32, 1>',
    ]);
  });

  it('says in the metadata what the code is of, and gives the features theirs back', async () => {
    const metadataOf = (batch: RecordBatch): object => Object.fromEntries(batch.schema.fields.at(-1)!.metadata);
    expect(metadataOf(codes!)).toEqual({ ...descriptorMetadata, compressed: 'pca' });
    const [back] = await run([codes!], compress(fitted, { invert: true }));
    expect(metadataOf(back!)).toEqual(descriptorMetadata);
  });

  it('describes what it was fitted on', () => {
    expect(fitted.artifact).toEqual({
      operator: 'compress',
      features: 'soap',
      length: 4,
      metadata: descriptorMetadata,
      method: 'pca',
      components: 2,
      code: 'code',
    });
  });

  it('refuses features that were made otherwise', async () => {
    const rescaled = descriptorBatch([2], { metadata: { ...descriptorMetadata, rescaled: 'robust' } });
    await expect(run([rescaled], compress(fitted))).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'compress, batch 0: column soap: compress was fitted on features with no rescaled, this stream has rescaled = robust',
    });
  });

  it('refuses to invert codes that were made otherwise', async () => {
    const rescaled = descriptorBatch([6], { metadata: { ...descriptorMetadata, rescaled: 'robust' } });
    const own = await fit([rescaled], { components: 2 });
    await expect(run(await run([rescaled], compress(own)), compress(fitted, { invert: true }))).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'compress, batch 0: column code: compress was fitted on features with no rescaled, this stream has rescaled = robust',
    });
    const raw = descriptorBatch([2], { length: 2 });
    const uncoded = withColumn(raw, raw.schema.fields.at(-1)!.clone({ name: 'code' }), column(raw, 'soap'));
    await expect(run([uncoded], compress(fitted, { invert: true }))).rejects.toMatchObject({
      message:
        'compress, batch 0: column code: compress was fitted on features with compressed = pca, this stream has no compressed',
    });
  });

  it('refuses more components than there are, on the first batch', async () => {
    await expect(fit(split(training, 2), { components: 5 })).rejects.toMatchObject({
      code: 'badOption',
      message: 'compress, batch 0: components: expected at most 4, the length of soap, got 5',
    });
  });

  it('cannot be fitted on one row', async () => {
    await expect(fit([training.slice(0, 1)], { components: 1 })).rejects.toMatchObject({
      name: 'PipelineError',
      code: 'badData',
      message: 'compress: values: expected at least two rows, got 1',
    });
  });

  it('stops at a signal while it looks for components', async () => {
    const wide = featureField('soap', 'float64', 600, new Map());
    const rows = 700;
    const large = recordBatch(new Schema([wide]), rows, [
      fixedSizeListColumn(
        wide.type,
        Float64Array.from({ length: rows * 600 }, (_, i) => Math.sin(i * i)),
      ),
    ]);
    const abort = new AbortController();
    const reason = new Error('enough');
    const context = { ...detachedContext(), signal: abort.signal };
    const options = compressStep.fitOptions.parse({ components: 8 });
    const running = compressStep.startFit(large.schema, options, context);
    for (const _ of running.add(large)!) continue;
    // All of it takes a tenth of a second at least, and 8 ms pass from turn to turn.
    setImmediate(() => abort.abort(reason));
    await expect(running.finish()).rejects.toBe(reason);
  });

  it('measures the share of the variance that the code keeps', async () => {
    const metrics: MetricRow[] = [];
    const context = detachedContext({ emitMetric: (metric) => metrics.push(metric) });
    for (const components of [2, 4]) {
      const fitting = startFitting(compressStep, compressStep.fitOptions.parse({ components }), context);
      await lastValueFrom(from(split(training, 5)).pipe(fitting.operator));
      await fitting.finish();
    }
    const [first, second, ...rest] = pcaOf(complete).explainedVariance;
    const total = [first!, second!, ...rest].reduce((sum, variance) => sum + variance, 0);
    expect(metrics.map(({ metric }) => metric)).toEqual(['explainedVariance', 'explainedVariance']);
    // Sums of a few numbers of order 1.
    expect(metrics[0]!.value).toBeCloseTo((first! + second!) / total, 14);
    expect(metrics[1]!.value).toBeCloseTo(1, 14);
  });
});

describe('a stored compress', async () => {
  const files = await compressStep.save(fitted.model);

  it('gives the same bytes as the one that was fitted', async () => {
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

  it('says what is wrong with its files', async () => {
    const load = async (changes: Record<string, Uint8Array>): Promise<unknown> =>
      compressStep.load(new Map([...files, ...Object.entries(changes)]), fitted.artifact);
    const largerFiles = await compressStep.save(complete.model);
    const cases: [Record<string, Uint8Array>, string][] = [
      [{ 'mean.arrow': new Uint8Array(0) }, 'mean.arrow: expected an Arrow table, found none'],
      [
        { 'components.arrow': files.get('mean.arrow')! },
        'components.arrow: column explainedVariance: expected float64, but the stream has only mean',
      ],
      [
        { 'components.arrow': largerFiles.get('components.arrow')! },
        'components.arrow, mean.arrow: expected 2 components of length 4, found 4 of 4',
      ],
    ];
    for (const [changes, message] of cases) {
      await expect(load(changes)).rejects.toMatchObject({ code: 'badData', message });
    }
  });
});
