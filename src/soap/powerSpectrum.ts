import { channelsOf } from './channels.js';
import { createKernel } from './createKernel.js';
import { type CloudRequest, indexCloud, placesIn } from './points/indexCloud.js';
import type { Kernel } from './kernel.js';
import { type CheckedSoapOptions, checkSoapOptions, cutoffRadius, featureCount, type SoapOptions } from './options.js';
import type { PointIndex } from './points/pointIndex.js';
import { writeRows } from './writeRows.js';

type Rows = Float64Array | Float32Array;

/**
 * The SOAP power spectrum for one set of options. The radial functions are tabulated once, so keep an instance for as many
 * clouds as there are.
 *
 *     P_nn'l = π √(8/(2l+1)) Σ_m c_nlm c_n'lm          of the density of one species, or of the densities of two
 *
 * A row goes through the pairs of species s ≤ s', then l, then n, then n' (n' ≥ n where s = s'). With compression the pairs are
 * (s, s), or all points with themselves, or s with all points, n being of s. It does not change when points and centre are
 * rotated, reflected or moved together, or points of one species change places.
 *
 * @see Bartók, Kondor, Csányi 2013, doi:10.1103/PhysRevB.87.184115; scaled and ordered as in DScribe 2.1
 */
export class PowerSpectrum {
  /** Components of a row. */
  readonly featureCount: number;
  readonly #options: CheckedSoapOptions;
  readonly #nChannels: number;
  readonly #cutoff: number;
  readonly #kernel: Kernel;
  #loaded: PointIndex | undefined;

  /** @throws RangeError naming the option; TypeError where the engine cannot run the kernel */
  constructor(options: SoapOptions) {
    this.#options = checkSoapOptions(options);
    this.featureCount = featureCount(this.#options);
    const { nSpecies, compression, speciesWeighting } = this.#options;
    this.#nChannels = channelsOf(nSpecies, compression, speciesWeighting).nChannels;
    this.#cutoff = cutoffRadius(this.#options);
    this.#kernel = createKernel(this.#options);
  }

  /** Rows for so many centres: one each or, if they are averaged, one for all. No centre gives no row in any case. */
  rowCount(nCenters: number): number {
    return this.#options.average === 'off' ? nCenters : Math.min(nCenters, 1);
  }

  /**
   * @param points N×3, input units; a point at a centre, or an image of one, counts like any other unless `weighting` has a w0
   * @param centers M×3, input units; they need not be points
   * @param given.out receives rowCount(M)×featureCount values; a new Float64Array where omitted
   * @returns `out`; a row is zero where no point is in range
   * @throws RangeError for a length that does not fit, a coordinate that is not finite, a species out of range, or a cell that is
   *   none or so small that the cloud has too many images, more than 2^20 and than 27 of each point
   */
  compute(points: Float64Array, centers: Float64Array, given?: CloudRequest): Float64Array;
  compute<Out extends Rows>(points: Float64Array, centers: Float64Array, given: CloudRequest & { out: Out }): Out;
  compute(points: Float64Array, centers: Float64Array, { out, ...cloud }: CloudRequest & { out?: Rows } = {}): Rows {
    return this.computeIndexed(this.index(points, cloud), centers, out);
  }

  /**
   * Sorts a cloud, once for many calls of `computeIndexed`. The index has copies of the coordinates.
   *
   * @param points N×3, input units
   * @throws RangeError as `compute`
   */
  index(points: Float64Array, given: CloudRequest = {}): PointIndex {
    return indexCloud(points, given, this.#options, this.#nChannels);
  }

  /** The same as `compute`, of a cloud from `index`. The rows are the same however its centres are shared out among calls. */
  computeIndexed(index: PointIndex, centers: Float64Array, out?: undefined): Float64Array;
  computeIndexed(index: PointIndex, centers: Float64Array, out: Rows | undefined): Rows;
  computeIndexed(index: PointIndex, centers: Float64Array, out?: Rows): Rows {
    const places = placesIn(index, centers);
    const nCenters = centers.length / 3;
    const nRows = this.rowCount(nCenters);
    const rows = out ?? new Float64Array(nRows * this.featureCount);
    if (rows.length !== nRows * this.featureCount) {
      const counted = this.#options.average === 'off' ? 'centers' : 'row';
      const expected = `${nRows * this.featureCount} (${nRows} ${counted} × ${this.featureCount} features)`;
      throw new RangeError(`out: expected length ${expected}, got ${rows.length}`);
    }
    if (index.nChannels !== this.#nChannels || index.cutoff < this.#cutoff) {
      throw new RangeError(
        `index: expected nChannels ${this.#nChannels} and a cutoff of at least ${this.#cutoff} (input units), got ${index.nChannels} and ${index.cutoff}`,
      );
    }
    if (index !== this.#loaded) {
      this.#kernel.setPoints(index.x, index.y, index.z);
      this.#loaded = index;
    }
    writeRows(this.#kernel, this.#options, index, places, rows);
    return rows;
  }
}

let recent: { readonly key: string; readonly spectrum: PowerSpectrum } | undefined;

/**
 * The SOAP power spectra of the `centers` (M×3) among the `points` (N×3): M×F, or 1×F if averaged, F = featureCount(options).
 *
 * Calls with the same options as the last one share its table of radial functions.
 *
 * @throws RangeError naming the option, the coordinate, the species or the cell
 * @see PowerSpectrum for the formula and the order of the components
 */
export function powerSpectrum(
  points: Float64Array,
  centers: Float64Array,
  options: SoapOptions,
  given?: CloudRequest,
): Float64Array {
  const checked = checkSoapOptions(options);
  const key = JSON.stringify(checked);
  if (recent?.key !== key) recent = { key, spectrum: new PowerSpectrum(checked) };
  return recent.spectrum.compute(points, centers, given);
}
