/** Halvings of the argument of `exp`: each term of its series then gives eight bits or more. */
const SQUARINGS = 8;

/**
 * Fixed-point arithmetic with as many fractional bits as asked for: the bigint v stands for the number v / 2^bits.
 *
 * `multiply`, `divide` and `sqrt` are off by less than one unit (2^-bits) downwards; `log` by less than 2^16 units; `exp` of
 * a negative number by less than 2 units.
 */
export class FixedPoint {
  readonly bits: number;
  readonly one: bigint;
  readonly #shift: bigint;
  #halfLn2: bigint | undefined; // of `log`
  #wider: FixedPoint | undefined; // of `exp`

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
    this.#halfLn2 ??= this.#artanh(this.one / 3n);
    return 2n * (BigInt(k) * this.#halfLn2 + this.#artanh(this.divide(m - this.one, m + this.one)));
  }

  /**
   * exp(a) = 2^k exp(f / 2^SQUARINGS)^(2^SQUARINGS) with a = k ln 2 + f, 0 ≤ f < ln 2. Every squaring doubles an error, so the
   * series is summed with more bits; so is ln 2, which is taken k times.
   */
  exp(a: bigint): bigint {
    const guard = BigInt(SQUARINGS + 32);
    const wider = (this.#wider ??= new FixedPoint(this.bits + Number(guard)));
    return wider.#expByHalving(a << guard) >> guard;
  }

  #expByHalving(a: bigint): bigint {
    const ln2 = this.log(2n * this.one);
    const k = a / ln2 - (a < 0n ? 1n : 0n);
    const f = (a - k * ln2) >> BigInt(SQUARINGS);
    let sum = this.one;
    let term = this.one;
    for (let i = 1n; term !== 0n; i++) {
      term = this.multiply(term, f) / i;
      sum += term;
    }
    for (let i = 0; i < SQUARINGS; i++) sum = this.multiply(sum, sum);
    return k < 0n ? sum >> -k : sum << k;
  }

  /** The quotient of two float64 numbers, which are taken as exact. */
  quotient(a: number, b: number): bigint {
    const numerator = exactFraction(a);
    const denominator = exactFraction(b);
    return this.divide(numerator.numerator * denominator.denominator, denominator.numerator * numerator.denominator);
  }

  /** The nearest float64. */
  toNumber(a: bigint): number {
    const value = Number(a);
    if (this.bits <= 1022 && Number.isFinite(value)) return value * 2 ** -this.bits;
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

/** ⌊√a⌋. */
function integerSqrt(a: bigint): bigint {
  let root = nearRoot(a, bitLength(a));
  while (root * root > a) root--;
  while ((root + 1n) * (root + 1n) <= a) root++;
  return root;
}

/** √a to two units or so: a step of Newton's method doubles the right bits of the root of the leading half of a. */
function nearRoot(a: bigint, length: number): bigint {
  if (length <= 100) return BigInt(Math.floor(Math.sqrt(Number(a))));
  const dropped = Math.floor(length / 4) - 2;
  const root = nearRoot(a >> BigInt(2 * dropped), length - 2 * dropped) << BigInt(dropped);
  return (root + a / root) >> 1n;
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
