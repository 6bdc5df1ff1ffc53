/**
 * Modified spherical Bessel functions of the first kind without their growth: exp(-x) i_l(x) for l = 0 to lMax, x ≥ 0, where
 * i_0(x) = sinh(x)/x and i_l(x) ≈ x^l/(1·3·…·(2l+1)) for small x.
 *
 * From i_0 they go up by their ratios, which a continued fraction gives: all of its terms are positive, so nothing cancels.
 *
 *     i_l/i_l-1 = x / (2l + 1 + x i_l+1/i_l)
 *
 * @param out receives lMax + 1 values
 */
export function scaledBessel(lMax: number, x: number, out: Float64Array): void {
  if (x === 0) {
    out.fill(0);
    out[0] = 1;
    return;
  }
  // The start hardly matters: i_top / i_lMax, whose square scales its error, is about exp((lMax² - top²)/2x).
  const top = lMax + 16 + Math.ceil(Math.sqrt(36 * x));
  let ratio = 0;
  for (let l = top; l > lMax; l--) ratio = x / (2 * l + 1 + x * ratio);
  for (let l = lMax; l > 0; l--) {
    ratio = x / (2 * l + 1 + x * ratio);
    out[l] = ratio;
  }
  out[0] = -Math.expm1(-2 * x) / (2 * x);
  for (let l = 1; l <= lMax; l++) out[l]! *= out[l - 1]!;
}
