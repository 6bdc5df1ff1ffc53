import { Field, Int64, Int8, List, Uint16 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { speciesField } from '#dist/arrow/schemas.js';
import { DeclaredSpecies, orderedSpecies } from '#dist/operators/soap/declaredSpecies.js';
import { columnOf } from '../../support/batches.js';

const texts = (...rows: readonly (readonly string[])[]) => columnOf(speciesField.type, rows);

describe('orderedSpecies', () => {
  it('orders symbols of elements by atomic number', () => {
    expect(orderedSpecies(['O', 'C', 'Cl', 'H', 'U', 'X'])).toEqual(['X', 'H', 'C', 'O', 'Cl', 'U']);
  });

  it('orders integers by value, whether they are written as numbers or as text', () => {
    expect(orderedSpecies([10, '9', -1, 2])).toEqual(['-1', '2', '9', '10']);
  });

  it('leaves other names as declared', () => {
    for (const names of [
      ['wall', 'floor'],
      ['O', 'h'], // h is no element
      ['O', '1'],
      ['2', '01'], // a label: no integer is written so
      ['2', '1.5'],
    ]) {
      expect(orderedSpecies(names)).toEqual(names);
    }
  });

  it('leaves what was declared as it was', () => {
    const declared = ['O', 'H'];
    orderedSpecies(declared);
    expect(declared).toEqual(['O', 'H']);
  });
});

describe('DeclaredSpecies', () => {
  it('gives the place of each species in the order', () => {
    const species = new DeclaredSpecies(['O', 'H', 'C']);
    const column = texts(['C', 'H'], [], ['O', 'O', 'H']);
    expect(species.read(column, 0, 2)).toEqual(Uint16Array.of(1, 0));
    expect(species.read(column, 1, 0)).toEqual(new Uint16Array(0));
    expect(species.read(column, 2, 3)).toEqual(Uint16Array.of(2, 2, 0));
  });

  it.each([new Int8(), new Uint16(), new Int64()])('reads integers of type %s', (item) => {
    const type = new List(new Field('item', item, false));
    const ofType = (value: number): number | bigint => (item.bitWidth === 64 ? BigInt(value) : value);
    const column = columnOf(type, [[8, 1].map(ofType), [6].map(ofType)]);
    const species = new DeclaredSpecies([8, 6, '1']);
    expect(species.read(column, 0, 2)).toEqual(Uint16Array.of(2, 0));
    expect(species.read(column, 1, 1)).toEqual(Uint16Array.of(1));
  });

  it('takes numbers and their text for the same', () => {
    expect(new DeclaredSpecies([12, 7]).read(texts(['7', '12']), 0, 2)).toEqual(Uint16Array.of(0, 1));
  });

  it('names row and point of a species that is not declared, and what is', () => {
    const species = new DeclaredSpecies(['O', 'H']);
    expect(() => species.read(texts(['H'], ['O', 'H', 'N']), 1, 3)).toThrow(
      expect.objectContaining({
        code: 'badData',
        message: 'row 1: point 2: expected one of the declared species H, O, got "N"',
      }),
    );
    const integers = columnOf(new List(new Field('item', new Int8(), false)), [[3]]);
    expect(() => new DeclaredSpecies([1, 2]).read(integers, 0, 1)).toThrow(
      'row 0: point 0: expected one of the declared species 1, 2, got 3',
    );
  });

  it('refuses another number of species than of points', () => {
    const species = new DeclaredSpecies(['H']);
    expect(() => species.read(texts(['H', 'H'], ['H']), 1, 2)).toThrow(
      expect.objectContaining({
        code: 'badData',
        message: 'row 1: species: expected 2, one for each point, got 1',
      }),
    );
  });

  it('reads a slice of a column', () => {
    const column = texts(['C'], ['C', 'O'], ['O', 'C', 'C']).slice(1, 2);
    expect(new DeclaredSpecies(['C', 'O']).read(column, 1, 3)).toEqual(Uint16Array.of(1, 0, 0));
  });
});
