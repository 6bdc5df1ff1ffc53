import { gtoBasis } from './gtoBasis.js';
import { checkSoapOptions, type SoapOptions } from './options.js';
import { solidHarmonics } from './solidHarmonics.js';

/** A point counts as long as its Gaussian has not fallen to this at rCut. */
const THRESHOLD = 0.001;

/** Points that are summed together: enough to keep the loops long, few enough for their harmonics to stay in the cache. */
const BLOCK = 128;

/** Sums that are kept in registers together. */
const TILE = 4;

/**
 * The coefficients c_nlm of a density of Gaussians around a centre: its integral with g_nl(r) Y_lm, Y_lm real. With R_p the
 * offset of the point p from the centre (appendix A of the paper, with the exponents of algorithm 4 and the sign of the
 * exponent of 2πσ² in equation 12 put right),
 *
 *     c_nlm = (2πσ²)^(3/2) Σ_b β_lnb (1+2α_lb σ²)^-(l+3/2) Σ_p |R_p|^l Y_lm(R_p) exp(-α_lb |R_p|² / (1+2α_lb σ²))
 *
 * Points farther than rCut + σ√(-2 ln 0.001) from the centre do not count, as in DScribe.
 */
export class SphericalExpansion {
  readonly nMax: number;
  readonly lMax: number;
  /** c_nlm of the centre expanded last, at nMax·l² + n·(2l+1) + l + m. The next one overwrites it. */
  readonly coefficients: Float64Array;

  readonly #cutoffSquared: number;
  readonly #decay: Float64Array; // α/(1+2ασ²) at l·nMax + b
  readonly #transform: Float64Array; // β and all that precedes the sum over p, at (l·nMax + n)·nMax + b
  readonly #rows: number; // nMax rounded up to whole tiles
  readonly #offsets = {
    x: new Float64Array(BLOCK),
    y: new Float64Array(BLOCK),
    z: new Float64Array(BLOCK),
    rr: new Float64Array(BLOCK),
  };
  readonly #harmonics: Float64Array; // r^l Y_lm, (lMax+1)²×BLOCK
  readonly #radial: Float64Array; // the exponentials of one l, rows×BLOCK; rows from nMax on stay zero
  readonly #sums: Float64Array; // the sum over p, (lMax+1)²×rows
  readonly #writeHarmonics: ReturnType<typeof solidHarmonics>;

  /** @throws RangeError naming the option */
  constructor(options: SoapOptions) {
    const { rCut, nMax, lMax, sigma, rMin } = checkSoapOptions(options);
    const { alpha, beta } = gtoBasis({ rCut, nMax, lMax, rMin });
    const variance = sigma * sigma;
    const nHarmonics = (lMax + 1) ** 2;
    this.nMax = nMax;
    this.lMax = lMax;
    this.coefficients = new Float64Array(nMax * nHarmonics);
    this.#cutoffSquared = (rCut + sigma * Math.sqrt(-2 * Math.log(THRESHOLD))) ** 2;
    this.#decay = alpha.map((a) => a / (1 + 2 * a * variance));
    this.#transform = beta.map((element, index) => {
      const l = Math.floor(index / (nMax * nMax));
      const spread = 1 + 2 * alpha[l * nMax + (index % nMax)]! * variance;
      return element * (2 * Math.PI * variance) ** 1.5 * spread ** -(l + 1.5);
    });
    this.#rows = Math.ceil(nMax / TILE) * TILE;
    this.#harmonics = new Float64Array(nHarmonics * BLOCK);
    this.#radial = new Float64Array(this.#rows * BLOCK);
    this.#sums = new Float64Array(nHarmonics * this.#rows);
    this.#writeHarmonics = solidHarmonics(lMax);
  }

  /** Expands all `points` (N×3) around (centerX, centerY, centerZ) into `coefficients`. */
  expand(points: Float64Array, centerX: number, centerY: number, centerZ: number): void {
    const offsets = this.#offsets;
    this.#sums.fill(0);
    let count = 0;
    for (let i = 0; i < points.length; i += 3) {
      const x = points[i]! - centerX;
      const y = points[i + 1]! - centerY;
      const z = points[i + 2]! - centerZ;
      const rr = x * x + y * y + z * z;
      if (rr > this.#cutoffSquared) continue;
      offsets.x[count] = x;
      offsets.y[count] = y;
      offsets.z[count] = z;
      offsets.rr[count] = rr;
      count++;
      if (count === BLOCK) {
        this.#addBlock(count);
        count = 0;
      }
    }
    this.#addBlock(count);
    this.#orthonormalize();
  }

  #addBlock(count: number): void {
    const { nMax, lMax } = this;
    const { rr } = this.#offsets;
    const decay = this.#decay;
    const radial = this.#radial;
    this.#writeHarmonics(this.#offsets, count, this.#harmonics);
    for (let l = 0; l <= lMax; l++) {
      for (let b = 0; b < nMax; b++) {
        const exponent = -decay[l * nMax + b]!;
        for (let p = 0; p < count; p++) radial[b * BLOCK + p] = Math.exp(exponent * rr[p]!);
      }
      for (let b = 0; b < nMax; b += TILE) {
        for (let lm = l * l; lm < (l + 1) * (l + 1); lm++) this.#addProducts(lm, b, count);
      }
    }
  }

  /** Adds Σ_p radial_bp harmonic_lm,p for the rows b to b + TILE - 1. */
  #addProducts(lm: number, b: number, count: number): void {
    const sums = this.#sums;
    const radial = this.#radial;
    const harmonics = this.#harmonics;
    const row = b * BLOCK;
    const harmonic = lm * BLOCK;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let p = 0; p < count; p++) {
      const value = harmonics[harmonic + p]!;
      sum0 += radial[row + p]! * value;
      sum1 += radial[row + BLOCK + p]! * value;
      sum2 += radial[row + 2 * BLOCK + p]! * value;
      sum3 += radial[row + 3 * BLOCK + p]! * value;
    }
    const at = lm * this.#rows + b;
    sums[at]! += sum0;
    sums[at + 1]! += sum1;
    sums[at + 2]! += sum2;
    sums[at + 3]! += sum3;
  }

  /** From the primitive Gaussians b to the orthonormal functions n. */
  #orthonormalize(): void {
    const { nMax, lMax, coefficients } = this;
    const sums = this.#sums;
    const transform = this.#transform;
    const rows = this.#rows;
    let at = 0;
    for (let l = 0; l <= lMax; l++) {
      for (let n = 0; n < nMax; n++) {
        const from = (l * nMax + n) * nMax;
        for (let lm = l * l; lm < (l + 1) * (l + 1); lm++) {
          let sum = 0;
          for (let b = 0; b < nMax; b++) sum += transform[from + b]! * sums[lm * rows + b]!;
          coefficients[at++] = sum;
        }
      }
    }
  }
}
