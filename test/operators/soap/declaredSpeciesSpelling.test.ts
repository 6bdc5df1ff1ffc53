import { describe, expect, it } from 'vitest';
import { listColumn } from '#dist/arrow/columns.js';
import { speciesField } from '#dist/arrow/schemas.js';
import { DeclaredSpecies } from '#dist/operators/soap/declaredSpecies.js';
import { vectorFromArray, Utf8 } from 'apache-arrow';

const indicesOf = (declared: readonly (string | number)[], found: readonly string[]): number[] => {
  const texts = vectorFromArray([...found], new Utf8()).data[0]!;
  const column = listColumn(speciesField.type, Int32Array.of(0, found.length), texts);
  return [...new DeclaredSpecies(declared).read(column, 0, found.length)];
};

describe('DeclaredSpecies', () => {
  it('takes other letters and atomic numbers for the elements that are declared', () => {
    expect(indicesOf(['Mg', 'Cl'], ['MG', 'cl', 'Mg', '12', '17', 'mG'])).toEqual([0, 1, 0, 0, 1, 0]);
  });

  it('prefers a name that is declared itself, and changes none that is no element', () => {
    expect(indicesOf(['CA', 'Ca'], ['CA', 'Ca', 'ca'])).toEqual([0, 1, 1]);
    expect(indicesOf([1, 2], ['2', '1'])).toEqual([1, 0]);
    for (const [declared, found] of [
      ['Solvent', 'SOLVENT'],
      ['C', 'C1'],
      ['C', 'CA'],
      ['H', '2'],
      ['C', '06'],
    ] as const) {
      expect(() => indicesOf([declared], [found])).toThrow(
        `row 0: point 0: expected one of the declared species ${declared}, got "${found}"`,
      );
    }
  });

  it('names what it does not know without what a terminal would obey', () => {
    expect(() => indicesOf(['H'], ['\u009b31mX'])).toThrow(String.raw`got "\u009b31mX"`);
  });
});
