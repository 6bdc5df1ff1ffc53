import { describe, expect, it } from 'vitest';
import { BestOf } from '#dist/report/bestOf.js';
import { joined, Markup, markup } from '#dist/report/markup.js';
import { formatMetric, formatNumber, formatPercent, tickText, wholeTicks } from '#dist/report/numbers.js';

describe('markup`…`', () => {
  it('escapes values, and takes markup as it is', () => {
    expect(markup`<b title="${'a"b'}">${'<i> & \u0027'}</b>${markup`<br>`}`.text).toBe(
      '<b title="a&quot;b">&lt;i&gt; &amp; &#39;</b><br>',
    );
  });

  it('joins lists, and leaves undefined out', () => {
    expect(markup`${[1, 'a', undefined, [new Markup('<hr>')]]}${undefined}.`.text).toBe('1a<hr>.');
    expect(joined(['<', 2], ', ').text).toBe('&lt;, 2');
  });
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [63, '63'],
    [74.6721, '74.67'],
    [-0.5, '−0.5'],
    [0.000123456, '1.23e−4'],
    [12_345_678, '1.23e7'],
    [Number.NaN, 'NaN'],
  ])('%f is written %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('have four decimals where they are scores', () => {
    expect(formatMetric('validationAccuracy', 0.5)).toBe('0.5000');
    expect(formatMetric('reconstructionMse', 0.012345)).toBe('0.01235');
  });

  it('are short beside axes, and shares are percentages', () => {
    expect([0.30000000000000004, 1e-5, 250].map(tickText)).toEqual(['0.3', '1e−5', '250']);
    expect([0, 0.044, 0.92, 1].map(formatPercent)).toEqual(['0 %', '4.4 %', '92 %', '100 %']);
  });

  it('beside axes of whole numbers are whole', () => {
    expect(wholeTicks(2, 5)).toEqual([2, 3, 4, 5]);
    expect(wholeTicks(2, 11)).toEqual([2, 4, 6, 8, 10]);
    expect(wholeTicks(3, 3)).toEqual([3]);
  });
});

describe('BestOf', () => {
  it('keeps the best in order, and of equal ones the first', () => {
    const best = new BestOf<[name: string, score: number]>(3, ([, score]) => score);
    for (const item of [
      ['a', 1],
      ['b', 5],
      ['c', 3],
      ['d', 5],
      ['e', -Infinity],
      ['f', 4],
    ] as const)
      best.offer([...item]);
    expect(best.items.map(([name]) => name)).toEqual(['b', 'd', 'f']);
  });
});
