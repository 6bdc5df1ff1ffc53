import { reserve } from './memory';
import { lMax, nPadded, wholeGroups } from './settings';
import { multiplyAdd, subtractProduct } from './simd';

/**
 * The radial functions at distances, a row each. On lattices, images among them, few distances occur: their rows are kept, and found
 * again by a hash of r². Elsewhere every distance is new, and the rows are a buffer: what would be found again, as every pair of
 * points is met twice, is so long ago that finding it costs more than it spares.
 */

/** Weight of a point at the distance whose square is given. Asked once for each row. */
@external('env', 'weight')
declare function weight(rr: f64): f64;

/** Rows that are kept. When fewer are free than a block may need, all are forgotten. */
const ROWS: i32 = 2048;
/** Records of distances: a hash table of 2^RECORD_BITS places with linear probing, four times as many as there are rows. */
const RECORD_BITS: i32 = 13;
const RECORDS: usize = 1 << RECORD_BITS;

/** Of a record: r², 1/r and the address of its row; then what the block at hand knows of it. */
const RECORD_BYTES: usize = 32;
const INVERSE: usize = 8;
const ROW: usize = 16; // usize; 0 where there is no record
const BLOCK: usize = 20; // i32: the block that met this distance last
const COUNT: usize = 24; // i32: points at this distance, in this block
const COLUMN: usize = 28; // i32: the column of this distance, in this block

let isWeighted: bool = false;
let nIntervals: i32 = 0;
let inverseStep: f64 = 0;
let coefficients: usize = 0;
let nFunctions: i32 = 0;
let rowBytes: usize = 0;
let records: usize = 0;
let used: usize = 0; // the records of the rows, in their order
let rows: usize = 0;
let nRows: i32 = 0;

/** Coefficients of a polynomial: of degree 6 in float64, 3 in float32. */
@inline
function powers<T>(): usize {
  return sizeof<T>() == 8 ? 7 : 4;
}

export function configureRadialRows<T>(intervals: i32, step: f64, weighted: bool): void {
  isWeighted = weighted;
  nIntervals = intervals;
  inverseStep = 1 / step;
  nFunctions = wholeGroups<T>((lMax + 1) * nPadded);
  rowBytes = <usize>nFunctions * sizeof<T>();
  coefficients = reserve(<usize>intervals * powers<T>() * rowBytes);
  records = reserve(RECORDS * RECORD_BYTES);
  used = reserve(sizeof<usize>() * <usize>ROWS);
  rows = reserve(<usize>(ROWS + 1) * rowBytes);
  memory.fill(emptyRow(), 0, rowBytes);
  memory.fill(records, 0, RECORDS * RECORD_BYTES);
  nRows = 0;
}

/**
 * Where the host writes the table, of the arithmetic's type: intervals × vectors of functions × powers of t, the highest first × functions
 * of the vector. The functions are (lMax+1) × nPadded, 0 from nMax on, and what fills them up to `functionsInRow`.
 */
export function radialCoefficients(): usize {
  return coefficients;
}

/** Functions of a row, with all that fills it up. */
export function functionsInRow(): i32 {
  return nFunctions;
}

/** Makes room for `count` new distances. */
export function reserveRows(count: i32): void {
  if (nRows + count > ROWS) forgetRows();
}

export function forgetRows(): void {
  for (let i = 0; i < nRows; i++) store<usize>(load<usize>(used + sizeof<usize>() * <usize>i), 0, ROW);
  nRows = 0;
}

/** The record of a squared distance. */
@inline
export function recordAt<T>(rr: f64): usize {
  // By the golden ratio (Knuth, The Art of Computer Programming, section 6.4), whatever the scale of the distances.
  const place = (reinterpret<u64>(rr) * 0x9e3779b97f4a7c15) >> (64 - RECORD_BITS);
  let record = records + RECORD_BYTES * <usize>place;
  while (load<usize>(record, ROW) != 0) {
    if (load<f64>(record) == rr) return record;
    record += RECORD_BYTES;
    if (record == records + RECORDS * RECORD_BYTES) record = records;
  }
  addRow<T>(rr, record);
  return record;
}

function addRow<T>(rr: f64, record: usize): void {
  const row = rowAt(nRows);
  const r = sqrt(rr);
  store<usize>(used + sizeof<usize>() * <usize>nRows, record);
  nRows++;
  store<f64>(record, rr);
  store<f64>(record, inverseOf(r), INVERSE);
  store<usize>(record, row, ROW);
  evaluateRow<T>(rr, r, row);
}

/** 1/r, or 0 at the centre. */
@inline
export function inverseOf(r: f64): f64 {
  return r > 0 ? 1 / r : 0;
}

/** A row of the buffer, whatever is kept there. */
@inline
export function rowAt(index: i32): usize {
  return rows + rowBytes * <usize>index;
}

/** The functions at this distance: (lMax+1) × nPadded, 0 from nMax on. */
@inline
export function radialRow(record: usize): usize {
  return load<usize>(record, ROW);
}

/** A row of zeros. */
@inline
export function emptyRow(): usize {
  return rowAt(ROWS);
}

/** 1/r, or 0 at the centre. */
@inline
export function inverseDistance(record: usize): f64 {
  return load<f64>(record, INVERSE);
}

/** Counts a point at this distance. @returns points there in this block so far; blocks are numbered from 1 */
@inline
export function countPoint(record: usize, block: i32): i32 {
  // Without a branch: whether a distance is new is hard to foresee.
  const count = load<i32>(record, COUNT) * i32(load<i32>(record, BLOCK) == block) + 1;
  store<i32>(record, block, BLOCK);
  store<i32>(record, count, COUNT);
  return count;
}

/** Takes one of the counted points away. @returns how many there were */
@inline
export function takePoint(record: usize): i32 {
  const count = load<i32>(record, COUNT);
  store<i32>(record, count - 1, COUNT);
  return count;
}

@inline
export function pointCount(record: usize): i32 {
  return load<i32>(record, COUNT);
}

@inline
export function columnOf(record: usize): i32 {
  return load<i32>(record, COLUMN);
}

@inline
export function setColumn(record: usize, column: i32): void {
  store<i32>(record, column, COLUMN);
}

/**
 * Writes the row: in each interval of r a polynomial in t by Horner's rule, the functions side by side in the vectors. The coefficients
 * lie in the order in which they are read, so that their addresses cost nothing.
 */
export function evaluateRow<T>(rr: f64, r: f64, row: usize): void {
  const position = r * inverseStep;
  const interval = min(<i32>position, nIntervals - 1);
  const t = v128.splat<T>(<T>(position - <f64>interval));
  let from = coefficients + <usize>interval * powers<T>() * rowBytes;
  let to = row;
  const end = row + rowBytes;
  do {
    v128.store(to, evaluateVector<T>(from, t));
    v128.store(to, evaluateVector<T>(from + 16 * powers<T>(), t), 16);
    from += 32 * powers<T>();
    to += 32;
  } while (to < end);
  if (isWeighted) scaleRow<T>(row, <T>weight(rr));
}

@inline
function evaluateVector<T>(from: usize, t: v128): v128 {
  let value = v128.load(from);
  value = multiplyAdd<T>(value, t, v128.load(from, 16));
  value = multiplyAdd<T>(value, t, v128.load(from, 32));
  value = multiplyAdd<T>(value, t, v128.load(from, 48));
  if (sizeof<T>() == 8) {
    value = multiplyAdd<T>(value, t, v128.load(from, 64));
    value = multiplyAdd<T>(value, t, v128.load(from, 80));
    value = multiplyAdd<T>(value, t, v128.load(from, 96));
  }
  return value;
}

function scaleRow<T>(row: usize, factor: T): void {
  const factors = v128.splat<T>(factor);
  for (let at = row; at < row + rowBytes; at += 16) v128.store(at, v128.mul<T>(v128.load(at), factors));
}

/**
 * Writes A_nl = (w G_nl)' - l B_nl and B_nl = w G_nl/r, f64, at l·nPadded + n. Of a float64 table, as `../derivatives/radialSlopes.ts`.
 *
 * @param weight w
 * @param slope w'
 */
export function writeSlopes(r: f64, weight: f64, slope: f64, a: usize, b: usize): void {
  const position = r * inverseStep;
  const interval = min(<i32>position, nIntervals - 1);
  const t = f64x2.splat(position - <f64>interval);
  const ofValue = f64x2.splat(slope);
  const ofSlope = f64x2.splat(weight * inverseStep);
  const ofQuotient = f64x2.splat(interval == 0 ? weight * inverseStep : weight / r);
  let from = coefficients + <usize>interval * powers<f64>() * rowBytes;
  for (let l = 0; l <= lMax; l++) {
    const degree = f64x2.splat(<f64>l);
    for (let n = 0; n < nPadded; n += 2) {
      let value = v128.load(from);
      let derivative = value;
      value = multiplyAdd<f64>(value, t, v128.load(from, 16));
      derivative = multiplyAdd<f64>(derivative, t, value);
      value = multiplyAdd<f64>(value, t, v128.load(from, 32));
      derivative = multiplyAdd<f64>(derivative, t, value);
      value = multiplyAdd<f64>(value, t, v128.load(from, 48));
      derivative = multiplyAdd<f64>(derivative, t, value);
      value = multiplyAdd<f64>(value, t, v128.load(from, 64));
      derivative = multiplyAdd<f64>(derivative, t, value);
      value = multiplyAdd<f64>(value, t, v128.load(from, 80));
      derivative = multiplyAdd<f64>(derivative, t, value);
      const withoutConstant = value; // over t
      value = multiplyAdd<f64>(value, t, v128.load(from, 96));
      const quotient = v128.mul<f64>(ofQuotient, interval == 0 ? withoutConstant : value);
      const total = multiplyAdd<f64>(ofSlope, derivative, v128.mul<f64>(ofValue, value));
      v128.store(b, quotient);
      v128.store(a, subtractProduct<f64>(degree, quotient, total));
      from += 16 * powers<f64>();
      a += 16;
      b += 16;
    }
  }
}
