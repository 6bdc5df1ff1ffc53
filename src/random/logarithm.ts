const LN2_HIGH = 6.9314718036912381649e-1; // its last 32 bits are zero, so that a multiple by an exponent is exact
const LN2_LOW = 1.9082149292705877e-10;

/**
 * Natural logarithm of a positive number, within 2 units in the last place.
 *
 * Built from IEEE basic operations alone. `Math.log` may differ in its last bit between processors and versions of the engine,
 * and would carry that into samples and noise that are meant to be the same bytes everywhere. Takes |log2 x| steps: quick for
 * the probabilities it is made for.
 *
 * x = 2^e m with √½ ≤ m ≤ √2, s = (m − 1)/(m + 1), ln x = e ln 2 + 2 (s + s³/3 + s⁵/5 + …). The first omitted term, s²¹/21,
 * is below 2.4e-17 s.
 */
export function logarithm(x: number): number {
  let m = x;
  let e = 0;
  for (; m < Math.SQRT1_2; e--) m *= 2;
  for (; m > Math.SQRT2; e++) m /= 2;
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let series = 1 / 19;
  series = series * z + 1 / 17;
  series = series * z + 1 / 15;
  series = series * z + 1 / 13;
  series = series * z + 1 / 11;
  series = series * z + 1 / 9;
  series = series * z + 1 / 7;
  series = series * z + 1 / 5;
  series = series * z + 1 / 3;
  return e * LN2_HIGH + (e * LN2_LOW + 2 * s * series * z + 2 * s);
}
