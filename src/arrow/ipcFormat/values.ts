import { DataType, DateUnit, IntervalUnit } from 'apache-arrow';
import { isViews } from '../kinds.js';

/** Bytes of a value of a type whose values all have the same length. */
export function valueBytes(type: DataType): number {
  if (DataType.isInt(type) || DataType.isDecimal(type) || DataType.isTime(type)) return type.bitWidth / 8;
  if (DataType.isFloat(type)) return 2 << type.precision;
  if (DataType.isDate(type)) return type.unit === DateUnit.DAY ? 4 : 8;
  if (DataType.isInterval(type))
    return type.unit === IntervalUnit.YEAR_MONTH ? 4 : type.unit === IntervalUnit.DAY_TIME ? 8 : 16;
  if (DataType.isFixedSizeBinary(type)) return type.byteWidth;
  if (isViews(type)) return 16;
  return 8; // timestamps, durations
}

/** The lengths of the numbers that a value consists of, in its order: what the order of bytes applies to. */
export function numberBytes(type: DataType): readonly number[] {
  if (DataType.isFixedSizeBinary(type)) return [];
  if (!DataType.isInterval(type)) return [valueBytes(type)];
  return type.unit === IntervalUnit.MONTH_DAY_NANO ? [4, 4, 8] : [4];
}

/** Numbers of these lengths, over and over, with the bytes of each in reverse. */
export function swapBytes(bytes: Uint8Array, lengths: readonly number[]): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(bytes);
  const cycle = lengths.reduce((sum, length) => sum + length, 0);
  if (cycle === 0) return swapped;
  for (let at = 0; at + cycle <= swapped.length;) {
    for (const length of lengths) {
      swapped.subarray(at, at + length).reverse();
      at += length;
    }
  }
  return swapped;
}

/** Whether a bit of a bitmap is set. */
export function bitAt(bitmap: Uint8Array, index: number): boolean {
  return ((bitmap[index >> 3]! >> (index & 7)) & 1) === 1;
}

/** How many of the first `length` bits are set. */
export function setBits(bitmap: Uint8Array, length: number): number {
  let count = 0;
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) count += BITS_OF_BYTE[bitmap[i]!]!;
  for (let i = whole * 8; i < length; i++) count += bitAt(bitmap, i) ? 1 : 0;
  return count;
}

const BITS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);
