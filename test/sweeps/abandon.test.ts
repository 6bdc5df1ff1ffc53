import { describe, expect, it } from 'vitest';
import type { SweepEntry } from '#dist/config/sweepEntry.js';
import { fallsBehind, type TrialMetric, type Watch, watchOf } from '#dist/sweeps/abandon.js';

const sweep = (minimize: boolean, abandon: Partial<SweepEntry['abandon']> = {}): SweepEntry => ({
  name: 's',
  path: ['sweeps', 's'],
  pipelines: ['a'],
  pipelinesPlace: { path: '', location: { argument: '' } },
  parameters: [],
  objective: { pipeline: 'a', step: 'fit', metric: 'score' },
  minimize,
  abandon: { startup: 3, after: 2, quantile: 0.5, ...abandon },
});

const score = (epoch: number, value: number): TrialMetric => ({
  pipeline: 'a',
  step: 'fit',
  metric: 'score',
  epoch,
  value,
});
/** A trial's scores from epoch 1 on. */
const course = (...values: number[]): TrialMetric[] => values.map((value, index) => score(index + 1, value));
const STARTUP = [course(1, 10, 100), course(2, 20), course(3, 40, 300)];

const watch = (minimize = false, abandon: Partial<SweepEntry['abandon']> = {}): Watch =>
  watchOf(sweep(minimize, abandon), STARTUP)!;

describe('watchOf', () => {
  it('asks for the median of those first trials that came to the epoch', () => {
    expect(watch().thresholds).toEqual([null, 20, 200]);
  });

  it('asks from the epoch `after` on', () => {
    expect(watch(false, { after: 3 }).thresholds).toEqual([null, null, 200]);
    expect(watchOf(sweep(false, { after: 4 }), STARTUP)).toBeUndefined();
  });

  it('takes the quantile from the worse end', () => {
    expect(watch(false, { quantile: 0.25 }).thresholds).toEqual([null, 15, 150]);
    expect(watch(true, { quantile: 0.25 }).thresholds).toEqual([null, 30, 250]);
  });

  it('leaves out what is no number, other metrics and metrics without an epoch', () => {
    const others: TrialMetric[] = [
      { ...score(2, 99), step: 'other' },
      { ...score(2, 99), metric: 'loss' },
      { pipeline: 'a', step: 'fit', metric: 'score', value: 99 },
      score(2, NaN),
    ];
    expect(watchOf(sweep(false), [...STARTUP, others])).toEqual(watch());
  });

  it('asks for nothing without first trials or without abandon', () => {
    const { abandon: _, ...never } = sweep(false);
    expect(watchOf(sweep(false), [])).toBeUndefined();
    expect(watchOf(never, STARTUP)).toBeUndefined();
  });
});

describe('fallsBehind', () => {
  it('is true below the threshold, above it where the least is the best, and for what is no number', () => {
    const behind = (minimize: boolean, value: number): boolean => fallsBehind(watch(minimize), score(2, value));
    expect([19, 20, 21, NaN].map((value) => behind(false, value))).toEqual([true, false, false, true]);
    expect([19, 20, 21, NaN].map((value) => behind(true, value))).toEqual([false, false, true, true]);
  });

  it('is false before `after`, beyond what the first trials measured, and for other metrics', () => {
    expect(fallsBehind(watch(), score(1, -9))).toBe(false);
    expect(fallsBehind(watch(), score(4, -9))).toBe(false);
    expect(fallsBehind(watch(), { ...score(2, -9), metric: 'loss' })).toBe(false);
  });
});
