import { createKernel } from '../createKernel.js';
import type { Kernel } from '../kernel.js';
import { type CheckedSoapOptions, cutoffRadius, featureCount } from '../options.js';
import { PlainKernel } from '../plainKernel.js';
import { MAX_RANGES, type PointIndex } from '../points/pointIndex.js';
import { PlainPointDerivatives } from './plainPointDerivatives.js';
import type { PointDerivatives } from './pointDerivatives.js';
import { RowDerivatives } from './rowDerivatives.js';
import { WasmPointDerivatives } from './wasmPointDerivatives.js';

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
      kernel instanceof PlainKernel
        ? new PlainPointDerivatives(options, kernel)
        : new WasmPointDerivatives(options, kernel);
  }

  /** Writes the results. */
  write(task: DerivativesTask, results: PowerSpectrumDerivatives): void {
    const { index, centers } = task;
    const { powerSpectrum } = results;
    const nCenters = centers.length / 3;
    const F = this.#featureCount;
    this.#kernel.setPoints(index.x, index.y, index.z);
    results.centerDerivatives.fill(0);
    // Derivatives follow the contraction, which is what sums the channels into their total.
    switch (this.#options.average) {
      case 'off':
        for (let center = 0; center < nCenters; center++) {
          this.#describe(task, center, powerSpectrum, center * F, 1);
          const row = new RowDerivatives(results.derivatives, center, task.nWanted, 3 * F);
          this.#differentiate(task, center, 1, results, row);
          if (!task.isCleared) row.finish();
        }
        break;
      case 'inner': {
        if (nCenters === 0) break;
        const scale = 1 / nCenters ** 2;
        const row = new RowDerivatives(results.derivatives, 0, task.nWanted, 3 * F);
        this.#kernel.clear();
        for (let center = 0; center < nCenters; center++) this.#expand(task, center);
        this.#kernel.contract(powerSpectrum, 0, scale);
        for (let center = 0; center < nCenters; center++) this.#differentiate(task, center, scale, results, row);
        if (!task.isCleared) row.finish();
        break;
      }
      case 'outer': {
        if (nCenters === 0) break;
        const scale = 1 / nCenters;
        const row = new RowDerivatives(results.derivatives, 0, task.nWanted, 3 * F);
        const spectrum = new Float64Array(F);
        powerSpectrum.fill(0);
        for (let center = 0; center < nCenters; center++) {
          this.#describe(task, center, spectrum, 0, scale);
          for (let i = 0; i < F; i++) powerSpectrum[i]! += spectrum[i]!;
          this.#differentiate(task, center, scale, results, row);
        }
        if (!task.isCleared) row.finish();
      }
    }
  }

  /** Writes the row of one centre, times `scale`. */
  #describe(task: DerivativesTask, center: number, out: Float64Array, offset: number, scale: number): void {
    this.#kernel.clear();
    this.#expand(task, center);
    this.#kernel.contract(out, offset, scale);
  }

  /** Adds the densities around a centre to the coefficients of the kernel. */
  #expand({ index, centers }: DerivativesTask, center: number): void {
    const [x, y, z] = [centers[3 * center]!, centers[3 * center + 1]!, centers[3 * center + 2]!];
    for (let channel = 0; channel < index.nChannels; channel++) {
      const nRanges = index.rangesNear(channel, x, y, z, this.#ranges);
      if (nRanges > 0) this.#kernel.expand(channel, this.#ranges, nRanges, x, y, z);
    }
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
