import { type Data, DataType, Field, List, Vector } from 'apache-arrow';
import { listElements, listOffsets } from '../../arrow/columns.js';
import { isText, itemType } from '../../arrow/kinds.js';
import type { ColumnExpectation } from '../../arrow/expectations.js';
import { speciesField } from '../../arrow/schemas.js';
import { quoted } from '../../clouds/text.js';
import { PipelineError, type Place } from '../../errors.js';
import { ELEMENTS } from '../../xyz/elements.js';

/** The kind of each point, as text or as integers of any width. */
export const speciesColumn: ColumnExpectation = {
  name: speciesField.name,
  type: 'list<utf8 or integer>',
  accepts: (type) => DataType.isList(type) && (DataType.isUtf8(type.valueType) || DataType.isInt(type.valueType)),
  convertsTo(type) {
    const item = itemType(type);
    const kind = item && DataType.isDictionary(item) ? item.dictionary : item;
    if (!kind || !(isText(kind) || DataType.isInt(kind))) return undefined;
    return DataType.isInt(kind) ? new List(new Field('item', kind, false)) : speciesField.type;
  },
};

/**
 * The species as text, in the order in which their pairs make a row: by atomic number where all are symbols of elements, by
 * value where all are integers, else as declared.
 */
export function orderedSpecies(declared: readonly (string | number)[]): string[] {
  const names = declared.map(String);
  const ranking = [atomicNumber, integer].find((rank) => names.every((name) => rank(name) !== undefined));
  return ranking === undefined ? names : names.toSorted((a, b) => ranking(a)! - ranking(b)!);
}

function atomicNumber(name: string): number | undefined {
  const number = ELEMENTS.indexOf(name);
  return number < 0 ? undefined : number;
}

function integer(name: string): number | undefined {
  const value = Number(name);
  return Number.isSafeInteger(value) && String(value) === name ? value : undefined;
}

/** Turns the species of points into their places in the order of a row. */
export class DeclaredSpecies {
  readonly #names: readonly string[];
  readonly #indices: Map<string, number>;

  /** @param declared each once */
  constructor(declared: readonly (string | number)[]) {
    this.#names = orderedSpecies(declared);
    this.#indices = new Map(this.#names.map((name, index) => [name, index]));
  }

  /**
   * The indices for the points of one cloud.
   *
   * @param column as `speciesColumn`, without nulls
   * @param place of the row, for messages
   * @throws PipelineError `badData` naming the row if there are not as many as points, and the point if its species is not declared
   */
  read(column: Data, row: number, nPoints: number, place: Place = { row }): Uint16Array {
    const offsets = listOffsets(column);
    const start = offsets[row]!;
    const nSpecies = offsets[row + 1]! - start;
    if (nSpecies !== nPoints) {
      throw new PipelineError('badData', `species: expected ${nPoints}, one for each point, got ${nSpecies}`, {
        place,
      });
    }
    const species = new Vector<DataType>([listElements(column)]);
    return Uint16Array.from({ length: nPoints }, (_, point) => {
      const found: unknown = species.get(start + point);
      const index = this.#indices.get(String(found)) ?? this.#element(String(found));
      if (index !== undefined) return index;
      throw new PipelineError(
        'badData',
        `point ${point}: expected one of the declared species ${this.#names.join(', ')}, got ${typeof found === 'string' ? quoted(found) : String(found)}`,
        { place },
      );
    });
  }

  /** The place of a declared element that is written in other letters, `MG` or `cl`, or as its atomic number. */
  #element(name: string): number | undefined {
    const symbol = ELEMENTS[integer(name) ?? -1] ?? name.charAt(0).toUpperCase() + name.slice(1).toLowerCase();
    const index = ELEMENTS.includes(symbol) ? this.#indices.get(symbol) : undefined;
    if (index !== undefined) this.#indices.set(name, index);
    return index;
  }
}
