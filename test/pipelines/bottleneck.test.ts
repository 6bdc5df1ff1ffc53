import { describe, expect, it } from 'vitest';
import { bottleneckOf, type HeldUp, RecentBottleneck } from '#dist/pipelines/bottleneck.js';

const at = (seconds: number, each: Record<string, number>): HeldUp => ({
  atMs: 1000 * seconds,
  each: Object.entries(each).map(([step, held]) => ({ step, ms: 1000 * held })),
});

describe('bottleneckOf', () => {
  it.each([
    [{ read: 0.5, soap: 9 }, 'soap', 0.9, 'clear'],
    [{ soap: 9 }, 'soap', 0.9, 'clear'],
    [{ read: 3, soap: 5 }, 'soap', 0.5, 'likely'],
    [{ soap: 4.5, write: 4 }, 'soap', 0.45, 'unclear'],
    [{ read: 0.1, soap: 1 }, 'soap', 0.1, 'unclear'],
    [{ soap: 12 }, 'soap', 1, 'clear'],
  ] as const)('of %o in 10 s is %s with a share of %d, which is %s', (each, step, share, certainty) => {
    expect(bottleneckOf(at(10, each))).toEqual({ step, share, certainty });
  });

  it('looks at the time since an earlier look, where there may have been fewer to look at', () => {
    const earlier = at(10, { read: 9 });
    expect(bottleneckOf(at(20, { read: 10, soap: 8 }), earlier)).toEqual({
      step: 'soap',
      share: 0.8,
      certainty: 'clear',
    });
  });

  it('says nothing of less than a second, nor of nobody', () => {
    expect(bottleneckOf(at(0.9, { soap: 0.8 }))).toBeUndefined();
    expect(bottleneckOf(at(10, {}))).toBeUndefined();
  });
});

describe('RecentBottleneck', () => {
  it('is that of the last ten seconds, and of the run as long as there are no more', () => {
    const recent = new RecentBottleneck();
    expect(recent.look(at(5, { read: 4.5, soap: 0 }))).toMatchObject({ step: 'read', share: 0.9 });
    for (let second = 6; second <= 60; second++) recent.look(at(second, { read: 4.5, soap: second - 5 }));
    expect(recent.look(at(61, { read: 4.5, soap: 56 }))).toEqual({ step: 'soap', share: 1, certainty: 'clear' });
    for (let second = 62; second < 66; second++) recent.look(at(second, { read: second - 56.5, soap: 56 }));
    expect(recent.look(at(66, { read: 9.5, soap: 56 }))).toMatchObject({ certainty: 'unclear' });
  });
});
