/**
 * Modified spherical Bessel functions of the first kind without their growth: exp(-x) i_l(x) for l = 0 to lMax, x ≥ 0, where
 * i_0(x) = sinh(x)/x and i_l(x) ≈ x^l/(1·3·…·(2l+1)) for small x.
 *
 * @param out receives lMax + 1 values
 */
export function scaledBessel(lMax: number, x: number, out: Float64Array): void {
  if (x > lMax * (lMax + 1)) writeUpwards(lMax, x, out);
  else if (x > 0) writeByRatios(lMax, x, out);
  else {
    out.fill(0);
    out[0] = 1;
  }
}

/** i_l+1 = i_l-1 - (2l+1)/x i_l, which multiplies errors by exp(l(l+1)/x): for large x only. */
function writeUpwards(lMax: number, x: number, out: Float64Array): void {
  const decayed = Math.exp(-2 * x);
  out[0] = -Math.expm1(-2 * x) / (2 * x);
  if (lMax > 0) out[1] = ((1 + decayed) / 2 - out[0]) / x;
  for (let l = 1; l < lMax; l++) out[l + 1] = out[l - 1]! - ((2 * l + 1) / x) * out[l]!;
}

/**
 * From i_0 on by the ratios i_l/i_l-1 = x / (2l + 1 + x i_l+1/i_l): a continued fraction whose terms are all positive, so that
 * nothing cancels.
 */
function writeByRatios(lMax: number, x: number, out: Float64Array): void {
  // The start hardly matters: i_top/i_lMax, whose square scales its error, is about exp((lMax² - top²)/2x).
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
