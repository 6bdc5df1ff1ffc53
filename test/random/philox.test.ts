import { describe, expect, it } from 'vitest';
import { philox4x32 } from '#dist/random/philox.js';
import { philoxReference } from './reference.js';

/** Rows `philox4x32 10` of `tests/kat_vectors` in Random123: counter, key, expected words. */
const knownAnswers: { counter: Quadruple; key: [number, number]; expected: Quadruple }[] = [
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    expected: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    expected: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    expected: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

type Quadruple = [number, number, number, number];

function philox([c0, c1, c2, c3]: Quadruple, [k0, k1]: readonly [number, number]): number[] {
  const out = new Uint32Array(4);
  philox4x32(c0, c1, c2, c3, k0, k1, out);
  return [...out];
}

describe('philox4x32', () => {
  it.each(knownAnswers)('gives the known answer of Random123 for $counter', ({ counter, key, expected }) => {
    expect(philox(counter, key)).toEqual(expected);
  });

  it('takes words as signed integers too', () => {
    expect(philox([-1, -1, -1, -1], [-1, -1])).toEqual(knownAnswers[1]!.expected);
  });

  it('agrees with the definition in unbounded integers', () => {
    let counter: Quadruple = [1, 2, 3, 4];
    let key: [number, number] = [5, 6];
    for (let step = 0; step < 2000; step++) {
      const [c0, c1, c2, c3] = counter;
      const words = philoxReference([BigInt(c0), BigInt(c1), BigInt(c2), BigInt(c3)], [BigInt(key[0]), BigInt(key[1])]);
      const expected = words.map(Number);
      expect(philox(counter, key)).toEqual(expected);
      key = [c2, c3];
      counter = [expected[0]!, expected[1]!, expected[2]!, expected[3]!];
    }
  });
});
