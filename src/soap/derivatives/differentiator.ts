import { createKernel } from '../createKernel.js';
import type { Kernel } from '../kernel.js';
import { type CheckedSoapOptions, cutoffRadius, featureCount } from '../options.js';
import { PlainKernel } from '../plainKernel.js';
import { MAX_RANGES, type PointIndex } from '../points/pointIndex.js';
import { plainPointDerivatives } from './plainPointDerivatives.js';
import type { PointDerivatives } from './pointDerivatives.js';
import { RowDerivatives } from './rowDerivatives.js';
import { writeRows } from '../writeRows.js';
import { wasmPointDerivatives } from './wasmPointDerivatives.js';

/** Rows and how they change with positions. R is M, the number of centres, or 1 if they are averaged; F = featureCount(options). */
export interface PowerSpectrumDerivatives {
  /** R×F: the rows of `powerSpectrum`. */
  readonly powerSpectrum: Float64Array;
  /** R×I×3×F: of each row with respect to x, y and z of each point; its attached centres move along. Per input unit. */
  readonly derivatives: Float64Array;
  /** M×3×F: of a centre's row, or of the average, with respect to that centre alone while all points stay. Per input unit. */
  readonly centerDerivatives: Float64Array;
}

/** What is asked for, checked. */
export interface DerivativesTask {
  readonly index: PointIndex;
  readonly centers: Float64Array; // M×3, input units
  readonly attach: ArrayLike<number> | undefined; // of each centre the point that it moves along with, or -1
  readonly places: Int32Array; // of each point its place among the wanted ones, or -1
  readonly nWanted: number;
  readonly isCleared: boolean; // whether the results are zero before
}

/** Computes rows and derivatives for one set of options, of one cloud after the other. */
export class Differentiator {
  readonly #options: CheckedSoapOptions;
  readonly #featureCount: number;
  readonly #cutoffSquared: number;
  readonly #kernel: Kernel;
  readonly #point: PointDerivatives;
  readonly #ranges = new Uint32Array(2 * MAX_RANGES);

  /** @throws TypeError where the engine cannot run the kernel */
  constructor(given: CheckedSoapOptions) {
    const options = { ...given, arithmetic: 'float64' } as const;
    const kernel = createKernel(options);
    this.#options = options;
    this.#featureCount = featureCount(options);
    this.#cutoffSquared = cutoffRadius(options) ** 2;
    this.#kernel = kernel;
    this.#point =
      kernel instanceof PlainKernel ? plainPointDerivatives(options, kernel) : wasmPointDerivatives(options, kernel);
  }

  /** Writes the results. */
  write(task: DerivativesTask, results: PowerSpectrumDerivatives): void {
    const { index, centers, nWanted } = task;
    const size = 3 * this.#featureCount;
    const nRows = results.powerSpectrum.length / this.#featureCount;
    const rows = Array.from({ length: nRows }, (_, i) => new RowDerivatives(results.derivatives, i, nWanted, size));
    this.#kernel.setPoints(index.x, index.y, index.z);
    results.centerDerivatives.fill(0);
    // Derivatives follow the contraction, which is what sums the channels into their total.
    writeRows(this.#kernel, this.#options, index, centers, results.powerSpectrum, (center, row, scale) =>
      this.#differentiate(task, center, scale, results, rows[row]!),
    );
    if (!task.isCleared) for (const row of rows) row.finish();
  }

  /** Adds the derivatives of a row, times `scale`, as far as they come from the densities around a centre. */
  #differentiate(
    { index, centers, attach, places }: DerivativesTask,
    center: number,
    scale: number,
    { centerDerivatives }: PowerSpectrumDerivatives,
    row: RowDerivatives,
  ): void {
    const { x: xs, y: ys, z: zs, order, nChannels } = index;
    const [centerX, centerY, centerZ] = [centers[3 * center]!, centers[3 * center + 1]!, centers[3 * center + 2]!];
    const point = this.#point;
    const ranges = this.#ranges;
    const size = 3 * this.#featureCount;
    const ofCenter = centerDerivatives.subarray(center * size, (center + 1) * size);
    const attached = attach?.[center] ?? -1;
    const ofAttached: { readonly channel: number; readonly i: number }[] = [];
    const differentiate = (channel: number, i: number): void =>
      point.differentiate(channel, xs[i]! - centerX, ys[i]! - centerY, zs[i]! - centerZ, scale);
    for (let channel = 0; channel < nChannels; channel++) {
      const nRanges = index.rangesNear(channel, centerX, centerY, centerZ, ranges);
      for (let range = 0; range < nRanges; range++) {
        const end = ranges[2 * range + 1]!;
        for (let i = ranges[2 * range]!; i < end; i++) {
          const rr = (xs[i]! - centerX) ** 2 + (ys[i]! - centerY) ** 2 + (zs[i]! - centerZ) ** 2;
          if (rr > this.#cutoffSquared) continue;
          const number = order[i]!;
          if (number === attached) {
            ofAttached.push({ channel, i });
            continue;
          }
          differentiate(channel, i);
          if (places[number]! >= 0) row.add(places[number]!, point);
        }
      }
    }
    point.subtractSum(ofCenter);
    if (attached < 0) return;
    // The attached point moves as the centre does, but not against it.
    if (places[attached]! >= 0) row.addValues(places[attached]!, ofCenter);
    for (const { channel, i } of ofAttached) differentiate(channel, i);
    point.subtractSum(ofCenter);
  }
}
