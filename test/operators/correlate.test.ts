import { type RecordBatch } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { column, flatValues } from '#dist/arrow/columns.js';
import { typeName } from '#dist/arrow/typeName.js';
import { correlate } from '#dist/operators/correlate.js';
import { descriptorBatch, descriptorMetadata, split } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

operatorContract({
  name: 'correlate',
  create: () => correlate(),
  input: descriptorBatch([3, 2, 4]),
  reads: { soap: 'fixed_size_list<float32 or float64, any length>' },
  emitsAtEnd: true,
  carriesColumns: false,
  badOptions: [
    ['correlate.name: expected a name other than component, got "component"', () => correlate({ name: 'component' })],
    ['correlate.features: expected a string, got 3', () => correlate({ features: 3 as unknown as string })],
  ],
});

const run = (batches: readonly RecordBatch[], options?: Parameters<typeof correlate>[0]): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(correlate(options), toArray()));

/** Pearson's coefficient by its definition. */
function pearson(a: readonly number[], b: readonly number[]): number {
  const centered = [a, b].map((values) => {
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    return values.map((x) => x - mean);
  });
  const product = (i: number, j: number): number =>
    centered[i]!.reduce((sum, x, row) => sum + x * centered[j]![row]!, 0);
  return product(0, 1) / Math.sqrt(product(0, 0) * product(1, 1));
}

describe('correlate', () => {
  it.each(['float32', 'float64'] as const)(
    'gives the coefficients of each pair of components of %s',
    async (precision) => {
      const descriptors = descriptorBatch([100, 500, 30], { precision });
      const values = flatValues(column(descriptors, 'soap')) as Float64Array;
      for (let row = 0; row < 630; row++) values[4 * row + 1]! += 1e3 - 2 * values[4 * row]!;
      const rows = plainRows([descriptors]).map(({ soap }) => soap as number[]);
      const output = plainRows(await run(split(descriptors, 64)));
      expect(output.map(({ component }) => component)).toEqual([0, 1, 2, 3]);
      for (const [i, row] of output.entries()) {
        for (const [j, coefficient] of (row.correlation as number[]).entries()) {
          const expected = pearson(
            rows.map((soap) => soap[i]!),
            rows.map((soap) => soap[j]!),
          );
          // The reference subtracts a mean of 1e3 from values of 10: 1e2 of the roundings of 630 products.
          expect(Math.abs(coefficient - expected), `${i}, ${j}`).toBeLessThan(1e-11);
        }
      }
      expect((output[0]!.correlation as number[])[1]).toBeLessThan(-0.8);
    },
  );

  it('carries on what the features say of themselves', async () => {
    const [output] = await run([descriptorBatch([4])], { name: 'r' });
    expect(output!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual([
      'component: uint32',
      'r: fixed_size_list<float64, 4>',
    ]);
    expect(Object.fromEntries(output!.schema.fields[1]!.metadata)).toEqual(descriptorMetadata);
  });

  it('gives a component that does not vary 0 with others and 1 with itself', async () => {
    const descriptors = descriptorBatch([5]);
    const values = flatValues(column(descriptors, 'soap'));
    for (let row = 0; row < 5; row++) values[4 * row + 2] = 0.1;
    const output = plainRows(await run([descriptors])).map(({ correlation }) => correlation as number[]);
    expect(output[2]).toEqual([0, 0, 1, 0]);
    expect(output.map((row) => row[2])).toEqual([0, 0, 1, 0]);
  });

  it('needs two rows', async () => {
    await expect(run([descriptorBatch([1])])).rejects.toMatchObject({
      code: 'badData',
      message: 'correlate: values: expected at least two rows, got 1',
    });
  });

  it('names row and component of a number that is not finite', async () => {
    const descriptors = descriptorBatch([5]);
    flatValues(column(descriptors, 'soap'))[4 * 3 + 1] = Infinity;
    await expect(run(split(descriptors, 2))).rejects.toMatchObject({
      code: 'badData',
      message: 'correlate, batch 1, row 1: column 1: expected a finite number, got Infinity',
    });
  });
});
