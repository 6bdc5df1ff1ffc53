import { expect, it } from 'vitest';
import { sortedIndices } from '#dist/soap/points/sortedIndices.js';
import { randomNumbers } from '../clouds.js';

it.each([0, 1, 2, 7, 8, 9, 16, 17, 100, 1000, 4097])('sorts %i numbers, equal ones in their order', (count) => {
  const random = randomNumbers(61);
  for (const nValues of [1, 3, 50, 1e9]) {
    const keys = Float64Array.from({ length: count }, () => Math.floor(nValues * random()));
    const expected = Array.from(keys, (_, i) => i).toSorted((a, b) => keys[a]! - keys[b]! || a - b);
    expect(Array.from(sortedIndices(count, (a, b) => keys[a]! - keys[b]!))).toEqual(expected);
  }
});

it.each(['rising', 'falling'])('sorts what is %s', (order) => {
  const sign = order === 'rising' ? 1 : -1;
  const expected = Array.from({ length: 100 }, (_, i) => (order === 'rising' ? i : 99 - i));
  expect(Array.from(sortedIndices(100, (a, b) => sign * (a - b)))).toEqual(expected);
});
