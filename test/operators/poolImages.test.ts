import { Field, type RecordBatch, Utf8 } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { column, fixedSizeListColumn, flatValues, numberColumn } from '#dist/arrow/columns.js';
import { featureField, imageField, labelField } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import { poolImages } from '#dist/operators/poolImages.js';
import {
  columnOf,
  descriptorBatch,
  descriptorMetadata,
  split,
  withColumn,
  withExtraColumns,
  withoutColumn,
} from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const statistics = ['mean', 'standardDeviation', 'median', 'minimum'] as const;

operatorContract({
  name: 'poolImages',
  create: () => poolImages({ statistics: [...statistics], batchRows: 1 }),
  input: descriptorBatch([3, 2, 4, 1]),
  reads: { image: 'uint32', soap: 'fixed_size_list<float32 or float64, any length>' },
  carriesColumns: false,
  badOptions: [
    [
      'poolImages.statistics: expected a list of at least 1 item (mean, standardDeviation, minimum, maximum, quantile25, median, quantile75 or covariance), got an empty list',
      () => poolImages({ statistics: [] }),
    ],
    ['poolImages.statistics: expected each statistic once', () => poolImages({ statistics: ['mean', 'mean'] })],
    [
      'poolImages.statistics[0]: expected mean, standardDeviation, minimum, maximum, quantile25, median, quantile75 or covariance, got "means"; did you mean mean?',
      () => poolImages({ statistics: ['means' as 'mean'] }),
    ],
    [
      'poolImages.name: expected a name other than image, label or nRows, got "image"',
      () => poolImages({ name: 'image' }),
    ],
    ['poolImages.batchRows: expected an integer from 1 to 65536, got 0', () => poolImages({ batchRows: 0 })],
  ],
});

const run = (batches: readonly RecordBatch[], options?: Parameters<typeof poolImages>[0]): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(poolImages(options), toArray()));

describe('poolImages', () => {
  const descriptors = descriptorBatch([3, 1, 20, 6, 2]);

  it('gives mean and standard deviation of the rows of each image', async () => {
    const output = plainRows(await run(split(descriptors, 4)));
    const rows = plainRows([descriptors]);
    expect(output.map(({ image, label, nRows }) => [image, label, nRows])).toEqual([
      [0, 0, 3],
      [1, 1, 1],
      [2, 2, 20],
      [3, 3, 6],
      [4, 4, 2],
    ]);
    for (const { image, pooled } of output) {
      const own = rows.filter((row) => row.image === image).map(({ soap }) => soap as number[]);
      for (let c = 0; c < 4; c++) {
        const mean = own.reduce((sum, soap) => sum + soap[c]!, 0) / own.length;
        const variance = own.reduce((sum, soap) => sum + (soap[c]! - mean) ** 2, 0) / own.length;
        // Values up to 10 as float32: half a unit in their last place is 4.8e-7.
        expect(Math.abs((pooled as number[])[c]! - mean)).toBeLessThan(5e-7);
        expect(Math.abs((pooled as number[])[4 + c]! - Math.sqrt(variance))).toBeLessThan(5e-7);
      }
    }
  });

  it('says what the features were and what was pooled', async () => {
    const [output] = await run([withExtraColumns(descriptors)], { statistics: ['maximum', 'median'], name: 'both' });
    expect(output!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual([
      'image: uint32',
      'label: uint8',
      'nRows: uint32',
      'both: fixed_size_list<float32, 8>',
    ]);
    expect(Object.fromEntries(output!.schema.fields[3]!.metadata)).toEqual({
      ...descriptorMetadata,
      pooled: 'maximum median',
    });
  });

  it('leaves the label out where there is none', async () => {
    const [output] = await run([withoutColumn(descriptors, 'label')]);
    expect(output!.schema.fields.map(({ name }) => name)).toEqual(['image', 'nRows', 'pooled']);
  });

  it('pools float64 features too, to float32', async () => {
    const exact = descriptorBatch([3, 4], { precision: 'float64' });
    const values = Float32Array.from(flatValues(column(exact, 'soap')) as Float64Array);
    const field = featureField('soap', 'float32', 4, new Map(Object.entries(descriptorMetadata)));
    const rounded = withColumn(exact, field, fixedSizeListColumn(field.type, values));
    const [a, b] = await Promise.all([exact, rounded].map((batch) => run([batch], { statistics: ['maximum'] })));
    expect(plainRows(a!)).toEqual(plainRows(b!));
  });

  it('gives batches of batchRows images, the last of what is left', async () => {
    const sizes = async (batchRows: number): Promise<number[]> =>
      (await run(split(descriptors, 3), { batchRows })).map(({ numRows }) => numRows);
    expect(await sizes(2)).toEqual([2, 2, 1]);
    expect(await sizes(5)).toEqual([5]);
    expect(await sizes(64)).toEqual([5]);
  });

  it('does not write over what has left', async () => {
    const output = await run(split(descriptors, 1), { batchRows: 1 });
    const values = output.map((batch) => flatValues(column(batch, 'pooled')));
    expect(new Set(values.map((row) => row.join())).size).toBe(5);
    expect(new Set(values.map(({ buffer }) => buffer)).size).toBe(5);
  });

  it('rejects rows of an image that are apart, across batches too', async () => {
    const images = Uint32Array.of(5, 5, 3, 3, 5, 5);
    const batch = withColumn(descriptorBatch([6]), imageField, numberColumn(imageField.type, images));
    const message = (index: number, row: number): string =>
      `poolImages, batch ${index}, row ${row} (image 5): came before: expected the rows of an image to follow each other, and images of different numbers`;
    await expect(run([batch])).rejects.toMatchObject({ code: 'badData', message: message(0, 4) });
    await expect(run(split(batch, 3))).rejects.toMatchObject({ code: 'badData', message: message(1, 1) });
  });

  it('takes images in any order', async () => {
    const images = Uint32Array.of(7, 7, 2 ** 32 - 1, 0, 3, 3);
    const batch = withColumn(descriptorBatch([6]), imageField, numberColumn(imageField.type, images));
    expect(plainRows(await run([batch])).map(({ image }) => image)).toEqual([7, 2 ** 32 - 1, 0, 3]);
  });

  it('rejects an image with two labels', async () => {
    const labels = Uint8Array.of(4, 4, 4, 9, 1, 1);
    const batch = withColumn(descriptorBatch([4, 2]), labelField, numberColumn(labelField.type, labels));
    await expect(run(split(batch, 2))).rejects.toMatchObject({
      code: 'badData',
      message: 'poolImages, batch 1, row 1 (image 0): expected the label 4 as before, found 9',
    });
  });

  it('names the statistic of features that are not finite', async () => {
    const batch = descriptorBatch([2, 2]);
    flatValues(column(batch, 'soap'))[6] = NaN;
    await expect(run([batch])).rejects.toMatchObject({
      code: 'badData',
      message: 'poolImages, batch 0, image 0: mean of column 2: expected a finite number, got NaN',
    });
  });

  it('ignores what other columns there are', async () => {
    const texts = columnOf(new Utf8(), Array<string>(32).fill('x'));
    const wider = withColumn(descriptors, new Field('pooled', new Utf8()), texts);
    expect(plainRows(await run([wider]))).toEqual(plainRows(await run([descriptors])));
  });
});
