import { describe, expect, it } from 'vitest';
import { suggest } from '#dist/config/suggest.js';

const options = ['rCut', 'nMax', 'lMax', 'sigma', 'radialBasis', 'path'];

describe('suggest', () => {
  it.each([
    ['rCutt', 'rCut'],
    ['rcut', 'rCut'],
    ['RCUT', 'rCut'],
    ['sigm', 'sigma'],
    ['radialbasis', 'radialBasis'],
    ['radalBassis', 'radialBasis'],
    ['paht', 'path'],
  ])('takes %s for a misspelt %s', (typed, meant) => {
    expect(suggest(typed, options)).toBe(meant);
  });

  it.each(['data', 'x', 'epochs', '', 'rCut'])('has no suggestion for %j', (typed) => {
    expect(suggest(typed, ['rCut', 'path', 'radialBasis'])).toBeUndefined();
  });

  it('prefers the nearest, then the first', () => {
    expect(suggest('nMaxx', ['lMax', 'nMax'])).toBe('nMax');
    expect(suggest('mMax', ['nMax', 'lMax'])).toBe('nMax');
  });
});
