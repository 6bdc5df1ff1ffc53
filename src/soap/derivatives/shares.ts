import { channelsOf } from '../channels.js';
import type { CheckedSoapOptions } from '../options.js';

/** A block of a row where a point of some channel has part: as the density of one side, or of both. */
export interface Share {
  /** First component of the block. */
  readonly start: number;
  /** Its components. */
  readonly length: number;
  /** The channel that the density of the point is multiplied with. */
  readonly other: number;
  readonly side: 'left' | 'right' | 'both';
  /** Whether the share before is of the same block: of one channel with the total, where the point has part in both. */
  readonly isSecond: boolean;
}

/** In which blocks the points of each channel have part, in the order of the row. */
export function sharesOf({ nMax, lMax, nSpecies, compression, speciesWeighting }: CheckedSoapOptions): Share[][] {
  const { nChannels, hasTotal, blocks } = channelsOf(nSpecies, compression, speciesWeighting);
  const shares: Share[][] = Array.from({ length: nChannels }, () => []);
  const add = (ofChannel: Share[], share: Omit<Share, 'isSecond'>): unknown =>
    ofChannel.push({ ...share, isSecond: ofChannel.at(-1)?.start === share.start });
  let start = 0;
  for (const { left, right, triangular } of blocks) {
    const length = (lMax + 1) * (triangular ? (nMax * (nMax + 1)) / 2 : nMax ** 2);
    // All points have part in the total.
    const ofRight = hasTotal ? shares : [shares[right]!];
    if (triangular) {
      for (const ofChannel of ofRight) add(ofChannel, { start, length, other: right, side: 'both' });
    } else {
      add(shares[left]!, { start, length, other: right, side: 'left' });
      for (const ofChannel of ofRight) add(ofChannel, { start, length, other: left, side: 'right' });
    }
    start += length;
  }
  return shares;
}
