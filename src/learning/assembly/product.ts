import { blockOfTerms, MOST_COLUMNS, MOST_ROWS, TILE_COLUMNS, TILE_ROWS } from './blocks';
import { packLeft, packRight } from './panels';
import { FEW_ROWS, multiplyFewRows } from './rows';
import { leftPanels, rightPanels } from './scratch';
import { multiplyPartOfTile, multiplyTile } from './tile';

/**
 * C = A·B + bias of float32 matrices that are stored row by row: A rows × terms, B terms × columns, each perhaps stored
 * transposed; the bias, which may be missing (0), is added to every row; then perhaps negative numbers become 0.
 *
 * A and B are packed block by block into panels as wide as a tile, in the order in which the tile reads them, which also
 * does what transposition there is; not so for a few rows. A sum is taken in blocks of terms, each from first to last, whatever the number of rows
 * and columns: a row of C has the same bytes however many others are computed with it.
 *
 * @see Goto and van de Geijn 2008, doi:10.1145/1356052.1356053
 */
export function multiply(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  rows: i32,
  columns: i32,
  terms: i32,
  isTransposedA: bool,
  isTransposedB: bool,
  isRectified: bool,
): void {
  if (rows < FEW_ROWS && !isTransposedB) {
    multiplyFewRows(a, b, bias, c, rows, columns, terms, isTransposedA, isRectified);
    return;
  }
  const rowBytes: usize = 4 * <usize>columns;
  for (let column = 0; column < columns; column += MOST_COLUMNS) {
    const nColumns = min(MOST_COLUMNS, columns - column);
    const blockBias: usize = bias == 0 ? 0 : bias + 4 * <usize>column;
    let term = 0;
    do {
      const nTerms = blockOfTerms(terms - term);
      const isFirst = term == 0;
      const isLast = term + nTerms == terms;
      packRight(b, terms, columns, isTransposedB, term, nTerms, column, nColumns);
      for (let row = 0; row < rows; row += MOST_ROWS) {
        const nRows = min(MOST_ROWS, rows - row);
        packLeft(a, rows, terms, isTransposedA, row, nRows, term, nTerms);
        const block = c + <usize>row * rowBytes + 4 * <usize>column;
        multiplyBlock(
          block,
          rowBytes,
          nRows,
          nColumns,
          nTerms,
          isFirst,
          isLast ? blockBias : <usize>0,
          isLast && isRectified,
        );
      }
      term += nTerms;
    } while (term < terms);
  }
}

/** The product of what is packed, tile by tile; added to what is in C unless it is the first. */
function multiplyBlock(
  c: usize,
  rowBytes: usize,
  rows: i32,
  columns: i32,
  terms: i32,
  isFirst: bool,
  bias: usize,
  isRectified: bool,
): void {
  let right = rightPanels;
  for (let column = 0; column < columns; column += TILE_COLUMNS) {
    let left = leftPanels;
    const nColumns = min(TILE_COLUMNS, columns - column);
    const tileBias: usize = bias == 0 ? 0 : bias + 4 * <usize>column;
    for (let row = 0; row < rows; row += TILE_ROWS) {
      const nRows = min(TILE_ROWS, rows - row);
      const tile = c + <usize>row * rowBytes + 4 * <usize>column;
      if (nRows == TILE_ROWS && nColumns == TILE_COLUMNS) {
        multiplyTile(left, right, terms, tile, rowBytes, isFirst, tileBias, isRectified);
      } else {
        multiplyPartOfTile(left, right, terms, tile, rowBytes, isFirst, tileBias, isRectified, nRows, nColumns);
      }
      left += 4 * <usize>(TILE_ROWS * terms);
    }
    right += 4 * <usize>(TILE_COLUMNS * terms);
  }
}
