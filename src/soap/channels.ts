/**
 * Which pairs of species make a row, by the names of DScribe (Darby et al. 2022, doi:10.1038/s41524-022-00847-y):
 *
 * - `off`: all pairs s ≤ s'.
 * - `crossover`: each species with itself.
 * - `mu1nu1`: each species with all points.
 * - `mu2`: all points with themselves, whatever their species.
 */
export type Compression = 'off' | 'mu2' | 'mu1nu1' | 'crossover';

/** A part of a row: products of the coefficients of two channels, in the order l, then n (left), then n' (right). */
export interface Block {
  readonly left: number;
  readonly right: number;
  /** Whether n' runs from n only, since left and right are one channel. */
  readonly triangular: boolean;
}

/** The densities that are expanded apart from each other, and how a row is made of them. */
export interface Channels {
  /** Channels that points are added to. */
  readonly nChannels: number;
  /** Whether there is one more, number `nChannels`: the sum of all the others. */
  readonly hasTotal: boolean;
  /** Factor of each channel, if they are not all 1: applied before the total is summed. */
  readonly weights: readonly number[] | undefined;
  /** In the order of the row. */
  readonly blocks: readonly Block[];
}

/** @param weights of the species, if they are not all 1: with them `mu2` too has a channel for each */
export function channelsOf(nSpecies: number, compression: Compression, weights?: readonly number[]): Channels {
  if (compression === 'mu2') {
    const nChannels = weights ? nSpecies : 1;
    const all = weights ? nChannels : 0;
    const blocks = [{ left: all, right: all, triangular: true }];
    return { nChannels, hasTotal: weights !== undefined, weights, blocks };
  }
  const nChannels = nSpecies;
  const hasTotal = compression === 'mu1nu1';
  const blocks: Block[] = [];
  for (let left = 0; left < nChannels; left++) {
    if (hasTotal) {
      blocks.push({ left, right: nChannels, triangular: false });
      continue;
    }
    blocks.push({ left, right: left, triangular: true });
    if (compression !== 'off') continue;
    for (let right = left + 1; right < nChannels; right++) blocks.push({ left, right, triangular: false });
  }
  return { nChannels, hasTotal, weights, blocks };
}

/** Components of a row: (lMax+1) · nMax(nMax+1)/2 for each triangular block and (lMax+1) · nMax² for each other one. */
export function rowLength(nMax: number, lMax: number, nSpecies: number, compression: Compression): number {
  const triangular = { off: nSpecies, crossover: nSpecies, mu1nu1: 0, mu2: 1 }[compression];
  const square = { off: (nSpecies * (nSpecies - 1)) / 2, crossover: 0, mu1nu1: nSpecies, mu2: 0 }[compression];
  return (lMax + 1) * ((triangular * nMax * (nMax + 1)) / 2 + square * nMax ** 2);
}
