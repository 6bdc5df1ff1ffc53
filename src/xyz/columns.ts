import { quoted, shown } from '../clouds/text.js';
import { atomicNumberSpecies, integerSpecies, type SpeciesReader, textSpecies } from './species.js';

/** What of each point is read beside its position and species. */
export interface PointArray {
  /** Name of the property. */
  readonly name: string;
  /** How many numbers; undefined for a text. */
  readonly width: number | undefined;
}

/** Where in the line of a point the fields stand that are read. */
export interface XyzColumns {
  /** Fields that a line has; if the file does not declare them, at least. */
  readonly count: number;
  readonly isDeclared: boolean;
  /**
   * For each field where its value goes: 0, 1, 2 for x, y, z; SPECIES_SLOT; from ARRAY_SLOTS on the numbers and texts of the arrays one after
   * the other. -1 for those that are passed over.
   */
  readonly slots: Int32Array;
  readonly speciesReader: SpeciesReader;
}

export const SPECIES_SLOT = 3;
export const ARRAY_SLOTS = 4;

interface Property {
  readonly name: string;
  /** Text, real, integer or logical. */
  readonly type: string;
  readonly column: number;
  readonly width: number;
}

/** What a file without `Properties` has, and then perhaps more. */
const PLAIN: readonly Property[] = [
  { name: 'species', type: 'S', column: 0, width: 1 },
  { name: 'pos', type: 'R', column: 1, width: 3 },
];

/** Names of positions and species in the files of ASE, quippy, GPUMD and others, in any case; of species the first that is there counts. */
const POSITIONS: ReadonlySet<string> = new Set(['pos', 'positions']);
const SPECIES = ['species', 'symbols', 'symbol', 'element'];
const ATOMIC_NUMBERS = ['z', 'numbers', 'atomic_numbers'];

/**
 * Finds position, species and arrays among the columns that a frame declares.
 *
 * @param declared `species:S:1:pos:R:3:…`; without it, the columns of a plain file
 * @param wanted.species name of the property that is the species; by default the first that is usual
 * @param fail throws, with the place
 */
export function xyzColumns(
  declared: string | undefined,
  { species, arrays }: { readonly species?: string | undefined; readonly arrays: readonly PointArray[] },
  fail: (detail: string) => never,
): XyzColumns {
  const properties = declared === undefined ? PLAIN : parseProperties(declared, fail);
  const count = properties.reduce((sum, { width }) => sum + width, 0);
  const slots = new Int32Array(count).fill(-1);

  const isPosition = ({ name }: Property): boolean => POSITIONS.has(name.toLowerCase());
  const position = single(properties, isPosition, 'pos', fail);
  if (position.width !== 3 || !/[RI]/.test(position.type)) {
    fail(`expected ${shown(position.name)}:R:3, got ${written(position)}`);
  }
  for (let axis = 0; axis < 3; axis++) slots[position.column + axis] = axis;

  const kind = species === undefined ? usualSpecies(properties, fail) : named(properties, species, fail);
  if (kind.width !== 1 || !/[SI]/.test(kind.type)) {
    const name = shown(kind.name);
    fail(`expected ${name}:S:1 or ${name}:I:1 for the species, got ${written(kind)}`);
  }
  slots[kind.column] = SPECIES_SLOT;

  let slot = ARRAY_SLOTS;
  for (const { name, width } of arrays) {
    const property = named(properties, name, fail);
    if (property.width !== (width ?? 1) || !(width === undefined || /[RI]/.test(property.type))) {
      const expected = width === undefined ? 'one text' : `${width} numbers`;
      fail(`expected ${expected} for ${name} (option arrays), got ${written(property)}`);
    }
    for (let i = 0; i < property.width; i++, slot++) {
      if (slots[property.column + i]! >= 0) fail(`expected an array beside positions and species, got ${name}`);
      slots[property.column + i] = slot;
    }
  }
  return { count, isDeclared: declared !== undefined, slots, speciesReader: readerOf(kind) };
}

function readerOf({ name, type }: Property): SpeciesReader {
  if (type === 'S') return textSpecies;
  return ATOMIC_NUMBERS.includes(name.toLowerCase()) ? atomicNumberSpecies : integerSpecies;
}

function parseProperties(declared: string, fail: (detail: string) => never): readonly Property[] {
  const parts = declared.split(':');
  const properties: Property[] = [];
  for (let i = 0, column = 0; i < parts.length; i += 3) {
    const [name = '', type = '', size = ''] = parts.slice(i, i + 3);
    if (name === '' || !/^0*[1-9]\d{0,5}$/.test(size)) {
      fail(`expected Properties=name:type:columns:…, got ${quoted(parts.slice(i).join(':'))}`);
    }
    if (!/^[SRIL]$/.test(type)) {
      fail(`expected the type S, R, I or L of property ${shown(name)}, got ${quoted(type)}`);
    }
    const width = Number(size);
    properties.push({ name, type, column, width });
    column += width;
  }
  return properties;
}

function usualSpecies(properties: readonly Property[], fail: (detail: string) => never): Property {
  for (const usual of [...SPECIES, ...ATOMIC_NUMBERS]) {
    const isUsual = ({ name }: Property): boolean => name.toLowerCase() === usual;
    if (properties.some(isUsual)) return single(properties, isUsual, usual, fail);
  }
  return single(properties, () => false, 'species or Z', fail);
}

function named(properties: readonly Property[], name: string, fail: (detail: string) => never): Property {
  return single(properties, (property) => property.name === name, shown(name), fail);
}

function single(
  properties: readonly Property[],
  accepts: (property: Property) => boolean,
  name: string,
  fail: (detail: string) => never,
): Property {
  const found = properties.filter(accepts);
  if (found.length === 0) {
    return fail(`expected a property ${name}, got only ${properties.map((each) => shown(each.name)).join(', ')}`);
  }
  if (found.length > 1) fail(`expected one property ${name}, got ${found.map(written).join(' and ')}`);
  return found[0]!;
}

function written({ name, type, width }: Property): string {
  return `${shown(name)}:${type}:${width}`;
}
