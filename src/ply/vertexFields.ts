import { shown } from '../clouds/text.js';
import { type PlyHeader, type PlyProperty, VERTEX } from './header.js';

/** A property of the vertices that is read. */
export interface VertexField {
  /** Where its value goes: 0, 1, 2 for x, y, z; SPECIES_SLOT. */
  readonly slot: number;
  /** What its value must be, for messages. */
  readonly expected: string;
  readonly accepts: (value: number) => boolean;
}

const AXES = ['x', 'y', 'z'];
export const SPECIES_SLOT = AXES.length;

/**
 * For each property of the vertices what it is read for; undefined for those that are passed over.
 *
 * @param species name of the property that is the species, if any is
 * @param fail throws, with the place
 */
export function vertexFields(
  { elements }: PlyHeader,
  species: string | undefined,
  fail: (detail: string) => never,
): readonly (VertexField | undefined)[] {
  const vertex = elements.find(({ name }) => name === VERTEX) ?? fail('expected an element vertex, got none');
  const { properties } = vertex;
  const wanted = [...AXES, ...(species === undefined ? [] : [species])];
  const read = wanted.map((name, slot) => propertyNamed(name, properties, slot < SPECIES_SLOT));
  for (const [slot, name] of wanted.entries()) {
    const property = read[slot];
    if (!property) {
      const others = properties.map((other) => shown(other.name)).join(', ');
      fail(`expected a property ${shown(name)} of vertex, got only ${others}`);
    }
    if (property.countType) fail(`expected one number for property ${shown(name)} of vertex, got a list`);
    if (slot === SPECIES_SLOT && AXES.includes(name)) fail(`expected a species beside x, y and z, got ${name}`);
  }
  return properties.map((property) => fieldOf(property, read.indexOf(property)));
}

/** Some programs write the axes in capital letters; where both are there, the small ones count. */
function propertyNamed(name: string, properties: readonly PlyProperty[], isAxis: boolean): PlyProperty | undefined {
  const exact = properties.find((candidate) => candidate.name === name);
  return exact ?? (isAxis ? properties.find((candidate) => candidate.name.toLowerCase() === name) : undefined);
}

function fieldOf({ name, type }: PlyProperty, slot: number): VertexField | undefined {
  if (slot < 0) return undefined;
  return slot < SPECIES_SLOT
    ? { slot, expected: `a finite ${type.name} for ${name}`, accepts: Number.isFinite }
    : { slot, expected: `an integer for ${shown(name)}`, accepts: Number.isSafeInteger };
}
