import { Data, DataType, type Dictionary, type RecordBatch, type Schema, type Vector } from 'apache-arrow';
import { PipelineError } from '../errors.js';
import { type NumberArray, recordBatch } from './columns.js';
import { childTypes } from './kinds.js';
import { plainItem } from './plainValue.js';

/** Whether some column, or a part of one, refers to a dictionary. */
export function hasDictionary(schema: Schema): boolean {
  return schema.fields.some(({ type }) => refersToDictionary(type));
}

function refersToDictionary(type: DataType): boolean {
  return DataType.isDictionary(type) || childTypes(type).some(refersToDictionary);
}

/** Whether two dictionaries have the same values, in the same order. */
export function areEqualDictionaries(a: Vector, b: Vector): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [one, other]: unknown[] = [a.get(i), b.get(i)];
    if (one !== other && !(isNested(one) && JSON.stringify(plainItem(a, i)) === JSON.stringify(plainItem(b, i)))) {
      return false;
    }
  }
  return true;
}

/** Values that are objects, new ones each time. */
function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/**
 * Dictionaries by their number in the schema. Every batch that is read, or comes from another thread, brings its own, which to Arrow's
 * writers are others even if nothing has changed.
 */
export class KnownDictionaries {
  readonly #known = new Map<number, Vector>();
  readonly #mayReplace: boolean;

  /** @param mayReplace whether a dictionary may follow another one. If not, it is appended, and its indices are moved. */
  constructor({ mayReplace }: { readonly mayReplace: boolean }) {
    this.#mayReplace = mayReplace;
  }

  /**
   * The batch with the dictionaries of earlier ones, where it refers to equal ones.
   * @throws PipelineError `badData` if all dictionaries together have more values than a column's indices reach
   */
  adopt(batch: RecordBatch): RecordBatch {
    const columns = batch.data.children.map((column, i) => this.#adopt(column, batch.schema.fields[i]!.name));
    return recordBatch(batch.schema, batch.numRows, columns);
  }

  #adopt(data: Data, column: string): Data {
    const { type, dictionary } = data;
    if (!dictionary || !DataType.isDictionary(type)) {
      if (data.children.length === 0) return data;
      const children = data.children.map((child) => this.#adopt(child, column));
      return data.clone(type, data.offset, data.length, data.nullCount, data.buffers, children, data.variadicBuffers);
    }
    const known = this.#known.get(type.id);
    if (known && areEqualDictionaries(known, dictionary)) return withDictionary(data, known);
    const isLonger = known && isBeginningOf(known, dictionary);
    if (!known || isLonger || this.#mayReplace) {
      this.#known.set(type.id, dictionary);
      return data;
    }
    const all = known.concat(dictionary);
    this.#known.set(type.id, all);
    return withDictionary(movedIndices(data, known.length, all.length, column), all);
  }
}

/** Whether a dictionary is another one with values added, as deltas make it. */
function isBeginningOf(known: Vector, dictionary: Vector): boolean {
  return known.data.every((part, i) => part === dictionary.data[i]);
}

function withDictionary(data: Data, dictionary: Vector): Data {
  const { type, offset, length, nullCount, buffers } = data;
  return new Data(type, offset, length, nullCount, buffers, [], dictionary);
}

function movedIndices(data: Data, by: number, values: number, column: string): Data {
  const { type, offset, length, nullCount, buffers } = data as Data<Dictionary>;
  const most = 2 ** (type.indices.bitWidth - (type.indices.isSigned ? 1 : 0));
  if (values > most) {
    throw new PipelineError(
      'badData',
      `column ${column}: expected ${most} values in its dictionaries, got ${values}: more than its indices reach in one file; write a stream`,
    );
  }
  const indices: NumberArray = data.values;
  const moved =
    indices instanceof BigInt64Array || indices instanceof BigUint64Array
      ? indices.map((index) => index + BigInt(by))
      : indices.map((index) => index + by);
  return new Data(type, offset, length, nullCount, [undefined, moved, buffers[2]] as never);
}
