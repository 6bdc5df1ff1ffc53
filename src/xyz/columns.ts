import { quoted } from '../clouds/text.js';
import { atomicNumberSpecies, integerSpecies, type SpeciesReader, textSpecies } from './species.js';

/** Where in the line of a point the fields stand that are read. */
export interface XyzColumns {
  /** Fields that a line has; if the file does not declare them, at least. */
  readonly count: number;
  readonly isDeclared: boolean;
  /** x; y and z follow. */
  readonly position: number;
  readonly species: number;
  readonly speciesReader: SpeciesReader;
}

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

/**
 * Finds position and species among the columns that a frame declares.
 *
 * @param declared `species:S:1:pos:R:3:…`; without it, the columns of a plain file
 * @param species name of the property that is the species; by default `species`, else `Z`
 * @param fail throws, with the place
 */
export function xyzColumns(
  declared: string | undefined,
  species: string | undefined,
  fail: (detail: string) => never,
): XyzColumns {
  const properties = declared === undefined ? PLAIN : parseProperties(declared, fail);
  const position = find(properties, ['pos'], fail);
  if (position.width !== 3 || !/[RI]/.test(position.type)) fail(`expected pos:R:3, got ${written(position)}`);
  const kind = find(properties, species === undefined ? ['species', 'Z'] : [species], fail);
  if (kind.width !== 1 || !/[SI]/.test(kind.type)) {
    fail(`expected ${kind.name}:S:1 or ${kind.name}:I:1 for the species, got ${written(kind)}`);
  }
  return {
    count: properties.reduce((sum, { width }) => sum + width, 0),
    isDeclared: declared !== undefined,
    position: position.column,
    species: kind.column,
    speciesReader: readerOf(kind),
  };
}

function readerOf({ name, type }: Property): SpeciesReader {
  if (type === 'S') return textSpecies;
  return name === 'Z' ? atomicNumberSpecies : integerSpecies;
}

function parseProperties(declared: string, fail: (detail: string) => never): readonly Property[] {
  const parts = declared.split(':');
  const properties: Property[] = [];
  for (let i = 0, column = 0; i < parts.length; i += 3) {
    const [name = '', type = '', size = ''] = parts.slice(i, i + 3);
    if (name === '' || !/^[1-9]\d{0,5}$/.test(size)) {
      fail(`expected Properties=name:type:columns:…, got ${quoted(parts.slice(i).join(':'))}`);
    }
    if (!/^[SRIL]$/.test(type)) fail(`expected the type S, R, I or L of property ${name}, got ${quoted(type)}`);
    const width = Number(size);
    properties.push({ name, type, column, width });
    column += width;
  }
  return properties;
}

function find(properties: readonly Property[], names: readonly string[], fail: (detail: string) => never): Property {
  for (const name of names) {
    const property = properties.find((candidate) => candidate.name === name);
    if (property) return property;
  }
  const others = properties.map(({ name }) => name).join(', ');
  return fail(`expected a property ${names.join(' or ')}, got only ${others}`);
}

function written({ name, type, width }: Property): string {
  return `${name}:${type}:${width}`;
}
