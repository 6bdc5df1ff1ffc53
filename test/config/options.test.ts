import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Diagnostics } from '#dist/config/diagnostics.js';
import { checkOptions } from '#dist/config/options.js';
import { valueAt } from '#dist/config/paths.js';
import type { VariableSources } from '#dist/config/variables.js';
import { lines, pointed, read } from './support/documents.js';
import { parquet, soap, soapOptions } from './support/catalogue.js';

/** The options of `soap`, in flow style in line 1; columns count from its key. */
function check(options: string, schema: z.ZodObject = soap.options, sources: VariableSources = {}) {
  const text = `soap: ${options}`;
  const { document, diagnostics } = read(text, sources);
  const value = valueAt(document.value, ['soap']);
  const output = checkOptions(schema, value, ['soap'], document, diagnostics);
  return { output, found: lines(diagnostics), at: diagnostics.sorted().map((one) => pointed(text, one)), diagnostics };
}

describe('checkOptions', () => {
  it('gives the parsed options with defaults', () => {
    expect(check('{ rCut: 63 }')).toMatchObject({
      output: { rCut: 63, nMax: 7, radialBasis: 'gto', average: false, centers: 'all' },
      found: [],
    });
    expect(check('', parquet.options.partial()).output).toEqual({ rowsPerFile: null });
  });

  it('takes an option that a variable leaves open for one that is not given', () => {
    expect(check("{ rCut: 63, nMax: '${n:-null}' }")).toMatchObject({ output: { rCut: 63, nMax: 7 }, found: [] });
    const builtIns = { n: 9 };
    expect(check("{ rCut: 63, nMax: '${n:-null}' }", soap.options, { builtIns }).output).toMatchObject({ nMax: 9 });
  });

  it('misses an option that has to be given and is left open', () => {
    expect(check("{ rCut: '${r:-null}' }").found).toEqual([expect.stringContaining('rCut')]);
    expect(check("{ rCut: '${r:-null}' }").output).toBeUndefined();
  });

  it.each<[string, string, string]>([
    ['rCut: -1', '-1', 'soap.rCut: expected a number > 1 (input units), got -1'],
    ['rCut: 1', '1', 'soap.rCut: expected a number > 1 (input units), got 1'],
    ['rCut: .nan', '.nan', 'soap.rCut: expected a number > 1 (input units), got NaN'],
    ['rCut: .inf', '.inf', 'soap.rCut: expected a number > 1 (input units), got Infinity'],
    ['rCut: "63"', '"63"', 'soap.rCut: expected a number > 1 (input units), got "63"'],
    ['rCut: ', '', 'soap.rCut: expected a number > 1 (input units), got null'],
    ['rCut: [1]', '[1]', 'soap.rCut: expected a number > 1 (input units), got a list'],
    ['rCut: { a: 1 }', '{ a: 1 }', 'soap.rCut: expected a number > 1 (input units), got a mapping'],
    ['rCut: 2, nMax: 2.5', '2.5', 'soap.nMax: expected an integer from 2 to 20, got 2.5'],
    ['rCut: 2, nMax: 21', '21', 'soap.nMax: expected an integer from 2 to 20, got 21'],
    ['rCut: 20, sigma: 11', '11', 'soap.sigma: expected a number > 0 and <= 10 (input units), got 11'],
    ['rCut: 2, average: 1', '1', 'soap.average: expected true or false, got 1'],
    ['rCut: 2, radialBasis: gtoo', 'gtoo', 'soap.radialBasis: expected gto or polynomial, got "gtoo" ?gto'],
    ['rCut: 2, radialBasis: 3', '3', 'soap.radialBasis: expected gto or polynomial, got 3'],
    ['rCut: 2, species: { H: x }', 'x', 'soap.species.H: expected a number, got "x"'],
    ['rCut: 2, species: 3', '3', 'soap.species: expected a mapping to numbers, got 3'],
    ['rCut: 2, box: [1, 2]', '[1, 2]', 'soap.box: expected a list of 3 items (number, number, number), got a list'],
    ['rCut: 2, box: [1, 2, x]', 'x', 'soap.box[2]: expected a number, got "x"'],
    ['rCut: 2, cache: { rows: 9 }', '9', 'soap.cache.rows: expected an integer that is a multiple of 8, got 9'],
    ['rCut: 2, timeout: 10', '10', 'soap.timeout: expected a string that matches ^\\d+s$, got 10'],
    ['rCut: 2, timeout: 10m', '10m', 'soap.timeout: expected seconds, e.g. 10s, got "10m"'],
    ['rCut: 2, sigma: 3', 'soap', 'soap: sigma must be below rCut'],
  ])('rejects { %s }', (options, place, message) => {
    const { output, found, at } = check(`{ ${options} }`);
    expect(found.map((line) => line.replace(/^\d+:\d+ /, ''))).toEqual([message]);
    expect(at).toEqual([place]);
    expect(output).toBeUndefined();
  });

  it.each<[string, string, string]>([
    ['5', '5', 'soap.centers: expected all, a list of at least 1 item (integers >= 0) or a mapping, got 5'],
    ['al', 'al', 'soap.centers: expected all, a list of at least 1 item (integers >= 0) or a mapping, got "al"'],
    [
      '[]',
      '[]',
      'soap.centers: expected all, a list of at least 1 item (integers >= 0) or a mapping, got an empty list',
    ],
    ['[1, -1]', '-1', 'soap.centers[1]: expected an integer >= 0, got -1'],
    ['{ every: 1 }', '1', 'soap.centers.every: expected an integer >= 2, got 1'],
    ['{ evry: 2 }', 'evry', 'soap.centers.evry: unknown option, expected every ?every'],
    ['{ every: 2, x: 1 }', 'x', 'soap.centers.x: unknown option, expected every'],
  ])('finds in a union what was meant: centers: %s', (centers, place, message) => {
    const { found, at } = check(`{ rCut: 2, centers: ${centers} }`);
    expect(found.map((line) => line.replace(/^\d+:\d+ /, ''))).toEqual([message]);
    expect(at).toEqual([place]);
  });

  it.each<[string, string, string]>([
    ['{ kind: tpu }', 'tpu', 'soap.backend.kind: expected cpu or gpu, got "tpu" ?cpu'],
    ['{ threads: 1 }', 'backend', 'soap.backend.kind: missing, expected cpu or gpu'],
    ['{ kind: cpu }', 'backend', 'soap.backend.threads: missing, expected an integer >= 1'],
    ['{ kind: cpu, threads: 0 }', '0', 'soap.backend.threads: expected an integer >= 1, got 0'],
    [
      '{ kind: gpu, device: a, threads: 1 }',
      'threads',
      'soap.backend.threads: unknown option, expected kind or device',
    ],
  ])('follows the discriminator of a union: backend: %s', (backend, place, message) => {
    const { found, at } = check(`{ rCut: 2, backend: ${backend} }`);
    expect(found.map((line) => line.replace(/^\d+:\d+ /, ''))).toEqual([message]);
    expect(at).toEqual([place]);
  });

  it('reports a missing option at the key of what should hold it, with its meaning', () => {
    expect(check('{}').found).toEqual(['1:1 soap.rCut: missing, expected a number > 1: Cutoff radius (input units)']);
    expect(check('').found).toEqual(['1:1 soap.rCut: missing, expected a number > 1: Cutoff radius (input units)']);
    expect(check('{ rCut: 2, cache: {} }').found).toEqual([
      '1:18 soap.cache.rows: missing, expected an integer that is a multiple of 8',
    ]);
    expect(check('{}').diagnostics.sorted()[0]?.path).toBe('soap.rCut');
  });

  it('reports a missing option at the name of a bare step', () => {
    const text = 'steps:\n  - soap\n';
    const { document, diagnostics } = read(text);
    checkOptions(soap.options, {}, ['steps', 0, 'soap'], document, diagnostics);
    expect(lines(diagnostics)).toEqual(['2:5 soap.rCut: missing, expected a number > 1: Cutoff radius (input units)']);
  });

  it('reports unknown options at their keys, at every depth, whether the schema is strict or not', () => {
    const options = '{ rCut: 2, nmax: 3, whatever: 1, cache: { rows: 8, pth: x } }';
    const expected = [
      '1:18 soap.nmax: unknown option, expected rCut, nMax, sigma, radialBasis, average, centers, species, box, cache, timeout or backend ?nMax',
      '1:27 soap.whatever: unknown option, expected rCut, nMax, sigma, radialBasis, average, centers, species, box, cache, timeout or backend',
      '1:58 soap.cache.pth: unknown option, expected rows or path ?path',
    ];
    expect(check(options)).toMatchObject({ found: expected, at: ['nmax', 'whatever', 'pth'], output: undefined });
    expect(check(options, soapOptions.strict()).found).toEqual(expected);
    expect(check('{ rCut: 2, __proto__: 1, constructor: 2 }').at).toEqual(['__proto__', 'constructor']);
  });

  it('gives the message of a refinement, also where it is about an option that is not there', () => {
    const schema = z.object({ a: z.int().optional(), b: z.int() }).refine(({ a }) => a !== undefined, {
      path: ['a'],
      message: 'expected beside b',
    });
    expect(check('{ b: 1 }', schema)).toMatchObject({ found: ['1:1 soap.a: expected beside b'], output: undefined });
    expect(check('{ a: 1, b: 1 }', schema).output).toEqual({ a: 1, b: 1 });
    expect(
      check(
        '{ b: 1 }',
        schema.refine(({ b }) => b > 1),
      ).found,
    ).toContainEqual('1:1 soap: is not valid');
    expect(
      check(
        '{ b: "${none}" }',
        schema.refine(() => false),
      ).found,
    ).toEqual([expect.stringContaining('unknown variable none')]);
  });

  it('lets the keys pass that a loose schema or a record admits', () => {
    const schema = z.looseObject({
      inner: z.object({ a: z.int() }).catchall(z.string()),
      map: z.record(z.string(), z.int()),
    });
    expect(check('{ inner: { a: 1, b: x }, map: { c: 1 }, d: 2 }', schema)).toMatchObject({
      found: [],
      output: { inner: { a: 1, b: 'x' }, map: { c: 1 }, d: 2 },
    });
  });

  it('calls no key unknown that one of several possible schemas has', () => {
    const schema = z.object({ grid: z.union([z.object({ a: z.int() }), z.object({ b: z.int() })]) });
    expect(check('{ grid: { b: 1 } }', schema)).toMatchObject({ found: [], output: { grid: { b: 1 } } });
    expect(check('{ grid: { c: 1 } }', schema)).toMatchObject({ at: ['{ c: 1 }'], output: undefined });
  });

  it.each<[string, z.ZodType]>([
    ['a number >= 0 and < 1', z.number().min(0).lt(1)],
    ['a number <= 5', z.number().max(5)],
    ['a number < 5 that is a multiple of 2', z.number().lt(5).multipleOf(2)],
    ['a string of 3 characters', z.string().min(3).max(3)],
    ['a string of 2 to 3 characters', z.string().min(2).max(3)],
    ['a string of at least 2 characters', z.string().min(2)],
    ['a string in the format uri', z.url()],
    ['1, two or null', z.literal([1, 'two', null])],
    ['a list of booleans', z.array(z.boolean())],
    ['a list of 2 items (values)', z.array(z.unknown()).length(2)],
    ['a list of at most 2 items (a or b)', z.array(z.enum(['a', 'b'])).max(2)],
    ['an integer or null', z.int().nullable()],
    ['an integer or true or false', z.union([z.int(), z.boolean()])],
    ['a mapping', z.object({ a: z.int() })],
  ])('says that it expects %s', (expected, type) => {
    expect(check('{ x: "?" }', z.object({ x: type })).found).toEqual([`1:12 soap.x: expected ${expected}, got "?"`]);
  });

  it('names the keys that a record admits', () => {
    const schema = z.object({
      map: z.partialRecord(z.enum(['width', 'height']), z.int()),
      short: z.record(z.string().max(2), z.int()),
    });
    expect(check('{ map: { widht: 1 }, short: { abc: 1 } }', schema).found).toEqual([
      '1:16 soap.map.widht: unknown option, expected width or height ?width',
      '1:37 soap.short.abc: expected a string of at most 2 characters for a key',
    ]);
  });

  it('does not also call missing what is misspelt', () => {
    expect(check('{ rcut: 2 }')).toMatchObject({ at: ['rcut'], output: undefined });
    expect(check('{ rcut: 2 }').found[0]).toMatch(/\?rCut$/);
  });

  it('reports everything at once, in the order of the file', () => {
    expect(check('{ nMax: 1, sigm: 2, radialBasis: x, box: [a, b, 3] }').at).toEqual([
      'soap',
      '1',
      'sigm',
      'x',
      'a',
      'b',
    ]);
  });

  it.each(['abc', '[1]', '7', 'true'])('expects a mapping, not %s', (options) => {
    const { found, at } = check(options);
    expect(found).toEqual([expect.stringMatching(/^1:7 soap: expected a mapping of options, got /)]);
    expect(at).toEqual([options]);
  });

  it('says nothing of what a missing variable leaves open, but of everything else', () => {
    const { found, output } = check('{ rCut: "${a}", box: [1, "${a}"], nMax: 0, sigm: 1 }');
    expect(output).toBeUndefined();
    expect(found.filter((line) => !line.includes('unknown variable a'))).toEqual([
      '1:47 soap.nMax: expected an integer from 2 to 20, got 0',
      expect.stringContaining('1:50 soap.sigm: unknown option'),
    ]);
    expect(check('{ rCut: 2, sigma: "${a}" }').output).toBeUndefined();
    const { document, diagnostics } = read('soap: "${a}"');
    expect(checkOptions(soap.options, undefined, ['soap'], document, diagnostics)).toBeUndefined();
    expect([...diagnostics]).toHaveLength(1);
  });

  it('takes the text of a variable where a string is wanted, its value elsewhere', () => {
    const environment = { A: '2024', B: '0x10' };
    expect(check('{ path: "${A}", rowsPerFile: "${B}" }', parquet.options, { environment })).toMatchObject({
      output: { path: '2024', rowsPerFile: 16 },
      found: [],
    });
    expect(check('{ path: 2024 }', parquet.options).found).toEqual(['1:15 soap.path: expected a string, got 2024']);
  });

  it('points at the argument that brought a bad value, or notes its origin', () => {
    const text = 'variables: { r: 0 }\npipelines: { p: { steps: [{ soap: { rCut: "${r}" } }] } }';
    const run = (...settings: string[]) => {
      const { document, diagnostics } = read(text, { settings });
      const path = ['pipelines', 'p', 'steps', 0, 'soap'];
      checkOptions(soap.options, valueAt(document.value, path), path, document, diagnostics);
      return diagnostics.sorted();
    };
    const path = 'pipelines.p.steps[0].soap.rCut';
    expect(run()).toMatchObject([
      {
        path,
        message: 'soap.rCut: expected a number > 1 (input units), got 0',
        location: { line: 2, column: 43, endColumn: 49 },
        note: '${r} is set at p.yaml:1:17',
      },
    ]);
    expect(run('r=-1')).toMatchObject([
      {
        path,
        message: 'soap.rCut: expected a number > 1 (input units), got -1',
        location: { argument: '--set r=-1' },
        note: 'used at p.yaml:2:43',
      },
    ]);
    expect(run('p.soap.rCut=-2')).toMatchObject([
      {
        path,
        message: 'soap.rCut: expected a number > 1 (input units), got -2',
        location: { argument: '--set p.soap.rCut=-2' },
      },
    ]);
    expect(run('r=3', 'p.soap.rCutt=2')).toMatchObject([
      { path: `${path}t`, location: { argument: '--set p.soap.rCutt=2' }, suggestion: 'rCut' },
    ]);
  });

  it('reports a mistake in an anchor once, however often it is used', () => {
    const { document, diagnostics } = read('steps:\n - soap: &a { rCut: 0 }\n - soap: *a\n - soap: { <<: *a }\n');
    for (const index of [0, 1, 2]) {
      const path = ['steps', index, 'soap'];
      checkOptions(soap.options, valueAt(document.value, path), path, document, diagnostics);
    }
    expect(lines(diagnostics)).toEqual(['2:21 soap.rCut: expected a number > 1 (input units), got 0']);
  });

  it('does not change what it checks', () => {
    const { document } = read('soap: { rCut: 2, cache: { rows: 8 } }');
    const before = structuredClone(document.value);
    checkOptions(soap.options, valueAt(document.value, ['soap']), ['soap'], document, new Diagnostics());
    expect(document.value).toEqual(before);
  });
});
