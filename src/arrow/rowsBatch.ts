import { DataType as Type, type Field, Precision, type RecordBatch, Schema, vectorFromArray } from 'apache-arrow';
import { recordBatch } from './columns.js';
import { modelField } from './schemas.js';
import { typeName } from './typeName.js';

/** A row as YAML and JSON have it: values by column. */
export type PlainRow = Readonly<Record<string, unknown>>;

/** A value that its column cannot hold: where it is, from the list of rows on, and why. */
export class CellError extends Error {
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * Rows as a batch. A column has the type that is known of the stream, if its first value fits there, else that of the data model; the
 * first row names the columns. Numbers that are not finite are `NaN` and so on, bytes are hexadecimal, a space between two.
 *
 * @param known the schema that such rows have elsewhere
 * @throws CellError for a value that the column's type cannot hold exactly, floats but for their rounding
 */
export function batchOfRows(rows: readonly PlainRow[], known?: Schema): RecordBatch {
  const [first = {}] = rows;
  const fields = Object.entries(first).map(([name, value]) => fieldOf(name, value, known));
  for (const [row, values] of rows.entries()) {
    const odd = Object.keys(values).find((name) => !Object.hasOwn(first, name));
    if (odd !== undefined) throw new CellError([row, odd], 'the first row has no such column');
  }
  const columns = fields.map((field) => {
    const values = rows.map((row, index) => held(field, row[field.name], [index, field.name]));
    return vectorFromArray(values, field.type).data[0]!;
  });
  return recordBatch(new Schema(fields), rows.length, columns);
}

function fieldOf(name: string, value: unknown, known: Schema | undefined): Field {
  const candidates = [known?.fields.find((field) => field.name === name), modelField(name, value)];
  const [field, ...others] = candidates.filter((each) => each !== undefined);
  if (!field) throw new CellError([0, name], 'there is no such column in the data model, nor is it known what arrives');
  return [field, ...others].find((each) => fits(each, value)) ?? others.at(-1) ?? field;
}

function fits(field: Field, value: unknown): boolean {
  try {
    held(field, value, []);
    return true;
  } catch {
    return false;
  }
}

/** Where numbers of a precision become infinite. */
const LARGEST: Readonly<Record<Precision, number>> = {
  [Precision.HALF]: 65_520,
  [Precision.SINGLE]: 3.402823669209385e38,
  [Precision.DOUBLE]: Infinity,
};

/** The value as Arrow's builders take it, which would take anything without a word. */
function held({ type, nullable }: Field, value: unknown, path: readonly (string | number)[]): unknown {
  const expect = (isMet: boolean, wanted = `a value of the type ${typeName(type)}`): void => {
    if (!isMet) throw new CellError(path, `expected ${wanted}, got ${shown(value)}`);
  };
  if (value === null && nullable) return null;
  if (Type.isFixedSizeList(type) || Type.isList(type)) {
    if (!Array.isArray(value)) return expect(false);
    if (Type.isFixedSizeList(type)) {
      expect(value.length === type.listSize, `a list of ${type.listSize}, as the type ${typeName(type)} has it`);
    }
    return value.map((item, index) => held(type.children[0]!, item, [...path, index]));
  }
  if (Type.isInt(type)) {
    const [least, most] = type.isSigned
      ? [-(2 ** (type.bitWidth - 1)), 2 ** (type.bitWidth - 1) - 1]
      : [0, 2 ** type.bitWidth - 1];
    expect(Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most);
    return type.bitWidth === 64 ? BigInt(value as number) : value;
  }
  if (Type.isFloat(type)) {
    const number = ['NaN', 'Infinity', '-Infinity'].includes(value as string) ? Number(value) : value;
    expect(typeof number === 'number');
    expect(!Number.isFinite(number) || Math.abs(number as number) < LARGEST[type.precision]);
    return number;
  }
  if (Type.isBinary(type)) {
    expect(typeof value === 'string' && /^([\da-f]{2}( (?=.)|$))*$/i.test(value), 'bytes in hexadecimal such as 00 ff');
    return Uint8Array.from(value === '' ? [] : String(value).split(' '), (byte) => Number.parseInt(byte, 16));
  }
  expect(Type.isBool(type) || Type.isUtf8(type), `a file in place of rows, since these have no ${typeName(type)}`);
  expect(typeof value === (Type.isBool(type) ? 'boolean' : 'string'));
  return value;
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
