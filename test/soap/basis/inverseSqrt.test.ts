import { describe, expect, it } from 'vitest';
import { FixedPoint } from '#dist/soap/points/fixedPoint.js';
import { inverseSqrt } from '#dist/soap/basis/inverseSqrt.js';
import { loewdin } from '#dist/soap/basis/loewdin.js';

/** 1/(i+j+1): the classic of ill-conditioned matrices, 1e16 for n = 12. */
const hilbert = (n: number) => (fixed: FixedPoint) =>
  Array.from({ length: n * n }, (_, i) => fixed.one / BigInt(Math.floor(i / n) + (i % n) + 1));

describe('inverseSqrt', () => {
  const fixed = new FixedPoint(256);
  const matrix = (values: number[]) => values.map((value) => fixed.quotient(value, 1));

  it('gives the known root of a small matrix', () => {
    // Eigenvalues 1 and 9, eigenvectors (1, -1) and (1, 1).
    const root = inverseSqrt(fixed, matrix([5, 4, 4, 5]), 2)!;
    expect(root.map((value) => fixed.toNumber(value))).toEqual([2 / 3, -1 / 3, -1 / 3, 2 / 3]);
  });

  it('inverts a diagonal, of one element or many', () => {
    expect(inverseSqrt(fixed, matrix([16]), 1)!.map((value) => fixed.toNumber(value))).toEqual([0.25]);
    const diagonal = matrix([1, 0, 0, 0, 2 ** -40, 0, 0, 0, 2 ** -80]);
    const root = inverseSqrt(fixed, diagonal, 3)!.map((value) => fixed.toNumber(value));
    expect(root).toEqual([1, 0, 0, 0, 2 ** 20, 0, 0, 0, 2 ** 40]);
  });

  it('leaves the matrix as it was', () => {
    const given = hilbert(4)(fixed);
    const copy = [...given];
    inverseSqrt(fixed, given, 4);
    expect(given).toEqual(copy);
  });

  it('gives nothing for a matrix that is not positive definite', () => {
    expect(inverseSqrt(fixed, matrix([1, 2, 2, 1]), 2)).toBeUndefined();
  });
});

describe('loewdin', () => {
  it('reaches full precision from whatever precision it begins with', () => {
    const n = 12;
    const coarse = loewdin(n, hilbert(n), 32)!;
    const fine = loewdin(n, hilbert(n), 1024)!;
    expect(coarse.fixed.bits).toBeGreaterThan(32);
    expect(coarse.fixed.bits).toBeLessThan(1024);
    expect(coarse.elements.map((value) => coarse.fixed.toNumber(value))).toEqual(
      fine.elements.map((value) => fine.fixed.toNumber(value)),
    );
  });

  it('gives B with B S B = 1', () => {
    const n = 12;
    const { fixed, elements } = loewdin(n, hilbert(n), 256)!;
    const product = (a: readonly bigint[], b: readonly bigint[]) =>
      Array.from({ length: n * n }, (_, i) => {
        let sum = 0n;
        for (let k = 0; k < n; k++) sum += a[i - (i % n) + k]! * b[k * n + (i % n)]!;
        return fixed.reduce(sum);
      });
    const unit = product(product(elements, hilbert(n)(fixed)), elements).map((value) => fixed.toNumber(value));
    // 2^-60: the factor promises every element to that part; its largest is 1e8 here, and 256 bits leave plenty.
    for (const [i, value] of unit.entries()) {
      expect(Math.abs(value - (i % (n + 1) === 0 ? 1 : 0))).toBeLessThan(2 ** -60);
    }
  });

  it('gives nothing for a singular matrix', () => {
    expect(loewdin(2, (fixed) => Array.from({ length: 4 }, () => fixed.one), 256)).toBeUndefined();
  });
});
