import { checkSoapOptions, featureCount, type SoapOptions } from './options.js';
import { SphericalExpansion } from './sphericalExpansion.js';

/**
 * The SOAP power spectrum for one set of options. The basis is computed once, so keep an instance for as many clouds as
 * there are.
 *
 *     P_nn'l = π √(8/(2l+1)) Σ_m c_nlm c_n'lm          in the order l, then n, then n' ≥ n
 *
 * It does not change when points and centre are rotated, reflected or moved together, or points change places.
 *
 * @see Bartók, Kondor, Csányi 2013, doi:10.1103/PhysRevB.87.184115; scaled and ordered as in DScribe 2.1
 */
export class PowerSpectrum {
  /** Components of a row: nMax(nMax+1)/2 · (lMax+1). */
  readonly featureCount: number;
  readonly #expansion: SphericalExpansion;

  /** @throws RangeError naming the option */
  constructor(options: SoapOptions) {
    this.#expansion = new SphericalExpansion(options);
    this.featureCount = featureCount(options);
  }

  /**
   * @param points N×3, input units; a point at a centre counts like any other
   * @param centers M×3, input units
   * @param out receives M×featureCount values; new where omitted
   * @returns `out`; a row is zero where no point is in range
   * @throws RangeError for a length that does not fit or a coordinate that is not finite
   */
  compute(points: Float64Array, centers: Float64Array, out?: Float64Array): Float64Array {
    checkCoordinates('points', points);
    checkCoordinates('centers', centers);
    const nCenters = centers.length / 3;
    const rows = out ?? new Float64Array(nCenters * this.featureCount);
    if (rows.length !== nCenters * this.featureCount) {
      const expected = `${nCenters * this.featureCount} (${nCenters} centers × ${this.featureCount} features)`;
      throw new RangeError(`out: expected length ${expected}, got ${rows.length}`);
    }
    for (let center = 0; center < nCenters; center++) {
      const at = 3 * center;
      this.#expansion.expand(points, centers[at]!, centers[at + 1]!, centers[at + 2]!);
      this.#contract(rows, center * this.featureCount);
    }
    return rows;
  }

  #contract(rows: Float64Array, start: number): void {
    const { nMax, lMax, coefficients } = this.#expansion;
    let at = start;
    for (let l = 0; l <= lMax; l++) {
      const width = 2 * l + 1;
      const block = nMax * l * l;
      const factor = Math.PI * Math.sqrt(8 / width);
      for (let n = 0; n < nMax; n++) {
        for (let other = n; other < nMax; other++) {
          let sum = 0;
          for (let m = 0; m < width; m++) {
            sum += coefficients[block + n * width + m]! * coefficients[block + other * width + m]!;
          }
          rows[at++] = factor * sum;
        }
      }
    }
  }
}

function checkCoordinates(name: string, coordinates: Float64Array): void {
  if (coordinates.length % 3 !== 0) {
    throw new RangeError(`${name}: expected a length divisible by 3 (x, y, z each), got ${coordinates.length}`);
  }
  const index = coordinates.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw new RangeError(`${name}[${index}]: expected a finite coordinate, got ${coordinates[index]}`);
}

let recent: { readonly options: Required<SoapOptions>; readonly spectrum: PowerSpectrum } | undefined;

/**
 * The SOAP power spectra of the `centers` (M×3) among the `points` (N×3): M×F, F = featureCount(options).
 *
 * Calls with the same options as the last one share its basis.
 *
 * @throws RangeError naming the option or the coordinate
 * @see PowerSpectrum for the formula and the order of the components
 */
export function powerSpectrum(points: Float64Array, centers: Float64Array, options: SoapOptions): Float64Array {
  const checked = checkSoapOptions(options);
  if (recent === undefined || !sameOptions(recent.options, checked)) {
    recent = { options: checked, spectrum: new PowerSpectrum(checked) };
  }
  return recent.spectrum.compute(points, centers);
}

function sameOptions(a: Required<SoapOptions>, b: Required<SoapOptions>): boolean {
  return a.rCut === b.rCut && a.nMax === b.nMax && a.lMax === b.lMax && a.sigma === b.sigma && a.rMin === b.rMin;
}
