/**
 * Fixed-point arithmetic with as many fractional bits as asked for: the bigint v stands for the number v / 2^bits.
 *
 * `multiply`, `divide` and `sqrt` are off by less than one unit (2^-bits) downwards; `log` by less than 2^16 units.
 */
export class FixedPoint {
  readonly bits: number;
  readonly one: bigint;
  readonly #shift: bigint;

  constructor(bits: number) {
    this.bits = bits;
    this.#shift = BigInt(bits);
    this.one = 1n << this.#shift;
  }

  multiply(a: bigint, b: bigint): bigint {
    return this.reduce(a * b);
  }

  /** A product, or a sum of products, of two fixed-point numbers brought back to `bits`: one rounding for all. */
  reduce(products: bigint): bigint {
    return products >> this.#shift;
  }

  divide(a: bigint, b: bigint): bigint {
    return (a << this.#shift) / b;
  }

  /** a^exponent for a natural exponent. */
  power(a: bigint, exponent: number): bigint {
    let result = this.one;
    for (let i = 0; i < exponent; i++) result = this.multiply(result, a);
    return result;
  }

  sqrt(a: bigint): bigint {
    return integerSqrt(a << this.#shift);
  }

  /** Natural logarithm of a positive number: ln(2^k m) = k ln 2 + 2 artanh((m - 1)/(m + 1)) with m in [1, 2). */
  log(a: bigint): bigint {
    const k = bitLength(a) - 1 - this.bits;
    const m = k >= 0 ? a >> BigInt(k) : a << BigInt(-k);
    return 2n * (BigInt(k) * this.#artanh(this.one / 3n) + this.#artanh(this.divide(m - this.one, m + this.one)));
  }

  /** The quotient of two float64 numbers, which are taken as exact. */
  quotient(a: number, b: number): bigint {
    const numerator = exactFraction(a);
    const denominator = exactFraction(b);
    return this.divide(numerator.numerator * denominator.denominator, denominator.numerator * numerator.denominator);
  }

  /** The nearest float64. */
  toNumber(a: bigint): number {
    const dropped = Math.max(0, bitLength(a) - 128); // 128 bits decide the rounding, and Number() of them is finite
    return Number(a >> BigInt(dropped)) * 2 ** (dropped - this.bits);
  }

  /** Σ y^(2k+1)/(2k+1), for |y| ≤ 1/3. */
  #artanh(y: bigint): bigint {
    const square = this.multiply(y, y);
    let sum = 0n;
    let power = y;
    for (let odd = 1n; power !== 0n; odd += 2n) {
      sum += power / odd;
      power = this.multiply(power, square);
    }
    return sum;
  }
}

/** ⌊√a⌋ by Newton's method from a float64 estimate; after one step it falls monotonically to the result. */
function integerSqrt(a: bigint): bigint {
  if (a === 0n) return 0n;
  const half = BigInt(Math.max(0, Math.ceil((bitLength(a) - 100) / 2)));
  let root = BigInt(Math.ceil(Math.sqrt(Number(a >> (2n * half))))) << half;
  root = (root + a / root) >> 1n;
  for (;;) {
    const next = (root + a / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Bits of |a|; 0 for 0. */
function bitLength(a: bigint): number {
  const hex = (a < 0n ? -a : a).toString(16);
  return 4 * hex.length - Math.clz32(Number.parseInt(hex[0]!, 16)) + 28;
}

/** A float64 as numerator / 2^k. */
function exactFraction(value: number): { numerator: bigint; denominator: bigint } {
  let scaled = value;
  let halvings = 0n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    halvings += 1n;
  }
  return { numerator: BigInt(scaled), denominator: 1n << halvings };
}
