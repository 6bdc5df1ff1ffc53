export const schedules = ['constant', 'oneCycle', 'cosine'] as const;

/** How the learning rate goes through a training. */
export type Schedule = (typeof schedules)[number];

/**
 * The learning rate at a point of a training, `progress` from 0 (first step) to 1.
 *
 * - `constant`: the peak all along.
 * - `oneCycle`: from peak/25 up to the peak in the first 30 %, then down to peak/250,000, both along half a cosine.
 * - `cosine`: from the peak down to 0 along half a cosine.
 *
 * @see Smith and Topin 2019, doi:10.1117/12.2520589; the shape and figures are those of PyTorch's OneCycleLR
 * @see Loshchilov and Hutter 2017, arXiv:1608.03983, eq. 5 without restarts
 */
export function learningRateAt(schedule: Schedule, peak: number, progress: number): number {
  if (schedule === 'constant') return peak;
  if (schedule === 'cosine') return halfCosine(peak, 0, progress);
  const warmUp = 0.3;
  const start = peak / 25;
  return progress < warmUp
    ? halfCosine(start, peak, progress / warmUp)
    : halfCosine(peak, start / 1e4, (progress - warmUp) / (1 - warmUp));
}

/** From `begin` at t = 0 to `end` at t = 1, level at both. */
function halfCosine(begin: number, end: number, t: number): number {
  return end + ((begin - end) / 2) * (1 + Math.cos(Math.PI * t));
}
