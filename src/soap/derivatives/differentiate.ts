import { type CheckedSoapOptions, cutoffRadius } from '../options.js';
import { PlainKernel } from '../plainKernel.js';
import { MAX_RANGES, type PointIndex } from '../pointIndex.js';
import { PointDerivatives } from './pointDerivatives.js';

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
  readonly featureCount: number;
  readonly attach: ArrayLike<number> | undefined; // of each centre the point that it moves along with, or -1
  readonly places: Int32Array; // of each point its place among the wanted ones, or -1
  readonly nWanted: number;
}

/** Adds rows and derivatives to the results, which are zero. */
export function differentiate(
  options: CheckedSoapOptions,
  task: DerivativesTask,
  results: PowerSpectrumDerivatives,
): void {
  const { index, centers, featureCount } = task;
  const { powerSpectrum } = results;
  const nCenters = centers.length / 3;
  const kernel = new PlainKernel(options);
  kernel.setPoints(index.x, index.y, index.z);
  const expand = expansion(task, kernel);
  const addDerivatives = differentiation(options, task, kernel, results);
  // Derivatives follow the contraction, which is what sums the channels into their total.
  switch (options.average) {
    case 'off':
      for (let center = 0; center < nCenters; center++) {
        kernel.clear();
        expand(center);
        kernel.contract(powerSpectrum, center * featureCount, 1);
        addDerivatives(center, center, 1);
      }
      break;
    case 'inner':
      for (let center = 0; center < nCenters; center++) expand(center);
      if (nCenters > 0) kernel.contract(powerSpectrum, 0, 1 / nCenters ** 2);
      for (let center = 0; center < nCenters; center++) addDerivatives(center, 0, 1 / nCenters ** 2);
      break;
    case 'outer': {
      const row = new Float64Array(featureCount);
      for (let center = 0; center < nCenters; center++) {
        kernel.clear();
        expand(center);
        kernel.contract(row, 0, 1 / nCenters);
        for (let i = 0; i < featureCount; i++) powerSpectrum[i]! += row[i]!;
        addDerivatives(center, 0, 1 / nCenters);
      }
    }
  }
}

/** A function that adds the densities around a centre to the coefficients of the kernel. */
function expansion({ index, centers }: DerivativesTask, kernel: PlainKernel): (center: number) => void {
  const ranges = new Uint32Array(2 * MAX_RANGES);
  return (center) => {
    const [x, y, z] = [centers[3 * center]!, centers[3 * center + 1]!, centers[3 * center + 2]!];
    for (let channel = 0; channel < index.nChannels; channel++) {
      const nRanges = index.rangesNear(channel, x, y, z, ranges);
      if (nRanges > 0) kernel.expand(channel, ranges, nRanges, x, y, z);
    }
  };
}

/** A function that adds the derivatives of a row, times `scale`, as far as they come from the densities around a centre. */
function differentiation(
  options: CheckedSoapOptions,
  { index, centers, featureCount, attach, places, nWanted }: DerivativesTask,
  kernel: PlainKernel,
  { derivatives, centerDerivatives }: PowerSpectrumDerivatives,
): (center: number, row: number, scale: number) => void {
  const { x: xs, y: ys, z: zs, order, nChannels } = index;
  const point = new PointDerivatives(options, featureCount, kernel);
  const cutoffSquared = cutoffRadius(options) ** 2;
  const ranges = new Uint32Array(2 * MAX_RANGES);
  const size = 3 * featureCount;
  const unwanted = new Float64Array(size);
  const ofAttached = new Float64Array(size);
  return (center, row, scale) => {
    const [centerX, centerY, centerZ] = [centers[3 * center]!, centers[3 * center + 1]!, centers[3 * center + 2]!];
    const attached = attach?.[center] ?? -1;
    const ofCenter = centerDerivatives.subarray(center * size, (center + 1) * size);
    const ofPoint = (number: number): Float64Array => {
      const at = (row * nWanted + places[number]!) * size;
      return places[number]! < 0 ? unwanted : derivatives.subarray(at, at + size);
    };
    for (let channel = 0; channel < nChannels; channel++) {
      const nRanges = index.rangesNear(channel, centerX, centerY, centerZ, ranges);
      for (let range = 0; range < nRanges; range++) {
        const end = ranges[2 * range + 1]!;
        for (let i = ranges[2 * range]!; i < end; i++) {
          const x = xs[i]! - centerX;
          const y = ys[i]! - centerY;
          const z = zs[i]! - centerZ;
          if (x * x + y * y + z * z > cutoffSquared) continue;
          const number = order[i]!;
          if (number === attached) point.add(channel, x, y, z, scale, unwanted, ofAttached);
          else point.add(channel, x, y, z, scale, ofPoint(number), ofCenter);
        }
      }
    }
    if (attached < 0) return;
    // The attached point moves as the centre does, but not against it.
    addTo(ofPoint(attached), ofCenter);
    addTo(ofCenter, ofAttached);
    ofAttached.fill(0);
  };
}

function addTo(sums: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) sums[i]! += values[i]!;
}
