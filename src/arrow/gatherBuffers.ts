import type { Data } from 'apache-arrow';
import type { NumberArray } from './columns.js';
import type { Scratch } from './scratch.js';

/** Rows named one by one: row `rows[i]` of batch `sources[i]`. */
export interface RowSelection {
  readonly sources: ArrayLike<number>;
  readonly rows: ArrayLike<number>;
  readonly length: number;
}

/** Copies the rows' numbers (or bytes), so many each. */
export function gatherValues(
  parts: readonly Data[],
  selection: RowSelection,
  stride: number,
  scratch: Scratch | undefined,
): NumberArray {
  const { sources, rows, length } = selection;
  const from = parts.map((part) => part.values as Float64Array);
  const to = newArray(from[0]!, length * stride, scratch);
  for (let i = 0, end = 0; i < length; i = end) {
    end = endOfRun(selection, i);
    const values = from[sources[i]!]!;
    const start = rows[i]! * stride;
    const count = (end - i) * stride;
    if (count >= WORTH_A_CALL) to.set(values.subarray(start, start + count), i * stride);
    else for (let j = 0; j < count; j++) to[i * stride + j] = values[start + j]!;
  }
  return to;
}

function newArray<T extends NumberArray>(model: T, length: number, scratch: Scratch | undefined): T {
  return scratch?.array(model, length) ?? new (model.constructor as new (length: number) => T)(length);
}

/** Bits, none of them set: of whole words, so that they are written as they are. */
function newBits(count: number, scratch: Scratch | undefined): Uint8Array {
  return newArray(NO_BITS, 8 * Math.ceil(count / 64), scratch).fill(0);
}

const NO_BITS = new Uint8Array(0);

/** Numbers from which on a copy by the engine is faster than a loop. */
const WORTH_A_CALL = 32;

/** The first row after `start` that does not follow the one before it in the same batch. */
function endOfRun({ sources, rows, length }: RowSelection, start: number): number {
  let end = start + 1;
  while (end < length && sources[end] === sources[start] && rows[end] === rows[start]! + end - start) end++;
  return end;
}

/** Copies the rows' bits. */
export function gatherBits(
  parts: readonly Data[],
  { sources, rows, length }: RowSelection,
  scratch: Scratch | undefined,
): Uint8Array {
  const bits = newBits(length, scratch);
  for (let i = 0; i < length; i++) {
    const part = parts[sources[i]!]!;
    const at = part.offset + rows[i]!;
    if ((part.values as Uint8Array)[at >> 3]! & (1 << (at & 7))) bits[i >> 3]! |= 1 << (i & 7);
  }
  return bits;
}

/** Which of the rows are null. Nothing is copied where none is. */
export function gatherValidity(
  parts: readonly Data[],
  { sources, rows, length }: RowSelection,
  scratch: Scratch | undefined,
): { nullCount: number; bitmap?: Uint8Array } {
  if (parts.every((part) => part.nullCount === 0)) return { nullCount: 0 };
  const bitmap = newBits(length, scratch);
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    if (parts[sources[i]!]!.getValid(rows[i]!)) bitmap[i >> 3]! |= 1 << (i & 7);
    else nullCount++;
  }
  return { nullCount, bitmap };
}

/** The elements of the selected rows of fixed-size lists. */
export function expandFixed({ sources, rows, length }: RowSelection, size: number): RowSelection {
  const elements = {
    sources: new Uint32Array(length * size),
    rows: new Uint32Array(length * size),
    length: length * size,
  };
  for (let i = 0, at = 0; i < length; i++) {
    for (let j = 0; j < size; j++, at++) {
      elements.sources[at] = sources[i]!;
      elements.rows[at] = rows[i]! * size + j;
    }
  }
  return elements;
}

/** The elements (or bytes) of the selected rows of variable-size lists, and where each row starts among them. */
export function expandVariable(
  parts: readonly Data[],
  { sources, rows, length }: RowSelection,
  scratch: Scratch | undefined,
): { offsets: Int32Array | BigInt64Array; elements: RowSelection } {
  const starts = new Float64Array(length + 1);
  for (let i = 0; i < length; i++) {
    const offsets: Int32Array | BigInt64Array = parts[sources[i]!]!.valueOffsets;
    const row = rows[i]!;
    starts[i + 1] = starts[i]! + Number(offsets[row + 1]) - Number(offsets[row]);
  }
  const total = starts[length]!;
  if (total > MOST_ELEMENTS)
    throw new RangeError(`gather: expected at most 2^31 - 1 elements in a batch, got ${total}`);
  const elements = { sources: new Uint32Array(total), rows: new Uint32Array(total), length: total };
  for (let i = 0, at = 0; i < length; i++) {
    const source = sources[i]!;
    const first = Number(parts[source]!.valueOffsets[rows[i]!]);
    for (let j = first, end = starts[i + 1]!; at < end; j++, at++) {
      elements.sources[at] = source;
      elements.rows[at] = j;
    }
  }
  const isWide = parts[0]!.type.OffsetArrayType === BigInt64Array;
  const offsets = newArray(isWide ? NO_WIDE_OFFSETS : NO_OFFSETS, length + 1, scratch);
  for (const [i, start] of starts.entries())
    (offsets as Record<number, number | bigint>)[i] = isWide ? BigInt(start) : start;
  return { offsets, elements };
}

const NO_OFFSETS = new Int32Array(0);
const NO_WIDE_OFFSETS = new BigInt64Array(0);
const MOST_ELEMENTS = 2 ** 31 - 1;
