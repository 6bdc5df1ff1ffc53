/** A range of vectors of equal length that lie one after the other. */
export interface Vectors {
  readonly values: Float64Array;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/**
 * out[i · stride + j] += Σ_t a_i[t] b_j[t] for all vectors i of `a` and j of `b`, both of `length` values.
 *
 * Each sum runs over t in ascending order on its own, so that a result does not depend on which other vectors are asked for.
 * Four vectors of `a` and two of `b` are taken at once: eight sums stay in registers while six values are read.
 */
export function addInnerProducts(a: Vectors, b: Vectors, length: number, out: Float64Array, stride: number): void {
  let i = a.start;
  for (; i + 4 <= a.end; i += 4) {
    let j = b.start;
    for (; j + 2 <= b.end; j += 2) addTile(a.values, i, b.values, j, length, out, stride);
    if (j < b.end) addRemaining(a.values, i, i + 4, b.values, j, b.end, length, out, stride);
  }
  addRemaining(a.values, i, a.end, b.values, b.start, b.end, length, out, stride);
}

function addTile(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  length: number,
  out: Float64Array,
  stride: number,
): void {
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  const end = (i + 1) * length;
  for (let p = i * length, q = j * length; p < end; p++, q++) {
    const a0 = a[p]!;
    const a1 = a[p + length]!;
    const a2 = a[p + 2 * length]!;
    const a3 = a[p + 3 * length]!;
    const b0 = b[q]!;
    const b1 = b[q + length]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s30 += a3 * b0;
    s31 += a3 * b1;
  }
  const at = i * stride + j;
  out[at]! += s00;
  out[at + 1]! += s01;
  out[at + stride]! += s10;
  out[at + stride + 1]! += s11;
  out[at + 2 * stride]! += s20;
  out[at + 2 * stride + 1]! += s21;
  out[at + 3 * stride]! += s30;
  out[at + 3 * stride + 1]! += s31;
}

function addRemaining(
  a: Float64Array,
  iStart: number,
  iEnd: number,
  b: Float64Array,
  jStart: number,
  jEnd: number,
  length: number,
  out: Float64Array,
  stride: number,
): void {
  for (let i = iStart; i < iEnd; i++) {
    for (let j = jStart; j < jEnd; j++) {
      let sum = 0;
      for (let t = 0, p = i * length, q = j * length; t < length; t++, p++, q++) sum += a[p]! * b[q]!;
      out[i * stride + j]! += sum;
    }
  }
}
