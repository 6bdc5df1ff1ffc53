/**
 * What the recurrences of the WebAssembly kernel need to know of the orthonormal real harmonics. Those obey, apart from sin^m θ cos mφ
 * or sin^m θ sin mφ,
 *
 *     P_mm = ν_m     P_lm = a_lm z P_l-1,m - b_lm P_l-2,m     a_lm = √((4l²-1)/(l²-m²)), b_lm = a_lm/a_l-1,m, b_m+1,m = 0
 *
 * With P_lm = s_lm Q_lm, where s_mm = ν_m, s_m+1,m = a_m+1,m ν_m and s_lm = b_lm s_l-2,m, that is
 *
 *     Q_mm = 1     Q_m+1,m = z     Q_lm = f_lm z Q_l-1,m - Q_l-2,m     f_lm = a_lm s_l-1,m / s_lm
 */
export interface HarmonicScales {
  /** f_lm for m = 0..lMax-1, l = m+1..lMax; 1 where l = m + 1. */
  readonly factors: Float64Array;
  /** s_lm at l(l+1)/2 + m, for m ≥ 0. */
  readonly norms: Float64Array;
}

export function harmonicScales(lMax: number): HarmonicScales {
  const factors: number[] = [];
  const norms = new Float64Array(((lMax + 1) * (lMax + 2)) / 2);
  let sectoral = Math.sqrt(1 / (4 * Math.PI)); // ν_m
  for (let m = 0; m <= lMax; m++) {
    if (m > 0) sectoral *= Math.sqrt(m === 1 ? 3 : (2 * m + 1) / (2 * m));
    norms[(m * (m + 1)) / 2 + m] = sectoral;
    let [beforePrevious, previous] = [0, sectoral];
    let previousA = 1;
    for (let l = m + 1; l <= lMax; l++) {
      const a = Math.sqrt((4 * l * l - 1) / (l * l - m * m));
      const scale = l === m + 1 ? a * previous : (a / previousA) * beforePrevious;
      factors.push((a * previous) / scale);
      norms[(l * (l + 1)) / 2 + m] = scale;
      [beforePrevious, previous, previousA] = [previous, scale, a];
    }
  }
  return { factors: Float64Array.from(factors), norms };
}
