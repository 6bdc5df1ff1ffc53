import { Schema } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { recordBatch } from '#dist/arrow/columns.js';
import { centerPositionsField, pointsField, speciesField } from '#dist/arrow/schemas.js';
import { soap } from '#dist/operators/soap.js';
import { rowError } from '../soap/clouds.js';
import { dscribeCases } from '../soap/golden.js';
import { columnOf } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

/** The species of the cases, by atomic number. */
const ELEMENTS = ['H', 'C', 'O'];

/** Declared in another order than that of the rows. */
const DECLARED = ['O', 'H', 'C'];

/** From flat coordinates to (x, y, z) each. */
const vectors = (flat: Float64Array): number[][] =>
  Array.from({ length: flat.length / 3 }, (_, i) => [...flat.subarray(3 * i, 3 * i + 3)]);

describe('soap against DScribe', () => {
  // Of a row's maximum, as for the kernel; the polynomials are integrated numerically there (test/data/README.md).
  const tolerances: Record<string, number> = {
    'species-3': 1e-10,
    'average-inner': 1e-10,
    'average-outer': 1e-10,
    'weighting-poly-w0': 1e-10,
    'compression-mu1nu1': 1e-10,
    'polynomial-4-4': 1e-9,
  };
  const cases = dscribeCases().filter(({ name }) => name in tolerances);

  it('is tested on every case', () => {
    expect(cases.map(({ name }) => name).toSorted()).toEqual(Object.keys(tolerances).toSorted());
  });

  it.each(cases)('agrees on $name', async ({ name, options, points, species, centers, rows }) => {
    const { nSpecies = 1, speciesWeighting: none, ...given } = options;
    expect(none).toBeUndefined();
    const symbols = Array.from({ length: points.length / 3 }, (_, i) => ELEMENTS[species?.[i] ?? 0]!);
    const cloud = recordBatch(new Schema([pointsField, speciesField, centerPositionsField]), 1, [
      columnOf(pointsField.type, [vectors(points)]),
      columnOf(speciesField.type, [symbols]),
      columnOf(centerPositionsField.type, [vectors(centers)]),
    ]);
    const declared = DECLARED.filter((symbol) => ELEMENTS.indexOf(symbol) < nSpecies);
    const described = from([cloud]).pipe(soap({ ...given, species: declared, precision: 'float64' }), toArray());
    const found = plainRows(await lastValueFrom(described)).map((row) => row.soap as number[]);
    expect(found).toHaveLength(rows.length);
    for (const [i, row] of rows.entries()) {
      expect(found[i]).toHaveLength(row.length);
      expect(rowError(Float64Array.from(found[i]!), row)).toBeLessThan(tolerances[name]!);
    }
  });
});
