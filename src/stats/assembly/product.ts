import { MOST_COLUMNS, MOST_ROWS, MOST_TERMS, RIGHT_PANELS, SPARE_TILE, TILE_COLUMNS, TILE_ROWS } from './blocks';
import { scratch } from './memory';
import { packLines } from './panels';
import { addTile } from './tile';

/**
 * C += sign · A·B. Element (i, t) of A is at a[i · aRow + t · aTerm], (t, j) of B at b[t · bTerm + j · bColumn], (i, j) of C at
 * c[i · cRow + j]: transposition is a matter of strides.
 *
 * Blocks of A and B are packed into panels in the order in which tiles read them. A sum is taken in blocks of 256 terms, each from first
 * to last: an element of C has the same bytes whatever else is computed with it.
 *
 * @param sign 1 or −1
 * @param diagonal the column of C that is in the diagonal in its first row, where elements below the diagonal do not matter and may become
 *   anything; −2^30 where all matter
 * @see Goto and van de Geijn 2008, doi:10.1145/1356052.1356053
 */
export function addProduct(
  a: usize,
  aRow: i32,
  aTerm: i32,
  b: usize,
  bTerm: i32,
  bColumn: i32,
  c: usize,
  cRow: i32,
  rows: i32,
  columns: i32,
  terms: i32,
  sign: f64,
  diagonal: i32,
): void {
  for (let column = 0; column < columns; column += MOST_COLUMNS) {
    const nColumns = min(MOST_COLUMNS, columns - column);
    const rowEnd = min(rows, column + nColumns - diagonal);
    for (let term = 0; term < terms; term += MOST_TERMS) {
      const nTerms = min(MOST_TERMS, terms - term);
      const right = b + 8 * (<usize>term * <usize>bTerm + <usize>column * <usize>bColumn);
      packLines(right, bColumn, bTerm, nColumns, nTerms, TILE_COLUMNS, scratch + RIGHT_PANELS);
      for (let row = 0; row < rowEnd; row += MOST_ROWS) {
        const nRows = min(MOST_ROWS, rowEnd - row);
        const left = a + 8 * (<usize>row * <usize>aRow + <usize>term * <usize>aTerm);
        packLines(left, aRow, aTerm, nRows, nTerms, TILE_ROWS, scratch);
        const block = c + 8 * (<usize>row * <usize>cRow + <usize>column);
        addBlock(block, 8 * <usize>cRow, nRows, nColumns, nTerms, sign, diagonal + row - column);
      }
    }
  }
}

/**
 * The product of what is packed, tile by tile.
 * @param diagonal the column that is in the diagonal of C in the first row
 */
function addBlock(c: usize, cRow: usize, rows: i32, columns: i32, terms: i32, sign: f64, diagonal: i32): void {
  let right = scratch + RIGHT_PANELS;
  for (let column = 0; column < columns; column += TILE_COLUMNS) {
    let left = scratch;
    const nColumns = min(TILE_COLUMNS, columns - column);
    for (let row = 0; row < rows; row += TILE_ROWS) {
      if (column + nColumns <= diagonal + row) break; // all below the diagonal from here on
      const tile = c + <usize>row * cRow + 8 * <usize>column;
      const nRows = min(TILE_ROWS, rows - row);
      if (nRows == TILE_ROWS && nColumns == TILE_COLUMNS) addTile(left, right, terms, tile, cRow, sign);
      else addPartOfTile(left, right, terms, tile, cRow, sign, nRows, nColumns);
      left += 8 * <usize>(TILE_ROWS * terms);
    }
    right += 8 * <usize>(TILE_COLUMNS * terms);
  }
}

/** Where only some rows and columns of a tile are within C: computes all of it aside. */
function addPartOfTile(
  left: usize,
  right: usize,
  terms: i32,
  c: usize,
  cRow: usize,
  sign: f64,
  rows: i32,
  columns: i32,
): void {
  const spare = scratch + SPARE_TILE;
  const spareRow: usize = 8 * <usize>TILE_COLUMNS;
  memory.fill(spare, 0, <usize>TILE_ROWS * spareRow);
  addTile(left, right, terms, spare, spareRow, sign);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = c + <usize>row * cRow + 8 * <usize>column;
      store<f64>(at, load<f64>(at) + load<f64>(spare + <usize>row * spareRow + 8 * <usize>column));
    }
  }
}
