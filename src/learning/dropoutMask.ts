import type { SequentialRandom } from './random.js';

/** Fills `mask` with the factors of inverted dropout: 0 with probability `rate`, else 1 / (1 - rate), each on its own. */
export function fillDropoutMask(mask: Float32Array, rate: number, random: SequentialRandom): void {
  mask.fill(1 / (1 - rate));
  forEachDropped(mask.length, rate, random, (unit) => {
    mask[unit] = 0;
  });
}

/**
 * Names the units that are dropped, in ascending order, each with probability `rate`.
 *
 * Draws the distance from one dropped unit to the next, which is geometric, so that a rate of 0.1 costs one draw in ten
 * units.
 */
export function forEachDropped(
  nUnits: number,
  rate: number,
  random: SequentialRandom,
  drop: (unit: number) => void,
): void {
  if (rate === 0) return;
  const perLog = 1 / Math.log1p(-rate);
  for (let unit = 0; ; unit++) {
    unit += Math.floor(Math.log(random.uniform()) * perLog);
    if (unit >= nUnits) return;
    drop(unit);
  }
}
