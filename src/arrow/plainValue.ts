import { type Data, DataType, DateUnit, IntervalUnit, type RecordBatch, TimeUnit, Vector } from 'apache-arrow';
import { isOpenList } from './kinds.js';

/**
 * A value as JSON has it. Integers beyond 2^53, decimals, dates, times and numbers that are not finite are text, bytes are lists of numbers.
 */
export type PlainValue =
  null | boolean | number | string | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/** The value of a row of a column, exactly: Arrow's own getters round times, and leave the words of decimals as they are. */
export function plainValue(data: Data, row: number): PlainValue {
  const { type, children } = data;
  if (DataType.isUnion(type)) {
    const place = Array.from(type.typeIds, Number).indexOf(data.typeIds[row]);
    return plainValue(children[place]!, DataType.isDenseUnion(type) ? data.valueOffsets[row]! : row);
  }
  if (DataType.isNull(type) || !data.getValid(row)) return null;
  if (DataType.isDictionary(type)) return plainItem(data.dictionary!, Number(data.values[row]));
  if (DataType.isStruct(type)) {
    return plainObject(
      type.children.map(({ name }) => name),
      (i) => plainValue(children[i]!, row),
    );
  }
  if (DataType.isFixedSizeList(type)) return plainList(children[0]!, row * type.listSize, (row + 1) * type.listSize);
  if (DataType.isMap(type)) return plainMap(children[0]!, data.valueOffsets[row], data.valueOffsets[row + 1]);
  if (isOpenList(type)) {
    return plainList(children[0]!, Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1]));
  }
  if (DataType.isDecimal(type)) return decimalText(BigInt.asIntN(type.bitWidth, wordsAt(data, row)), type.scale);
  if (DataType.isTimestamp(type)) {
    return instantText(BigInt(data.values[row]), type.unit) + (type.timezone ? 'Z' : '');
  }
  if (DataType.isDate(type)) {
    const value = BigInt(data.values[row]! as number | bigint);
    return instantText(type.unit === DateUnit.DAY ? value * 86_400n : value / 1000n, TimeUnit.SECOND).replace(
      'T00:00:00',
      '',
    );
  }
  if (DataType.isTime(type)) return clockText(BigInt(data.values[row]! as number | bigint), type.unit);
  if (DataType.isInterval(type))
    return intervalObject(type.unit, data.values.subarray(row * data.stride) as Int32Array);
  if (DataType.isDuration(type)) return plainScalar(data.values[row]);
  return plainScalar(new Vector([data]).get(row));
}

/** The first rows of a batch, each an object with its values by name. */
export function plainRows({ schema, data, numRows }: RecordBatch, most = Infinity): Record<string, PlainValue>[] {
  const names = schema.fields.map(({ name }) => name);
  return Array.from({ length: Math.max(0, Math.min(numRows, most)) }, (_, row) =>
    plainObject(names, (i) => plainValue(data.children[i]!, row)),
  );
}

/** Values by their names; a name that is not the first of its kind is followed by its number: `x (2)`. */
export function plainObject(
  names: readonly string[],
  valueOf: (index: number) => PlainValue,
): Record<string, PlainValue> {
  const seen = new Map<string, number>();
  const entries = names.map((name, i) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return [count > 1 ? `${name} (${count})` : name, valueOf(i)] as const;
  });
  return Object.fromEntries(entries);
}

/** The value of a row of a vector, as `plainValue`. */
export function plainItem(vector: Vector, index: number): PlainValue {
  let at = index;
  for (const part of vector.data) {
    if (at < part.length) return plainValue(part, at);
    at -= part.length;
  }
  return null;
}

function plainList(child: Data, from: number, to: number): PlainValue[] {
  return Array.from({ length: to - from }, (_, i) => plainValue(child, from + i));
}

/** An object where the keys are texts that differ, else pairs. */
function plainMap({ children }: Data, from: number, to: number): PlainValue {
  const [keys, values] = children.map((child) => plainList(child, from, to));
  const isObject = keys!.every((key) => typeof key === 'string') && new Set(keys).size === keys.length;
  const pairs = keys!.map((key, i) => [key, values![i]!] as const);
  return isObject ? Object.fromEntries(pairs as [string, PlainValue][]) : pairs;
}

function plainScalar(value: unknown): PlainValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return [...value];
  throw new Error(`no plain value of ${Object.prototype.toString.call(value)}`);
}

/** The integer of a row's 32-bit words, the lowest first; in two's complement. */
function wordsAt({ values, stride }: Data, row: number): bigint {
  const words = Array.from((values as Uint32Array).subarray(row * stride, (row + 1) * stride), (word) =>
    BigInt(word >>> 0),
  );
  return words.reduceRight((sum, word) => (sum << 32n) | word, 0n);
}

function decimalText(integer: bigint, scale: number): string {
  if (scale <= 0) return String(integer * 10n ** BigInt(-scale));
  const digits = String(integer < 0n ? -integer : integer).padStart(scale + 1, '0');
  return `${integer < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Digits after the point of a second. */
const DIGITS: Readonly<Record<TimeUnit, number>> = { 0: 0, 1: 3, 2: 6, 3: 9 };

/** As ISO 8601, with all digits of the unit; seconds since 1970 as a number where no calendar reaches. */
function instantText(value: bigint, unit: TimeUnit): string {
  const scale = 10n ** BigInt(DIGITS[unit]);
  const fraction = ((value % scale) + scale) % scale;
  const seconds = (value - fraction) / scale;
  const date = new Date(Number(seconds) * 1000);
  const tail = fractionText(fraction, unit);
  return Number.isNaN(date.getTime()) ? `${seconds}${tail} s` : date.toISOString().slice(0, -5) + tail;
}

function clockText(value: bigint, unit: TimeUnit): string {
  const scale = 10n ** BigInt(DIGITS[unit]);
  const seconds = value / scale;
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => String(part).padStart(2, '0'));
  return parts.join(':') + fractionText(value % scale, unit);
}

function fractionText(fraction: bigint, unit: TimeUnit): string {
  return DIGITS[unit] === 0 ? '' : `.${String(fraction).padStart(DIGITS[unit], '0')}`;
}

function intervalObject(unit: IntervalUnit, words: Int32Array): PlainValue {
  if (unit === IntervalUnit.YEAR_MONTH) return { months: words[0]! };
  if (unit === IntervalUnit.DAY_TIME) return { days: words[0]!, milliseconds: words[1]! };
  const nanoseconds = (BigInt(words[3]!) << 32n) | BigInt(words[2]! >>> 0);
  return { months: words[0]!, days: words[1]!, nanoseconds: plainScalar(nanoseconds) };
}
