/** Directions in which rows vary, each by a share of the one before. */
const DIRECTIONS = 250;
/** Rows that others are made of. */
const BASE_ROWS = 600;

/**
 * Rows whose variances fall as those of descriptors do: of sums of directions, with a little noise and an offset. Or noise alone, which no
 * fast solver likes.
 *
 * @param {number} rowCount
 * @param {number} columnCount
 * @param {Float32ArrayConstructor | Float64ArrayConstructor} FloatArray
 * @param {'decaying' | 'noise'} spectrum
 */
export function makeRows(rowCount, columnCount, FloatArray, spectrum) {
  const rows = new FloatArray(rowCount * columnCount);
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  if (spectrum === 'noise') return rows.map(() => uniform() + uniform() + uniform());
  const base = new Float64Array(BASE_ROWS * columnCount);
  for (let i = 0, size = 1; i < DIRECTIONS; i++, size *= 0.95) {
    const direction = Float64Array.from({ length: columnCount }, uniform);
    for (let row = 0; row < BASE_ROWS; row++) {
      const code = size * uniform();
      for (let c = 0; c < columnCount; c++) base[row * columnCount + c] += code * direction[c];
    }
  }
  for (let row = 0; row < rowCount; row++) {
    const one = columnCount * (row % BASE_ROWS);
    const other = columnCount * Math.floor((uniform() + 0.5) * BASE_ROWS);
    const share = 2 * uniform();
    for (let c = 0; c < columnCount; c++) {
      rows[row * columnCount + c] = base[one + c] + share * base[other + c] + 1e-6 * uniform() + 1;
    }
  }
  return rows;
}

/**
 * Rows in chunks, as they arrive in batches.
 *
 * @param {Float32Array | Float64Array} rows
 * @param {number} columnCount
 */
export function* chunksOf(rows, columnCount) {
  const size = 1024 * columnCount;
  for (let at = 0; at < rows.length; at += size) yield rows.subarray(at, at + size);
}
