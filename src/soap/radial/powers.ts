/**
 * Powers and roots with the same bits in every engine: those of `**` differ in the last one, and with them everything that is computed from a
 * table of radial functions. Products are carried with twice the digits of float64, so that results are the nearest float64 but for rare ties.
 */

/** A number and what it lacks, below half a unit in its last place. */
type Pair = readonly [high: number, low: number];

/** x^n, for a natural n. */
export function power(x: number, n: number): number {
  return powerPair(x, n)[0];
}

/** x^(3/2), for x > 0. */
export function threeHalves(x: number): number {
  const scale = 2 ** Math.round(Math.log2(x) / 2); // so that the cube is far from the ends of float64
  const [high, low] = powerPair(x / scale / scale, 3);
  const near = Math.sqrt(high);
  const [square, rest] = product(near, near);
  return (near + (high - square - rest + low) / (2 * near)) * scale * scale * scale;
}

/** x^(1/n), for x > 0 and a natural n: a step of Newton's method from where the engine's own power ends. */
export function root(x: number, n: number): number {
  const near = x ** (1 / n);
  if (near === Infinity) return near;
  const [high, low] = powerPair(near, n);
  return near - ((high - x + low) / (n * high)) * near;
}

function powerPair(x: number, n: number): Pair {
  let [high, low] = [1, 0];
  for (let i = 0; i < n; i++) {
    const [next, rest] = product(high, x);
    const lacking = rest + low * x;
    high = next + lacking;
    low = lacking - (high - next);
  }
  return [high, low];
}

/** a·b without rounding (Dekker 1971, doi:10.1007/BF01397083). */
function product(a: number, b: number): Pair {
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  const high = a * b;
  return [high, aHigh * bHigh - high + aHigh * bLow + aLow * bHigh + aLow * bLow];
}

/** Two numbers of 26 bits whose sum it is. */
function halves(a: number): Pair {
  const shifted = (2 ** 27 + 1) * a;
  const high = shifted - (shifted - a);
  return [high, a - high];
}
