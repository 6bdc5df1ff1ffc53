import { describe, expect, it } from 'vitest';
import { FixedPoint } from '#dist/soap/points/fixedPoint.js';
import { randomNumbers } from '../clouds.js';

/** `value` with `digits` decimals, rounded down. */
function decimals(fixed: FixedPoint, value: bigint, digits: number): string {
  const text = ((value * 10n ** BigInt(digits)) >> BigInt(fixed.bits)).toString().padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

describe('FixedPoint', () => {
  const fixed = new FixedPoint(256);

  it('gives 60 digits of √2 and of logarithms', () => {
    const integer = (value: bigint) => value * fixed.one;
    expect(decimals(fixed, fixed.sqrt(integer(2n)), 60)).toBe(
      '1.414213562373095048801688724209698078569671875376948073176679',
    );
    expect(decimals(fixed, fixed.log(integer(2n)), 60)).toBe(
      '0.693147180559945309417232121458176568075500134360255254120680',
    );
    expect(decimals(fixed, fixed.log(integer(10n)), 60)).toBe(
      '2.302585092994045684017991454684364207601101488628772976033327',
    );
  });

  it('takes the logarithm of numbers below 1, and of 1', () => {
    expect(fixed.log(fixed.one)).toBe(0n);
    expect(fixed.toNumber(fixed.log(fixed.one >> 10n))).toBe(-10 * Math.LN2);
  });

  it('gives 60 digits of exponentials', () => {
    expect(decimals(fixed, fixed.exp(fixed.one), 60)).toBe(
      '2.718281828459045235360287471352662497757247093699959574966967',
    );
    expect(decimals(fixed, fixed.exp(-fixed.one), 60)).toBe(
      '0.367879441171442321595523770161460867445811131031767834507836',
    );
    expect(fixed.exp(0n)).toBe(fixed.one);
  });

  it('takes the exponential of negative numbers to two units', () => {
    // exp(ln a) = a: an error of the logarithm is one of exp(ln a) as long as a is at most 1.
    const finer = new FixedPoint(fixed.bits + 32);
    const random = randomNumbers(2);
    for (let i = 0; i < 200; i++) {
      const a = finer.quotient(random() ** 20, 1);
      const error = fixed.exp(finer.log(a) >> 32n) - (a >> 32n);
      expect(error >= -3n && error <= 3n).toBe(true); // and one unit each for the two shifts
    }
    expect(fixed.exp(-1000n * fixed.one)).toBe(0n);
    expect(fixed.exp(-(10n ** 9n) * fixed.one)).toBe(0n);
  });

  it('takes square roots of the smallest and of large numbers to the last bit', () => {
    expect(fixed.sqrt(0n)).toBe(0n);
    for (const value of [1n, 2n, 3n, fixed.one - 1n, fixed.one ** 3n + 12345n, 7n * fixed.one ** 5n]) {
      const root = fixed.sqrt(value);
      const scaled = value * fixed.one;
      expect(root * root <= scaled && scaled < (root + 1n) ** 2n).toBe(true);
    }
  });

  it('takes float64 numbers as exact and gives them back', () => {
    const random = randomNumbers(1);
    for (let i = 0; i < 1000; i++) {
      const value = (random() - 0.5) * 10 ** (20 * random() - 10);
      expect(fixed.toNumber(fixed.quotient(value, 1))).toBe(value);
    }
    expect(fixed.quotient(0.1, 1)).toBe(3602879701896397n << (256n - 55n)); // 0.1 is that over 2^55
    expect(fixed.toNumber(fixed.quotient(1e-300, 3e-300))).toBe(1 / 3);
  });

  it('rounds to the nearest float64, ties to even', () => {
    expect(fixed.toNumber(fixed.one / 3n)).toBe(1 / 3);
    expect(fixed.toNumber(-fixed.one / 10n)).toBe(-0.1);
    expect(fixed.toNumber(((1n << 53n) + 1n) * fixed.one)).toBe(2 ** 53);
    expect(fixed.toNumber(((1n << 53n) + 1n) * fixed.one + (fixed.one >> 20n))).toBe(2 ** 53 + 2);
  });

  it('rounds products and sums of products downwards by less than one unit', () => {
    expect(fixed.multiply(fixed.one / 2n, fixed.one / 3n)).toBe(fixed.one / 6n);
    expect(fixed.reduce(fixed.one * 5n + fixed.one * 7n)).toBe(12n);
    expect(fixed.multiply(1n, -1n)).toBe(-1n);
    expect(fixed.power(3n * fixed.one, 5)).toBe(243n * fixed.one);
    expect(fixed.power(3n * fixed.one, 0)).toBe(fixed.one);
    expect(fixed.divide(fixed.one, 4n * fixed.one)).toBe(fixed.one / 4n);
  });
});
