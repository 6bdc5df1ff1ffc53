import { describe, expect, it } from 'vitest';
import { readStructure } from '#dist/config/structure.js';
import type { SweepEntry } from '#dist/config/sweepEntry.js';
import type { VariableSources } from '#dist/config/variables.js';
import { line, lines, pointed, read } from './support/documents.js';

/** A file whose last line is the body of the sweep `s`. */
function file(body: string): string {
  return `variables: { rCut: 1, nMax: 2, seed: 3, method: pca, trials: 6 }
pipelines:
  a: { source: { s: }, steps: [{ soap: { x: "\${rCut}\${nMax}\${seed}\${method}\${trials}" } }] }
  b: { source: { s: } }
sweeps:
  s: ${body}
`;
}

function sweep(body: string, sources: VariableSources = {}): { entry: SweepEntry | undefined; found: string[] } {
  const text = file(body);
  const { document, diagnostics } = read(text, sources);
  const entry = readStructure(document, diagnostics).sweeps.get('s');
  return {
    entry,
    // The text that a message points to tells more than its column.
    found: diagnostics.sorted().map((one) => `${line(one).replace(/^\d+:\d+ /, '')} @ ${pointed(text, one)}`),
  };
}

describe('sweeps', () => {
  it('have parameters of three kinds, in the order of the file', () => {
    const { entry, found } = sweep(
      '{ description: all, pipelines: [a, b], over: { nMax: [2, 4], rCut: { from: 1, to: 9, count: 3 }, way: { cases: { p: { method: pca, seed: 1 }, q: { method: deep } } } }, objective: a.soap.loss, minimize: true, abandon: {}, baseline: { nMax: 1, way: p } }',
    );
    expect(found).toEqual([]);
    expect(entry).toMatchObject({
      name: 's',
      description: 'all',
      pipelines: ['a', 'b'],
      objective: { pipeline: 'a', step: 'soap', metric: 'loss' },
      minimize: true,
      abandon: { startup: 10, after: 2, quantile: 0.5 },
    });
    expect(entry!.parameters).toMatchObject([
      { name: 'nMax', kind: 'list', values: [{ value: 2 }, { value: 4 }] },
      { name: 'rCut', kind: 'range', from: 1, to: 9, count: 3, scale: 'linear', integer: false },
      { name: 'way', kind: 'cases' },
    ]);
    expect([...entry!.baseline!].map(([name, { value }]) => [name, value])).toEqual([
      ['nMax', 1],
      ['way', 'p'],
    ]);
  });

  it('take values from variables', () => {
    const { entry } = sweep("{ pipelines: [a], over: { rCut: { from: 1, to: 9 } }, sample: { trials: '${trials}' } }", {
      settings: ['trials=9'],
    });
    expect(entry!.sample).toEqual({ trials: 9, seed: 0 });
  });

  it.each<[string, string[]]>([
    ['1', ['s: expected a mapping of options, got 1 @ 1']],
    [
      '{ pipelines: [a] }',
      [
        's.over: missing, expected a mapping: What changes from trial to trial: a variable with a list of values or a range { from, to, … }, or any name with { cases }. @ s',
      ],
    ],
    [
      '{ pipelines: [], over: { rCut: [1] } }',
      ['s.pipelines: expected a list of at least 1 item (strings), got an empty list @ []'],
    ],
    [
      '{ pipelines: [aa, b, b], over: { rCut: [1] } }',
      [
        'sweeps.s.pipelines[0]: there is no pipeline aa, expected a or b ?a @ aa',
        'sweeps.s.pipelines[2]: b is named twice @ b',
      ],
    ],
    ['{ pipelines: [a], over: {} }', ['sweeps.s.over: expected at least one variable, got none @ {}']],
    [
      '{ pipelines: [a], over: { rcut: [1] } }',
      ['sweeps.s.over.rcut: unknown variable, the file declares rCut, nMax, seed, method, trials ?rCut @ rcut'],
    ],
    [
      '{ pipelines: [a], over: { rCut: 1 } }',
      ['sweeps.s.over.rCut: expected a list of values, a range { from, to } or { cases }, got 1 @ 1'],
    ],
    ['{ pipelines: [a], over: { rCut: [] } }', ['sweeps.s.over.rCut: expected at least one value, got none @ []']],
    ['{ pipelines: [a], over: { rCut: [1, 2, 1] } }', ['sweeps.s.over.rCut[2]: 1 is given twice @ 1']],
    [
      '{ pipelines: [a], over: { rCut: [1, [2]] } }',
      ['sweeps.s.over.rCut[1]: expected a string, number or boolean, got a list @ [2]'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 5, to: 1, count: 2 } } }',
      ['rCut.to: expected a number > from = 5, got 1 @ 1'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 5, to: 5, count: 2 } } }',
      ['rCut.to: expected a number > from = 5, got 5 @ 5'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 1, to: 5, count: 0 } } }',
      ['rCut.count: expected an integer >= 1, got 0 @ 0'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 0, to: 5, count: 2, scale: log } } }',
      ['rCut.from: expected a number > 0, since the scale is log, got 0 @ 0'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 1.5, to: 5, integer: true } } }',
      ['rCut.from: expected a whole number, since integer is set, got 1.5 @ 1.5'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 1, too: 5 } } }',
      ['rCut.too: unknown option, expected from, to, integer, scale or count ?to @ too'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 1, to: 5 } } }',
      ['sweeps.s.over.rCut: expected count, the number of values of the grid, or a sample of the range @ rCut'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 1, to: 5, count: 2 } }, sample: { trials: 2 } }',
      ['sweeps.s.over.rCut.count: has no meaning with sample, which draws from the whole range @ count'],
    ],
    [
      '{ pipelines: [a], over: { rCut: { from: 1, to: 5 } }, sample: { trials: 0 } }',
      ['s.sample.trials: expected an integer >= 1, got 0 @ 0'],
    ],
    [
      '{ pipelines: [a], over: { way: { cases: {} } } }',
      ['sweeps.s.over.way.cases: expected at least one case, got none @ {}'],
    ],
    [
      '{ pipelines: [a], over: { way: { cases: { p: { methd: 1 } } } } }',
      [
        'sweeps.s.over.way.cases.p.methd: unknown variable, the file declares rCut, nMax, seed, method, trials ?method @ methd',
      ],
    ],
    [
      '{ pipelines: [a], over: { method: { cases: { p: { rCut: 1 } } } } }',
      ['sweeps.s.over.method: cases set variables by themselves, give them a name that is no variable @ method'],
    ],
    [
      '{ pipelines: [a], over: { rCut: [1], way: { cases: { p: { rCut: 1 } } } } }',
      ['sweeps.s.over.way: sets the variable rCut, as rCut does @ way'],
    ],
    [
      '{ pipelines: [a], over: { rCut: [1] }, objective: loss }',
      ['sweeps.s.objective: expected pipeline.step.metric, got "loss" @ loss'],
    ],
    [
      '{ pipelines: [a], over: { rCut: [1] }, objective: b.soap.loss }',
      ['sweeps.s.objective: the sweep has no pipeline b, expected a ?a @ b.soap.loss'],
    ],
    [
      '{ pipelines: [a], over: { rCut: [1] }, objective: a.saop.loss }',
      ['sweeps.s.objective: pipeline a has no step saop, expected soap ?soap @ a.saop.loss'],
    ],
    [
      '{ pipelines: [a], over: { rCut: [1] }, abandon: {}, minimize: true }',
      [
        'sweeps.s.abandon: needs the key objective beside it @ abandon',
        'sweeps.s.minimize: needs the key objective beside it @ minimize',
      ],
    ],
    [
      '{ pipelines: [a], over: { rCut: [1] }, baseline: { rcut: 1 } }',
      ['sweeps.s.baseline.rcut: unknown variable, the file declares rCut, nMax, seed, method, trials ?rCut @ rcut'],
    ],
    [
      '{ pipelines: [a], over: { way: { cases: { pca: {} } } }, baseline: { way: pcaa } }',
      ['sweeps.s.baseline.way: expected pca, got "pcaa" ?pca @ pcaa'],
    ],
  ])('refuse %s', (body, expected) => {
    const { entry, found } = sweep(body);
    expect(found).toEqual(expected);
    expect(entry).toBeUndefined();
  });

  it('share the space of names with pipelines, in default too', () => {
    const text = `default: [a, s, t]
variables: { x: "\${y:-}", y: }
pipelines: { a: { source: { s: } } }
sweeps: { a: { pipelines: [a], over: { x: [1] } }, s: { pipelines: [a], over: { x: [1] } } }
`;
    const { document, diagnostics } = read(text);
    expect(readStructure(document, diagnostics).default).toEqual(['a', 's']);
    expect(lines(diagnostics).filter((one) => !one.includes('warning'))).toEqual([
      '1:17 default[2]: there is no pipeline or sweep t, expected a or s ?a',
      '4:11 sweeps.a: there is a pipeline of that name, choose another',
    ]);
  });
});

describe('profiles', () => {
  const TEXT = `variables: { size: 100, epochs: 5, half: "\${size}" }
profiles:
  quick: { size: 10 }
  paper: { size: 1000, epochs: "\${size}" }
pipelines:
  a: { source: { s: { size: "\${size}", epochs: "\${epochs}", half: "\${half}" } } }
`;
  const options = (sources: VariableSources): unknown => {
    const { document, diagnostics } = read(TEXT, sources);
    expect(lines(diagnostics)).toEqual([]);
    return readStructure(document, diagnostics).pipelines.get('a')!.source!.options;
  };

  it('take the place of the values under variables; --set wins over them', () => {
    expect(options({})).toEqual({ size: 100, epochs: 5, half: 100 });
    expect(options({ profile: 'quick' })).toEqual({ size: 10, epochs: 5, half: 10 });
    expect(options({ profile: 'paper' })).toEqual({ size: 1000, epochs: 1000, half: 1000 });
    expect(options({ profile: 'paper', settings: ['size=7'] })).toEqual({ size: 7, epochs: 7, half: 7 });
  });

  it('give the document its variables', () => {
    const { document } = read(TEXT, { profile: 'quick', settings: ['epochs=1'] });
    expect(Object.fromEntries(document.variables)).toEqual({ size: 10, epochs: 1, half: 10 });
  });

  it('are where a value is located that a message is about', () => {
    const { document } = read(TEXT, { profile: 'quick' });
    expect(document.locate(['pipelines', 'a', 'source', 's', 'size'], 'value').note).toBe(
      '${size} is set at p.yaml:3:18',
    );
  });

  it.each<[string, string | undefined, string[]]>([
    ['{ quick: { siz: 1 } }', undefined, ['2:22 profiles.quick.siz: unknown variable, the file declares size ?size']],
    [
      '{ quick: { size: [1] } }',
      undefined,
      ['2:28 profiles.quick.size: expected a string, number, boolean or null, got a list'],
    ],
    ['{ quick: 1 }', undefined, ['2:20 profiles.quick: expected a mapping of variables to values, got 1']],
    ['{ q q: {} }', undefined, ['2:13 profiles["q q"]: expected a name of letters, digits, _ and -, a letter first']],
    ['[1]', undefined, ['2:11 profiles: expected a mapping of names to profiles, got a list']],
    ['{ quick: {} }', 'quikc', ['--profile quikc there is no profile quikc, expected quick ?quick']],
    ['{}', 'quick', ['--profile quick there is no profile quick, the file has none']],
  ])('%s with --profile %s is refused', (profiles, profile, expected) => {
    const text = `variables: { size: 100 }\nprofiles: ${profiles}\npipelines: { a: { source: { s: { size: "\${size}" } } } }\n`;
    expect(lines(read(text, profile === undefined ? {} : { profile }).diagnostics)).toEqual(expected);
  });
});
