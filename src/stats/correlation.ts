/**
 * Pearson's correlation coefficient of two samples, by deviations from their means.
 *
 * @returns −1 to 1; NaN if one of them is constant
 * @throws RangeError if they are not equally long, or have fewer than two values
 */
export function pearson(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length) throw new RangeError(`y: expected ${x.length} values, as many as x, got ${y.length}`);
  if (x.length < 2) throw new RangeError(`x: expected at least two values, got ${x.length}`);
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - meanX, y[i]! - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  // Rounding may carry a perfect correlation past 1.
  return xx === 0 || yy === 0 ? Number.NaN : Math.min(1, Math.max(-1, xy / (Math.sqrt(xx) * Math.sqrt(yy))));
}

/**
 * Spearman's rank correlation: Pearson's of the ranks, where equal values share the mean of their ranks.
 *
 * @returns −1 to 1; NaN if one of them is constant
 * @throws RangeError as `pearson`
 */
export function spearman(x: readonly number[], y: readonly number[]): number {
  return pearson(meanRanks(x), meanRanks(y));
}

/** Ranks from 1. */
export function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).toSorted((a, b) => values[a]! - values[b]!);
  const ranks = Array.from<number>({ length: values.length });
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (const i of order.slice(start, end)) ranks[i] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
