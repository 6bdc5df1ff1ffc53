import { describe, expect, it } from 'vitest';
import { portions } from '#dist/operators/frame/portions.js';

describe('portions', () => {
  it('shares rows out over the borders of what makes them', () => {
    expect([...portions([2, 0, 5, 1], 3)]).toEqual([
      [
        { row: 0, start: 0, end: 2 },
        { row: 2, start: 0, end: 1 },
      ],
      [{ row: 2, start: 1, end: 4 }],
      [
        { row: 2, start: 4, end: 5 },
        { row: 3, start: 0, end: 1 },
      ],
    ]);
  });

  it('ends with a full portion where the rows come out even, and has none where there are no rows', () => {
    expect([...portions([2, 2], 2)]).toEqual([[{ row: 0, start: 0, end: 2 }], [{ row: 1, start: 0, end: 2 }]]);
    expect([...portions([0, 0], 2)]).toEqual([]);
    expect([...portions([], 2)]).toEqual([]);
  });
});
