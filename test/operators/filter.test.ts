import { Field, Int16, Int64, type RecordBatch, Uint64, Utf8 } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { filter } from '#dist/operators/filter.js';
import { columnOf, descriptorBatch, imageBatch, split, withColumn, withExtraColumns } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const descriptors = descriptorBatch([3, 2, 4]);

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'filter',
  create: () => filter({ column: 'image', values: [0, 2] }),
  input: descriptors,
  reads: { image: 'integer' },
  badOptions: [
    ['filter: expected values, or from or to', () => filter({ column: 'image' })],
    ['filter.values: has no meaning with from or to', () => filter({ column: 'image', values: [1], to: 3 })],
    ['filter.to: expected an integer > from = 5, got 5', () => filter({ column: 'image', from: 5, to: 5 })],
    ['filter.values: expected integers or texts, got both', () => filter({ column: 'image', values: [1, 'a'] })],
    [
      'filter.values: expected a list of at least 1 item (integers or strings), got an empty list',
      () => filter({ column: 'image', values: [] }),
    ],
    ['filter.from: expected an integer, got 0.5', () => filter({ column: 'image', from: 0.5 })],
    ['filter.column: expected a non-empty string, got ""', () => filter({ column: '', from: 1 })],
  ],
});

type Options = Parameters<typeof filter>[0];

const run = (batches: readonly RecordBatch[], options: Options): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(filter(options), toArray()));

describe('filter', () => {
  const images = withExtraColumns(imageBatch(30));
  const kept = async (options: Options, batch = images): Promise<unknown[]> =>
    plainRows(await run(split(batch, 7), options)).map(({ image }) => image);

  it('hands on rows from one number up to below another, whole', async () => {
    const output = plainRows(await run(split(images, 7), { column: 'image', from: 5, to: 23 }));
    expect(output).toEqual(plainRows([images]).slice(5, 23));
    expect(await kept({ column: 'image', from: 27 })).toEqual([27, 28, 29]);
    expect(await kept({ column: 'image', to: 2 })).toEqual([0, 1]);
    expect(await kept({ column: 'image', from: 0 })).toHaveLength(30);
  });

  it('hands on rows with one of the values', async () => {
    expect(await kept({ column: 'image', values: [3, 17, 99, -1] })).toEqual([3, 17]);
    expect(await kept({ column: 'label', values: [4, 300] })).toEqual([4, 14, 24]);
  });

  it('takes texts', async () => {
    expect(await kept({ column: 'file', values: ['file 8', 'file 11', 'file'] })).toEqual([8, 11]);
  });

  it.each([
    ['int16', new Int16(), (i: number) => i - 10],
    ['int64', new Int64(), (i: number) => BigInt(i - 10)],
    ['uint64', new Uint64(), (i: number) => BigInt(i)],
  ] as const)('takes integers of any width: %s', async (_name, type, valueOf) => {
    const values = Array.from({ length: 30 }, (_, i) => valueOf(i));
    const batch = withColumn(images, new Field('number', type, false), columnOf(type, values));
    const numbers = values.map(Number);
    const places = (accepts: (value: number) => boolean): number[] =>
      [...numbers.keys()].filter((i) => accepts(numbers[i]!));
    expect(await kept({ column: 'number', values: [-3, 0, 12] }, batch)).toEqual(
      places((v) => [-3, 0, 12].includes(v)),
    );
    expect(await kept({ column: 'number', from: -2, to: 9 }, batch)).toEqual(places((v) => v >= -2 && v < 9));
  });

  it('hands on batches that go on whole as they are, and none without rows', async () => {
    const parts = split(images, 10);
    const output = await run(parts, { column: 'image', from: 10, to: 25 });
    expect(output.map(({ numRows }) => numRows)).toEqual([10, 5]);
    expect(output[0]).toBe(parts[1]);
  });

  it('rejects texts for a column of integers, and integers for one of texts', async () => {
    await expect(run([images], { column: 'file', from: 3 })).rejects.toMatchObject({
      code: 'badSchema',
      message: 'filter, batch 0: column file: expected integer, found utf8',
    });
    await expect(run([images], { column: 'image', values: ['3'] })).rejects.toMatchObject({
      code: 'badSchema',
      message: 'filter, batch 0: column image: expected utf8, found uint32',
    });
  });

  it('refuses nulls in the column, and takes them in others', async () => {
    await expect(run([images], { column: 'weight', from: 0 })).rejects.toMatchObject({
      code: 'badData',
      message: 'filter, batch 0, row 1: column weight: expected integer, found null',
    });
    const texts = columnOf(new Utf8(), Array<string | null>(30).fill(null));
    const batch = withColumn(images, new Field('note', new Utf8(), true), texts);
    expect(plainRows(await run([batch], { column: 'image', to: 1 }))[0]!.note).toBeNull();
  });
});
