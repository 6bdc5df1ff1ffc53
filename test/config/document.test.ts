import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { Diagnostics } from '#dist/config/diagnostics.js';
import { parseYaml, type YamlDocument } from '#dist/config/document.js';
import { valueAt, type Path } from '#dist/config/paths.js';
import { lines, pointed } from './support/documents.js';
import { generator } from './support/random.js';

function parseText(text: string): { yaml: YamlDocument | undefined; found: string[] } {
  const diagnostics = new Diagnostics();
  const yaml = parseYaml(text, 'p.yaml', diagnostics);
  return { yaml, found: lines(diagnostics) };
}

function parseSound(text: string): YamlDocument {
  const { yaml, found } = parseText(text);
  expect(found).toEqual([]);
  if (yaml === undefined) throw new Error('no document');
  return yaml;
}

describe('parseYaml', () => {
  it.each([
    ['', ['1:1 expected a mapping with the key pipelines, got an empty file']],
    ['# nothing\n', ['1:1 expected a mapping with the key pipelines, got an empty file']],
    ['just text', ['1:1 expected a mapping with the key pipelines, got "just text"']],
    ['\n- a\n- b\n', ['2:1 expected a mapping with the key pipelines, got a list']],
    ['a: 1\n---\nb: 2\n', ['2:1 expected one YAML document, found a second one']],
    ['a:\n\tb: 1\n', ['2:1 invalid YAML: tabs are not allowed as indentation']],
    ['a: "open\n', ['2:1 invalid YAML: missing closing "quote']],
    [
      'a: [1, 2\nb: 3\n',
      ['2:1 invalid YAML: flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['a: b: c\n', ['1:4 invalid YAML: nested mappings are not allowed in compact mappings']],
    ['a: @b\n', ['1:4 invalid YAML: plain value cannot start with reserved character @']],
    ['? [a]\n: 1\n', ['1:3 expected text for a key, found a list, a mapping or an alias']],
  ])('rejects %j as a whole', (text, expected) => {
    const { yaml, found } = parseText(text);
    expect(found).toEqual(expected);
    expect(yaml).toBeUndefined();
  });

  it('reports all syntax errors at once', () => {
    expect(parseText('a: @x\nb: `y\n').found).toEqual([
      '1:4 invalid YAML: plain value cannot start with reserved character @',
      '2:4 invalid YAML: plain value cannot start with reserved character `',
    ]);
  });

  it.each([
    ['a: 1\nb:\n  c: 1\n  c: 2\n', '4:3 duplicate key c, first given in line 3'],
    ['a: { b: 1, "b": 2 }\n', '1:12 duplicate key b, first given in line 1'],
    ['a: *nothing\n', '1:4 alias *nothing: there is no anchor &nothing before it'],
    ['a: &a [1, *a]\n', '1:11 alias *a stands inside its own anchor'],
    ['a:\n  <<: [1]\n', '2:8 <<: expected a mapping to merge, got 1'],
    ['a:\n  <<: text\n', '2:7 <<: expected a mapping to merge, got "text"'],
    ['seed: 12345678901234567890\n', '1:7 seed: the integer 12345678901234567890 is too large to be held exactly'],
    ['a: !wrong 1\n', '1:4 warning: invalid YAML: unresolved tag: !wrong'],
  ])('reports a mistake in %j and goes on', (text, expected) => {
    const { yaml, found } = parseText(text);
    expect(found).toEqual([expected]);
    expect(yaml).toBeDefined();
  });

  it('tells only the first of the tokens behind an end that came too early', () => {
    expect(parseText('a: 1\n]  - b\n  - c: d\n').found).toEqual([
      '2:1 invalid YAML: unexpected flow-seq-end token in YAML stream: "]"',
    ]);
  });

  it('reports nesting without measure', () => {
    const depth = 5000;
    const { found } = parseText(`a: ${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(found[0]).toMatch(/^1:\d+ lists and mappings are nested too deeply$/);
  });

  it('points exactly at the second of two equal keys', () => {
    const diagnostics = new Diagnostics();
    const text = 'first: 1\n"first": 2\n';
    parseYaml(text, 'p.yaml', diagnostics);
    expect(diagnostics.sorted().map((diagnostic) => pointed(text, diagnostic))).toEqual(['"first"']);
  });

  it('does not expand aliases without bound', () => {
    const levels = Array.from({ length: 12 }, (_, level) => `a${level}: &a${level} [${`*a${level - 1}, `.repeat(10)}]`);
    const text = ['a0: &a0 [1]', ...levels.slice(1)].join('\n');
    const started = performance.now();
    expect(parseText(text).found).toContainEqual(expect.stringContaining('aliases stand for more than 100000 values'));
    // 10^11 values would never end; the bound is reached within milliseconds, on a busy machine within seconds.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('reads the same from LF, CRLF and a byte order mark', () => {
    const text = 'a: 1\nb:\n  - x\n  - y z\n';
    for (const variant of [text.replaceAll('\n', '\r\n'), `\uFEFF${text}`, `\uFEFF${text.replaceAll('\n', '\r\n')}`]) {
      const yaml = parseSound(variant);
      expect(yaml.value).toEqual({ a: 1, b: ['x', 'y z'] });
      expect(yaml.locate(['b', 1], 'value').location).toEqual({ file: 'p.yaml', line: 4, column: 5, endColumn: 8 });
      expect(yaml.locate(['a'], 'key').location).toEqual({ file: 'p.yaml', line: 1, column: 1, endColumn: 2 });
    }
  });

  it('reads scalars as YAML 1.2 does, whatever version the file claims', () => {
    const text = '%YAML 1.1\n---\na: [yes, 0x1F, 1e3, .5, ~, 010, 2024-01-01, "63", 1_000]\n1: x\nnull: y\n';
    expect(parseSound(text).value).toEqual({
      a: ['yes', 31, 1000, 0.5, null, 10, '2024-01-01', '63', '1_000'],
      1: 'x',
      null: 'y',
    });
  });

  it('resolves anchors, aliases and merges; own keys win, then the earlier merge', () => {
    const text = `base: &base { a: 1, b: 1 }
other: &other { b: 2, c: 2 }
one: { <<: *base, a: 3 }
two: { <<: [*base, *other] }
three: { c: 0, <<: *other, <<: *base }
four: *base
"<<": 5
`;
    const { value } = parseSound(text);
    expect(value).toMatchObject({
      one: { a: 3, b: 1 },
      two: { a: 1, b: 1, c: 2 },
      three: { a: 1, b: 2, c: 0 },
      four: { a: 1, b: 1 },
      '<<': 5,
    });
    // A later change to one use must not show in the other.
    expect(value['four']).not.toBe(value['base']);
  });

  it('takes keys such as __proto__ for data', () => {
    const text =
      '__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 2 } }\nx: { <<: { __proto__: 3 } }\n';
    const { value } = parseSound(text);
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'x']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.entries(value['x'] ?? {})).toEqual([['__proto__', 3]]);
  });
});

describe('locate', () => {
  const text = `pipelines:
  sample:
    source: &source { idx: { images: "a b" } }
    steps:
      - decodeMnist
      - soap: { rCut: -1 }
        id: two
    empty:
  copy:
    <<: { source: *source }
`;
  const yaml = parseSound(text);
  const at = (path: Path, part: 'key' | 'value'): string => {
    const place = yaml.locate(path, part);
    const { line = 0 } = 'line' in place.location ? place.location : {};
    return `${line} ${pointed(text, place)}`;
  };
  const steps = ['pipelines', 'sample', 'steps'];

  it('finds keys and values', () => {
    expect(at(['pipelines', 'sample'], 'key')).toBe('2 sample');
    expect(at([...steps, 1, 'soap', 'rCut'], 'key')).toBe('6 rCut');
    expect(at([...steps, 1, 'soap', 'rCut'], 'value')).toBe('6 -1');
    expect(at([...steps, 1, 'soap'], 'value')).toBe('6 { rCut: -1 }');
    expect(at(['pipelines', 'sample', 'source', 'idx', 'images'], 'value')).toBe('3 "a b"');
  });

  it('takes the value of a list item for its key, and cuts a block after its first line', () => {
    expect(at([...steps, 0], 'key')).toBe('5 decodeMnist');
    expect(at([...steps, 1], 'value')).toBe('6 soap: { rCut: -1 }');
    expect(at([], 'key')).toBe('1 pipelines:');
  });

  it('points behind the colon where a value is left out', () => {
    expect(yaml.locate(['pipelines', 'sample', 'empty'], 'value').location).toMatchObject({
      line: 8,
      column: 11,
      endColumn: 11,
    });
  });

  it('falls back to the key of the nearest ancestor', () => {
    expect(at([...steps, 1, 'soap', 'nMax'], 'value')).toBe('6 soap');
    expect(at([...steps, 0, 'decodeMnist', 'batchRows'], 'key')).toBe('5 decodeMnist');
    expect(at(['pipelines', 'none', 'source'], 'value')).toBe('1 pipelines');
  });

  it('points at the alias for the aliased value, and into the anchor for what is inside', () => {
    expect(at(['pipelines', 'copy', 'source'], 'key')).toBe('10 source');
    expect(at(['pipelines', 'copy', 'source'], 'value')).toBe('10 *source');
    expect(at(['pipelines', 'copy', 'source', 'idx', 'images'], 'value')).toBe('3 "a b"');
  });

  it('names the path', () => {
    expect(yaml.locate([...steps, 1, 'soap', 'rCut'], 'value').path).toBe('pipelines.sample.steps[1].soap.rCut');
    expect(yaml.locate(['a', './own.mjs', 0], 'key').path).toBe('a["./own.mjs"][0]');
  });

  it('points to the very text of every key and scalar of random documents', () => {
    const random = generator(7);
    let checked = 0;
    for (let round = 0; round < 100; round++) {
      const tree = { root: randomTree(random, 4) };
      const style = random() < 0.5 ? ({ collectionStyle: 'flow' } as const) : {};
      const written = stringify(tree, { ...style, defaultStringType: random() < 0.5 ? 'PLAIN' : 'QUOTE_DOUBLE' });
      const variant = random() < 0.5 ? written.replaceAll('\n', '\r\n') : written;
      const document = parseSound(variant);
      expect(document.value).toEqual(tree);
      for (const path of leaves(tree)) {
        const value = valueAt(tree, path);
        expect(parse(pointed(variant, document.locate(path, 'value')))).toEqual(value);
        const key = path.at(-1);
        if (typeof key === 'string') expect(String(parse(pointed(variant, document.locate(path, 'key'))))).toBe(key);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(500);
  });
});

describe('locateWithin', () => {
  it.each([
    ['plain', 'v: a${x}b${x}', '1:10'],
    ['quoted', 'v: "a${x}b${x}"', '1:11'],
    ['escaped', String.raw`v: "\u0061${'${x}'}\x62${'${x}'}"`, '1:19'],
    ['folded', 'v: >-\n  a${x}b${x}', '2:9'],
    ['over two lines', 'v: "a${x}b\\\n  ${x}"', '2:3'],
    ['aliased', 'w: &w a${x}b${x}\nv: *w', '1:13'],
  ])('finds the second of two equal references in a %s scalar', (_style, text, expected) => {
    const yaml = parseSound(text);
    const { v } = yaml.value;
    expect(v).toBe('a${x}b${x}');
    const place = yaml.locateWithin(['v'], '${x}', String(v), 6);
    expect(pointed(text, place)).toBe('${x}');
    expect('line' in place.location && `${place.location.line}:${place.location.column}`).toBe(expected);
  });

  it('points at the whole scalar where escapes hide the reference', () => {
    const text = String.raw`v: "\u0024{x}"`;
    expect(pointed(text, parseSound(text).locateWithin(['v'], '${x}', '${x}', 0))).toBe(String.raw`"\u0024{x}"`);
  });
});

const WORDS = [
  'a',
  'rCut',
  '63',
  'true',
  'two words',
  '- x',
  'käse',
  '#',
  'x: y',
  '${z}',
  '"q"',
  '',
  '😀',
  '.5',
  '__proto',
];

function randomTree(random: () => number, depth: number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const kind = depth === 0 ? 0 : random();
  if (kind < 0.4) return pick<unknown>([pick(WORDS), Math.round(random() * 1000) / 8, random() < 0.5, null]);
  const size = Math.floor(random() * 4) + 1;
  if (kind < 0.65) return Array.from({ length: size }, () => randomTree(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [pick(WORDS), randomTree(random, depth - 1)]));
}

function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return (Array.isArray(value) ? [...value.entries()] : Object.entries(value)).flatMap(([key, child]) =>
    leaves(child, [...path, key]),
  );
}
