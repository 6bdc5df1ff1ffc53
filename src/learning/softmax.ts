/**
 * The softmax of each row, exp(x_c - m) / Σ exp(x - m) with m = max x, which neither overflows nor loses the small ones. In float64, rounded to
 * float32 once: within 0.5 units in the last place and some 1e-16.
 *
 * @param logits rows × columns
 * @param result receives as many probabilities; may be `logits`. NaN where a row has NaN or +∞
 */
export function softmaxRows(logits: Float32Array, columns: number, result: Float32Array): void {
  const shares = new Float64Array(columns);
  for (let begin = 0; begin < logits.length; begin += columns) {
    let largest = -Infinity;
    for (let c = 0; c < columns; c++) largest = Math.max(largest, logits[begin + c]!);
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += shares[c] = Math.exp(logits[begin + c]! - largest);
    for (let c = 0; c < columns; c++) result[begin + c] = shares[c]! / sum;
  }
}
