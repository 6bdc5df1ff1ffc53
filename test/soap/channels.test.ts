import { describe, expect, it } from 'vitest';
import { channelsOf, rowLength } from '#dist/soap/channels.js';

describe('channelsOf', () => {
  it('pairs all species without compression, s ≤ s′', () => {
    expect(channelsOf(3, 'off')).toEqual({
      nChannels: 3,
      hasTotal: false,
      blocks: [
        { left: 0, right: 0, triangular: true },
        { left: 0, right: 1, triangular: false },
        { left: 0, right: 2, triangular: false },
        { left: 1, right: 1, triangular: true },
        { left: 1, right: 2, triangular: false },
        { left: 2, right: 2, triangular: true },
      ],
    });
  });

  it('pairs each species with itself for crossover', () => {
    expect(channelsOf(2, 'crossover')).toEqual({
      nChannels: 2,
      hasTotal: false,
      blocks: [
        { left: 0, right: 0, triangular: true },
        { left: 1, right: 1, triangular: true },
      ],
    });
  });

  it('pairs each species with the total for mu1nu1', () => {
    expect(channelsOf(2, 'mu1nu1')).toEqual({
      nChannels: 2,
      hasTotal: true,
      blocks: [
        { left: 0, right: 2, triangular: false },
        { left: 1, right: 2, triangular: false },
      ],
    });
  });

  it('has one channel for all species for mu2', () => {
    const blocks = [{ left: 0, right: 0, triangular: true }];
    expect(channelsOf(5, 'mu2')).toEqual({ nChannels: 1, hasTotal: false, blocks });
  });
});

describe('rowLength', () => {
  it.each(['off', 'crossover', 'mu1nu1', 'mu2'] as const)(
    'is the length of all blocks with compression %s',
    (compression) => {
      for (const [nMax, lMax, nSpecies] of [
        [1, 0, 1],
        [4, 3, 1],
        [3, 2, 5],
      ] as const) {
        let length = 0;
        for (const { triangular } of channelsOf(nSpecies, compression).blocks) {
          length += (lMax + 1) * (triangular ? (nMax * (nMax + 1)) / 2 : nMax * nMax);
        }
        expect(rowLength(nMax, lMax, nSpecies, compression)).toBe(length);
      }
    },
  );
});
