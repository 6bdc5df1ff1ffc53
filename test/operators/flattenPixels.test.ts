import { type RecordBatch } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { column, flatValues } from '#dist/arrow/columns.js';
import { typeName } from '#dist/arrow/typeName.js';
import { classify, fitClassify } from '#dist/operators/classify.js';
import { flattenPixels } from '#dist/operators/flattenPixels.js';
import { imageBatch, split } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

operatorContract({
  independent: true,
  name: 'flattenPixels',
  create: () => flattenPixels(),
  input: imageBatch(9),
  reads: { pixels: 'fixed_size_list<fixed_size_list<uint8, width>, height>' },
  badOptions: [
    ['flattenPixels.name: expected a non-empty string, got ""', () => flattenPixels({ name: '' })],
    [
      'flattenPixels.name: expected a name other than image or label, got "label"',
      () => flattenPixels({ name: 'label' }),
    ],
  ],
});

const run = (batches: readonly RecordBatch[], options?: Parameters<typeof flattenPixels>[0]): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(flattenPixels(options), toArray()));

describe('flattenPixels', () => {
  const images = imageBatch(7, { height: 3, width: 5 });

  it('gives I / 255, rows from the top, in place of the pixels', async () => {
    const expected = plainRows([images]).map(({ image, label, pixels }) => ({
      image,
      label,
      intensities: (pixels as number[][]).flat().map((I) => Math.fround(I / 255)),
    }));
    expect(plainRows(await run(split(images, 4)))).toEqual(expected);
  });

  it('spans 0 to 1', async () => {
    const extremes = imageBatch(1, { height: 1, width: 2 });
    (flatValues(column(extremes, 'pixels')) as Uint8Array).set([0, 255]);
    expect(plainRows(await run([extremes]))[0]!.intensities).toEqual([0, 1]);
  });

  it('says what the features are', async () => {
    const [output] = await run([images], { name: 'gray' });
    const field = output!.schema.fields.at(-1)!;
    expect(`${field.name}: ${typeName(field.type)}`).toBe('gray: fixed_size_list<float32, 15>');
    expect(Object.fromEntries(field.metadata)).toEqual({ descriptor: 'pixels', height: '3', width: '5' });
  });

  it('may name them pixels, as what they replace', async () => {
    const [output] = await run([images], { name: 'pixels' });
    expect(output!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual([
      'image: uint32',
      'label: uint8',
      'pixels: fixed_size_list<float32, 15>',
    ]);
  });

  it('feeds a classifier, which refuses images of another shape', async () => {
    const options = { features: 'intensities', layers: [4], epochs: 1 };
    const fitted = await lastValueFrom(from([images]).pipe(flattenPixels(), fitClassify(options)));
    const predict = (batch: RecordBatch): Promise<RecordBatch[]> =>
      lastValueFrom(from([batch]).pipe(flattenPixels(), classify(fitted), toArray()));
    expect(plainRows(await predict(images))).toHaveLength(7);
    await expect(predict(imageBatch(2, { height: 5, width: 3 }))).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'classify, batch 0: column intensities: classify was fitted on features with height = 3, this stream has height = 5',
    });
  });
});
