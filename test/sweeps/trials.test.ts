import { describe, expect, it } from 'vitest';
import type { SweepPlan } from '#dist/pipelines/plan.js';
import { countTrials, formatValues, representativeTrials, trialsOf } from '#dist/sweeps/trials.js';
import { temporaryFolder } from '../support/smallMnist.js';
import { planIn, sweepFile } from './support.js';

async function sweep(body: string): Promise<SweepPlan> {
  const plan = await planIn(temporaryFolder(), sweepFile(body, ', y: 0, a: 0, b: 0'));
  return plan.sweeps.get('search')!;
}

const valuesOf = async (body: string): Promise<unknown[][]> =>
  trialsOf(await sweep(body)).map(({ values }) => Array.from(values.values()));

describe('a grid', () => {
  it('has every combination, the first key slowest', async () => {
    expect(await valuesOf('over: { x: [1, 2], y: [u, true], z: { cases: { p: { a: 1 }, q: { b: 2 } } } }')).toEqual([
      [1, 'u', 'p'],
      [1, 'u', 'q'],
      [1, true, 'p'],
      [1, true, 'q'],
      [2, 'u', 'p'],
      [2, 'u', 'q'],
      [2, true, 'p'],
      [2, true, 'q'],
    ]);
  });

  it('sets the variables of a case, and no others', async () => {
    const trials = trialsOf(await sweep('over: { x: [1], z: { cases: { p: { a: 1, b: 3 }, q: { b: 2 } } } }'));
    const settings = trials.map((trial) => trial.settings.map(({ target, value }) => [target, value]));
    expect(settings).toEqual([
      [
        ['x', 1],
        ['a', 1],
        ['b', 3],
      ],
      [
        ['x', 1],
        ['b', 2],
      ],
    ]);
  });

  it.each([
    ['{ from: 0, to: 1, count: 4 }', [0, 0.333333333333, 0.666666666667, 1]],
    ['{ from: 0.1, to: 0.5, count: 5 }', [0.1, 0.2, 0.3, 0.4, 0.5]],
    ['{ from: 0.01, to: 100, count: 5, scale: log }', [0.01, 0.1, 1, 10, 100]],
    ['{ from: 3, to: 7, count: 1 }', [3]],
    ['{ from: 2, to: 5, integer: true }', [2, 3, 4, 5]],
    ['{ from: 0, to: 10, count: 3, integer: true }', [0, 5, 10]],
    // 1, 1.47, 2.15, 3.16, 4.64, 6.81, 10: both ones and both threes fall together.
    ['{ from: 1, to: 10, count: 7, integer: true, scale: log }', [1, 2, 3, 5, 7, 10]],
  ])('spaces %s as %j', async (range, expected) => {
    expect(await valuesOf(`over: { x: ${range} }`)).toEqual(expected.map((value) => [value]));
  });
});

describe('a sample', () => {
  const over = 'x: { from: 2, to: 100, integer: true }, y: { from: 0.001, to: 10, scale: log }';

  it('is the beginning of any longer one, and changes with the seed', async () => {
    const short = await valuesOf(`over: { ${over} }, sample: { trials: 5, seed: 7 }`);
    const long = await valuesOf(`over: { ${over} }, sample: { trials: 50, seed: 7 }`);
    expect(long.slice(0, 5)).toEqual(short);
    expect(await valuesOf(`over: { ${over} }, sample: { trials: 5, seed: 8 }`)).not.toEqual(short);
  });

  it('draws a parameter whatever the others are', async () => {
    const both = await valuesOf(`over: { ${over} }, sample: { trials: 20 }`);
    const more = await valuesOf(`over: { a: [1, 2, 3], ${over} }, sample: { trials: 20 }`);
    expect(more.map(([, ...rest]) => rest)).toEqual(both);
    expect(new Set(more.map(([a]) => a))).toEqual(new Set([1, 2, 3]));
  });

  it('covers the range uniformly, in logarithms if the scale is log', async () => {
    const trials = 4000;
    const rows = await valuesOf(`over: { ${over} }, sample: { trials: ${trials} }`);
    const shares = (column: number, isBelow: (value: number) => boolean): number =>
      rows.filter((row) => isBelow(row[column] as number)).length / trials;
    // Five standard deviations of a share near one half or one quarter: 5 √(p(1 − p) / n) < 0.04.
    expect(shares(0, (x) => x <= 50)).toBeCloseTo(49 / 99, 1);
    expect(Math.abs(shares(0, (x) => x <= 50) - 49 / 99)).toBeLessThan(0.04);
    expect(Math.abs(shares(1, (y) => y < 0.01) - 1 / 4)).toBeLessThan(0.04);
    expect(Math.abs(shares(1, (y) => y < 0.1) - 1 / 2)).toBeLessThan(0.04);
    const whole = rows.map(([x]) => x as number);
    expect(whole.every((x) => Number.isInteger(x))).toBe(true);
    expect([Math.min(...whole), Math.max(...whole)]).toEqual([2, 100]);
  });

  it('gives known values: they are part of "same seed, same bytes"', async () => {
    expect(await valuesOf(`over: { ${over} }, sample: { trials: 3, seed: 1 }`)).toMatchInlineSnapshot(`
      [
        [
          36,
          0.0254583439519,
        ],
        [
          49,
          0.00179774148207,
        ],
        [
          4,
          1.24149921652,
        ],
      ]
    `);
  });
});

describe('trials', () => {
  it('count from 1; the baseline is 0 and has the values that it gives', async () => {
    const plan = await sweep('over: { x: [1, 2], z: { cases: { p: { a: 1, b: 5 } } } }, baseline: { z: p, y: 4 }');
    const [baseline, ...others] = trialsOf(plan);
    expect(baseline).toMatchObject({ number: 0 });
    expect([...baseline!.values]).toEqual([
      ['z', 'p'],
      ['y', 4],
    ]);
    expect(baseline!.settings.map(({ target, value }) => [target, value])).toEqual([
      ['a', 1],
      ['b', 5],
      ['y', 4],
    ]);
    expect(others.map(({ number }) => number)).toEqual([1, 2]);
    expect(countTrials(plan)).toBe(2);
  });

  it('are represented by every value that the file writes down, and the last of all', async () => {
    const plan = await sweep('over: { x: { from: 1, to: 9, count: 5 }, y: [u, v, w] }');
    expect(representativeTrials(plan).map(({ values }) => Array.from(values.values()))).toEqual([
      [1, 'u'],
      [9, 'u'],
      [1, 'u'],
      [1, 'v'],
      [1, 'w'],
      [9, 'w'],
    ]);
  });

  it('are named by their values', () => {
    expect(
      formatValues(
        new Map<string, string | number>([
          ['rCut', 1 / 3],
          ['method', 'pca'],
        ]),
      ),
    ).toBe('rCut = 0.333333, method = pca');
  });
});
