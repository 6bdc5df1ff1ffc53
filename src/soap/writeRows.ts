import type { Kernel } from './kernel.js';
import { type CheckedSoapOptions, featureCount } from './options.js';
import { MAX_RANGES, type PointIndex } from './points/pointIndex.js';

const ranges = new Uint32Array(2 * MAX_RANGES);

/**
 * Writes the rows of some centres, one each or one for all: R×F.
 *
 * @param kernel which has the points of the index
 * @param contracted called for each centre with the number of its row and the scale of its contraction, as long as the kernel has the
 *   coefficients of that
 */
export function writeRows(
  kernel: Kernel,
  options: CheckedSoapOptions,
  index: PointIndex,
  centers: Float64Array,
  rows: Float64Array | Float32Array,
  contracted?: (center: number, row: number, scale: number) => void,
): void {
  const nCenters = centers.length / 3;
  const F = featureCount(options);

  /** Adds the densities around a centre. */
  function expand(center: number): void {
    const [x, y, z] = [centers[3 * center]!, centers[3 * center + 1]!, centers[3 * center + 2]!];
    for (let channel = 0; channel < index.nChannels; channel++) {
      const nRanges = index.rangesNear(channel, x, y, z, ranges);
      if (nRanges > 0) kernel.expand(channel, ranges, nRanges, x, y, z);
    }
  }

  if (nCenters === 0) return;
  if (options.average === 'inner') {
    const scale = 1 / nCenters ** 2;
    kernel.clear();
    for (let center = 0; center < nCenters; center++) expand(center);
    kernel.contract(rows, 0, scale);
    if (contracted) for (let center = 0; center < nCenters; center++) contracted(center, 0, scale);
    return;
  }
  if (options.average === 'off') {
    for (let center = 0; center < nCenters; center++) {
      kernel.clear();
      expand(center);
      kernel.contract(rows, center * F, 1);
      contracted?.(center, center, 1);
    }
    return;
  }
  const [row, mean] = [new Float64Array(F), new Float64Array(F)];
  for (let center = 0; center < nCenters; center++) {
    kernel.clear();
    expand(center);
    kernel.contract(row, 0, 1 / nCenters);
    for (let i = 0; i < F; i++) mean[i]! += row[i]!;
    contracted?.(center, 0, 1 / nCenters);
  }
  rows.set(mean);
}
