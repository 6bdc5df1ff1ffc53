import { from, lastValueFrom, Observable, toArray } from 'rxjs';
import { Field, Float64, type RecordBatch, Schema } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column, fixedSizeListColumn, flatValues, numberColumn, recordBatch } from '#dist/arrow/columns.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { featureField } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import {
  type FittedScaler,
  fitRobustRescale,
  robustRescale,
  robustRescaleStep,
} from '#dist/operators/robustRescale.js';
import { columnOf, descriptorBatch, descriptorMetadata, split, withColumn } from '../support/batches.js';
import { fitContract, operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const training = descriptorBatch([3, 5, 1, 4], { seed: 1 });
const other = descriptorBatch([2, 1, 3, 2], { seed: 2 });

const fit = (
  batches: readonly RecordBatch[],
  options?: Parameters<typeof fitRobustRescale>[0],
): Promise<FittedScaler> => lastValueFrom(from(batches).pipe(fitRobustRescale(options)));
const apply = (fitted: FittedScaler, batches: readonly RecordBatch[]): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(robustRescale(fitted), toArray()));
const featuresOf = (batches: readonly RecordBatch[], name = 'soap'): number[][] =>
  plainRows(batches).map((row) => row[name] as number[]);

const fitted = await fit([training]);

fitContract({
  name: 'robustRescale',
  create: () => fitRobustRescale(),
  save: (model) => robustRescaleStep.save(model),
  input: training,
  reads: { soap: 'fixed_size_list<float32 or float64, any length>' },
  badOptions: [
    ['robustRescale.maxBytes: expected an integer >= 1 (bytes), got 0', () => fitRobustRescale({ maxBytes: 0 })],
    [
      'robustRescale.tails: expected linear or logarithmic, got "log"',
      () => fitRobustRescale({ tails: 'log' as unknown as 'linear' }),
    ],
    ['robustRescale.features: expected a string, got 3', () => fitRobustRescale({ features: 3 as unknown as string })],
  ],
});

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'robustRescale',
  create: () => robustRescale(fitted),
  input: other,
  reads: { soap: 'fixed_size_list<float32 or float64, 4>' },
  badOptions: [],
});

/** with h = (n − 1) p, x[⌊h⌋] + (h − ⌊h⌋)(x[⌊h⌋ + 1] − x[⌊h⌋]). */
function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const h = (sorted.length - 1) * p;
  const below = sorted[Math.floor(h)]!;
  return below + (h - Math.floor(h)) * (sorted[Math.ceil(h)]! - below);
}

describe('robustRescale', () => {
  it.each(['float64', 'float32'] as const)(
    'is (x − median) / (q75 − q25) of each component, in %s',
    async (precision) => {
      const [train, test] = [1, 2].map((seed) => descriptorBatch([6, 3, 8], { precision, seed })) as [
        RecordBatch,
        RecordBatch,
      ];
      const columns = featuresOf([train])[0]!.map((_, c) => featuresOf([train]).map((row) => row[c]!));
      const expected = featuresOf([test]).map((row) =>
        row.map((x, c) => {
          const values = columns[c]!;
          return (x - quantile(values, 0.5)) / (quantile(values, 0.75) - quantile(values, 0.25));
        }),
      );
      const result = featuresOf(await apply(await fit(split(train, 5)), split(test, 4)));
      // The same float64 operations in the same order, then rounded once.
      expect(result).toEqual(precision === 'float64' ? expected : expected.map((row) => row.map(Math.fround)));
    },
  );

  it('gives its training data median 0 and interquartile range 1', async () => {
    const train = descriptorBatch([11, 20, 9], { precision: 'float64' });
    const rows = featuresOf(await apply(await fit([train]), [train]));
    for (const c of rows[0]!.keys()) {
      const values = rows.map((row) => row[c]!);
      // A few roundings of numbers of order 1.
      expect(quantile(values, 0.5)).toBeCloseTo(0, 14);
      expect(quantile(values, 0.75) - quantile(values, 0.25)).toBeCloseTo(1, 14);
    }
  });

  it('scales by 1 where the range is 0', async () => {
    const field = training.schema.fields.at(-1)!;
    const vectors = Array.from({ length: training.numRows }, () => [1, 2, 3, 4]);
    const constant = withColumn(training, field, columnOf(field.type, vectors));
    expect(featuresOf(await apply(await fit([constant]), [constant.slice(0, 1)]))).toEqual([[0, 0, 0, 0]]);
    const [row] = featuresOf(await apply(await fit([constant]), [other.slice(0, 1)]));
    const [original] = featuresOf([other]);
    expect(row).toEqual([...Float32Array.from(original!, (x, c) => x - (c + 1))]);
  });

  it('keeps name and type, and says in the metadata that the column is rescaled', async () => {
    const [batch] = await apply(fitted, [other]);
    expect(batch!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual(
      other.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`),
    );
    const field = batch!.schema.fields.at(-1)!;
    expect(Object.fromEntries(field.metadata)).toEqual({ ...descriptorMetadata, rescaled: 'robust' });
  });

  it('takes asinh where tails are logarithmic, stored or not, and says so in the metadata', async () => {
    const [train, test] = [1, 2].map((seed) => descriptorBatch([6, 3, 8], { precision: 'float64', seed }));
    const { artifact, model } = await fit([train!], { tails: 'logarithmic' });
    const stored = await robustRescaleStep.load(await robustRescaleStep.save(model), artifact);
    const [batch] = await apply({ artifact, model: stored }, [test!]);
    const linear = featuresOf(await apply(await fit([train!]), [test!]));
    expect(featuresOf([batch!])).toEqual(linear.map((row) => row.map(Math.asinh)));
    const field = batch!.schema.fields.at(-1)!;
    expect(Object.fromEntries(field.metadata)).toEqual({
      ...descriptorMetadata,
      rescaled: 'robust, logarithmic tails',
    });
  });

  it('works on any column of feature vectors', async () => {
    const named = withColumn(
      training,
      new Field('code', training.schema.fields.at(-1)!.type, false),
      column(training, 'soap'),
    );
    const onCode = await fit([named], { features: 'code' });
    const [batch] = await apply(onCode, [named]);
    expect(featuresOf([batch!], 'code')).toEqual(featuresOf(await apply(fitted, [training])));
    expect(featuresOf([batch!])).toEqual(featuresOf([training]));
  });

  it('describes what it was fitted on', () => {
    expect(fitted.artifact).toEqual({
      operator: 'robustRescale',
      features: 'soap',
      length: 4,
      metadata: descriptorMetadata,
      tails: 'linear',
    });
  });

  const refusals: [string, RecordBatch, string][] = [
    [
      'of other SOAP parameters',
      descriptorBatch([2], { metadata: { ...descriptorMetadata, rCut: '6' } }),
      'robustRescale was fitted on features with rCut = 5, this stream has rCut = 6',
    ],
    [
      'of unknown making',
      descriptorBatch([2], { metadata: {} }),
      'robustRescale was fitted on features with descriptor = soap, this stream has no descriptor',
    ],
    [
      'that are rescaled already',
      descriptorBatch([2], { metadata: { ...descriptorMetadata, rescaled: 'robust' } }),
      'robustRescale was fitted on features with no rescaled, this stream has rescaled = robust',
    ],
  ];
  it.each(refusals)('refuses features %s', async (_, batch, message) => {
    await expect(apply(fitted, [batch])).rejects.toMatchObject({
      code: 'badSchema',
      message: `robustRescale, batch 0: column soap: ${message}`,
    });
  });

  it('refuses its own output', async () => {
    await expect(apply(fitted, await apply(fitted, [other]))).rejects.toMatchObject({ message: /rescaled = robust$/ });
  });

  it('refuses vectors of another length', async () => {
    await expect(apply(fitted, [descriptorBatch([2], { length: 5 })])).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'robustRescale, batch 0: column soap: expected fixed_size_list<float32 or float64, 4>, found fixed_size_list<float32, 5>',
    });
  });

  it('fits on what fits into maxBytes', async () => {
    // A block of 1024 rows of 4 float32, and one column.
    const enough = (1024 * 4 + training.numRows) * 4;
    await expect(fit([training], { maxBytes: enough })).resolves.toHaveProperty('model');
    await expect(fit([training], { maxBytes: enough - 1 })).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(
        /^robustRescale, batch 0: maxBytes: 13 rows of 4 columns need 16436 bytes, have 16435;/,
      ) as string,
    });
  });

  it('names row and column of a value that is not finite', async () => {
    const broken = descriptorBatch([3, 5]);
    flatValues(column(broken, 'soap'))[4 * 6 + 1] = Number.NaN;
    await expect(fit(split(broken, 4))).rejects.toMatchObject({
      code: 'badData',
      message: 'robustRescale, batch 1, row 2: column 1: expected a finite number, got NaN',
    });
  });
});

describe('a stored robustRescale', async () => {
  const files = await robustRescaleStep.save(fitted.model);
  const load = async (bytes: Uint8Array | undefined): Promise<unknown> =>
    robustRescaleStep.load(new Map(bytes && [['scaler.arrow', bytes]]), fitted.artifact);

  it('gives the same bytes as the one that was fitted', async () => {
    const model = await robustRescaleStep.load(files, fitted.artifact);
    const again = await apply({ artifact: fitted.artifact, model }, split(other, 3));
    expect(encodeBatches(again)).toEqual(encodeBatches(await apply(fitted, split(other, 3))));
    expect(await robustRescaleStep.save(model)).toEqual(files);
  });

  it('survives JSON with its description', () => {
    const json: unknown = JSON.parse(JSON.stringify(fitted.artifact));
    expect(robustRescaleStep.artifact.parse(json)).toEqual(fitted.artifact);
  });

  it('says what is wrong with its file', async () => {
    const bytes = files.get('scaler.arrow')!;
    const table = (names: string[], values: number[]): Uint8Array => {
      const schema = new Schema(names.map((name) => new Field(name, new Float64(), false)));
      const columns = names.map(() => numberColumn(new Float64(), Float64Array.from(values)));
      return encodeBatches([recordBatch(schema, values.length, columns)]);
    };
    const unreadable = expect.stringMatching(/^scaler\.arrow: (not an|the) Arrow stream/) as string;
    const cases: [Uint8Array | undefined, string][] = [
      [undefined, 'scaler.arrow: expected an Arrow table, found none'],
      [Buffer.from('not Arrow, but long enough to look for it'), unreadable],
      [bytes.slice(0, -30), unreadable],
      [table(['center'], [1, 2, 3, 4]), 'scaler.arrow: column scale: expected float64, but the stream has only center'],
      [table(['center', 'scale'], [1, 2, 3]), 'scaler.arrow: expected center and scale of 4 components, found 3'],
      [
        table(['center', 'scale'], [1, 2, 0, 4]),
        'scaler.arrow: column 2: expected the scale to be a finite number > 0, got 0',
      ],
    ];
    for (const [file, message] of cases) await expect(load(file)).rejects.toMatchObject({ code: 'badData', message });
  });
});

describe('fitRobustRescale', () => {
  const wide = featureField('soap', 'float32', 300, new Map());
  const rows = 8000;
  const values = Float32Array.from({ length: 300 * rows }, (_, i) => Math.sin(i));
  const large = recordBatch(new Schema([wide]), rows, [fixedSizeListColumn(wide.type, values)]);

  it('lets others have their turn between columns', async () => {
    let turns = 0;
    let next = setImmediate(function turn() {
      turns++;
      next = setImmediate(turn);
    });
    let atEnd = Infinity;
    const source = new Observable<RecordBatch>((subscriber) => {
      subscriber.next(large);
      atEnd = turns;
      subscriber.complete();
    });
    await lastValueFrom(source.pipe(fitRobustRescale()));
    clearImmediate(next);
    // 300 columns of 8,000 values take a tenth of a second, and 8 ms pass from turn to turn.
    expect(turns - atEnd).toBeGreaterThan(3);
  });

  it('stops at a signal', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const context = { signal: abort.signal, emitMetric: () => {}, reportProgress: () => {} };
    const options = robustRescaleStep.fitOptions.parse({});
    const running = robustRescaleStep.startFit(large.schema, options, context);
    for (const _ of running.add(large)!) continue;
    setImmediate(() => abort.abort(reason));
    await expect(running.finish()).rejects.toBe(reason);
  });
});
