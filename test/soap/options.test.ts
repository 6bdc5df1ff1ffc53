import { describe, expect, it } from 'vitest';
import { featureCount, type SoapOptions, type Weighting } from '#dist/soap/index.js';
import { checkSoapOptions } from '#dist/soap/options.js';
import { weightFunction } from '#dist/soap/weighting.js';
import { rangeError } from '../support/rangeError.js';

const options = { rCut: 5, nMax: 4, lMax: 6, sigma: 0.8 };

/** Whatever a caller without types may pass. */
const check = (change: object) => () => checkSoapOptions({ ...options, ...change });

describe('checkSoapOptions', () => {
  it('fills in the defaults', () => {
    expect(checkSoapOptions(options)).toEqual({
      ...options,
      rMin: 1,
      radialBasis: 'gto',
      nSpecies: 1,
      weighting: undefined,
      average: 'off',
      compression: 'off',
      speciesWeighting: undefined,
      arithmetic: 'float64',
      kernel: 'auto',
    });
  });

  it('keeps what is given, and its own result', () => {
    const given: SoapOptions = {
      ...options,
      rMin: 0.5,
      radialBasis: 'polynomial',
      nSpecies: 3,
      weighting: { function: 'poly', r0: 2, c: 1, m: 2 },
      average: 'inner',
      compression: 'mu1nu1',
      speciesWeighting: [1, -2.5, 0],
      arithmetic: 'float32',
      kernel: 'wasm',
    };
    expect(checkSoapOptions(given)).toEqual(given);
    expect(checkSoapOptions(checkSoapOptions(given))).toEqual(given);
  });

  it.each([
    [{ sigma: 0 }, 'sigma: expected a number > 0 (input units), got 0'],
    [{ sigma: NaN }, 'sigma: expected a number > 0 (input units), got NaN'],
    [{ sigma: 1e155 }, 'sigma: expected a number of at most 1e+100 (input units), got 1e+155'],
    [{ rCut: 1e200, sigma: 1e99 }, 'rCut: expected a number of at most 1e+100 (input units), got 1e+200'],
    [{ rCut: '5' }, 'rCut: expected a number > 1 (input units), got "5"'],
    [{ rCut: 0.5 }, 'rCut: expected a number > 1 (input units), got 0.5'],
    [{ rCut: 5, rMin: 6 }, 'rCut: expected a number > 6 (input units), got 5'],
    [{ rCut: 0, radialBasis: 'polynomial' }, 'rCut: expected a number > 0 (input units), got 0'],
    [{ nMax: 21 }, 'nMax: expected an integer from 1 to 20, got 21'],
    [{ lMax: 1.5 }, 'lMax: expected an integer from 0 to 50, got 1.5'],
    [{ nSpecies: 0 }, 'nSpecies: expected an integer from 1 to 1024, got 0'],
    [{ radialBasis: 'bessel' }, 'radialBasis: expected gto or polynomial, got bessel'],
    [{ average: 'both' }, 'average: expected off, inner or outer, got both'],
    [{ compression: 'mu3' }, 'compression: expected off, mu2, mu1nu1 or crossover, got mu3'],
    [{ arithmetic: 'float16' }, 'arithmetic: expected float64 or float32, got float16'],
  ])('refuses %j', (change, message) => {
    expect(check(change)).toThrow(rangeError(message));
  });

  it('takes any cutoff with the polynomial basis, which has no rMin', () => {
    expect(check({ rCut: 0.1, radialBasis: 'polynomial' })).not.toThrow();
  });

  it.each<[object, string]>([
    [{ function: 'sin', r0: 1, c: 1 }, 'weighting.function: expected poly, pow or exp, got sin'],
    [{ function: 'poly', c: 1, m: 1 }, 'weighting.r0: expected a number > 0 (input units), got undefined'],
    [{ function: 'poly', r0: 0, c: 1, m: 1 }, 'weighting.r0: expected a number > 0 (input units), got 0'],
    [{ function: 'poly', r0: 1, m: 1 }, 'weighting.c: expected a number >= 0, got undefined'],
    [{ function: 'poly', r0: 1, c: 1 }, 'weighting.m: expected a number >= 0, got undefined'],
    [{ function: 'pow', r0: 1, c: 1, m: 1 }, 'weighting.d: expected a number >= 0, got undefined'],
    [{ function: 'pow', r0: 1, c: 1, d: 1, m: -1 }, 'weighting.m: expected a number >= 0, got -1'],
    [{ function: 'exp', r0: 1, c: 1 }, 'weighting.d: expected a number >= 0, got undefined'],
    [{ function: 'exp', r0: 1, c: Infinity, d: 1 }, 'weighting.c: expected a number >= 0, got Infinity'],
    [{ function: 'poly', r0: 1, c: 1, m: 1, w0: -1 }, 'weighting.w0: expected a number >= 0, got -1'],
    [{}, 'weighting.w0: expected a number >= 0, got undefined'],
    [
      { function: 'pow', r0: 1, c: 1, d: 0, m: 2 },
      'weighting: expected a finite weight from 0 to the cutoff, got Infinity at r = 0',
    ],
    [
      { function: 'exp', r0: 1e-3, c: 1, d: 0 },
      'weighting: expected a finite weight from 0 to the cutoff, got Infinity at r = 7.973537751079871',
    ],
  ])('refuses the weighting %j', (weighting, message) => {
    expect(check({ weighting })).toThrow(rangeError(message));
  });

  it.each<Weighting>([
    { w0: 0 },
    { function: 'poly', r0: 1, c: 0, m: 0 },
    { function: 'pow', r0: 1, c: 1, d: 0, m: 2, w0: 1 },
    { function: 'exp', r0: 1, c: 1, d: 0 },
  ])('takes the weighting %j', (weighting) => {
    expect(check({ weighting })).not.toThrow();
  });

  it.each([
    [{ speciesWeighting: [1] }, 'speciesWeighting: expected length 2, the number of species, got 1'],
    [{ speciesWeighting: [1, 2, 3] }, 'speciesWeighting: expected length 2, the number of species, got 3'],
    [{ speciesWeighting: [1, NaN] }, 'speciesWeighting[1]: expected a finite number, got NaN'],
    [{ speciesWeighting: [-Infinity, 1] }, 'speciesWeighting[0]: expected a finite number, got -Infinity'],
    [{ speciesWeighting: [1, '2'] }, 'speciesWeighting[1]: expected a finite number, got 2'],
  ])('refuses %j for two species', (change, message) => {
    expect(check({ nSpecies: 2, ...change })).toThrow(rangeError(message));
  });

  it('refuses a width that is a millionth of the cutoff or less', () => {
    expect(check({ rCut: 1e6, sigma: 1 })).toThrow(
      /^sigma: expected a number >= 1\.0000037\d* \(input units\), 1\/1000000 of the cutoff, got 1$/,
    );
    expect(check({ rCut: 1e6 - 4, sigma: 1 })).not.toThrow();
  });

  it('keeps factors of species as they were, and none where all are 1', () => {
    const speciesWeighting = [1, 2];
    const checked = checkSoapOptions({ ...options, nSpecies: 2, speciesWeighting });
    speciesWeighting[1] = NaN;
    expect(checked.speciesWeighting).toEqual([1, 2]);
    expect(checkSoapOptions({ ...options, nSpecies: 2, speciesWeighting: [1, 1] }).speciesWeighting).toBeUndefined();
  });

  describe('without rCut', () => {
    const { rCut: _, ...rest } = options;
    const infer = (weighting: object, change: object = {}) =>
      checkSoapOptions({ ...rest, weighting: weighting as Weighting, ...change });

    it('puts the weight at the cutoff to the threshold, 0.01 unless given', () => {
      const pow = { function: 'pow', r0: 1.5, c: 2, d: 0.5, m: 4 } as const;
      for (const threshold of [undefined, 0.01, 0.3]) {
        const { rCut } = infer({ ...pow, threshold });
        expect(weightFunction(pow, 0)(rCut)).toBeCloseTo(threshold ?? 0.01, 14); // a few roundings
      }
      expect(infer({ function: 'poly', r0: 3, c: 2, m: 1 }).rCut).toBe(3);
    });

    it('gives what is as good as given: the threshold has had its effect', () => {
      const checked = infer({ function: 'exp', r0: 1.5, c: 1, d: 1, w0: 2, threshold: 0.06 });
      expect(checked.weighting).toStrictEqual({ function: 'exp', r0: 1.5, c: 1, d: 1, w0: 2 });
      expect(checkSoapOptions(checked)).toEqual(checked);
    });

    it.each<[object, string]>([
      [{}, 'rCut: expected a number > 1 (input units), got undefined'],
      [{ weighting: { w0: 1 } }, 'rCut: expected a number > 1 (input units), got undefined'],
      [{ radialBasis: 'polynomial' }, 'rCut: expected a number > 0 (input units), got undefined'],
      [{ weighting: { function: 'sin', r0: 1, c: 1 } }, 'weighting.function: expected poly, pow or exp, got sin'],
      [
        { weighting: { function: 'poly', r0: -1, c: 1, m: 1 } },
        'weighting.r0: expected a number > 0 (input units), got -1',
      ],
    ])('refuses %j as ever', (change, message) => {
      expect(() => checkSoapOptions({ ...rest, ...change })).toThrow(rangeError(message));
    });

    it.each<[object, object, string]>([
      [{ function: 'poly', r0: 1, c: 1, m: 1 }, {}, '> 1 (input units), as rCut is left out, got 1'],
      [{ function: 'poly', r0: 3, c: 1, m: 1 }, { rMin: 3 }, '> 3 (input units), as rCut is left out, got 3'],
      [{ function: 'pow', r0: 1, c: 1, d: 200, m: 3 }, {}, '> 1 (input units), as rCut is left out, got 0'],
      [{ function: 'pow', r0: 1, c: 1, d: 200, m: 0.5 }, {}, '> 1 (input units), as rCut is left out, got 0'],
      [{ function: 'pow', r0: 1, c: 1, d: 0, m: 0 }, {}, '> 1 (input units), as rCut is left out, got Infinity'],
      [{ function: 'pow', r0: 1, c: 1, d: 100, m: 2 }, {}, '> 1 (input units), as rCut is left out, got 0'],
      [{ function: 'exp', r0: 1, c: 1, d: 200 }, {}, '> 1 (input units), as rCut is left out, got NaN'],
      [{ function: 'exp', r0: 1, c: 1, d: 100 }, {}, '> 1 (input units), as rCut is left out, got -Infinity'],
      [
        { function: 'exp', r0: 1, c: 1, d: 99 },
        { radialBasis: 'polynomial' },
        '> 0 (input units), as rCut is left out, got 0',
      ],
    ])('refuses %j with %j', (weighting, change, message) => {
      expect(() => infer(weighting, change)).toThrow(
        rangeError(`weighting: expected one that gives a cutoff ${message}`),
      );
    });

    it('takes less than rMin with the polynomial basis', () => {
      expect(infer({ function: 'poly', r0: 0.5, c: 1, m: 1 }, { radialBasis: 'polynomial' }).rCut).toBe(0.5);
    });
  });

  it.each<[object, string]>([
    [
      { rCut: 5, weighting: { function: 'pow', r0: 1, c: 1, d: 1, m: 2, threshold: 0.1 } },
      'has no meaning where rCut is given, got 0.1',
    ],
    [
      { weighting: { function: 'poly', r0: 3, c: 1, m: 2, threshold: 0.1 } },
      'has no meaning with function poly, got 0.1',
    ],
    [{ weighting: { w0: 1, threshold: 0.1 } }, 'has no meaning without function, got 0.1'],
    [{ weighting: { function: 'exp', r0: 1, c: 1, d: 1, threshold: 0 } }, 'expected a number > 0, got 0'],
    [{ weighting: { function: 'exp', r0: 1, c: 1, d: 1, threshold: NaN } }, 'expected a number > 0, got NaN'],
  ])('refuses the threshold of %j', (given, message) => {
    const { rCut: _, ...rest } = options;
    expect(() => checkSoapOptions({ ...rest, ...given })).toThrow(rangeError(`weighting.threshold: ${message}`));
  });

  it('refuses a descriptor that would not fit in memory', () => {
    expect(check({ nMax: 20, lMax: 20, nSpecies: 100 })).toThrow(
      rangeError(
        'nSpecies: expected a row and its coefficients of at most 268435456 bytes, got 343294560 for nMax 20, lMax 20, nSpecies 100',
      ),
    );
    expect(check({ nMax: 20, lMax: 20, nSpecies: 100, compression: 'crossover' })).not.toThrow();
  });
});

describe('featureCount', () => {
  it('counts the components of one species', () => {
    expect(featureCount({ nMax: 7, lMax: 10 })).toBe(308);
    expect(featureCount({ nMax: 1, lMax: 0 })).toBe(1);
  });

  it('counts those of several species as DScribe does', () => {
    const size = { nMax: 4, lMax: 4, nSpecies: 3 };
    expect(featureCount(size)).toBe(((12 * 13) / 2) * 5);
    expect(featureCount({ ...size, compression: 'mu2' })).toBe(50);
    expect(featureCount({ ...size, compression: 'mu1nu1' })).toBe(240);
    expect(featureCount({ ...size, compression: 'crossover' })).toBe(150);
  });

  it('refuses counts out of range', () => {
    expect(() => featureCount({ nMax: -1, lMax: 0 })).toThrow(
      rangeError('nMax: expected an integer from 1 to 20, got -1'),
    );
  });
});
