import { parseDecimal } from '../clouds/decimal.js';
import type { TextPacker } from '../clouds/textPacker.js';
import { ELEMENTS } from './elements.js';

/** How the field of a point that says its species is read. */
export interface SpeciesReader {
  /** What the field must be, for messages. */
  readonly expected: string;
  /** Packs the species that `bytes` hold from `start` to `end`. False if that is none. */
  read(species: TextPacker, bytes: Uint8Array, start: number, end: number): boolean;
}

/** A symbol or label as it stands. */
export const textSpecies: SpeciesReader = {
  expected: 'a species in UTF-8',
  read: (species, bytes, start, end) => species.add(bytes, start, end),
};

/** A type number: its decimal text. */
export const integerSpecies: SpeciesReader = {
  expected: 'an integer species',
  read(species, bytes, start, end) {
    const value = parseDecimal(bytes, start, end);
    const isInteger = Number.isSafeInteger(value);
    if (isInteger) species.addInteger(value);
    return isInteger;
  },
};

const encoder = new TextEncoder();
const SYMBOLS = ELEMENTS.map((symbol) => encoder.encode(symbol));

/** An atomic number: the symbol of its element. */
export const atomicNumberSpecies: SpeciesReader = {
  expected: `an atomic number from 0 to ${ELEMENTS.length - 1}`,
  read(species, bytes, start, end) {
    const symbol = SYMBOLS[parseDecimal(bytes, start, end)];
    return symbol !== undefined && species.add(symbol, 0, symbol.length);
  },
};
