import { describe, expect, it } from 'vitest';
import { SeenImages } from '#dist/images/seenImages.js';
import { randomNumbers } from '../support/batches.js';

describe('SeenImages', () => {
  it('knows which numbers have come, as a set does', () => {
    const seen = new SeenImages();
    const reference = new Set<number>();
    const random = randomNumbers(5);
    const numbers = [0, 31, 32, 2 ** 15 - 1, 2 ** 15, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
    for (const spread of [100, 2 ** 16, 2 ** 32]) {
      for (let i = 0; i < 500; i++) numbers.push(Math.floor(spread * random()));
    }
    for (const image of [...numbers, ...numbers.toReversed()]) {
      expect(seen.add(image), `${image}`).toBe(!reference.has(image));
      reference.add(image);
    }
  });
});
