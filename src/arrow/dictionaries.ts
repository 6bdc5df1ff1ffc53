import { type Data, DataType, type RecordBatch, type Schema, type Vector } from 'apache-arrow';

/** Whether some column, or a part of one, refers to a dictionary. */
export function hasDictionary(schema: Schema): boolean {
  return schema.fields.some(({ type }) => refersToDictionary(type));
}

function refersToDictionary(type: DataType): boolean {
  return (
    DataType.isDictionary(type) || (type.children ?? []).some((child) => refersToDictionary(child.type as DataType))
  );
}

/** Whether two dictionaries have the same values, in the same order. */
export function areEqualDictionaries(a: Vector, b: Vector): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a.get(i) !== b.get(i)) return false;
  return true;
}

/**
 * Dictionaries by their number in the schema. Every batch that is read, or comes from another thread, brings its own, which to Arrow's
 * writers are others even if nothing has changed.
 */
export class KnownDictionaries {
  readonly #known = new Map<number, Vector>();

  /** Has a batch refer to the dictionaries of earlier ones, where it refers to equal ones. */
  replaceIn({ data }: RecordBatch): void {
    for (const column of data.children) this.#replace(column);
  }

  #replace(data: Data): void {
    for (const child of data.children) this.#replace(child);
    const { type, dictionary } = data;
    if (!dictionary || !DataType.isDictionary(type)) return;
    const known = this.#known.get(type.id);
    if (known && areEqualDictionaries(known, dictionary)) data.dictionary = known;
    else this.#known.set(type.id, dictionary);
  }
}
