import { reserve } from './memory';
import {
  columnOf,
  countPoint,
  emptyRow,
  evaluateRow,
  forgetRows,
  inverseDistance,
  inverseOf,
  pointCount,
  radialRow,
  recordAt,
  reserveRows,
  rowAt,
  setColumn,
  takePoint,
} from './radialRows';
import { COLUMNS, wholeGroups } from './settings';

/**
 * A block of points around a centre. On a lattice it is ordered so that points at the same distance share a column: the radial functions
 * are theirs in common, so it is enough to multiply them with the sum of their harmonics, which saves a quarter of the work and more.
 * Elsewhere every point has a column, and there is one layer.
 *
 * Layer k holds the k-th point of every column that has as many. Columns with more points come first, so that a layer is a range of
 * columns from 0 on. Layers are filled up to whole groups with points that are not there.
 */

/** Unit vectors to the points, and 1 for a point or 0 for filling; of the arithmetic's type, layer after layer. */
export let unitX: usize = 0;
export let unitY: usize = 0;
export let unitZ: usize = 0;
export let presence: usize = 0;

/** Points in the layers at most: each of COLUMNS layers may be filled up by less than a group of eight. */
const SLOTS: usize = 9 * COLUMNS;

/** Of each point x, y, z and r², f64; in place of r², once it is found, the record of its distance, usize. */
let offsets: usize = 0;
const OFFSET_BYTES: usize = 32;
const RR: usize = 24;
const RECORD: usize = 24;
let found: usize = 0; // the records of the columns, in the order in which they were met
let columnRows: usize = 0; // and their radial functions in the order of the columns; usize both
let ends: usize = 0; // of each layer: columns in it, i32
let starts: usize = 0; // of each layer: its first slot, i32

let isLattice: bool = true;
let block: i32 = 0;
let nPoints: i32 = 0;
let nFound: i32 = 0;
export let nLayers: i32 = 0;

export function configureShells<T>(): void {
  unitX = reserve(SLOTS * sizeof<T>());
  unitY = reserve(SLOTS * sizeof<T>());
  unitZ = reserve(SLOTS * sizeof<T>());
  presence = reserve(SLOTS * sizeof<T>());
  offsets = reserve(<usize>(COLUMNS + 1) * OFFSET_BYTES);
  found = reserve(sizeof<usize>() * <usize>(COLUMNS + 1));
  columnRows = reserve(sizeof<usize>() * <usize>(COLUMNS + 8));
  ends = reserve(4 * <usize>(COLUMNS + 1));
  starts = reserve(4 * <usize>(COLUMNS + 1));
}

/** Of the next cloud: whether its points are often equally far apart. */
export function setLattice(isSo: bool): void {
  if (!isSo) forgetRows();
  isLattice = isSo;
}

export function startBlock(): void {
  if (isLattice) reserveRows(COLUMNS);
  block++;
  nPoints = 0;
  nFound = 0;
  nLayers = 0;
}

/** Adds a point if it is near: without a branch, which would be hard to foresee. @returns points in the block, COLUMNS at most */
@inline
export function addPoint(x: f64, y: f64, z: f64, rr: f64, isNear: bool): i32 {
  const at = offsets + OFFSET_BYTES * <usize>nPoints;
  store<f64>(at, x);
  store<f64>(at, y, 8);
  store<f64>(at, z, 16);
  store<f64>(at, rr, RR);
  return (nPoints += i32(isNear));
}

/** Orders the points of the block and evaluates their radial functions. @returns its columns, in whole groups */
export function arrange<T>(): i32 {
  return isLattice ? arrangeShells<T>() : arrangePoints<T>();
}

function arrangeShells<T>(): i32 {
  for (let i = 0; i < nPoints; i++) {
    const at = offsets + OFFSET_BYTES * <usize>i;
    const record = recordAt<T>(load<f64>(at, RR));
    const count = countPoint(record, block);
    store<usize>(found + sizeof<usize>() * <usize>nFound, record); // written over unless it is new
    nFound += i32(count == 1);
    nLayers = max(count, nLayers);
    store<usize>(at, record, RECORD);
  }
  const columns = orderColumns<T>();
  fillLayers<T>();
  for (let i = 0; i < nPoints; i++) {
    const at = offsets + OFFSET_BYTES * <usize>i;
    const record = load<usize>(at, RECORD);
    storeUnit<T>(layerStart(takePoint(record)) + columnOf(record), at, inverseDistance(record));
  }
  return columns;
}

/** A single layer, in the order of the points. */
function arrangePoints<T>(): i32 {
  for (let i = 0; i < nPoints; i++) {
    const at = offsets + OFFSET_BYTES * <usize>i;
    const rr = load<f64>(at, RR);
    const r = sqrt(rr);
    const row = rowAt(i);
    evaluateRow<T>(rr, r, row);
    store<usize>(radialRowsFrom(i), row);
    storeUnit<T>(i, at, inverseOf(r));
  }
  nLayers = 1;
  store<i32>(ends, nPoints, 4);
  fillLayers<T>();
  return fillColumns<T>(nPoints);
}

/** The unit vector of the point that lies so far off. */
@inline
function storeUnit<T>(slot: i32, offset: usize, inverse: f64): void {
  const at = <usize>slot * sizeof<T>();
  store<T>(unitX + at, <T>(load<f64>(offset) * inverse));
  store<T>(unitY + at, <T>(load<f64>(offset, 8) * inverse));
  store<T>(unitZ + at, <T>(load<f64>(offset, 16) * inverse));
  store<T>(presence + at, <T>1);
}

/** Columns of a layer, 1 to nLayers. */
@inline
export function layerColumns(layer: i32): i32 {
  return load<i32>(ends + 4 * <usize>layer);
}

/** First slot of a layer, 1 to nLayers. */
@inline
export function layerStart(layer: i32): i32 {
  return load<i32>(starts + 4 * <usize>layer);
}

/** Where the addresses of the columns' radial functions are, from this column on. */
@inline
export function radialRowsFrom(column: i32): usize {
  return columnRows + sizeof<usize>() * <usize>column;
}

/** A counting sort by falling number of points. */
function orderColumns<T>(): i32 {
  memory.fill(ends, 0, 4 * <usize>(nLayers + 1));
  for (let i = 0; i < nFound; i++) {
    const end = ends + 4 * <usize>pointCount(load<usize>(found + sizeof<usize>() * <usize>i));
    store<i32>(end, load<i32>(end) + 1);
  }
  let column = 0;
  for (let layer = nLayers; layer > 0; layer--) {
    store<i32>(starts + 4 * <usize>layer, column); // here: of the columns with just so many points
    column += layerColumns(layer);
    store<i32>(ends + 4 * <usize>layer, column);
  }
  for (let i = 0; i < nFound; i++) {
    const record = load<usize>(found + sizeof<usize>() * <usize>i);
    const start = starts + 4 * <usize>pointCount(record);
    const column = load<i32>(start);
    store<i32>(start, column + 1);
    setColumn(record, column);
    store<usize>(radialRowsFrom(column), radialRow(record));
  }
  return fillColumns<T>(nFound);
}

/** @returns columns in whole groups */
function fillColumns<T>(count: i32): i32 {
  const columns = wholeGroups<T>(count);
  for (let column = count; column < columns; column++) {
    store<usize>(radialRowsFrom(column), emptyRow());
  }
  return columns;
}

/** Lays the layers end to end, with nothing in the slots that fill them up. */
function fillLayers<T>(): void {
  let slot = 0;
  for (let layer = 1; layer <= nLayers; layer++) {
    store<i32>(starts + 4 * <usize>layer, slot);
    const end = slot + wholeGroups<T>(layerColumns(layer));
    for (slot += layerColumns(layer); slot < end; slot++) {
      const at = <usize>slot * sizeof<T>();
      store<T>(unitX + at, <T>0);
      store<T>(unitY + at, <T>0);
      store<T>(unitZ + at, <T>0);
      store<T>(presence + at, <T>0);
    }
  }
}
