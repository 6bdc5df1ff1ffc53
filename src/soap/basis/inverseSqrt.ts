import type { FixedPoint } from '../points/fixedPoint.js';

/**
 * S^(-1/2) of a symmetric positive definite matrix of fixed-point numbers, by Jacobi's eigenvalue method.
 *
 * @param matrix n×n, row by row, unchanged
 * @returns n×n, or undefined where `fixed` has too few bits to see that S is positive definite
 */
export function inverseSqrt(fixed: FixedPoint, matrix: readonly bigint[], n: number): bigint[] | undefined {
  const { eigenvalues, eigenvectors } = eigen(fixed, matrix, n);
  if (eigenvalues.some((value) => value <= 0n)) return undefined;
  const weights = eigenvalues.map((value) => fixed.divide(fixed.one, fixed.sqrt(value)));
  const weighted = eigenvectors.map((element, i) => fixed.multiply(element, weights[Math.floor(i / n)]!));
  const root: bigint[] = Array.from({ length: n * n });
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = 0n;
      for (let k = 0; k < n; k++) sum += weighted[k * n + i]! * eigenvectors[k * n + j]!;
      root[i * n + j] = root[j * n + i] = fixed.reduce(sum);
    }
  }
  return root;
}

/** Eigenvalues, and eigenvectors in the rows of an n×n matrix. */
function eigen(fixed: FixedPoint, matrix: readonly bigint[], n: number) {
  const a = [...matrix];
  const v: bigint[] = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? fixed.one : 0n));
  // Rounding keeps the elements off the diagonal some units from zero: each takes part in n rotations a sweep.
  const negligible = BigInt(16 * n);
  for (let rotated = true; rotated;) {
    rotated = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q]!;
        if (-negligible <= off && off <= negligible) continue;
        rotate(fixed, a, v, n, p, q);
        rotated = true;
      }
    }
  }
  return { eigenvalues: Array.from({ length: n }, (_, i) => a[i * (n + 1)]!), eigenvectors: v };
}

/** One Jacobi rotation, which brings a_pq to zero (Golub & Van Loan, Matrix Computations, section 8.5). */
function rotate(fixed: FixedPoint, a: bigint[], v: bigint[], n: number, p: number, q: number): void {
  const off = a[p * n + q]!;
  const theta = fixed.divide(a[q * n + q]! - a[p * n + p]!, 2n * off);
  const root = fixed.sqrt(fixed.multiply(theta, theta) + fixed.one);
  const tan = fixed.divide(fixed.one, theta < 0n ? theta - root : theta + root);
  const cos = fixed.divide(fixed.one, fixed.sqrt(fixed.multiply(tan, tan) + fixed.one));
  const sin = fixed.multiply(tan, cos);

  const change = fixed.multiply(tan, off);
  a[p * n + p]! -= change;
  a[q * n + q]! += change;
  a[p * n + q] = a[q * n + p] = 0n;
  for (let k = 0; k < n; k++) {
    if (k !== p && k !== q) {
      const kp = a[k * n + p]!;
      const kq = a[k * n + q]!;
      a[k * n + p] = a[p * n + k] = fixed.reduce(cos * kp - sin * kq);
      a[k * n + q] = a[q * n + k] = fixed.reduce(sin * kp + cos * kq);
    }
    const vp = v[p * n + k]!;
    const vq = v[q * n + k]!;
    v[p * n + k] = fixed.reduce(cos * vp - sin * vq);
    v[q * n + k] = fixed.reduce(sin * vp + cos * vq);
  }
}
