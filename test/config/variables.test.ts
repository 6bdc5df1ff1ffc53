import { describe, expect, it } from 'vitest';
import { childOf } from '#dist/config/paths.js';
import type { VariableSources } from '#dist/config/variables.js';
import { line, lines, pointed, read } from './support/documents.js';

/** The values of `v`, resolved, and what was reported. */
function resolve(text: string, sources: VariableSources = {}): { v: unknown; found: string[] } {
  const { document, diagnostics } = read(text, sources);
  return { v: childOf(document.value, 'v'), found: lines(diagnostics) };
}

describe('resolveVariables', () => {
  it('looks names up in settings, the file, the built-ins and the environment, in that order', () => {
    const text = `variables: { a: file, b: file, c: }
v: ["\${a}", "\${b}", "\${c}", "\${d}", "\${e}"]`;
    const everywhere = { a: 'x', b: 'x', c: 'x', d: 'x' };
    expect(
      resolve(text, {
        settings: ['a=set'],
        builtIns: { ...everywhere, c: 'built in', d: 'built in' },
        environment: { ...everywhere, e: 'environment', f: undefined },
      }),
    ).toEqual({ v: ['set', 'file', 'built in', 'built in', 'environment'], found: [] });
  });

  it('gives a string that is one reference the type of the value, and joins everything else as text', () => {
    const text = `variables: { n: 63, v1: 1.10, t: true, s: "63", z: 0x1F, none: }
v:
  native: ["\${n}", "\${v1}", "\${t}", "\${s}", "\${z}", "\${E}", "\${F}", "\${G}"]
  joined: ["\${n} ", "v\${v1}", "\${t}\${t}", "x\${E}", "_\${z}"]
  unquoted: \${n}
  folded: >-
    \${n}
    \${s}`;
    expect(resolve(text, { environment: { E: '001', F: 'false', G: 'a: [b]', none: '' } }).v).toEqual({
      native: [63, 1.1, true, '63', 31, 1, false, 'a: [b]'],
      joined: ['63 ', 'v1.10', 'truetrue', 'x001', '_0x1F'],
      unquoted: 63,
      folded: '63 63',
    });
  });

  it('reads texts from outside as YAML scalars: numbers, booleans, null, and nothing else', () => {
    const texts = [
      '1',
      '-2.5e3',
      '0x1F',
      '.5',
      'true',
      'False',
      'null',
      '~',
      '',
      'yes',
      '1_000',
      '1 2',
      '"1"',
      '[1]',
      '#',
    ];
    const environment = Object.fromEntries(texts.map((text, index) => [`E${index}`, text]));
    const text = `v: [${texts.map((_, index) => `"\${E${index}}"`).join(', ')}]`;
    expect(resolve(text, { environment })).toEqual({
      v: [1, -2500, 31, 0.5, true, false, null, null, '', 'yes', '1_000', '1 2', '"1"', '[1]', '#'],
      found: [],
    });
  });

  it('keeps a number that cannot be held exactly as text', () => {
    expect(resolve('v: "${E}"', { environment: { E: '12345678901234567890' } }).v).toBe('12345678901234567890');
  });

  it('takes the fallback where nothing is found or only an empty text; it may refer to variables itself', () => {
    const text = `variables: { empty: "", path: "\${DIR:-\${HOME:-/root}/data}" }
v: ["\${none:-63}", "\${none:-a b}", "\${empty:-x}", "\${E:-x}", "\${path}", "\${none:-\${n:-1}}", "a\${none:-}b", "\${none:-}"]`;
    const expected = [63, 'a b', 'x', 'x', '/home/data', 1, 'ab', ''];
    expect(resolve(text, { environment: { E: '', HOME: '/home' } })).toEqual({ v: expected, found: [] });
    expect(resolve('v: "${a:-0}"', { environment: { a: '0' } }).v).toBe(0);
  });

  it('escapes with $${ and leaves other dollars alone', () => {
    expect(resolve('v: ["$${x}", "$5", "a$", "$x", "$$"]')).toEqual({ v: ['${x}', '$5', 'a$', '$x', '$$'], found: [] });
  });

  it('never reads replaced text again, neither as YAML nor for references', () => {
    const hostile = 'x"\n- ${a}: {b: 1} # &c';
    const { v, found } = resolve('v: { k: "${E}", l: "<${E}>", m: "${s}" }\nvariables: { s: "$${E}" }', {
      environment: { E: hostile },
    });
    expect(v).toEqual({ k: hostile, l: `<${hostile}>`, m: '${E}' });
    expect(found).toEqual([]);
  });

  it('leaves keys alone', () => {
    expect(resolve('v: { "${a}": 1 }').v).toEqual({ '${a}': 1 });
  });

  it('lets defaults refer to other variables, in any order', () => {
    const text = 'variables: { a: "${b}/x", b: "${c}", c: 7, d: "${c}" }\nv: ["${a}", "${b}", "${d}"]';
    expect(resolve(text)).toEqual({ v: ['7/x', 7, 7], found: [] });
    expect(resolve(text, { settings: ['c=8', 'd=9'] }).v).toEqual(['8/x', 8, 9]);
  });

  it('knows names such as constructor and __proto__ only if they are declared', () => {
    expect(resolve('v: ["${constructor:-a}", "${__proto__:-b}", "${toString:-c}"]').v).toEqual(['a', 'b', 'c']);
    expect(resolve('variables: { constructor: 1 }\nv: "${constructor}"').v).toBe(1);
  });

  it('reports an unknown variable at the reference inside the string, once for each place, with what was meant', () => {
    const text = 'variables: { rCut: 1 }\nv: ["${rCut}", "a ${rCutt}/${rCut}/${rCutt}", "${xyz}", "${OUTT}"]';
    const { document, diagnostics } = read(text, { builtIns: { OUT: 'x' } });
    expect(lines(diagnostics)).toEqual([
      '2:19 unknown variable rCutt: it is neither in variables nor in the environment ?rCut',
      '2:36 unknown variable rCutt: it is neither in variables nor in the environment ?rCut',
      '2:48 unknown variable xyz: it is neither in variables nor in the environment',
      '2:58 unknown variable OUTT: it is neither in variables nor in the environment ?OUT',
    ]);
    for (const diagnostic of diagnostics) expect(pointed(text, diagnostic)).toMatch(/^\$\{\w+\}$/);
    expect(childOf(document.value, 'v')).toEqual([1, undefined, undefined, undefined]);
  });

  it('reports a fault in a default where it is, and not again where the variable is used', () => {
    const text = 'variables: { a: "x${none}", b: "${a}", c: [1] }\nv: ["${a}", "${b}", "${c}", "${c:-1}"]';
    const { v, found } = resolve(text);
    expect(found).toEqual([
      '1:19 unknown variable none: it is neither in variables nor in the environment',
      '1:43 variables.c: expected a string, number, boolean or null, got a list',
    ]);
    expect(v).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('says what to do about a variable without a value', () => {
    expect(resolve('variables: { rCut: }\nv: "${rCut}"').found).toEqual([
      '2:5 variable rCut has no value: give it one in variables, by --set rCut=… or in the environment',
    ]);
  });

  it('names the circle in which variables refer to each other, once', () => {
    const text =
      'variables: { a: "${b}", b: "x${c}", c: "${a}", me: "${me}", e: "${a}" }\nv: ["${a}", "${c}", "${me}", "${e}"]';
    expect(resolve(text).found).toEqual([
      '1:41 variables refer to each other in a circle: a → b → c → a',
      '1:53 variables refer to each other in a circle: me → me',
    ]);
  });

  it('warns of variables that are never used, in whatever way', () => {
    const text =
      'variables: { used: 1, inFallback: 2, byOther: 3, other: "${byOther}", no: 4 }\nv: ["${used}", "${x:-${inFallback}}", "$${no}"]';
    const { document: _, diagnostics } = read(text);
    expect(lines(diagnostics)).toEqual([
      '1:50 warning: variables.other: never used',
      '1:71 warning: variables.no: never used',
    ]);
    expect(diagnostics.hasErrors).toBe(false);
  });

  it('rejects malformed references and declarations', () => {
    const text = 'variables:\n  1st: 1\n  a b: 2\n  list: [1]\nv: "x ${a:b} ${"\n';
    expect(resolve(text).found).toEqual([
      '2:3 variables["1st"]: expected a name of letters, digits, _ and -, a letter first',
      '2:3 warning: variables["1st"]: never used',
      '3:3 variables["a b"]: expected a name of letters, digits, _ and -, a letter first',
      '3:3 warning: variables["a b"]: never used',
      '4:3 warning: variables.list: never used',
      '4:9 variables.list: expected a string, number, boolean or null, got a list',
      '5:7 ${a:b}: expected ${a} or ${a:-default}; $${ is a literal ${',
    ]);
    expect(resolve('variables: [a]\nv: 1').found).toEqual([
      '1:12 variables: expected a mapping of names to values, got a list',
    ]);
  });
});

describe('--set of a variable', () => {
  const text = 'variables: { rCut: 63, data: x }\nv: { a: "${rCut}", b: "${rCut}0", c: "${data}" }';

  it.each<[string, unknown]>([
    ['rCut=5', { a: 5, b: '50', c: 'x' }],
    ['rCut=5.50', { a: 5.5, b: '5.500', c: 'x' }],
    ['rCut=true', { a: true, b: 'true0', c: 'x' }],
    ['rCut=', { a: '', b: '0', c: 'x' }],
    ['rCut="5"', { a: '5', b: '50', c: 'x' }],
    ["rCut='a: b'", { a: 'a: b', b: 'a: b0', c: 'x' }],
    ['rCut=a=b', { a: 'a=b', b: 'a=b0', c: 'x' }],
    ['rCut=${data}', { a: '${data}', b: '${data}0', c: 'x' }],
  ])('%s gives the value', (setting, v) => {
    expect(resolve(text, { settings: [setting] })).toEqual({ v, found: [] });
  });

  it('takes the last of several', () => {
    expect(resolve(text, { settings: ['rCut=1', 'rCut=2'] }).v).toMatchObject({ a: 2 });
  });

  it.each([
    ['rcut=3', '--set rcut=3 unknown variable rcut, the file declares rCut, data ?rCut'],
    ['rCut', '--set rCut expected variable=value or pipeline.step.option=value'],
    ['=3', '--set =3 expected variable=value or pipeline.step.option=value'],
    ['rCut=[1, 2]', '--set rCut=[1, 2] variable rCut: expected a string, number, boolean or null, got a list'],
    ['rCut=[1', '--set rCut=[1 the value is invalid YAML: Flow sequence must end with a ]'],
    [
      'rCut=[*a]',
      '--set rCut=[*a] the value is invalid YAML: Unresolved alias (the anchor must be set before the alias): a',
    ],
  ])('%s is reported at the argument', (setting, expected) => {
    const { found } = resolve(text, { settings: [setting] });
    expect(found).toEqual([expected]);
  });

  it('is the place of its value in later diagnostics, with a note of its use', () => {
    const { document } = read(text, { settings: ['rCut=-1'] });
    expect(document.locate(['v', 'a'], 'value')).toEqual({
      path: 'v.a',
      location: { argument: '--set rCut=-1' },
      note: 'used at p.yaml:2:9',
    });
    expect(document.locate(['v', 'a'], 'key').location).toMatchObject({ line: 2, column: 6 });
    // Only a part of `b` is from the argument, so it keeps its place.
    expect(document.locate(['v', 'b'], 'value')).toMatchObject({
      location: { line: 2, column: 23, endColumn: 33 },
      note: 'a part is from --set rCut=-1',
    });
  });

  it('is found through the defaults of other variables', () => {
    const { document } = read('variables: { a: "${b}", b: 1 }\nv: "${a}"', { settings: ['b=2'] });
    expect(document.locate(['v'], 'value').location).toEqual({ argument: '--set b=2' });
  });

  it('makes a default that cannot be resolved needless', () => {
    const faulty = 'variables: { data: "${MISSING}/x" }\nv: "${data}"';
    expect(resolve(faulty, { settings: ['data=y'] })).toEqual({ v: 'y', found: [] });
  });

  it('is shortened in messages', () => {
    const { document } = read(text, { settings: [`rCut=${'x'.repeat(99)}`] });
    expect(document.locate(['v', 'a'], 'value').location).toEqual({ argument: `--set rCut=${'x'.repeat(55)}…` });
  });

  it('is one of the origins that a note tells', () => {
    const { document } = read('variables: { a: 1 }\nv: ["${a}", "${E}", "${out}", "${a}-${E}", plain, "${n:-1}"]', {
      builtIns: { out: 'o' },
      environment: { E: 'e' },
    });
    const note = (index: number): string | undefined => document.locate(['v', index], 'value').note;
    expect([0, 1, 2, 3, 4, 5].map(note)).toEqual([
      '${a} is set at p.yaml:1:17',
      '${E} comes from the environment',
      '${out} is given by the run',
      '${a} is set at p.yaml:1:17, ${E} comes from the environment',
      undefined,
      undefined,
    ]);
  });
});

const PIPELINES = `pipelines:
  sample:
    source: { idx: { images: a } }
    steps:
      - decodeMnist
      - soap: { rCut: 63, deep: { list: [1, 2] } }
      - soap:
        id: two
      - ./own.mjs: { factor: 2 }
    sinks: []
  base:
    source: &source { idx: { images: b } }
  alias:
    source: *source
`;

function set(...settings: string[]): { pipelines: unknown; found: string[] } {
  const { document, diagnostics } = read(PIPELINES, { settings });
  return { pipelines: childOf(document.value, 'pipelines'), found: lines(diagnostics) };
}

/** `{ 1: a }` in the place of a list stands for one with `a` at index 1. */
function withLists({ steps, ...rest }: { steps?: Record<number, unknown> }): object {
  if (steps === undefined) return rest;
  const before = [
    'decodeMnist',
    { soap: { rCut: 63, deep: { list: [1, 2] } } },
    { soap: null, id: 'two' },
    { './own.mjs': { factor: 2 } },
  ];
  return { ...rest, steps: before.map((step, index) => steps[index] ?? step) };
}

describe('--set of an option', () => {
  it.each<[string, object]>([
    ['sample.soap.rCut=5', { steps: { 1: { soap: { rCut: 5, deep: { list: [1, 2] } } } } }],
    ['sample.soap.nMax=5', { steps: { 1: { soap: { rCut: 63, nMax: 5 } } } }],
    ['sample.soap.deep.list.1=5', { steps: { 1: { soap: { deep: { list: [1, 5] } } } } }],
    ['sample.soap.deep.new.name=x', { steps: { 1: { soap: { deep: { list: [1, 2], new: { name: 'x' } } } } } }],
    ['sample.soap.deep=[1, {a: b}]', { steps: { 1: { soap: { rCut: 63, deep: [1, { a: 'b' }] } } } }],
    ['sample.two.rCut=5', { steps: { 2: { soap: { rCut: 5 }, id: 'two' } } }],
    ['sample.decodeMnist.batchRows=5', { steps: { 0: { decodeMnist: { batchRows: 5 } } } }],
    ['sample../own.mjs.factor=5', { steps: { 3: { './own.mjs': { factor: 5 } } } }],
    ['sample.source.images=${x}', { source: { idx: { images: '${x}' } } }],
    ['sample.source.__proto__.x=1', { source: { idx: Object.fromEntries([['images', 'a']]) } }],
  ])('%s overrides or adds the value', (setting, expected) => {
    const { pipelines, found } = set(setting);
    expect(found).toEqual([]);
    expect(childOf(pipelines, 'sample')).toMatchObject(withLists(expected));
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('changes one use of an anchor only', () => {
    expect(set('alias.source.images=c').pipelines).toMatchObject({
      base: { source: { idx: { images: 'b' } } },
      alias: { source: { idx: { images: 'c' } } },
    });
  });

  it('finds the longest name of a step that fits', () => {
    const steps = 'pipelines: { a: { source: { s: }, steps: [./own, ./own.mjs] } }';
    expect(read(steps, { settings: ['a../own.mjs.x=1'] }).document.value).toMatchObject({
      pipelines: { a: { steps: ['./own', { './own.mjs': { x: 1 } }] } },
    });
  });

  it('takes the last of several settings', () => {
    expect(set('sample.soap.rCut=5', 'sample.soap.rCut=6').pipelines).toMatchObject({
      sample: { steps: [{}, { soap: { rCut: 6 } }, {}, {}] },
    });
  });

  it('spares the reference that it overrides', () => {
    const { document, diagnostics } = read('pipelines: { a: { source: { idx: { images: "${none}" } } } }', {
      settings: ['a.source.images=x'],
    });
    expect(lines(diagnostics)).toEqual([]);
    expect(document.value).toEqual({ pipelines: { a: { source: { idx: { images: 'x' } } } } });
  });

  it.each([
    ['sampel.soap.rCut=1', 'unknown pipeline sampel, expected sample, base or alias ?sample'],
    [
      'sample.sopa.rCut=1',
      'pipeline sample has no step sopa, expected source, decodeMnist, soap, two or "./own.mjs" ?soap',
    ],
    ['sample.soap=1', 'expected an option: sample.soap.option=value'],
    ['sample.soap.=1', 'expected sample.soap.option=value, a name between the dots is empty'],
    ['sample.soap.rCut.x=1', 'pipelines.sample.steps[1].soap.rCut is 63 and cannot have x'],
    ['sample.soap.deep.list.2=1', 'pipelines.sample.steps[1].soap.deep.list is a list and cannot have "2"'],
    ['sample.soap.deep.list.x=1', 'pipelines.sample.steps[1].soap.deep.list is a list and cannot have x'],
    ['.soap.rCut=1', 'unknown pipeline "", expected sample, base or alias'],
  ])('%s is reported at the argument', (setting, message) => {
    expect(set(setting).found).toEqual([`--set ${setting} ${message}`]);
  });

  it('cannot go into a value that another setting gave', () => {
    expect(set('sample.soap.deep={a: 1}', 'sample.soap.deep.a=2').found).toEqual([
      '--set sample.soap.deep.a=2 pipelines.sample.steps[1].soap.deep is a mapping and cannot have a',
    ]);
  });

  it('is the place of its value, and of a key that it added', () => {
    const { document, diagnostics } = read(PIPELINES, {
      settings: ['sample.soap.rCut=-1', 'sample.decodeMnist.rows={ a: [1] }'],
    });
    const soap = ['pipelines', 'sample', 'steps', 1, 'soap', 'rCut'];
    const rows = ['pipelines', 'sample', 'steps', 0, 'decodeMnist', 'rows'];
    const argument = '--set sample.decodeMnist.rows={ a: [1] }';
    expect(document.locate(soap, 'value').location).toEqual({ argument: '--set sample.soap.rCut=-1' });
    expect(pointed(PIPELINES, document.locate(soap, 'key'))).toBe('rCut');
    expect(document.locate(rows, 'key').location).toEqual({ argument });
    expect(document.locate([...rows, 'a', 0], 'value')).toMatchObject({
      path: 'pipelines.sample.steps[0].decodeMnist.rows.a[0]',
      location: { argument },
    });
    expect(pointed(PIPELINES, document.locate(rows.slice(0, -1), 'key'))).toBe('decodeMnist');
    expect([...diagnostics].map(line)).toEqual([]);
  });

  it('skips steps that are none', () => {
    const { diagnostics } = read('pipelines: { a: { source: [x], steps: [[b], 3, {}, { id: c }] } }', {
      settings: ['a.b.c=1'],
    });
    expect(lines(diagnostics)).toEqual(['--set a.b.c=1 pipeline a has no step b']);
  });

  it('does not mind a file without pipelines, or of the wrong shape', () => {
    const none = '--set a.b.c=1 unknown pipeline a';
    expect(lines(read('v: 1', { settings: ['a.b.c=1'] }).diagnostics)).toEqual([none]);
    expect(lines(read('pipelines: 1', { settings: ['a.b.c=1'] }).diagnostics)).toEqual([none]);
    expect(lines(read('pipelines: { a: { source: idx, steps: x } }', { settings: ['a.b.c=1'] }).diagnostics)).toEqual([
      '--set a.b.c=1 pipeline a has no step b',
    ]);
  });
});
