/** Offsets of some points, one array per axis, all of one length. */
export interface Offsets {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly rr: Float64Array; // x² + y² + z²
}

/**
 * Real orthonormal solid harmonics r^l Y_lm: polynomials in x, y, z, so without trigonometry, division by r, or poles.
 *
 * The returned function writes those of the first `count` points: r^l Y_lm of the point p at (l² + l + m)·stride + p, where
 * m = -l..l and the stride is the length of the arrays of offsets. Y_lm goes with cos mφ, Y_l,-m with sin mφ, and no sign
 * alternates with m. From Y_00 = 1/√(4π) it climbs the diagonal, and from there each column m (powers of r understood):
 *
 *     Y_m,m  = s_m (x Y_m-1,m-1 - y Y_m-1,1-m)      s_1 = √3, s_m = √((2m+1)/(2m))
 *     Y_m,-m = s_m (y Y_m-1,m-1 + x Y_m-1,1-m)
 *     Y_l,±m = a_lm z Y_l-1,±m - b_lm r² Y_l-2,±m   a_lm = √((4l²-1)/(l²-m²)), b_lm = a_lm/a_l-1,m, b_m+1,m = 0
 *
 * The recurrence in increasing l is the stable one (Holmes & Featherstone 2002, doi:10.1007/s00190-002-0216-2).
 */
export function solidHarmonics(lMax: number): (offsets: Offsets, count: number, out: Float64Array) => void {
  const a = columnFactors(lMax);
  return ({ x, y, z, rr }, count, out) => {
    const stride = x.length;
    out.fill(Math.sqrt(1 / (4 * Math.PI)), 0, count);
    for (let l = 1; l <= lMax; l++) {
      const current = (l * l + l) * stride; // m = 0 of l, of l - 1 and of l - 2
      const previous = (l * l - l) * stride;
      const beforePrevious = (l * l - 3 * l + 2) * stride;
      for (let m = 2 - l; m <= l - 2; m++) {
        const aLm = a[l * l + l + m]!;
        const bLm = aLm / a[l * l - l + m]!;
        const to = current + m * stride;
        const from = previous + m * stride;
        const second = beforePrevious + m * stride;
        for (let p = 0; p < count; p++) out[to + p] = aLm * z[p]! * out[from + p]! - bLm * rr[p]! * out[second + p]!;
      }
      const diagonal = l === 1 ? Math.sqrt(3) : Math.sqrt((2 * l + 1) / (2 * l));
      const aSide = a[l * l + 2 * l - 1]!;
      const step = (l - 1) * stride;
      for (let p = 0; p < count; p++) {
        const cos = out[previous + step + p]!;
        const sin = l === 1 ? 0 : out[previous - step + p]!;
        out[current - step + p] = aSide * z[p]! * sin;
        out[current + step + p] = aSide * z[p]! * cos; // after sin: for l = 1 both are m = 0
        out[current - step - stride + p] = diagonal * (y[p]! * cos + x[p]! * sin);
        out[current + step + stride + p] = diagonal * (x[p]! * cos - y[p]! * sin);
      }
    }
  };
}

/** a_lm at l² + l + m, for |m| < l. */
function columnFactors(lMax: number): Float64Array {
  const a = new Float64Array((lMax + 1) ** 2);
  for (let l = 1; l <= lMax; l++) {
    for (let m = 1 - l; m <= l - 1; m++) a[l * l + l + m] = Math.sqrt((4 * l * l - 1) / (l * l - m * m));
  }
  return a;
}
