import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { soap } from '#dist/operators/soap.js';
import { provenanceOf, soapStepOptions } from '#dist/operators/soap/soapOptions.js';
import { renderDiagnostics } from '#dist/config/renderDiagnostics.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { isSupported } from '#dist/soap/wasmModule.js';
import { temporaryFolder } from '../../support/smallMnist.js';

const basis = { rCut: 5, nMax: 3, lMax: 2, sigma: 0.7 };
const parse = (options: object) => soapStepOptions.parse({ ...basis, ...options });
const provenance = (options: object): Record<string, string> => Object.fromEntries(provenanceOf(parse(options)));

/** What is wrong with the options of a step, as `line:column message`. The source is not there: no schema is known. */
async function problems(...options: readonly string[]): Promise<string[]> {
  const text = `
pipelines:
  a:
    source: { parquet: { path: clouds.parquet } }
    steps:
      - soap:
${options.map((line) => `          ${line}\n`).join('')}`;
  const { diagnostics } = await planOf(text, join(temporaryFolder(), 'p.yaml'));
  return diagnostics
    .sorted()
    .filter(({ severity }) => severity === 'error')
    .map(({ location, message }) => {
      const where = 'argument' in location ? location.argument : `${location.line}:${location.column}`;
      return `${where} ${message}`;
    });
}

const BASIS = ['rCut: 5', 'nMax: 3', 'lMax: 2', 'sigma: 0.7'];

describe('the options of soap in a pipeline file', () => {
  it('are accepted, every one', async () => {
    expect(
      await problems(
        ...BASIS,
        'radialBasis: polynomial',
        'species: [H, C, 7]',
        'weighting: { function: pow, r0: 2, c: 1, d: 1, m: 3, w0: 0.5 }',
        'average: inner',
        'compression: mu1nu1',
        'speciesWeighting: { H: 1, C: -2.5, 7: 0 }',
        'arithmetic: float32',
        'kernel: auto',
        'precision: float64',
        'batchRows: 7',
      ),
    ).toEqual([]);
    for (const weighting of [
      '{ w0: 0 }',
      '{ function: poly, r0: 2, c: 1, m: 3 }',
      '{ function: exp, r0: 2, c: 1, d: 0 }',
    ]) {
      expect(await problems(...BASIS, `weighting: ${weighting}`), weighting).toEqual([]);
    }
    expect(await problems(...BASIS, 'species: [H]', 'compression: mu2')).toEqual([]);
  });

  it('name what is missing in a weighting, and what does not belong to its function', async () => {
    expect(await problems(...BASIS, 'weighting: { function: poly, r0: 2, c: 1, d: 3 }')).toEqual([
      '11:11 soap.weighting.m: missing, expected a number >= 0: Exponent, with poly and pow.',
      '11:56 soap.weighting.d: has no meaning with function poly, which takes r0, c, m and w0, got 3',
    ]);
    expect(await problems(...BASIS, 'weighting:', '  function: exp', '  r0: 2', '  m: 1')).toEqual([
      '11:11 soap.weighting.c: missing, expected a number >= 0: Factor, with any function.',
      '11:11 soap.weighting.d: missing, expected a number >= 0: Term of the denominator, with pow and exp.',
      '14:16 soap.weighting.m: has no meaning with function exp, which takes r0, c, d, w0 and threshold, got 1',
    ]);
    expect(await problems(...BASIS, 'weighting: { w0: 1, r0: 2 }')).toEqual([
      '11:35 soap.weighting.r0: has no meaning without function, got 2',
    ]);
    expect(await problems(...BASIS, 'weighting: {}')).toEqual([
      '11:22 soap.weighting: expected a function, a w0 or both',
    ]);
    expect(await problems(...BASIS, 'weighting: { function: poly, ro: 2, c: 1, m: 2 }')).toEqual([
      '11:40 soap.weighting.ro: unknown option, expected function, r0, c, d, m, w0 or threshold',
    ]);
    expect(await problems(...BASIS, 'weighting: { function: gauss, w0: -1 }')).toEqual([
      '11:34 soap.weighting.function: expected poly, pow or exp, got "gauss"',
      '11:45 soap.weighting.w0: expected a number >= 0, got -1',
    ]);
  });

  it('refuse a weighting that is infinite somewhere', async () => {
    expect(await problems(...BASIS, 'weighting: { function: pow, r0: 2, c: 1, d: 0, m: 3 }')).toEqual([
      '11:22 soap.weighting: expected a finite weight from 0 to the cutoff, got Infinity at r = 0',
    ]);
  });

  it('refuse species that are none, or come twice', async () => {
    expect(await problems(...BASIS, 'species: [H, C, 1, H, "1"]')).toEqual([
      '11:30 soap.species[3]: expected each species once, got "H" again',
      '11:33 soap.species[4]: expected each species once, got "1" again',
    ]);
    expect(await problems(...BASIS, 'species: H')).toEqual([
      '11:20 soap.species: expected a list of 1 to 1024 items (non-empty strings or integers), got "H"',
    ]);
    expect(await problems(...BASIS, 'species: []')).toEqual([
      '11:20 soap.species: expected a list of 1 to 1024 items (non-empty strings or integers), got an empty list',
    ]);
    expect(await problems(...BASIS, 'species: [H, 1.5]')).toEqual([
      '11:24 soap.species[1]: expected a non-empty string or an integer, got 1.5',
    ]);
  });

  it('refuse factors of species that are not declared, and name those that are missing', async () => {
    const declared = [...BASIS, 'species: [O, H, C]'];
    expect(await problems(...declared, 'speciesWeighting: { H: 1 }')).toEqual([
      '12:29 soap.speciesWeighting: expected a factor for each declared species, got none for C, O',
    ]);
    expect(await problems(...declared, 'speciesWeighting: { O: 2, H: 1, C: 1, N: 3, h: 1 }')).toEqual([
      '12:52 soap.speciesWeighting.N: expected one of the declared species H, C, O, got "N"',
      '12:58 soap.speciesWeighting.h: expected one of the declared species H, C, O, got "h"',
    ]);
    expect(await problems(...declared, 'speciesWeighting: { O: 2, h: 1, C: 1 }')).toEqual([
      '12:29 soap.speciesWeighting: expected a factor for each declared species, got none for H',
      '12:40 soap.speciesWeighting.h: expected one of the declared species H, C, O, got "h"',
    ]);
    expect(await problems(...BASIS, 'speciesWeighting: { H: 1 }')).toEqual([
      '11:29 soap.speciesWeighting: has no meaning without species, got a mapping',
    ]);
  });

  it('take factors of integers by their text, and refuse those that are no numbers', async () => {
    expect(await problems(...BASIS, 'species: [8, 1]', 'speciesWeighting: { 1: 1, 8: 2.5 }')).toEqual([]);
    expect(await problems(...BASIS, 'species: [8, 1]', 'speciesWeighting: { "1": 1, "8": -2.5 }')).toEqual([]);
    expect(await problems(...BASIS, 'species: [H]', 'speciesWeighting: { H: two }')).toEqual([
      '12:34 soap.speciesWeighting.H: expected a number, got "two"',
    ]);
    expect(await problems(...BASIS, 'species: [H]', 'speciesWeighting: { H: .inf }')).toEqual([
      '12:34 soap.speciesWeighting.H: expected a number, got Infinity',
    ]);
    expect(await problems(...BASIS, 'species: [H]', 'speciesWeighting: [1]')).toEqual([
      '12:29 soap.speciesWeighting: expected a mapping to numbers, got a list',
    ]);
  });

  it('may leave out rCut where the weighting has a function', async () => {
    const rest = BASIS.slice(1);
    for (const weighting of [
      '{ function: poly, r0: 2, c: 1, m: 3 }',
      '{ function: pow, r0: 2, c: 1, d: 1, m: 3 }',
      '{ function: exp, r0: 2, c: 1, d: 1, threshold: 0.1 }',
    ]) {
      expect(await problems(...rest, `weighting: ${weighting}`), weighting).toEqual([]);
    }
    const missing =
      'soap.rCut: missing, expected a number > 0: Cutoff radius (input units), with gto greater than rMin.';
    const found = await problems(...rest);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(missing);
    expect((await problems(...rest, 'weighting: { w0: 1 }'))[0]).toContain(missing);
    // Along with what else is missing, and not beside what is wrong with the weighting.
    expect((await problems('nMax: 3')).map((line) => line.split(':', 3)[1])).toEqual([
      '9 soap.lMax',
      '9 soap.sigma',
      '9 soap.rCut',
    ]);
    expect(await problems(...rest, 'weighting: { function: gauss }')).toEqual([
      '10:34 soap.weighting.function: expected poly, pow or exp, got "gauss"',
    ]);
    expect(await problems('rCut: five', ...rest)).toEqual([
      '7:17 soap.rCut: expected a number > 0 (input units), got "five"',
    ]);
  });

  it('refuse a weighting that gives no cutoff, and a threshold that has no meaning', async () => {
    const rest = BASIS.slice(1);
    expect(await problems(...rest, 'weighting: { function: poly, r0: 1, c: 1, m: 3 }')).toEqual([
      '10:22 soap.weighting: expected one that gives a cutoff > 1 (input units), as rCut is left out, got 1',
    ]);
    expect(await problems(...rest, 'weighting: { function: exp, r0: 2, c: 1, d: 1, threshold: 1 }')).toEqual([
      '10:22 soap.weighting: expected one that gives a cutoff > 1 (input units), as rCut is left out, got -Infinity',
    ]);
    expect(await problems(...BASIS, 'weighting: { function: pow, r0: 2, c: 1, d: 1, m: 3, threshold: 0.1 }')).toEqual([
      '11:75 soap.weighting.threshold: has no meaning where rCut is given, got 0.1',
    ]);
    expect(await problems(...rest, 'weighting: { function: poly, r0: 2, c: 1, m: 3, threshold: 0.1 }')).toEqual([
      '10:70 soap.weighting.threshold: has no meaning with function poly, which takes r0, c, m and w0, got 0.1',
    ]);
    expect(await problems(...BASIS, 'weighting: { w0: 2, threshold: 0.1 }')).toEqual([
      '11:42 soap.weighting.threshold: has no meaning without function, got 0.1',
    ]);
    expect(await problems(...rest, 'weighting: { function: exp, r0: 2, c: 1, d: 1, threshold: 0 }')).toEqual([
      '10:69 soap.weighting.threshold: expected a number > 0, got 0',
    ]);
  });

  it('refuse rMin with polynomials, which have no use for it', async () => {
    expect(await problems(...BASIS, 'radialBasis: polynomial', 'rMin: 1')).toEqual([
      '12:17 soap.rMin: has no meaning with radialBasis polynomial, got 1',
    ]);
    // Nor does its default bound rCut.
    expect(await problems('rCut: 0.5', ...BASIS.slice(1), 'radialBasis: polynomial')).toEqual([]);
    expect(await problems('rCut: 0.5', ...BASIS.slice(1))).toEqual([
      '7:17 soap.rCut: expected a number > rMin = 1 (input units), got 0.5',
    ]);
  });

  it('refuse float32 on the plain kernel, and kernels that this engine cannot run', async () => {
    expect(await problems(...BASIS, 'arithmetic: float32', 'kernel: plain')).toEqual([
      '11:23 soap.arithmetic: expected float64, the only one of kernel plain, got "float32"',
    ]);
    for (const kernel of ['wasm', 'wasmRelaxed'] as const) {
      const refusal = `11:19 soap.kernel: expected one that this engine can run, got "${kernel}"`;
      expect(await problems(...BASIS, `kernel: ${kernel}`)).toEqual(isSupported(kernel) ? [] : [refusal]);
    }
  });

  it('refuse more species than memory can hold rows of', async () => {
    const species = Array.from({ length: 600 }, (_, i) => i).join(', ');
    // F = 21 · (600 · 210 + 179,700 · 400) components, and 601 · 20 · 441 coefficients, of 8 bytes.
    expect(await problems('rCut: 5', 'nMax: 20', 'lMax: 20', 'sigma: 1', `species: [${species}]`)).toEqual([
      '11:20 soap.species: expected a row and its coefficients of at most 268435456 bytes, got 12139414560 for nMax 20, lMax 20, nSpecies 600',
    ]);
  });

  it('are told with their place in the file', async () => {
    const text = `pipelines:
  molecules:
    source: { xyz: { path: molecules.xyz } }
    steps:
      - soap:
          { rCut: 5, nMax: 3, lMax: 2, sigma: 0.7, weighting: { function: poly, r0: 5, c: 1 } }
`;
    const { diagnostics } = await planOf(text, join(temporaryFolder(), 'pipelines.yaml'));
    expect(renderDiagnostics(diagnostics.sorted(), { sources: new Map() })).toMatch(
      /pipelines\.yaml:6:52 soap\.weighting\.m: missing, expected a number >= 0: Exponent, with poly and pow\.$/,
    );
  });

  it('keep a model from features that were made with others', async () => {
    const pipeline = (name: string, options: string, step: string): string => `
  ${name}:
    source: { xyz: { path: molecules.xyz } }
    steps: [{ soap: { rCut: 5, nMax: 3, lMax: 2, sigma: 0.7, ${options} } }, { robustRescale: { ${step}: scaler } }]`;
    const found = async (fitted: string, applied: string): Promise<string[]> => {
      const text = `pipelines:${pipeline('train', fitted, 'fit')}${pipeline('test', applied, 'apply')}\n`;
      const { diagnostics } = await planOf(text, join(temporaryFolder(), 'p.yaml'));
      return diagnostics.sorted().map(({ message }) => message.replace(/ \(what arrives.*/, ''));
    };
    const refusal = (fitted: string, applied: string): string[] => [
      `robustRescale: column soap: robustRescale was fitted on features with ${fitted}, this stream has ${applied}`,
    ];
    expect(await found('species: [H, C]', 'species: [H, O]')).toEqual(
      refusal('species = ["H","C"]', 'species = ["H","O"]'),
    );
    expect(await found('average: inner', 'average: outer')).toEqual(refusal('average = inner', 'average = outer'));
    const factors = (values: string) => `species: [H, C], speciesWeighting: { ${values} }`;
    expect(await found(factors('C: 2, H: 1'), factors('H: 2, C: 1'))).toEqual(
      refusal('speciesWeighting = [1,2]', 'speciesWeighting = [2,1]'),
    );
    expect(await found(factors('C: 2, H: 1'), factors('H: 1, C: 2'))).toEqual([]);
    expect(await found('weighting: { w0: 0 }', 'rMin: 1')).toEqual(refusal('weighting = {"w0":0}', 'no weighting'));
    expect(await found('species: [H, C], average: outer', 'species: [C, H], average: outer, batchRows: 3')).toEqual([]);
    expect(await found('arithmetic: float32', 'arithmetic: float64, kernel: plain, precision: float64')).toEqual([]);
  });
});

describe('the options of soap in a call', () => {
  it('are checked as those of a file are', () => {
    const call = (options: object) => () => soap({ ...basis, ...options });
    const badOption = (message: string) =>
      expect.objectContaining({ name: 'PipelineError', code: 'badOption', message });
    expect(call({ weighting: { function: 'poly', r0: 2, c: 1 } })).toThrow(
      badOption('soap.weighting.m: missing, expected a number >= 0: Exponent, with poly and pow.'),
    );
    expect(call({ rMin: 2, radialBasis: 'polynomial' })).toThrow(
      badOption('soap.rMin: has no meaning with radialBasis polynomial, got 2'),
    );
    expect(call({ average: 'median' })).toThrow(badOption('soap.average: expected off, inner or outer, got "median"'));
    expect(call({ compresion: 'mu2' })).toThrow(/^soap\.compresion: unknown option.*; did you mean compression\?$/);
  });

  it('are told once, not again as what follows from them', () => {
    expect(() => soap({ ...basis, rCut: -1 })).toThrow(
      expect.objectContaining({ message: 'soap.rCut: expected a number > 0 (input units), got -1' }),
    );
  });
});

describe('the provenance of the features', () => {
  const common = { descriptor: 'soap', rCut: '5', nMax: '3', lMax: '2', sigma: '0.7' };

  it('says no more than it did before there were options that are off', () => {
    expect(provenance({})).toEqual({ ...common, rMin: '1' });
  });

  it('has every option that changes what the numbers mean', () => {
    expect(
      provenance({
        radialBasis: 'polynomial',
        species: ['O', 'H', 'C'],
        weighting: { m: 2, w0: 0.5, function: 'poly', c: 1, r0: 5 },
        average: 'inner',
        compression: 'crossover',
        speciesWeighting: { O: 3, C: 2, H: 1 },
      }),
    ).toEqual({
      ...common,
      radialBasis: 'polynomial',
      species: '["H","C","O"]',
      weighting: '{"function":"poly","r0":5,"c":1,"m":2,"w0":0.5}',
      average: 'inner',
      compression: 'crossover',
      speciesWeighting: '[1,2,3]',
    });
  });

  it('has the rCut that the weighting gives, as if it were given', () => {
    const { rCut: _, ...rest } = basis;
    const weighting = { function: 'exp', r0: 2, c: 1, d: 0.5, threshold: 0.1 } as const;
    const found = Object.fromEntries(provenanceOf(soapStepOptions.parse({ ...rest, weighting })));
    const { threshold, ...without } = weighting;
    const rCut = 2 * Math.log(1 / threshold - 0.5);
    expect(found).toEqual(provenance({ rCut, weighting: without }));
    expect(found.rCut).toBe(String(rCut));
  });

  it('has no factors of species that are all 1, which change nothing', () => {
    const species = ['H', 'O'];
    expect(provenance({ species, speciesWeighting: { H: 1, O: 1 } })).toEqual(provenance({ species }));
  });

  it('has none that say how exactly or how fast to compute', () => {
    expect(provenance({ arithmetic: 'float32', kernel: 'wasm', precision: 'float64', batchRows: 3 })).toEqual(
      provenance({}),
    );
  });
});
