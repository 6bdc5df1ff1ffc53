/** The gradient of each harmonic, at l² + l + m. */
export interface HarmonicGradients {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

/**
 * Gradients of the real solid harmonics S_lm = r^l Y_lm of `solidHarmonics`.
 *
 * The returned function writes those at a point from the S_lm there, at l² + l + m. They are combinations of the S_l-1,m, so
 * exact everywhere, at r = 0 too. With ρ_l = √((2l+1)/(2l-1)), for m > 0
 *
 *     ∂x S_l,±m = d_lm S_l-1,±(m-1) - u_lm S_l-1,±(m+1)           u_lm = ½ρ_l √((l-m)(l-m-1))
 *     ∂y S_l,±m = ∓(d_lm S_l-1,∓(m-1) + u_lm S_l-1,∓(m+1))        d_lm = ½ρ_l √((l+m)(l+m-1))
 *     ∂z S_l,±m = a_lm S_l-1,±m                                  a_lm = ρ_l √(l²-m²)
 *     ∂x S_l0 = -√2 u_l0 S_l-1,1    ∂y S_l0 = -√2 u_l0 S_l-1,-1    ∂z S_l0 = a_l0 S_l-1,0
 *
 * with zero for S_l,-0, and √2 d_l1 for d_l1, as S_l0 lacks the √2 that all other m have.
 */
export function harmonicGradients(lMax: number): (harmonics: Float64Array, out: HarmonicGradients) => void {
  const { a, u, d } = gradientFactors(lMax);
  return (harmonics, { x, y, z }) => {
    [x[0], y[0], z[0]] = [0, 0, 0];
    for (let l = 1; l <= lMax; l++) {
      const current = l * l + l; // m = 0 of l and of l - 1
      const previous = l * l - l;
      for (let m = 0; m <= l; m++) {
        const up = u[current + m]!;
        const down = d[current + m]!;
        const along = a[current + m]!;
        const cosUp = m + 1 < l ? up * harmonics[previous + m + 1]! : 0;
        const sinUp = m + 1 < l ? up * harmonics[previous - m - 1]! : 0;
        const cosDown = m > 0 ? down * harmonics[previous + m - 1]! : 0;
        const sinDown = m > 1 ? down * harmonics[previous - m + 1]! : 0;
        const sin = current - m;
        x[sin] = sinDown - sinUp;
        y[sin] = cosDown + cosUp;
        z[sin] = m < l ? along * harmonics[previous - m]! : 0;
        const cos = current + m; // after sin: for m = 0 both are one, cos
        x[cos] = cosDown - cosUp;
        y[cos] = -sinDown - sinUp;
        z[cos] = m < l ? along * harmonics[previous + m]! : 0;
      }
    }
  };
}

/** a_lm, u_lm and d_lm of `harmonicGradients`, m ≥ 0, at l² + l + m, with the √2 of m = 0. */
export function gradientFactors(lMax: number): Record<'a' | 'u' | 'd', Float64Array> {
  const size = (lMax + 1) ** 2;
  const [a, u, d] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  for (let l = 1; l <= lMax; l++) {
    const rho = Math.sqrt((2 * l + 1) / (2 * l - 1));
    for (let m = 0; m <= l; m++) {
      const at = l * l + l + m;
      a[at] = rho * Math.sqrt(l * l - m * m);
      u[at] = (rho / 2) * Math.sqrt((l - m) * (l - m - 1) * (m === 0 ? 2 : 1));
      d[at] = (rho / 2) * Math.sqrt((l + m) * (l + m - 1) * (m === 1 ? 2 : 1));
    }
  }
  return { a, u, d };
}
