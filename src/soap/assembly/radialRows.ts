import { reserve } from './memory';
import { nFunctions } from './settings';
import { multiplyAdd } from './simd';

/**
 * The radial functions at every distance met so far, a row each. On lattices, images among them, few distances occur: their rows
 * are computed once and found again by a hash of r². Elsewhere every distance is new, and the rows are a buffer.
 */

/** Weight of a point at the distance whose square is given. Asked once for each row. */
@external('env', 'weight')
declare function weight(rr: f64): f64;

/** Rows that are kept. When fewer are free than a block may need, all are forgotten. */
const ROWS: i32 = 2048;
/** Slots of the hash table: a power of two, at least twice the rows. */
const SLOT_BITS: i32 = 12;
const SLOTS: usize = 1 << SLOT_BITS;

/** Of each row: r² and 1/r as f64; then what the block at hand knows of it. */
const RECORD_BYTES: usize = 32;
const INVERSE: usize = 8;
const BLOCK: usize = 16; // i32: the block that met this distance last
const COUNT: usize = 20; // i32: points at this distance, in this block
const COLUMN: usize = 24; // i32: the column of this distance, in this block

let isWeighted: bool = false;
let nIntervals: i32 = 0;
let inverseStep: f64 = 0;
let coefficients: usize = 0;
let rowBytes: usize = 0;
let slots: usize = 0;
let records: usize = 0;
let rows: usize = 0;
let nRows: i32 = 0;
/** Since room was made last: the rows that there were, and how often one was found. */
let nRowsBefore: i32 = 0;
let nFound: i32 = 0;

/** Numbers from one power of t to the next in the table, and from row to row: whole groups of four. */
export function paddedFunctions(): i32 {
  return (nFunctions + 3) & -4;
}

/** Coefficients of a polynomial: of degree 7 in float64, 3 in float32. */
@inline
function powers<T>(): usize {
  return sizeof<T>() == 8 ? 8 : 4;
}

export function configureRadialRows<T>(intervals: i32, step: f64, weighted: bool): void {
  isWeighted = weighted;
  nIntervals = intervals;
  inverseStep = 1 / step;
  rowBytes = <usize>paddedFunctions() * sizeof<T>();
  coefficients = reserve(<usize>intervals * powers<T>() * rowBytes);
  slots = reserve(4 * SLOTS);
  records = reserve(<usize>ROWS * RECORD_BYTES);
  rows = reserve(<usize>(ROWS + 1) * rowBytes);
  memory.fill(radialRow(emptyRow()), 0, rowBytes);
  forgetRows();
}

/** Where the host writes the table: intervals × powers of t × padded functions, of the arithmetic's type. */
export function radialCoefficients(): usize {
  return coefficients;
}

/** Makes room for `count` new distances. Rows are kept only where they are found again: a short buffer stays in the cache. */
export function reserveRows(count: i32): void {
  const areFew = nFound * 8 < nRows - nRowsBefore;
  if (areFew || nRows + count > ROWS) forgetRows();
  nFound = 0;
  nRowsBefore = nRows;
}

function forgetRows(): void {
  memory.fill(slots, 0xff, 4 * SLOTS);
  nRows = 0;
}

/** Index of the row for a squared distance. */
@inline
export function rowAt<T>(rr: f64): i32 {
  let slot = <usize>((reinterpret<u64>(rr) * 0x9e3779b97f4a7c15) >> (64 - SLOT_BITS));
  let row = load<i32>(slots + 4 * slot);
  while (row >= 0) {
    if (load<f64>(record(row)) == rr) {
      nFound++;
      return row;
    }
    slot = (slot + 1) & (SLOTS - 1);
    row = load<i32>(slots + 4 * slot);
  }
  return addRow<T>(rr, slot);
}

function addRow<T>(rr: f64, slot: usize): i32 {
  const row = nRows++;
  store<i32>(slots + 4 * slot, row);
  store<f64>(record(row), rr);
  store<f64>(record(row), rr > 0 ? 1 / sqrt(rr) : 0, INVERSE);
  store<i32>(record(row), -1, BLOCK);
  evaluate<T>(rr, radialRow(row));
  return row;
}

@inline
function record(row: i32): usize {
  return records + RECORD_BYTES * <usize>row;
}

/** The functions at this distance, padded with zeros. */
@inline
export function radialRow(row: i32): usize {
  return rows + rowBytes * <usize>row;
}

export function radialRowBytes(): usize {
  return rowBytes;
}

/** A row of zeros. */
@inline
export function emptyRow(): i32 {
  return ROWS;
}

/** 1/r, or 0 at the centre. */
@inline
export function inverseDistance(row: i32): f64 {
  return load<f64>(record(row), INVERSE);
}

/** Counts a point at this distance. @returns points there in this block so far */
@inline
export function countPoint(row: i32, block: i32): i32 {
  const count = load<i32>(record(row), BLOCK) == block ? load<i32>(record(row), COUNT) + 1 : 1;
  store<i32>(record(row), block, BLOCK);
  store<i32>(record(row), count, COUNT);
  return count;
}

/** Takes one of the counted points away. @returns how many there were */
@inline
export function takePoint(row: i32): i32 {
  const count = load<i32>(record(row), COUNT);
  store<i32>(record(row), count - 1, COUNT);
  return count;
}

@inline
export function pointCount(row: i32): i32 {
  return load<i32>(record(row), COUNT);
}

@inline
export function columnOf(row: i32): i32 {
  return load<i32>(record(row), COLUMN);
}

@inline
export function setColumn(row: i32, column: i32): void {
  store<i32>(record(row), column, COLUMN);
}

/** Writes the row: in each interval of r a polynomial in t by Horner's rule, the functions side by side in the vectors. */
function evaluate<T>(rr: f64, row: usize): void {
  const position = sqrt(rr) * inverseStep;
  const interval = min(<i32>position, nIntervals - 1);
  const t = v128.splat<T>(<T>(position - <f64>interval));
  const w = v128.splat<T>(<T>(isWeighted ? weight(rr) : 1));
  const step = rowBytes;
  const end = row + step;
  // Begun with an address that depends on the interval, so that engines do not compute that again in the loop.
  let first = coefficients + <usize>interval * powers<T>() * step;
  do {
    let power = first + (powers<T>() - 1) * step;
    let value = v128.load(power);
    if (sizeof<T>() == 8) {
      value = multiplyAdd<T>(value, t, v128.load((power -= step)));
      value = multiplyAdd<T>(value, t, v128.load((power -= step)));
      value = multiplyAdd<T>(value, t, v128.load((power -= step)));
      value = multiplyAdd<T>(value, t, v128.load((power -= step)));
    }
    value = multiplyAdd<T>(value, t, v128.load((power -= step)));
    value = multiplyAdd<T>(value, t, v128.load((power -= step)));
    value = multiplyAdd<T>(value, t, v128.load((power -= step)));
    v128.store(row, v128.mul<T>(value, w));
    row += 16;
    first += 16;
  } while (row < end);
}
